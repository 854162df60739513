/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-host.h"

#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_HOST 253 /* RFC 1035 section 2.3.4, without the length bytes */
#define MAX_LABEL 63

static gboolean
fail (gsize *offset, gsize position, GError **error, const char *message)
{
  *offset = position;
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

/**
 * postern_text_check:
 * @limit: the most bytes that the text may have
 *
 * Whether @text is one word of UTF-8: no blank, no control, no invisible character.
 */
gboolean
postern_text_check (const char *text, gsize limit, gsize *offset, GError **error)
{
  const char *end;

  if (strnlen (text, limit + 1) > limit)
    return fail (offset, 0, error, _ ("The text is too long."));
  if (!g_utf8_validate (text, -1, &end))
    return fail (offset, (gsize) (end - text), error, _ ("The text is not UTF-8."));

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);

      if (g_unichar_isspace (c))
        return fail (offset, (gsize) (p - text), error, _ ("A blank cannot stand inside."));
      if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT)
        return fail (offset, (gsize) (p - text), error,
                     _ ("A control or invisible character cannot stand here."));
    }

  return TRUE;
}

/* The 1-based character position of a byte, also in text that is not UTF-8. */
guint
postern_text_column (const char *text, gsize offset)
{
  guint column = 1;

  for (gsize i = 0; i < offset && text[i] != '\0'; i++)
    {
      if (((guchar) text[i] & 0xc0) != 0x80)
        column++;
    }

  return column;
}

gboolean
postern_host_is_ipv6 (const char *host)
{
  return strchr (host, ':') != NULL && strlen (host) < 80 && g_hostname_is_ip_address (host);
}

static gboolean
check_labels (const char *host, gsize *offset, GError **error)
{
  const char *label = host;

  for (const char *p = host;; p++)
    {
      guchar c = (guchar) *p;

      if (c == '.' || c == '\0')
        {
          if (p == label && !(c == '\0' && p > host))
            return fail (offset, (gsize) (p - host), error, _ ("A part of the name is missing."));
          label = p + 1;
          if (c == '\0')
            return TRUE;
        }
      else if (c < 0x80 && !g_ascii_isalnum ((char) c) && c != '-' && c != '_')
        {
          g_autofree char *message =
            g_strdup_printf (_ ("“%c” cannot stand in a server name."), (char) c);

          return fail (offset, (gsize) (p - host), error, message);
        }
    }
}

/**
 * postern_host_to_ascii:
 *
 * The form in which a host is looked up: an address as it is, a name in ASCII (RFC 5891).
 *
 * Returns: (transfer full) (nullable): %NULL with @error when @host is neither
 */
char *
postern_host_to_ascii (const char *host, gsize *offset, GError **error)
{
  g_autofree char *ascii = NULL;
  g_auto (GStrv) labels = NULL;

  if (*host == '\0')
    {
      fail (offset, 0, error, _ ("Name the server."));
      return NULL;
    }
  if (postern_host_is_ipv6 (host))
    return g_strdup (host);
  if (strlen (host) > MAX_HOST * 4)
    {
      fail (offset, 0, error, _ ("The server name is too long."));
      return NULL;
    }
  if (!check_labels (host, offset, error))
    return NULL;

  ascii = g_hostname_to_ascii (host);
  if (ascii == NULL)
    {
      fail (offset, 0, error, _ ("The server name has no ASCII form that DNS could look up."));
      return NULL;
    }
  labels = g_strsplit (ascii, ".", -1);
  for (guint i = 0; labels[i] != NULL; i++)
    {
      if (strlen (labels[i]) > MAX_LABEL || strlen (ascii) > MAX_HOST + 1)
        {
          fail (offset, 0, error, _ ("The server name, or a part of it, is too long."));
          return NULL;
        }
    }

  return g_steal_pointer (&ascii);
}

gboolean
postern_port_parse (const char *digits, guint16 *port, gsize *offset, GError **error)
{
  guint number = 0;

  if (*digits == '\0')
    return fail (offset, 0, error, _ ("The port is missing."));
  for (const char *p = digits; *p != '\0'; p++)
    {
      if (!g_ascii_isdigit (*p))
        return fail (offset, (gsize) (p - digits), error, _ ("The port can hold digits alone."));
      number = MIN (number * 10 + (guint) (*p - '0'), 65536);
    }
  if (number < 1 || number > 65535)
    return fail (offset, 0, error, _ ("The port is a number from 1 to 65535."));
  *port = (guint16) number;

  return TRUE;
}
