/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan-weakness.h"

#include "model/postern-finding.h"
#include "scan/postern-hello.h"
#include "scan/postern-scan-staple.h"
#include "scan/postern-tls-numbers.h"

#include <glib/gi18n.h>
#include <string.h>

/* RFC 9325, 4.1 and 4.2; the first that fits is told. */
static const struct
{
  const char *part; /* of the name */
  const char *weakness;
} weaknesses[] = {
  { "_WITH_NULL_", N_ ("no encryption") },
  { "_anon_", N_ ("no certificate") },
  { "_EXPORT_", N_ ("export cipher") },
  { "_RC4_", "RC4" },
  { "_RC2_", "RC2" },
  { "_WITH_DES_", "DES" },
  { "_3DES_", "3DES" },
  { "_IDEA_", "IDEA" },
  { "_NULL_MD5", "MD5" },
};

const char *
postern_scan_suite_weakness (guint16 suite)
{
  const char *name = postern_tls_suite_name (suite);

  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (weaknesses); i++)
    if (strstr (name, weaknesses[i].part) != NULL)
      return _ (weaknesses[i].weakness);
  return NULL;
}

gboolean
postern_scan_suite_keeps_secrets (guint16 suite)
{
  const char *name = postern_tls_suite_name (suite);

  return postern_tls_suite_is_1_3 (suite) ||
         (name != NULL && (strstr (name, "DHE_") != NULL || strstr (name, "_anon_") != NULL));
}

static void
add (GPtrArray *findings, const char *code, const char *title, const char *explanation)
{
  g_ptr_array_add (findings,
                   postern_finding_new (code, POSTERN_SEVERITY_WARNING, title, explanation));
}

/* Texts in one, with a comma between two. */
static void
add_word (GString *text, const char *word)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", word);
}

static void
find_old_versions (const PosternScanResult *result, GPtrArray *findings)
{
  g_autoptr(GString) old = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    if (result->versions[i].spoken && result->versions[i].version < POSTERN_HELLO_1_2)
      add_word (old, postern_tls_version_name (result->versions[i].version));
  if (old->len == 0)
    return;
  text = g_strdup_printf (_ ("%s: withdrawn by RFC 8996, and refused by many clients."), old->str);
  add (findings, "scan.old-version", _ ("The server speaks old versions of TLS"), text);
}

/* How many suites are weak for this reason, in whatever version. */
static guint
count_weak (const PosternScanResult *result, const char *weakness)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    for (guint j = 0; j < result->versions[i].suites->len; j++)
      {
        guint suite = g_array_index (result->versions[i].suites, guint16, j);

        if (g_strcmp0 (postern_scan_suite_weakness ((guint16) suite), weakness) == 0)
          g_hash_table_add (seen, GUINT_TO_POINTER (suite));
      }
  return g_hash_table_size (seen);
}

static void
find_weak_suites (const PosternScanResult *result, GPtrArray *findings)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (weaknesses); i++)
    {
      const char *weakness = _ (weaknesses[i].weakness);
      guint n = count_weak (result, weakness);
      g_autofree char *word = g_strdup_printf ("%s: %u", weakness, n);

      if (n > 0)
        add_word (text, word);
    }
  if (text->len > 0)
    add (findings, "scan.weak-cipher", _ ("The server does weak cipher suites"), text->str);
}

/* Whether a version is spoken with suites of which none keeps the secrets of earlier sessions when
 * the server's key is lost. */
static gboolean
keeps_no_secrets (const PosternScanVersion *version)
{
  for (guint i = 0; i < version->suites->len; i++)
    if (postern_scan_suite_keeps_secrets (g_array_index (version->suites, guint16, i)))
      return FALSE;
  return version->suites->len > 0;
}

static void
find_lost_secrets (const PosternScanResult *result, GPtrArray *findings)
{
  g_autoptr(GString) versions = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    if (keeps_no_secrets (&result->versions[i - 1]))
      add_word (versions, postern_tls_version_name (result->versions[i - 1].version));
  if (versions->len == 0)
    return;
  text = g_strdup_printf (_ ("%s: who gets hold of the server’s key can read what was recorded "
                             "before."),
                          versions->str);
  add (findings, "scan.no-forward-secrecy", _ ("No cipher suite with forward secrecy"), text);
}

static void
find_weak_dh (const PosternScanResult *result, GPtrArray *findings)
{
  g_autofree char *text = NULL;
  guint least = 0;

  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    if (result->versions[i].dh_bits > 0 && (least == 0 || result->versions[i].dh_bits < least))
      least = result->versions[i].dh_bits;
  if (least == 0 || least >= 2048)
    return;
  text = g_strdup_printf (_ ("The smallest has %u bits; 2,048 are the least that is advised "
                             "(RFC 9325, 4.1)."),
                          least);
  add (findings, "scan.weak-dh", _ ("The primes for Diffie-Hellman are small"), text);
}

static void
find_weak_signatures (const PosternScanResult *result, GPtrArray *findings)
{
  g_autoptr(GString) weak = g_string_new (NULL);
  const GArray *signatures = result->versions[2].signatures;

  for (guint i = 0; i < signatures->len; i++)
    {
      const char *name = postern_tls_signature_name (g_array_index (signatures, guint16, i));

      if (g_str_has_suffix (name, "_sha1") || g_str_has_suffix (name, "_md5"))
        add_word (weak, name);
    }
  if (weak->len > 0)
    add (findings, "scan.weak-signature",
         _ ("The server signs handshakes of TLS 1.2 with a weak hash"), weak->str);
}

static void
find_renegotiation (const PosternScanResult *result, GPtrArray *findings)
{
  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS - 1; i++)
    if (result->versions[i].spoken && !result->versions[i].renegotiation)
      {
        add (findings, "scan.no-secure-renegotiation", _ ("Renegotiation is not secure"),
             _ ("The server does not know RFC 5746; many clients refuse it for that."));
        return;
      }
}

static void
find_staples (const PosternScanResult *result, gint64 now, GPtrArray *findings)
{
  for (guint i = 0; i < result->chains->len; i++)
    {
      g_autofree char *reason = NULL;
      PosternStapleState state =
        postern_scan_staple_judge (g_ptr_array_index (result->chains, i), now, &reason);

      if (reason != NULL && state != POSTERN_STAPLE_UNCHECKED)
        add (findings, "scan.staple", _ ("The stapled OCSP response is not in order"), reason);
    }
}

GPtrArray *
postern_scan_find_weaknesses (const PosternScanResult *result, gint64 now)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (g_object_unref);

  find_old_versions (result, findings);
  find_weak_suites (result, findings);
  find_lost_secrets (result, findings);
  find_weak_dh (result, findings);
  find_weak_signatures (result, findings);
  find_renegotiation (result, findings);
  find_staples (result, now, findings);
  return findings;
}
