/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan-track.h"

#include "scan/postern-tls-numbers.h"

#include <string.h>

/* RFC 8446, 6 */
#define ALERT_NO_APPLICATION_PROTOCOL 120

/* All that GnuTLS can do, so that few handshakes fail for its sake; nothing depends on them. */
#define CIPHERS                                                                                    \
  "+COMP-NULL:+CIPHER-ALL:+3DES-CBC:+ARCFOUR-128:+CAMELLIA-256-GCM:+CAMELLIA-128-GCM:"             \
  "+CAMELLIA-256-CBC:+CAMELLIA-128-CBC:+MAC-ALL:+MD5:+GROUP-ALL"

#define KX_ECDSA ":+ECDHE-ECDSA"
#define KX_RSA ":+ECDHE-RSA:+RSA:+DHE-RSA"

#define SIGN_ECDSA                                                                                 \
  ":+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SECP521R1-SHA512"
#define SIGN_ECDSA_1_2 ":+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:+SIGN-ECDSA-SHA1"
#define SIGN_EDDSA ":+SIGN-EDDSA-ED25519:+SIGN-EDDSA-ED448"
#define SIGN_PSS                                                                                   \
  ":+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512"                 \
  ":+SIGN-RSA-PSS-SHA256:+SIGN-RSA-PSS-SHA384:+SIGN-RSA-PSS-SHA512"
/* In the order of OpenSSL, so that a server with several certificates sends the one that a logon
 * would get. */
#define SIGN_ALL                                                                                   \
  SIGN_ECDSA SIGN_EDDSA SIGN_PSS ":+SIGN-ALL:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1:%VERIFY_ALLOW_BROKEN"

static const char *
version_word (guint16 version)
{
  static const char *const words[] = { "1.0", "1.1", "1.2", "1.3" };

  return words[version - POSTERN_HELLO_1_0];
}

/* The key exchanges, which TLS 1.3 does not name, and the signatures. */
static const char *
key_words (const PosternTrack *self)
{
  gboolean is_1_3 = self->version->version >= POSTERN_HELLO_1_3;

  if (self->kind == POSTERN_TRACK_KEY_ECDSA)
    return is_1_3 ? KX_ECDSA SIGN_ECDSA : KX_ECDSA SIGN_ECDSA_1_2 ":%VERIFY_ALLOW_BROKEN";
  if (self->kind == POSTERN_TRACK_KEY_EDDSA)
    return KX_ECDSA SIGN_EDDSA;
  if (self->kind == POSTERN_TRACK_KEY_RSA)
    return is_1_3 ? KX_RSA SIGN_PSS : KX_RSA SIGN_ALL;
  return KX_ECDSA KX_RSA SIGN_ALL;
}

void
postern_track_make_wish (const PosternTrack *self, PosternFullLookWish *wish, char **priority)
{
  gboolean is_1_3 = self->version->version >= POSTERN_HELLO_1_3;

  *priority = g_strdup_printf ("NONE:+VERS-TLS%s:%s%s", version_word (self->version->version),
                               CIPHERS, key_words (self));
  wish->priority = *priority;
  wish->session = self->session;
  wish->no_tickets = self->kind == POSTERN_TRACK_FULL_ID || self->kind == POSTERN_TRACK_RESUME_ID;
  wish->stay = is_1_3 && self->kind == POSTERN_TRACK_FULL;
  /* Before TLS 1.3 there is a quicker way. */
  if (!wish->stay || self->without_alpn)
    wish->alpn = NULL;
  if (self->kind == POSTERN_TRACK_NO_NAME)
    wish->server_name = NULL;
}

static gboolean
has_key (const PosternScanVersion *version, const char *word)
{
  for (guint i = 0; i < version->suites->len; i++)
    if (strstr (postern_tls_suite_name (g_array_index (version->suites, guint16, i)), word) != NULL)
      return TRUE;
  return FALSE;
}

void
postern_track_add_full (PosternScanVersion *version, PosternTrackFunc add, gpointer user_data)
{
  gboolean is_1_3 = version->version >= POSTERN_HELLO_1_3;

  if (!is_1_3 && !has_key (version, "_RSA_") && !has_key (version, "_ECDSA_"))
    return;
  add (postern_track_new (POSTERN_TRACK_FULL, version, NULL), user_data);
  if (!is_1_3)
    add (postern_track_new (POSTERN_TRACK_FULL_ID, version, NULL), user_data);
}

static PosternScanAnswer
answer (gboolean yes)
{
  return yes ? POSTERN_SCAN_YES : POSTERN_SCAN_NO;
}

/* A second handshake, with the session of the first. */
static void
add_resuming (PosternTrackKind kind,
              PosternScanVersion *version,
              GBytes *session,
              PosternTrackFunc add,
              gpointer user_data)
{
  PosternTrack *track = postern_track_new (kind, version, NULL);

  track->session = g_bytes_ref (session);
  add (track, user_data);
}

static void
keep_certificate_asked (PosternScanResult *result, const PosternFullLook *found)
{
  if (!found->certificate_asked)
    {
      if (found->finished && result->certificate_asked == POSTERN_SCAN_UNKNOWN)
        result->certificate_asked = POSTERN_SCAN_NO;
      return;
    }
  result->certificate_asked = POSTERN_SCAN_YES;
  if (found->finished && result->certificate_required == POSTERN_SCAN_UNKNOWN)
    result->certificate_required = POSTERN_SCAN_NO;
  else if (!found->finished && (found->alert != 0 || found->hung_up))
    result->certificate_required = POSTERN_SCAN_YES;
}

static void
take_first (PosternTrack *self,
            PosternScanResult *result,
            const PosternFullLook *found,
            PosternTrackFunc add,
            gpointer user_data)
{
  PosternScanVersion *version = self->version;
  gboolean is_1_3 = version->version >= POSTERN_HELLO_1_3;

  postern_scan_result_add_chain (result, version->version, found->chain, found->staple);
  keep_certificate_asked (result, found);
  version->finished = answer (found->finished);
  if (found->chain->len > 0 && version->stapled != POSTERN_SCAN_YES)
    version->stapled = answer (found->staple != NULL);
  if (!found->finished)
    return;
  if (is_1_3)
    memcpy (version->alpn, found->alpn, sizeof version->alpn);
  if (found->ticket && found->session != NULL)
    add_resuming (POSTERN_TRACK_RESUME_TICKET, version, found->session, add, user_data);
  else
    version->resumes_ticket = POSTERN_SCAN_NO;
}

static void
take_id (PosternTrack *self, const PosternFullLook *found, PosternTrackFunc add, gpointer user_data)
{
  if (!found->finished)
    return;
  if (found->session != NULL)
    add_resuming (POSTERN_TRACK_RESUME_ID, self->version, found->session, add, user_data);
  else
    self->version->resumes_id = POSTERN_SCAN_NO;
}

static gboolean
has_certificate (const PosternScanResult *result, const PosternFullLook *found)
{
  for (guint i = 0; i < result->chains->len; i++)
    {
      const PosternScanChain *chain = g_ptr_array_index (result->chains, i);

      if (g_bytes_equal (g_ptr_array_index (chain->ders, 0), g_ptr_array_index (found->chain, 0)))
        return TRUE;
    }
  return FALSE;
}

/* A handshake that fails with the name as well tells nothing. */
static void
take_no_name (const PosternScanVersion *version,
              PosternScanResult *result,
              const PosternFullLook *found)
{
  if (found->chain->len > 0)
    result->name_matters = answer (!has_certificate (result, found));
  else if (version->finished == POSTERN_SCAN_YES)
    result->name_matters = POSTERN_SCAN_YES;
}

gboolean
postern_track_take_full (PosternTrack *self,
                         PosternScanResult *result,
                         const PosternFullLook *found,
                         PosternTrackFunc add,
                         gpointer user_data)
{
  PosternScanVersion *version = self->version;

  if (self->kind == POSTERN_TRACK_FULL && found->alert == ALERT_NO_APPLICATION_PROTOCOL &&
      !self->without_alpn)
    {
      self->without_alpn = TRUE;
      return TRUE;
    }

  if (self->kind == POSTERN_TRACK_FULL)
    take_first (self, result, found, add, user_data);
  else if (self->kind == POSTERN_TRACK_RESUME_TICKET)
    version->resumes_ticket = answer (found->resumed);
  else if (self->kind == POSTERN_TRACK_FULL_ID)
    take_id (self, found, add, user_data);
  else if (self->kind == POSTERN_TRACK_RESUME_ID)
    version->resumes_id = answer (found->resumed);
  else if (self->kind == POSTERN_TRACK_NO_NAME)
    take_no_name (version, result, found);
  else
    postern_scan_result_add_chain (result, version->version, found->chain, found->staple);
  return FALSE;
}

static int
compare_versions (gconstpointer a, gconstpointer b)
{
  const PosternScanChain *first = *(PosternScanChain *const *) a;
  const PosternScanChain *second = *(PosternScanChain *const *) b;

  return (int) second->version - (int) first->version;
}

void
postern_track_add_last (PosternScanResult *result,
                        gboolean named,
                        PosternTrackFunc add,
                        gpointer user_data)
{
  PosternScanVersion *version = (PosternScanVersion *) postern_scan_result_get_highest (result);
  gboolean is_1_3;

  if (version == NULL || result->chains->len == 0)
    return;
  is_1_3 = version->version >= POSTERN_HELLO_1_3;
  g_ptr_array_sort (result->chains, compare_versions);
  if (named)
    add (postern_track_new (POSTERN_TRACK_NO_NAME, version, NULL), user_data);
  if (is_1_3 || has_key (version, "_ECDSA_"))
    add (postern_track_new (POSTERN_TRACK_KEY_ECDSA, version, NULL), user_data);
  if (is_1_3 || has_key (version, "_ECDSA_"))
    add (postern_track_new (POSTERN_TRACK_KEY_EDDSA, version, NULL), user_data);
  if (is_1_3 || has_key (version, "_RSA_"))
    add (postern_track_new (POSTERN_TRACK_KEY_RSA, version, NULL), user_data);
}
