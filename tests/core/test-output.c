/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-output.h"
#include "protocol/postern-text.h"

#include <string.h>

static void
test_display (void)
{
  g_autoptr(PosternOutput) output = postern_output_new ();
  gsize length;
  const char *bytes;

  g_assert_cmpstr (postern_output_get_display (output), ==, "");
  bytes = postern_output_get_bytes (output, &length);
  g_assert_cmpstr (bytes, ==, "");
  g_assert_cmpuint (length, ==, 0);

  postern_output_append (output, "AUTH PLAIN ");
  postern_output_append_hidden (output, "AHVzZXIAcGFzc3dvcmQxMjM0NTY=", 28);
  postern_output_append (output, "\r\n");
  bytes = postern_output_get_bytes (output, &length);
  g_assert_cmpstr (bytes, ==, "AUTH PLAIN AHVzZXIAcGFzc3dvcmQxMjM0NTY=\r\n");
  g_assert_cmpuint (length, ==, 41);
  g_assert_cmpstr (postern_output_get_display (output), ==, "AUTH PLAIN <hidden, 28 bytes>");

  postern_output_clear (output);
  postern_output_append_hidden (output, "", 0);
  postern_output_append (output, "*\r\nQUIT\r\n");
  g_assert_cmpstr (postern_output_get_display (output), ==, "*\nQUIT");
  g_assert_cmpstr (postern_output_get_bytes (output, NULL), ==, "*\r\nQUIT\r\n");
}

static void
test_nul (void)
{
  g_autoptr(PosternOutput) output = postern_output_new ();
  gsize length;
  const char *bytes;

  postern_output_append_hidden (output, "a\0b", 3);
  bytes = postern_output_get_bytes (output, &length);
  g_assert_cmpmem (bytes, length, "a\0b", 3);
  g_assert_cmpstr (postern_output_get_display (output), ==, "<hidden, 3 bytes>");
}

static void
test_growth (void)
{
  g_autoptr(PosternOutput) output = postern_output_new ();
  g_autoptr(GString) expected = g_string_new (NULL);
  gsize length;
  const char *bytes;

  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *part = g_strdup_printf ("%u,", i);

      g_string_append (expected, part);
      postern_output_append_hidden (output, part, strlen (part));
    }
  bytes = postern_output_get_bytes (output, &length);
  g_assert_cmpmem (bytes, length, expected->str, expected->len);
}

/* The buffer is reused, so what a clear leaves behind can be looked at. */
static void
test_wiped (void)
{
  g_autoptr(PosternOutput) output = postern_output_new ();
  const char *bytes;

  postern_output_append_hidden (output, "0123456789", 10);
  bytes = postern_output_get_bytes (output, NULL);
  postern_output_clear (output);
  for (gsize i = 0; i < 10; i++)
    g_assert_cmpint (bytes[i], ==, 0);
}

static void
test_text (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    const char *text;
  } cases[] = {
    { "plain", 5, "plain" },
    { "a\0b", 3, "a\\x00b" },
    { "\x1b[31m\x7f", 6, "\\x1B[31m\\x7F" },
    { "gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f" },
    { "\xff\xc3", 2, "\\xFF\\xC3" },
    { "\xe2\x80\xae", 3, "\\xE2\\x80\\xAE" }, /* turns the direction of the text */
    { "", 0, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = postern_text_show (NULL, cases[i].bytes, cases[i].length);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/output/display", test_display);
  g_test_add_func ("/output/nul", test_nul);
  g_test_add_func ("/output/growth", test_growth);
  g_test_add_func ("/output/wiped", test_wiped);
  g_test_add_func ("/output/text", test_text);

  return g_test_run ();
}
