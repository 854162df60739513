/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-store.h"

#include "model/postern-error.h"
#include "model/postern-secret.h"
#include "tls/postern-ca-contents.h"
#include "tls/postern-crl.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE (16 * 1024 * 1024)
#define MAX_FILES 2000
#define BEGIN_CRL "-----BEGIN X509 CRL-----"
#define MAX_ANCHORS 100000

static void
set_file_error (GError **error, const char *path, int number)
{
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               _ ("The file “%s” cannot be read: %s"), path, g_strerror (number));
}

static GBytes *
read_all (int fd, const char *path, gsize size, GError **error)
{
  char *bytes = g_malloc (size + 1);
  gsize length = 0;

  while (length < size)
    {
      gssize n = read (fd, bytes + length, size - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          set_file_error (error, path, errno);
          postern_wipe (bytes, length);
          g_free (bytes);
          return NULL;
        }
      if (n == 0)
        break;
      length += (gsize) n;
    }

  return g_bytes_new_take (bytes, length);
}

GBytes *
postern_trust_read_file (const char *path, GError **error)
{
  GBytes *bytes = NULL;
  struct stat status;
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    {
      set_file_error (error, path, errno);
      return NULL;
    }

  if (fstat (fd, &status) != 0)
    set_file_error (error, path, errno);
  else if (S_ISDIR (status.st_mode))
    set_file_error (error, path, EISDIR);
  else if (!S_ISREG (status.st_mode))
    set_file_error (error, path, EINVAL);
  else if (status.st_size > MAX_FILE)
    set_file_error (error, path, EFBIG);
  else
    bytes = read_all (fd, path, (gsize) status.st_size, error);

  close (fd);

  return bytes;
}

X509 *
postern_anchor_peek_x509 (PosternAnchor *self)
{
  X509 *x509 = g_atomic_pointer_get (&self->x509);
  gsize length = 0;
  const guchar *bytes, *end;

  if (x509 != NULL)
    return x509;

  bytes = end = g_bytes_get_data (self->der, &length);
  x509 = length <= G_MAXINT ? d2i_X509 (NULL, &end, (long) length) : NULL;
  ERR_clear_error ();
  if (x509 != NULL && end != bytes + length)
    g_clear_pointer (&x509, X509_free);
  if (x509 != NULL && !g_atomic_pointer_compare_and_exchange (&self->x509, NULL, x509))
    X509_free (x509);

  return g_atomic_pointer_get (&self->x509);
}

/* Steps into, or over, what stands at @at. */
static gboolean
step (const guchar **at, const guchar *end, gboolean into, int tag)
{
  long length = 0;
  int found = 0, class = 0;

  if (*at >= end || (ASN1_get_object (at, &length, &found, &class, end - *at) & 0x80) != 0 ||
      (tag >= 0 && found != tag))
    return FALSE;
  if (!into)
    *at += length;

  return TRUE;
}

/* The subject alone, which is what a trusted certificate is found by. */
static X509_NAME *
read_subject (const guchar *bytes, gsize length)
{
  const guchar *at = bytes, *end = bytes + length;
  X509_NAME *name = NULL;

  if (step (&at, end, TRUE, V_ASN1_SEQUENCE) && step (&at, end, TRUE, V_ASN1_SEQUENCE) &&
      (at >= end || *at != 0xa0 || step (&at, end, FALSE, -1)) && /* version */
      step (&at, end, FALSE, V_ASN1_INTEGER) &&                   /* serial number */
      step (&at, end, FALSE, V_ASN1_SEQUENCE) &&                  /* algorithm */
      step (&at, end, FALSE, V_ASN1_SEQUENCE) &&                  /* issuer */
      step (&at, end, FALSE, V_ASN1_SEQUENCE) &&                  /* validity */
      at < end)
    name = d2i_X509_NAME (NULL, &at, end - at);
  ERR_clear_error ();

  return name;
}

/* FALSE: it is no certificate; with @all it is read to its end to know. */
static gboolean
add_anchor (PosternTrustStore *self, const guchar *bytes, gsize length, gboolean all)
{
  X509_NAME *subject = read_subject (bytes, length);
  PosternAnchor *anchor;
  GPtrArray *namesakes;
  gint64 hash;

  if (subject == NULL)
    return FALSE;

  anchor = g_new0 (PosternAnchor, 1);
  anchor->der = g_bytes_new (bytes, length);
  g_ptr_array_add (self->anchors, anchor);

  hash = (gint64) X509_NAME_hash_ex (subject, NULL, NULL, NULL);
  X509_NAME_free (subject);
  namesakes = g_hash_table_lookup (self->by_name, &hash);
  if (namesakes == NULL)
    {
      namesakes = g_ptr_array_new ();
      g_hash_table_insert (self->by_name, g_memdup2 (&hash, sizeof hash), namesakes);
    }
  g_ptr_array_add (namesakes, anchor);

  return !all || postern_anchor_peek_x509 (anchor) != NULL;
}

/* Certificates in PEM; what else is there is passed over, and wiped, as it may be a key. FALSE:
 * there is none, or one that cannot be read; @reason, if it is wanted, is OpenSSL's, or NULL. */
static gboolean
add_certificates (PosternTrustStore *self, GBytes *bytes, gboolean all, const char **reason)
{
  gsize size = 0;
  const char *text = g_bytes_get_data (bytes, &size);
  BIO *bio = BIO_new_mem_buf (text != NULL ? text : "", (int) size);
  char *name = NULL, *header = NULL;
  guchar *data = NULL;
  long length = 0;
  guint n = 0;
  gboolean good = TRUE;

  while (good && self->anchors->len < MAX_ANCHORS &&
         PEM_read_bio (bio, &name, &header, &data, &length) == 1)
    {
      if (strcmp (name, PEM_STRING_X509) == 0 || strcmp (name, PEM_STRING_X509_OLD) == 0)
        {
          good = add_anchor (self, data, (gsize) length, all);
          n++;
        }
      OPENSSL_free (name);
      OPENSSL_free (header);
      OPENSSL_clear_free (data, (size_t) length);
    }
  good =
    good && n > 0 &&
    (ERR_peek_last_error () == 0 || ERR_GET_REASON (ERR_peek_last_error ()) == PEM_R_NO_START_LINE);
  if (reason != NULL)
    *reason = good ? NULL : ERR_reason_error_string (ERR_peek_last_error ());
  BIO_free (bio);
  ERR_clear_error ();

  return good;
}

static gboolean
has_pem (GBytes *bytes, const char *label)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);

  return text != NULL && g_strstr_len (text, (gssize) length, label) != NULL;
}

/* What the file holds; and where nothing of that is wrong, what OpenSSL has against it. */
static void
set_contents_error (GError **error, const char *path, GBytes *bytes, const char *reason)
{
  g_autoptr(PosternCaContents) contents = postern_ca_contents_new (path, bytes);
  g_autofree char *text = postern_ca_contents_describe (contents);

  if (contents->entries->len > 0 && contents->n_broken == 0 && reason != NULL)
    g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                 _ ("%s It cannot be read to its end, though: %s"), text, reason);
  else
    g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, text);
}

static gboolean
add_ca_file (PosternTrustStore *self, const char *path, GBytes *bytes, GError **error)
{
  const char *reason = NULL;

  if (!add_certificates (self, bytes, TRUE, &reason))
    {
      set_contents_error (error, path, bytes, reason);
      return FALSE;
    }
  if (has_pem (bytes, BEGIN_CRL) && !postern_crl_read (bytes, self->crls))
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("The file “%s” holds a list of revoked certificates that cannot be read."),
                   path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
load_ca_file (PosternTrustStore *self, const char *path, GError **error)
{
  GBytes *bytes = postern_trust_read_file (path, error);
  gboolean good;

  if (bytes == NULL)
    return FALSE;

  good = add_ca_file (self, path, bytes, error);
  postern_trust_wipe_bytes (bytes); /* it may hold a key as well */

  return good;
}

static gboolean
load_crl_file (PosternTrustStore *self, const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = postern_trust_read_file (path, error);

  if (bytes == NULL)
    return FALSE;
  if (postern_crl_read (bytes, self->crls))
    return TRUE;

  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
               _ ("The file “%s” holds no list of revoked certificates that can be read."), path);

  return FALSE;
}

/* OpenSSL finds a certificate by the hash of its subject alone: "5ad8a5d6.0". A file that bears
 * another name is not there for it, and so for a system that uses it. */
static gboolean
is_hashed (const char *name, GBytes *bytes)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autofree char *wanted = NULL;
  X509 *certificate;
  BIO *bio;

  if (strspn (name, "0123456789abcdef") != 8 || name[8] != '.' || text == NULL)
    return FALSE;

  bio = BIO_new_mem_buf (text, (int) length);
  certificate = PEM_read_bio_X509_AUX (bio, NULL, NULL, NULL);
  BIO_free (bio);
  ERR_clear_error ();
  if (certificate == NULL)
    return FALSE;

  wanted = g_strdup_printf ("%08lx.", X509_subject_name_hash (certificate));
  X509_free (certificate);

  return g_str_has_prefix (name, wanted);
}

/* Files in the folder that are something else are passed over, as every TLS library does. */
static gboolean
load_ca_dir (PosternTrustStore *self, const PosternTlsPolicy *policy, GError **error)
{
  g_autoptr(GDir) dir = g_dir_open (policy->ca_dir, 0, error);
  const char *name;

  if (dir == NULL)
    return FALSE;

  for (guint i = 0; i < MAX_FILES && (name = g_dir_read_name (dir)) != NULL; i++)
    {
      g_autofree char *file = g_build_filename (policy->ca_dir, name, NULL);
      GBytes *bytes = postern_trust_read_file (file, NULL);

      if (bytes == NULL)
        continue;
      if (has_pem (bytes, BEGIN_CRL) || !has_pem (bytes, "-----BEGIN "))
        postern_crl_read (bytes, self->crls);
      if (has_pem (bytes, "-----BEGIN ") && (!policy->hashed_dir || is_hashed (name, bytes)))
        add_certificates (self, bytes, TRUE, NULL);
      postern_trust_wipe_bytes (bytes);
    }

  return TRUE;
}

static void
anchor_free (PosternAnchor *self)
{
  g_bytes_unref (self->der);
  X509_free (self->x509);
  g_free (self);
}

static PosternTrustStore *
store_new_empty (void)
{
  PosternTrustStore *self = g_new0 (PosternTrustStore, 1);

  self->crls = postern_crl_list_new ();
  self->anchors = g_ptr_array_new_with_free_func ((GDestroyNotify) anchor_free);
  self->by_name =
    g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  return self;
}

/* The system may keep them elsewhere, or not in a file at all: GnuTLS knows. */
static void
add_what_gnutls_trusts (PosternTrustStore *self)
{
  gnutls_x509_trust_list_t list = NULL;
  gnutls_x509_trust_list_iter_t iter = NULL;
  gnutls_x509_crt_t crt = NULL;

  if (gnutls_x509_trust_list_init (&list, 0) < 0)
    g_error ("No memory for the trusted certificates");
  gnutls_x509_trust_list_add_system_trust (list, 0, 0);

  while (self->anchors->len < MAX_ANCHORS &&
         gnutls_x509_trust_list_iter_get_ca (list, &iter, &crt) >= 0)
    {
      gnutls_datum_t der = { NULL, 0 };

      if (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_DER, &der) >= 0)
        add_anchor (self, der.data, der.size, FALSE);
      gnutls_free (der.data);
      gnutls_x509_crt_deinit (crt);
    }
  if (iter != NULL)
    gnutls_x509_trust_list_iter_deinit (iter);
  gnutls_x509_trust_list_deinit (list, 1);
}

/* GnuTLS takes three times as long for the same file, which matters where nobody waits for the
 * network. */
static void
add_system_store (PosternTrustStore *self)
{
  static const char *const files[] = { "/etc/ssl/certs/ca-certificates.crt",
                                       "/etc/pki/tls/certs/ca-bundle.crt",
                                       "/etc/ssl/ca-bundle.pem" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr(GBytes) bytes = postern_trust_read_file (files[i], NULL);

      if (bytes != NULL && add_certificates (self, bytes, FALSE, NULL))
        return;
    }
  add_what_gnutls_trusts (self);
}

PosternTrustStore *
postern_trust_store_new (const PosternTlsPolicy *policy, GError **error)
{
  g_autoptr(PosternTrustStore) self = store_new_empty ();

  if (policy->ca_file != NULL && !load_ca_file (self, policy->ca_file, error))
    return NULL;
  if (policy->ca_dir != NULL && !load_ca_dir (self, policy, error))
    return NULL;
  if (policy->crl_file != NULL && !load_crl_file (self, policy->crl_file, error))
    return NULL;
  if (policy->system_store)
    add_system_store (self);

  return g_steal_pointer (&self);
}

PosternTrustStore *
postern_trust_store_new_from_ders (GPtrArray *certificates, GPtrArray *crls, GError **error)
{
  g_autoptr(PosternTrustStore) self = store_new_empty ();
  gboolean good = TRUE;

  for (guint i = 0; i < certificates->len && good; i++)
    {
      gsize length = 0;
      const guchar *bytes = g_bytes_get_data (certificates->pdata[i], &length);

      good = add_anchor (self, bytes, length, TRUE);
    }
  for (guint i = 0; crls != NULL && i < crls->len && good; i++)
    good = postern_crl_read (crls->pdata[i], self->crls);
  if (!good)
    {
      g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                           _ ("A certificate, or a list of revoked ones, cannot be read."));
      return NULL;
    }

  return g_steal_pointer (&self);
}

PosternTrustStore *
postern_trust_store_new_with_bundle (const PosternTlsPolicy *policy, GBytes *bundle, GError **error)
{
  g_autoptr(PosternTlsPolicy) rest = postern_tls_policy_copy (policy);
  g_autoptr(PosternTrustStore) self = NULL;

  g_clear_pointer (&rest->ca_file, g_free);
  g_clear_pointer (&rest->ca_dir, g_free);
  rest->system_store = FALSE;
  self = postern_trust_store_new (rest, error);
  if (self == NULL || !add_ca_file (self, "", bundle, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
postern_trust_store_free (PosternTrustStore *self)
{
  if (self == NULL)
    return;

  g_ptr_array_unref (self->crls);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->anchors);
  g_free (self);
}

GPtrArray *
postern_trust_store_find (PosternTrustStore *self, const X509_NAME *subject)
{
  gint64 hash = (gint64) X509_NAME_hash_ex (subject, NULL, NULL, NULL);

  return g_hash_table_lookup (self->by_name, &hash);
}

gboolean
postern_trust_store_contains (PosternTrustStore *self, GBytes *der)
{
  for (guint i = 0; i < self->anchors->len; i++)
    if (g_bytes_equal (((PosternAnchor *) self->anchors->pdata[i])->der, der))
      return TRUE;

  return FALSE;
}

void
postern_trust_wipe_bytes (GBytes *bytes)
{
  gsize length = 0;
  gconstpointer data = g_bytes_get_data (bytes, &length);

  /* Nobody else holds it: the reference is ours from the moment the file was read. */
  if (data != NULL)
    postern_wipe ((gpointer) data, length);
  g_bytes_unref (bytes);
}
