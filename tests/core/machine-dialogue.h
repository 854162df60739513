/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-machine.h"

#include <string.h>

/* What plays a dialogue: the file that includes this one defines MACHINE_NEW, the function that
 * makes its machine. */

#define USER "user"
#define PASSWORD "Tr0ub4dor-and-3"
#define MESSAGE "Subject: x\r\n\r\n.dot\r\n"
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
 * without credentials), fault (with a local fault), own (the last step is unasked and a fallback),
 * driver=NAME (of the last step), from=, to=,
 * ehlo=, usable, send=RECIPIENT; user= and password= of the last step */
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
      else if (strcmp (word, "own") == 0)
        step->unasked = step->fallback = TRUE;
      else if (g_str_has_prefix (word, "driver="))
        step->driver = g_strdup (word + 7);
      else if (g_str_has_prefix (word, "from="))
        plan->check_sender = g_strdup (word + 5);
      else if (g_str_has_prefix (word, "to="))
        add_recipient (plan, word + 3);
      else if (strcmp (word, "usable") == 0)
        plan->check_usable = TRUE;
      else if (g_str_has_prefix (word, "user="))
        {
          g_free (step->user);
          step->user = g_strdup (word + 5);
        }
      else if (g_str_has_prefix (word, "password="))
        {
          postern_secret_unref (step->password);
          step->password = postern_secret_new (word + 9, -1);
        }
      else if (g_str_has_prefix (word, "send="))
        {
          plan->send_from = g_strdup ("a@example.org");
          plan->send_to = g_strdup (word + 5);
          plan->message = g_bytes_new_static (MESSAGE, strlen (MESSAGE));
        }
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
  PosternMachine *machine = MACHINE_NEW (plan);

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

/* Lines "S: …" are fed, "O: …" as octets; "C: …" is what is shown of the output, "B: …" its bytes
 * with C escapes; "TLS" is a handshake, "EOF" the end of the connection. Everything has to come in
 * this order, nothing may be left. */
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
      else if (g_str_has_prefix (line, "O: "))
        {
          g_assert_cmpint (action, ==, POSTERN_ACTION_READ_OCTETS);
          g_assert_cmpuint (postern_machine_get_n_octets (machine), ==, strlen (line + 3));
          action = postern_machine_feed_octets (machine, line + 3, strlen (line + 3));
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
      else if (g_str_has_prefix (line, "B: "))
        {
          g_autofree char *escaped = g_strescape (
            postern_output_get_bytes (postern_machine_get_output (machine), NULL), NULL);

          g_assert_cmpint (action, ==, POSTERN_ACTION_SEND);
          g_assert_cmpstr (escaped, ==, line + 3);
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

/* --- Tables --- */

typedef struct
{
  const char *name;
  const char *plan;
  const char *dialogue;
  const char *code;     /* NULL: DONE */
  const char *detail;   /* NULL: not looked at */
  const char *farewell; /* NULL: none is due */
} DialogueCase;

G_GNUC_UNUSED static void
test_dialogue (gconstpointer data)
{
  const DialogueCase *test = data;
  Ladder ladder = { 0 };
  g_autoptr(PosternMachine) machine = make_machine (test->plan, &ladder);
  PosternAction action = play (machine, test->dialogue);
  const PosternFailure *failure = postern_machine_get_failure (machine);
  PosternAction expected = test->code != NULL ? POSTERN_ACTION_FAILED : POSTERN_ACTION_DONE;

  g_assert_cmpint (action, ==, expected);
  g_assert_cmpstr (failure != NULL ? failure->code : NULL, ==, test->code);
  if (test->detail != NULL)
    g_assert_cmpstr (failure->detail, ==, test->detail);
  if (failure != NULL)
    g_assert_cmpint (ladder.states[failure->step], ==, POSTERN_STATE_FAILED);
  for (gsize i = 0; i < POSTERN_N_STEPS; i++)
    {
      g_assert_cmpint (ladder.states[i], !=, POSTERN_STATE_RUNNING);
      g_assert_cmpint (ladder.states[i], ==, postern_machine_get_step_state (machine, i));
    }

  /* The end is the end. */
  g_assert_cmpint (postern_machine_feed (machine, "250 more", 8), ==, expected);
  g_assert_cmpint (postern_machine_closed (machine), ==, expected);
  g_assert_cmpint (postern_machine_tls_started (machine), ==, expected);

  g_assert_cmpint (postern_machine_farewell (machine), ==, test->farewell != NULL);
  if (test->farewell != NULL)
    g_assert_cmpstr (postern_output_get_display (postern_machine_get_output (machine)), ==,
                     test->farewell);
  g_assert_false (postern_machine_farewell (machine));

  ladder_clear (&ladder);
  g_assert_finalize_object (g_steal_pointer (&machine));
}

G_GNUC_UNUSED static void
add_cases (const char *prefix, const DialogueCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autofree char *path = g_strconcat (prefix, cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_dialogue);
    }
}

/* --- What no server should say --- */

typedef struct
{
  const char *bytes;
  gsize length;
} Noise;

#define NOISE(text) { text, sizeof (text) - 1 }

static const Noise noises[] = {
  NOISE (""),
  NOISE ("\0"),
  NOISE ("\0\0\0\0"),
  NOISE ("\xff\xfe\x80"),
  NOISE ("250 ok"),
  NOISE ("250-ok"),
  NOISE ("334 "),
  NOISE ("334 !!!!"),
  NOISE ("535 5.7.8 no"),
  NOISE ("99999999999999999999 ok"),
  NOISE ("+OK"),
  NOISE ("+OK 99999999999999999999 99999999999999999999"),
  NOISE ("+OK -1 -1"),
  NOISE ("-ERR"),
  NOISE ("-ERR ["),
  NOISE ("-ERR [AUTH"),
  NOISE ("-ERR []"),
  NOISE ("+"),
  NOISE ("+ "),
  NOISE ("+ !!!!"),
  NOISE ("+ AAAA"),
  NOISE ("."),
  NOISE (".."),
  NOISE ("*"),
  NOISE ("* "),
  NOISE ("* OK"),
  NOISE ("* OK ["),
  NOISE ("* OK []"),
  NOISE ("* OK [CAPABILITY]"),
  NOISE ("* OK [ALERT] hi"),
  NOISE ("* NO"),
  NOISE ("* BAD"),
  NOISE ("* BYE"),
  NOISE ("* PREAUTH"),
  NOISE ("* CAPABILITY"),
  NOISE ("* CAPABILITY \0 \xff"),
  NOISE ("* 99999999999999999999 EXISTS"),
  NOISE ("* LIST () \"/\" {0}"),
  NOISE ("* LIST () \"/\" {3}"),
  NOISE ("* LIST () \"/\" {3+}"),
  NOISE ("* LIST () \"/\" {4294967296}"),
  NOISE ("* LIST () \"/\" {99999999999999999999999}"),
  NOISE ("* LIST () \"/\" {-1}"),
  NOISE ("* LIST () \"/\" {}"),
  NOISE ("* LIST () \"/\" \"end\\"),
  NOISE ("A001 OK"),
  NOISE ("A001 NO"),
  NOISE ("A001 BAD"),
  NOISE ("A002 NO [AUTHENTICATIONFAILED"),
  NOISE ("A999 OK done"),
  NOISE ("A001"),
  NOISE ("HTTP/1.1 400 Bad Request"),
  NOISE ("SSH-2.0-x"),
};

/* Whatever the machine wants after a noise, it goes on for a bounded time and comes to an end. */
G_GNUC_UNUSED static void
assert_ends (PosternMachine *machine, PosternAction action)
{
  static const char zeros[POSTERN_MAX_LITERAL];

  for (guint i = 0; action == POSTERN_ACTION_READ || action == POSTERN_ACTION_READ_OCTETS ||
                    action == POSTERN_ACTION_SEND || action == POSTERN_ACTION_START_TLS;
       i++)
    {
      g_assert_cmpuint (i, <, 12000);
      if (action == POSTERN_ACTION_READ_OCTETS)
        action = postern_machine_feed_octets (machine, zeros,
                                              postern_machine_get_n_octets (machine));
      else if (action == POSTERN_ACTION_START_TLS)
        action = postern_machine_tls_started (machine);
      else if (i > 3)
        action = postern_machine_closed (machine);
      else
        action = postern_machine_feed (machine, noises[i].bytes, noises[i].length);
    }
  g_assert_true (action == POSTERN_ACTION_DONE || action == POSTERN_ACTION_FAILED);
  if (action == POSTERN_ACTION_FAILED)
    {
      const PosternFailure *failure = postern_machine_get_failure (machine);

      g_assert_nonnull (failure);
      g_assert_true (failure->text == NULL || g_utf8_validate (failure->text, -1, NULL));
    }
  postern_machine_farewell (machine);
}

/* Each noise after each line of a dialogue that is right. */
G_GNUC_UNUSED static void
try_noises (const char *plan, const char *dialogue)
{
  g_auto (GStrv) lines = g_strsplit (dialogue, "\n", -1);
  guint n = g_strv_length (lines);

  for (guint cut = 0; cut <= n; cut++)
    {
      g_autofree char *saved = cut < n ? g_steal_pointer (&lines[cut]) : NULL;
      g_autofree char *beginning = g_strjoinv ("\n", lines);

      for (gsize i = 0; i < G_N_ELEMENTS (noises); i++)
        {
          g_autoptr(PosternMachine) machine = make_machine (plan, NULL);
          PosternAction action = play (machine, beginning);

          /* SEND is over when the peer says something. */
          action = postern_machine_feed (machine, noises[i].bytes, noises[i].length);
          assert_ends (machine, action);
        }
      if (cut < n)
        lines[cut] = g_steal_pointer (&saved);
    }
}
