/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-generic-address.h"

#include "model/postern-error.h"
#include "model/postern-secret.h"
#include "runtime/postern-host.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_LENGTH 2048

static gboolean
fail (gsize *offset, gsize position, GError **error, const char *message)
{
  *offset = position;
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

static gboolean
parse_scheme (
  PosternGenericAddress *self, const char *text, gsize *p, gsize *offset, GError **error)
{
  static const char *const schemes[] = {
    "smtp", "smtps", "submission", "imap", "imaps", "pop3", "pop3s", NULL,
  };
  const char *end = strstr (text, "://");

  if (end == NULL)
    return TRUE;

  self->scheme = g_ascii_strdown (text, end - text);
  if (!g_strv_contains (schemes, self->scheme))
    return fail (
      offset, 0, error,
      _ ("The address of a mail server begins with smtp://, smtps://, submission://, imap://, "
         "imaps://, pop3:// or pop3s://."));
  *p = (gsize) (end - text) + 3;

  return TRUE;
}

/* The part before "@", which may hold anything that somebody typed: a password is never quoted. */
static gboolean
parse_user (PosternGenericAddress *self, const char *text, gsize *p, gsize *offset, GError **error)
{
  const char *start = text + *p;
  const char *at = strrchr (start, '@');
  const char *colon;

  if (at == NULL)
    return TRUE;
  if (self->scheme == NULL)
    return fail (offset, 0, error,
                 _ ("A user name needs a scheme before it: smtp://user@host. "
                    "For a mail address, give its server here."));

  colon = memchr (start, ':', (gsize) (at - start));
  if (colon != NULL)
    return fail (offset, (gsize) (colon - text), error,
                 _ ("A password cannot stand in the connection. Take it out, and the colon before "
                    "it; it is asked for or read from a source of its own."));

  self->user = g_uri_unescape_segment (start, at, NULL);
  if (self->user == NULL || *self->user == '\0' || !g_utf8_validate (self->user, -1, NULL))
    return fail (offset, *p, error,
                 _ ("The user name before “@” is empty or not well percent-coded."));
  *p = (gsize) (at + 1 - text);

  return TRUE;
}

/* Finds host and port in the rest. @port_at is NULL where there is none. */
static gboolean
split_host (PosternGenericAddress *self,
            const char *text,
            gsize p,
            const char **port_at,
            gsize *offset,
            GError **error)
{
  const char *rest = text + p;
  const char *colon = strchr (rest, ':');

  *port_at = NULL;
  if (*rest == '[')
    {
      const char *close = strchr (rest, ']');

      if (close == NULL)
        return fail (offset, p, error, _ ("The bracket after the IPv6 address is missing."));
      self->host = g_strndup (rest + 1, (gsize) (close - rest) - 1);
      if (!postern_host_is_ipv6 (self->host))
        return fail (offset, p + 1, error, _ ("Between the brackets stands an IPv6 address."));
      if (close[1] == ':')
        *port_at = close + 2;
      else if (close[1] != '\0')
        return fail (offset, (gsize) (close + 1 - text), error,
                     _ ("After the bracket only a colon and the port can follow."));
      return TRUE;
    }

  if (colon != NULL && strchr (colon + 1, ':') != NULL)
    {
      if (self->scheme == NULL && postern_host_is_ipv6 (rest))
        {
          self->host = g_strdup (rest);
          return TRUE;
        }
      return fail (offset, (gsize) (strchr (colon + 1, ':') - text), error,
                   _ ("An IPv6 address with a port, or in a URL, stands in brackets: [::1]:25."));
    }
  self->host = colon != NULL ? g_strndup (rest, (gsize) (colon - rest)) : g_strdup (rest);
  if (colon != NULL)
    *port_at = colon + 1;

  return TRUE;
}

static gboolean
parse_trimmed (PosternGenericAddress *self,
               char *text,
               gsize *host_at,
               const char **port_at,
               gsize *offset,
               GError **error)
{
  gsize inner = 0;
  gsize p = 0;
  gsize length = strlen (text);
  char *tail;

  if (*text == '\0')
    return fail (offset, 0, error, _ ("Name the server, for example smtp://mail.example.org."));
  if (!postern_text_check (text, MAX_LENGTH, offset, error) ||
      !parse_scheme (self, text, &p, offset, error) || !parse_user (self, text, &p, offset, error))
    return FALSE;

  if (self->scheme != NULL && length > p && text[length - 1] == '/')
    text[--length] = '\0';
  tail = text + p + strcspn (text + p, "/?#");
  if (*tail != '\0')
    return fail (offset, (gsize) (tail - text), error, _ ("Nothing can follow server and port."));
  if (!split_host (self, text, p, port_at, offset, error))
    return FALSE;

  *host_at = p + (text[p] == '[' ? 1 : 0);
  self->ascii_host = postern_host_to_ascii (self->host, &inner, error);
  *offset = *host_at + inner;
  if (self->ascii_host == NULL)
    return FALSE;
  if (*port_at != NULL && !postern_port_parse (*port_at, &self->port, &inner, error))
    {
      *offset = (gsize) (*port_at - text) + inner;
      return FALSE;
    }

  return TRUE;
}

/**
 * postern_generic_address_parse:
 * @column: (out): 1-based character position of the fault
 *
 * Returns: (transfer full) (nullable): %NULL with @column and a translated reason in @error, which
 *   quotes nothing that could be a password
 */
PosternGenericAddress *
postern_generic_address_parse (const char *text, guint *column, GError **error)
{
  g_autoptr(PosternGenericAddress) self = g_new0 (PosternGenericAddress, 1);
  gsize indent = strspn (text, " \t");
  gsize length = strnlen (text + indent, MAX_LENGTH * 2);
  char *trimmed = g_strndup (text + indent, length);
  const char *port_at = NULL;
  gsize host_at = 0;
  gsize offset = 0;
  gboolean parsed;

  while (length > 0 && (trimmed[length - 1] == ' ' || trimmed[length - 1] == '\t'))
    trimmed[--length] = '\0';

  *column = 0;
  parsed = parse_trimmed (self, trimmed, &host_at, &port_at, &offset, error);
  if (!parsed)
    *column = (guint) indent + postern_text_column (trimmed, offset);
  else
    {
      self->host_column = (guint) indent + postern_text_column (trimmed, host_at);
      if (port_at != NULL)
        self->port_column =
          (guint) indent + postern_text_column (trimmed, (gsize) (port_at - trimmed));
    }
  postern_wipe_free (trimmed);

  return parsed ? g_steal_pointer (&self) : NULL;
}

void
postern_generic_address_free (PosternGenericAddress *self)
{
  g_free (self->scheme);
  g_free (self->user);
  g_free (self->host);
  g_free (self->ascii_host);
  g_free (self);
}

char *
postern_generic_address_to_text (const PosternGenericAddress *self)
{
  GString *text = g_string_new (NULL);
  gboolean v6 = strchr (self->host, ':') != NULL;

  if (self->scheme != NULL)
    g_string_append_printf (text, "%s://", self->scheme);
  if (self->user != NULL)
    {
      g_string_append_uri_escaped (text, self->user, NULL, TRUE);
      g_string_append_c (text, '@');
    }
  if (v6 && (self->scheme != NULL || self->port != 0))
    g_string_append_printf (text, "[%s]", self->host);
  else
    g_string_append (text, self->host);
  if (self->port != 0)
    g_string_append_printf (text, ":%u", (guint) self->port);

  return g_string_free (text, FALSE);
}

char *
postern_generic_address_hide_password (const char *text)
{
  const char *scheme = strstr (text, "://");
  const char *start = scheme != NULL ? scheme + 3 : text;
  const char *at = strrchr (start, '@');
  const char *colon = at != NULL ? memchr (start, ':', (gsize) (at - start)) : NULL;

  if (colon == NULL)
    return g_strdup (text);

  return g_strdup_printf ("%.*s:<hidden>%s", (int) (colon - text), text, at);
}
