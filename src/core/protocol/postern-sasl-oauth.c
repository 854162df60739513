/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-sasl-private.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* Of a refusal so much is kept. */
#define MAX_MEMBERS 16
#define MAX_REFUSAL 1024

enum
{
  STAGE_NEW,
  STAGE_SENT,
  STAGE_REFUSED,
};

static gboolean
is_xoauth2 (PosternSasl *self)
{
  return strcmp (self->mechanism, "XOAUTH2") == 0;
}

gboolean
postern_sasl_oauth_supports (const char *mechanism)
{
  return g_ascii_strcasecmp (mechanism, "XOAUTH2") == 0 ||
         g_ascii_strcasecmp (mechanism, "OAUTHBEARER") == 0;
}

static PosternSaslResult
oauth_start (PosternSasl *self)
{
  gboolean has_user = self->user != NULL && *self->user != '\0';
  gsize length;
  const char *token;

  if (is_xoauth2 (self) && !has_user)
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED, _ ("The user name is missing."));
  if (postern_secret_is_empty (self->token))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED, _ ("The access token is missing."));

  /* 0x01 separates the fields. */
  token = postern_secret_peek (self->token, &length);
  if (memchr (token, '\x01', length) != NULL || (has_user && strchr (self->user, '\x01') != NULL))
    return postern_sasl_give_up (self, POSTERN_SASL_FAILED,
                                 _ ("The user name or the token holds a control character."));
  return POSTERN_SASL_CONTINUE;
}

/* RFC 5801 section 4: "," and "=" in a name are written =2C and =3D. */
static void
append_saslname (PosternOutput *text, const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    {
      if (*p == ',')
        postern_output_append_hidden (text, "=2C", 3);
      else if (*p == '=')
        postern_output_append_hidden (text, "=3D", 3);
      else
        postern_output_append_hidden (text, p, 1);
    }
}

static void
append_text (PosternOutput *text, const char *more)
{
  postern_output_append_hidden (text, more, strlen (more));
}

/* The output serves as a buffer that is wiped. */
static PosternSecret *
make_initial (PosternSasl *self)
{
  g_autoptr(PosternOutput) text = postern_output_new ();
  gsize length;
  const char *bytes;

  if (is_xoauth2 (self))
    {
      append_text (text, "user=");
      append_text (text, self->user);
    }
  else
    {
      g_autofree char *place =
        g_strdup_printf (",\x01host=%s\x01port=%u", self->host, (guint) self->port);

      append_text (text, "n,");
      if (self->user != NULL && *self->user != '\0')
        {
          append_text (text, "a=");
          append_saslname (text, self->user);
        }
      append_text (text, place);
    }
  append_text (text, "\x01"
                     "auth=Bearer ");
  bytes = postern_secret_peek (self->token, &length);
  postern_output_append_hidden (text, bytes, length);
  append_text (text, "\x01\x01");

  bytes = postern_output_get_bytes (text, &length);
  return postern_secret_new (bytes, (gssize) length);
}

static const char *
skip_blanks (const char *p, const char *end)
{
  while (p < end && (g_ascii_isspace (*p) || *p == ','))
    p++;
  return p;
}

/* Reads \uXXXX; half a surrogate pair becomes a replacement character. */
static const char *
read_unicode (const char *p, const char *end, GString *text)
{
  gunichar c = 0;

  for (int i = 0; i < 4; i++, p++)
    {
      if (p >= end || !g_ascii_isxdigit (*p))
        return p;
      c = c * 16 + (gunichar) g_ascii_xdigit_value (*p);
    }
  g_string_append_unichar (text, c != 0 && g_unichar_validate (c) ? c : 0xfffd);
  return p;
}

/* @p is behind the opening quotation mark. */
static const char *
read_string (const char *p, const char *end, GString *text)
{
  while (p < end && *p != '"')
    {
      if (*p == '\\' && p + 1 < end)
        {
          p += 2;
          if (p[-1] == 'u')
            p = read_unicode (p, end, text);
          else
            g_string_append_c (text,
                               strchr ("bfnrt", p[-1]) != NULL && p[-1] != '\0' ? ' ' : p[-1]);
        }
      else
        g_string_append_c (text, *p++);
    }
  return p < end ? p + 1 : p;
}

/* A number, a word, or something nested, as far as the next member. */
static const char *
read_other (const char *p, const char *end, GString *text)
{
  int depth = 0;

  while (p < end && (depth > 0 || (*p != ',' && *p != '}')))
    {
      if (*p == '{' || *p == '[')
        depth++;
      else if ((*p == '}' || *p == ']') && depth > 0)
        depth--;
      g_string_append_c (text, *p++);
    }
  return p;
}

static const char *
read_value (const char *p, const char *end, GString *text)
{
  p = skip_blanks (p, end);
  if (p < end && *p == '"')
    return read_string (p + 1, end, text);
  return read_other (p, end, text);
}

/* The members as "status 401, schemes bearer"; NULL when it is not an object. */
static GString *
read_object (const char *p, const char *end)
{
  g_autoptr(GString) text = NULL;

  p = skip_blanks (p, end);
  if (p >= end || *p != '{')
    return NULL;

  p++;
  text = g_string_new (NULL);
  for (int i = 0; i < MAX_MEMBERS && text->len < MAX_REFUSAL; i++)
    {
      p = skip_blanks (p, end);
      if (p >= end || *p != '"')
        break;

      if (text->len > 0)
        g_string_append (text, ", ");
      p = skip_blanks (read_string (p + 1, end, text), end);
      g_string_append_c (text, ' ');
      if (p < end && *p == ':')
        p = read_value (p + 1, end, text);
    }
  return text->len > 0 ? g_steal_pointer (&text) : NULL;
}

/**
 * postern_sasl_read_oauth_error:
 * @redactor: (nullable): knows the secrets of the run
 * @json: a refusal (RFC 7628 section 3.2.2), or whatever the server sent instead
 * @length: in bytes
 *
 * Returns: (nullable) (transfer full): "status 401, schemes bearer, scope …", or as much of the
 *   text as can be shown where it is not JSON; without secrets
 */
char *
postern_sasl_read_oauth_error (PosternRedactor *redactor, const char *json, gsize length)
{
  g_autoptr(GString) members = read_object (json, json + length);
  const char *text = members != NULL ? members->str : json;
  gsize n_text = members != NULL ? members->len : length;
  g_autofree char *shown = NULL;

  if (n_text == 0)
    return NULL;

  /* Redacted first and cut then: a cut secret is not found. */
  shown = postern_text_show (redactor, text, n_text);
  if (strlen (shown) > MAX_REFUSAL)
    {
      const char *cut = g_utf8_find_prev_char (shown, shown + MAX_REFUSAL);

      return g_strndup (shown, (gsize) (cut - shown));
    }
  return g_steal_pointer (&shown);
}

static PosternSaslResult
oauth_respond (PosternSasl *self, const char *challenge, gsize length, PosternSecret **response)
{
  if (challenge == NULL)
    {
      *response = make_initial (self);
      self->stage = STAGE_SENT;
      self->complete = TRUE;
      return POSTERN_SASL_CONTINUE;
    }

  self->complete = FALSE;
  if (self->stage != STAGE_SENT)
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server sent a challenge out of turn."));

  /* Not a challenge at all but the reason of a refusal, which is to be acknowledged: Google's and
   * Microsoft's pages ask for an empty answer, RFC 7628 section 3.2.3 for one 0x01. */
  self->stage = STAGE_REFUSED;
  self->is_public = TRUE;
  g_free (self->oauth_error);
  self->oauth_error = postern_sasl_read_oauth_error (self->redactor, challenge, length);
  *response = is_xoauth2 (self) ? postern_secret_new ("", 0) : postern_secret_new ("\x01", 1);
  return POSTERN_SASL_CONTINUE;
}

const PosternSaslFamily postern_sasl_oauth_family = { oauth_start, oauth_respond, NULL, NULL };
