/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-ca-contents.h"

#include "test-pki.h"
#include "tls/postern-trust-store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* A folder with one file of every kind that people name as a CA file by mistake, most of them made
 * by the openssl command, as they would make them. */
static char *folder;

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
put (const char *name, const char *text, gssize length)
{
  g_autofree char *path = path_of (name);
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, text, length, &error);
  g_assert_no_error (error);
}

static void
run (const char *command)
{
  g_autofree char *script = g_strdup_printf ("cd '%s' && %s", folder, command);
  const char *const argv[] = { "/bin/sh", "-c", script, NULL };
  g_autofree char *err = NULL;
  g_autoptr(GError) error = NULL;
  int status = 0;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &err,
                &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", command, err);
}

static void
make_files (void)
{
  const TestCertSpec root_spec = { .cn = "Test Root", .ca = TRUE };
  const TestCertSpec leaf_spec = { .cn = "leaf", .dns = "leaf.test" };
  g_autoptr(TestCert) root = test_cert_new (&root_spec, NULL, NULL);
  g_autoptr(TestCert) leaf = test_cert_new (&leaf_spec, root, NULL);
  g_autoptr(TestCert) self_signed = test_cert_new (&leaf_spec, NULL, NULL);
  g_autofree char *root_pem = test_cert_pem (root, NULL);
  g_autofree char *leaf_pem = test_cert_pem (leaf, NULL);
  g_autofree char *self_pem = test_cert_pem (self_signed, NULL);
  g_autofree char *key = test_cert_key_pem (leaf);
  g_autofree char *crl = test_cert_revoke (root, leaf);
  g_autofree char *both = g_strconcat ("text\n", leaf_pem, key, root_pem, crl, NULL);
  g_autofree char *broken =
    g_strconcat (root_pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", NULL);
  const char *body = strchr (root_pem, '\n') + 1;
  g_autofree char *base64 = g_strndup (body, (gsize) (strstr (body, "-----END") - body));
  g_autofree char *boned = g_strconcat ("\xef\xbb\xbf", root_pem, NULL);

  put ("ca.pem", root_pem, -1);
  put ("leaf.pem", leaf_pem, -1);
  put ("self.pem", self_pem, -1);
  put ("both.pem", both, -1);
  put ("broken.pem", broken, -1);
  put ("key.pem", key, -1);
  put ("crl.pem", crl, -1);
  put ("bare.pem", base64, -1);
  put ("bom.pem", boned, -1);
  put ("empty.pem", "", 0);
  put ("blank.pem", " \n\n", -1);
  put ("page.pem", "<!DOCTYPE html>\n<html><body>Log on</body></html>\n", -1);
  put ("text.pem", "no such thing\n", -1);
  put ("other.pem", "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n", -1);
  put ("half.pem", root_pem, (gssize) strlen (root_pem) / 2);
  put ("zeros.pem", "\0\0\0\0\0\0\0\0", 8);
  run ("openssl x509 -in ca.pem -outform DER -out ca.der");
  run ("openssl x509 -in ca.pem -trustout -addtrust serverAuth -out trusted.pem");
  run ("openssl crl2pkcs7 -nocrl -certfile ca.pem -out ca.p7b");
  run ("openssl crl2pkcs7 -nocrl -certfile ca.pem -outform DER -out ca.p7c");
  run ("openssl pkcs12 -export -in leaf.pem -inkey key.pem -passout pass:x -out leaf.p12");
  run ("openssl req -new -key key.pem -subj /CN=x -out req.pem");
  run ("openssl req -new -key key.pem -subj /CN=x -outform DER -out req.der");
  run ("openssl pkey -in key.pem -pubout -out pub.pem");
  run ("openssl pkey -in key.pem -pubout -outform DER -out pub.der");
  run ("openssl pkey -in key.pem -outform DER -out key.der");
  run ("openssl ec -in key.pem -outform DER -out ec.der");
  run ("openssl genrsa -traditional 2048 | openssl rsa -traditional -outform DER -out rsa.der");
  run ("openssl pkcs8 -topk8 -in key.pem -passout pass:x -outform DER -out locked.der");
  run ("openssl pkcs8 -topk8 -in key.pem -passout pass:x -out locked.pem");
  run ("openssl crl -in crl.pem -outform DER -out crl.der");
  run ("iconv -f ASCII -t UTF-16 ca.pem > utf16.pem");
  /* The shell takes the last line feed away, as some editors do. */
  run ("(printf %s \"$(cat ca.pem)\"; cat self.pem ca.pem) > glued.pem");
  run ("(printf '%s \\r\\n' \"$(cat ca.pem)\"; cat self.pem) > spaced.pem");
  run ("(printf %s \"$(cat key.pem)\"; cat ca.pem) > gluedkey.pem");
  run ("(printf 'CA: '; cat ca.pem) > behind.pem");
  run ("sed 's/END CERT/END X509 CERT/' ca.pem > labels.pem");
  run ("mkdir certs none && cp ca.pem leaf.pem key.pem text.pem certs && cp text.pem none");
}

static const struct
{
  const char *name;
  const char *code; /* NULL: there are certificates */
  PosternFileKind kind;
  guint n_entries;
  guint n_authorities;
  const char *text;    /* is in the description */
  const char *command; /* is how the command begins, or NULL */
} cases[] = {
  { "ca.pem", NULL, POSTERN_FILE_CERTIFICATES, 1, 1, "“Test Root”", NULL },
  { "bom.pem", NULL, POSTERN_FILE_CERTIFICATES, 1, 1, "“Test Root”", NULL },
  { "self.pem", NULL, POSTERN_FILE_CERTIFICATES, 1, 1, "“leaf”", NULL },
  { "leaf.pem", NULL, POSTERN_FILE_CERTIFICATES, 1, 0, "not the certificate of an authority",
    NULL },
  { "both.pem", NULL, POSTERN_FILE_CERTIFICATES, 2, 1, "private key", NULL },
  { "broken.pem", NULL, POSTERN_FILE_CERTIFICATES, 1, 1, "cannot be read", NULL },
  { "glued.pem", NULL, POSTERN_FILE_CERTIFICATES, 3, 3, "goes on after its “-----END", NULL },
  { "gluedkey.pem", NULL, POSTERN_FILE_CERTIFICATES, 1, 1, "goes on after its “-----END", NULL },
  { "spaced.pem", NULL, POSTERN_FILE_CERTIFICATES, 2, 2, "“leaf”.", NULL },
  { "half.pem", "settings.file-not-pem", POSTERN_FILE_CERTIFICATES, 0, 0, "can be read", NULL },
  { "missing.pem", "settings.file-missing", POSTERN_FILE_UNKNOWN, 0, 0, "No such file", NULL },
  { "empty.pem", "settings.file-not-pem", POSTERN_FILE_EMPTY, 0, 0, "empty", NULL },
  { "blank.pem", "settings.file-not-pem", POSTERN_FILE_EMPTY, 0, 0, "empty", NULL },
  { "ca.der", "settings.file-not-pem", POSTERN_FILE_CERTIFICATE_DER, 0, 0, "DER",
    "openssl x509 -inform DER -in " },
  { "trusted.pem", "settings.file-not-pem", POSTERN_FILE_TRUSTED, 0, 0, "TRUSTED",
    "openssl x509 -in " },
  { "ca.p7b", "settings.file-not-pem", POSTERN_FILE_PKCS7, 0, 0, "PKCS #7", "openssl pkcs7 -in " },
  { "ca.p7c", "settings.file-not-pem", POSTERN_FILE_PKCS7_DER, 0, 0, "PKCS #7",
    "openssl pkcs7 -inform DER -in " },
  { "leaf.p12", "settings.file-not-pem", POSTERN_FILE_PKCS12, 0, 0, "PKCS #12",
    "openssl pkcs12 -in " },
  { "req.pem", "settings.file-not-pem", POSTERN_FILE_REQUEST, 0, 0, "request", NULL },
  { "req.der", "settings.file-not-pem", POSTERN_FILE_REQUEST, 0, 0, "request", NULL },
  { "pub.pem", "settings.file-not-pem", POSTERN_FILE_PUBLIC_KEY, 0, 0, "public key", NULL },
  { "pub.der", "settings.file-not-pem", POSTERN_FILE_PUBLIC_KEY, 0, 0, "public key", NULL },
  { "key.pem", "settings.file-not-pem", POSTERN_FILE_KEY, 0, 0, "private key", NULL },
  { "key.der", "settings.file-not-pem", POSTERN_FILE_KEY, 0, 0, "private key", NULL },
  { "ec.der", "settings.file-not-pem", POSTERN_FILE_KEY, 0, 0, "private key", NULL },
  { "rsa.der", "settings.file-not-pem", POSTERN_FILE_KEY, 0, 0, "private key", NULL },
  { "locked.pem", "settings.file-not-pem", POSTERN_FILE_KEY, 0, 0, "private key", NULL },
  { "locked.der", "settings.file-not-pem", POSTERN_FILE_KEY, 0, 0, "private key", NULL },
  { "crl.pem", "settings.file-not-pem", POSTERN_FILE_CRL, 0, 0, "revoked", NULL },
  { "crl.der", "settings.file-not-pem", POSTERN_FILE_CRL_DER, 0, 0, "revoked", NULL },
  { "bare.pem", "settings.file-not-pem", POSTERN_FILE_BASE64, 0, 0, "BEGIN CERTIFICATE",
    "openssl base64 -d -in " },
  { "utf16.pem", "settings.file-not-pem", POSTERN_FILE_UTF16, 0, 0, "UTF-16", "iconv " },
  { "page.pem", "settings.file-not-pem", POSTERN_FILE_HTML, 0, 0, "web page", NULL },
  { "other.pem", "settings.file-not-pem", POSTERN_FILE_PEM_OTHER, 0, 0, "without a certificate",
    NULL },
  { "text.pem", "settings.file-not-pem", POSTERN_FILE_UNKNOWN, 0, 0, "BEGIN", NULL },
  { "zeros.pem", "settings.file-not-pem", POSTERN_FILE_UNKNOWN, 0, 0, "BEGIN", NULL },
  { "certs", NULL, POSTERN_FILE_CERTIFICATES, 2, 1, "folder", NULL },
  { "none", "settings.file-not-pem", POSTERN_FILE_EMPTY, 0, 0, "no certificate", NULL },
};

static void
test_contents (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = path_of (cases[i].name);
      g_autoptr(PosternCaContents) contents = postern_ca_contents_read (path);
      g_autofree char *text = postern_ca_contents_describe (contents);
      g_autofree char *command = postern_ca_contents_dup_command (contents);

      g_test_message ("%s: %s | %s", cases[i].name, text, command);
      g_assert_cmpstr (contents->code, ==, cases[i].code);
      g_assert_cmpint (contents->kind, ==, cases[i].kind);
      g_assert_cmpuint (contents->entries->len, ==, cases[i].n_entries);
      g_assert_cmpuint (contents->n_authorities, ==, cases[i].n_authorities);
      g_assert_nonnull (strstr (text, cases[i].text));
      g_assert_nonnull (strstr (text, folder));
      g_assert_null (strstr (text, "-----BEGIN EC"));
      if (cases[i].command != NULL)
        g_assert_true (g_str_has_prefix (command, cases[i].command));
      else
        g_assert_null (command);
    }
}

/* What the command makes is what was needed. */
static void
test_commands (void)
{
  static const char *const names[] = { "ca.der", "trusted.pem", "ca.p7b",
                                       "ca.p7c", "bare.pem",    "utf16.pem" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = path_of (names[i]);
      g_autoptr(PosternCaContents) contents = postern_ca_contents_read (path);
      g_autofree char *command = postern_ca_contents_dup_command (contents);
      g_autofree char *made = g_strdup (strrchr (command, ' ') + 1);
      g_autofree char *saved = NULL;
      g_autoptr(PosternCaContents) after = NULL;

      /* Those of one name are made one after the other. */
      if (g_file_test (made, G_FILE_TEST_EXISTS))
        {
          saved = g_strconcat (made, ".saved", NULL);
          g_rename (made, saved);
        }
      run (command);
      after = postern_ca_contents_read (made);
      g_assert_null (after->code);
      g_assert_cmpuint (after->n_authorities, ==, 1);
      g_unlink (made);
      if (saved != NULL)
        g_rename (saved, made);
    }
}

static void
test_places (void)
{
  g_autofree char *path = path_of ("both.pem");
  g_autofree char *broken_path = path_of ("broken.pem");
  g_autoptr(PosternCaContents) contents = postern_ca_contents_read (path);
  g_autoptr(PosternCaContents) broken = postern_ca_contents_read (broken_path);
  const PosternCaEntry *entry = g_ptr_array_index (contents->entries, 0);

  g_assert_cmpuint (entry->line, ==, 2);
  g_assert_cmpstr (entry->file, ==, path);
  g_assert_true (contents->has_key);
  g_assert_cmpuint (contents->crls->len, ==, 1);
  g_assert_true (
    g_str_has_prefix (g_ptr_array_index (contents->crls, 0), "-----BEGIN X509 CRL-----"));
  g_assert_cmpuint (broken->n_broken, ==, 1);
  g_assert_cmpuint (broken->broken_line, >, 5);
  g_assert_false (broken->glued);
}

/* The line of the first END is told, which is that of the second BEGIN. */
static void
test_glued (void)
{
  g_autofree char *plain_path = path_of ("ca.pem");
  g_autofree char *path = path_of ("glued.pem");
  g_autofree char *bytes = NULL;
  g_autoptr(PosternCaContents) contents = postern_ca_contents_read (path);
  const PosternCaEntry *second;
  guint n_lines = 0;

  g_assert_true (g_file_get_contents (plain_path, &bytes, NULL, NULL));
  for (const char *p = bytes; *p != '\0'; p++)
    n_lines += *p == '\n';
  g_assert_true (contents->glued);
  g_assert_cmpuint (contents->n_broken, ==, 1);
  g_assert_cmpstr (contents->broken_file, ==, path);
  g_assert_cmpuint (contents->broken_line, ==, n_lines);
  second = g_ptr_array_index (contents->entries, 1);
  g_assert_cmpuint (second->line, ==, n_lines);
}

/* Where the file is refused, the text says why. */
static void
test_refused (void)
{
  static const struct
  {
    const char *name;
    const char *text; /* NULL: it is trusted */
  } files[] = {
    { "ca.pem", NULL },
    { "both.pem", NULL },
    { "spaced.pem", NULL },
    { "glued.pem", "a line break is missing" },
    { "gluedkey.pem", "a line break is missing" },
    { "broken.pem", "The certificate in line" },
    { "text.pem", "holds no line that begins" },
    /* Nothing seems to be wrong with them: OpenSSL knows. */
    { "behind.pem", "cannot be read to its end, though: no start line" },
    { "labels.pem", "cannot be read to its end, though: bad end line" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
      g_autoptr(PosternTrustStore) store = NULL;
      g_autoptr(GError) error = NULL;

      policy->system_store = FALSE;
      policy->ca_file = path_of (files[i].name);
      store = postern_trust_store_new (policy, &error);
      g_test_message ("%s: %s", files[i].name, error != NULL ? error->message : "good");
      if (files[i].text == NULL)
        g_assert_no_error (error);
      else
        g_assert_nonnull (strstr (error->message, files[i].text));
    }
}

/* OpenSSL finds a certificate by a link with a hash for a name: it is one certificate, and stands
 * in the file that the link leads to. */
static void
test_hashed (void)
{
  g_autofree char *path = path_of ("hashed");
  g_autofree char *file = path_of ("hashed/ca.pem");
  g_autoptr(PosternCaContents) contents = NULL;
  g_autoptr(PosternCaContents) of_file = NULL;
  g_autofree char *text = NULL;

  run ("mkdir hashed && cp both.pem hashed/ca.pem && ln -s ca.pem hashed/0a1b2c3d.0 && "
       "ln -s ca.pem hashed/f0e1d2c3.0 && ln -s ca.pem hashed/0a1b2c3d.r0");
  contents = postern_ca_contents_read (path);
  of_file = postern_ca_contents_read (file);
  text = postern_ca_contents_describe (contents);
  g_test_message ("%s", text);
  g_assert_cmpuint (contents->entries->len, ==, of_file->entries->len);
  g_assert_cmpuint (contents->n_authorities, ==, of_file->n_authorities);
  g_assert_cmpuint (contents->crls->len, ==, 1);
  for (guint i = 0; i < contents->entries->len; i++)
    g_assert_cmpstr (((PosternCaEntry *) contents->entries->pdata[i])->file, ==, file);
}

/* A pipe is not waited for, and a file of somebody else's is not there. */
static void
test_unreadable (void)
{
  g_autofree char *pipe = path_of ("pipe");
  g_autofree char *through = path_of ("ca.pem/x");
  g_autoptr(PosternCaContents) of_pipe = NULL;
  g_autoptr(PosternCaContents) of_through = NULL;

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  of_pipe = postern_ca_contents_read (pipe);
  g_assert_cmpstr (of_pipe->code, ==, "settings.file-missing");
  of_through = postern_ca_contents_read (through);
  g_assert_cmpstr (of_through->code, ==, "settings.file-missing");
}

/* A name with a blank is a word of the shell all the same. */
static void
test_quoting (void)
{
  g_autofree char *plain = postern_file_kind_dup_command (POSTERN_FILE_CERTIFICATE_DER, "a/ca.cer");
  g_autofree char *same = postern_file_kind_dup_command (POSTERN_FILE_CERTIFICATE_DER, "ca.pem");
  g_autofree char *blank =
    postern_file_kind_dup_command (POSTERN_FILE_CERTIFICATE_DER, "/x.y/my ca");

  g_assert_cmpstr (plain, ==, "openssl x509 -inform DER -in a/ca.cer -out a/ca.pem");
  g_assert_cmpstr (same, ==, "openssl x509 -inform DER -in ca.pem -out ca-converted.pem");
  g_assert_cmpstr (blank, ==, "openssl x509 -inform DER -in '/x.y/my ca' -out '/x.y/my ca.pem'");
}

/* Beginnings of files, cut anywhere: the kinds are guessed within what is there. */
static void
test_cuts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = path_of (cases[i].name);
      g_autofree char *bytes = NULL;
      gsize length = 0;

      if (!g_file_get_contents (path, &bytes, &length, NULL))
        continue;
      for (gsize n = 0; n <= MIN (length, 80); n++)
        {
          g_autofree char *cut = g_memdup2 (bytes, n);

          postern_file_kind_of (cut, n);
        }
    }
}

/* Whatever is broken in a file, it is read to its end, and within it. */
static void
test_random (void)
{
  g_autofree char *path = path_of ("both.pem");
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_autoptr(GRand) random = g_rand_new_with_seed (4711);

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (guint i = 0; i < 500; i++)
    {
      gsize n = (gsize) g_rand_int_range (random, 0, (gint32) length + 1);
      char *cut = g_memdup2 (bytes, n);
      g_autoptr(GBytes) broken = NULL;
      g_autoptr(PosternCaContents) contents = NULL;
      g_autofree char *text = NULL;

      for (guint k = 0; n > 0 && k < i % 8; k++)
        cut[g_rand_int_range (random, 0, (gint32) n)] = (char) g_rand_int_range (random, 0, 256);
      broken = g_bytes_new_take (cut, n);
      contents = postern_ca_contents_new ("x", broken);
      text = postern_ca_contents_describe (contents);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpuint (contents->entries->len, <=, 2);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("postern-ca-XXXXXX", NULL);
  make_files ();

  g_test_add_func ("/ca-contents/contents", test_contents);
  g_test_add_func ("/ca-contents/commands", test_commands);
  g_test_add_func ("/ca-contents/places", test_places);
  g_test_add_func ("/ca-contents/hashed", test_hashed);
  g_test_add_func ("/ca-contents/glued", test_glued);
  g_test_add_func ("/ca-contents/refused", test_refused);
  g_test_add_func ("/ca-contents/unreadable", test_unreadable);
  g_test_add_func ("/ca-contents/quoting", test_quoting);
  g_test_add_func ("/ca-contents/cuts", test_cuts);
  g_test_add_func ("/ca-contents/random", test_random);
  status = g_test_run ();

  run ("rm -rf -- \"$PWD\"");
  g_free (folder);

  return status;
}
