/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-repair.h"

#include "tls/postern-trust-private.h"
#include "zoo-peers.h"
#include "zoo-pki.h"

#include <string.h>

/* Every chain of the zoo is mended with every authority of the zoo at hand. What comes out is held
 * against the verdict, and against what two other libraries say of it. */

static ZooPki *pki;
static PosternCaContents *authorities;

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static PosternCaContents *
read_trusted (const ZooChain *chain)
{
  g_autofree char *pem = zoo_pki_trust_pem (pki, chain);
  g_autoptr(GBytes) bytes = g_bytes_new (pem, strlen (pem));

  return postern_ca_contents_new ("zoo.pem", bytes);
}

/* Every authority of the zoo. */
static PosternCaContents *
read_authorities (void)
{
  g_autoptr(GString) names = g_string_new (NULL);
  ZooChain chain = *zoo_chains;

  for (const ZooSpec *spec = zoo_authorities; spec->name != NULL; spec++)
    g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "", spec->name);
  chain.trust = names->str;

  return read_trusted (&chain);
}

static PosternTrustRepair *
mend (const ZooChain *chain, const char *host, GPtrArray *ders)
{
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autoptr(PosternTrustPool) pool = postern_trust_pool_new ();
  g_autoptr(PosternCaContents) trusted = read_trusted (chain);

  policy->system_store = FALSE;
  postern_trust_pool_add_contents (pool, trusted, POSTERN_ORIGIN_PROFILE);
  postern_trust_pool_add_contents (pool, authorities, POSTERN_ORIGIN_GIVEN);

  return postern_trust_repair_new (ders, policy, host, pool, NULL, now ());
}

/* Whether the chain is good as it is, with what the table trusts; lists of revoked ones aside. */
static gboolean
is_good (const ZooChain *chain, const char *host, GPtrArray *ders)
{
  const PosternTlsPolicy policy = { .verify = POSTERN_VERIFY_YES, .verify_name = TRUE };
  g_autofree char *trusted = zoo_pki_trust_pem (pki, chain);
  g_autoptr(GBytes) bundle = g_bytes_new (trusted, strlen (trusted));
  g_autoptr(PosternTrustStore) store = postern_trust_store_new_with_bundle (&policy, bundle, NULL);
  PosternVerdict verdict = { NULL };
  gboolean good;

  g_assert_nonnull (store);
  postern_trust_judge (&verdict, store, &policy, host, ders, now ());
  good = verdict.accepted;
  postern_verdict_clear (&verdict);

  return good;
}

/* Nothing is wrong but that a certificate is missing, which is at hand. */
static gboolean
is_only_incomplete (const ZooChain *chain)
{
  g_auto (GStrv) faults = g_strsplit (chain->faults != NULL ? chain->faults : "", " ", -1);
  gboolean incomplete = FALSE;

  for (gsize i = 0; faults[i] != NULL; i++)
    {
      if (g_str_has_prefix (faults[i], "cert.incomplete-chain"))
        incomplete = TRUE;
      else if (*faults[i] != '\0' && *faults[i] != '~')
        return FALSE;
    }

  return incomplete;
}

/* The certificates of a file, as a server would send them. */
static GPtrArray *
read_ders (const char *pem)
{
  GPtrArray *ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GBytes) bytes = g_bytes_new (pem, strlen (pem));
  g_autoptr(PosternCaContents) contents = postern_ca_contents_new ("x", bytes);

  g_assert_cmpuint (contents->n_broken, ==, 0);
  for (guint i = 0; i < contents->entries->len; i++)
    {
      const PosternCaEntry *entry = g_ptr_array_index (contents->entries, i);

      g_ptr_array_add (ders, g_bytes_ref (postern_certificate_get_der (entry->certificate)));
    }

  return ders;
}

/* Neither of the other two may be alone in the right: one that refuses what was proven is told. */
static void
ask_others (
  const ZooChain *chain, const char *what, GPtrArray *ders, const char *pem, const char *host)
{
  g_autofree char *openssl = zoo_ask_openssl (ders, pem, host);
  g_autofree char *gnutls = zoo_ask_gnutls (ders, pem, host);

  if (openssl != NULL || gnutls != NULL)
    g_test_message ("%s: OpenSSL %s, GnuTLS %s", what, openssl, gnutls);
  if (openssl != NULL && gnutls != NULL && chain->milder == NULL)
    g_test_fail ();
}

static void
test_chain (gconstpointer data)
{
  const ZooChain *chain = data;
  g_autofree char *host = zoo_chain_host (chain);
  g_autoptr(GPtrArray) ders = zoo_pki_ders (pki, chain);
  g_autoptr(PosternTrustRepair) repair = mend (chain, host, ders);
  g_autofree char *text = postern_trust_repair_describe (repair);
  gboolean good = is_good (chain, host, ders);

  g_test_message ("%s, %d: %s", good ? "good" : "bad", (int) repair->state, text);
  g_assert_cmpint (repair->client_pem != NULL, ==, repair->state == POSTERN_REPAIR_PROVEN);
  g_assert_false (repair->wished);
  if (repair->state == POSTERN_REPAIR_FAULTS)
    g_assert_cmpuint (repair->faults->len, >, 0);
  if ((good || is_only_incomplete (chain)) && repair->state != POSTERN_REPAIR_PROVEN)
    g_test_fail ();

  if (repair->client_pem != NULL)
    ask_others (chain, "client", ders, repair->client_pem, host);
  if (repair->client_pem != NULL && repair->server_pem != NULL)
    {
      g_autoptr(GPtrArray) sent = read_ders (repair->server_pem);

      ask_others (chain, "server", sent, repair->client_pem, host);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pki = zoo_pki_new ();
  authorities = read_authorities ();
  for (const ZooChain *chain = zoo_chains; chain->name != NULL; chain++)
    {
      g_autofree char *path = g_strdup_printf ("/trust-zoo/%s", chain->name);

      g_test_add_data_func (path, chain, test_chain);
    }
  status = g_test_run ();
  postern_ca_contents_free (authorities);
  zoo_pki_free (pki);

  return status;
}
