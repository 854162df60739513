/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust.h"

#include "zoo-peers.h"
#include "zoo-pki.h"
#include "test-pki.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* Of the verdict on a chain. A policy that hides a fault makes a warning of it. */
typedef enum
{
  REFUSES,
  HIDDEN,
  WARNS,
} Weight;

typedef enum
{
  VERIFY,
  IGNORE,
  NAME_OFF,
  N_POLICIES,
} Policy;

static const char *const policy_names[N_POLICIES] = { "verify_server=yes", "verify_server=ignore",
                                                      "verify_server_name=no" };

static ZooPki *pki;

static gboolean
is_about_name (const char *code)
{
  return strcmp (code, "cert.name-mismatch") == 0 || strcmp (code, "cert.no-san") == 0;
}

static char *
describe (const char *code, guint index, Weight weight)
{
  static const char *const marks[] = { "", "?", "~" };

  return g_strdup_printf ("%s%s:%u", marks[weight], code, index);
}

/* What the table says, as the policy has it: element-type utf8. */
static GPtrArray *
expect (const ZooChain *chain, Policy policy)
{
  GPtrArray *faults = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (chain->faults != NULL ? chain->faults : "", " ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      gboolean warning = *parts[i] == '~';
      const char *code = parts[i] + warning;
      char *colon = strchr (parts[i], ':');
      Weight weight = warning ? WARNS : REFUSES;

      if (colon == NULL)
        continue;
      *colon = '\0';
      if (!warning && (policy == IGNORE || (policy == NAME_OFF && is_about_name (code))))
        weight = HIDDEN;
      g_ptr_array_add (faults,
                       describe (code, (guint) g_ascii_strtoull (colon + 1, NULL, 10), weight));
    }

  return faults;
}

static GPtrArray *
describe_all (PosternTrust *trust)
{
  GPtrArray *told = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *faults = postern_trust_get_faults (trust);

  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);

      g_assert_true (!fault->hidden || fault->warning);
      g_assert_true (g_utf8_validate (fault->text, -1, NULL) && *fault->text != '\0');
      g_assert_cmpstr (fault->governed_by, ==,
                       is_about_name (fault->code) ? "verify_server_name" : "verify_server");
      g_ptr_array_add (told, describe (fault->code, fault->certificate,
                                       fault->hidden    ? HIDDEN
                                       : fault->warning ? WARNS
                                                        : REFUSES));
    }

  return told;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
join (GPtrArray *texts)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? " " : "", (char *) g_ptr_array_index (texts, i));

  return g_string_free (all, FALSE);
}

/* The first is the cause; of the others the order is not looked at. With a policy that hides
 * some, another one may come first. */
static gboolean
are_equal (GPtrArray *expected, GPtrArray *told, gboolean first_too)
{
  g_autofree char *one = NULL, *other = NULL;

  if (first_too && expected->len > 0 && told->len > 0 &&
      strcmp (g_ptr_array_index (expected, 0), g_ptr_array_index (told, 0)) != 0)
    return FALSE;

  g_ptr_array_sort (expected, compare_texts);
  g_ptr_array_sort (told, compare_texts);
  one = join (expected);
  other = join (told);

  return strcmp (one, other) == 0;
}

static PosternTrust *
judge (const ZooChain *chain, Policy policy)
{
  g_autoptr(PosternTlsPolicy) tls = postern_tls_policy_new ();
  g_autofree char *host = zoo_chain_host (chain);
  g_autofree char *trusted = zoo_pki_trust_pem (pki, chain);
  g_autofree char *lists = zoo_pki_crl_pem (pki, chain);
  g_autofree char *ca_file = test_write_file (trusted);
  g_autofree char *crl_file = lists != NULL ? test_write_file (lists) : NULL;
  g_autoptr(GPtrArray) ders = zoo_pki_ders (pki, chain);
  g_autoptr(GError) error = NULL;
  PosternTrust *trust;

  tls->system_store = FALSE;
  tls->ca_file = g_strdup (ca_file);
  tls->crl_file = g_strdup (crl_file);
  tls->verify = policy == IGNORE ? POSTERN_VERIFY_IGNORE : POSTERN_VERIFY_YES;
  tls->verify_name = policy != NAME_OFF;
  trust = postern_trust_new (tls, host);
  postern_trust_load (trust, &error);
  g_assert_no_error (error);
  postern_trust_analyse (trust, ders, g_get_real_time () / G_USEC_PER_SEC);
  g_unlink (ca_file);
  if (crl_file != NULL)
    g_unlink (crl_file);

  return trust;
}

static void
show_texts (PosternTrust *trust)
{
  GPtrArray *faults = postern_trust_get_faults (trust);

  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (faults, i);

      g_test_message ("  %s:%u %s", fault->code, fault->certificate, fault->text);
    }
}

/* Whether one that refuses is among them. */
static gboolean
refuses (GPtrArray *expected, Weight at_least)
{
  for (guint i = 0; i < expected->len; i++)
    {
      const char *text = g_ptr_array_index (expected, i);

      if (*text != '~' && (*text != '?' || at_least == HIDDEN))
        return TRUE;
    }

  return FALSE;
}

static void
fail_or_wait (const ZooChain *chain)
{
  if (chain->gap != NULL)
    g_test_incomplete (chain->gap);
  else
    g_test_fail ();
}

static void
check_policy (const ZooChain *chain, Policy policy)
{
  g_autoptr(PosternTrust) trust = judge (chain, policy);
  g_autoptr(GPtrArray) expected = expect (chain, policy);
  g_autoptr(GPtrArray) told = describe_all (trust);
  g_autofree char *wanted = join (expected);
  g_autofree char *heard = join (told);

  if (policy == VERIFY)
    show_texts (trust);
  if (!are_equal (expected, told, policy != NAME_OFF))
    {
      g_test_message ("%s, %s: expected “%s”, told “%s”", chain->name, policy_names[policy], wanted,
                      heard);
      fail_or_wait (chain);
      return;
    }

  g_assert_cmpint (postern_trust_is_accepted (trust), ==, !refuses (expected, REFUSES));
  g_assert_cmpint (postern_trust_is_verified (trust), ==, !refuses (expected, HIDDEN));
}

/* Two others are asked: what both refuse is not to be accepted, and what both accept is to be
 * refused for a reason only. */
static void
check_peers (const ZooChain *chain)
{
  g_autoptr(PosternTrust) trust = judge (chain, VERIFY);
  g_autofree char *host = zoo_chain_host (chain);
  g_autofree char *trusted = zoo_pki_trust_pem (pki, chain);
  g_autoptr(GPtrArray) ders = zoo_pki_ders (pki, chain);
  g_autofree char *openssl = zoo_ask_openssl (ders, trusted, host);
  g_autofree char *gnutls = zoo_ask_gnutls (ders, trusted, host);
  gboolean accepted = postern_trust_is_accepted (trust);

  g_test_message ("%-24s Postern %s, OpenSSL: %s, GnuTLS: %s", chain->name,
                  accepted ? "accepts" : "refuses", openssl != NULL ? openssl : "accepts",
                  gnutls != NULL ? gnutls : "accepts");
  if (chain->crl != NULL)
    return; /* each wants lists for more certificates than the other */

  if ((accepted && openssl != NULL && gnutls != NULL) != (chain->milder != NULL) ||
      (!accepted && openssl == NULL && gnutls == NULL) != (chain->stricter != NULL))
    {
      g_test_message ("%s: the table gives %s to differ from both", chain->name,
                      chain->milder != NULL || chain->stricter != NULL ? "a reason" : "no reason");
      fail_or_wait (chain);
    }
}

static void
test_chain (gconstpointer data)
{
  for (Policy policy = VERIFY; policy < N_POLICIES; policy++)
    check_policy (data, policy);
}

static void
test_peers (gconstpointer data)
{
  check_peers (data);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  pki = zoo_pki_new ();

  for (const ZooChain *chain = zoo_chains; chain->name != NULL; chain++)
    {
      g_autofree char *path = g_strconcat ("/zoo/judge/", chain->name, NULL);
      g_autofree char *peers = g_strconcat ("/zoo/peers/", chain->name, NULL);

      g_test_add_data_func (path, chain, test_chain);
      g_test_add_data_func (peers, chain, test_peers);
    }

  result = g_test_run ();
  zoo_pki_free (pki);

  return result;
}
