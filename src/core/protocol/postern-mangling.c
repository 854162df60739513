/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-mangling.h"

#include <string.h>

gboolean
postern_mangling_of_text (const char *text)
{
  gsize n_stars = 0;
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++)
    n_stars += text[i] == '*';
  return n_stars >= 4 && n_stars * 5 >= length * 3;
}

/* The last letter is left as it is, or made another one. */
gboolean
postern_mangling_of_word (const char *word)
{
  gsize n = strspn (word, "X");

  if (n == 0)
    n = strspn (word, "*");
  if (n < 3)
    return FALSE;
  if (g_ascii_isupper (word[n]))
    n++;
  return word[n] == '\0' || word[n] == ' ';
}

gboolean
postern_mangling_of_command (const char *reply)
{
  return strstr (reply, "XXXX") != NULL || strstr (reply, "****") != NULL;
}
