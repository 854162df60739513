/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-trust-remedies.h"

#include "model/postern-fingerprint.h"
#include "runtime/postern-bundle-file.h"
#include "runtime/postern-tls-options.h"

#include <glib/gi18n.h>
#include <string.h>

/* Where Debian and its kin keep the certificates of the computer in one file. */
#define SYSTEM_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

/* How long an exception is that is proposed. */
#define EXCEPTION_DAYS 30

static gboolean
is_about_trust (const PosternFacts *facts, const PosternCertFault *fault)
{
  static const char *const codes[] = { "cert.untrusted-root", "cert.self-signed",
                                       "cert.incomplete-chain", NULL };

  return facts->advice != NULL && g_strcmp0 (fault->governed_by, "pin") != 0 &&
         g_strv_contains (codes, fault->code);
}

/* Certificates of the path that the server does not send, below the root. */
static gboolean
has_gap (const PosternTrustRepair *repair)
{
  for (guint i = 1; i + 1 < repair->path->len; i++)
    if ((((PosternPoolItem *) repair->path->pdata[i])->origins & POSTERN_ORIGIN_SENT) == 0)
      return TRUE;

  return FALSE;
}

static const PosternPoolItem *
end_of (const PosternTrustRepair *repair)
{
  return repair->path->pdata[repair->path->len - 1];
}

static const char *
name_of (PosternCertificate *certificate)
{
  const char *name = postern_certificate_get_common_name (certificate);

  return *name != '\0' ? name : postern_certificate_get_subject (certificate);
}

char *
postern_trust_remedies_explain (const PosternFacts *facts, const PosternCertFault *fault)
{
  const PosternTrustAdvice *advice = facts->advice;
  GString *text;

  if (!is_about_trust (facts, fault) || strcmp (fault->code, "cert.incomplete-chain") == 0)
    return NULL;

  text = g_string_new (NULL);
  if (advice->contents != NULL)
    {
      g_autofree char *holds = postern_ca_contents_describe (advice->contents);

      g_string_append (text, holds);
    }
  if (advice->needed_subject != NULL)
    g_string_append_printf (text, _ ("%sNeeded is the certificate of “%s”"),
                            text->len > 0 ? " " : "", advice->needed_subject);
  if (advice->needed_subject != NULL && advice->needed_key_id != NULL)
    g_string_append_printf (text, _ (", whose key identifier is %s"), advice->needed_key_id);
  if (advice->needed_subject != NULL)
    g_string_append_c (text, '.');

  return g_string_free (text, text->len == 0);
}

/* --- The change of the TLS options --- */

static int
id_of (const char *option)
{
  gsize length = strcspn (option, "=");

  while (length > 0 && g_ascii_isspace (option[length - 1]))
    length--;

  return postern_tls_option_find_id (option, length);
}

/* The options as they are, but verifying, and with this CA file in place of what is trusted now;
 * NULL: without one. */
static char *
change_options (const char *options, const char *file)
{
  g_auto (GStrv) list = g_strsplit (options != NULL ? options : "", ",", -1);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; list[i] != NULL; i++)
    {
      const char *option = g_strstrip (list[i]);
      int id = id_of (option);

      if (*option == '\0' || id == POSTERN_TLS_OPTION_CA_CERTIFICATE ||
          id == POSTERN_TLS_OPTION_CA_LOCATION)
        continue;
      if (id == POSTERN_TLS_OPTION_VERIFY_SERVER)
        option = "verify_server=yes";
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", option);
    }
  if (file != NULL)
    g_string_append_printf (text, "%s%s=%s", text->len > 0 ? ", " : "",
                            postern_tls_option_get_name (POSTERN_TLS_OPTION_CA_CERTIFICATE), file);

  return g_string_free (text, FALSE);
}

/* @pem: what is to be written to @file first, or NULL. Where the options hold a secret, which the
 * plan does not know, there is no change: it would put the mask in its place. */
static GVariant *
make_change (const PosternFacts *facts, const char *file, const char *pem)
{
  const char *before = facts->plan->tls_options_text;
  g_autofree char *options = NULL;
  GVariantDict dict;

  if (!postern_diagnosis_owns_options (facts->plan) ||
      (before != NULL && strstr (before, "<hidden>") != NULL) ||
      (file != NULL && strchr (file, ',') != NULL))
    return NULL;

  options = change_options (before, file);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "tls-options", "s", options);
  if (pem != NULL)
    {
      g_variant_dict_insert (&dict, "ca-bundle-file", "s", file);
      g_variant_dict_insert (&dict, "ca-bundle", "s", pem);
    }

  return g_variant_dict_end (&dict);
}

/* --- The remedies --- */

static gboolean
is_uniface (const PosternFacts *facts)
{
  return facts->plan->tls_policy->cn_fallback;
}

/* The settings name authorities of their own, and this computer trusts the right one. */
static void
add_system (const PosternFacts *facts, PosternFinding *finding)
{
  const PosternTrustRepair *repair = facts->advice->repair;
  const char *name = name_of (end_of (repair)->certificate);
  gboolean by_file = is_uniface (facts);
  g_autofree char *text = NULL;

  if (facts->plan->tls_policy->system_store || has_gap (repair) ||
      (end_of (repair)->origins & POSTERN_ORIGIN_SYSTEM) == 0 ||
      (by_file && !g_file_test (SYSTEM_BUNDLE, G_FILE_TEST_EXISTS)))
    return;

  text = by_file
           ? g_strdup_printf (_ ("This computer trusts “%s”, in which the chain ends: use its "
                                 "certificates, ca_certificate=%s."),
                              name, SYSTEM_BUNDLE)
           : g_strdup_printf (_ ("This computer trusts “%s”, in which the chain ends: take "
                                 "ca_certificate and ca_location out, and its certificates "
                                 "count."),
                              name);
  postern_finding_add_remedy (finding, text,
                              make_change (facts, by_file ? SYSTEM_BUNDLE : NULL, NULL));
}

/* The names of what is in the bundle: the root, and what is not sent. */
static char *
list_bundle (const PosternTrustRepair *repair)
{
  GString *list = g_string_new (NULL);

  for (guint i = repair->path->len; i > 0; i--)
    {
      const PosternPoolItem *item = repair->path->pdata[i - 1];

      if (i == repair->path->len || (i > 1 && (item->origins & POSTERN_ORIGIN_SENT) == 0))
        g_string_append_printf (list, "%s“%s”", list->len > 0 ? ", " : "",
                                name_of (item->certificate));
    }

  return g_string_free (list, FALSE);
}

/* Where the user finds the options. */
static const char *
place_of_options (const PosternFacts *facts)
{
  return postern_diagnosis_owns_options (facts->plan)
           ? _ ("the TLS options of the account")
           : g_hash_table_lookup (facts->plan->sources, "tls_options");
}

static void
add_bundle (const PosternFacts *facts, PosternFinding *finding)
{
  const PosternTrustRepair *repair = facts->advice->repair;
  PosternCertificate *root = end_of (repair)->certificate;
  g_autofree char *list = list_bundle (repair);
  g_autofree char *sum = postern_fingerprint_format (postern_certificate_get_sha256 (root));
  g_autofree char *path = postern_bundle_file_path (facts->plan->host, repair->client_pem);
  GVariant *change = make_change (facts, path, repair->client_pem);
  g_autofree char *text = NULL;

  if (change != NULL)
    text = g_strdup_printf (_ ("Trust a file with %s and nothing else: with it the chain verifies, "
                               "which was tried. The SHA-256 fingerprint of “%s” is %s. The file "
                               "will be %s."),
                            list, name_of (root), sum, path);
  else
    text = g_strdup_printf (
      _ ("Name a file with %s with ca_certificate in %s: with it the chain verifies, which was "
         "tried. The SHA-256 fingerprint of “%s” is %s. Test again with --save-report report.json; "
         "then “postern-cli trust repair report.json -o ca.pem” writes the file."),
      list, place_of_options (facts), name_of (root), sum);
  postern_finding_add_remedy (finding, text, change);
}

static void
add_for_server (PosternFinding *finding)
{
  postern_finding_add_remedy (
    finding,
    _ ("For the server’s administrator: test again with --save-report report.json; then "
       "“postern-cli trust repair report.json --server -o chain.pem” writes the certificates that "
       "the server is to send, in their order."),
    NULL);
}

/* A root that nobody trusts: never with one click. */
static void
add_wish (const PosternFacts *facts, PosternFinding *finding)
{
  PosternCertificate *root = facts->advice->repair->root->certificate;
  const char *sha256 = postern_certificate_get_sha256 (root);
  g_autofree char *sum = postern_fingerprint_format (sha256);
  g_autofree char *text =
    g_strdup_printf (_ ("If the SHA-256 fingerprint of “%s” is %s, as the administrator tells it, "
                        "test again with --save-report report.json; then “postern-cli trust repair "
                        "report.json --trust %s -o ca.pem” writes the file to name with "
                        "ca_certificate."),
                     name_of (root), sum, sha256);

  postern_finding_add_remedy (finding, text, NULL);
}

static void
add_missing (const PosternFacts *facts, PosternFinding *finding)
{
  g_autofree char *missing = postern_missing_describe (facts->advice->repair->missing);
  g_autofree char *text = g_strdup_printf (
    _ ("%s Once it is there, as issuer.pem, test again with --save-report "
       "report.json; then “postern-cli trust repair report.json --certificates "
       "issuer.pem -o ca.pem” completes the chain. Where it ends in a root that "
       "nobody here trusts, “--trust” and the SHA-256 fingerprint of that root, as "
       "the administrator tells it, are needed as well."),
    missing);

  postern_finding_add_remedy (finding, text, NULL);
}

/* A name of the certificate that can be asked for, as an item of the list; or NULL. */
static char *
dup_own_name (PosternCertificate *own)
{
  const char *const *names = postern_certificate_get_dns_names (own);

  if (names[0] == NULL)
    names = postern_certificate_get_ip_addresses (own);

  return names[0] != NULL ? postern_tls_names_typed (names[0]) : NULL;
}

char *
postern_trust_remedies_name_first (PosternCertificate *own, GPtrArray *faults)
{
  g_autofree char *name = dup_own_name (own);

  for (guint i = 0; i < faults->len; i++)
    if (strcmp (((PosternCertFault *) faults->pdata[i])->code, "cert.name-mismatch") != 0)
      return NULL;
  if (faults->len == 0 || name == NULL)
    return NULL;

  return g_strdup_printf (_ ("The name first: if this is the server that is meant, set "
                             "verify_server_name=%s in the TLS options, and test again with "
                             "--save-report report.json. “postern-cli trust repair report.json” "
                             "then mends the trust."),
                          name);
}

/* What refuses the chain besides trust. */
static GPtrArray *
find_others (const PosternFacts *facts)
{
  GPtrArray *others = g_ptr_array_new ();

  for (guint i = 0; i < facts->tls->faults->len; i++)
    {
      PosternCertFault *fault = g_ptr_array_index (facts->tls->faults, i);

      if (!fault->warning && !fault->hidden && !is_about_trust (facts, fault) &&
          g_strcmp0 (fault->governed_by, "pin") != 0)
        g_ptr_array_add (others, fault);
    }

  return others;
}

static gboolean
has_code (GPtrArray *faults, guint n, const char *code)
{
  for (guint i = 0; i < n; i++)
    if (strcmp (((PosternCertFault *) faults->pdata[i])->code, code) == 0)
      return TRUE;

  return FALSE;
}

/* What no CA file mends, and how to go on. */
static void
add_remaining (const PosternFacts *facts, PosternFinding *finding, GPtrArray *faults)
{
  g_autoptr(GString) codes = g_string_new (NULL);
  g_autofree char *name = postern_trust_remedies_name_first (facts->tls->chain->pdata[0], faults);
  g_autofree char *text = NULL;

  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);

      if (!has_code (faults, i, fault->code))
        g_string_append_printf (codes, "%s%s", i > 0 ? ", " : "", fault->code);
    }
  if (codes->len == 0)
    return;
  /* Translators: %s is a list of codes such as "cert.expired, cert.name-mismatch" */
  text = g_strdup_printf (_ ("No CA file mends this alone: %s would remain."), codes->str);
  postern_finding_add_remedy (finding, text, NULL);
  if (name != NULL)
    postern_finding_add_remedy (finding, name, NULL);
}

/* A day that can be pasted; who wants another one sees where it stands. */
static char *
dup_last_day (const PosternFacts *facts)
{
  gint64 now = facts->now != 0 ? facts->now : g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr(GDateTime) today = g_date_time_new_from_unix_utc (now);
  g_autoptr(GDateTime) end = today != NULL ? g_date_time_add_days (today, EXCEPTION_DAYS) : NULL;

  return end != NULL ? g_date_time_format (end, "%Y-%m-%d") : NULL;
}

/* For who has no authority to name: this one certificate, and not for ever. */
static void
add_exception (const PosternFacts *facts, PosternFinding *finding)
{
  PosternCertificate *own = facts->tls->chain->pdata[0];
  g_autofree char *day = dup_last_day (facts);
  g_autofree char *text = NULL;

  if (is_uniface (facts) || day == NULL)
    return;

  text = g_strdup_printf (_ ("If you know this to be the right certificate, except it alone, until "
                             "a day of your choice: “--pin cert:%s@%s”."),
                          postern_certificate_get_sha256 (own), day);
  postern_finding_add_remedy (finding, text, NULL);
}

void
postern_trust_remedies_add (const PosternFacts *facts,
                            PosternFinding *finding,
                            const PosternCertFault *fault)
{
  const PosternTrustRepair *repair;
  g_autoptr(GPtrArray) others = NULL;

  if (strcmp (fault->code, "cert.chain-order") == 0)
    add_for_server (finding);
  if (!is_about_trust (facts, fault))
    return;

  repair = facts->advice->repair;
  switch (repair->state)
    {
    case POSTERN_REPAIR_PROVEN:
      add_system (facts, finding);
      add_bundle (facts, finding);
      if (has_gap (repair) && repair->server_pem != NULL)
        add_for_server (finding);
      break;

    case POSTERN_REPAIR_MISSING:
      others = find_others (facts);
      add_remaining (facts, finding, others);
      add_missing (facts, finding);
      add_exception (facts, finding);
      break;

    case POSTERN_REPAIR_UNTRUSTED:
      if (repair->faults->len > 0)
        {
          add_remaining (facts, finding, repair->faults);
          break;
        }
      add_wish (facts, finding);
      add_exception (facts, finding);
      break;

    case POSTERN_REPAIR_FAULTS:
    default:
      add_remaining (facts, finding, repair->faults);
      break;
    }
}
