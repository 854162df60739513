/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-near-name.h"

#include <gio/gio.h>
#include <string.h>

/* A certificate may hold thousands of names, and each be long. */
#define MAX_NAMES 512
#define MAX_NAME 253

/* What is compared: lower case, no final dot. */
static char *
normalize (const char *name)
{
  char *copy = g_ascii_strdown (name, -1);
  gsize length = strlen (copy);

  if (length > 1 && copy[length - 1] == '.')
    copy[length - 1] = '\0';
  return copy;
}

/* The name after its first label; "" when there is none. */
static const char *
parent_of (const char *name)
{
  const char *dot = strchr (name, '.');

  return dot != NULL ? dot + 1 : "";
}

static gboolean
has_two_labels (const char *name)
{
  return strchr (name, '.') != NULL;
}

/* The last two labels. */
static const char *
domain_of (const char *name)
{
  const char *domain = name;

  while (has_two_labels (parent_of (domain)))
    domain = parent_of (domain);
  return domain;
}

static gboolean
is_below (const char *name, const char *domain)
{
  gsize length = strlen (name), suffix = strlen (domain);

  return length > suffix + 1 && name[length - suffix - 1] == '.' &&
         strcmp (name + length - suffix, domain) == 0;
}

/* Letters to change, add, take out, or swap with the next one; more than two are not counted. */
static guint
edit_distance (const char *a, const char *b)
{
  gsize n = strlen (a), m = strlen (b);
  guint rows[3][MAX_NAME + 2];
  guint *before = rows[0], *last = rows[1], *now = rows[2];

  if (n > MAX_NAME || m > MAX_NAME || MAX (n, m) - MIN (n, m) > 2)
    return 3;

  for (gsize j = 0; j <= m; j++)
    last[j] = (guint) j;
  for (gsize i = 1; i <= n; i++)
    {
      guint *spare = before;

      now[0] = (guint) i;
      for (gsize j = 1; j <= m; j++)
        {
          guint changed = last[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0);

          now[j] = MIN (changed, MIN (last[j], now[j - 1]) + 1);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            now[j] = MIN (now[j], before[j - 2] + 1);
        }
      before = last;
      last = now;
      now = spare;
    }

  return last[m];
}

/* Short names differ in a letter or two without having anything to do with each other: smtp and
 * imap in one domain. */
static gboolean
is_slip (const char *asked, const char *name, guint *distance)
{
  gboolean siblings = strcmp (parent_of (asked), parent_of (name)) == 0;
  gsize length = siblings ? strcspn (asked, ".") : strlen (asked);

  *distance = edit_distance (asked, name);

  return *distance > 0 && *distance <= (length < 4 ? 0u : length < 12 ? 1u : 2u);
}

/* One asterisk, anywhere: what comes before it and after it must stand at the ends. */
static gboolean
fits_loosely (const char *asked, const char *name)
{
  const char *star = strchr (name, '*');
  gsize before = (gsize) (star - name);

  return strchr (star + 1, '*') == NULL && strlen (asked) + 1 >= strlen (name) &&
         strncmp (asked, name, before) == 0 && g_str_has_suffix (asked + before, star + 1);
}

static PosternNearness
compare_wildcard (const char *asked, const char *name)
{
  const char *rest;

  if (!g_str_has_prefix (name, "*.") || strrchr (name, '*') != name)
    return fits_loosely (asked, name) ? POSTERN_NEAR_WILDCARD_INSIDE : POSTERN_NEAR_NONE;

  rest = strchr (name, '.') + 1;
  if (!has_two_labels (rest))
    return strcmp (asked, rest) == 0 || is_below (asked, rest) ? POSTERN_NEAR_WILDCARD_TOP
                                                               : POSTERN_NEAR_NONE;
  if (strcmp (asked, rest) == 0)
    return POSTERN_NEAR_WILDCARD_BARE;
  if (is_below (asked, rest))
    return POSTERN_NEAR_WILDCARD_DEEP;
  if (strcmp (domain_of (asked), domain_of (rest)) == 0)
    return POSTERN_NEAR_DOMAIN;
  return POSTERN_NEAR_NONE;
}

/* @distance tells the nearer of two that are misspelt. */
static PosternNearness
compare (const char *asked, const char *name, guint *distance)
{
  const char *asked_parent = parent_of (asked), *name_parent = parent_of (name);

  if (g_hostname_is_ip_address (asked))
    return strcmp (asked, name) == 0 ? POSTERN_NEAR_ADDRESS : POSTERN_NEAR_NONE;
  if (strchr (name, '*') != NULL)
    return compare_wildcard (asked, name);
  if (has_two_labels (name) && strcmp (asked_parent, name) == 0)
    return POSTERN_NEAR_LABEL_MORE;
  if (has_two_labels (asked) && strcmp (asked, name_parent) == 0)
    return POSTERN_NEAR_LABEL_LESS;
  if (!has_two_labels (asked) && is_below (name, domain_of (name)) &&
      strlen (name) - strlen (name_parent) == strlen (asked) + 1 && g_str_has_prefix (name, asked))
    return POSTERN_NEAR_SHORT;
  if (is_slip (asked, name, distance))
    return POSTERN_NEAR_SPELLING;
  if (has_two_labels (asked_parent) && strcmp (asked_parent, name_parent) == 0)
    return POSTERN_NEAR_SIBLING;
  if (has_two_labels (asked) && has_two_labels (name))
    {
      const char *asked_end = strrchr (asked, '.'), *name_end = strrchr (name, '.');

      if (asked_end - asked == name_end - name &&
          strncmp (asked, name, (gsize) (asked_end - asked)) == 0)
        return POSTERN_NEAR_ENDING;
      if (strcmp (domain_of (asked), domain_of (name)) == 0)
        return POSTERN_NEAR_DOMAIN;
    }
  return POSTERN_NEAR_NONE;
}

/**
 * postern_near_name_find:
 * @names: those that a certificate is for, none of which is right
 * @asked: the one that was asked for
 * @nearness: (out): how the two are related
 *
 * Returns: (nullable) (transfer none): the nearest of @names; %NULL where none has anything to do
 *   with @asked
 */
const char *
postern_near_name_find (const char *const *names, const char *asked, PosternNearness *nearness)
{
  g_autofree char *wanted = normalize (asked);
  const char *nearest = NULL;
  guint least = G_MAXUINT;

  *nearness = POSTERN_NEAR_NONE;
  for (gsize i = 0; i < MAX_NAMES && names[i] != NULL; i++)
    {
      g_autofree char *name = normalize (names[i]);
      guint distance = 0;
      PosternNearness near = compare (wanted, name, &distance);

      if (near < *nearness ||
          (near == *nearness && near == POSTERN_NEAR_SPELLING && distance < least))
        {
          *nearness = near;
          least = distance;
          nearest = names[i];
        }
    }
  return nearest;
}

/* co.uk, com.au and their kin: two labels that nobody owns. A short name in the domain of a country
 * looks the same; to be careful with it does no harm. */
static gboolean
is_public (const char *domain)
{
  const char *end = parent_of (domain);

  return strlen (end) == 2 && strcspn (domain, ".") <= 3;
}

/* The domain that a host is in; the name itself where that may be the domain. */
static const char *
base_of (const char *name)
{
  const char *parent = parent_of (name);

  return has_two_labels (parent) && !is_public (parent) ? parent : name;
}

static gboolean
is_within (const char *name, const char *domain)
{
  return strcmp (name, domain) == 0 || (has_two_labels (domain) && is_below (name, domain));
}

/**
 * postern_near_name_is_related:
 *
 * Returns: whether one of two host names is in the domain of the other, so that they have one owner
 */
gboolean
postern_near_name_is_related (const char *name, const char *other)
{
  g_autofree char *first = normalize (name);
  g_autofree char *second = normalize (other);

  return is_within (first, base_of (second)) || is_within (second, base_of (first));
}
