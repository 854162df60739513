/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-tls-engine.h"

#include "test-pki.h"
#include "tls-peer.h"

#include <glib/gstdio.h>
#include <string.h>

/* What is offered is what the policy allows: versions, suites, and their order. */

#define TLS_1_3_SUITES "1302 1303 1301"

/* The configuration of this computer, which is to have no say. */
static const char configuration[] = "openssl_conf = init\n"
                                    "[init]\n"
                                    "ssl_conf = ssl\n"
                                    "[ssl]\n"
                                    "system_default = defaults\n"
                                    "[defaults]\n"
                                    "MinProtocol = TLSv1.3\n"
                                    "MaxProtocol = TLSv1.3\n"
                                    "CipherString = AES128-SHA:@SECLEVEL=4\n"
                                    "Ciphersuites = TLS_AES_128_CCM_SHA256\n";

static PosternTrust *
load (guint16 min_version, const char *ciphers, const char **code, GError **error)
{
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  g_autoptr(PosternTrust) trust = NULL;

  policy->system_store = FALSE;
  policy->min_version = min_version;
  policy->cipher_list = g_strdup (ciphers);
  trust = postern_trust_new (policy, "mail.test");
  if (postern_trust_load (trust, error))
    return g_steal_pointer (&trust);
  *code = postern_trust_get_load_code (trust);

  return NULL;
}

static ClientHello *
say_hello (PosternTrust *trust, const char *host)
{
  g_autoptr(PosternTlsEngine) engine = postern_tls_engine_new (trust, host);
  const guint8 *bytes;
  gsize length = 0;

  g_assert_cmpint (postern_tls_engine_handshake (engine, NULL), ==, POSTERN_TLS_WANTS_INPUT);
  bytes = postern_tls_engine_peek_output (engine, &length);

  return client_hello_parse (bytes, length);
}

static ClientHello *
say_hello_for (guint16 min_version, const char *ciphers)
{
  const char *code = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternTrust) trust = load (min_version, ciphers, &code, &error);

  g_assert_no_error (error);
  g_assert_nonnull (trust);

  return say_hello (trust, "mail.test");
}

static void
test_versions (void)
{
  static const struct
  {
    guint16 min_version;
    const char *versions;
  } rows[] = {
    { 0, "0304 0303" },
    { 0x0304, "0304" },
    { 0x0303, "0304 0303" },
    { 0x0302, "0304 0303 0302" },
    { 0x0301, "0304 0303 0302 0301" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(ClientHello) hello = say_hello_for (rows[i].min_version, NULL);
      g_autofree char *versions = client_hello_list (hello->versions);
      g_autofree char *suites = client_hello_list (hello->suites);

      g_assert_cmpstr (versions, ==, rows[i].versions);
      g_assert_cmpuint (hello->legacy_version, ==, 0x0303);
      g_assert_true (g_str_has_prefix (suites, TLS_1_3_SUITES));
      if (rows[i].min_version == 0x0304)
        g_assert_cmpstr (suites, ==, TLS_1_3_SUITES);
    }
}

/* A list is taken by its order. */
static void
test_lists (void)
{
  static const struct
  {
    guint16 min_version;
    const char *list;
    const char *suites; /* after those of TLS 1.3 */
  } rows[] = {
    { 0, "ECDHE-RSA-AES128-GCM-SHA256", " c02f" },
    { 0, "ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256", " c030 002f c02f" },
    { 0, "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384", " c02f 002f c030" },
    { 0x0301, "AES256-SHA:AES128-SHA", " 0035 002f" },
    { 0x0302, "AES128-SHA AES256-SHA", " 002f 0035" },
    { 0, "RC4-SHA:AES128-SHA", " 002f" },
    { 0, "NULL-SHA256:AES128-SHA", " 002f" },
    { 0x0301, "NULL-SHA:ADH-AES128-SHA:AECDH-AES128-SHA:AES128-SHA", " 002f" },
    { 0, "aNULL:eNULL:AES128-SHA", " 002f" },
    { 0, "AES128-SHA:@SECLEVEL=0:no-such-suite", " 002f" },
    { 0, "AES128-SHA:AES256-SHA:!AES128-SHA", " 0035" },
    { 0, "AES128-SHA:AES256-SHA:-AES128-SHA:AES128-SHA256", " 0035 003c" },
    { 0, "AES128-SHA:AES256-SHA:+AES128-SHA", " 0035 002f" },
    { 0x0304, "AES128-SHA", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(ClientHello) hello = say_hello_for (rows[i].min_version, rows[i].list);
      g_autofree char *suites = client_hello_list (hello->suites);
      g_autofree char *wanted = g_strconcat (TLS_1_3_SUITES, rows[i].suites, NULL);

      g_test_message ("%s", rows[i].list);
      g_assert_cmpstr (suites, ==, wanted);
    }
}

/* OpenSSL's words: each stands for what OpenSSL says, and never for what is always off. */
static void
test_words (void)
{
  static const char *const lists[] = {
    NULL, "DEFAULT", "ALL", "HIGH", "DEFAULT:!AES256", "ALL:@STRENGTH", "HIGH:aNULL:eNULL:RC4"
  };
  static const guint16 versions[] = { 0, 0x0301 };
  SSL_CTX *context = SSL_CTX_new (TLS_client_method ());
  SSL *ssl = SSL_new (context);

  for (guint i = 0; i < G_N_ELEMENTS (lists) * G_N_ELEMENTS (versions); i++)
    {
      const char *list = lists[i / 2];
      g_autoptr(ClientHello) hello = say_hello_for (versions[i % 2], list);

      g_test_message ("%s", list);
      g_assert_cmpuint (hello->suites->len, >, 8);
      for (guint j = 0; j < hello->suites->len; j++)
        {
          guint16 number = GUINT16_TO_BE (g_array_index (hello->suites, guint16, j));
          const SSL_CIPHER *cipher = SSL_CIPHER_find (ssl, (const unsigned char *) &number);
          char text[256] = "";

          g_assert_nonnull (cipher);
          SSL_CIPHER_description (cipher, text, sizeof text);
          g_assert_null (strstr (text, "Au=None"));
          g_assert_null (strstr (text, "Enc=None"));
          g_assert_null (strstr (text, "RC4"));
          g_assert_null (strstr (text, "PSK"));
          if (list == NULL) /* the HIGH part */
            g_assert_cmpint (SSL_CIPHER_get_bits (cipher, NULL), >=, 128);
          if (g_strcmp0 (list, "DEFAULT:!AES256") == 0 && j >= 3)
            g_assert_null (strstr (text, "AES(256)"));
        }
    }
  SSL_free (ssl);
  SSL_CTX_free (context);
}

static void
test_no_match (void)
{
  static const char *const lists[] = {
    "nonsense",
    "RC4",
    "RC4-SHA",
    "aNULL",
    "eNULL",
    "NULL-SHA256:@SECLEVEL=0",
    "ADH-AES128-SHA",
    "LOW",
    "HIGH:!HIGH",
    "TLS_AES_128_GCM_SHA256",
    ":",
    "!AES128-SHA",
    "PSK-AES128-CBC-SHA",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      const char *code = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", lists[i]);
      g_assert_null (load (0, lists[i], &code, &error));
      g_assert_nonnull (error);
      g_assert_cmpstr (code, ==, "settings.option-illegal");
      g_assert_nonnull (strstr (error->message, lists[i]));
    }
}

/* What else a ClientHello may give away. */
static void
test_extensions (void)
{
  const char *code = NULL;
  g_autoptr(PosternTrust) trust = load (0x0301, NULL, &code, NULL);
  g_autoptr(ClientHello) by_name = say_hello (trust, "mail.example.org");
  g_autoptr(ClientHello) by_whole_name = say_hello (trust, "mail.example.org.");
  g_autoptr(ClientHello) by_address = say_hello (trust, "192.0.2.1");
  g_autoptr(ClientHello) by_address_6 = say_hello (trust, "2001:db8::1");

  g_assert_cmpstr (by_name->server_name, ==, "mail.example.org");
  g_assert_cmpstr (by_whole_name->server_name, ==, "mail.example.org");
  g_assert_null (by_address->server_name);
  g_assert_null (by_address_6->server_name);
  g_assert_false (client_hello_has (by_name->extensions, TLSEXT_TYPE_session_ticket));
  g_assert_false (client_hello_has (by_name->extensions, TLSEXT_TYPE_psk));
}

int
main (int argc, char *argv[])
{
  g_autofree char *path = test_write_file (configuration);
  int result;

  g_setenv ("OPENSSL_CONF", path, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tls-hello/versions", test_versions);
  g_test_add_func ("/tls-hello/lists", test_lists);
  g_test_add_func ("/tls-hello/words", test_words);
  g_test_add_func ("/tls-hello/no-match", test_no_match);
  g_test_add_func ("/tls-hello/extensions", test_extensions);
  result = g_test_run ();
  g_unlink (path);

  return result;
}
