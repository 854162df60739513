/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-hello.h"

#include <string.h>

/* Numbers of extensions. */
enum
{
  SERVER_NAME = 0,
  STATUS_REQUEST = 5,
  GROUPS = 10,
  POINT_FORMATS = 11,
  SIGNATURES = 13,
  ALPN = 16,
  EXTENDED_MASTER_SECRET = 23,
  SESSION_TICKET = 35,
  VERSIONS = 43,
  KEY_EXCHANGE_MODES = 45,
  KEY_SHARE = 51,
  RENEGOTIATION = 0xff01,
};

#define X25519 0x001d

static void
add_8 (GByteArray *out, guint8 number)
{
  g_byte_array_append (out, &number, 1);
}

static void
add_16 (GByteArray *out, guint16 number)
{
  add_8 (out, number >> 8);
  add_8 (out, number & 0xff);
}

static void
add_text (GByteArray *out, const char *text)
{
  g_byte_array_append (out, (const guint8 *) text, strlen (text));
}

static void
add_random (GByteArray *out)
{
  for (guint i = 0; i < 32; i++)
    add_8 (out, (guint8) g_random_int_range (0, 256));
}

/* A length whose number of bytes is not known yet: a place for it, filled by close_16(). */
static guint
open_16 (GByteArray *out)
{
  add_16 (out, 0);
  return out->len;
}

static void
close_16 (GByteArray *out, guint start)
{
  guint length = out->len - start;

  g_assert (length <= G_MAXUINT16);
  out->data[start - 2] = length >> 8;
  out->data[start - 1] = length & 0xff;
}

static void
add_numbers (GByteArray *out, GArray *numbers)
{
  guint start = open_16 (out);

  for (guint i = 0; i < numbers->len; i++)
    add_16 (out, g_array_index (numbers, guint16, i));
  close_16 (out, start);
}

static guint
open_extension (GByteArray *out, guint16 number)
{
  add_16 (out, number);
  return open_16 (out);
}

static void
add_extension (GByteArray *out, guint16 number, const char *bytes, gsize length)
{
  guint start = open_extension (out, number);

  g_byte_array_append (out, (const guint8 *) bytes, length);
  close_16 (out, start);
}

static void
add_list (GByteArray *out, guint16 number, GArray *numbers)
{
  guint start = open_extension (out, number);

  add_numbers (out, numbers);
  close_16 (out, start);
}

static void
add_server_name (GByteArray *out, const char *name)
{
  guint start = open_extension (out, SERVER_NAME);
  guint list = open_16 (out);
  guint entry;

  add_8 (out, 0);
  entry = open_16 (out);
  add_text (out, name);
  close_16 (out, entry);
  close_16 (out, list);
  close_16 (out, start);
}

static void
add_alpn (GByteArray *out, const char *protocol)
{
  guint start = open_extension (out, ALPN);
  guint list = open_16 (out);

  add_8 (out, (guint8) strlen (protocol));
  add_text (out, protocol);
  close_16 (out, list);
  close_16 (out, start);
}

/* Any 32 bytes are a public key of x25519: what the server would make of it is never needed. */
static void
add_key_share (GByteArray *out, gboolean share)
{
  guint start = open_extension (out, KEY_SHARE);
  guint list = open_16 (out);

  if (share)
    {
      add_16 (out, X25519);
      add_16 (out, 32);
      add_random (out);
    }
  close_16 (out, list);
  close_16 (out, start);
}

static void
add_extensions (GByteArray *out, const PosternHello *hello)
{
  guint start = open_16 (out);

  if (hello->server_name != NULL)
    add_server_name (out, hello->server_name);
  add_extension (out, STATUS_REQUEST, "\1\0\0\0\0", 5);
  if (hello->groups->len > 0)
    add_list (out, GROUPS, hello->groups);
  add_extension (out, POINT_FORMATS, "\1\0", 2);
  if (hello->version >= POSTERN_HELLO_1_2)
    add_list (out, SIGNATURES, hello->signatures);
  if (hello->alpn != NULL)
    add_alpn (out, hello->alpn);
  if (hello->version < POSTERN_HELLO_1_3)
    {
      add_extension (out, EXTENDED_MASTER_SECRET, "", 0);
      add_extension (out, SESSION_TICKET, "", 0);
      add_extension (out, RENEGOTIATION, "\0", 1);
    }
  else
    {
      add_extension (out, VERSIONS, "\2\3\4", 3);
      add_extension (out, KEY_EXCHANGE_MODES, "\1\1", 2);
      add_key_share (out, hello->share);
    }
  close_16 (out, start);
}

GBytes *
postern_hello_write (const PosternHello *hello)
{
  GByteArray *out = g_byte_array_new ();
  guint record, message;

  g_return_val_if_fail (hello->suites->len > 0 && hello->suites->len < 1000, NULL);
  g_return_val_if_fail (hello->alpn == NULL || strlen (hello->alpn) < 32, NULL);
  g_return_val_if_fail (hello->server_name == NULL || strlen (hello->server_name) < 256, NULL);

  add_8 (out, 22);
  add_16 (out, POSTERN_HELLO_1_0);
  record = open_16 (out);
  add_8 (out, 1);
  add_8 (out, 0);
  message = open_16 (out);

  add_16 (out, MIN (hello->version, POSTERN_HELLO_1_2));
  add_random (out);
  add_8 (out, 0); /* no session to resume */
  add_numbers (out, hello->suites);
  add_8 (out, 1);
  add_8 (out, 0); /* no compression */
  add_extensions (out, hello);

  close_16 (out, message);
  close_16 (out, record);
  return g_byte_array_free_to_bytes (out);
}
