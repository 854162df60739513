/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-hostile.h"

#include <string.h>

#include "cli-report.h"

#define MEMORY_KIB (64 * 1024)

static long ordinary_kib;

/* --- Running and checking --- */

static guint
get_timeout (const HostileWant *want)
{
  return want->timeout_s != 0 ? want->timeout_s : HOSTILE_TIMEOUT_S;
}

CliResult *
hostile_run (const HostileWant *want, const char *scheme, CliPeer *peer)
{
  g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  const CliSetup setup = { .input = HOSTILE_PASSWORD "\n" };

  g_ptr_array_add (args, g_strdup ("probe"));
  g_ptr_array_add (args, g_strdup ("--format=json"));
  g_ptr_array_add (args, g_strdup_printf ("--timeout=%u", get_timeout (want)));
  g_ptr_array_add (args, g_strdup_printf ("--tls-options=verify_server=yes,ca_certificate=%s",
                                          cli_peer_get_ca_file ()));
  g_ptr_array_add (args, g_strdup ("--user=practice"));
  g_ptr_array_add (args, g_strdup ("--password-from=fd:3"));
  for (gsize i = 0; i < G_N_ELEMENTS (want->args) && want->args[i] != NULL; i++)
    g_ptr_array_add (args, g_strdup (want->args[i]));
  g_ptr_array_add (args, g_strdup_printf ("%s://127.0.0.1:%u", scheme, cli_peer_get_port (peer)));
  g_ptr_array_add (args, NULL);
  return cli_run ((const char *const *) args->pdata, &setup);
}

static void
check_status (const HostileWant *want, const CliResult *result)
{
  gsize i = 0;

  if (want->statuses[0] == 0 && want->statuses[1] == 0)
    {
      if (result->signal != 0 || result->killed || result->status == 1)
        cli_assert_status (result, 0);
      return;
    }
  while (i < G_N_ELEMENTS (want->statuses) - 1 && want->statuses[i] != result->status)
    i++;
  cli_assert_status (result,
                     want->statuses[i] == result->status ? result->status : want->statuses[0]);
}

static void
check_code (const HostileWant *want, const CliResult *result, JsonNode *report)
{
  const char *code = cli_report_first_code (report);
  g_auto (GStrv) allowed = NULL;
  gsize i = 0;

  if (want->codes == NULL)
    return;
  if (g_str_equal (cli_report_get_string (report, NULL, "outcome"), "passed"))
    code = "-";
  allowed = g_strsplit (want->codes, " ", -1);
  while (allowed[i] != NULL && !g_str_has_prefix (code, allowed[i]))
    i++;
  if (allowed[i] == NULL)
    g_error ("Wanted one of “%s”, got “%s”:\n%s", want->codes, code, result->out);
}

void
hostile_set_ordinary (const CliResult *result)
{
  cli_assert_status (result, 0);
  ordinary_kib = result->peak_kib;
}

JsonNode *
hostile_check (const HostileWant *want, const CliResult *result)
{
  JsonNode *report;

  check_status (want, result);
  report = cli_report_parse (result->out, result);
  check_code (want, result, report);
  g_assert_cmpint (result->duration, <, (get_timeout (want) + HOSTILE_SLACK_S) * G_USEC_PER_SEC);
  g_test_message ("peak %ld KiB, ordinary %ld KiB", result->peak_kib, ordinary_kib);
  if (g_getenv ("POSTERN_TEST_SANITIZED") == NULL)
    g_assert_cmpint (result->peak_kib, <, ordinary_kib + MEMORY_KIB);
  g_assert_null (strstr (result->out, HOSTILE_PASSWORD));
  return report;
}

/* --- Saying --- */

gboolean
hostile_say (CliTalk *talk, const char *text)
{
  gsize length = strlen (text);
  g_autofree char *bytes = g_strdup (text);

  for (gsize i = 0; i < length; i++)
    if (bytes[i] == '\001')
      bytes[i] = '\0';
  return cli_talk_send_bytes (talk, bytes, length);
}

void
hostile_drop_line (CliTalk *talk)
{
  g_free (cli_talk_read_line (talk));
}

void
hostile_flood (CliTalk *talk, const char *text)
{
  g_autoptr(GString) block = g_string_new (NULL);

  while (block->len < 65536)
    g_string_append (block, text);
  while (cli_talk_send_bytes (talk, block->str, block->len))
    ;
}

void
hostile_drip (CliTalk *talk, const char *text)
{
  const char *p = text;

  while (cli_talk_send_bytes (talk, p, 1) && cli_talk_pause (talk, 50))
    if (*++p == '\0')
      p = text;
}

void
hostile_say_long (CliTalk *talk, const char *start, gsize length)
{
  const gsize n_block = 1024 * 1024;
  g_autofree char *block = g_strnfill (n_block, 'y');

  cli_talk_send (talk, start);
  for (gsize n = 0; n < length; n += n_block)
    if (!cli_talk_send_bytes (talk, block, MIN (n_block, length - n)))
      return;
  cli_talk_send (talk, "\r\n");
}

/* --- Hanging up, and replies in pieces --- */

/* What a server says in one logon, command by command. */
typedef struct
{
  const char *const *replies;
  gsize close_after; /* so many bytes of all, then it hangs up */
  gsize split_at;    /* a pause before this byte of all */
  gboolean reset;    /* hangs up with a reset */
} Pieces;

static gsize
count_bytes (const char *const *replies)
{
  gsize n = 0;

  for (; *replies != NULL; replies++)
    n += strlen (*replies);
  return n;
}

static void
serve_pieces (CliTalk *talk, gpointer user_data)
{
  const Pieces *pieces = user_data;
  gsize n_sent = 0;

  for (gsize i = 0; pieces->replies[i] != NULL; i++)
    {
      const char *reply = pieces->replies[i];
      gsize length = strlen (reply);

      if (i > 0)
        hostile_drop_line (talk);
      if (n_sent + length > pieces->close_after)
        {
          cli_talk_send_bytes (talk, reply, pieces->close_after - n_sent);
          if (pieces->reset)
            cli_talk_reset (talk);
          return;
        }
      if (pieces->split_at > n_sent && pieces->split_at < n_sent + length)
        {
          cli_talk_send_bytes (talk, reply, pieces->split_at - n_sent);
          cli_talk_pause (talk, 8);
          cli_talk_send_bytes (talk, reply + (pieces->split_at - n_sent),
                               length - (pieces->split_at - n_sent));
        }
      else if (pieces->split_at == G_MAXSIZE)
        for (gsize j = 0; j < length; j++)
          {
            cli_talk_send_bytes (talk, reply + j, 1);
            cli_talk_pause (talk, 2);
          }
      else
        cli_talk_send (talk, reply);
      n_sent += length;
    }
}

/* Where it hung up decides what is said; never is it a logon that has passed. */
static void
check_hang_up (
  const char *const *logon, gsize n, gboolean reset, const CliResult *result, JsonNode *report)
{
  gsize greeting = strlen (logon[0]);
  gsize ehlo = greeting + strlen (logon[1]);
  gsize auth = ehlo + strlen (logon[2]);
  const char *code = cli_report_first_code (report);
  const char *outcome = cli_report_get_string (report, "authentication", "outcome");

  if (n >= auth)
    {
      cli_assert_status (result, 0);
      return;
    }
  g_assert_cmpstr (outcome, !=, "accepted");
  if (reset && n < greeting)
    g_assert_true (result->status == 11 || result->status == 12);
  else if (n < greeting)
    {
      cli_assert_status (result, 12);
      g_assert_cmpstr (code, ==, "greeting.closed");
    }
  else if (n < ehlo)
    {
      cli_assert_status (result, 12);
      g_assert_cmpstr (code, ==, "protocol.closed");
    }
  else
    g_assert_true ((result->status == 12 && g_str_equal (code, "protocol.closed")) ||
                   (result->status == 17 && g_str_equal (code, "auth.protocol")));
}

/* The arguments, and whatever else is allowed. */
static HostileWant
get_want (const HostileDialogue *dialogue)
{
  HostileWant want = { .codes = NULL };

  memcpy (want.args, dialogue->args, sizeof want.args);
  return want;
}

void
hostile_hang_up (const HostileDialogue *dialogue, gboolean reset)
{
  const HostileWant want = get_want (dialogue);

  for (gsize n = 0; n < count_bytes (dialogue->logon); n++)
    {
      Pieces pieces = { dialogue->logon, n, 0, reset };
      g_autoptr(CliPeer) peer = cli_peer_new (serve_pieces, &pieces);
      g_autoptr(CliResult) result = hostile_run (&want, dialogue->scheme, peer);
      g_autoptr(JsonNode) report = hostile_check (&want, result);

      g_test_message ("hung up after %" G_GSIZE_FORMAT " bytes: %d, %s", n, result->status,
                      cli_report_first_code (report));
      check_hang_up (dialogue->logon, n, reset, result, report);
    }
}

/* All of the report that does not depend on time. */
static char *
summarise (JsonNode *report)
{
  GString *summary = g_string_new (NULL);
  JsonArray *transcript = cli_report_transcript (report);
  JsonArray *steps = json_object_get_array_member (json_node_get_object (report), "steps");

  g_string_append_printf (summary, "%s, %s\n", cli_report_get_string (report, NULL, "outcome"),
                          cli_report_first_code (report));
  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);

      /* The port is another each time. */
      if (i >= 3)
        g_string_append_printf (summary, "%s %s %s\n", json_object_get_string_member (step, "id"),
                                json_object_get_string_member (step, "state"),
                                json_object_get_string_member (step, "summary"));
    }
  for (guint i = 0; i < json_array_get_length (transcript); i++)
    {
      JsonObject *event = json_array_get_object_element (transcript, i);

      g_string_append_printf (summary, "%s %s %s\n",
                              json_object_get_string_member (event, "direction"),
                              json_object_get_string_member (event, "step"),
                              json_object_get_string_member (event, "text"));
    }
  return g_string_free (summary, FALSE);
}

static char *
run_pieces (const HostileDialogue *dialogue,
            const char *const *replies,
            gsize split_at,
            int *status)
{
  const HostileWant want = get_want (dialogue);
  Pieces pieces = { replies, G_MAXSIZE, split_at, FALSE };
  g_autoptr(CliPeer) peer = cli_peer_new (serve_pieces, &pieces);
  g_autoptr(CliResult) result = hostile_run (&want, dialogue->scheme, peer);
  g_autoptr(JsonNode) report = hostile_check (&want, result);

  *status = result->status;
  return summarise (report);
}

void
hostile_split (const HostileDialogue *dialogue)
{
  const char *const *const dialogues[] = { dialogue->logon, dialogue->refusal };

  for (gsize i = 0; i < G_N_ELEMENTS (dialogues); i++)
    {
      int wanted;
      g_autofree char *whole = run_pieces (dialogue, dialogues[i], 0, &wanted);
      gsize n_bytes = count_bytes (dialogues[i]);

      g_assert_cmpint (wanted, ==, i == 0 ? 0 : 16);
      for (gsize at = 1; at <= n_bytes; at++)
        {
          int status;
          g_autofree char *split =
            run_pieces (dialogue, dialogues[i], at == n_bytes ? G_MAXSIZE : at, &status);

          g_assert_cmpint (status, ==, wanted);
          g_assert_cmpstr (split, ==, whole);
        }
    }
}
