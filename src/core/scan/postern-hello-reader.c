/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-hello.h"
#include "scan/postern-tls-numbers.h"

#include <string.h>

/* Certificates are most of it; who sends more is not waited for. */
#define MAX_BYTES (256 * 1024)

#define MAX_WARNINGS 16
#define MAX_CERTIFICATES 32

/* RFC 5246, 6.2.3: what encryption may add at most. */
#define MAX_RECORD (16384 + 2048)

enum
{
  RECORD_ALERT = 21,
  RECORD_HANDSHAKE = 22,
};

enum
{
  SERVER_HELLO = 2,
  CERTIFICATE = 11,
  SERVER_KEY_EXCHANGE = 12,
  SERVER_HELLO_DONE = 14,
  CERTIFICATE_STATUS = 22,
};

/* RFC 8446, 4.1.3: the random number that makes a ServerHello a HelloRetryRequest. */
static const guint8 retry_random[32] = {
  0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
  0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* Bytes still to be read; what goes past their end gives zeros and is remembered. */
typedef struct
{
  const guint8 *at;
  gsize left;
  gboolean short_of;
} Cursor;

static const guint8 *
take (Cursor *cursor, gsize n)
{
  const guint8 *at = cursor->at;

  if (n > cursor->left)
    {
      cursor->short_of = TRUE;
      cursor->left = 0;
      return NULL;
    }
  cursor->at += n;
  cursor->left -= n;
  return at;
}

static guint
take_8 (Cursor *cursor)
{
  const guint8 *at = take (cursor, 1);

  return at != NULL ? at[0] : 0;
}

static guint
take_16 (Cursor *cursor)
{
  const guint8 *at = take (cursor, 2);

  return at != NULL ? (guint) (at[0] << 8 | at[1]) : 0;
}

static Cursor
take_part (Cursor *cursor, gsize n)
{
  const guint8 *at = take (cursor, n);
  Cursor part = { at, at != NULL ? n : 0, at == NULL };

  return part;
}

static void
read_alpn (PosternServerFlight *flight, Cursor body)
{
  gsize length;
  const guint8 *name;

  take_16 (&body);
  length = take_8 (&body);
  name = take (&body, length);
  if (name != NULL && length < sizeof flight->alpn)
    memcpy (flight->alpn, name, length);
}

static void
read_extension (PosternServerFlight *flight, guint number, Cursor body)
{
  switch (number)
    {
    case 15:
      flight->heartbeat = TRUE;
      break;

    case 16:
      read_alpn (flight, body);
      break;

    case 23:
      flight->extended_master_secret = TRUE;
      break;

    case 35:
      flight->ticket = TRUE;
      break;

    case 43:
      flight->version = (guint16) take_16 (&body);
      break;

    case 51:
      flight->group = (guint16) take_16 (&body);
      break;

    case 0xff01:
      flight->renegotiation = TRUE;
      break;

    default:
      break;
    }
}

static gboolean
read_hello (PosternServerFlight *flight, Cursor body)
{
  const guint8 *random;
  Cursor extensions;
  gsize n_id;

  if (flight->hello)
    return FALSE;
  flight->version = (guint16) take_16 (&body);
  random = take (&body, sizeof retry_random);
  flight->retry = random != NULL && memcmp (random, retry_random, sizeof retry_random) == 0;
  n_id = take_8 (&body);
  take (&body, n_id);
  flight->session_id = n_id > 0;
  flight->suite = (guint16) take_16 (&body);
  take_8 (&body);
  if (body.short_of)
    return FALSE;

  flight->hello = TRUE;
  if (body.left == 0)
    return TRUE;
  extensions = take_part (&body, take_16 (&body));
  while (extensions.left > 0 && !extensions.short_of)
    {
      guint number = take_16 (&extensions);
      guint length = take_16 (&extensions);
      Cursor extension = take_part (&extensions, length);

      if (!extensions.short_of)
        read_extension (flight, number, extension);
    }
  return !extensions.short_of && body.left == 0;
}

static void
read_dh (PosternServerFlight *flight, Cursor *body)
{
  Cursor prime = take_part (body, take_16 (body));

  while (prime.left > 0 && prime.at[0] == 0)
    take (&prime, 1);
  flight->dh_bits = (guint) prime.left * 8;
  if (prime.left > 0)
    flight->dh_bits -= (guint) __builtin_clz (prime.at[0]) - 24;
  take (body, take_16 (body));
  take (body, take_16 (body));
}

/* RFC 8422, 5.4, and RFC 5246, 7.4.3. */
static gboolean
read_key_exchange (PosternServerFlight *flight, Cursor body)
{
  const char *suite = postern_tls_suite_name (flight->suite);

  if (suite == NULL)
    return TRUE;
  if (g_str_has_prefix (suite, "TLS_ECDH"))
    {
      if (take_8 (&body) != 3)
        return TRUE; /* a curve without a name */
      flight->group = (guint16) take_16 (&body);
      take (&body, take_8 (&body));
    }
  else if (g_str_has_prefix (suite, "TLS_DH"))
    read_dh (flight, &body);
  else
    return TRUE;
  if (flight->version >= POSTERN_HELLO_1_2 && strstr (suite, "_anon_") == NULL)
    flight->signature = (guint16) take_16 (&body);
  return !body.short_of;
}

static gsize
take_24 (Cursor *cursor)
{
  gsize high = take_8 (cursor);

  return high << 16 | take_16 (cursor);
}

/* RFC 5246, 7.4.2. What comes after too many is passed over. */
static gboolean
read_certificates (GPtrArray *chain, Cursor body)
{
  Cursor list = take_part (&body, take_24 (&body));

  while (list.left > 0 && !list.short_of)
    {
      Cursor certificate = take_part (&list, take_24 (&list));

      if (!list.short_of && chain->len < MAX_CERTIFICATES)
        g_ptr_array_add (chain, g_bytes_new (certificate.at, certificate.left));
    }
  return !list.short_of && body.left == 0;
}

static PosternHelloState
read_message (PosternHelloReader *self, guint type, Cursor body)
{
  PosternServerFlight *flight = &self->flight;
  gboolean sound = TRUE;

  if (type != SERVER_HELLO && !flight->hello)
    return POSTERN_HELLO_NOT_TLS;
  if (type == SERVER_HELLO)
    sound = read_hello (flight, body);
  else if (type == CERTIFICATE)
    sound = self->chain->len == 0 && read_certificates (self->chain, body);
  else if (type == SERVER_KEY_EXCHANGE)
    sound = read_key_exchange (flight, body);
  else if (type == CERTIFICATE_STATUS)
    flight->stapled = TRUE;
  if (!sound)
    return POSTERN_HELLO_NOT_TLS;

  /* What follows in TLS 1.3 is encrypted. */
  return type == SERVER_HELLO_DONE || flight->version >= POSTERN_HELLO_1_3 ? POSTERN_HELLO_DONE
                                                                           : POSTERN_HELLO_MORE;
}

static PosternHelloState
read_messages (PosternHelloReader *self)
{
  PosternHelloState state = POSTERN_HELLO_MORE;

  while (state == POSTERN_HELLO_MORE && self->messages->len >= 4)
    {
      const guint8 *data = self->messages->data;
      gsize length = (gsize) data[1] << 16 | (gsize) data[2] << 8 | data[3];
      Cursor body = { data + 4, length, FALSE };

      if (length > MAX_BYTES)
        return POSTERN_HELLO_NOT_TLS;
      if (self->messages->len < length + 4)
        return POSTERN_HELLO_MORE;
      state = read_message (self, data[0], body);
      g_byte_array_remove_range (self->messages, 0, (guint) length + 4);
    }
  return state;
}

static PosternHelloState
read_record (PosternHelloReader *self, guint type, Cursor body)
{
  if (type == RECORD_HANDSHAKE)
    {
      g_byte_array_append (self->messages, body.at, (guint) body.left);
      return read_messages (self);
    }
  if (type != RECORD_ALERT || body.left != 2)
    return POSTERN_HELLO_NOT_TLS;
  /* A warning, such as that the name is not known; but not one after the other. */
  if (body.at[0] == 1 && body.at[1] != 0)
    return ++self->n_warnings > MAX_WARNINGS ? POSTERN_HELLO_NOT_TLS : POSTERN_HELLO_MORE;
  self->flight.alert = body.at[1];
  return POSTERN_HELLO_ALERT;
}

static PosternHelloState
read_records (PosternHelloReader *self)
{
  PosternHelloState state = POSTERN_HELLO_MORE;

  while (state == POSTERN_HELLO_MORE && self->record->len > 0)
    {
      const guint8 *data = self->record->data;
      gsize length;
      Cursor body;

      /* The first byte tells plain text from TLS, which might wait for more. */
      if (data[0] != RECORD_HANDSHAKE && data[0] != RECORD_ALERT)
        return POSTERN_HELLO_NOT_TLS;
      if (self->record->len < 5)
        return POSTERN_HELLO_MORE;
      length = (gsize) data[3] << 8 | data[4];
      if (data[1] != 3 || length == 0 || length > MAX_RECORD)
        return POSTERN_HELLO_NOT_TLS;
      if (self->record->len < length + 5)
        return POSTERN_HELLO_MORE;
      body = (Cursor){ data + 5, length, FALSE };
      state = read_record (self, data[0], body);
      g_byte_array_remove_range (self->record, 0, (guint) length + 5);
    }
  return state;
}

PosternHelloReader *
postern_hello_reader_new (void)
{
  PosternHelloReader *self = g_new0 (PosternHelloReader, 1);

  self->record = g_byte_array_new ();
  self->messages = g_byte_array_new ();
  self->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return self;
}

void
postern_hello_reader_free (PosternHelloReader *self)
{
  g_byte_array_unref (self->record);
  g_byte_array_unref (self->messages);
  g_ptr_array_unref (self->chain);
  g_free (self);
}

/**
 * postern_hello_reader_feed:
 * @bytes: what came from the server
 *
 * Returns: what is known by now; once it is not %POSTERN_HELLO_MORE it does not change
 */
PosternHelloState
postern_hello_reader_feed (PosternHelloReader *self, const guint8 *bytes, gsize n)
{
  if (self->state != POSTERN_HELLO_MORE)
    return self->state;
  if (n > MAX_BYTES - self->n_read)
    self->state = POSTERN_HELLO_NOT_TLS;
  else
    {
      self->n_read += n;
      g_byte_array_append (self->record, bytes, (guint) n);
      self->state = read_records (self);
    }
  return self->state;
}
