/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-fingerprint.h"

#define SHA256_DIGITS 64

char *
postern_fingerprint_format (const char *hex)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; hex[i] != '\0'; i++)
    {
      if (i > 0 && i % 2 == 0)
        g_string_append_c (text, ':');
      g_string_append_c (text, g_ascii_toupper (hex[i]));
    }

  return g_string_free (text, FALSE);
}

char *
postern_fingerprint_parse (const char *text)
{
  GString *hex = g_string_new (NULL);

  for (; *text != '\0'; text++)
    {
      if (g_ascii_isxdigit (*text))
        g_string_append_c (hex, g_ascii_tolower (*text));
      else if (*text != ':' && *text != ' ')
        break;
    }
  if (*text == '\0' && hex->len == SHA256_DIGITS)
    return g_string_free (hex, FALSE);

  g_string_free (hex, TRUE);

  return NULL;
}
