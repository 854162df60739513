/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-text.h"

/**
 * postern_text_show:
 * @redactor: (nullable): knows the secrets of the run
 * @bytes: what a peer sent; may hold anything, NUL too
 * @length: in bytes
 *
 * Returns: (transfer full): one line of UTF-8 that can be shown as it is: without secrets, control
 *   characters and bytes that are no UTF-8 written as \xNN
 */
char *
postern_text_show (PosternRedactor *redactor, const char *bytes, gsize length)
{
  gsize n_clean = 0;
  g_autofree char *clean = postern_redactor_apply (redactor, bytes, length, &n_clean);
  GString *text = g_string_sized_new (n_clean + 1);
  const char *end = clean + n_clean;
  const char *p = clean;

  while (p < end)
    {
      gunichar c = (guchar) *p < 0x80 ? (gunichar) *p : g_utf8_get_char_validated (p, end - p);
      gboolean is_text =
        c < 0x80 ? c >= 0x20 && c != 0x7f : g_unichar_validate (c) && g_unichar_isprint (c);
      const char *next = c < 0x80 || !g_unichar_validate (c) ? p + 1 : g_utf8_next_char (p);

      if (is_text)
        g_string_append_len (text, p, next - p);
      else
        for (const char *q = p; q < next; q++)
          g_string_append_printf (text, "\\x%02X", (guchar) *q);
      p = next;
    }
  return g_string_free (text, FALSE);
}
