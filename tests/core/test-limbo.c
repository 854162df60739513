/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-private.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <json-glib/json-glib.h>
#include <openssl/x509v3.h>
#include <string.h>

/* The public suite x509-limbo, judged by Postern, and by GnuTLS and OpenSSL asked directly. */

typedef struct
{
  const char *id;
  GPtrArray *trusted; /* element-type GBytes, DER */
  GPtrArray *sent;    /* the server's own first */
  GPtrArray *crls;
  const char *host;
  gint64 now;
  gboolean expected;
} Case;

/* Rules of the suite that are not those of a mail program: a pattern for the names of cases, and
 * why they do not count, whether Postern has them right or not. */
static const struct
{
  const char *cases;
  const char *reason;
} set_aside[] = {
  { "rfc5280::nc::nc-permits-email-*", "certificates of clients: there is no server's name" },
  { "pathlen::max-chain-depth-*-exhausted", "a mail account has no option for the chain's length" },
  { "pathlen::validation-ignores-pathlen-in-leaf",
    "the leaf's key usage lacks digitalSignature: no server can use it (RFC 8446, 4.4.2.2)" },
  { "rfc5280::ca-as-leaf",
    "the leaf's key usage lacks digitalSignature: no server can use it (RFC 8446, 4.4.2.2)" },
  { "rfc5280::serial::*", "pedantic: RFC 5280, 4.1.2.2, asks programs to bear with it; a warning" },
  { "rfc5280::aki::cross-signed-root-missing-aki",
    "pedantic: the suite itself calls it ambiguous" },
  { "rfc5280::aki::leaf-missing-aki",
    "asked of authorities only, home-made ones seldom do it, and no mail client looks" },
  { "rfc5280::aki::intermediate-missing-aki",
    "asked of authorities only, home-made ones seldom do it, and no mail client looks" },
  { "rfc5280::ski::*-missing-ski",
    "asked of authorities only, home-made ones seldom do it, and no mail client looks" },
  { "rfc5280::root-non-critical-basic-constraints",
    "asked of authorities only, and many old roots have it so" },
  { "rfc5280::san::underscore-dns",
    "hosts with such names exist, and every library takes them; a warning" },
  { "rfc5280::san::noncritical-with-empty-subject",
    "home-made certificates have it so, and every library takes them; a warning" },
  { "rfc5280::nc::invalid-dnsname-leading-period",
    "private authorities write constraints so, and every library takes it for what is below" },
  { "rfc5280::nc::permitted-dns-match-noncritical", "the suite says the contrary for the web" },
  { "webpki::aki::*", "web PKI: what the rules of browsers ask of a root" },
  { "webpki::cn::*", "web PKI: what may be a common name; it does not count for mail" },
  { "webpki::eku::*", "web PKI: that purposes are named, and how" },
  { "webpki::san::public-suffix-*", "web PKI: the list of public suffixes" },
  { "webpki::san::san-critical-with-nonempty-subject", "web PKI: which extensions are critical" },
  { "webpki::forbidden-rsa-*not-divisible-by-8-*", "web PKI: lengths of keys" },
  { "webpki::ee-basicconstraints-ca", "web PKI: a leaf that is an authority; a warning" },
};

typedef struct
{
  guint n_cases;
  guint n_right;
  guint n_set_aside;
  guint n_gnutls;
  guint n_openssl;
  gboolean needed[G_N_ELEMENTS (set_aside)];
} Count;

static GBytes *
pem_to_der (const char *pem)
{
  const char *begin = strstr (pem, "-----\n");
  const char *end = begin != NULL ? strstr (begin, "\n-----END") : NULL;
  g_autofree char *body = NULL;
  gsize length = 0;
  guchar *der;

  g_assert_nonnull (end);
  body = g_strndup (begin + strlen ("-----\n"), (gsize) (end - begin) - strlen ("-----\n"));
  der = g_base64_decode (body, &length);

  return g_bytes_new_take (der, length);
}

static void
add_ders (GPtrArray *ders, JsonObject *object, const char *member)
{
  JsonArray *array = json_object_get_array_member (object, member);

  for (guint i = 0; i < json_array_get_length (array); i++)
    g_ptr_array_add (ders, pem_to_der (json_array_get_string_element (array, i)));
}

static gint64
read_time (JsonObject *object)
{
  const char *text = json_object_get_string_member_with_default (object, "validation_time", NULL);
  g_autoptr(GDateTime) when = NULL;

  if (text == NULL)
    return g_get_real_time () / G_USEC_PER_SEC;

  when = g_date_time_new_from_iso8601 (text, NULL);
  g_assert_nonnull (when);

  return g_date_time_to_unix (when);
}

static void
case_read (Case *self, JsonObject *object)
{
  JsonNode *name = json_object_get_member (object, "expected_peer_name");

  self->id = json_object_get_string_member (object, "id");
  self->trusted = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  add_ders (self->trusted, object, "trusted_certs");
  g_ptr_array_add (self->sent,
                   pem_to_der (json_object_get_string_member (object, "peer_certificate")));
  add_ders (self->sent, object, "untrusted_intermediates");
  add_ders (self->crls, object, "crls");
  self->host = JSON_NODE_HOLDS_OBJECT (name)
                 ? json_object_get_string_member (json_node_get_object (name), "value")
                 : NULL;
  self->now = read_time (object);
  self->expected =
    strcmp (json_object_get_string_member (object, "expected_result"), "SUCCESS") == 0;
}

static void
case_clear (Case *self)
{
  g_ptr_array_unref (self->trusted);
  g_ptr_array_unref (self->sent);
  g_ptr_array_unref (self->crls);
}

static gboolean
ask_postern (const Case *self, char **why)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternTrustStore) store =
               postern_trust_store_new_from_ders (self->trusted, self->crls, &error);
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  PosternVerdict verdict = { NULL };
  g_autoptr(GString) text = g_string_new (NULL);
  gboolean accepted;

  g_assert_no_error (error);
  policy->verify_name = self->host != NULL;
  postern_trust_judge (&verdict, store, policy, self->host != NULL ? self->host : "none.test",
                       self->sent, self->now);
  accepted = verdict.accepted;
  for (guint i = 0; i < verdict.faults->len; i++)
    {
      const PosternCertFault *fault = verdict.faults->pdata[i];

      g_string_append_printf (text, "%s %s %u: %s", i > 0 ? ";" : "", fault->code,
                              fault->certificate, fault->text);
    }
  *why = g_strdup (text->str);
  postern_verdict_clear (&verdict);

  return accepted;
}

static gint64 gnutls_now;

static time_t
tell_time (time_t *when)
{
  if (when != NULL)
    *when = (time_t) gnutls_now;

  return (time_t) gnutls_now;
}

static gnutls_datum_t
to_datum (GBytes *bytes)
{
  gsize length = 0;
  gnutls_datum_t datum = { NULL, 0 };

  datum.data = (unsigned char *) g_bytes_get_data (bytes, &length);
  datum.size = (unsigned int) length;

  return datum;
}

static gboolean
ask_gnutls (const Case *self)
{
  gnutls_x509_trust_list_t list = NULL;
  gnutls_x509_crt_t crts[200];
  gnutls_typed_vdata_st data[2] = {
    { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *) GNUTLS_KP_TLS_WWW_SERVER, 0 },
    { GNUTLS_DT_DNS_HOSTNAME, (unsigned char *) self->host, 0 },
  };
  unsigned int n = 0, status = 0;
  gboolean good = TRUE;

  gnutls_now = self->now;
  gnutls_global_set_time_function (tell_time);
  gnutls_x509_trust_list_init (&list, 0);
  for (guint i = 0; i < self->trusted->len && good; i++)
    {
      gnutls_datum_t datum = to_datum (self->trusted->pdata[i]);

      good =
        gnutls_x509_trust_list_add_trust_mem (list, &datum, NULL, GNUTLS_X509_FMT_DER, 0, 0) >= 0;
    }
  for (guint i = 0; i < self->crls->len && good; i++)
    {
      gnutls_datum_t datum = to_datum (self->crls->pdata[i]);

      gnutls_x509_trust_list_add_trust_mem (list, NULL, &datum, GNUTLS_X509_FMT_DER, 0, 0);
    }
  for (guint i = 0; i < self->sent->len && i < G_N_ELEMENTS (crts) && good; i++)
    {
      gnutls_datum_t datum = to_datum (self->sent->pdata[i]);

      gnutls_x509_crt_init (&crts[n++]);
      good = gnutls_x509_crt_import (crts[n - 1], &datum, GNUTLS_X509_FMT_DER) >= 0;
    }
  if (good)
    good = gnutls_x509_trust_list_verify_crt2 (list, crts, n, data, self->host != NULL ? 2 : 1, 0,
                                               &status, NULL) >= 0 &&
           status == 0;
  for (guint i = 0; i < n; i++)
    gnutls_x509_crt_deinit (crts[i]);
  gnutls_x509_trust_list_deinit (list, 1);
  gnutls_global_set_time_function (time);

  return good;
}

static X509 *
to_x509 (GBytes *bytes)
{
  gsize length = 0;
  const guchar *data = g_bytes_get_data (bytes, &length);

  return d2i_X509 (NULL, &data, (long) length);
}

static gboolean
ask_openssl (const Case *self)
{
  X509_STORE *store = X509_STORE_new ();
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  X509_VERIFY_PARAM *param;
  STACK_OF (X509) *untrusted = sk_X509_new_null ();
  X509 *own = to_x509 (self->sent->pdata[0]);
  gboolean good = own != NULL;

  for (guint i = 0; i < self->trusted->len; i++)
    {
      X509 *x509 = to_x509 (self->trusted->pdata[i]);

      if (x509 != NULL)
        X509_STORE_add_cert (store, x509);
      X509_free (x509);
    }
  for (guint i = 0; i < self->crls->len; i++)
    {
      gsize length = 0;
      const guchar *data = g_bytes_get_data (self->crls->pdata[i], &length);
      X509_CRL *crl = d2i_X509_CRL (NULL, &data, (long) length);

      if (crl != NULL)
        X509_STORE_add_crl (store, crl);
      X509_CRL_free (crl);
    }
  for (guint i = 1; i < self->sent->len; i++)
    {
      X509 *x509 = to_x509 (self->sent->pdata[i]);

      if (x509 != NULL)
        sk_X509_push (untrusted, x509);
    }

  if (good)
    {
      X509_STORE_CTX_init (context, store, own, untrusted);
      param = X509_STORE_CTX_get0_param (context);
      X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_SSL_SERVER);
      X509_VERIFY_PARAM_set_time (param, (time_t) self->now);
      if (self->crls->len > 0)
        X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_CRL_CHECK);
      if (self->host != NULL && g_hostname_is_ip_address (self->host))
        X509_VERIFY_PARAM_set1_ip_asc (param, self->host);
      else if (self->host != NULL)
        X509_VERIFY_PARAM_set1_host (param, self->host, 0);
      good = X509_verify_cert (context) == 1;
    }

  X509_free (own);
  sk_X509_pop_free (untrusted, X509_free);
  X509_STORE_CTX_free (context);
  X509_STORE_free (store);

  return good;
}

/* The place in the table, or -1. */
static int
find_reason (const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (set_aside); i++)
    if (g_pattern_match_simple (set_aside[i].cases, id))
      return (int) i;

  return -1;
}

static void
judge_case (const Case *self, Count *count)
{
  g_autofree char *why = NULL;
  gboolean postern = ask_postern (self, &why);
  gboolean gnutls = ask_gnutls (self), openssl = ask_openssl (self);
  int reason = find_reason (self->id);

  if (postern && !self->expected && !gnutls && !openssl)
    g_error ("%s: accepted, though both GnuTLS and OpenSSL refuse it", self->id);

  if (reason >= 0)
    {
      count->n_set_aside++;
      count->needed[reason] |= postern != self->expected;
      g_test_message ("set aside: %s: %s", self->id, set_aside[reason].reason);
      return;
    }

  count->n_cases++;
  count->n_right += postern == self->expected;
  count->n_gnutls += gnutls == self->expected;
  count->n_openssl += openssl == self->expected;
  if (postern != self->expected)
    g_test_message ("wrong: %s: %s, %s", self->id, postern ? "accepted" : "refused", why);
}

static JsonParser *parser;

static void
test_suite (void)
{
  JsonObject *top = json_node_get_object (json_parser_get_root (parser));
  JsonArray *cases = json_object_get_array_member (top, "testcases");
  Count count = { 0 };

  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      Case one;

      case_read (&one, json_array_get_object_element (cases, i));
      judge_case (&one, &count);
      case_clear (&one);
    }

  g_test_message ("%u cases set aside; of the other %u right: Postern %u, GnuTLS %u, OpenSSL %u",
                  count.n_set_aside, count.n_cases, count.n_right, count.n_gnutls, count.n_openssl);
  g_assert_cmpuint (count.n_cases, >=, 135);
  g_assert_cmpuint (count.n_right * 100, >=, count.n_cases * 95);

  /* None of the reasons is there in vain. */
  for (gsize i = 0; i < G_N_ELEMENTS (set_aside); i++)
    if (!count.needed[i])
      g_error ("%s is right without being set aside", set_aside[i].cases);
}

int
main (int argc, char *argv[])
{
  g_autoptr(GError) error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);

  g_assert_cmpint (argc, ==, 2); /* the file */
  parser = json_parser_new_immutable ();
  json_parser_load_from_file (parser, argv[1], &error);
  g_assert_no_error (error);

  g_test_add_func ("/limbo/suite", test_suite);

  result = g_test_run ();
  g_object_unref (parser);

  return result;
}
