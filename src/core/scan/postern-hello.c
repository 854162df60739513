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
  HEARTBEAT = 15,
  ALPN = 16,
  EXTENDED_MASTER_SECRET = 23,
  SESSION_TICKET = 35,
  VERSIONS = 43,
  KEY_EXCHANGE_MODES = 45,
  CERTIFICATE_SIGNATURES = 50,
  KEY_SHARE = 51,
  RENEGOTIATION = 0xff01,
};

enum
{
  SECP256R1 = 0x0017,
  SECP384R1 = 0x0018,
  X25519 = 0x001d,
  X448 = 0x001e,
};

/* Points of the two curves: their base points (SEC 2, 2.4.2 and 2.5.1). */
static const guint8 point_256[] = {
  0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
  0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
  0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
  0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
  0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

static const guint8 point_384[] = {
  0x04, 0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b, 0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e, 0xf3,
  0x20, 0xad, 0x74, 0x6e, 0x1d, 0x3b, 0x62, 0x8b, 0xa7, 0x9b, 0x98, 0x59, 0xf7, 0x41,
  0xe0, 0x82, 0x54, 0x2a, 0x38, 0x55, 0x02, 0xf2, 0x5d, 0xbf, 0x55, 0x29, 0x6c, 0x3a,
  0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7, 0x36, 0x17, 0xde, 0x4a, 0x96, 0x26, 0x2c,
  0x6f, 0x5d, 0x9e, 0x98, 0xbf, 0x92, 0x92, 0xdc, 0x29, 0xf8, 0xf4, 0x1d, 0xbd, 0x28,
  0x9a, 0x14, 0x7c, 0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0, 0x0a, 0x60, 0xb1,
  0xce, 0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f,
};

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

static void
add_random (GByteArray *out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    add_8 (out, (guint8) g_random_int_range (0, 256));
}

/* Any bytes are a public key of x25519 and x448, and any point is one of the other two: what the
 * server would make of it is never needed. */
static void
add_public_key (GByteArray *out, guint16 group)
{
  switch (group)
    {
    case SECP256R1:
      g_byte_array_append (out, point_256, sizeof point_256);
      break;

    case SECP384R1:
      g_byte_array_append (out, point_384, sizeof point_384);
      break;

    case X448:
      add_random (out, 56);
      break;

    case X25519:
    default:
      add_random (out, 32);
      break;
    }
}

static void
add_key_share (GByteArray *out, guint16 group)
{
  guint start = open_extension (out, KEY_SHARE);
  guint list = open_16 (out);
  guint key;

  if (group != 0)
    {
      add_16 (out, group);
      key = open_16 (out);
      add_public_key (out, group);
      close_16 (out, key);
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
  if (hello->certificate_signatures != NULL)
    add_list (out, CERTIFICATE_SIGNATURES, hello->certificate_signatures);
  if (hello->version < POSTERN_HELLO_1_3)
    {
      add_extension (out, HEARTBEAT, "\1", 1);
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
  add_random (out, 32);
  add_8 (out, 0); /* no session to resume */
  add_numbers (out, hello->suites);
  add_8 (out, 1);
  add_8 (out, 0); /* no compression */
  add_extensions (out, hello);

  close_16 (out, message);
  close_16 (out, record);
  return g_byte_array_free_to_bytes (out);
}

gboolean
postern_hello_can_share (guint16 group)
{
  return group == X25519 || group == SECP256R1 || group == SECP384R1 || group == X448;
}
