/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-ntlm.h"
#include "protocol/postern-sasl-private.h"

#include <string.h>

/* The vectors of MS-NLMP section 4.2: "User" of "Domain" with "Password", at "COMPUTER", on
 * "Server"; the challenge is 01 23 … ef, the client's own eight times aa, the time 0. */

#define NONCE "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
#define SERVER_NONCE "\x01\x23\x45\x67\x89\xab\xcd\xef"
#define NT_V1                                                                                      \
  "\x67\xc4\x30\x11\xf3\x02\x98\xa2\xad\x35\xec\xe6\x4f\x16\x33\x1c\x44\xbd\xbe\xd9\x27\x84\x1f"   \
  "\x94"
#define LM_V1                                                                                      \
  "\x98\xde\xf7\xb8\x7f\x88\xaa\x5d\xaf\xe2\xdf\x77\x96\x88\xa1\x72\xde\xf1\x1c\x7d\x5c\xcd\xef"   \
  "\x13"
#define NT_SESSION                                                                                 \
  "\x75\x37\xf8\x03\xae\x36\x71\x28\xca\x45\x82\x04\xbd\xe7\xca\xf8\x1e\x97\xed\x26\x83\x26\x72"   \
  "\x32"
#define LM_SESSION NONCE "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define LM_V2 "\x86\xc3\x50\x97\xac\x9c\xec\x10\x25\x54\x76\x4a\x57\xcc\xcc\x19" NONCE
#define PROOF_V2 "\x68\xcd\x0a\xb8\x51\xe5\x1c\x96\xaa\xbc\x92\x7b\xeb\xef\x6a\x1c"
#define NOTHING "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* Section 4.2.4.3; the others of section 4.2 differ in their flags, and have no items. */
#define HEAD "NTLMSSP\0\2\0\0\0\x0c\0\x0c\0\x38\0\0\0"
#define INFO_PLACE "\0\0\0\0\0\0\0\0\x24\0\x24\0\x44\0\0\0\6\0\x70\x17\0\0\0\x0f"
#define TARGET "S\0e\0r\0v\0e\0r\0"
#define ITEMS "\2\0\x0c\0D\0o\0m\0a\0i\0n\0\1\0\x0c\0S\0e\0r\0v\0e\0r\0\0\0\0\0"

static const char with_items[] = HEAD "\x33\x82\x8a\xe2" SERVER_NONCE INFO_PLACE TARGET ITEMS;
static const char with_session[] = HEAD "\x33\x82\x0a\x82" SERVER_NONCE INFO_PLACE TARGET;
static const char without_session[] = HEAD "\x33\x82\x02\xe2" SERVER_NONCE INFO_PLACE TARGET;
/* What an old server sends: the head ends with the challenge. */
static const char shortest[] = HEAD "\1\2\0\0" SERVER_NONCE;
static const char in_oem[] = HEAD "\2\2\0\0" SERVER_NONCE;

static void
test_hashes (void)
{
  guint8 lm[POSTERN_NTLM_HASH_SIZE];
  guint8 nt[POSTERN_NTLM_HASH_SIZE];
  guint8 v2[POSTERN_NTLM_HASH_SIZE];

  g_assert_true (postern_ntlm_hash_lm ("Password", 8, lm));
  g_assert_cmpmem (lm, sizeof lm,
                   "\xe5\x2c\xac\x67\x41\x9a\x9a\x22\x4a\x3b\x10\x8f\x3f\xa6\xcb\x6d", 16);
  postern_ntlm_hash_nt ("Password", 8, nt);
  g_assert_cmpmem (nt, sizeof nt,
                   "\xa4\xf4\x9c\x40\x65\x10\xbd\xca\xb6\x82\x4e\xe7\xc3\x0f\xd8\x52", 16);
  postern_ntlm_hash_v2 (nt, "User", "Domain", v2);
  g_assert_cmpmem (v2, sizeof v2,
                   "\x0c\x86\x8a\x40\x3b\xfd\x7a\x93\xa3\x00\x1e\xf2\x2e\xf0\x2e\x3f", 16);
}

/* What has no LM hash, and what is the same for LM. */
static void
test_lm (void)
{
  guint8 one[POSTERN_NTLM_HASH_SIZE];
  guint8 other[POSTERN_NTLM_HASH_SIZE];

  g_assert_false (postern_ntlm_hash_lm ("\xe6\xbc\xa2", 3, one));
  g_assert_true (postern_ntlm_hash_lm ("p\xc3\xa4", 3, one));
  g_assert_true (postern_ntlm_hash_lm ("P\xc3\x84", 3, other));
  g_assert_cmpmem (one, sizeof one, other, sizeof other);
  g_assert_true (postern_ntlm_hash_lm ("12345678901234", 14, one));
  g_assert_true (postern_ntlm_hash_lm ("12345678901234567", 17, other));
  g_assert_cmpmem (one, sizeof one, other, sizeof other);
  g_assert_true (postern_ntlm_hash_lm ("1234567890123", 13, other));
  g_assert_cmpint (memcmp (one, other, sizeof one), !=, 0);
}

static void
test_upper (void)
{
  g_autofree char *text = postern_ntlm_to_upper ("Stra\xc3\x9f"
                                                 "e\xc3\xa9",
                                                 -1);

  g_assert_cmpstr (text, ==,
                   "STRA\xc3\x9f"
                   "E\xc3\x89");
}

/* --- The messages --- */

typedef struct
{
  PosternNtlmPolicy policy;
  PosternNtlmPolicy fallback;
  const char *challenge;
  gsize n_challenge;
  gboolean possible;
  PosternNtlmPolicy chosen;
  const char *lm;
  const char *nt; /* its beginning */
  gsize n_nt;
} Answer;

#define CHALLENGE(name) name, sizeof name - 1

static const Answer answers[] = {
  { POSTERN_NTLM_LM_V1, 0, CHALLENGE (without_session), TRUE, POSTERN_NTLM_LM_V1, LM_V1, NT_V1,
    24 },
  /* Not offered by us, so not meant by the server. */
  { POSTERN_NTLM_LM_V1, 0, CHALLENGE (with_session), TRUE, POSTERN_NTLM_LM_V1, LM_V1, NT_V1, 24 },
  { POSTERN_NTLM_LM_V1, 0, CHALLENGE (shortest), TRUE, POSTERN_NTLM_LM_V1, LM_V1, NT_V1, 24 },
  { POSTERN_NTLM_LM_V1, 0, CHALLENGE (in_oem), TRUE, POSTERN_NTLM_LM_V1, LM_V1, NT_V1, 24 },
  { POSTERN_NTLM_ALONE, 0, CHALLENGE (with_items), TRUE, POSTERN_NTLM_ALONE, NT_V1, NT_V1, 24 },
  { POSTERN_NTLM_LM_V2, 0, CHALLENGE (with_items), TRUE, POSTERN_NTLM_LM_V2, LM_V2, PROOF_V2, 16 },
  { POSTERN_NTLM_SESSION, POSTERN_NTLM_SESSION, CHALLENGE (with_session), TRUE,
    POSTERN_NTLM_SESSION, LM_SESSION, NT_SESSION, 24 },
  { POSTERN_NTLM_SESSION, POSTERN_NTLM_SESSION, CHALLENGE (without_session), FALSE },
  { POSTERN_NTLM_SESSION, POSTERN_NTLM_LM_V1, CHALLENGE (without_session), TRUE, POSTERN_NTLM_LM_V1,
    LM_V1, NT_V1, 24 },
  { POSTERN_NTLM_SESSION, POSTERN_NTLM_ALONE, CHALLENGE (shortest), TRUE, POSTERN_NTLM_ALONE, NT_V1,
    NT_V1, 24 },
  { POSTERN_NTLM_STRONGEST, 0, CHALLENGE (with_items), TRUE, POSTERN_NTLM_LM_V2, LM_V2, PROOF_V2,
    16 },
  { POSTERN_NTLM_STRONGEST, 0, CHALLENGE (with_session), TRUE, POSTERN_NTLM_SESSION, LM_SESSION,
    NT_SESSION, 24 },
  { POSTERN_NTLM_STRONGEST, 0, CHALLENGE (without_session), TRUE, POSTERN_NTLM_ALONE, NT_V1, NT_V1,
    24 },
};

static guint
get_16 (const char *bytes)
{
  return (guchar) bytes[0] | (guint) (guchar) bytes[1] << 8;
}

/* Bytes that a field of the head points to. */
static const char *
get_field (const char *message, gsize length, gsize place, gsize *n)
{
  gsize offset = get_16 (message + place + 4);

  *n = get_16 (message + place);
  g_assert_cmpuint (offset + *n, <=, length);
  return message + offset;
}

static PosternSecret *
write_answer (PosternNtlmSettings *settings,
              PosternNtlmChallenge *challenge,
              PosternNtlmPolicy policy,
              PosternRedactor *redactor)
{
  g_autoptr(PosternSecret) password = postern_secret_new ("Password", -1);
  PosternNtlmAnswer answer = {
    .settings = settings,
    .policy = policy,
    .user = "User",
    .password = password,
    .nonce = NONCE,
  };

  return postern_ntlm_write_answer (&answer, challenge, redactor);
}

static void
test_answers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      const Answer *row = &answers[i];
      g_autoptr(PosternNtlmSettings) settings = postern_ntlm_settings_new ();
      g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
      g_autoptr(PosternNtlmChallenge) challenge =
                   postern_ntlm_challenge_read (row->challenge, row->n_challenge, NULL);
      g_autoptr(PosternSecret) secret = NULL;
      PosternNtlmPolicy policy;
      gboolean unicode;
      const char *message;
      const char *field;
      gsize length;
      gsize n;

      g_test_message ("%" G_GSIZE_FORMAT, i);
      settings->policy = row->policy;
      settings->fallback = row->fallback;
      settings->domain = g_strdup ("Domain");
      settings->workstation = g_strdup ("COMPUTER");
      g_assert_nonnull (challenge);
      g_assert_cmpint (postern_ntlm_choose (settings, challenge, &policy), ==, row->possible);
      if (!row->possible)
        continue;
      g_assert_cmpint ((int) policy, ==, (int) row->chosen);
      secret = write_answer (settings, challenge, policy, redactor);
      message = postern_secret_peek (secret, &length);
      unicode = row->challenge != in_oem;

      field = get_field (message, length, 12, &n);
      g_assert_cmpmem (field, n, row->lm, 24);
      field = get_field (message, length, 20, &n);
      g_assert_cmpmem (field, MIN (n, row->n_nt), row->nt, row->n_nt);
      field = get_field (message, length, 28, &n);
      g_assert_cmpmem (field, n, unicode ? "D\0o\0m\0a\0i\0n\0" : "Domain", unicode ? 12u : 6u);
      field = get_field (message, length, 36, &n);
      g_assert_cmpmem (field, n, unicode ? "U\0s\0e\0r\0" : "User", unicode ? 8u : 4u);
      g_assert_cmpuint (get_16 (message + 60) & 3, ==, unicode ? 1 : 2);

      /* Both proofs are looked for from now on. */
      g_assert_true (postern_redactor_matches (redactor, row->nt, row->n_nt));
      if (row->chosen != POSTERN_NTLM_SESSION)
        g_assert_true (postern_redactor_matches (redactor, row->lm, row->n_nt));
    }
}

/* A server that tells its time is answered with it, and without LMv2. */
static void
test_time (void)
{
  static const char timed[] = "NTLMSSP\0\2\0\0\0\0\0\0\0\x30\0\0\0\1\2\x80\0" SERVER_NONCE
                              "\0\0\0\0\0\0\0\0\x10\0\x10\0\x30\0\0\0"
                              "\7\0\x08\0\1\2\3\4\5\6\7\x08\0\0\0\0";
  g_autoptr(PosternNtlmSettings) settings = postern_ntlm_settings_new ();
  g_autoptr(PosternNtlmChallenge) challenge =
               postern_ntlm_challenge_read (CHALLENGE (timed), NULL);
  g_autoptr(PosternSecret) secret = NULL;
  const char *message;
  const char *field;
  gsize length;
  gsize n;

  g_assert_nonnull (challenge);
  g_assert_true (challenge->has_time);
  secret = write_answer (settings, challenge, POSTERN_NTLM_LM_V2, NULL);
  message = postern_secret_peek (secret, &length);
  field = get_field (message, length, 12, &n);
  g_assert_cmpmem (field, n, NOTHING, 24);
  field = get_field (message, length, 20, &n);
  g_assert_cmpuint (n, >, 32);
  g_assert_cmpmem (field + 24, 8, "\1\2\3\4\5\6\7\x08", 8);
}

static void
test_names (void)
{
  static const char named[] = "NTLMSSP\0\2\0\0\0\0\0\0\0\x30\0\0\0\1\2\x80\0" SERVER_NONCE
                              "\0\0\0\0\0\0\0\0\x2c\0\x2c\0\x30\0\0\0"
                              "\3\0\4\0a\0.\0\4\0\4\0b\0\n\0\5\0\4\0c\0\x01\xd8\1\0\4\0\xe4\0d\0"
                              "\1\0\2\0x\0\0\0\0\0\0\0";
  g_autoptr(PosternNtlmChallenge) challenge =
               postern_ntlm_challenge_read (CHALLENGE (named), NULL);

  g_assert_nonnull (challenge);
  g_assert_true (challenge->has_info);
  g_assert_cmpstr (challenge->dns_server, ==, "a.");
  g_assert_cmpstr (challenge->dns_domain, ==, "b\\x0A"); /* nothing breaks a line */
  g_assert_null (challenge->parent_dns_domain);          /* half a surrogate pair */
  g_assert_cmpstr (challenge->server, ==,
                   "\xc3\xa4"
                   "d"); /* the first counts */
  g_assert_null (challenge->domain);
}

/* Cut anywhere, or with any byte changed: a challenge is read within its bounds, or not at all. */
static void
test_hostile (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (7);

  for (gsize n = 0; n < sizeof with_items - 1; n++)
    {
      g_autofree char *cut = g_memdup2 (with_items, MAX (n, 1));
      g_autoptr(PosternNtlmChallenge) challenge = postern_ntlm_challenge_read (cut, n, NULL);

      /* Shorter than the place of its items it has none, and past that they are cut. */
      g_assert_cmpint (challenge != NULL, ==, n >= 32 && n < 48);
    }
  for (int i = 0; i < 100000; i++)
    {
      g_autofree char *bytes = g_memdup2 (with_items, sizeof with_items - 1);
      g_autoptr(PosternNtlmSettings) settings = postern_ntlm_settings_new ();
      g_autoptr(PosternNtlmChallenge) challenge = NULL;

      for (int j = g_rand_int_range (random, 1, 4); j > 0; j--)
        bytes[g_rand_int_range (random, 12, sizeof with_items - 1)] =
          (char) g_rand_int_range (random, 0, 256);
      challenge = postern_ntlm_challenge_read (bytes, sizeof with_items - 1, NULL);
      if (challenge != NULL && i % 50 == 0)
        postern_secret_unref (write_answer (settings, challenge, POSTERN_NTLM_LM_V2, NULL));
    }
}

static void
test_negotiate (void)
{
  g_autoptr(PosternNtlmSettings) settings = postern_ntlm_settings_new ();
  g_autoptr(GByteArray) unicode = NULL;
  g_autoptr(GByteArray) oem = NULL;

  settings->policy = POSTERN_NTLM_SESSION;
  unicode = postern_ntlm_write_negotiate (settings);
  g_assert_cmpmem (unicode->data, unicode->len,
                   "NTLMSSP\0\1\0\0\0\x07\x82\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);

  settings->policy = POSTERN_NTLM_LM_V1;
  settings->oem = TRUE;
  settings->domain = g_strdup ("Dom");
  settings->workstation = g_strdup ("w\xc3\xa4");
  oem = postern_ntlm_write_negotiate (settings);
  g_assert_cmpmem (oem->data, oem->len,
                   "NTLMSSP\0\1\0\0\0\x06\xb2\0\0\3\0\3\0\x20\0\0\0\2\0\2\0\x23\0\0\0DOMW\x8e", 37);
}

/* --- The exchange --- */

typedef struct
{
  PosternPlan *plan;
  PosternPlanStep *step;
  PosternOutput *output;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->plan = postern_plan_new ();
  self->step = postern_plan_add_step (self->plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
  self->step->user = g_strdup ("User");
  self->step->password = postern_secret_new ("Password", -1);
  self->output = postern_output_new ();
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  postern_plan_unref (self->plan);
  postern_output_free (self->output);
}

static PosternSasl *
begin (Fixture *self)
{
  PosternSasl *sasl = postern_sasl_new ("NTLM", self->step, "smtp", "server.example", 25, NULL);

  postern_sasl_initial (sasl, self->output);
  return sasl;
}

static PosternSaslResult
challenge_with (Fixture *self, PosternSasl *sasl, const char *bytes, gsize length)
{
  g_autofree char *encoded = g_base64_encode ((const guchar *) bytes, length);

  postern_output_clear (self->output);
  return postern_sasl_step (sasl, encoded, strlen (encoded), self->output);
}

static void
test_exchange (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = begin (self);
  g_auto (GStrv) before = postern_sasl_dup_items (sasl);
  g_auto (GStrv) items = NULL;
  g_autofree char *joined = NULL;

  g_assert_null (before[0]);
  g_assert_cmpstr (postern_output_get_display (self->output), ==, "<hidden, 44 bytes>");
  g_assert_false (postern_sasl_is_complete (sasl));
  g_assert_cmpint (challenge_with (self, sasl, CHALLENGE (with_items)), ==, POSTERN_SASL_CONTINUE);
  g_assert_true (postern_sasl_is_complete (sasl));
  items = postern_sasl_dup_items (sasl);
  joined = g_strjoinv (" ", items);
  g_assert_cmpstr (joined, ==,
                   "CHARSET=UNICODE POLICY=LM NTLM VERSION 2 TARGETINFO=TRUE TARGETSERVER=Server "
                   "TARGETDOMAIN=Domain");
  g_assert_cmpint (challenge_with (self, sasl, CHALLENGE (with_items)), ==, POSTERN_SASL_CANCEL);
  g_assert_false (postern_sasl_is_complete (sasl));
}

/* Asked for with any words, and once. */
static void
test_deferred (Fixture *self, gconstpointer data)
{
  static const char words[] = "NTLM supported";
  g_autoptr(PosternSasl) sasl = NULL;

  self->step->ntlm = postern_ntlm_settings_new ();
  self->step->ntlm->deferred = TRUE;
  sasl = begin (self);
  g_assert_true (postern_sasl_is_deferred (sasl));
  postern_output_clear (self->output);
  g_assert_cmpint (postern_sasl_step (sasl, words, strlen (words), self->output), ==,
                   POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (postern_output_get_display (self->output), ==, "<hidden, 44 bytes>");
  g_assert_cmpint (postern_sasl_step (sasl, words, strlen (words), self->output), ==,
                   POSTERN_SASL_CANCEL);
}

static void
test_faults (Fixture *self, gconstpointer data)
{
  g_autofree char *endless = g_strnfill (4096, 'u');
  const struct
  {
    const char *user;
    const char *password;
  } rows[] = {
    { "", "Password" },     { "User", "" },          { "User", "\xff" },
    { "\xff", "Password" }, { endless, "Password" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternSasl) sasl = NULL;

      g_free (self->step->user);
      self->step->user = g_strdup (rows[i].user);
      postern_secret_unref (self->step->password);
      self->step->password = postern_secret_new (rows[i].password, -1);
      sasl = postern_sasl_new ("NTLM", self->step, "smtp", "server.example", 25, NULL);
      g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_FAILED);
      g_assert_nonnull (postern_sasl_get_detail (sasl));
    }
}

static void
test_no_session (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = NULL;

  self->step->ntlm = postern_ntlm_settings_new ();
  self->step->ntlm->policy = self->step->ntlm->fallback = POSTERN_NTLM_SESSION;
  sasl = begin (self);
  g_assert_cmpint (challenge_with (self, sasl, CHALLENGE (shortest)), ==, POSTERN_SASL_CANCEL);
}

#define ADD(name, func) g_test_add ("/ntlm/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ntlm/hashes", test_hashes);
  g_test_add_func ("/ntlm/lm", test_lm);
  g_test_add_func ("/ntlm/upper", test_upper);
  g_test_add_func ("/ntlm/answers", test_answers);
  g_test_add_func ("/ntlm/time", test_time);
  g_test_add_func ("/ntlm/names", test_names);
  g_test_add_func ("/ntlm/hostile", test_hostile);
  g_test_add_func ("/ntlm/negotiate", test_negotiate);
  ADD ("exchange", test_exchange);
  ADD ("deferred", test_deferred);
  ADD ("faults", test_faults);
  ADD ("no-session", test_no_session);

  return g_test_run ();
}
