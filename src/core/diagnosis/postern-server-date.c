/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-server-date.h"

#include <stdlib.h>
#include <string.h>

/* Nothing below is believed: the years 2001 to 2100. */
#define EARLIEST 978307200
#define LATEST 4102444800

static const char *
read_number (const char *p, gsize min_digits, gsize max_digits, int *number)
{
  gsize n = 0;

  *number = 0;
  while (n < max_digits && g_ascii_isdigit (p[n]))
    *number = *number * 10 + (p[n++] - '0');
  return n >= min_digits && !g_ascii_isdigit (p[n]) ? p + n : NULL;
}

static const char *
read_month (const char *p, int *month)
{
  static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

  for (*month = 1; *month <= 12; (*month)++)
    if (g_ascii_strncasecmp (p, months + (*month - 1) * 3, 3) == 0)
      return p + 3;
  return NULL;
}

static const char *
skip (const char *p, char wanted)
{
  return p != NULL && *p == wanted ? p + 1 : NULL;
}

/* "+0100", or a word such as GMT, which is taken for UTC. Seconds. */
static int
read_zone (const char *p)
{
  int number = 0;

  if ((*p != '+' && *p != '-') || read_number (p + 1, 4, 4, &number) == NULL)
    return 0;
  number = (number / 100 * 60 + number % 100) * 60;
  return *p == '-' ? -number : number;
}

/* "21 Nov 2026 10:12:11 +0000", RFC 5322 section 3.3. */
static gint64
read_date (const char *p)
{
  int day, month, year, hour, minute, second;
  g_autoptr(GDateTime) when = NULL;

  if ((p = read_number (p, 1, 2, &day)) == NULL || (p = skip (p, ' ')) == NULL ||
      (p = read_month (p, &month)) == NULL || (p = skip (p, ' ')) == NULL ||
      (p = read_number (p, 4, 4, &year)) == NULL || (p = skip (p, ' ')) == NULL ||
      (p = read_number (p, 1, 2, &hour)) == NULL || (p = skip (p, ':')) == NULL ||
      (p = read_number (p, 2, 2, &minute)) == NULL || (p = skip (p, ':')) == NULL ||
      (p = read_number (p, 2, 2, &second)) == NULL)
    return 0;

  when = g_date_time_new_utc (year, month, day, hour, minute, MIN (second, 59));
  return when != NULL ? g_date_time_to_unix (when) - (*p == ' ' ? read_zone (p + 1) : 0) : 0;
}

/* RFC 1939 section 7: "<1896.697170952@dbc.mtview.ca.us>", process and clock. */
static gint64
read_timestamp (const char *greeting)
{
  const char *start = strchr (greeting, '<');
  const char *at = start != NULL ? strchr (start, '@') : NULL;
  gint64 found = 0;

  for (const char *p = start; at != NULL && p < at; p++)
    {
      gsize digits = strspn (p + 1, "0123456789");

      if (!g_ascii_isalnum (*p) && digits == 10 && !g_ascii_isalpha (p[11]))
        found = g_ascii_strtoll (p + 1, NULL, 10);
    }
  return found;
}

gint64
postern_server_date_find (const char *greeting)
{
  gint64 found = 0;

  for (const char *p = greeting; *p != '\0' && found == 0; p++)
    if (g_ascii_isdigit (*p) && (p == greeting || !g_ascii_isalnum (p[-1])))
      found = read_date (p);
  if (found == 0)
    found = read_timestamp (greeting);

  return found >= EARLIEST && found < LATEST ? found : 0;
}
