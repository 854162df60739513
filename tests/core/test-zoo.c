/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-private.h"

#include "zoo-expect.h"
#include "zoo-peers.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static const char *const policy_names[ZOO_N_POLICIES] = {
  "verify_server=yes",
  "verify_server=ignore",
  "verify_server_name=no",
};

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternVerdict, postern_verdict_clear)

#define DAY (24 * 60 * 60)
#define N_MUTANTS 400

static ZooPki *pki;

static GPtrArray *
describe_all (const PosternVerdict *verdict)
{
  GPtrArray *told = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < verdict->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (verdict->faults, i);

      g_assert_true (!fault->hidden || fault->warning);
      g_assert_true (g_utf8_validate (fault->text, -1, NULL) && *fault->text != '\0');
      g_assert_cmpstr (fault->governed_by, ==,
                       zoo_is_about_name (fault->code) ? "verify_server_name" : "verify_server");
      g_ptr_array_add (told, zoo_fault_text (fault->code, fault->certificate,
                                             fault->hidden    ? ZOO_HIDDEN
                                             : fault->warning ? ZOO_WARNS
                                                              : ZOO_REFUSES));
    }

  return told;
}

static void
free_staple (gpointer data)
{
  g_clear_pointer (&data, g_bytes_unref);
}

/* What is trusted, and the lists of who is revoked. */
static PosternTrustStore *
make_store (const ZooChain *chain)
{
  const PosternTlsPolicy policy = { .verify = POSTERN_VERIFY_YES };
  g_autofree char *trusted = zoo_pki_trust_pem (pki, chain);
  g_autofree char *lists = zoo_pki_crl_pem (pki, chain);
  char *all = g_strconcat (trusted, lists, NULL);
  g_autoptr(GBytes) bundle = g_bytes_new_take (all, strlen (all));
  g_autoptr(GError) error = NULL;
  PosternTrustStore *store = postern_trust_store_new_with_bundle (&policy, bundle, &error);

  g_assert_no_error (error);

  return store;
}

static void
judge_ders (PosternVerdict *verdict,
            const ZooChain *chain,
            GPtrArray *ders,
            PosternTrustStore *store,
            ZooPolicy policy,
            gint64 now)
{
  const PosternTlsPolicy tls = {
    .verify = policy == ZOO_IGNORE ? POSTERN_VERIFY_IGNORE : POSTERN_VERIFY_YES,
    .verify_name = policy != ZOO_NAME_OFF,
  };
  g_autofree char *host = zoo_chain_host (chain);

  verdict->staples = g_ptr_array_new_with_free_func (free_staple);
  g_ptr_array_add (verdict->staples, zoo_pki_staple (pki, chain));
  postern_trust_judge (verdict, store, &tls, host, ders, now);
}

static void
judge_at (PosternVerdict *verdict,
          const ZooChain *chain,
          PosternTrustStore *store,
          ZooPolicy policy,
          gint64 now)
{
  g_autoptr(GPtrArray) ders = zoo_pki_ders (pki, chain);

  judge_ders (verdict, chain, ders, store, policy, now);
}

static void
judge (PosternVerdict *verdict, const ZooChain *chain, PosternTrustStore *store, ZooPolicy policy)
{
  judge_at (verdict, chain, store, policy, g_get_real_time () / G_USEC_PER_SEC);
}

static void
show_texts (const PosternVerdict *verdict)
{
  for (guint i = 0; i < verdict->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (verdict->faults, i);

      g_test_message ("  %s:%u %s", fault->code, fault->certificate, fault->text);
    }
}

static void
check_policy (const ZooChain *chain, PosternTrustStore *store, ZooPolicy policy)
{
  g_auto (PosternVerdict) verdict = { NULL };
  g_autoptr(GPtrArray) expected = zoo_chain_expect (chain, policy);
  g_autoptr(GPtrArray) told = NULL;
  g_autofree char *wanted = zoo_faults_join (expected);
  g_autofree char *heard = NULL;

  judge (&verdict, chain, store, policy);
  told = describe_all (&verdict);
  heard = zoo_faults_join (told);
  if (policy == ZOO_VERIFY)
    show_texts (&verdict);
  if (!zoo_faults_equal (expected, told, policy != ZOO_NAME_OFF))
    {
      g_test_message ("%s, %s: expected “%s”, told “%s”", chain->name, policy_names[policy], wanted,
                      heard);
      g_test_fail ();
      return;
    }

  g_assert_cmpint (verdict.accepted, ==, !zoo_faults_have (expected, ZOO_REFUSES));
  g_assert_cmpint (verdict.verified, ==, !zoo_faults_have (expected, ZOO_HIDDEN));
}

/* Two others are asked: what both refuse is not to be accepted, and what both accept is to be
 * refused for a reason only. */
static void
check_peers (const ZooChain *chain)
{
  g_auto (PosternVerdict) verdict = { NULL };
  g_autoptr(PosternTrustStore) store = make_store (chain);
  g_autofree char *host = zoo_chain_host (chain);
  g_autofree char *trusted = zoo_pki_trust_pem (pki, chain);
  g_autoptr(GPtrArray) ders = zoo_pki_ders (pki, chain);
  g_autofree char *openssl = zoo_ask_openssl (ders, trusted, host);
  g_autofree char *gnutls = zoo_ask_gnutls (ders, trusted, host);
  gboolean accepted;

  judge (&verdict, chain, store, ZOO_VERIFY);
  accepted = verdict.accepted;
  g_test_message ("%-24s Postern %s, OpenSSL: %s, GnuTLS: %s", chain->name,
                  accepted ? "accepts" : "refuses", openssl != NULL ? openssl : "accepts",
                  gnutls != NULL ? gnutls : "accepts");
  if (chain->crl != NULL || chain->staple != NULL)
    return; /* they were not told */

  if ((accepted && openssl != NULL && gnutls != NULL) != (chain->milder != NULL) ||
      (!accepted && openssl == NULL && gnutls == NULL) != (chain->stricter != NULL))
    {
      g_test_message ("%s: the table gives %s to differ from both", chain->name,
                      chain->milder != NULL || chain->stricter != NULL ? "a reason" : "no reason");
      g_test_fail ();
    }
}

static const ZooChain *
find_chain (const char *name)
{
  const ZooChain *chain = zoo_chains;

  while (strcmp (chain->name, name) != 0)
    chain++;

  return chain;
}

static void
test_chain (gconstpointer data)
{
  g_autoptr(PosternTrustStore) store = make_store (data);

  for (ZooPolicy policy = ZOO_VERIFY; policy < ZOO_N_POLICIES; policy++)
    check_policy (data, store, policy);
}

static void
test_peers (gconstpointer data)
{
  check_peers (data);
}

/* RFC 5280, 4.1.2.5: the first and the last second count. */
static void
test_edges (void)
{
  const ZooChain *chain = find_chain ("good-direct");
  g_autoptr(PosternTrustStore) store = make_store (chain);
  g_autoptr(GPtrArray) ders = zoo_pki_ders (pki, chain);
  g_autoptr(PosternCertificate) own =
               postern_certificate_new_from_der (g_ptr_array_index (ders, 0), NULL);
  gint64 first = g_date_time_to_unix (postern_certificate_get_not_before (own));
  gint64 last = g_date_time_to_unix (postern_certificate_get_not_after (own));
  const struct
  {
    gint64 now;
    const char *faults;
  } rows[] = {
    { first - 1, "cert.not-yet-valid:0" },
    { first, "" },
    { last - 31 * DAY, "" },
    { last - 29 * DAY, "~cert.expires-soon:0" },
    { last, "~cert.expires-soon:0" },
    { last + 1, "cert.expired:0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (PosternVerdict) verdict = { NULL };
      g_autoptr(GPtrArray) told = NULL;
      g_autofree char *heard = NULL;

      judge_at (&verdict, chain, store, ZOO_VERIFY, rows[i].now);
      told = describe_all (&verdict);
      heard = zoo_faults_join (told);
      g_assert_cmpstr (heard, ==, rows[i].faults);
    }
}

/* Nothing is accepted that both others refuse, and what is refused has a reason. */
static void
check_mutant (const ZooChain *chain, GPtrArray *ders, PosternTrustStore *store)
{
  g_auto (PosternVerdict) verdict = { NULL };
  g_autoptr(GPtrArray) told = NULL;
  g_autofree char *host = zoo_chain_host (chain);
  g_autofree char *trusted = zoo_pki_trust_pem (pki, chain);
  g_autofree char *openssl = zoo_ask_openssl (ders, trusted, host);
  g_autofree char *gnutls = zoo_ask_gnutls (ders, trusted, host);
  g_autofree char *heard = NULL;

  judge_ders (&verdict, chain, ders, store, ZOO_VERIFY, g_get_real_time () / G_USEC_PER_SEC);
  told = describe_all (&verdict);
  heard = zoo_faults_join (told);

  if (verdict.accepted == zoo_faults_have (told, ZOO_REFUSES))
    g_test_fail_printf ("accepted: %d, told: %s", verdict.accepted, heard);
  if (verdict.accepted && openssl != NULL && gnutls != NULL)
    g_test_fail_printf ("accepted (%s), but by OpenSSL: %s, GnuTLS: %s", heard, openssl, gnutls);
  if (!verdict.accepted && openssl == NULL && gnutls == NULL)
    g_test_message ("refused, though both others accept it: %s", heard);
}

/* Whatever an authority signs, and whatever the one above it signed. */
static void
test_mutants (void)
{
  const ZooChain *chain = find_chain ("good");
  g_autoptr(PosternTrustStore) store = make_store (chain);

  for (guint i = 0; i < N_MUTANTS; i++)
    {
      g_autoptr(GPtrArray) ders = zoo_pki_ders (pki, chain);
      gboolean own = i % 2 == 0;
      GBytes **mutant = (GBytes **) &ders->pdata[own ? 0 : 1];

      g_bytes_unref (*mutant);
      *mutant = own ? zoo_pki_mutate (pki, "good", "issuing", 1 + i % 3)
                    : zoo_pki_mutate (pki, "issuing", "root", 1 + i % 3);
      check_mutant (chain, ders, store);
    }
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

  g_test_add_func ("/zoo/edges", test_edges);
  g_test_add_func ("/zoo/mutants", test_mutants);

  result = g_test_run ();
  zoo_pki_free (pki);

  return result;
}
