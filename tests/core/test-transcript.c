/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-transcript.h"

#include <string.h>

static const char *
text_at (PosternTranscript *transcript, guint index)
{
  return postern_event_get_text (postern_transcript_get_event (transcript, index));
}

static guint
append (PosternTranscript *transcript, const char *bytes, gsize length)
{
  return postern_transcript_append_server (transcript, POSTERN_CHANNEL_CLEAR, POSTERN_STEP_GREETING,
                                           NULL, bytes, length);
}

static void
count_cb (GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  guint *n_items = user_data;

  g_assert_cmpuint (position, ==, *n_items);
  g_assert_cmpuint (removed, ==, 0);
  *n_items += added;
}

static void
test_list_model (void)
{
  g_autoptr(PosternTranscript) transcript = postern_transcript_new ();
  g_autoptr(PosternOutput) output = postern_output_new ();
  g_autoptr(PosternEvent) event = NULL;
  g_autofree char *text = NULL;
  guint n_items = 0;

  g_signal_connect (transcript, "items-changed", G_CALLBACK (count_cb), &n_items);
  g_assert_cmpuint (append (transcript, "220 ready", 9), ==, 0);
  postern_output_append (output, "AUTH PLAIN ");
  postern_output_append_hidden (output, "c2VjcmV0", 8);
  postern_output_append (output, "\r\n");
  g_assert_cmpuint (postern_transcript_append_client (transcript, POSTERN_CHANNEL_TLS,
                                                      POSTERN_STEP_AUTHENTICATE, output),
                    ==, 1);
  g_assert_cmpuint (postern_transcript_append_note (transcript, POSTERN_CHANNEL_TLS,
                                                    POSTERN_STEP_TLS, "%s", "a note"),
                    ==, 2);

  g_assert_cmpuint (n_items, ==, 3);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (transcript)), ==, 3);
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (transcript)) == POSTERN_TYPE_EVENT);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (transcript), 3));
  event = g_list_model_get_item (G_LIST_MODEL (transcript), 1);
  g_assert_cmpuint (postern_event_get_index (event), ==, 1);
  g_assert_cmpint (postern_event_get_direction (event), ==, POSTERN_DIRECTION_CLIENT);
  g_assert_cmpint (postern_event_get_channel (event), ==, POSTERN_CHANNEL_TLS);
  g_assert_cmpint (postern_event_get_step (event), ==, POSTERN_STEP_AUTHENTICATE);
  g_assert_cmpint (postern_event_get_time (event), >=, 0);
  g_assert_cmpstr (postern_event_get_text (event), ==, "AUTH PLAIN <hidden, 8 bytes>");

  text = postern_transcript_to_text (transcript);
  g_assert_nonnull (strstr (text, "  S  [clear]  220 ready\n"));
  g_assert_nonnull (strstr (text, "  C  [tls]    AUTH PLAIN <hidden, 8 bytes>\n"));
  g_assert_null (strstr (text, "c2VjcmV0"));
}

static void
test_sanitised (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    const char *shown;
  } cases[] = {
    { "", 0, "" },
    { "250 gr\303\274n", 9, "250 grün" },
    { "a\0b", 3, "a\\x00b" },
    { "\377\376", 2, "\\xFF\\xFE" },
    { "\033[2J\t", 5, "\\x1B[2J\\x09" },
    { "a\302\205b", 4, "a\\xC2\\x85b" },          /* a control of C1 */
    { "a\342\200\256b", 5, "a\\xE2\\x80\\xAEb" }, /* turns the direction */
    { "cut \303", 5, "cut \\xC3" },
    { "\355\240\200", 3, "\\xED\\xA0\\x80" }, /* half a surrogate */
    { "\300\200", 2, "\\xC0\\x80" },          /* a NUL, overlong */
    { "cr\rlf", 5, "cr\\x0Dlf" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(PosternTranscript) transcript = postern_transcript_new ();

      append (transcript, cases[i].bytes, cases[i].length);
      g_assert_cmpuint (postern_transcript_get_n_events (transcript), ==, 1);
      g_assert_cmpstr (text_at (transcript, 0), ==, cases[i].shown);
    }
}

static void
test_lines (void)
{
  g_autoptr(PosternTranscript) transcript = postern_transcript_new ();

  append (transcript, "220 ok\r\n250 injected\r\nrest", 26);
  g_assert_cmpuint (postern_transcript_get_n_events (transcript), ==, 3);
  g_assert_cmpstr (text_at (transcript, 0), ==, "220 ok");
  g_assert_cmpstr (text_at (transcript, 1), ==, "250 injected");
  g_assert_cmpstr (text_at (transcript, 2), ==, "rest");
}

/* A server that repeats the password does not bring it into the transcript. */
static void
test_echo (void)
{
  g_autoptr(PosternTranscript) transcript = postern_transcript_new ();
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternSecret) secret = postern_secret_new ("open sesame", -1);
  g_autofree char *text = NULL;
  g_autofree char *base64 = g_base64_encode ((const guchar *) "open sesame", 11);
  g_autofree char *line = g_strdup_printf ("535 no: open sesame %s", base64);

  postern_redactor_add (redactor, secret);
  postern_transcript_append_server (transcript, POSTERN_CHANNEL_TLS, POSTERN_STEP_AUTHENTICATE,
                                    redactor, line, strlen (line));
  text = postern_transcript_to_text (transcript);
  g_assert_nonnull (strstr (text, "535 no: <hidden"));
  g_assert_null (strstr (text, "sesame"));
  g_assert_null (strstr (text, "b3BlbiBzZXNhb"));
}

static void
test_long_line (void)
{
  g_autoptr(PosternTranscript) transcript = postern_transcript_new ();
  g_autofree char *line = g_strnfill (60000, 'x');
  const char *shown;

  append (transcript, line, 60000);
  append (transcript, line, 4096);
  shown = text_at (transcript, 0);
  g_assert_true (g_str_has_suffix (shown, "xx … (60000 bytes)"));
  g_assert_cmpint (g_utf8_strlen (shown, -1), ==, 4096 + strlen (" .. (60000 bytes)") - 1);
  g_assert_cmpuint (strlen (text_at (transcript, 1)), ==, 4096);
}

static void
test_limits (void)
{
  g_autoptr(PosternTranscript) many = postern_transcript_new ();
  g_autoptr(PosternTranscript) much = postern_transcript_new ();
  g_autofree char *line = g_strnfill (4000, 'x');
  guint n_events;

  for (guint i = 0; i < 6000; i++)
    append (many, "x", 1);
  n_events = postern_transcript_get_n_events (many);
  g_assert_cmpuint (n_events, ==, 5000);
  g_assert_cmpint (postern_event_get_direction (postern_transcript_get_event (many, 4998)), ==,
                   POSTERN_DIRECTION_SERVER);
  g_assert_cmpint (postern_event_get_direction (postern_transcript_get_event (many, 4999)), ==,
                   POSTERN_DIRECTION_NOTE);
  g_assert_cmpuint (append (many, "x", 1), ==, 4999);

  for (guint i = 0; i < 1000; i++)
    append (much, line, 4000);
  n_events = postern_transcript_get_n_events (much);
  g_assert_cmpuint (n_events, >, 500);
  g_assert_cmpuint (n_events, <, 540);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transcript/list-model", test_list_model);
  g_test_add_func ("/transcript/sanitised", test_sanitised);
  g_test_add_func ("/transcript/lines", test_lines);
  g_test_add_func ("/transcript/echo", test_echo);
  g_test_add_func ("/transcript/long-line", test_long_line);
  g_test_add_func ("/transcript/limits", test_limits);

  return g_test_run ();
}
