/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-certificate-fields.h"
#include "tls/postern-chain.h"
#include "tls/postern-trust-private.h"

#include <stdint.h>

#define N_CHANGES 20

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The length of the SEQUENCE that @data begins with, or all of it. */
static gsize
get_length (const uint8_t *data, gsize size)
{
  gsize length = 0, n = 0;

  if (size < 2 || data[0] != 0x30)
    return size;
  if (data[1] < 0x80)
    return MIN (size, (gsize) data[1] + 2);
  n = data[1] & 0x7f;
  if (n > 3 || n + 2 > size)
    return size;
  for (gsize i = 0; i < n; i++)
    length = length << 8 | data[2 + i];

  return MIN (size, length + n + 2);
}

static PosternTrustStore *
make_store (GBytes *last)
{
  g_autoptr(GPtrArray) trusted = g_ptr_array_new ();
  g_autoptr(GPtrArray) nobody = g_ptr_array_new ();
  PosternTrustStore *store;

  g_ptr_array_add (trusted, last);
  store = postern_trust_store_new_from_ders (trusted, NULL, NULL);

  return store != NULL ? store : postern_trust_store_new_from_ders (nobody, NULL, NULL);
}

/* A chain as it may come from a server, the last of it trusted: a verdict comes of it, which has a
 * place and a text for each fault, and what is shown of it is text. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GPtrArray) ders = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autoptr(PosternTrustStore) store = NULL;
  g_autoptr(GListModel) nodes = NULL;
  PosternVerdict verdict = { NULL };

  for (gsize at = 0; at < size && ders->len < 40;)
    {
      gsize length = get_length (data + at, size - at);

      g_ptr_array_add (ders, g_bytes_new (data + at, length));
      at += length;
    }
  if (ders->len > 0)
    store = make_store (g_ptr_array_index (ders, ders->len - 1));

  postern_trust_judge (&verdict, store, policy, "cryptography.io", ders, 1704067200);
  g_assert_cmpint (verdict.accepted, ==, verdict.verified);
  for (guint i = 0; i < verdict.faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (verdict.faults, i);

      g_assert_cmpuint (fault->certificate, <, MAX (verdict.chain->len, 1));
      g_assert_true (g_utf8_validate (fault->text, -1, NULL));
    }
  for (guint i = 0; i < verdict.chain->len; i++)
    g_object_unref (
      postern_certificate_list_fields (g_ptr_array_index (verdict.chain, i), 1704067200));
  nodes = postern_chain_list_nodes (verdict.chain, verdict.path, verdict.faults);
  g_assert_cmpuint (g_list_model_get_n_items (nodes), >=, verdict.chain->len);
  postern_verdict_clear (&verdict);

  return 0;
}

#ifndef POSTERN_LIBFUZZER

/* Without a fuzzer: runs the files it is given, and changes of them, the same each time. */
int
main (int argc, char *argv[])
{
  const char *wanted = g_getenv ("POSTERN_FUZZ_CHANGES");
  guint n_changes = wanted != NULL ? (guint) g_ascii_strtoull (wanted, NULL, 10) : N_CHANGES;
  g_autoptr(GRand) dice = g_rand_new_with_seed (5280);

  for (int i = 1; i < argc; i++)
    {
      g_autofree char *contents = NULL;
      g_autoptr(GError) error = NULL;
      gsize length;

      if (!g_file_get_contents (argv[i], &contents, &length, &error))
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      LLVMFuzzerTestOneInput ((const uint8_t *) contents, length);
      for (guint n = 0; n < n_changes; n++)
        {
          g_autofree char *changed = g_memdup2 (contents, length);

          for (gint32 k = g_rand_int_range (dice, 1, 4); k > 0; k--)
            changed[g_rand_int_range (dice, 0, (gint32) length)] = (char) g_rand_int (dice);
          LLVMFuzzerTestOneInput ((const uint8_t *) changed, length);
        }
    }

  return 0;
}

#endif
