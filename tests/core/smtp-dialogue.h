/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-smtp.h"

#include <string.h>

#define USER "user"
#define PASSWORD "Tr0ub4dor-and-3"
#define TOKEN "ya29.a0ARrdaM-very-secret-token"

/* --- A plan from a line of words --- */

G_GNUC_UNUSED static PosternPlanStep *
add_auth (PosternPlan *plan, const char *word, gboolean token)
{
  gboolean optional = strstr (word, "auth?") != NULL;
  const char *list = strchr (word, '=');
  PosternPlanStep *step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, !optional);

  step->user = g_strdup (USER);
  if (token)
    step->token = postern_secret_new (TOKEN, -1);
  else
    step->password = postern_secret_new (PASSWORD, -1);
  if (list != NULL)
    {
      g_strfreev (step->mechanisms);
      step->mechanisms = g_strsplit (list + 1, ",", -1);
    }
  return step;
}

G_GNUC_UNUSED static void
add_recipient (PosternPlan *plan, const char *address)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_addv (builder, (const char **) plan->check_recipients);
  g_strv_builder_add (builder, address);
  g_strfreev (plan->check_recipients);
  plan->check_recipients = g_strv_builder_end (builder);
}

/* implicit, helo, clear, starttls, starttls?, auth[?][=LIST], oauth[?][=LIST], nobody (a step
 * without credentials), fault (with a local fault), driver=NAME (of the last step), from=, to=,
 * ehlo= */
G_GNUC_UNUSED static PosternPlan *
make_plan (const char *text)
{
  PosternPlan *plan = postern_plan_new ();
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  PosternPlanStep *step = NULL;

  plan->host = g_strdup ("mail.example.org");
  plan->port = 587;
  for (gsize i = 0; words[i] != NULL; i++)
    {
      const char *word = words[i];

      if (strcmp (word, "implicit") == 0)
        plan->tls = POSTERN_TLS_START_IMPLICIT;
      else if (strcmp (word, "helo") == 0)
        plan->helo_fallback = TRUE;
      else if (strcmp (word, "clear") == 0)
        plan->clear_text_allowed = TRUE;
      else if (g_str_has_prefix (word, "starttls"))
        step = postern_plan_add_step (plan, POSTERN_PLAN_STARTTLS, word[8] == '\0');
      else if (g_str_has_prefix (word, "auth"))
        step = add_auth (plan, word, FALSE);
      else if (g_str_has_prefix (word, "oauth"))
        step = add_auth (plan, word, TRUE);
      else if (strcmp (word, "nobody") == 0)
        step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
      else if (strcmp (word, "fault") == 0)
        step->local_fault = g_strdup ("The parameters lack PASSWORD.");
      else if (g_str_has_prefix (word, "driver="))
        step->driver = g_strdup (word + 7);
      else if (g_str_has_prefix (word, "from="))
        plan->check_sender = g_strdup (word + 5);
      else if (g_str_has_prefix (word, "to="))
        add_recipient (plan, word + 3);
      else if (g_str_has_prefix (word, "ehlo="))
        plan->ehlo_name = g_strdup (word + 5);
      else
        g_assert_cmpstr (word, ==, "");
    }
  return plan;
}

/* --- A dialogue --- */

/* What was told of the steps: the last state of each, and every summary. */
typedef struct
{
  PosternStepState states[POSTERN_N_STEPS];
  char *summaries[POSTERN_N_STEPS];
} Ladder;

G_GNUC_UNUSED static void
step_cb (PosternStepId step, PosternStepState state, const char *summary, gpointer user_data)
{
  Ladder *ladder = user_data;

  g_assert_cmpint (step, <, POSTERN_N_STEPS);
  ladder->states[step] = state;
  g_free (ladder->summaries[step]);
  ladder->summaries[step] = g_strdup (summary);
  g_assert_true (summary == NULL || g_utf8_validate (summary, -1, NULL));
}

G_GNUC_UNUSED static void
ladder_clear (Ladder *ladder)
{
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    g_clear_pointer (&ladder->summaries[i], g_free);
}

G_GNUC_UNUSED static PosternMachine *
make_machine (const char *plan_text, Ladder *ladder)
{
  g_autoptr(PosternPlan) plan = make_plan (plan_text);
  PosternMachine *machine = postern_smtp_new (plan);

  if (ladder != NULL)
    postern_machine_set_step_func (machine, step_cb, ladder);
  return machine;
}

G_GNUC_UNUSED static PosternAction
start (PosternMachine *machine)
{
  return postern_machine_start (machine, postern_machine_get_plan (machine)->tls ==
                                           POSTERN_TLS_START_IMPLICIT);
}

/* Lines "S: …" are fed, "C: …" is what is shown of the output, "TLS" a handshake, "EOF" the end of
 * the connection. Everything has to come in this order, nothing may be left. */
G_GNUC_UNUSED static PosternAction
play (PosternMachine *machine, const char *dialogue)
{
  g_auto (GStrv) lines = g_strsplit (dialogue, "\n", -1);
  PosternAction action = start (machine);

  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      const char *line = lines[i];

      g_test_message ("%s", line);
      if (g_str_has_prefix (line, "S: "))
        {
          g_assert_cmpint (action, ==, POSTERN_ACTION_READ);
          action = postern_machine_feed (machine, line + 3, strlen (line + 3));
        }
      else if (g_str_has_prefix (line, "C: "))
        {
          g_autofree char *end = NULL;
          gsize length;
          const char *bytes =
            postern_output_get_bytes (postern_machine_get_output (machine), &length);

          g_assert_cmpint (action, ==, POSTERN_ACTION_SEND);
          g_assert_cmpuint (length, >=, 2);
          end = g_strndup (bytes + length - 2, 2);
          g_assert_cmpstr (end, ==, "\r\n");
          g_assert_cmpstr (postern_output_get_display (postern_machine_get_output (machine)), ==,
                           line + 3);
          action = POSTERN_ACTION_READ;
        }
      else if (strcmp (line, "TLS") == 0)
        {
          g_assert_cmpint (action, ==, POSTERN_ACTION_START_TLS);
          action = postern_machine_tls_started (machine);
        }
      else
        {
          g_assert_cmpstr (line, ==, "EOF");
          g_assert_cmpint (action, ==, POSTERN_ACTION_READ);
          action = postern_machine_closed (machine);
        }
    }
  return action;
}

#define HELLO                                                                                      \
  "S: 220 mail.example.org ESMTP\n"                                                                \
  "C: EHLO [127.0.0.1]\n"
#define OFFER_STARTTLS                                                                             \
  "S: 250-mail.example.org\n"                                                                      \
  "S: 250 STARTTLS\n"
#define OFFER_AUTH                                                                                 \
  "S: 250-mail.example.org\n"                                                                      \
  "S: 250-SIZE 1000\n"                                                                             \
  "S: 250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\n"
#define UPGRADE                                                                                    \
  OFFER_STARTTLS                                                                                   \
  "C: STARTTLS\n"                                                                                  \
  "S: 220 2.0.0 Ready\n"                                                                           \
  "TLS\n"                                                                                          \
  "C: EHLO [127.0.0.1]\n"
#define BYE                                                                                        \
  "C: QUIT\n"                                                                                      \
  "S: 221 2.0.0 Bye\n"
#define PLAIN "C: AUTH PLAIN <hidden, 28 bytes>\n"

/* "{"status":"401"}" in Base64 */
#define REFUSAL "S: 334 eyJzdGF0dXMiOiI0MDEifQ==\n"
