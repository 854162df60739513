/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust.h"

#include "test-revocation-data.h"

#include <glib/gstdio.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Lists of revoked certificates, and what a server staples: by whom, about whom, until when. */

#define HOST "mail.test"
#define OCSP_SIGNING "1.3.6.1.5.5.7.3.9"

enum
{
  ROOT,
  OTHER_ROOT,
  ISSUING, /* of the root */
  OWN,     /* of ISSUING, as all below it */
  MUST_STAPLE,
  RESPONDER,
  OLD_RESPONDER,
  NO_RESPONDER, /* may not answer */
  STRANGER,     /* may answer for the other root */
  NO_LISTS,     /* of the root: may not sign lists */
  OWN_NO_LISTS, /* of that one */
  SELF_SIGNED,
  N_CERTS,
};

static TestCert *certs[N_CERTS];
static char *root_file;

static TestCert *
add (guint i, int issuer, TestCertSpec spec)
{
  certs[i] = test_cert_new (&spec, issuer >= 0 ? certs[issuer] : NULL, NULL);

  return certs[i];
}

static void
pki_init (void)
{
  g_autofree char *pem = NULL;

  add (ROOT, -1, (TestCertSpec){ .cn = "Root", .ca = TRUE });
  add (OTHER_ROOT, -1, (TestCertSpec){ .cn = "Other Root", .ca = TRUE });
  add (ISSUING, ROOT, (TestCertSpec){ .cn = "Issuing", .ca = TRUE });
  add (OWN, ISSUING, (TestCertSpec){ .cn = HOST, .dns = HOST });
  add (MUST_STAPLE, ISSUING, (TestCertSpec){ .cn = HOST, .dns = HOST, .must_staple = TRUE });
  add (RESPONDER, ISSUING, (TestCertSpec){ .cn = "Responder", .purpose = OCSP_SIGNING });
  add (OLD_RESPONDER, ISSUING,
       (TestCertSpec){ .cn = "Old", .purpose = OCSP_SIGNING, .from_days = -9, .to_days = -2 });
  add (NO_RESPONDER, ISSUING, (TestCertSpec){ .cn = "None" });
  add (STRANGER, OTHER_ROOT, (TestCertSpec){ .cn = "Stranger", .purpose = OCSP_SIGNING });
  add (NO_LISTS, ROOT,
       (TestCertSpec){ .cn = "No Lists", .ca = TRUE, .usage = GNUTLS_KEY_KEY_CERT_SIGN });
  add (OWN_NO_LISTS, NO_LISTS, (TestCertSpec){ .cn = HOST, .dns = HOST });
  add (SELF_SIGNED, -1, (TestCertSpec){ .cn = HOST, .dns = HOST });
  pem = test_cert_pem (certs[ROOT], certs[SELF_SIGNED], NULL);
  root_file = test_write_file (pem);
}

static void
pki_clear (void)
{
  g_unlink (root_file);
  g_free (root_file);
  for (guint i = 0; i < N_CERTS; i++)
    test_cert_free (certs[i]);
}

static PosternTlsPolicy *
new_policy (void)
{
  PosternTlsPolicy *policy = postern_tls_policy_new ();

  policy->system_store = FALSE;
  policy->ca_file = g_strdup (root_file);

  return policy;
}

/* The chain of @own as it has to be sent, but for the root. */
static GPtrArray *
chain_of (guint own)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_ptr_array_add (chain, test_cert_der (certs[own]));
  if (own == OWN_NO_LISTS)
    g_ptr_array_add (chain, test_cert_der (certs[NO_LISTS]));
  else if (own != SELF_SIGNED)
    g_ptr_array_add (chain, test_cert_der (certs[ISSUING]));

  return chain;
}

/* "cert.revoked:0 ~cert.crl-expired:1", the warnings with ~ and the hidden ones with ?. */
static char *
describe (PosternTrust *trust)
{
  GPtrArray *faults = postern_trust_get_faults (trust);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = faults->pdata[i];

      g_test_message ("%s: %s", fault->code, fault->text);
      g_assert_cmpint (fault->aspect, ==, POSTERN_CERT_ASPECT_REVOCATION);
      g_string_append_printf (text, "%s%s%s:%u", text->len > 0 ? " " : "",
                              fault->hidden    ? "?"
                              : fault->warning ? "~"
                                               : "",
                              fault->code, fault->certificate);
    }

  return g_string_free (text, FALSE);
}

static PosternTrust *
judge (PosternTlsPolicy *policy, guint own, GPtrArray *staples)
{
  PosternTrust *trust = postern_trust_new (policy, HOST);
  g_autoptr(GPtrArray) chain = chain_of (own);
  g_autoptr(GError) error = NULL;

  postern_trust_load (trust, &error);
  g_assert_no_error (error);
  postern_trust_analyse_stapled (trust, chain, staples, g_get_real_time () / G_USEC_PER_SEC);

  return trust;
}

/* Lists */

#define MAX_LISTS 3

static const struct
{
  const char *name;
  guint own;
  struct
  {
    guint issuer;
    int revoked; /* less 1 */
    int key;     /* less 1 */
    int from_days;
    int to_days;
    int reason;
    const char *scope;
    gboolean strange;
  } lists[MAX_LISTS];
  guint n;
  const char *faults;
  PosternCrlState state;
} crl_rows[] = {
  { "none", OWN, { { 0 } }, 0, "", POSTERN_CRL_NONE },
  { "not on it", OWN, { { ISSUING } }, 1, "", POSTERN_CRL_GOOD },
  { "another is on it", OWN, { { ISSUING, MUST_STAPLE + 1 } }, 1, "", POSTERN_CRL_GOOD },
  { "on it", OWN, { { ISSUING, OWN + 1 } }, 1, "cert.revoked:0", POSTERN_CRL_REVOKED },
  { "with a reason",
    OWN,
    { { ISSUING, OWN + 1, .reason = CRL_REASON_KEY_COMPROMISE } },
    1,
    "cert.revoked:0",
    POSTERN_CRL_REVOKED },
  { "the intermediate", OWN, { { ROOT, ISSUING + 1 } }, 1, "cert.revoked:1", POSTERN_CRL_REVOKED },
  { "of the root alone", OWN, { { ROOT } }, 1, "", POSTERN_CRL_NONE },
  { "both",
    OWN,
    { { ISSUING, OWN + 1 }, { ROOT, ISSUING + 1 } },
    2,
    "cert.revoked:0 cert.revoked:1",
    POSTERN_CRL_REVOKED },
  { "by somebody else's key",
    OWN,
    { { ISSUING, OWN + 1, .key = OTHER_ROOT + 1 } },
    1,
    "~cert.crl-invalid:0",
    POSTERN_CRL_INVALID },
  { "of somebody else", OWN, { { OTHER_ROOT, OWN + 1 } }, 1, "", POSTERN_CRL_NONE },
  { "of the self-signed itself",
    SELF_SIGNED,
    { { SELF_SIGNED, SELF_SIGNED + 1 } },
    1,
    "cert.revoked:0",
    POSTERN_CRL_REVOKED },
  { "by one who may not",
    OWN_NO_LISTS,
    { { NO_LISTS, OWN_NO_LISTS + 1 } },
    1,
    "~cert.crl-invalid:0",
    POSTERN_CRL_INVALID },
  { "out of date",
    OWN,
    { { ISSUING, .from_days = -9, .to_days = -2 } },
    1,
    "~cert.crl-expired:0",
    POSTERN_CRL_EXPIRED },
  { "out of date, and on it",
    OWN,
    { { ISSUING, OWN + 1, .from_days = -9, .to_days = -2 } },
    1,
    "cert.revoked:0 ~cert.crl-expired:0",
    POSTERN_CRL_REVOKED },
  { "out of date, and a newer one",
    OWN,
    { { ISSUING, .from_days = -9, .to_days = -2 }, { ISSUING } },
    2,
    "",
    POSTERN_CRL_GOOD },
  { "no longer on hold",
    OWN,
    { { ISSUING, OWN + 1, .from_days = -9, .to_days = 9, .reason = CRL_REASON_CERTIFICATE_HOLD },
      { ISSUING } },
    2,
    "",
    POSTERN_CRL_GOOD },
  { "two of the same time, and on one",
    OWN,
    { { ISSUING }, { ISSUING, OWN + 1 } },
    2,
    "cert.revoked:0",
    POSTERN_CRL_REVOKED },
  { "from tomorrow on",
    OWN,
    { { ISSUING, .from_days = 1, .to_days = 9 } },
    1,
    "~cert.crl-invalid:0",
    POSTERN_CRL_INVALID },
  { "about authorities", OWN, { { ISSUING, .scope = "onlyCA:TRUE" } }, 1, "", POSTERN_CRL_NONE },
  { "about users", OWN, { { ISSUING, .scope = "onlyuser:TRUE" } }, 1, "", POSTERN_CRL_GOOD },
  { "some reasons",
    OWN,
    { { ISSUING, .scope = "onlysomereasons:keyCompromise" } },
    1,
    "",
    POSTERN_CRL_NONE },
  { "nobody knows what", OWN, { { ISSUING, .strange = TRUE } }, 1, "", POSTERN_CRL_NONE },
  { "nobody knows what, and on it",
    OWN,
    { { ISSUING, OWN + 1, .strange = TRUE } },
    1,
    "cert.revoked:0",
    POSTERN_CRL_REVOKED },
  { "a good and a false one",
    OWN,
    { { ISSUING }, { ISSUING, OWN + 1, .key = OTHER_ROOT + 1 } },
    2,
    "~cert.crl-invalid:0",
    POSTERN_CRL_INVALID },
};

static GBytes *
make_list (gsize row, guint i)
{
  const TestCrlSpec spec = {
    .revoked =
      crl_rows[row].lists[i].revoked > 0 ? certs[crl_rows[row].lists[i].revoked - 1] : NULL,
    .key = crl_rows[row].lists[i].key > 0 ? certs[crl_rows[row].lists[i].key - 1] : NULL,
    .from_days = crl_rows[row].lists[i].from_days,
    .to_days = crl_rows[row].lists[i].to_days,
    .reason = crl_rows[row].lists[i].reason,
    .scope = crl_rows[row].lists[i].scope,
    .strange = crl_rows[row].lists[i].strange,
  };

  return test_crl_new (certs[crl_rows[row].lists[i].issuer], &spec);
}

/* In a file of their own, and in that of the authorities. */
static void
test_lists (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (crl_rows) * 2; i++)
    {
      gsize row = i / 2;
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(PosternTrust) trust = NULL;
      g_autoptr(GString) lists = g_string_new (NULL);
      g_autofree char *path = NULL;
      g_autofree char *told = NULL;

      g_test_message ("%s", crl_rows[row].name);
      for (guint j = 0; j < crl_rows[row].n; j++)
        {
          g_autoptr(GBytes) list = make_list (row, j);

          g_string_append_len (lists, g_bytes_get_data (list, NULL),
                               (gssize) g_bytes_get_size (list));
        }
      if (i % 2 == 0)
        {
          g_autofree char *authorities = NULL;

          g_file_get_contents (root_file, &authorities, NULL, NULL);
          g_string_prepend (lists, authorities);
          path = test_write_file (lists->str);
          g_free (policy->ca_file);
          policy->ca_file = g_strdup (path);
        }
      else if (lists->len > 0)
        {
          path = test_write_file (lists->str);
          policy->crl_file = g_strdup (path);
        }

      trust = judge (policy, crl_rows[row].own, NULL);
      told = describe (trust);
      g_assert_cmpstr (told, ==, crl_rows[row].faults);
      g_assert_cmpint (postern_trust_get_revocation (trust).crl, ==, crl_rows[row].state);
      g_assert_cmpint (postern_trust_is_accepted (trust), ==,
                       strstr (told, "cert.revoked") == NULL);
      if (path != NULL)
        g_unlink (path);
    }
}

static char *
write_bytes (const char *folder, const char *name, GBytes *bytes)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL),
                                      (gssize) g_bytes_get_size (bytes), NULL));

  return path;
}

/* In PEM and DER, as a file and in a folder. */
static void
test_list_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("postern-test-XXXXXX", NULL);

  for (guint i = 0; i < 4; i++)
    {
      const TestCrlSpec spec = { .revoked = certs[OWN], .der = i % 2 == 0 };
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(GBytes) list = test_crl_new (certs[ISSUING], &spec);
      g_autofree char *path = write_bytes (folder, "list", list);
      g_autoptr(PosternTrust) trust = NULL;
      g_autofree char *told = NULL;

      if (i / 2 == 0)
        policy->crl_file = g_strdup (path);
      else
        policy->ca_dir = g_strdup (folder);
      trust = judge (policy, OWN, NULL);
      told = describe (trust);
      g_assert_cmpstr (told, ==, "cert.revoked:0");
      g_unlink (path);
    }
  g_rmdir (folder);
}

/* What cannot be read is a fault of the settings, and is not passed over. */
static void
test_bad_lists (void)
{
  static const char *const texts[] = {
    "",
    "nothing",
    "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n",
    "-----BEGIN X509 CRL-----\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts) * 2; i++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autofree char *authorities = NULL;
      g_autofree char *both = NULL;
      g_autofree char *path = NULL;
      g_autoptr(PosternTrust) trust = NULL;
      gboolean own = i % 2 == 0;

      if (!own && i / 2 < 2)
        continue; /* no list at all is no fault of a file of authorities */
      g_file_get_contents (root_file, &authorities, NULL, NULL);
      both = g_strconcat (own ? "" : authorities, texts[i / 2], NULL);
      path = test_write_file (both);
      if (own)
        policy->crl_file = g_strdup (path);
      else
        g_free (g_steal_pointer (&policy->ca_file)), policy->ca_file = g_strdup (path);
      trust = postern_trust_new (policy, HOST);
      g_assert_false (postern_trust_load (trust, NULL));
      g_assert_cmpstr (postern_trust_get_load_code (trust), ==, "settings.file-not-pem");
      g_unlink (path);
    }
}

/* What is stapled */

static const struct
{
  const char *name;
  guint own;
  guint issuer;
  TestStapleSpec spec;
  guint signer; /* 0: the issuer */
  guint about;  /* 0: the certificate */
  const char *faults;
  PosternStapleState state;
} staple_rows[] = {
  { "good", OWN, ISSUING, { 0 }, 0, 0, "", POSTERN_STAPLE_GOOD },
  { "good, and demanded", MUST_STAPLE, ISSUING, { 0 }, 0, 0, "", POSTERN_STAPLE_GOOD },
  { "by key", OWN, ISSUING, { .by_key = TRUE }, 0, 0, "", POSTERN_STAPLE_GOOD },
  { "without certificate",
    OWN,
    ISSUING,
    { .no_certificate = TRUE },
    0,
    0,
    "",
    POSTERN_STAPLE_GOOD },
  { "appointed", OWN, ISSUING, { 0 }, RESPONDER, 0, "", POSTERN_STAPLE_GOOD },
  { "appointed, by key", OWN, ISSUING, { .by_key = TRUE }, RESPONDER, 0, "", POSTERN_STAPLE_GOOD },
  { "revoked",
    OWN,
    ISSUING,
    { .status = V_OCSP_CERTSTATUS_REVOKED },
    0,
    0,
    "cert.revoked:0",
    POSTERN_STAPLE_REVOKED },
  { "revoked, and demanded",
    MUST_STAPLE,
    ISSUING,
    { .status = V_OCSP_CERTSTATUS_REVOKED },
    RESPONDER,
    0,
    "cert.revoked:0",
    POSTERN_STAPLE_REVOKED },
  { "revoked long ago",
    OWN,
    ISSUING,
    { .status = V_OCSP_CERTSTATUS_REVOKED, .from_days = -90, .to_days = -80 },
    0,
    0,
    "cert.revoked:0",
    POSTERN_STAPLE_REVOKED },
  { "unknown",
    OWN,
    ISSUING,
    { .status = V_OCSP_CERTSTATUS_UNKNOWN },
    0,
    0,
    "~cert.staple-unknown:0",
    POSTERN_STAPLE_UNKNOWN },
  { "try later",
    OWN,
    ISSUING,
    { .response = OCSP_RESPONSE_STATUS_TRYLATER },
    0,
    0,
    "~cert.staple-unknown:0",
    POSTERN_STAPLE_UNKNOWN },
  { "try later, and demanded",
    MUST_STAPLE,
    ISSUING,
    { .response = OCSP_RESPONSE_STATUS_TRYLATER },
    0,
    0,
    "cert.must-staple:0 ~cert.staple-unknown:0",
    POSTERN_STAPLE_UNKNOWN },
  { "out of date",
    OWN,
    ISSUING,
    { .from_days = -9, .to_days = -2 },
    0,
    0,
    "~cert.staple-stale:0",
    POSTERN_STAPLE_STALE },
  { "out of date, and demanded",
    MUST_STAPLE,
    ISSUING,
    { .from_days = -9, .to_days = -2 },
    0,
    0,
    "cert.must-staple:0 ~cert.staple-stale:0",
    POSTERN_STAPLE_STALE },
  { "from tomorrow on",
    OWN,
    ISSUING,
    { .from_days = 1, .to_days = 9 },
    0,
    0,
    "~cert.staple-stale:0",
    POSTERN_STAPLE_STALE },
  { "endless, and new", OWN, ISSUING, { .endless = TRUE }, 0, 0, "", POSTERN_STAPLE_GOOD },
  { "endless, and old",
    OWN,
    ISSUING,
    { .endless = TRUE, .from_days = -20, .to_days = 9 },
    0,
    0,
    "~cert.staple-stale:0",
    POSTERN_STAPLE_STALE },
  { "about another",
    OWN,
    ISSUING,
    { 0 },
    0,
    MUST_STAPLE,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "about the same number of another issuer",
    OWN,
    ROOT,
    { 0 },
    0,
    0,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "wrong signature",
    OWN,
    ISSUING,
    { .other_key = TRUE },
    0,
    0,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "wrong signature, revoked",
    OWN,
    ISSUING,
    { .other_key = TRUE, .status = V_OCSP_CERTSTATUS_REVOKED },
    0,
    0,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "not appointed",
    OWN,
    ISSUING,
    { 0 },
    NO_RESPONDER,
    0,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "no longer appointed",
    OWN,
    ISSUING,
    { 0 },
    OLD_RESPONDER,
    0,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "appointed by another",
    OWN,
    ISSUING,
    { 0 },
    STRANGER,
    0,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "by itself", OWN, ISSUING, { 0 }, OWN, 0, "cert.staple-invalid:0", POSTERN_STAPLE_INVALID },
  { "signer not at hand",
    OWN,
    ISSUING,
    { .no_certificate = TRUE },
    RESPONDER,
    0,
    "cert.staple-invalid:0",
    POSTERN_STAPLE_INVALID },
  { "self-signed", SELF_SIGNED, SELF_SIGNED, { 0 }, 0, 0, "", POSTERN_STAPLE_GOOD },
};

static void
free_maybe (gpointer bytes)
{
  if (bytes != NULL)
    g_bytes_unref (bytes);
}

static GPtrArray *
staples_of (GBytes *first, GBytes *second)
{
  GPtrArray *staples = g_ptr_array_new_with_free_func (free_maybe);

  g_ptr_array_add (staples, first != NULL ? g_bytes_ref (first) : NULL);
  g_ptr_array_add (staples, second != NULL ? g_bytes_ref (second) : NULL);

  return staples;
}

static void
test_staples (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (staple_rows); i++)
    {
      TestStapleSpec spec = staple_rows[i].spec;
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(GBytes) staple = NULL;
      g_autoptr(GPtrArray) staples = NULL;
      g_autoptr(PosternTrust) trust = NULL;
      g_autofree char *told = NULL;

      g_test_message ("%s", staple_rows[i].name);
      spec.signer = staple_rows[i].signer != 0 ? certs[staple_rows[i].signer] : NULL;
      spec.about = staple_rows[i].about != 0 ? certs[staple_rows[i].about] : NULL;
      staple = test_staple_new (certs[staple_rows[i].issuer], certs[staple_rows[i].own], &spec);
      staples = staples_of (staple, NULL);
      trust = judge (policy, staple_rows[i].own, staples);
      told = describe (trust);
      g_assert_cmpstr (told, ==, staple_rows[i].faults);
      g_assert_cmpint (postern_trust_get_revocation (trust).staple, ==, staple_rows[i].state);
      g_assert_cmpint (postern_trust_is_accepted (trust), ==, *told == '\0' || *told == '~');
    }
}

#define STRIDE 7 /* the same work for every byte takes its time */

/* Cut off anywhere, or changed anywhere, it is no proof. */
static void
test_garbled_staple (void)
{
  const TestStapleSpec spec = { 0 };
  g_autoptr(GBytes) staple = test_staple_new (certs[ISSUING], certs[OWN], &spec);
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  gsize length = g_bytes_get_size (staple);

  for (gsize i = 0; i < length; i += STRIDE)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (staple, NULL), length);
      g_autoptr(GBytes) cut = g_bytes_new (copy, i);
      g_autoptr(GPtrArray) staples = staples_of (cut, NULL);
      g_autoptr(PosternTrust) trust = judge (policy, OWN, staples);
      g_autofree char *told = describe (trust);
      g_autoptr(GBytes) changed = NULL;
      g_autoptr(GPtrArray) others = NULL;

      g_assert_cmpstr (told, ==, "cert.staple-invalid:0");

      /* What is not signed may change: the certificates that come along, for one. */
      copy[i] ^= 0x10;
      changed = g_bytes_new (copy, length);
      others = staples_of (changed, NULL);
      g_object_unref (judge (policy, OWN, others));
    }
}

/* Who was not asked cannot refuse; who was and says nothing must not where that is demanded. */
static void
test_must_staple (void)
{
  static const struct
  {
    guint own;
    gboolean asked;
    PosternVerify verify;
    gboolean uniface;
    const char *faults;
  } rows[] = {
    { OWN, TRUE, POSTERN_VERIFY_YES, FALSE, "" },
    { MUST_STAPLE, FALSE, POSTERN_VERIFY_YES, FALSE, "" },
    { MUST_STAPLE, TRUE, POSTERN_VERIFY_YES, FALSE, "cert.must-staple:0" },
    { MUST_STAPLE, TRUE, POSTERN_VERIFY_YES, TRUE, "~cert.must-staple:0" },
    { MUST_STAPLE, TRUE, POSTERN_VERIFY_IGNORE, FALSE, "?cert.must-staple:0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(GPtrArray) staples = rows[i].asked ? staples_of (NULL, NULL) : NULL;
      g_autoptr(PosternTrust) trust = NULL;
      g_autofree char *told = NULL;

      policy->verify = rows[i].verify;
      policy->cn_fallback = rows[i].uniface;
      trust = judge (policy, rows[i].own, staples);
      told = describe (trust);
      g_assert_cmpstr (told, ==, rows[i].faults);
    }
}

/* Uniface's OpenSSL does not ask for a staple: one that is no good does not stop it. That the
 * certificate is revoked is believed wherever it is said. */
static void
test_staple_for_openssl (void)
{
  static const struct
  {
    TestStapleSpec spec;
    gboolean uniface;
    const char *faults;
    gboolean accepted;
  } rows[] = {
    { { .other_key = TRUE }, FALSE, "cert.staple-invalid:0", FALSE },
    { { .other_key = TRUE }, TRUE, "~cert.staple-invalid:0", TRUE },
    { { .status = V_OCSP_CERTSTATUS_REVOKED }, TRUE, "cert.revoked:0", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = new_policy ();
      g_autoptr(GBytes) staple = test_staple_new (certs[ISSUING], certs[OWN], &rows[i].spec);
      g_autoptr(GPtrArray) staples = staples_of (staple, NULL);
      g_autoptr(PosternTrust) trust = NULL;
      g_autofree char *told = NULL;

      policy->cn_fallback = rows[i].uniface;
      trust = judge (policy, OWN, staples);
      told = describe (trust);
      g_assert_cmpstr (told, ==, rows[i].faults);
      g_assert_cmpint (postern_trust_is_accepted (trust), ==, rows[i].accepted);
    }
}

/* TLS 1.3 can staple to each certificate. */
static void
test_intermediate (void)
{
  const TestStapleSpec spec = { .status = V_OCSP_CERTSTATUS_REVOKED };
  const TestStapleSpec good = { 0 };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(GBytes) own = test_staple_new (certs[ISSUING], certs[OWN], &good);
  g_autoptr(GBytes) issuing = test_staple_new (certs[ROOT], certs[ISSUING], &spec);
  g_autoptr(GPtrArray) staples = staples_of (own, issuing);
  g_autoptr(PosternTrust) trust = judge (policy, OWN, staples);
  g_autofree char *told = describe (trust);

  g_assert_cmpstr (told, ==, "cert.revoked:1");
  g_assert_cmpint (postern_trust_get_revocation (trust).staple, ==, POSTERN_STAPLE_GOOD);
}

/* Both say it: it is told once. */
static void
test_both (void)
{
  const TestStapleSpec spec = { .status = V_OCSP_CERTSTATUS_REVOKED };
  const TestCrlSpec list_spec = { .revoked = certs[OWN] };
  g_autoptr(PosternTlsPolicy) policy = new_policy ();
  g_autoptr(GBytes) own = test_staple_new (certs[ISSUING], certs[OWN], &spec);
  g_autoptr(GBytes) list = test_crl_new (certs[ISSUING], &list_spec);
  g_autofree char *text = g_strndup (g_bytes_get_data (list, NULL), g_bytes_get_size (list));
  g_autoptr(GPtrArray) staples = staples_of (own, NULL);
  g_autoptr(PosternTrust) trust = NULL;
  g_autofree char *told = NULL;

  policy->crl_file = test_write_file (text);
  trust = judge (policy, OWN, staples);
  told = describe (trust);
  g_assert_cmpstr (told, ==, "cert.revoked:0");
  g_unlink (policy->crl_file);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  pki_init ();

  g_test_add_func ("/revocation/lists", test_lists);
  g_test_add_func ("/revocation/list-files", test_list_files);
  g_test_add_func ("/revocation/bad-lists", test_bad_lists);
  g_test_add_func ("/revocation/staples", test_staples);
  g_test_add_func ("/revocation/garbled-staple", test_garbled_staple);
  g_test_add_func ("/revocation/must-staple", test_must_staple);
  g_test_add_func ("/revocation/staple-for-openssl", test_staple_for_openssl);
  g_test_add_func ("/revocation/intermediate", test_intermediate);
  g_test_add_func ("/revocation/both", test_both);

  result = g_test_run ();
  pki_clear ();

  return result;
}
