/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-tls-pin.h"

#include "model/postern-error.h"
#include "model/postern-fingerprint.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *const words[] = {
  [POSTERN_PIN_CERTIFICATE] = "cert:",
  [POSTERN_PIN_KEY] = "key:",
};

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return FALSE;
}

static gboolean
read_day (const char *day, gint64 *until, GError **error)
{
  g_autoptr(GDateTime) end = NULL;
  const char *form = "dddd-dd-dd";

  for (gsize i = 0; i <= strlen (form); i++)
    if (form[i] == 'd' ? !g_ascii_isdigit (day[i]) : day[i] != form[i])
      return fail (error, _ ("An exception needs the day when it ends: @YYYY-MM-DD."));

  end = g_date_time_new_utc ((int) g_ascii_strtoll (day, NULL, 10),
                             (int) g_ascii_strtoll (day + 5, NULL, 10),
                             (int) g_ascii_strtoll (day + 8, NULL, 10), 23, 59, 59);
  if (end == NULL)
    return fail (error, _ ("The day when the exception ends is not in the calendar."));
  *until = g_date_time_to_unix (end);

  return TRUE;
}

PosternTlsPin *
postern_tls_pin_new (
  PosternPinKind kind, const char *sha256, const char *host, const char *day, GError **error)
{
  g_autoptr(PosternTlsPin) self = g_new0 (PosternTlsPin, 1);

  self->kind = kind;
  self->sha256 = postern_fingerprint_parse (sha256);
  self->host = g_strdup (host);
  if (self->sha256 == NULL)
    {
      fail (error, _ ("An exception names a SHA-256 fingerprint, of 64 hexadecimal digits."));
      return NULL;
    }

  return read_day (day, &self->until, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * postern_tls_pin_parse:
 * @text: see [struct@TlsPin]
 *
 * Returns: (transfer full) (nullable): the exception; %NULL with @error, which says what is missing
 */
PosternTlsPin *
postern_tls_pin_parse (const char *text, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  char *equals = strchr (stripped, '=');
  char *what = equals != NULL ? equals + 1 : stripped;
  const char *host = equals != NULL ? stripped : NULL;
  char *at = strrchr (what, '@');

  if (equals == stripped)
    {
      fail (error, _ ("An exception for one host names it before the equals sign."));
      return NULL;
    }
  if (equals != NULL)
    *equals = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize length = strlen (words[i]);

      if (g_ascii_strncasecmp (what, words[i], length) != 0)
        continue;
      if (at != NULL)
        *at = '\0';

      return postern_tls_pin_new ((PosternPinKind) i, what + length, host, at != NULL ? at + 1 : "",
                                  error);
    }

  fail (error, _ ("An exception is for one certificate, cert:SHA256@YYYY-MM-DD, or for one key, "
                  "key:SHA256@YYYY-MM-DD."));

  return NULL;
}

char *
postern_tls_pin_dup_day (const PosternTlsPin *self)
{
  g_autoptr(GDateTime) end = g_date_time_new_from_unix_utc (self->until);

  return g_date_time_format (end, "%Y-%m-%d");
}

char *
postern_tls_pin_to_text (const PosternTlsPin *self)
{
  g_autofree char *day = postern_tls_pin_dup_day (self);

  return g_strdup_printf ("%s%s%s%s@%s", self->host != NULL ? self->host : "",
                          self->host != NULL ? "=" : "", words[self->kind], self->sha256, day);
}

static gsize
length_of (const char *host)
{
  gsize length = strlen (host);

  return length > 0 && host[length - 1] == '.' ? length - 1 : length;
}

gboolean
postern_tls_pin_is_for (const PosternTlsPin *self, const char *host)
{
  gsize length = length_of (host);

  return self->host == NULL ||
         (length_of (self->host) == length && g_ascii_strncasecmp (self->host, host, length) == 0);
}

PosternTlsPin *
postern_tls_pin_copy (const PosternTlsPin *self)
{
  PosternTlsPin *copy = g_memdup2 (self, sizeof *self);

  copy->sha256 = g_strdup (self->sha256);
  copy->host = g_strdup (self->host);

  return copy;
}

void
postern_tls_pin_free (PosternTlsPin *self)
{
  if (self == NULL)
    return;

  g_free (self->sha256);
  g_free (self->host);
  g_free (self);
}
