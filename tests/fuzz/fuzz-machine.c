/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap.h"
#include "protocol/postern-pop3.h"
#include "protocol/postern-smtp.h"

#include <stdint.h>
#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#ifndef POSTERN_FUZZ_MACHINE
#define POSTERN_FUZZ_MACHINE postern_smtp_new
#endif

static PosternPlan *
make_plan (guint8 kind)
{
  static const char *const mechanisms[] = { "",         "PLAIN",         "LOGIN",
                                            "XOAUTH2",  "SCRAM-SHA-256", "USER,LOGIN-COMMAND",
                                            "CRAM-MD5", "DIGEST-MD5" };
  PosternPlan *plan = postern_plan_new ();
  PosternPlanStep *step;

  plan->host = g_strdup ("mail.example.org");
  plan->port = 587;
  plan->helo_fallback = TRUE;
  plan->clear_text_allowed = (kind & 0x10) != 0;
  if (kind & 0x08)
    postern_plan_add_step (plan, POSTERN_PLAN_STARTTLS, (kind & 0x40) != 0);
  step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, (kind & 0x80) != 0);
  step->user = g_strdup ("user");
  step->password = postern_secret_new ("pencil", -1);
  step->token = postern_secret_new ("token-of-a-user", -1);
  g_strfreev (step->mechanisms);
  step->mechanisms = g_strsplit (mechanisms[kind & 0x07], ",", -1);
  plan->check_sender = g_strdup ("a@example.org");
  plan->check_usable = TRUE;
  return plan;
}

/* The first byte chooses the plan (0x20: TLS from the first byte); the rest is what the server
 * says, in lines and literals. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  guint8 kind = size > 0 ? data[0] : 0;
  g_autoptr(PosternPlan) plan = make_plan (kind);
  g_autoptr(PosternMachine) machine = POSTERN_FUZZ_MACHINE (plan);
  PosternAction action = postern_machine_start (machine, (kind & 0x20) != 0);
  size_t at = 1;

  while (at < size && action != POSTERN_ACTION_DONE && action != POSTERN_ACTION_FAILED)
    {
      const uint8_t *end = memchr (data + at, '\n', size - at);
      size_t length = end != NULL ? (size_t) (end - data) - at : size - at;

      if (action == POSTERN_ACTION_START_TLS)
        action = postern_machine_tls_started (machine);
      if (action == POSTERN_ACTION_READ_OCTETS)
        {
          length = postern_machine_get_n_octets (machine);
          if (length > size - at)
            break;
          action = postern_machine_feed_octets (machine, (const char *) data + at, length);
          at += length;
          continue;
        }
      action = postern_machine_feed (machine, (const char *) data + at, length);
      at += length + 1;
    }
  if (action != POSTERN_ACTION_DONE && action != POSTERN_ACTION_FAILED)
    action = postern_machine_closed (machine);
  g_assert_true (action == POSTERN_ACTION_DONE || action == POSTERN_ACTION_FAILED);
  postern_machine_farewell (machine);
  return 0;
}

#ifndef POSTERN_LIBFUZZER

/* Without a fuzzer: runs the files it is given. */
int
main (int argc, char *argv[])
{
  for (int i = 1; i < argc; i++)
    {
      g_autofree char *contents = NULL;
      g_autoptr(GError) error = NULL;
      gsize length;

      if (!g_file_get_contents (argv[i], &contents, &length, &error))
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      LLVMFuzzerTestOneInput ((const uint8_t *) contents, length);
    }
  return 0;
}

#endif
