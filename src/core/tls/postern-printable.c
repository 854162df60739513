/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-printable.h"

static gboolean
is_shown (gunichar character)
{
  switch ((int) g_unichar_type (character))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return FALSE;

    default:
      return TRUE;
    }
}

char *
postern_printable (const char *bytes, gsize length)
{
  GString *text = g_string_sized_new (length + 1);

  for (gsize i = 0; i < length;)
    {
      gunichar character = g_utf8_get_char_validated (bytes + i, (gssize) (length - i));
      gboolean valid = character != (gunichar) -1 && character != (gunichar) -2;
      gsize n_bytes = valid && bytes[i] != '\0' ? (gsize) g_utf8_skip[(guchar) bytes[i]] : 1;

      if (valid && character != 0 && is_shown (character))
        g_string_append_len (text, bytes + i, (gssize) n_bytes);
      else
        for (gsize j = 0; j < n_bytes; j++)
          g_string_append_printf (text, "\\x%02X", (guint) (guchar) bytes[i + j]);

      i += n_bytes;
    }

  return g_string_free (text, FALSE);
}
