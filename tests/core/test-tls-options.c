/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-tls-options.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"

static char *folder; /* the working directory */
static char *usys;

static const char *const files[][2] = {
  { "cacert.pem", CERTIFICATE },
  { "a.pem", CERTIFICATE },
  { "k.pem", KEY },
  { "both.pem", CERTIFICATE KEY },
  { "locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n" },
  { "old.pem", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMA==\n" },
  { "der.crt", "\x30\x82\x01\x01xxxx" },
  { "text.pem", "not PEM\n" },
  { "empty.pem", "" },
  { "real.der", "\x30\x82\x01\x01\x30\x82\x01\x01\xa0\x03\x02\x01\x02" },
  { "ca.p7b", "-----BEGIN PKCS7-----\nMA==\n-----END PKCS7-----\n" },
  { "page.pem", "<html><body>Log on</body></html>\n" },
  { "usys/a.crt", CERTIFICATE },
  { "hashed/5ad8a5d6.0", CERTIFICATE },
  { "usys/ca-bundle.crt", "comment\n" CERTIFICATE CERTIFICATE },
};

static void
make_files (void)
{
  g_autoptr(GError) error = NULL;

  folder = g_dir_make_tmp ("postern-XXXXXX", &error);
  g_assert_no_error (error);
  usys = g_build_filename (folder, "usys", NULL);
  g_assert_cmpint (g_mkdir (usys, 0700), ==, 0);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  g_assert_cmpint (g_mkdir ("hashed", 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_assert_true (g_file_set_contents (files[i][0], files[i][1], -1, NULL));
  g_assert_cmpint (mkfifo ("pipe.pem", 0600), ==, 0);
}

static void
remove_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_remove (files[i][0]);
  g_remove ("pipe.pem");
  g_rmdir (usys);
  g_rmdir ("hashed");
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_rmdir (folder);
  g_free (folder);
  g_free (usys);
}

static PosternTlsOptionsPlace
place_for (PosternTlsOptionsMode mode)
{
  return (PosternTlsOptionsPlace){ .mode = mode, .usys_dir = usys, .field = "tls-options" };
}

/* Codes with "!" for an error and "?" for a warning, joined by blanks. */
static char *
summarise (GPtrArray *findings)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      PosternFinding *finding = findings->pdata[i];
      const char *code = postern_finding_get_code (finding);

      g_assert_true (g_str_has_prefix (code, "settings."));
      g_assert_cmpstr (postern_finding_get_field (finding), ==, "tls-options");
      g_string_append_printf (
        text, "%s%s%s", i > 0 ? " " : "", code + strlen ("settings."),
        postern_finding_get_severity (finding) == POSTERN_SEVERITY_ERROR ? "!" : "?");
    }

  return g_string_free (text, FALSE);
}

static GPtrArray *
check (PosternTlsOptionsMode mode, const char *text, GPtrArray *findings)
{
  PosternTlsOptionsPlace place = place_for (mode);
  GPtrArray *options = postern_tls_options_parse (text, &place, findings);
  g_autofree char *summary = summarise (findings);

  if (strchr (summary, '!') == NULL)
    postern_tls_options_check (options, &place, findings);

  return options;
}

/* spec/uniface.md section 12. */
static void
test_vectors (void)
{
  static const struct
  {
    const char *text;
    const char *findings;
    guint n_options;
    guint column; /* of the first finding */
  } rows[] = {
    { "verify_server=1, ca_certificate=cacert.pem, verify_server_name=0", "verification-off?", 3,
      45 },
    { "VFY_SRV=Yes,ca_cert=usys:a.crt", "", 2, 0 },
    { "verify_server = yes", "option-spacing?", 1, 14 },
    { "shared_key=My Secret Key , verify_server=no", "", 2, 0 },
    { "shared_key=k, verify_server=yes", "option-illegal!", 2, 15 },
    { "verify_server=true", "option-illegal!", 0, 15 },
    { "verify_server", "option-incomplete!", 0, 1 },
    { "verify_server=", "option-incomplete!", 0, 1 },
    { "=yes", "option-incomplete!", 0, 1 },
    { "verify_server=yes,", "option-incomplete!", 1, 19 },
    { "verify_server=yes,,ca_cert=a.pem", "option-incomplete!", 2, 19 },
    { "verify_server=yes, verify_server=no", "option-duplicate!", 1, 20 },
    { "verify_server=yes, vfy_srv=yes", "option-duplicate!", 1, 20 },
    { "verify_server=yes, ca_certificate=\"a.pem\"", "file-missing!", 2, 35 },
    { "verify_server=yes, client_key=k.pem", "option-incomplete!", 2, 20 },
    { "ca_certificate=cacert.pem", "no-verification!", 1, 0 },
    { "verify_server=no", "no-verification!", 1, 1 },
    { "verify_server=yes, verify_url_name=yes", "option-unknown!", 1, 20 },
    { "verify_server=yes, min_tls_version=1.4", "option-illegal!", 1, 36 },
    { "verify_server=yes, verify_server_name=dns:*.a.com; IP:::1 ;Email:x@a.com", "", 2, 0 },
    { "verify_server=yes, verify_server_name=a.com", "option-illegal!", 1, 39 },
    { "verify_server=yes, verify_server_name=yes", "option-illegal!", 1, 39 },
    /* and more of section 8 */
    { "", "no-verification!", 0, 0 },
    { "verify_server=yes, ca_certificate=none.pem", "file-missing!", 2, 35 },
    { "verify_server=yes, ca_certificate=usys", "file-missing!", 2, 35 },
    { "verify_server=yes, ca_certificate=pipe.pem", "file-missing!", 2, 35 },
    { "verify_server=yes, ca_certificate=k.pem", "file-not-pem!", 2, 35 },
    { "verify_server=yes, ca_certificate=der.crt", "file-not-pem!", 2, 35 },
    { "verify_server=yes, ca_certificate=text.pem", "file-not-pem!", 2, 35 },
    { "verify_server=yes, ca_location=hashed", "", 2, 0 },
    { "verify_server=yes, ca_location=usys", "file-not-pem?", 2, 32 },
    { "verify_server=yes, ca_location=usys:../hashed, ca_certificate=usys:a.crt", "", 3, 0 },
    { "verify_server=yes, cipher_list=HIGH, min_tls_version=1.3", "option-illegal?", 3, 20 },
    { "verify_server=yes, ca_location=nowhere", "file-missing!", 2, 32 },
    { "verify_server=yes, ca_location=a.pem", "file-missing!", 2, 32 },
    { "verify_server=yes, client_certificate=a.pem, client_key=k.pem", "", 3, 0 },
    { "verify_server=yes, client_certificate=k.pem, client_key=a.pem",
      "file-not-pem! file-not-pem!", 3, 39 },
    { "verify_server=yes, server_certificate=a.pem, server_key=k.pem",
      "option-illegal? option-illegal?", 3, 20 },
    { "verify_server=ignore", "verification-off?", 1, 1 },
    { "verify_client=yes", "no-verification?", 1, 0 },
    { "verify_server=yes ; comment", "option-illegal!", 0, 15 },
    { "verify_server=yes, %/", "option-incomplete!", 1, 20 },
    { "verify_server=yes, max_tls_version=1.2", "option-unknown!", 1, 20 },
    { "verify_server=yes, ca_key=k.pem", "option-unknown!", 1, 20 },
    { "verify_server=yes, http_followlocation=yes", "option-unknown!", 1, 20 },
    { "verify_server=yes, renegotiation=NO, cpr_lst=HIGH:!aNULL", "", 3, 0 },
    { "verify_server=on", "option-illegal!", 0, 15 },
    { "verify_server=yes, verify_server_name=dns:m*l.a.com", "option-illegal!", 1, 43 },
    { "verify_server=yes, verify_server_name=ip:1.2.3", "option-illegal!", 1, 42 },
    { "verify_server=yes, verify_server_name=email:*@a.com", "option-illegal!", 1, 45 },
    { "verify_server=yes, verify_server_name=dns:a.com;", "option-illegal!", 1, 49 },
    { "verify_server=yes, verify_server_name=URI:http://a/b", "", 2, 0 },
    { "ca_cert=usysnone:a.pem, verify_server=yes", "file-missing!", 2, 9 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr(GPtrArray) options = check (POSTERN_TLS_OPTIONS_UNIFACE, rows[i].text, findings);
      g_autofree char *summary = summarise (findings);

      g_test_message ("%s", rows[i].text);
      g_assert_cmpstr (summary, ==, rows[i].findings);
      g_assert_cmpuint (options->len, ==, rows[i].n_options);
      if (findings->len > 0)
        g_assert_cmpuint (postern_finding_get_column (findings->pdata[0]), ==, rows[i].column);
    }
}

static void
test_names_and_values (void)
{
  static const char *const pairs[][2] = {
    { "verify_server", "vfy_srv" },
    { "verify_server_name", "vfy_srv_nm" },
    { "ca_certificate", "ca_cert" },
    { "ca_location", "ca_loc" },
    { "client_certificate", "clt_cert" },
    { "client_key", "clt_key" },
    { "client_key_password", "clt_key_pwd" },
    { "verify_client", "vfy_clt" },
    { "verify_client_name", "vfy_clt_nm" },
    { "server_certificate", "srv_cert" },
    { "server_key", "srv_key" },
    { "server_key_password", "srv_key_pwd" },
    { "shared_key", "sh_key" },
    { "cipher_list", "cpr_lst" },
    { "min_tls_version", "min_tls_v" },
    { "renegotiation", "reneg" },
  };
  PosternTlsOptionsPlace place = place_for (POSTERN_TLS_OPTIONS_UNIFACE);

  g_assert_cmpuint (G_N_ELEMENTS (pairs), ==, POSTERN_N_TLS_OPTIONS);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      const char *value = i == POSTERN_TLS_OPTION_MIN_TLS_VERSION ? "1.3" : "no";
      g_autofree char *text =
        g_strdup_printf ("%s=%s, %s=%s", pairs[i][0], value, pairs[i][1], value);
      g_autoptr(GPtrArray) options = postern_tls_options_parse (text, &place, findings);

      g_assert_cmpuint (options->len, ==, 1);
      g_assert_cmpstr (((PosternTlsOption *) options->pdata[0])->name, ==, pairs[i][0]);
      g_assert_cmpuint (findings->len, ==, 1);
      g_assert_cmpstr (postern_finding_get_code (findings->pdata[0]), ==,
                       "settings.option-duplicate");
    }
}

static PosternTlsPolicy *
policy_of (PosternTlsOptionsMode mode, const char *text, GPtrArray *findings)
{
  PosternTlsOptionsPlace place = place_for (mode);
  g_autoptr(GPtrArray) options = check (mode, text, findings);
  g_autofree char *summary = summarise (findings);

  g_assert_null (strchr (summary, '!'));
  return postern_tls_options_to_policy (options, &place, findings);
}

static void
test_policy_uniface (void)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternTlsPolicy) policy = NULL;
  g_autoptr(PosternTlsPolicy) plain = NULL;
  g_autofree char *bundle = g_build_filename (usys, "ca-bundle.crt", NULL);
  const PosternPeerName *name;

  policy = policy_of (POSTERN_TLS_OPTIONS_UNIFACE,
                      "vfy_srv=Y,vfy_srv_nm=dns:*.Example.org;ip:0::1,ca_cert=a.pem,min_tls_v=1.3,"
                      "vfy_clt=1,clt_cert=both.pem,clt_key=both.pem",
                      findings);
  g_assert_nonnull (policy);
  g_assert_cmpint (policy->verify, ==, POSTERN_VERIFY_YES);
  g_assert_true (policy->verify_name);
  g_assert_true (policy->cn_fallback);
  g_assert_false (policy->system_store);
  g_assert_true (g_path_is_absolute (policy->ca_file));
  g_assert_true (g_str_has_suffix (policy->ca_file, "/a.pem"));
  g_assert_cmpuint (policy->min_version, ==, 0x0304);
  g_assert_true (g_str_has_suffix (policy->client_certificate, "/both.pem"));
  g_assert_true (g_str_has_suffix (policy->client_key, "/both.pem"));
  g_assert_cmpuint (policy->names->len, ==, 2);
  name = policy->names->pdata[1];
  g_assert_cmpint (name->type, ==, POSTERN_PEER_NAME_IP);

  plain = policy_of (POSTERN_TLS_OPTIONS_UNIFACE, "verify_server=yes", findings);
  g_assert_cmpstr (plain->ca_file, ==, bundle);
  g_assert_null (plain->client_certificate);
  g_assert_cmpuint (findings->len, ==, 0);
}

static void
test_policy_generic (void)
{
  static const char *const rows[] = { "", "verify_server=no", "verify_server=ignore",
                                      "vfy_srv = yes" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr(PosternTlsPolicy) policy =
                   policy_of (POSTERN_TLS_OPTIONS_GENERIC, rows[i], findings);
      gboolean off = i == 1 || i == 2;

      g_assert_true (policy->system_store);
      g_assert_false (policy->cn_fallback);
      g_assert_true (policy->verify_name);
      g_assert_cmpint (policy->verify, ==, off ? POSTERN_VERIFY_IGNORE : POSTERN_VERIFY_YES);
      g_assert_cmpuint (findings->len, ==, off ? 1 : 0);
    }
}

static void
test_policy_offer (void)
{
  static const struct
  {
    PosternTlsOptionsMode mode;
    const char *text;
    guint16 min_version;
    const char *ciphers;
    gboolean renegotiation;
  } rows[] = {
    { POSTERN_TLS_OPTIONS_UNIFACE, "verify_server=yes", 0, NULL, TRUE },
    { POSTERN_TLS_OPTIONS_UNIFACE, "vfy_srv=1,min_tls_v=1.0,cpr_lst=ALL:!MD5,reneg=n", 0x0301,
      "ALL:!MD5", FALSE },
    { POSTERN_TLS_OPTIONS_GENERIC, "", 0, NULL, TRUE },
    { POSTERN_TLS_OPTIONS_GENERIC, "ca_cert=a.pem", 0, NULL, TRUE },
    { POSTERN_TLS_OPTIONS_GENERIC, "min_tls_version=1.1", 0x0302, NULL, TRUE },
    { POSTERN_TLS_OPTIONS_GENERIC, "cipher_list=HIGH", 0, "HIGH", TRUE },
    { POSTERN_TLS_OPTIONS_GENERIC, "renegotiation=yes", 0, NULL, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr(PosternTlsPolicy) policy = policy_of (rows[i].mode, rows[i].text, findings);

      g_test_message ("%s", rows[i].text);
      g_assert_cmpint (policy->hashed_dir, ==, rows[i].mode == POSTERN_TLS_OPTIONS_UNIFACE);
      g_assert_cmpuint (policy->min_version, ==, rows[i].min_version);
      g_assert_cmpstr (policy->cipher_list, ==, rows[i].ciphers);
      g_assert_cmpint (policy->renegotiation, ==, rows[i].renegotiation);
    }
}

/* The password goes to the policy, and nowhere else. */
static void
test_policy_password (void)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternTlsPolicy) policy = NULL;
  g_autoptr(PosternTlsPolicy) copy = NULL;

  policy = policy_of (POSTERN_TLS_OPTIONS_GENERIC,
                      "clt_cert=a.pem,clt_key=locked.pem,clt_key_pwd= open sesame = ", findings);
  g_assert_cmpuint (findings->len, ==, 0);
  g_assert_cmpstr (postern_secret_peek (policy->client_key_password, NULL), ==, "open sesame =");
  copy = postern_tls_policy_copy (policy);
  g_assert_true (copy->client_key_password == policy->client_key_password);
  g_assert_cmpstr (copy->client_key, ==, policy->client_key);
}

/* The password that is given for one run; and the sign that a saved account has for its own. */
static void
test_policy_key_password (void)
{
  static const struct
  {
    PosternTlsOptionsMode mode;
    const char *password; /* in the list */
    gboolean given;
    const char *opens; /* NULL: a fault */
  } rows[] = {
    { POSTERN_TLS_OPTIONS_UNIFACE, NULL, TRUE, "given" },
    { POSTERN_TLS_OPTIONS_GENERIC, NULL, TRUE, "given" },
    { POSTERN_TLS_OPTIONS_GENERIC, "listed", TRUE, "listed" },
    { POSTERN_TLS_OPTIONS_GENERIC, "<hidden>", TRUE, "given" },
    { POSTERN_TLS_OPTIONS_UNIFACE, "<hidden>", FALSE, NULL },
    { POSTERN_TLS_OPTIONS_GENERIC, NULL, FALSE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternSecret) given = rows[i].given ? postern_secret_new ("given", -1) : NULL;
      g_autofree char *text =
        g_strconcat ("vfy_srv=1,vfy_clt=1,clt_cert=a.pem,clt_key=locked.pem",
                     rows[i].password != NULL ? ",clt_key_pwd=" : "", rows[i].password, NULL);
      PosternTlsOptionsPlace place = place_for (rows[i].mode);
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr(GPtrArray) options = postern_tls_options_parse (text, &place, findings);
      PosternTlsPolicy *policy;

      place.key_password = given;
      policy = postern_tls_options_to_policy (options, &place, findings);
      g_assert_cmpint (policy == NULL, ==, rows[i].opens == NULL);
      if (policy == NULL)
        {
          g_assert_cmpstr (postern_finding_get_code (findings->pdata[0]), ==,
                           "settings.key-password");
          continue;
        }
      g_assert_cmpstr (postern_secret_peek (policy->client_key_password, NULL), ==, rows[i].opens);
      postern_tls_policy_free (policy);
    }

  {
    PosternTlsOptionsPlace place = place_for (POSTERN_TLS_OPTIONS_GENERIC);
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
    g_autoptr(GPtrArray) options =
                 postern_tls_options_parse ("clt_cert=a.pem,clt_key=old.pem", &place, findings);
    g_autoptr(PosternTlsPolicy) policy = NULL;

    place.looking = TRUE;
    policy = postern_tls_options_to_policy (options, &place, findings);
    g_assert_true (policy->key_locked);
    g_assert_cmpint (postern_finding_get_severity (findings->pdata[0]), ==,
                     POSTERN_SEVERITY_WARNING);
  }
  g_assert_cmpstr (postern_tls_options_find_secret ("verify_server=yes, clt_key_pwd=x"), ==,
                   "client_key_password");
  g_assert_cmpstr (postern_tls_options_find_secret (" SH_KEY = x,y"), ==, "shared_key");
  g_assert_cmpstr (postern_tls_options_find_secret ("shared_key:x"), ==, NULL);
  g_assert_null (postern_tls_options_find_secret ("verify_server=yes, clt_key=x"));
  g_assert_null (postern_tls_options_find_secret (NULL));
}

static void
test_policy_faults (void)
{
  static const struct
  {
    const char *text;
    const char *findings;
  } rows[] = {
    { "shared_key=k", "not-supported?" },
    { "shared_key=My Secret Key , verify_server=no, cipher_list=PSK", "not-supported?" },
    { "verify_server=yes, verify_client=yes", "file-missing! file-missing!" },
    { "verify_server=yes, verify_client=yes, client_certificate=a.pem, client_key=locked.pem",
      "key-password!" },
    { "verify_server=yes, verify_client=yes, client_certificate=a.pem, client_key=old.pem",
      "key-password!" },
    { "verify_server=yes, verify_client=yes, client_certificate=a.pem, client_key=locked.pem, "
      "client_key_password=x",
      "" },
    { "verify_server=yes, cipher_list=HIGH", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      PosternTlsPolicy *policy = policy_of (POSTERN_TLS_OPTIONS_UNIFACE, rows[i].text, findings);
      g_autofree char *summary = summarise (findings);

      g_test_message ("%s", rows[i].text);
      g_assert_cmpstr (summary, ==, rows[i].findings);
      g_assert_cmpint (policy == NULL, ==, strchr (summary, '!') != NULL);
      g_clear_pointer (&policy, postern_tls_policy_free);
    }
}

static void
test_file_says_why (void)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GPtrArray) options =
               check (POSTERN_TLS_OPTIONS_UNIFACE, "verify_server=yes,ca_cert=none.pem", findings);
  const char *text = postern_finding_get_explanation (findings->pdata[0]);

  g_assert_cmpuint (options->len, ==, 2);
  g_assert_nonnull (strstr (text, "none.pem"));
  g_assert_nonnull (strstr (text, "No such file"));
}

/* Secrets, also those with a comma in them, are nowhere in what may be shown. */
/* What a file is instead, and how it becomes what is needed. */
static void
test_file_kinds (void)
{
  static const struct
  {
    const char *text;
    const char *says;
    const char *remedy; /* or NULL */
  } rows[] = {
    { "verify_server=yes, ca_certificate=k.pem", "private key", NULL },
    { "verify_server=yes, ca_certificate=empty.pem", "empty", NULL },
    { "verify_server=yes, ca_certificate=page.pem", "web page", NULL },
    { "verify_server=yes, ca_certificate=der.crt", "DER", NULL },
    { "verify_server=yes, ca_certificate=real.der", "DER", "openssl x509 -inform DER -in " },
    { "verify_server=yes, ca_certificate=ca.p7b", "PKCS #7", "openssl pkcs7 -in " },
    { "verify_server=yes, ca_certificate=usys", "directory", "ca_location" },
    { "verify_server=yes, ca_location=a.pem", "directory", "ca_certificate" },
    { "verify_server=yes, client_certificate=a.pem, client_key=empty.pem", "empty", NULL },
    { "verify_server=yes, client_certificate=a.pem, client_key=real.der", "DER", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      const char *text;
      GPtrArray *remedies;

      g_ptr_array_unref (check (POSTERN_TLS_OPTIONS_UNIFACE, rows[i].text, findings));
      text = postern_finding_get_explanation (findings->pdata[0]);
      remedies = postern_finding_get_remedies (findings->pdata[0]);
      g_test_message ("%s", text);
      g_assert_nonnull (strstr (text, rows[i].says));
      g_assert_cmpuint (remedies->len, ==, rows[i].remedy != NULL ? 1 : 0);
      if (rows[i].remedy != NULL)
        g_assert_nonnull (strstr (((PosternRemedy *) remedies->pdata[0])->text, rows[i].remedy));
    }
}

static void
test_secrets (void)
{
  static const char *const rows[] = {
    "verify_server=yes, client_key_password=hunter2, ca_cert=a.pem",
    "shared_key = hunter2",
    "clt_key_pwd=abc,hunter2",
    "clt_key_pwd=abc,hunter2=x, verify_server=yes",
    "SH_KEY=a=hunter2,b,hunter2",
    "client_key_password=hunter2, client_key_password=hunter2",
    "client_key_password=hunter2\n",
    "client_key_password=a\nhunter2",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr(GPtrArray) options = check (POSTERN_TLS_OPTIONS_UNIFACE, rows[i], findings);
      g_autofree char *text = postern_tls_options_to_text (options);
      g_autofree char *hidden = postern_tls_options_hide_secrets (rows[i]);

      g_assert_null (strstr (text, "hunter2"));
      g_assert_null (strstr (hidden, "hunter2"));
      for (guint j = 0; j < findings->len; j++)
        {
          g_assert_null (strstr (postern_finding_get_explanation (findings->pdata[j]), "hunter2"));
          g_assert_null (strstr (postern_finding_get_title (findings->pdata[j]), "hunter2"));
        }
      for (guint j = 0; j < options->len; j++)
        {
          const PosternTlsOption *option = options->pdata[j];

          g_assert_null (strstr (option->value, "hunter2"));
          g_assert_null (strstr (option->word, "hunter2"));
        }
    }
}

static void
test_random (void)
{
  static const char *const pieces[] = {
    "verify_server", "ca_cert", "shared_key", "vfy_srv_nm", "min_tls_v", "=",      ",", ";",
    "dns:",          "ip:",     "::1",        "yes",        "no",        "ignore", " ", "\"",
    "usys:",         "%",       "\xff",       "\xc3\xbc",   "a.pem",     "\n",     "*", "1.2",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (11);

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr(GPtrArray) options = NULL;
      g_autoptr(GString) text = g_string_new (NULL);
      g_autofree char *hidden = NULL;
      g_autofree char *written = NULL;
      gint32 n = g_rand_int_range (rand, 0, 16);

      while (n-- > 0)
        {
          if (g_rand_int_range (rand, 0, 4) > 0)
            g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
          else
            g_string_append_c (text, (char) g_rand_int_range (rand, 1, 256));
        }
      options = check (i % 2 == 0 ? POSTERN_TLS_OPTIONS_UNIFACE : POSTERN_TLS_OPTIONS_GENERIC,
                       text->str, findings);
      g_assert_cmpuint (options->len, <=, POSTERN_N_TLS_OPTIONS);
      for (guint j = 0; j < findings->len; j++)
        {
          g_assert_true (
            g_utf8_validate (postern_finding_get_explanation (findings->pdata[j]), -1, NULL));
          g_assert_cmpuint (postern_finding_get_column (findings->pdata[j]), <=, text->len + 1);
        }
      hidden = postern_tls_options_hide_secrets (text->str);
      written = postern_tls_options_to_text (options);
    }
}

static void
test_huge (void)
{
  static const char fills[] = ",=a;";

  for (guint i = 0; i < strlen (fills); i++)
    {
      for (gsize size = 60000; size < 5000000; size += 4000000)
        {
          g_autofree char *fill = g_strnfill (size, fills[i]);
          g_autofree char *text = g_strconcat ("verify_server_name=", fill, NULL);
          g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
          g_autoptr(GPtrArray) options = check (POSTERN_TLS_OPTIONS_UNIFACE, text, findings);

          g_assert_cmpuint (options->len, ==, 0);
          g_assert_cmpuint (findings->len, >, 0);
          g_assert_cmpuint (findings->len, <, 100);
        }
    }
}

/* A secret whose equals sign was mistyped is not told. */
static void
test_mistyped_secret (void)
{
  static const char *const lists[] = { "shared_key TOPSECRET", "clt_key_pwd:TOPSECRET",
                                       "client_key_password:TOPSECRET=x",
                                       "verify_server=yes,sh_key TOPSECRET" };
  const PosternTlsOptionsPlace place = { .mode = POSTERN_TLS_OPTIONS_UNIFACE,
                                         .field = "tls-options" };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr(GPtrArray) options = postern_tls_options_parse (lists[i], &place, findings);

      g_assert_nonnull (options);
      g_assert_cmpuint (findings->len, >, 0);
      for (guint j = 0; j < findings->len; j++)
        g_assert_null (strstr (postern_finding_get_explanation (findings->pdata[j]), "TOPSECRET"));
    }
}

/* One option changed in a list that somebody wrote: the rest stays as it is. */
static void
test_set (void)
{
  static const struct
  {
    const char *before;
    const char *after;
  } vectors[] = {
    { "", "ca_certificate=/a b.pem" },
    { " ", "ca_certificate=/a b.pem" },
    { "verify_server=yes", "verify_server=yes, ca_certificate=/a b.pem" },
    { "ca_certificate=x.pem", "ca_certificate=/a b.pem" },
    { "verify_server = yes,CA_CERT = x.pem ,min_tls_version=1.2",
      "verify_server = yes, ca_certificate=/a b.pem,min_tls_version=1.2" },
    { "ca_cert=x.pem, verify_server=yes, ca_certificate=y.pem",
      "ca_certificate=/a b.pem, verify_server=yes" },
    { "shared_key=ca_certificate, ca_certificate", "shared_key=ca_certificate, ca_certificate, "
                                                   "ca_certificate=/a b.pem" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *text =
        postern_tls_options_set (vectors[i].before, POSTERN_TLS_OPTION_CA_CERTIFICATE, "/a b.pem");

      g_assert_cmpstr (text, ==, vectors[i].after);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  make_files ();
  g_test_add_func ("/tls-options/vectors", test_vectors);
  g_test_add_func ("/tls-options/names", test_names_and_values);
  g_test_add_func ("/tls-options/policy/uniface", test_policy_uniface);
  g_test_add_func ("/tls-options/policy/generic", test_policy_generic);
  g_test_add_func ("/tls-options/policy/offer", test_policy_offer);
  g_test_add_func ("/tls-options/policy/password", test_policy_password);
  g_test_add_func ("/tls-options/policy/key-password", test_policy_key_password);
  g_test_add_func ("/tls-options/policy/faults", test_policy_faults);
  g_test_add_func ("/tls-options/file-says-why", test_file_says_why);
  g_test_add_func ("/tls-options/file-kinds", test_file_kinds);
  g_test_add_func ("/tls-options/secrets", test_secrets);
  g_test_add_func ("/tls-options/random", test_random);
  g_test_add_func ("/tls-options/huge", test_huge);
  g_test_add_func ("/tls-options/set", test_set);
  g_test_add_func ("/tls-options/mistyped-secret", test_mistyped_secret);

  status = g_test_run ();
  remove_files ();

  return status;
}
