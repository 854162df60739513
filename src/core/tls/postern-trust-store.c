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

static gnutls_datum_t
to_datum (GBytes *bytes)
{
  gsize length = 0;
  gnutls_datum_t datum = { NULL, 0 };

  datum.data = (unsigned char *) g_bytes_get_data (bytes, &length);
  datum.size = (unsigned int) length;

  return datum;
}

/* Returns the number of certificates, or an error of GnuTLS. */
static int
add_certificates (PosternTrustStore *self, GBytes *bytes, gnutls_x509_crt_fmt_t format)
{
  gnutls_datum_t datum = to_datum (bytes);
  gnutls_x509_crt_t *crts = NULL;
  unsigned int n_crts = 0;
  int result;

  if (datum.size == 0)
    return GNUTLS_E_NO_CERTIFICATE_FOUND;

  result = gnutls_x509_crt_list_import2 (&crts, &n_crts, &datum, format, 0);
  if (result < 0)
    return result;

  /* The list owns the certificates from here on. */
  result = gnutls_x509_trust_list_add_cas (self->list, crts, n_crts, 0);
  gnutls_free (crts);

  return result;
}

static gboolean
has_pem (GBytes *bytes, const char *label)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);

  return text != NULL && g_strstr_len (text, (gssize) length, label) != NULL;
}

static gboolean
add_ca_file (PosternTrustStore *self, const char *path, GBytes *bytes, GError **error)
{
  int result = add_certificates (self, bytes, GNUTLS_X509_FMT_PEM);

  if (result < 0)
    {
      g_autoptr(PosternCaContents) contents = postern_ca_contents_new (path, bytes);
      g_autofree char *text = postern_ca_contents_describe (contents);

      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, "%s (%s)", text,
                   gnutls_strerror (result));
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
  g_autoptr(GBytes) bytes = postern_trust_read_file (path, error);

  return bytes != NULL && add_ca_file (self, path, bytes, error);
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
      g_autoptr(GBytes) bytes = postern_trust_read_file (file, NULL);

      if (bytes == NULL)
        continue;
      if (has_pem (bytes, BEGIN_CRL) || !has_pem (bytes, "-----BEGIN "))
        postern_crl_read (bytes, self->crls);
      if (has_pem (bytes, "-----BEGIN ") && (!policy->hashed_dir || is_hashed (name, bytes)))
        add_certificates (self, bytes, GNUTLS_X509_FMT_PEM);
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
  if (gnutls_x509_trust_list_init (&self->list, 0) < 0)
    g_error ("No memory for the trusted certificates");

  return self;
}

static void
add_anchor (PosternTrustStore *self, gnutls_x509_crt_t crt)
{
  gnutls_datum_t datum = { NULL, 0 };
  const guchar *bytes;
  PosternAnchor *anchor;
  GPtrArray *namesakes;
  gint64 hash;
  X509 *x509;

  if (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_DER, &datum) < 0)
    return;

  bytes = datum.data;
  x509 = d2i_X509 (NULL, &bytes, (long) datum.size);
  ERR_clear_error ();
  if (x509 != NULL)
    {
      anchor = g_new0 (PosternAnchor, 1);
      anchor->der = g_bytes_new (datum.data, datum.size);
      anchor->x509 = x509;
      g_ptr_array_add (self->anchors, anchor);

      hash = (gint64) X509_NAME_hash_ex (X509_get_subject_name (x509), NULL, NULL, NULL);
      namesakes = g_hash_table_lookup (self->by_name, &hash);
      if (namesakes == NULL)
        {
          namesakes = g_ptr_array_new ();
          g_hash_table_insert (self->by_name, g_memdup2 (&hash, sizeof hash), namesakes);
        }
      g_ptr_array_add (namesakes, anchor);
    }
  gnutls_free (datum.data);
}

/* All that the list holds, by name: a name may have several certificates, and the list itself
 * tells of one of them alone. */
static void
index_anchors (PosternTrustStore *self)
{
  gnutls_x509_trust_list_iter_t iter = NULL;
  gnutls_x509_crt_t crt = NULL;

  g_hash_table_remove_all (self->by_name);
  g_ptr_array_set_size (self->anchors, 0);
  for (guint i = 0; i < MAX_ANCHORS; i++)
    {
      if (gnutls_x509_trust_list_iter_get_ca (self->list, &iter, &crt) < 0)
        break;
      add_anchor (self, crt);
      gnutls_x509_crt_deinit (crt);
    }
  if (iter != NULL)
    gnutls_x509_trust_list_iter_deinit (iter);
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
    gnutls_x509_trust_list_add_system_trust (self->list, 0, 0);
  index_anchors (self);

  return g_steal_pointer (&self);
}

PosternTrustStore *
postern_trust_store_new_from_ders (GPtrArray *certificates, GPtrArray *crls, GError **error)
{
  g_autoptr(PosternTrustStore) self = store_new_empty ();
  int result = 0;

  for (guint i = 0; i < certificates->len && result >= 0; i++)
    result = add_certificates (self, certificates->pdata[i], GNUTLS_X509_FMT_DER);
  for (guint i = 0; crls != NULL && i < crls->len && result >= 0; i++)
    result = postern_crl_read (crls->pdata[i], self->crls) ? 0 : GNUTLS_E_ASN1_DER_ERROR;
  if (result < 0)
    {
      g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                   _ ("The certificate cannot be read: %s"), gnutls_strerror (result));
      return NULL;
    }
  index_anchors (self);

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
  index_anchors (self);

  return g_steal_pointer (&self);
}

void
postern_trust_store_free (PosternTrustStore *self)
{
  if (self == NULL)
    return;

  if (self->list != NULL)
    gnutls_x509_trust_list_deinit (self->list, 1);
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
