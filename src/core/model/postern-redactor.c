/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-redactor.h"

#include <string.h>

/* A secret shorter than this is looked for only where it stands alone: as a whole word. */
#define MIN_ANYWHERE 4

/* Forms that are as short as this or shorter say nothing, and would hide half of every text. */
#define MIN_DERIVED 4

/* Readings of a text that are followed at once. */
#define MAX_PLACES 16

struct _PosternRedactor
{
  gatomicrefcount ref_count;
  GPtrArray *secrets; /* PosternSecret: what is looked for byte by byte, in any coding */
  GPtrArray *base64;  /* PosternSecret: pieces of Base64 */
};

/**
 * postern_redactor_new:
 *
 * Returns: (transfer full): a redactor that knows no secret yet
 */
PosternRedactor *
postern_redactor_new (void)
{
  PosternRedactor *self = g_new0 (PosternRedactor, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->secrets = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_secret_unref);
  self->base64 = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_secret_unref);
  return self;
}

PosternRedactor *
postern_redactor_ref (PosternRedactor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
postern_redactor_unref (PosternRedactor *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ptr_array_unref (self->secrets);
  g_ptr_array_unref (self->base64);
  g_free (self);
}

/* Adds the part of the Base64 of some longer text that the secret alone decides, when @offset
 * bytes (modulo 3) stand before it. */
static void
add_base64 (PosternRedactor *self, const char *bytes, gsize length, gsize offset)
{
  gsize padded_length = offset + length;
  guchar *padded = g_malloc0 (padded_length);
  gsize first = (8 * offset + 5) / 6;
  gsize last = 8 * padded_length / 6;
  char *encoded;

  memcpy (padded + offset, bytes, length);
  encoded = g_base64_encode (padded, padded_length);
  if (last > first && last - first >= MIN_DERIVED)
    {
      PosternSecret *standard = postern_secret_new (encoded + first, (gssize) (last - first));

      g_ptr_array_add (self->base64, standard);
      for (char *p = encoded; *p != '\0'; p++)
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
      if (memcmp (postern_secret_peek (standard, NULL), encoded + first, last - first) != 0)
        g_ptr_array_add (self->base64,
                         postern_secret_new (encoded + first, (gssize) (last - first)));
    }
  postern_wipe_free (encoded);
  postern_wipe (padded, padded_length);
  g_free (padded);
}

/**
 * postern_redactor_add:
 * @self: a redactor
 * @secret: (nullable): what to look for from now on, with all its forms
 */
void
postern_redactor_add (PosternRedactor *self, PosternSecret *secret)
{
  const char *bytes;
  gsize length;

  g_return_if_fail (self != NULL);

  if (postern_secret_is_empty (secret))
    return;

  bytes = postern_secret_peek (secret, &length);
  for (guint i = 0; i < self->secrets->len; i++)
    {
      gsize known_length;
      const char *known = postern_secret_peek (self->secrets->pdata[i], &known_length);

      if (known_length == length && memcmp (known, bytes, length) == 0)
        return;
    }

  g_ptr_array_add (self->secrets, postern_secret_ref (secret));
  for (gsize offset = 0; offset < 3; offset++)
    add_base64 (self, bytes, length, offset);
}

/**
 * postern_redactor_add_bytes:
 * @self: a redactor
 * @bytes: a derived form of a secret, such as a digest or a SASL response; the caller wipes it
 * @length: in bytes
 */
void
postern_redactor_add_bytes (PosternRedactor *self, const char *bytes, gsize length)
{
  g_autoptr(PosternSecret) secret = postern_secret_new (bytes, (gssize) length);

  postern_redactor_add (self, secret);
}

static int
hex_byte (const char *text)
{
  int high = g_ascii_xdigit_value (text[0]);
  int low = g_ascii_xdigit_value (text[1]);

  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static gboolean
is_byte (char c, guchar byte)
{
  return g_ascii_tolower (c) == g_ascii_tolower ((char) byte);
}

/* The lengths that @byte may have at @text in any of the usual codings: itself in either case or
 * "+" for a blank, and %XX, =XX, \xXX, \uXXXX or a backslash before it. Both at once are possible
 * for "%", "=" and the backslash, which may stand for themselves or begin a code. 0: neither. */
static void
match_byte (const char *text, const char *end, guchar byte, gsize *plain, gsize *coded)
{
  gsize left = (gsize) (end - text);

  *plain = left > 0 && (is_byte (*text, byte) || (byte == ' ' && *text == '+')) ? 1 : 0;
  *coded = 0;
  if (left >= 3 && (*text == '%' || *text == '=') && hex_byte (text + 1) == byte)
    *coded = 3;
  else if (left >= 4 && *text == '\\' && (text[1] == 'x' || text[1] == 'X') &&
           hex_byte (text + 2) == byte)
    *coded = 4;
  else if (left >= 6 && *text == '\\' && text[1] == 'u' && hex_byte (text + 2) == 0 &&
           hex_byte (text + 4) == byte)
    *coded = 6;
  else if (left >= 2 && *text == '\\' && is_byte (text[1], byte))
    *coded = 2;
}

/* Places in a text, in ascending order, each once. */
typedef struct
{
  const char *at[MAX_PLACES];
  guint n;
} Places;

static void
add_place (Places *places, const char *at)
{
  guint i = places->n;

  while (i > 0 && places->at[i - 1] > at)
    i--;
  if ((i > 0 && places->at[i - 1] == at) || places->n == MAX_PLACES)
    return;
  memmove (places->at + i + 1, places->at + i, (places->n - i) * sizeof *places->at);
  places->at[i] = at;
  places->n++;
}

/* The length of the secret at @text, whatever coding each of its bytes has; 0 if it is not there.
 * All readings are followed at once: a secret may look like a coding itself. */
static gsize
match_secret (const char *text, const char *end, const char *secret, gsize length)
{
  Places places = { { text }, 1 };

  for (gsize i = 0; i < length && places.n > 0; i++)
    {
      Places next = { .n = 0 };

      for (guint j = 0; j < places.n; j++)
        {
          gsize plain;
          gsize coded;

          match_byte (places.at[j], end, (guchar) secret[i], &plain, &coded);
          if (plain > 0)
            add_place (&next, places.at[j] + plain);
          if (coded > 0)
            add_place (&next, places.at[j] + coded);
        }
      places = next;
    }
  return places.n > 0 ? (gsize) (places.at[places.n - 1] - text) : 0;
}

/* The same in hexadecimal, in either case, with or without a separator between the bytes. */
static gsize
match_hex (const char *text, const char *end, const char *secret, gsize length)
{
  const char *p = text;

  if (length * 2 < MIN_DERIVED)
    return 0;
  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && p < end && (*p == ':' || *p == ' ' || *p == '-'))
        p++;
      if (end - p < 2 || hex_byte (p) != (guchar) secret[i])
        return 0;
      p += 2;
    }
  return (gsize) (p - text);
}

static gboolean
is_word_character (const char *text, const char *start, const char *end)
{
  return text >= start && text < end && (g_ascii_isalnum (*text) || (guchar) *text >= 0x80);
}

static gboolean
is_base64_character (char c)
{
  return g_ascii_isalnum (c) || c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
}

static gboolean
mark (guint8 *hidden, const char *start, const char *from, gsize length)
{
  if (length > 0)
    memset (hidden + (from - start), 1, length);
  return length > 0;
}

static gboolean
mark_secret (PosternSecret *secret, guint8 *hidden, const char *start, const char *end)
{
  gboolean found = FALSE;
  gsize length;
  const char *bytes = postern_secret_peek (secret, &length);

  for (const char *p = start; p < end; p++)
    {
      gsize n = match_secret (p, end, bytes, length);

      if (n > 0 && length < MIN_ANYWHERE &&
          (is_word_character (p - 1, start, end) || is_word_character (p + n, start, end)))
        n = 0;
      found |= mark (hidden, start, p, n);
      found |= mark (hidden, start, p, match_hex (p, end, bytes, length));
    }
  return found;
}

static gboolean
mark_base64 (PosternSecret *piece, guint8 *hidden, const char *start, const char *end)
{
  gboolean found = FALSE;
  const char *p = start;
  gsize length;
  const char *bytes = postern_secret_peek (piece, &length);

  while ((p = memmem (p, (gsize) (end - p), bytes, length)) != NULL)
    {
      const char *first = p;
      const char *last = p + length;

      /* The neighbours hold a few bits of the secret too. */
      for (int i = 0; i < 2 && first > start && is_base64_character (first[-1]); i++)
        first--;
      for (int i = 0; i < 4 && last < end && is_base64_character (*last); i++)
        last++;
      found |= mark (hidden, start, first, (gsize) (last - first));
      p++;
    }
  return found;
}

static gboolean
mark_all (PosternRedactor *self, guint8 *hidden, const char *bytes, gsize length)
{
  gboolean found = FALSE;
  const char *end = bytes + length;

  for (guint i = 0; i < self->secrets->len; i++)
    found |= mark_secret (self->secrets->pdata[i], hidden, bytes, end);
  for (guint i = 0; i < self->base64->len; i++)
    found |= mark_base64 (self->base64->pdata[i], hidden, bytes, end);
  return found;
}

/**
 * postern_redactor_apply:
 * @self: (nullable): a redactor; with NULL the bytes are copied as they are
 * @bytes: what a peer said; NUL and bytes that are no UTF-8 are allowed
 * @length: in bytes
 * @length_out: (out) (optional): the length of the result
 *
 * Returns: (transfer full): a copy, NUL-terminated, in which each form of a secret became
 *   `<hidden, N bytes>`
 */
char *
postern_redactor_apply (PosternRedactor *self, const char *bytes, gsize length, gsize *length_out)
{
  GString *result = g_string_sized_new (length + 1);
  g_autofree guint8 *hidden = g_malloc0 (length + 1);
  gsize i = 0;

  if (self != NULL && length > 0)
    mark_all (self, hidden, bytes, length);

  while (i < length)
    {
      gsize n = 1;

      while (i + n < length && hidden[i + n] == hidden[i])
        n++;
      if (hidden[i])
        g_string_append_printf (result, "<hidden, %" G_GSIZE_FORMAT " bytes>", n);
      else
        g_string_append_len (result, bytes + i, (gssize) n);
      i += n;
    }

  if (length_out != NULL)
    *length_out = result->len;
  return g_string_free (result, FALSE);
}

/**
 * postern_redactor_matches:
 * @self: a redactor
 * @bytes: text that is about to leave the program
 * @length: in bytes
 *
 * Returns: TRUE if a form of a secret is in it
 */
gboolean
postern_redactor_matches (PosternRedactor *self, const char *bytes, gsize length)
{
  g_autofree guint8 *hidden = g_malloc0 (length + 1);

  g_return_val_if_fail (self != NULL, FALSE);

  return length > 0 && mark_all (self, hidden, bytes, length);
}
