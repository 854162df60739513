/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-files.h"

#include <string.h>

char *
postern_asn_match_pattern (const char *pattern, const char *name)
{
  const char *star = strchr (pattern, '*');
  gsize before = star != NULL ? (gsize) (star - pattern) : strlen (pattern);
  gsize after = star != NULL ? strlen (star + 1) : 0;
  gsize length = strlen (name);

  if (length < before + after || g_ascii_strncasecmp (pattern, name, before) != 0 ||
      (star == NULL && length != before) ||
      (star != NULL && g_ascii_strcasecmp (star + 1, name + length - after) != 0))
    return NULL;

  return g_strndup (name + before, length - before - after);
}

/* The first line whose left side is the name counts (section 9.4), with or without "usys:" before
 * it (inferred). A name on a path ($…) is in a database, and no file. */
char *
postern_asn_redirect (PosternAsn *self, const char *name)
{
  g_autoptr(GPtrArray) files = postern_asn_list_settings (self, "FILES");
  const char *colon = strchr (name, ':');
  const char *bare = colon != NULL && g_ascii_strncasecmp (name, "usys", 4) == 0 ? colon + 1 : name;

  for (guint i = 0; i < files->len; i++)
    {
      const PosternAsnSetting *setting = files->pdata[i];
      const char *star = strchr (setting->value, '*');
      g_autofree char *middle = postern_asn_match_pattern (setting->name, name);

      if (middle == NULL)
        middle = postern_asn_match_pattern (setting->name, bare);
      if (middle == NULL || *setting->value == '\0' || *setting->value == '$')
        continue;
      if (star == NULL)
        return g_strdup (setting->value);
      return g_strdup_printf ("%.*s%s%s", (int) (star - setting->value), setting->value, middle,
                              star + 1);
    }

  return NULL;
}
