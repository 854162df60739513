/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The arithmetic of NTLM, MS-NLMP sections 3.3.1 and 3.3.2. What goes in and comes out is as good
 * as the password: the caller wipes it. */

#define POSTERN_NTLM_HASH_SIZE 16
#define POSTERN_NTLM_CHALLENGE_SIZE 8
#define POSTERN_NTLM_RESPONSE_SIZE 24

/* UTF-16, little endian, as MS-NLMP wants it; the length is in bytes. */
guint8   *postern_ntlm_to_utf16    (const char   *text,
                                    gssize        length,
                                    gsize        *n_bytes);
/* The OEM character set: code page 850, which Windows uses in western Europe. NULL where a
 * character is not in it. */
char     *postern_ntlm_to_oem      (const char   *text,
                                    gssize        length,
                                    gsize        *n_bytes);
/* Letter by letter, as Windows does it: "ß" stays. */
char     *postern_ntlm_to_upper    (const char   *text,
                                    gssize        length);

/* FALSE where the password has no LM hash: a character is not in the OEM set. */
gboolean  postern_ntlm_hash_lm     (const char   *password,
                                    gsize         length,
                                    guint8        hash[POSTERN_NTLM_HASH_SIZE]);
void      postern_ntlm_hash_nt     (const char   *password,
                                    gsize         length,
                                    guint8        hash[POSTERN_NTLM_HASH_SIZE]);
void      postern_ntlm_hash_v2     (const guint8  nt[POSTERN_NTLM_HASH_SIZE],
                                    const char   *user,
                                    const char   *domain,
                                    guint8        hash[POSTERN_NTLM_HASH_SIZE]);

/* LM and NTLM: the challenge under three DES keys. */
void      postern_ntlm_respond_v1  (const guint8  hash[POSTERN_NTLM_HASH_SIZE],
                                    const guint8  challenge[POSTERN_NTLM_CHALLENGE_SIZE],
                                    guint8        response[POSTERN_NTLM_RESPONSE_SIZE]);
/* What takes the place of the server's challenge in NTLM2 session security. */
void      postern_ntlm_mix         (const guint8  server[POSTERN_NTLM_CHALLENGE_SIZE],
                                    const guint8  client[POSTERN_NTLM_CHALLENGE_SIZE],
                                    guint8        challenge[POSTERN_NTLM_CHALLENGE_SIZE]);
/* LMv2 and NTLMv2: HMAC-MD5 over the challenge and @blob. */
void      postern_ntlm_prove_v2    (const guint8  hash[POSTERN_NTLM_HASH_SIZE],
                                    const guint8  challenge[POSTERN_NTLM_CHALLENGE_SIZE],
                                    const guint8 *blob,
                                    gsize         length,
                                    guint8        proof[POSTERN_NTLM_HASH_SIZE]);

G_END_DECLS
