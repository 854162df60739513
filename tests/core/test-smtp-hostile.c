/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "smtp-dialogue.h"

/* --- Bounds --- */

static void
test_too_many_lines (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("", NULL);
  PosternAction action = start (machine);
  guint n = 0;

  while (action == POSTERN_ACTION_READ)
    {
      action = postern_machine_feed (machine, "220-x", 5);
      n++;
    }
  g_assert_cmpuint (n, ==, 1001);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
  g_assert_false (postern_machine_farewell (machine));
}

static void
test_too_many_bytes (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("", NULL);
  PosternAction action = start (machine);
  g_autofree char *line = g_strnfill (65536, '-');
  guint n = 0;

  memcpy (line, "220", 3);
  while (action == POSTERN_ACTION_READ)
    {
      action = postern_machine_feed (machine, line, 65536);
      n++;
    }
  g_assert_cmpuint (n, ==, 17);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
}

static void
test_too_many_lines_in_session (void)
{
  g_autoptr(GString) recipients = g_string_new ("from=a");
  g_autoptr(PosternMachine) machine = NULL;
  guint n = 3;

  for (int i = 0; i < 40; i++)
    g_string_append (recipients, " to=b");
  machine = make_machine (recipients->str, NULL);
  start (machine);
  postern_machine_feed (machine, "220 x", 5);
  postern_machine_feed (machine, "250 x", 5);
  postern_machine_feed (machine, "250 x", 5);
  for (int i = 0; i < 40 && postern_machine_get_failure (machine) == NULL; i++)
    {
      for (int j = 0; j < 899 && postern_machine_get_failure (machine) == NULL; j++, n++)
        postern_machine_feed (machine, "250-x", 5);
      postern_machine_feed (machine, "250 x", 5);
      n++;
    }
  g_assert_cmpuint (n, >=, 10000);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "protocol.too-long");
}

/* A challenge of more than 64 KiB. */
static void
test_long_challenge (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth=LOGIN", NULL);
  g_autofree char *line = g_strnfill (70000, 'A');

  play (machine, HELLO OFFER_AUTH "C: AUTH LOGIN\n");
  memcpy (line, "334 ", 4);
  g_assert_cmpint (postern_machine_feed (machine, line, 70000), ==, POSTERN_ACTION_SEND);
  g_assert_cmpstr (postern_output_get_display (postern_machine_get_output (machine)), ==, "*");
  g_assert_cmpint (postern_machine_feed (machine, "501 ok", 6), ==, POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_failure (machine)->code, ==, "auth.protocol");
}

static void
test_nul (void)
{
  g_autoptr(PosternMachine) machine = make_machine ("implicit auth=LOGIN", NULL);

  start (machine);
  g_assert_cmpint (postern_machine_feed (machine, "220 a\0b", 7), ==, POSTERN_ACTION_SEND);
  g_assert_cmpint (postern_machine_feed (machine, "250-x", 5), ==, POSTERN_ACTION_READ);
  g_assert_cmpint (postern_machine_feed (machine, "250-\0", 5), ==, POSTERN_ACTION_READ);
  g_assert_cmpint (postern_machine_feed (machine, "250 AUTH LOGIN\0 PLAIN", 21), ==,
                   POSTERN_ACTION_FAILED);
  g_assert_cmpstr (postern_machine_get_tls_capabilities (machine)[0], ==, "\\x00");
  g_assert_cmpstr (postern_machine_get_tls_capabilities (machine)[1], ==, "AUTH LOGIN\\x00 PLAIN");
  g_assert_cmpint (postern_machine_feed (machine, NULL, 0), ==, POSTERN_ACTION_FAILED);
}

/* --- Secrets --- */

static char *
make_secret (GRand *random)
{
  const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$%&/()=?+*#-_";
  char *secret = g_malloc0 (25);

  for (int i = 0; i < 24; i++)
    secret[i] = letters[g_rand_int_range (random, 0, sizeof letters - 1)];
  return secret;
}

static void
assert_clean (PosternRedactor *redactor, const char *text)
{
  if (text != NULL)
    g_assert_false (postern_redactor_matches (redactor, text, strlen (text)));
}

static void
assert_machine_clean (PosternMachine *machine, Ladder *ladder, PosternRedactor *redactor)
{
  const PosternFailure *failure = postern_machine_get_failure (machine);
  const char *const *capabilities = postern_machine_get_tls_capabilities (machine);

  assert_clean (redactor, postern_output_get_display (postern_machine_get_output (machine)));
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    assert_clean (redactor, ladder->summaries[i]);
  for (gsize i = 0; capabilities != NULL && capabilities[i] != NULL; i++)
    assert_clean (redactor, capabilities[i]);
  if (failure == NULL)
    return;
  assert_clean (redactor, failure->text);
  assert_clean (redactor, failure->detail);
  assert_clean (redactor, failure->enhanced);
  for (gsize i = 0; failure->offered != NULL && failure->offered[i] != NULL; i++)
    assert_clean (redactor, failure->offered[i]);
}

/* A server that answers with everything the client said: plainly, and in a challenge. */
static void
echo_session (const char *mechanism, const char *secret, guint echo_from)
{
  g_autofree char *words = g_strdup_printf ("implicit auth=%s", mechanism);
  g_autoptr(PosternPlan) plan = make_plan (words);
  PosternPlanStep *step = plan->steps->pdata[0];
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternMachine) machine = NULL;
  Ladder ladder = { 0 };
  g_autofree char *offer = g_strdup_printf ("250 AUTH %s %s", mechanism, secret);
  g_autofree char *hello = g_strdup_printf ("250-x %s", secret);
  PosternAction action;

  g_clear_pointer (&step->password, postern_secret_unref);
  if (strstr (mechanism, "OAUTH") != NULL)
    step->token = postern_secret_new (secret, -1);
  else
    step->password = postern_secret_new (secret, -1);
  postern_redactor_add_bytes (redactor, secret, strlen (secret));
  machine = postern_smtp_new (plan);
  postern_machine_set_step_func (machine, step_cb, &ladder);
  start (machine);
  g_assert_cmpint (postern_machine_feed (machine, "220 x", 5), ==, POSTERN_ACTION_SEND);
  postern_machine_feed (machine, hello, strlen (hello));
  action = postern_machine_feed (machine, offer, strlen (offer));

  for (guint i = 0; action == POSTERN_ACTION_SEND && i < 10; i++)
    {
      gsize length;
      const char *bytes = postern_output_get_bytes (postern_machine_get_output (machine), &length);
      g_autofree char *sent = g_strndup (bytes, length - 2);
      g_autofree char *json = g_strdup_printf ("{\"status\":\"400\",\"why\":\"%s\"}", secret);
      g_autofree char *encoded = g_base64_encode ((const guchar *) json, strlen (json));
      g_autofree char *line = i < echo_from ? g_strdup_printf ("334 %s", encoded)
                                            : g_strdup_printf ("535 5.7.8 %s is %s", sent, secret);

      assert_machine_clean (machine, &ladder, redactor);
      action = postern_machine_feed (machine, line, strlen (line));
    }
  g_assert_cmpint (action, ==, POSTERN_ACTION_FAILED);
  assert_machine_clean (machine, &ladder, redactor);
  ladder_clear (&ladder);
}

static void
test_secrets (void)
{
  const char *const mechanisms[] = { "PLAIN",    "LOGIN",      "XOAUTH2",      "OAUTHBEARER",
                                     "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-256" };
  g_autoptr(GRand) random = g_rand_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    for (int round = 0; round < 20; round++)
      {
        g_autofree char *secret = make_secret (random);

        for (guint echo_from = 0; echo_from < 4; echo_from++)
          echo_session (mechanisms[i], secret, echo_from);
      }
}

/* --- Noise --- */

static const char *const stock[] = {
  /* SMTP */
  "220 mail.example.org ESMTP",
  "220-x",
  "250-x",
  "250 x",
  "250 STARTTLS",
  "250-STARTTLS",
  "250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER SCRAM-SHA-256 CRAM-MD5 DIGEST-MD5",
  "250-AUTH=LOGIN",
  "334 ",
  "334",
  "334 VXNlcm5hbWU6",
  "334 eyJzdGF0dXMiOiI0MDEifQ==",
  "334 =",
  "334-x",
  "235 ok",
  "354 go",
  "221 bye",
  "421 busy",
  "454 later",
  "500 what",
  "501 no",
  "502 no",
  "503 no",
  "530 no",
  "534-5.7.9 x",
  "534 5.7.9 x",
  "535 5.7.8 wrong",
  "538 no",
  "550 no",
  "251 x",
  "250",
  "5",
  "",
  "220 ********",
  "250-XXXXXXXA",
  "199 x",
  "600 x",
  "25O x",
  "250\tx",
  "9999999999999999999999",
  /* POP3 */
  "+OK",
  "+OK POP3 <1.2@x>",
  "-ERR",
  "-ERR [AUTH] no",
  "+ ",
  "+",
  ".",
  "STLS",
  "SASL PLAIN",
  /* IMAP */
  "* OK IMAP4rev1",
  "* PREAUTH hi",
  "* BYE",
  "* CAPABILITY IMAP4rev1 AUTH=PLAIN",
  "a1 OK done",
  "a1 NO",
  "a1 BAD",
  "* LIST () \"/\" INBOX",
  "* 1 FETCH {99999999999999999999}",
  "{0}",
  "\"\\",
};

static void
append_noise (GRand *random, GString *line)
{
  for (int n = g_rand_int_range (random, 0, 4); n > 0 && line->len > 0; n--)
    {
      gsize at = (gsize) g_rand_int_range (random, 0, (int) line->len);

      switch (g_rand_int_range (random, 0, 4))
        {
        case 0:
          line->str[at] = (char) g_rand_int_range (random, 0, 256);
          break;
        case 1:
          g_string_insert_c (line, (gssize) at, (char) g_rand_int_range (random, 0, 256));
          break;
        case 2:
          g_string_truncate (line, at);
          break;
        default:
          g_string_append (line, stock[g_rand_int_range (random, 0, G_N_ELEMENTS (stock))]);
          break;
        }
    }
}

/* Answers that keep a session going, so that noise meets every state. */
static const char *
sensible_answer (PosternMachine *machine)
{
  const char *shown = postern_output_get_display (postern_machine_get_output (machine));

  if (g_str_has_prefix (shown, "EHLO"))
    return "250-x\n250-STARTTLS\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER SCRAM-SHA-256 CRAM-MD5";
  if (g_str_has_prefix (shown, "STARTTLS"))
    return "220 go";
  if (g_str_has_prefix (shown, "AUTH LOGIN") || g_str_has_prefix (shown, "AUTH CRAM"))
    return "334 VXNlcm5hbWU6";
  if (g_str_has_prefix (shown, "AUTH") || g_str_has_prefix (shown, "<hidden"))
    return "235 ok";
  if (g_str_has_prefix (shown, "QUIT"))
    return "221 bye";
  return "250 ok";
}

static PosternAction
feed_answer (PosternMachine *machine, GRand *random, const char *answer)
{
  g_auto (GStrv) lines = g_strsplit (answer, "\n", -1);
  PosternAction action = POSTERN_ACTION_READ;

  for (gsize i = 0; lines[i] != NULL && action <= POSTERN_ACTION_READ; i++)
    {
      g_autoptr(GString) line = g_string_new (lines[i]);

      if (g_rand_int_range (random, 0, 8) == 0)
        append_noise (random, line);
      if (g_rand_int_range (random, 0, 16) == 0)
        g_string_assign (line, stock[g_rand_int_range (random, 0, G_N_ELEMENTS (stock))]);
      action = postern_machine_feed (machine, line->str, line->len);
    }
  return action;
}

static void
noise_session (GRand *random, const char *plan, guint *n_done, guint *n_failed)
{
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine (plan, &ladder);
  PosternAction action = start (machine);
  int n = 0;

  if (action == POSTERN_ACTION_READ)
    action = feed_answer (machine, random, "220 mail.example.org ESMTP");
  while (action != POSTERN_ACTION_DONE && action != POSTERN_ACTION_FAILED)
    {
      g_assert_cmpint (++n, <, 2000);
      if (action == POSTERN_ACTION_START_TLS)
        action = postern_machine_tls_started (machine);
      else if (g_rand_int_range (random, 0, 100) == 0)
        action = postern_machine_closed (machine);
      else
        {
          g_autofree char *answer = g_strdup (sensible_answer (machine));

          action = feed_answer (machine, random, answer);
        }
    }
  if (action == POSTERN_ACTION_FAILED)
    {
      g_assert_nonnull (postern_machine_get_failure (machine));
      (*n_failed)++;
    }
  else
    (*n_done)++;
  postern_machine_farewell (machine);
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    g_assert_cmpint (ladder.states[i], !=, POSTERN_STATE_RUNNING);
  ladder_clear (&ladder);
}

static void
test_noise (void)
{
  const char *const plans[] = {
    "helo starttls auth",
    "starttls? auth=LOGIN clear from=a to=b",
    "implicit oauth helo",
    "clear oauth=XOAUTH2 starttls auth=CRAM-MD5 from=a",
    "implicit auth? auth=SCRAM-SHA-256",
    "clear auth=DIGEST-MD5,PLAIN helo to=x from=y",
    "implicit from=a to=b to=c",
  };
  g_autoptr(GRand) random = g_rand_new_with_seed (20261120);
  guint n_done = 0;
  guint n_failed = 0;

  for (guint i = 0; i < 20000; i++)
    noise_session (random, plans[i % G_N_ELEMENTS (plans)], &n_done, &n_failed);

  /* Both ends were reached often enough for the noise to have met every state. */
  g_test_message ("%u done, %u failed", n_done, n_failed);
  g_assert_cmpuint (n_done, >, 1000);
  g_assert_cmpuint (n_failed, >, 1000);
}

/* Each line of the stock in each state that a dialogue comes through. */
static const struct
{
  const char *plan;
  const char *dialogue;
} ways[] = {
  { "helo", HELLO "S: 502 what\nC: HELO [127.0.0.1]\nS: 250 x\n" BYE },
  { "starttls auth", HELLO UPGRADE OFFER_AUTH PLAIN "S: 235 ok\n" BYE },
  { "implicit auth=LOGIN",
    HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: <hidden, 8 bytes>\n"
                     "S: 334 UGFzc3dvcmQ6\nC: <hidden, 20 bytes>\nS: 235 ok\n" BYE },
  { "implicit auth=LOGIN", HELLO OFFER_AUTH "C: AUTH LOGIN\nS: 334 Username:\nC: *\nS: 501 no\n" },
  { "implicit oauth=XOAUTH2",
    HELLO OFFER_AUTH "C: AUTH XOAUTH2 <hidden, 76 bytes>\n" REFUSAL "C: \nS: 535 no\n" },
  { "implicit auth", HELLO "S: 250-x\nS: 250 AUTH SCRAM-SHA-256\n" },
  { "implicit auth", HELLO "S: 250-x\nS: 250 AUTH CRAM-MD5\nS: 334 PDFAeD4=\n" },
  { "from=a to=b", HELLO
    "S: 250 x\nC: MAIL FROM:<a>\nS: 250 ok\nC: RCPT TO:<b>\nS: 250 ok\nC: RSET\nS: 250 ok\n" BYE },
};

static void
test_every_reply_everywhere (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_auto (GStrv) lines = g_strsplit (ways[i].dialogue, "\n", -1);
      guint n_lines = g_strv_length (lines);

      for (guint stop = 0; stop < n_lines; stop++)
        for (gsize j = 0; j < G_N_ELEMENTS (stock); j++)
          {
            g_autoptr(PosternMachine) machine = make_machine (ways[i].plan, NULL);
            PosternAction action = start (machine);

            for (guint k = 0; k < stop; k++)
              {
                if (g_str_has_prefix (lines[k], "S: "))
                  action = postern_machine_feed (machine, lines[k] + 3, strlen (lines[k] + 3));
                else if (strcmp (lines[k], "TLS") == 0)
                  action = postern_machine_tls_started (machine);
              }
            action = postern_machine_feed (machine, stock[j], strlen (stock[j]));
            g_assert_cmpint (action, <=, POSTERN_ACTION_FAILED);
            g_assert_true ((action == POSTERN_ACTION_FAILED) ==
                           (postern_machine_get_failure (machine) != NULL));
          }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/smtp-hostile/bounds/lines", test_too_many_lines);
  g_test_add_func ("/smtp-hostile/bounds/bytes", test_too_many_bytes);
  g_test_add_func ("/smtp-hostile/bounds/session", test_too_many_lines_in_session);
  g_test_add_func ("/smtp-hostile/bounds/challenge", test_long_challenge);
  g_test_add_func ("/smtp-hostile/nul", test_nul);
  g_test_add_func ("/smtp-hostile/secrets", test_secrets);
  g_test_add_func ("/smtp-hostile/noise", test_noise);
  g_test_add_func ("/smtp-hostile/every-reply-everywhere", test_every_reply_everywhere);

  return g_test_run ();
}
