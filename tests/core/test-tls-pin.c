/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-tls-pin.h"

#include "exchange/postern-command-line.h"
#include "model/postern-error.h"
#include "runtime/postern-runtime.h"
#include "test-pki.h"
#include "tls/postern-cert-fault.h"
#include "tls/postern-trust-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOST "mail.example.com"
#define SUM "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* One moment for all: midnight may come while the test runs. */
static gint64 now;

/* --- The text --- */

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    const char *plain; /* NULL: refused */
  } rows[] = {
    { "cert:" SUM "@2026-12-31", "cert:" SUM "@2026-12-31" },
    { "key:" SUM "@2026-12-31", "key:" SUM "@2026-12-31" },
    { " KEY:" SUM "@2028-02-29 ", "key:" SUM "@2028-02-29" },
    { "mail.example.com=cert:" SUM "@2026-12-31", "mail.example.com=cert:" SUM "@2026-12-31" },
    { "::1=cert:" SUM "@2026-12-31", "::1=cert:" SUM "@2026-12-31" },
    { "cert:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC"
      ":DD:EE:FF@2026-12-31",
      "cert:" SUM "@2026-12-31" },
    { "", NULL },
    { SUM "@2026-12-31", NULL },
    { "cert:" SUM, NULL },
    { "cert:" SUM "@", NULL },
    { "cert:" SUM "@never", NULL },
    { "cert:" SUM "@2026-12-32", NULL },
    { "cert:" SUM "@2027-02-29", NULL },
    { "cert:" SUM "@2026-12-31x", NULL },
    { "cert:" SUM "@26-12-31", NULL },
    { "cert:" SUM "00@2026-12-31", NULL },
    { "cert:*@2026-12-31", NULL },
    { "cert:@2026-12-31", NULL },
    { "=cert:" SUM "@2026-12-31", NULL },
    { "any:" SUM "@2026-12-31", NULL },
    { "cert", NULL },
    { "=", NULL },
    { "host=", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(PosternTlsPin) pin = postern_tls_pin_parse (rows[i].text, &error);
      g_autofree char *text = NULL;

      g_test_message ("%s", rows[i].text);
      if (rows[i].plain == NULL)
        {
          g_assert_null (pin);
          g_assert_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS);
          continue;
        }
      g_assert_no_error (error);
      text = postern_tls_pin_to_text (pin);
      g_assert_cmpstr (text, ==, rows[i].plain);
    }
}

static void
test_host (void)
{
  static const struct
  {
    const char *text;
    const char *host;
    gboolean is_for;
  } rows[] = {
    { "cert:" SUM "@2026-12-31", HOST, TRUE },
    { HOST "=cert:" SUM "@2026-12-31", HOST, TRUE },
    { "MAIL.example.com.=cert:" SUM "@2026-12-31", HOST, TRUE },
    { HOST "=cert:" SUM "@2026-12-31", HOST ".", TRUE },
    { HOST "=cert:" SUM "@2026-12-31", "mail.example.org", FALSE },
    { "example.com=cert:" SUM "@2026-12-31", HOST, FALSE },
    { HOST "=cert:" SUM "@2026-12-31", "example.com", FALSE },
    { "::1=cert:" SUM "@2026-12-31", "::1", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternTlsPin) pin = postern_tls_pin_parse (rows[i].text, NULL);
      g_autoptr(PosternTlsPin) copy = postern_tls_pin_copy (pin);

      g_assert_cmpint (postern_tls_pin_is_for (copy, rows[i].host), ==, rows[i].is_for);
    }
}

/* --- What it does to a verdict --- */

typedef enum
{
  PIN_NONE,
  PIN_CERT,      /* this certificate, for a month */
  PIN_KEY,       /* this key */
  PIN_OTHER,     /* another certificate */
  PIN_OTHER_KEY, /* another key */
  PIN_ENDED,     /* this certificate, until yesterday */
  PIN_LAST_DAY,  /* this certificate, until today */
  PIN_ELSEWHERE, /* this certificate, at another host */
} Pin;

static char *
pin_text (Pin pin, PosternCertificate *own)
{
  static const int days[] = { 0, 30, 30, 30, 30, -1, 0, 30 };
  g_autoptr(GDateTime) today = g_date_time_new_from_unix_utc (now);
  g_autoptr(GDateTime) end = g_date_time_add_days (today, days[pin]);
  g_autofree char *day = g_date_time_format (end, "%Y-%m-%d");
  gboolean key = pin == PIN_KEY || pin == PIN_OTHER_KEY;
  const char *sum =
    key ? postern_certificate_get_spki_sha256 (own) : postern_certificate_get_sha256 (own);

  return g_strdup_printf ("%s%s:%s@%s", pin == PIN_ELSEWHERE ? "other.example.com=" : "",
                          key ? "key" : "cert",
                          pin == PIN_OTHER || pin == PIN_OTHER_KEY ? SUM : sum, day);
}

static char *
codes_of (const PosternVerdict *verdict)
{
  GString *codes = g_string_new (NULL);

  for (guint i = 0; i < verdict->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (verdict->faults, i);

      g_test_message ("  %s %u: %s", fault->code, fault->certificate, fault->text);
      g_string_append_printf (codes, "%s%s%s", i > 0 ? " " : "", fault->code + 5,
                              fault->hidden    ? "-"
                              : fault->warning ? "?"
                                               : "!");
      g_assert_cmpint (fault->hidden, ==,
                       fault->hidden && g_strcmp0 (fault->governed_by, "pin") == 0);
    }

  return g_string_free (codes, FALSE);
}

typedef struct
{
  TestCertSpec spec;
  gboolean trusted; /* issued by an authority that is trusted, else signed by itself */
  Pin pin;
  gboolean accepted;
  const char *codes; /* without "cert."; "!" refuses, "-" is hidden, "?" warns */
} Row;

#define GOOD .cn = HOST, .dns = HOST
#define EXPIRED .from_days = -9, .to_days = -2

static const Row rows[] = {
  { { GOOD }, FALSE, PIN_NONE, FALSE, "self-signed!" },
  { { GOOD }, FALSE, PIN_CERT, TRUE, "self-signed- pinned?" },
  { { GOOD }, FALSE, PIN_KEY, TRUE, "self-signed- pinned?" },
  { { GOOD }, FALSE, PIN_LAST_DAY, TRUE, "self-signed- pinned?" },
  { { GOOD }, FALSE, PIN_OTHER, FALSE, "self-signed! pin-mismatch!" },
  { { GOOD }, FALSE, PIN_OTHER_KEY, FALSE, "self-signed! pin-mismatch!" },
  { { GOOD }, FALSE, PIN_ENDED, FALSE, "self-signed! pin-unused?" },
  { { GOOD }, FALSE, PIN_ELSEWHERE, FALSE, "self-signed! pin-unused?" },
  { { .cn = "x", .dns = "x.test" }, FALSE, PIN_CERT, TRUE, "self-signed- name-mismatch- pinned?" },
  { { GOOD, EXPIRED }, FALSE, PIN_CERT, TRUE, "expired- self-signed- pinned?" },
  { { .cn = HOST }, FALSE, PIN_CERT, TRUE, "self-signed- no-san- pinned?" },
  { { GOOD, .from_days = 2, .to_days = 99 }, TRUE, PIN_KEY, TRUE, "not-yet-valid- pinned?" },
  /* Nothing that an exception would have to cover. */
  { { GOOD }, TRUE, PIN_CERT, TRUE, "" },
  /* Renewed, and good: an exception is only an exception. */
  { { GOOD }, TRUE, PIN_OTHER, TRUE, "pin-mismatch?" },
  { { GOOD }, TRUE, PIN_ENDED, TRUE, "pin-unused?" },
  /* What it never covers. */
  { { GOOD, .rsa_bits = 1024 }, FALSE, PIN_CERT, FALSE, "weak-key! self-signed- pin-unused?" },
  { { GOOD, .purpose = GNUTLS_KP_TLS_WWW_CLIENT },
    FALSE,
    PIN_CERT,
    FALSE,
    "wrong-purpose! self-signed- pin-unused?" },
};

static void
judge (PosternVerdict *verdict, const Row *row, GPtrArray *ders, PosternTrustStore *store)
{
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autoptr(PosternCertificate) own =
               postern_certificate_new_from_der (g_ptr_array_index (ders, 0), NULL);
  g_autofree char *text = pin_text (row->pin, own);
  g_autoptr(GError) error = NULL;

  if (row->pin != PIN_NONE)
    {
      policy->pin = postern_tls_pin_parse (text, &error);
      g_assert_no_error (error);
    }
  postern_trust_judge (verdict, store, policy, HOST, ders, now);
}

static void
test_verdict (void)
{
  const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(GPtrArray) roots = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(PosternTrustStore) store = NULL;

  g_ptr_array_add (roots, test_cert_der (root));
  store = postern_trust_store_new_from_ders (roots, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(TestCert) own = test_cert_new (&rows[i].spec, rows[i].trusted ? root : NULL, NULL);
      g_autoptr(GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      PosternVerdict verdict = { NULL };
      g_autofree char *codes = NULL;

      g_ptr_array_add (ders, test_cert_der (own));
      g_test_message ("row %" G_GSIZE_FORMAT, i);
      judge (&verdict, &rows[i], ders, store);
      codes = codes_of (&verdict);
      g_assert_cmpstr (codes, ==, rows[i].codes);
      g_assert_cmpint (verdict.accepted, ==, rows[i].accepted);
      postern_verdict_clear (&verdict);
    }
}

/* The certificate that was excepted, with others around it: the leaf is what counts, and nobody
 * else's certificate passes because an excepted one is sent with it. */
static void
test_places (void)
{
  const TestCertSpec spec = { .cn = HOST, .dns = HOST };
  g_autoptr(TestCert) own = test_cert_new (&spec, NULL, NULL);
  g_autoptr(TestCert) other = test_cert_new (&spec, NULL, NULL);
  g_autoptr(GBytes) own_der = test_cert_der (own);
  g_autoptr(GBytes) other_der = test_cert_der (other);
  g_autoptr(PosternCertificate) certificate = postern_certificate_new_from_der (own_der, NULL);
  g_autofree char *text = pin_text (PIN_CERT, certificate);

  for (int first = 0; first < 2; first++)
    {
      g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
      g_autoptr(GPtrArray) ders = g_ptr_array_new ();
      PosternVerdict verdict = { NULL };

      policy->pin = postern_tls_pin_parse (text, NULL);
      g_ptr_array_add (ders, first ? own_der : other_der);
      g_ptr_array_add (ders, first ? other_der : own_der);
      postern_trust_judge (&verdict, NULL, policy, HOST, ders, now);
      g_assert_cmpint (verdict.accepted, ==, first);
      postern_verdict_clear (&verdict);
    }
}

/* A key that was excepted lets its next certificate pass, too; a certificate does not. */
static void
test_renewed (void)
{
  const TestCertSpec spec = { .cn = HOST, .dns = HOST };
  g_autoptr(TestCert) old = test_cert_new (&spec, NULL, NULL);
  g_autoptr(TestCert) renewed = test_cert_new (&spec, NULL, old);
  g_autoptr(GBytes) old_der = test_cert_der (old);
  g_autoptr(GBytes) der = test_cert_der (renewed);
  g_autoptr(PosternCertificate) certificate = postern_certificate_new_from_der (old_der, NULL);
  const Pin pins[] = { PIN_CERT, PIN_KEY };

  for (gsize i = 0; i < G_N_ELEMENTS (pins); i++)
    {
      g_autofree char *text = pin_text (pins[i], certificate);
      g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
      g_autoptr(GPtrArray) ders = g_ptr_array_new ();
      PosternVerdict verdict = { NULL };

      policy->pin = postern_tls_pin_parse (text, NULL);
      g_ptr_array_add (ders, der);
      postern_trust_judge (&verdict, NULL, policy, HOST, ders, now);
      g_assert_cmpint (verdict.accepted, ==, pins[i] == PIN_KEY);
      postern_verdict_clear (&verdict);
    }
}

/* Whoever took the certificate back has the last word. */
static void
test_revoked (void)
{
  const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec spec = { .cn = HOST, .dns = HOST, EXPIRED };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) own = test_cert_new (&spec, root, NULL);
  g_autoptr(GBytes) der = test_cert_der (own);
  g_autoptr(PosternCertificate) certificate = postern_certificate_new_from_der (der, NULL);
  g_autofree char *text = pin_text (PIN_CERT, certificate);
  g_autofree char *root_pem = test_cert_pem (root, NULL);
  g_autofree char *crl = test_cert_revoke (root, own);
  g_autofree char *root_file = test_write_file (root_pem);
  g_autofree char *crl_file = test_write_file (crl);
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autoptr(PosternTrustStore) store = NULL;
  g_autoptr(GPtrArray) ders = g_ptr_array_new ();
  g_autofree char *codes = NULL;
  PosternVerdict verdict = { NULL };

  policy->system_store = FALSE;
  policy->ca_file = g_strdup (root_file);
  policy->crl_file = g_strdup (crl_file);
  policy->pin = postern_tls_pin_parse (text, NULL);
  store = postern_trust_store_new (policy, NULL);
  g_assert_nonnull (store);
  g_ptr_array_add (ders, der);
  postern_trust_judge (&verdict, store, policy, HOST, ders, now);
  codes = codes_of (&verdict);
  g_assert_cmpstr (codes, ==, "revoked! expired- pin-unused?");
  g_assert_false (verdict.accepted);
  postern_verdict_clear (&verdict);
  g_unlink (root_file);
  g_unlink (crl_file);
}

/* What is asked before an exception is offered. */
static void
test_coverable (void)
{
  static const struct
  {
    const char *code;
    guint certificate;
    gboolean in_store;
    gboolean coverable;
  } faults[] = {
    { "cert.self-signed", 0, FALSE, TRUE },
    { "cert.untrusted-root", 2, FALSE, TRUE },
    { "cert.name-mismatch", 0, FALSE, TRUE },
    { "cert.expired", 1, FALSE, TRUE },
    { "cert.incomplete-chain", 0, FALSE, TRUE },
    { "cert.malformed", 0, FALSE, FALSE },
    { "cert.malformed", 1, FALSE, FALSE },
    { "cert.critical-extension", 0, FALSE, FALSE },
    { "cert.critical-extension", 1, FALSE, TRUE },
    { "cert.wrong-purpose", 0, FALSE, FALSE },
    { "cert.not-a-ca", 1, FALSE, TRUE },
    { "cert.weak-key", 0, FALSE, FALSE },
    { "cert.weak-key", 0, TRUE, TRUE },
    { "cert.weak-signature", 1, FALSE, TRUE },
    { "cert.revoked", 0, FALSE, FALSE },
    { "cert.revoked", 1, FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr(PosternCertFault) fault = postern_cert_fault_new (
        faults[i].code, faults[i].certificate, "verify_server", NULL);

      fault->in_store = faults[i].in_store;
      g_test_message ("%s %u", fault->code, fault->certificate);
      g_assert_cmpint (postern_cert_fault_is_coverable (fault), ==, faults[i].coverable);
    }
}

/* --- In an account --- */

static PosternPlan *
plan_with (PosternSystem system, const char *pin, GPtrArray *findings, char **command)
{
  g_autoptr(PosternAccount) account = postern_account_new (NULL);

  g_object_set (account, "system", system, "connection",
                system == POSTERN_SYSTEM_GENERIC ? "imaps://" HOST : "TCP:" HOST, "pin", pin, NULL);
  *command = postern_command_line_new (account);

  return postern_runtime_plan (postern_runtime_get (system), account, NULL, findings);
}

static void
test_account (void)
{
  static const struct
  {
    PosternSystem system;
    const char *pin;
    const char *code; /* or NULL: it counts */
  } cases[] = {
    { POSTERN_SYSTEM_GENERIC, "key:" SUM "@2026-12-31", NULL },
    { POSTERN_SYSTEM_GENERIC, "key:" SUM, "settings.option-illegal" },
    { POSTERN_SYSTEM_GENERIC, "*", "settings.option-illegal" },
    { POSTERN_SYSTEM_UNIFACE, "key:" SUM "@2026-12-31", "settings.not-supported" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autofree char *command = NULL;
      g_autoptr(PosternPlan) plan = plan_with (cases[i].system, cases[i].pin, findings, &command);
      g_autofree char *option = g_strdup_printf ("--pin %s", cases[i].pin);
      g_autofree char *text = NULL;

      if (cases[i].code != NULL)
        {
          g_assert_null (plan);
          g_assert_cmpstr (postern_finding_get_code (findings->pdata[0]), ==, cases[i].code);
          g_assert_cmpstr (postern_finding_get_field (findings->pdata[0]), ==, "pin");
          continue;
        }
      g_assert_nonnull (strstr (command, option));
      g_assert_nonnull (plan);
      text = postern_tls_pin_to_text (plan->tls_policy->pin);
      g_assert_cmpstr (text, ==, cases[i].pin);
      g_assert_cmpstr (g_hash_table_lookup (plan->sources, "pin"), ==, "account");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  now = g_get_real_time () / G_USEC_PER_SEC;
  g_test_add_func ("/tls-pin/parse", test_parse);
  g_test_add_func ("/tls-pin/host", test_host);
  g_test_add_func ("/tls-pin/verdict", test_verdict);
  g_test_add_func ("/tls-pin/places", test_places);
  g_test_add_func ("/tls-pin/renewed", test_renewed);
  g_test_add_func ("/tls-pin/revoked", test_revoked);
  g_test_add_func ("/tls-pin/coverable", test_coverable);
  g_test_add_func ("/tls-pin/account", test_account);

  return g_test_run ();
}
