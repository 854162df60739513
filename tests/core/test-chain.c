/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-chain.h"

#include "tls/postern-certificate-fields.h"
#include "tls/postern-trust.h"
#include "test-pki.h"

#include <glib/gstdio.h>

#define HOST "mail.example.com"

static char *
write_pem (TestCert *cert)
{
  g_autofree char *pem = test_cert_pem (cert, NULL);

  return test_write_file (pem);
}

/* The list, one line a node: level, place sent, kind, name. */
static char *
describe (GListModel *nodes)
{
  static const char *const kinds[] = { "sent", "store", "missing", "beside" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (nodes); i++)
    {
      g_autoptr(PosternChainNode) node = g_list_model_get_item (nodes, i);

      g_string_append_printf (text, "%u %u %s %s", postern_chain_node_get_level (node),
                              postern_chain_node_get_position (node),
                              kinds[postern_chain_node_get_kind (node)],
                              postern_chain_node_get_label (node));
      for (guint j = 0; j < postern_chain_node_get_faults (node)->len; j++)
        {
          const PosternCertFault *fault =
            g_ptr_array_index (postern_chain_node_get_faults (node), j);

          g_string_append_printf (text, " %s", fault->code);
        }
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

/* The chain as a tree: what was sent in whatever order, what came out of the store, what nobody
 * has. */
static void
test_tree (void)
{
  static const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  static const TestCertSpec intermediate_spec = { .cn = "Test Intermediate", .ca = TRUE };
  static const TestCertSpec other_spec = { .cn = "Other", .ca = TRUE };
  static const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) intermediate = test_cert_new (&intermediate_spec, root, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, intermediate, NULL);
  g_autoptr(TestCert) other = test_cert_new (&other_spec, NULL, NULL);
  g_autofree char *root_file = write_pem (root);
  g_autofree char *other_file = write_pem (other);
  const struct
  {
    const char *ca_file;
    TestCert *chain[4];
    const char *expected;
  } cases[] = {
    { root_file,
      { leaf, intermediate, NULL },
      "0 0 store Test Root\n1 2 sent Test Intermediate\n2 1 sent " HOST "\n" },
    { root_file,
      { leaf, root, intermediate, NULL },
      "0 2 sent Test Root cert.chain-order\n1 3 sent Test Intermediate\n2 1 sent " HOST "\n" },
    { root_file,
      { leaf, intermediate, other, NULL },
      "0 0 store Test Root\n1 2 sent Test Intermediate\n2 1 sent " HOST
      "\n0 3 beside Other cert.chain-order\n" },
    { root_file,
      { leaf, NULL },
      "0 0 missing Test Intermediate\n1 1 sent " HOST " cert.incomplete-chain\n" },
    { other_file,
      { leaf, intermediate, root, NULL },
      "0 3 sent Test Root cert.untrusted-root\n1 2 sent Test Intermediate\n2 1 sent " HOST "\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
      g_autoptr(PosternTrust) trust = NULL;
      g_autoptr(GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_autoptr(GListModel) nodes = NULL;
      g_autofree char *text = NULL;

      policy->system_store = FALSE;
      policy->ca_file = g_strdup (cases[i].ca_file);
      trust = postern_trust_new (policy, HOST);
      g_assert_true (postern_trust_load (trust, NULL));
      for (guint j = 0; cases[i].chain[j] != NULL; j++)
        g_ptr_array_add (ders, test_cert_der (cases[i].chain[j]));
      postern_trust_analyse (trust, ders, g_get_real_time () / G_USEC_PER_SEC);

      nodes =
        postern_chain_list_nodes (postern_trust_get_chain (trust), postern_trust_get_path (trust),
                                  postern_trust_get_faults (trust));
      text = describe (nodes);
      g_assert_cmpstr (text, ==, cases[i].expected);
    }
  g_unlink (root_file);
  g_unlink (other_file);
}

/* What is no certificate has its place all the same, and can be shown and copied. */
static void
test_broken (void)
{
  static const TestCertSpec leaf_spec = { .cn = HOST, .dns = HOST };
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, NULL, NULL);
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autoptr(PosternTrust) trust = NULL;
  g_autoptr(GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GListModel) nodes = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  policy->system_store = FALSE;
  trust = postern_trust_new (policy, HOST);
  g_assert_true (postern_trust_load (trust, NULL));
  g_ptr_array_add (ders, test_cert_der (leaf));
  g_ptr_array_add (ders, g_bytes_new_static ("no certificate", 14));
  g_ptr_array_add (ders, g_bytes_new_static ("", 0));
  postern_trust_analyse (trust, ders, now);

  nodes = postern_chain_list_nodes (postern_trust_get_chain (trust), postern_trust_get_path (trust),
                                    postern_trust_get_faults (trust));
  g_assert_cmpuint (g_list_model_get_n_items (nodes), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(PosternChainNode) node = g_list_model_get_item (nodes, i);
      PosternCertificate *certificate = postern_chain_node_get_certificate (node);
      g_autoptr(GListModel) fields = postern_certificate_list_fields (certificate, now);
      g_autofree char *left = postern_certificate_dup_time_left (certificate, now);

      g_assert_cmpuint (g_list_model_get_n_items (fields), >, 0);
      g_assert_nonnull (left);
      g_assert_nonnull (postern_certificate_get_pem (certificate));
      g_assert_true (g_str_has_prefix (postern_certificate_get_pem (certificate),
                                       "-----BEGIN CERTIFICATE-----\n"));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chain/tree", test_tree);
  g_test_add_func ("/chain/broken", test_broken);
  return g_test_run ();
}
