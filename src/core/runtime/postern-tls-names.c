/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-tls-options.h"

#include "model/postern-error.h"
#include "runtime/postern-host.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_NAMES 256

static gboolean
fail (gsize *offset, gsize position, GError **error, const char *message)
{
  *offset = position;
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

static gboolean
parse_type (const char *item, gsize length, PosternPeerNameType *type)
{
  static const char *const words[] = { "DNS", "IP", "URI", "Email" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (strlen (words[i]) == length && g_ascii_strncasecmp (item, words[i], length) == 0)
        {
          *type = (PosternPeerNameType) i;
          return TRUE;
        }
    }

  return FALSE;
}

/* A name as it is compared; @position is where it stands in the list. */
static char *
check_name (
  PosternPeerNameType type, const char *name, gsize position, gsize *offset, GError **error)
{
  gsize inner = 0;
  g_autofree char *ascii = NULL;

  switch (type)
    {
    case POSTERN_PEER_NAME_DNS:
      {
        gboolean wildcard = g_str_has_prefix (name, "*.");

        if (strchr (name, '*') != NULL && (!wildcard || strchr (name + 1, '*') != NULL))
          {
            fail (offset, position, error, _ ("“*” can only be the whole first part of a name."));
            return NULL;
          }
        ascii = postern_host_to_ascii (wildcard ? name + 2 : name, &inner, error);
        if (ascii == NULL)
          {
            *offset = position + (wildcard ? 2 : 0) + inner;
            return NULL;
          }
        return wildcard ? g_strconcat ("*.", ascii, NULL) : g_steal_pointer (&ascii);
      }

    case POSTERN_PEER_NAME_IP:
      if (strlen (name) < 80 && g_hostname_is_ip_address (name))
        return g_strdup (name);
      fail (offset, position, error, _ ("After IP: stands an IPv4 or IPv6 address."));
      return NULL;

    case POSTERN_PEER_NAME_EMAIL:
      if (strchr (name, '@') != NULL && strchr (name, '*') == NULL)
        return g_strdup (name);
      fail (offset, position, error, _ ("After Email: stands an address without “*”."));
      return NULL;

    case POSTERN_PEER_NAME_URI:
    default:
      return g_strdup (name);
    }
}

static gboolean
parse_item (const char *item, gsize position, GPtrArray *names, gsize *offset, GError **error)
{
  const char *colon = strchr (item, ':');
  PosternPeerNameType type = POSTERN_PEER_NAME_DNS;
  g_autofree char *name = NULL;
  const char *start;

  if (*item == '\0')
    return fail (offset, position, error, _ ("A name is missing between two semicolons."));
  if (colon == NULL || !parse_type (item, (gsize) (colon - item), &type))
    return fail (offset, position, error,
                 _ ("Each name begins with its type: DNS:, IP:, URI: or Email:. "
                    "“no” turns the name check off."));

  start = colon + 1;
  start += strspn (start, " \t");
  if (*start == '\0')
    return fail (offset, position, error, _ ("The name after the colon is missing."));
  if (strpbrk (start, " \t") != NULL)
    return fail (offset, position, error, _ ("A name holds no blank; names are set apart by “;”."));

  name = check_name (type, start, position + (gsize) (start - item), offset, error);
  if (name == NULL)
    return FALSE;
  g_ptr_array_add (names, postern_peer_name_new (type, name));

  return TRUE;
}

/**
 * postern_tls_names_parse:
 * @offset: (out): byte position of the fault in @text
 *
 * Returns: (transfer full) (nullable) (element-type PosternPeerName): the names in order
 */
GPtrArray *
postern_tls_names_parse (const char *text, gsize *offset, GError **error)
{
  g_autoptr(GPtrArray) names =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_peer_name_free);
  const char *p = text;

  for (;;)
    {
      gsize length = strcspn (p, ";");
      gsize indent = strspn (p, " \t");
      g_autofree char *item = NULL;

      indent = MIN (indent, length);
      item = g_strchomp (g_strndup (p + indent, length - indent));
      if (names->len == MAX_NAMES)
        {
          fail (offset, (gsize) (p - text), error, _ ("The list has too many names."));
          return NULL;
        }
      if (!parse_item (item, (gsize) (p - text) + indent, names, offset, error))
        return NULL;
      if (p[length] == '\0')
        return g_steal_pointer (&names);
      p += length + 1;
    }
}

/* A host name or an address as an item of a list: "DNS:mail.example.org". */
char *
postern_tls_names_typed (const char *name)
{
  return g_strconcat (g_hostname_is_ip_address (name) ? "IP:" : "DNS:", name, NULL);
}

/**
 * postern_tls_names_replace:
 * @options: the option list of a plan, long names and no secrets
 * @name: (nullable): the host name or address to look for, or %NULL for that of the connection
 *
 * Returns: (transfer full): the list with `verify_server_name` for that one name, or without
 */
char *
postern_tls_names_replace (const char *options, const char *name)
{
  const char *option = postern_tls_option_get_name (POSTERN_TLS_OPTION_VERIFY_SERVER_NAME);
  g_auto (GStrv) elements = g_strsplit (options, ", ", -1);
  g_autofree char *prefix = g_strconcat (option, "=", NULL);
  g_autofree char *typed = name != NULL ? postern_tls_names_typed (name) : NULL;
  g_autofree char *wanted = name != NULL ? g_strconcat (prefix, typed, NULL) : NULL;
  g_autoptr(GPtrArray) list = g_ptr_array_new ();

  for (char **element = elements; *element != NULL; element++)
    {
      if (!g_str_has_prefix (*element, prefix))
        g_ptr_array_add (list, *element);
      else if (wanted != NULL)
        g_ptr_array_add (list, wanted);
    }
  if (wanted != NULL && !g_ptr_array_find (list, wanted, NULL))
    g_ptr_array_add (list, wanted);
  g_ptr_array_add (list, NULL);

  return g_strjoinv (", ", (char **) list->pdata);
}
