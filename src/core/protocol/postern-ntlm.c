/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-ntlm.h"

#include "protocol/postern-text.h"

#include <string.h>

#define SIGNATURE "NTLMSSP" /* with its NUL */

/* Offsets and lengths. */
#define CHALLENGE_FLAGS 20
#define CHALLENGE_NONCE 24
#define CHALLENGE_INFO 40
#define CHALLENGE_SHORTEST 32 /* old servers end before the place of the target information */
#define NEGOTIATE_LENGTH 32
#define ANSWER_LENGTH 64
#define MAX_MESSAGE (2 * 65536 + 4 * 2 * POSTERN_NTLM_MAX_TEXT)
#define MAX_NAME 512 /* bytes of UTF-16 that are worth showing */

/* The items of the target information, section 2.2.2.1. */
enum
{
  ITEM_END,
  ITEM_SERVER,
  ITEM_DOMAIN,
  ITEM_DNS_SERVER,
  ITEM_DNS_DOMAIN,
  ITEM_PARENT_DNS_DOMAIN,
  ITEM_FLAGS,
  ITEM_TIME,
};

static guint16
read_16 (const guint8 *bytes)
{
  return (guint16) (bytes[0] | bytes[1] << 8);
}

static guint32
read_32 (const guint8 *bytes)
{
  return read_16 (bytes) | (guint32) read_16 (bytes + 2) << 16;
}

static guint64
read_64 (const guint8 *bytes)
{
  return read_32 (bytes) | (guint64) read_32 (bytes + 4) << 32;
}

/* --- The server's challenge --- */

static char *
show_name (PosternRedactor *redactor, const guint8 *bytes, gsize length)
{
  gunichar2 units[MAX_NAME / 2];
  gsize n_units = MIN (length, MAX_NAME) / 2;
  glong n_bytes = 0;
  g_autofree char *text = NULL;

  for (gsize i = 0; i < n_units; i++)
    units[i] = read_16 (bytes + 2 * i);
  text = g_utf16_to_utf8 (units, (glong) n_units, NULL, &n_bytes, NULL);
  if (text == NULL)
    return NULL;
  return postern_text_show (redactor, text, (gsize) n_bytes);
}

static char **
find_place (PosternNtlmChallenge *self, guint16 item)
{
  switch (item)
    {
    case ITEM_SERVER:
      return &self->server;
    case ITEM_DOMAIN:
      return &self->domain;
    case ITEM_DNS_SERVER:
      return &self->dns_server;
    case ITEM_DNS_DOMAIN:
      return &self->dns_domain;
    case ITEM_PARENT_DNS_DOMAIN:
      return &self->parent_dns_domain;
    default:
      return NULL;
    }
}

/* FALSE where an item goes past the end, or none is the last. */
static gboolean
read_items (PosternNtlmChallenge *self, const guint8 *p, gsize left, PosternRedactor *redactor)
{
  const guint8 *start = p;

  while (left >= 4)
    {
      guint16 item = read_16 (p);
      guint16 length = read_16 (p + 2);
      char **place = find_place (self, item);

      p += 4;
      left -= 4;
      if (item == ITEM_END)
        {
          self->info = g_bytes_new (start, (gsize) (p - start));
          return TRUE;
        }
      if (length > left)
        return FALSE;
      if (place != NULL && *place == NULL)
        *place = show_name (redactor, p, length);
      if (item == ITEM_TIME && length == 8)
        {
          self->has_time = TRUE;
          self->time = read_64 (p);
        }
      p += length;
      left -= length;
    }
  return FALSE;
}

/**
 * postern_ntlm_challenge_read:
 * @bytes: the server's message
 * @length: in bytes
 * @redactor: (nullable): knows the secrets of the run
 *
 * Returns: (nullable) (transfer full): NULL when it is not a challenge, or cut short
 */
PosternNtlmChallenge *
postern_ntlm_challenge_read (const char *bytes, gsize length, PosternRedactor *redactor)
{
  const guint8 *data = (const guint8 *) bytes;
  g_autoptr(PosternNtlmChallenge) self = NULL;
  gsize n_info;
  gsize offset;

  if (length < CHALLENGE_SHORTEST || memcmp (data, SIGNATURE, sizeof SIGNATURE) != 0 ||
      read_32 (data + sizeof SIGNATURE) != 2)
    return NULL;

  self = g_new0 (PosternNtlmChallenge, 1);
  self->flags = read_32 (data + CHALLENGE_FLAGS);
  memcpy (self->challenge, data + CHALLENGE_NONCE, sizeof self->challenge);
  if ((self->flags & POSTERN_NTLM_TARGET_INFO) == 0 || length < CHALLENGE_INFO + 8)
    return g_steal_pointer (&self);

  n_info = read_16 (data + CHALLENGE_INFO);
  offset = read_32 (data + CHALLENGE_INFO + 4);
  if (n_info == 0)
    return g_steal_pointer (&self);
  if (offset > length || n_info > length - offset ||
      !read_items (self, data + offset, n_info, redactor))
    return NULL;
  self->has_info = TRUE;
  return g_steal_pointer (&self);
}

void
postern_ntlm_challenge_free (PosternNtlmChallenge *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->info, g_bytes_unref);
  g_free (self->server);
  g_free (self->domain);
  g_free (self->dns_server);
  g_free (self->dns_domain);
  g_free (self->parent_dns_domain);
  g_free (self);
}

/* --- The client's messages --- */

/* A message: a head of fixed length, and behind it what the head points to. There is room for all
 * of it at once, so that no piece is left behind by growing. */
static GByteArray *
message_new (gsize head, guint32 type)
{
  GByteArray *message = g_byte_array_sized_new (MAX_MESSAGE);

  g_byte_array_set_size (message, (guint) head);
  memset (message->data, 0, head);
  memcpy (message->data, SIGNATURE, sizeof SIGNATURE);
  message->data[sizeof SIGNATURE] = (guint8) type;
  return message;
}

static void
set_16 (guint8 *place, gsize value)
{
  place[0] = (guint8) (value & 0xff);
  place[1] = (guint8) (value >> 8 & 0xff);
}

static void
set_32 (guint8 *place, gsize value)
{
  set_16 (place, value);
  set_16 (place + 2, value >> 16);
}

static void
set_64 (guint8 *place, guint64 value)
{
  set_32 (place, (gsize) (value & 0xffffffff));
  set_32 (place + 4, (gsize) (value >> 32));
}

/* The field at @place of the head points to @bytes, which go to the end. */
static void
add_field (GByteArray *message, gsize place, const void *bytes, gsize length)
{
  set_16 (message->data + place, length);
  set_16 (message->data + place + 2, length);
  set_32 (message->data + place + 4, message->len);
  if (length > 0)
    g_byte_array_append (message, bytes, (guint) length);
}

static gboolean
wants_session_security (const PosternNtlmSettings *settings)
{
  return settings->policy == POSTERN_NTLM_SESSION || settings->policy == POSTERN_NTLM_STRONGEST ||
         settings->policy == POSTERN_NTLM_LM_V2;
}

static guint32
offered_flags (const PosternNtlmSettings *settings)
{
  guint32 flags =
    POSTERN_NTLM_OEM | POSTERN_NTLM_REQUEST_TARGET | POSTERN_NTLM_NTLM | POSTERN_NTLM_ALWAYS_SIGN;

  if (!settings->oem)
    flags |= POSTERN_NTLM_UNICODE;
  if (wants_session_security (settings))
    flags |= POSTERN_NTLM_SESSION_SECURITY;
  return flags;
}

/* The first message has its names in OEM, whatever comes later. */
static guint32
add_hint (GByteArray *message, gsize place, const char *name, guint32 flag)
{
  g_autofree char *upper = name != NULL ? postern_ntlm_to_upper (name, -1) : NULL;
  gsize length = 0;
  g_autofree char *oem = upper != NULL ? postern_ntlm_to_oem (upper, -1, &length) : NULL;

  if (length == 0)
    return 0;
  add_field (message, place, oem, length);
  return flag;
}

/**
 * postern_ntlm_write_negotiate:
 *
 * Returns: (transfer full): the client's first message, which holds no secret
 */
GByteArray *
postern_ntlm_write_negotiate (const PosternNtlmSettings *settings)
{
  GByteArray *message = message_new (NEGOTIATE_LENGTH, 1);
  guint32 flags = offered_flags (settings);

  flags |= add_hint (message, 16, settings->domain, POSTERN_NTLM_HAS_DOMAIN);
  flags |= add_hint (message, 24, settings->workstation, POSTERN_NTLM_HAS_WORKSTATION);
  set_32 (message->data + 12, flags);
  return message;
}

gboolean
postern_ntlm_choose (const PosternNtlmSettings *settings,
                     const PosternNtlmChallenge *challenge,
                     PosternNtlmPolicy *policy)
{
  gboolean session =
    wants_session_security (settings) && (challenge->flags & POSTERN_NTLM_SESSION_SECURITY) != 0;

  *policy = settings->policy;
  if (*policy == POSTERN_NTLM_STRONGEST)
    *policy = challenge->has_info ? POSTERN_NTLM_LM_V2
              : session           ? POSTERN_NTLM_SESSION
                                  : POSTERN_NTLM_ALONE;
  if (*policy == POSTERN_NTLM_SESSION && !session)
    *policy = settings->fallback;
  return *policy != POSTERN_NTLM_SESSION || session;
}

gboolean
postern_ntlm_is_unicode (const PosternNtlmSettings *settings, const PosternNtlmChallenge *challenge)
{
  if ((challenge->flags & POSTERN_NTLM_UNICODE) != 0)
    return TRUE;
  return (challenge->flags & POSTERN_NTLM_OEM) == 0 && !settings->oem;
}

/* The two answers, which are wiped after use, and who has to know of what they are made of. */
typedef struct
{
  guint8 lm[POSTERN_NTLM_RESPONSE_SIZE];
  GByteArray *nt;
  PosternRedactor *redactor; /* or NULL */
} Proofs;

/* A hash is as good as the password to whoever has it. */
static void
redact_bytes (const Proofs *proofs, const guint8 *bytes, gsize length)
{
  if (proofs->redactor != NULL)
    postern_redactor_add_bytes (proofs->redactor, (const char *) bytes, length);
}

static void
redact_password (const Proofs *proofs, const char *password, gsize length)
{
  gsize n_bytes = 0;
  guint8 *bytes = postern_ntlm_to_utf16 (password, (gssize) length, &n_bytes);

  redact_bytes (proofs, bytes, n_bytes);
  postern_wipe (bytes, n_bytes);
  g_free (bytes);
}

static void
prove_v1 (Proofs *proofs, const PosternNtlmAnswer *answer, const PosternNtlmChallenge *challenge)
{
  guint8 hash[POSTERN_NTLM_HASH_SIZE];
  guint8 mixed[POSTERN_NTLM_CHALLENGE_SIZE];
  gsize length;
  const char *password = postern_secret_peek (answer->password, &length);
  gboolean session = answer->policy == POSTERN_NTLM_SESSION;

  redact_password (proofs, password, length);
  postern_ntlm_hash_nt (password, length, hash);
  redact_bytes (proofs, hash, sizeof hash);
  postern_ntlm_mix (challenge->challenge, answer->nonce, mixed);
  g_byte_array_set_size (proofs->nt, POSTERN_NTLM_RESPONSE_SIZE);
  postern_ntlm_respond_v1 (hash, session ? mixed : challenge->challenge, proofs->nt->data);

  /* Where there is no LM hash or none is wanted, its place is taken: section 3.3.1. */
  memcpy (proofs->lm, proofs->nt->data, sizeof proofs->lm);
  if (session)
    {
      memset (proofs->lm, 0, sizeof proofs->lm);
      memcpy (proofs->lm, answer->nonce, sizeof answer->nonce);
    }
  else if (answer->policy == POSTERN_NTLM_LM_V1 && postern_ntlm_hash_lm (password, length, hash))
    {
      redact_bytes (proofs, hash, sizeof hash);
      postern_ntlm_respond_v1 (hash, challenge->challenge, proofs->lm);
    }
  postern_wipe (hash, sizeof hash);
}

/* Section 3.3.2: what is proved besides the challenge. */
static GByteArray *
make_blob (const PosternNtlmAnswer *answer, const PosternNtlmChallenge *challenge)
{
  static const guint8 no_items[4];
  GByteArray *blob = g_byte_array_new ();
  guint8 head[28] = { 1, 1 };
  gsize n_info = sizeof no_items;
  const guint8 *info =
    challenge->info != NULL ? g_bytes_get_data (challenge->info, &n_info) : no_items;

  set_64 (head + 8, challenge->has_time ? challenge->time : answer->time);
  memcpy (head + 16, answer->nonce, sizeof answer->nonce);
  g_byte_array_append (blob, head, sizeof head);
  g_byte_array_append (blob, info, (guint) n_info);
  g_byte_array_append (blob, no_items, sizeof no_items);
  return blob;
}

static void
prove_v2 (Proofs *proofs, const PosternNtlmAnswer *answer, const PosternNtlmChallenge *challenge)
{
  g_autoptr(GByteArray) blob = make_blob (answer, challenge);
  const char *domain = answer->settings->domain != NULL ? answer->settings->domain : "";
  guint8 nt[POSTERN_NTLM_HASH_SIZE];
  guint8 hash[POSTERN_NTLM_HASH_SIZE];
  gsize length;
  const char *password = postern_secret_peek (answer->password, &length);

  postern_ntlm_hash_nt (password, length, nt);
  postern_ntlm_hash_v2 (nt, answer->user, domain, hash);
  redact_password (proofs, password, length);
  redact_bytes (proofs, nt, sizeof nt);
  redact_bytes (proofs, hash, sizeof hash);
  g_byte_array_set_size (proofs->nt, POSTERN_NTLM_HASH_SIZE);
  postern_ntlm_prove_v2 (hash, challenge->challenge, blob->data, blob->len, proofs->nt->data);
  g_byte_array_append (proofs->nt, blob->data, blob->len);

  /* A server that tells its time gets no LMv2. */
  memset (proofs->lm, 0, sizeof proofs->lm);
  if (!challenge->has_time)
    {
      postern_ntlm_prove_v2 (hash, challenge->challenge, answer->nonce, sizeof answer->nonce,
                             proofs->lm);
      memcpy (proofs->lm + POSTERN_NTLM_HASH_SIZE, answer->nonce, sizeof answer->nonce);
    }
  postern_wipe (nt, sizeof nt);
  postern_wipe (hash, sizeof hash);
}

static gboolean
add_text (GByteArray *message, gsize place, const char *text, gboolean unicode)
{
  gsize length = 0;
  g_autofree void *bytes = NULL;

  if (text == NULL)
    text = "";
  bytes = unicode ? (void *) postern_ntlm_to_utf16 (text, -1, &length)
                  : (void *) postern_ntlm_to_oem (text, -1, &length);
  if (bytes == NULL)
    return FALSE;
  add_field (message, place, bytes, length);
  return TRUE;
}

static guint32
answered_flags (const PosternNtlmAnswer *answer,
                const PosternNtlmChallenge *challenge,
                gboolean unicode)
{
  guint32 flags = offered_flags (answer->settings) & challenge->flags;

  flags &= ~(POSTERN_NTLM_UNICODE | POSTERN_NTLM_OEM | POSTERN_NTLM_SESSION_SECURITY);
  flags |= POSTERN_NTLM_NTLM | (unicode ? POSTERN_NTLM_UNICODE : POSTERN_NTLM_OEM);
  if (answer->policy == POSTERN_NTLM_SESSION ||
      (answer->policy == POSTERN_NTLM_LM_V2 && wants_session_security (answer->settings)))
    flags |= challenge->flags & POSTERN_NTLM_SESSION_SECURITY;
  return flags;
}

/* A server that repeats a proof is not repeated by us. */
static void
redact (const Proofs *proofs,
        const PosternNtlmAnswer *answer,
        const PosternNtlmChallenge *challenge)
{
  gsize n = MIN (proofs->nt->len, POSTERN_NTLM_RESPONSE_SIZE);

  if (answer->policy == POSTERN_NTLM_LM_V2)
    n = POSTERN_NTLM_HASH_SIZE;
  redact_bytes (proofs, proofs->nt->data, n);
  if (answer->policy == POSTERN_NTLM_LM_V1 || answer->policy == POSTERN_NTLM_ALONE)
    redact_bytes (proofs, proofs->lm, sizeof proofs->lm);
  else if (answer->policy == POSTERN_NTLM_LM_V2 && !challenge->has_time)
    redact_bytes (proofs, proofs->lm, POSTERN_NTLM_HASH_SIZE);
}

PosternSecret *
postern_ntlm_write_answer (const PosternNtlmAnswer *answer,
                           const PosternNtlmChallenge *challenge,
                           PosternRedactor *redactor)
{
  gboolean unicode = postern_ntlm_is_unicode (answer->settings, challenge);
  GByteArray *message = message_new (ANSWER_LENGTH, 3);
  Proofs proofs = { .nt = g_byte_array_sized_new (65536), .redactor = redactor };
  PosternSecret *secret = NULL;

  if (answer->policy == POSTERN_NTLM_LM_V2)
    prove_v2 (&proofs, answer, challenge);
  else
    prove_v1 (&proofs, answer, challenge);
  redact (&proofs, answer, challenge);

  if (add_text (message, 28, answer->settings->domain, unicode) &&
      add_text (message, 36, answer->user, unicode) &&
      add_text (message, 44, answer->settings->workstation, unicode))
    {
      add_field (message, 12, proofs.lm, sizeof proofs.lm);
      add_field (message, 20, proofs.nt->data, proofs.nt->len);
      add_field (message, 52, NULL, 0); /* no session key */
      set_32 (message->data + 60, answered_flags (answer, challenge, unicode));
      secret = postern_secret_new ((const char *) message->data, (gssize) message->len);
    }

  postern_wipe (proofs.lm, sizeof proofs.lm);
  postern_wipe (proofs.nt->data, proofs.nt->len);
  g_byte_array_unref (proofs.nt);
  postern_wipe (message->data, message->len);
  g_byte_array_unref (message);
  return secret;
}
