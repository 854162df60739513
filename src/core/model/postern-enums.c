/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-enums.h"

/**
 * postern_enum_to_nick:
 * @type: the #GType of an enumeration
 * @value: one of its values
 *
 * Returns: (transfer none): the word for @value in the command line, report and accounts file,
 *   or "unknown" for a value that the type does not have
 */
const char *
postern_enum_to_nick (GType type, int value)
{
  g_autoptr(GEnumClass) klass = g_type_class_ref (type);
  const GEnumValue *found = g_enum_get_value (klass, value);

  return found != NULL ? found->value_nick : "unknown";
}

/**
 * postern_enum_from_nick:
 * @type: the #GType of an enumeration
 * @nick: (nullable): a word
 * @value: (out): where to put the value
 *
 * Returns: TRUE if the type has such a word; @value stays as it was otherwise
 */
gboolean
postern_enum_from_nick (GType type, const char *nick, int *value)
{
  g_autoptr(GEnumClass) klass = g_type_class_ref (type);
  const GEnumValue *found = nick != NULL ? g_enum_get_value_by_nick (klass, nick) : NULL;

  if (found == NULL)
    return FALSE;

  *value = found->value;
  return TRUE;
}
