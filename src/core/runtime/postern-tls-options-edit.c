/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-tls-options.h"

#include <string.h>

/* Whether the element of @length bytes at @element gives the option @id. */
static gboolean
is_option (const char *element, gsize length, PosternTlsOptionId id)
{
  gsize indent = strspn (element, " \t\r\n");
  gsize name = strcspn (element, "=,");

  if (name >= length || indent >= name)
    return FALSE; /* there is no equals sign in it */
  while (name > indent && g_ascii_isspace (element[name - 1]))
    name--;
  return postern_tls_option_find_id (element + indent, name - indent) == (int) id;
}

static void
append_option (GString *list, PosternTlsOptionId id, const char *value)
{
  if (list->len > 0)
    g_string_append (list, ", ");
  g_string_append_printf (list, "%s=%s", postern_tls_option_get_name (id), value);
}

char *
postern_tls_options_set (const char *text, PosternTlsOptionId id, const char *value)
{
  GString *list = g_string_new (NULL);
  gboolean found = FALSE;

  g_return_val_if_fail (text != NULL && value != NULL, NULL);
  g_return_val_if_fail (strpbrk (value, ",\r\n") == NULL, NULL);

  for (const char *p = text + strspn (text, " \t\r\n"); *p != '\0';)
    {
      gsize length = strcspn (p, ",");

      /* Given twice, it is set once. */
      if (!is_option (p, length, id))
        {
          if (list->len > 0)
            g_string_append_c (list, ',');
          g_string_append_len (list, p, (gssize) length);
        }
      else if (!found)
        {
          append_option (list, id, value);
          found = TRUE;
        }
      p += length + (p[length] == ',' ? 1 : 0);
    }
  if (!found)
    append_option (list, id, value);

  return g_string_free (list, FALSE);
}
