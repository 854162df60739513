/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-connection-string.h"

#include "model/postern-error.h"
#include "runtime/postern-host.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_LENGTH 1024 /* what SendMail takes as its server */

/* Where the parts begin in the trimmed text; NULL where there is none. */
typedef struct
{
  const char *host;
  const char *host_end;
  const char *port;
  const char *port_end;
  const char *profile;
} Parts;

static gboolean
fail (gsize *offset, gsize position, GError **error, const char *message)
{
  *offset = position;
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

guint16
postern_connection_string_default_port (PosternConnector connector, PosternProtocol protocol)
{
  gboolean tls = connector == POSTERN_CONNECTOR_TLS;

  switch (protocol)
    {
    case POSTERN_PROTOCOL_POP3:
      return tls ? 995 : 110;
    case POSTERN_PROTOCOL_IMAP:
      return tls ? 993 : 143;
    case POSTERN_PROTOCOL_SMTP:
    default:
      return tls ? 465 : 25;
    }
}

static const char *
parse_connector (const char *text, PosternConnectionString *self)
{
  if (g_ascii_strncasecmp (text, "TLS:", 4) == 0)
    self->connector = POSTERN_CONNECTOR_TLS;
  else if (g_ascii_strncasecmp (text, "TCP:", 4) != 0)
    return text;

  self->connector_given = TRUE;

  return text + 4;
}

/* A colon that belongs to nothing: say what was probably meant. */
static gboolean
fail_colon (const char *text, const char *host, gsize *offset, GError **error)
{
  const char *colon = strchr (host, ':');
  gboolean digits = colon[1] != '\0' && strspn (colon + 1, "0123456789") == strlen (colon + 1);
  gboolean word = colon > host && host == text;

  for (const char *p = host; p < colon; p++)
    word = word && g_ascii_isalpha (*p);

  if (digits)
    return fail (offset, (gsize) (colon - text), error,
                 _ ("A port is written with a plus sign: host+port."));
  if (word)
    return fail (offset, 0, error,
                 _ ("TCP: or TLS: can stand before the server name, no other word."));

  return fail (offset, (gsize) (colon - text), error,
               _ ("Before the port, a colon can only be part of an IPv6 address; "
                  "a profile needs TLS: or a port before it."));
}

/* Section 3.3, steps 3 and 4: no port, so a colon may be anything. */
static gboolean
split_without_port (const char *text,
                    const PosternConnectionString *self,
                    Parts *parts,
                    gsize *offset,
                    GError **error)
{
  const char *colon = strchr (parts->host, ':');

  if (colon == NULL ||
      (self->connector == POSTERN_CONNECTOR_TCP && postern_host_is_ipv6 (parts->host)))
    return TRUE;
  if (self->connector == POSTERN_CONNECTOR_TCP)
    return fail_colon (text, parts->host, offset, error);
  if (strchr (colon + 1, ':') != NULL)
    return fail (offset, (gsize) (colon - text), error,
                 _ ("This can be an IPv6 address or a profile. "
                    "Write the port after the server: host+465."));
  parts->host_end = colon;
  parts->profile = colon + 1;

  return TRUE;
}

static gboolean
split_parts (const char *text,
             const PosternConnectionString *self,
             Parts *parts,
             gsize *offset,
             GError **error)
{
  const char *plus = strrchr (parts->host, '+');
  const char *colon;

  parts->host_end = parts->host + strlen (parts->host);
  if (plus == NULL)
    return split_without_port (text, self, parts, offset, error);

  parts->host_end = plus;
  parts->port = plus + 1;
  colon = strchr (parts->port, ':');
  parts->port_end = colon != NULL ? colon : parts->port + strlen (parts->port);
  if (colon != NULL)
    parts->profile = colon + 1;

  return TRUE;
}

static gboolean
parse_host (const char *text,
            const Parts *parts,
            PosternConnectionString *self,
            gsize *offset,
            GError **error)
{
  gsize inner = 0;

  self->host = g_strndup (parts->host, (gsize) (parts->host_end - parts->host));
  if (*self->host == '[')
    return fail (offset, (gsize) (parts->host - text), error,
                 _ ("Write an IPv6 address without brackets."));
  if (strchr (self->host, '|') != NULL)
    return fail (offset, (gsize) (strchr (parts->host, '|') - text), error,
                 _ ("A mail connection takes no user and password here; leave them out."));
  if (strchr (self->host, ':') != NULL && !postern_host_is_ipv6 (self->host))
    return fail_colon (text, parts->host, offset, error);

  self->ascii_host = postern_host_to_ascii (self->host, &inner, error);
  *offset = (gsize) (parts->host - text) + inner;

  return self->ascii_host != NULL;
}

static gboolean
parse_port_and_profile (const char *text,
                        const Parts *parts,
                        PosternConnectionString *self,
                        PosternProtocol protocol,
                        gsize *offset,
                        GError **error)
{
  self->port = postern_connection_string_default_port (self->connector, protocol);
  if (parts->port != NULL)
    {
      g_autofree char *digits = g_strndup (parts->port, (gsize) (parts->port_end - parts->port));
      gsize inner = 0;

      self->port_given = TRUE;
      if (!postern_port_parse (digits, &self->port, &inner, error))
        {
          *offset = (gsize) (parts->port - text) + inner;
          return FALSE;
        }
    }

  if (parts->profile == NULL)
    return TRUE;
  if (*parts->profile == '\0')
    return fail (offset, (gsize) (parts->profile - text), error,
                 _ ("Name the TLS profile after the colon, or leave the colon out."));
  if (strchr (parts->profile, '=') != NULL)
    return fail (offset, (gsize) (strchr (parts->profile, '=') - text), error,
                 _ ("The name of a profile holds no equals sign."));
  self->profile = g_strdup (parts->profile);

  return TRUE;
}

static gboolean
parse_trimmed (const char *text,
               PosternConnectionString *self,
               PosternProtocol protocol,
               Parts *parts,
               gsize *offset,
               GError **error)
{
  if (*text == '\0')
    return fail (offset, 0, error, _ ("Name the server, for example mail.example.org+587."));
  if (!postern_text_check (text, MAX_LENGTH, offset, error))
    return FALSE;

  parts->host = parse_connector (text, self);

  return split_parts (text, self, parts, offset, error) &&
         parse_host (text, parts, self, offset, error) &&
         parse_port_and_profile (text, parts, self, protocol, offset, error);
}

/**
 * postern_connection_string_parse:
 * @column: (out): 1-based character position of the fault
 *
 * The algorithm of spec/uniface.md section 3.3.
 *
 * Returns: (transfer full) (nullable): %NULL with @column and a translated reason in @error
 */
PosternConnectionString *
postern_connection_string_parse (const char *text,
                                 PosternProtocol protocol,
                                 guint *column,
                                 GError **error)
{
  g_autoptr(PosternConnectionString) self = g_new0 (PosternConnectionString, 1);
  gsize indent = strspn (text, " \t");
  gsize length = strnlen (text + indent, MAX_LENGTH * 2);
  g_autofree char *trimmed = g_strndup (text + indent, length);
  Parts parts = { NULL };
  gsize offset = 0;

  while (length > 0 && (trimmed[length - 1] == ' ' || trimmed[length - 1] == '\t'))
    trimmed[--length] = '\0';

  *column = 0;
  if (!parse_trimmed (trimmed, self, protocol, &parts, &offset, error))
    {
      *column = (guint) indent + postern_text_column (trimmed, offset);
      return NULL;
    }

  self->host_column = (guint) (indent + (gsize) (parts.host - trimmed)) + 1;
  if (parts.port != NULL)
    self->port_column =
      (guint) indent + postern_text_column (trimmed, (gsize) (parts.port - trimmed));
  if (parts.profile != NULL)
    self->profile_column =
      (guint) indent + postern_text_column (trimmed, (gsize) (parts.profile - trimmed));

  return g_steal_pointer (&self);
}

void
postern_connection_string_free (PosternConnectionString *self)
{
  g_free (self->host);
  g_free (self->ascii_host);
  g_free (self->profile);
  g_free (self);
}

/* The inverse of parse: what was left out stays out where it can. */
char *
postern_connection_string_to_text (const PosternConnectionString *self)
{
  GString *text = g_string_new (NULL);

  if (self->connector == POSTERN_CONNECTOR_TLS)
    g_string_append (text, "TLS:");
  else if (self->connector_given)
    g_string_append (text, "TCP:");
  g_string_append (text, self->host);

  /* An IPv6 address with TLS, and a profile with TCP, can only be told apart after a port. */
  if (self->port_given ||
      (self->connector == POSTERN_CONNECTOR_TLS && strchr (self->host, ':') != NULL) ||
      (self->connector == POSTERN_CONNECTOR_TCP && self->profile != NULL))
    g_string_append_printf (text, "+%u", (guint) self->port);
  if (self->profile != NULL)
    g_string_append_printf (text, ":%s", self->profile);

  return g_string_free (text, FALSE);
}
