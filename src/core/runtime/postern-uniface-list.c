/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-uniface-list.h"

#include <string.h>

static void
item_free (PosternUnifaceItem *item)
{
  g_free (item->id);
  g_free (item->value);
  g_free (item);
}

/* GOLD ;, "·;" as printed in the manuals, or ";" (inferred). */
static gsize
separator_length (const char *p)
{
  if (*p == '\x1b' || *p == ';')
    return 1;

  return g_str_has_prefix (p, "\xc2\xb7;") ? 3 : 0;
}

static PosternUnifaceItem *
item_new (const char *text, gssize equals, gsize offset)
{
  PosternUnifaceItem *item = g_new0 (PosternUnifaceItem, 1);

  item->has_value = equals >= 0;
  item->id = g_strstrip (equals >= 0 ? g_strndup (text, (gsize) equals) : g_strdup (text));
  item->value = g_strdup (equals >= 0 ? text + equals + 1 : item->id);
  item->offset = offset;

  return item;
}

/**
 * postern_uniface_list_parse:
 *
 * Returns: (transfer full) (element-type PosternUnifaceItem): the items; none for an empty text
 */
GPtrArray *
postern_uniface_list_parse (const char *text)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  g_autoptr(GString) item = g_string_new (NULL);
  const char *start = text;
  const char *p = text;
  gssize equals = -1;

  if (*text == '\0')
    return items;

  for (;;)
    {
      gsize separator = separator_length (p);

      if (*p == '\0' || separator > 0)
        {
          g_ptr_array_add (items, item_new (item->str, equals, (gsize) (start - text)));
          if (*p == '\0')
            return items;
          p += separator;
          start = p;
          equals = -1;
          g_string_truncate (item, 0);
        }
      else if (*p == '!' && separator_length (p + 1) > 0)
        {
          g_string_append_c (item, ';');
          p += 1 + separator_length (p + 1);
        }
      else if (*p == '%' && p[1] != '\0' && strchr ("=:%", p[1]) != NULL)
        {
          g_string_append_len (item, p, 2);
          p += 2;
        }
      else
        {
          if (*p == '=' && equals < 0)
            equals = (gssize) item->len;
          g_string_append_c (item, *p++);
        }
    }
}
