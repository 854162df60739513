/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-ntlm-hash.h"

#include "model/postern-secret.h"

#include <errno.h>
#include <nettle/des.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <string.h>

#define OEM "CP850"
#define LM_LENGTH 14

guint8 *
postern_ntlm_to_utf16 (const char *text, gssize length, gsize *n_bytes)
{
  glong n_units = 0;
  gunichar2 *units = g_utf8_to_utf16 (text, (glong) length, NULL, &n_units, NULL);
  guint8 *bytes;

  *n_bytes = 0;
  if (units == NULL)
    return NULL;

  bytes = g_malloc ((gsize) n_units * 2 + 1);
  for (glong i = 0; i < n_units; i++)
    {
      bytes[2 * i] = (guint8) (units[i] & 0xff);
      bytes[2 * i + 1] = (guint8) (units[i] >> 8);
    }
  postern_wipe (units, (gsize) n_units * sizeof *units);
  g_free (units);
  *n_bytes = (gsize) n_units * 2;
  return bytes;
}

char *
postern_ntlm_to_oem (const char *text, gssize length, gsize *n_bytes)
{
  return g_convert (text, length, OEM, "UTF-8", NULL, n_bytes, NULL);
}

char *
postern_ntlm_to_upper (const char *text, gssize length)
{
  const char *end = text + (length < 0 ? strlen (text) : (gsize) length);
  /* No letter gets more than three times as long; never grown, so nothing is left behind. */
  char *upper = g_malloc ((gsize) (end - text) * 3 + 1);
  char *place = upper;

  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    place += g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (p)), place);
  *place = '\0';
  return upper;
}

/* 56 bits become a key of DES, whose lowest bits are parity. */
static void
encrypt (const guint8 key[7], const guint8 *text, guint8 *result)
{
  struct des_ctx context;
  guint8 wide[DES_KEY_SIZE] = { 0 };
  guint64 bits = 0;

  for (gsize i = 0; i < 7; i++)
    bits = bits << 8 | key[i];
  for (gsize i = 0; i < DES_KEY_SIZE; i++)
    wide[i] = (guint8) ((bits >> (49 - 7 * i) & 0x7f) << 1);

  des_set_key (&context, wide); /* a weak key is no matter here */
  des_encrypt (&context, DES_BLOCK_SIZE, result, text);
  postern_wipe (&bits, sizeof bits);
  postern_wipe (wide, sizeof wide);
  postern_wipe (&context, sizeof context);
}

/* Into @key and nowhere else, so that nothing is left behind. What does not fit does not count. */
static gboolean
fill_key (char *upper, guint8 key[LM_LENGTH])
{
  GIConv converter = g_iconv_open (OEM, "UTF-8");
  char *in = upper;
  char *out = (char *) key;
  gsize n_in = strlen (upper);
  gsize n_out = LM_LENGTH;
  gboolean done;

  if (converter == (GIConv) -1)
    return FALSE;

  done = g_iconv (converter, &in, &n_in, &out, &n_out) != (gsize) -1 || errno == E2BIG;
  g_iconv_close (converter);
  return done;
}

gboolean
postern_ntlm_hash_lm (const char *password, gsize length, guint8 hash[POSTERN_NTLM_HASH_SIZE])
{
  static const guint8 text[DES_BLOCK_SIZE + 1] = "KGS!@#$%";
  guint8 key[LM_LENGTH] = { 0 };
  char *upper = postern_ntlm_to_upper (password, (gssize) length);
  gboolean done = fill_key (upper, key);

  if (done)
    {
      encrypt (key, text, hash);
      encrypt (key + 7, text, hash + DES_BLOCK_SIZE);
    }
  postern_wipe_free (upper);
  postern_wipe (key, sizeof key);
  return done;
}

void
postern_ntlm_hash_nt (const char *password, gsize length, guint8 hash[POSTERN_NTLM_HASH_SIZE])
{
  struct md4_ctx context;
  gsize n_bytes = 0;
  guint8 *bytes = postern_ntlm_to_utf16 (password, (gssize) length, &n_bytes);

  md4_init (&context);
  if (bytes != NULL)
    md4_update (&context, n_bytes, bytes);
  md4_digest (&context, POSTERN_NTLM_HASH_SIZE, hash);
  postern_wipe (bytes, n_bytes);
  g_free (bytes);
  postern_wipe (&context, sizeof context);
}

void
postern_ntlm_hash_v2 (const guint8 nt[POSTERN_NTLM_HASH_SIZE],
                      const char *user,
                      const char *domain,
                      guint8 hash[POSTERN_NTLM_HASH_SIZE])
{
  struct hmac_md5_ctx context;
  g_autofree char *upper = postern_ntlm_to_upper (user, -1);
  gsize n_user = 0;
  gsize n_domain = 0;
  g_autofree guint8 *user_bytes = postern_ntlm_to_utf16 (upper, -1, &n_user);
  g_autofree guint8 *domain_bytes = postern_ntlm_to_utf16 (domain, -1, &n_domain);

  hmac_md5_set_key (&context, POSTERN_NTLM_HASH_SIZE, nt);
  hmac_md5_update (&context, n_user, user_bytes);
  hmac_md5_update (&context, n_domain, domain_bytes);
  hmac_md5_digest (&context, POSTERN_NTLM_HASH_SIZE, hash);
  postern_wipe (&context, sizeof context);
}

void
postern_ntlm_respond_v1 (const guint8 hash[POSTERN_NTLM_HASH_SIZE],
                         const guint8 challenge[POSTERN_NTLM_CHALLENGE_SIZE],
                         guint8 response[POSTERN_NTLM_RESPONSE_SIZE])
{
  guint8 keys[21] = { 0 };

  memcpy (keys, hash, POSTERN_NTLM_HASH_SIZE);
  for (gsize i = 0; i < 3; i++)
    encrypt (keys + 7 * i, challenge, response + DES_BLOCK_SIZE * i);
  postern_wipe (keys, sizeof keys);
}

void
postern_ntlm_mix (const guint8 server[POSTERN_NTLM_CHALLENGE_SIZE],
                  const guint8 client[POSTERN_NTLM_CHALLENGE_SIZE],
                  guint8 challenge[POSTERN_NTLM_CHALLENGE_SIZE])
{
  struct md5_ctx context;

  md5_init (&context);
  md5_update (&context, POSTERN_NTLM_CHALLENGE_SIZE, server);
  md5_update (&context, POSTERN_NTLM_CHALLENGE_SIZE, client);
  md5_digest (&context, POSTERN_NTLM_CHALLENGE_SIZE, challenge);
}

void
postern_ntlm_prove_v2 (const guint8 hash[POSTERN_NTLM_HASH_SIZE],
                       const guint8 challenge[POSTERN_NTLM_CHALLENGE_SIZE],
                       const guint8 *blob,
                       gsize length,
                       guint8 proof[POSTERN_NTLM_HASH_SIZE])
{
  struct hmac_md5_ctx context;

  hmac_md5_set_key (&context, POSTERN_NTLM_HASH_SIZE, hash);
  hmac_md5_update (&context, POSTERN_NTLM_CHALLENGE_SIZE, challenge);
  hmac_md5_update (&context, length, blob);
  hmac_md5_digest (&context, POSTERN_NTLM_HASH_SIZE, proof);
  postern_wipe (&context, sizeof context);
}
