/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice-ca.h"

#include <glib/gi18n.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#include "model/postern-secret.h"

#define DAY (24 * 60 * 60)
#define LIST_DAYS 30 /* for which the list of revoked certificates counts */
#define SERIAL_LENGTH 16
#define KEY_ID_MAX 64

/* One certificate and its key, while they are being made. */
typedef struct
{
  gnutls_x509_crt_t crt;
  gnutls_x509_privkey_t key;
} Pair;

static void
pair_clear (Pair *self)
{
  if (self->crt != NULL)
    gnutls_x509_crt_deinit (self->crt);
  if (self->key != NULL)
    gnutls_x509_privkey_deinit (self->key);
  self->crt = NULL;
  self->key = NULL;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/* What every certificate has: a new EC P-256 key, a random serial number, a name, its dates. */
static int
pair_init (Pair *self, const char *common_name, int first_day, int last_day)
{
  unsigned int bits = GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1);
  unsigned char serial[SERIAL_LENGTH];
  unsigned char key_id[KEY_ID_MAX];
  gsize key_id_length = sizeof key_id;
  time_t now = time (NULL);
  int ret;

  if ((ret = gnutls_x509_crt_init (&self->crt)) < 0 ||
      (ret = gnutls_x509_privkey_init (&self->key)) < 0 ||
      (ret = gnutls_x509_privkey_generate (self->key, GNUTLS_PK_ECDSA, bits, 0)) < 0 ||
      (ret = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial)) < 0)
    return ret;

  serial[0] = (serial[0] & 0x3f) | 0x40; /* positive, and never shorter (RFC 5280, 4.1.2.2) */

  if ((ret = gnutls_x509_crt_set_version (self->crt, 3)) < 0 ||
      (ret = gnutls_x509_crt_set_key (self->crt, self->key)) < 0 ||
      (ret = gnutls_x509_crt_set_serial (self->crt, serial, sizeof serial)) < 0 ||
      (ret = gnutls_x509_crt_set_dn_by_oid (self->crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                            "Postern practice", strlen ("Postern practice"))) < 0 ||
      (ret = gnutls_x509_crt_set_dn_by_oid (self->crt, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                            (unsigned int) strlen (common_name))) < 0 ||
      (ret = gnutls_x509_crt_set_activation_time (self->crt, now + first_day * DAY)) < 0 ||
      (ret = gnutls_x509_crt_set_expiration_time (self->crt, now + last_day * DAY)) < 0 ||
      (ret = gnutls_x509_crt_get_key_id (self->crt, 0, key_id, &key_id_length)) < 0)
    return ret;

  return gnutls_x509_crt_set_subject_key_id (self->crt, key_id, key_id_length);
}

/* Older than the oldest certificate that it signs. */
static int
pair_init_authority (Pair *self, const char *common_name)
{
  int ret;

  if ((ret = pair_init (self, common_name, -60, 90)) < 0 ||
      (ret = gnutls_x509_crt_set_basic_constraints (self->crt, 1, 0)) < 0 ||
      (ret = gnutls_x509_crt_set_key_usage (self->crt,
                                            GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN)) < 0)
    return ret;

  return gnutls_x509_crt_sign2 (self->crt, self->crt, self->key, GNUTLS_DIG_SHA256, 0);
}

static int
set_names (gnutls_x509_crt_t crt, PracticeCertificate kind)
{
  static const unsigned char v4[4] = { 127, 0, 0, 1 };
  static const unsigned char v6[16] = { [15] = 1 };
  const char *name = kind == PRACTICE_CERTIFICATE_WRONG_NAME ? "mail.hoster.example" : "localhost";
  int ret;

  ret = gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_DNSNAME, name,
                                              (unsigned int) strlen (name), GNUTLS_FSAN_SET);
  if (ret < 0 || kind == PRACTICE_CERTIFICATE_WRONG_NAME)
    return ret;

  ret = gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS, v4, sizeof v4,
                                              GNUTLS_FSAN_APPEND);
  if (ret < 0)
    return ret;

  return gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS, v6, sizeof v6,
                                               GNUTLS_FSAN_APPEND);
}

static int
pair_init_server (Pair *self, Pair *authority, PracticeCertificate kind)
{
  gboolean expired = kind == PRACTICE_CERTIFICATE_EXPIRED;
  const char *name = kind == PRACTICE_CERTIFICATE_WRONG_NAME ? "mail.hoster.example" : "localhost";
  unsigned char key_id[KEY_ID_MAX];
  gsize key_id_length = sizeof key_id;
  int ret;

  if ((ret = pair_init (self, name, expired ? -30 : -1, expired ? -2 : 90)) < 0 ||
      (ret = set_names (self->crt, kind)) < 0 ||
      (ret = gnutls_x509_crt_set_basic_constraints (self->crt, 0, -1)) < 0 ||
      (ret = gnutls_x509_crt_set_key_usage (self->crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0 ||
      (ret = gnutls_x509_crt_set_key_purpose_oid (self->crt, GNUTLS_KP_TLS_WWW_SERVER, 0)) < 0 ||
      (ret = gnutls_x509_crt_get_key_id (authority->crt, 0, key_id, &key_id_length)) < 0 ||
      (ret = gnutls_x509_crt_set_authority_key_id (self->crt, key_id, key_id_length)) < 0)
    return ret;

  return gnutls_x509_crt_sign2 (self->crt, authority->crt, authority->key, GNUTLS_DIG_SHA256, 0);
}

static int
export_certificate (gnutls_x509_crt_t crt, char **pem)
{
  gnutls_datum_t out = { NULL, 0 };
  int ret = gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &out);

  if (ret >= 0)
    *pem = g_strndup ((const char *) out.data, out.size);
  gnutls_free (out.data);
  return ret;
}

/* The list on which the server's certificate is. */
static int
append_list (Pair *server, Pair *authority, char **pem)
{
  const unsigned char number[] = { 1 };
  gnutls_x509_crl_t crl = NULL;
  gnutls_datum_t out = { NULL, 0 };
  time_t now = time (NULL);
  int ret = gnutls_x509_crl_init (&crl);

  if (ret >= 0 && (ret = gnutls_x509_crl_set_version (crl, 2)) >= 0 &&
      (ret = gnutls_x509_crl_set_this_update (crl, now - DAY)) >= 0 &&
      (ret = gnutls_x509_crl_set_next_update (crl, now + LIST_DAYS * DAY)) >= 0 &&
      (ret = gnutls_x509_crl_set_number (crl, number, sizeof number)) >= 0 &&
      (ret = gnutls_x509_crl_set_crt (crl, server->crt, now - DAY)) >= 0 &&
      (ret = gnutls_x509_crl_sign2 (crl, authority->crt, authority->key, GNUTLS_DIG_SHA256, 0)) >=
        0 &&
      (ret = gnutls_x509_crl_export2 (crl, GNUTLS_X509_FMT_PEM, &out)) >= 0)
    {
      g_autofree char *certificate = g_steal_pointer (pem);
      g_autofree char *list = g_strndup ((const char *) out.data, out.size);

      *pem = g_strconcat (certificate, list, NULL);
    }
  gnutls_free (out.data);
  if (crl != NULL)
    gnutls_x509_crl_deinit (crl);

  return ret;
}

/* The leaf with its key, and the authority behind it: both are sent. Set as properties, because
 * g_tls_certificate_new_from_pem() drops the issuer of a certificate that does not verify. */
static GTlsCertificate *
make_chain (Pair *server, Pair *authority, GError **error)
{
  GType type = g_tls_backend_get_certificate_type (g_tls_backend_get_default ());
  g_autoptr(GTlsCertificate) issuer = NULL;
  GTlsCertificate *certificate = NULL;
  g_autofree char *issuer_pem = NULL;
  g_autofree char *server_pem = NULL;
  g_autofree char *key_pem = NULL;
  gnutls_datum_t key = { NULL, 0 };
  int ret;

  if ((ret = export_certificate (authority->crt, &issuer_pem)) < 0 ||
      (ret = export_certificate (server->crt, &server_pem)) < 0 ||
      (ret = gnutls_x509_privkey_export2_pkcs8 (server->key, GNUTLS_X509_FMT_PEM, NULL,
                                                GNUTLS_PKCS_PLAIN, &key)) < 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, gnutls_strerror (ret));
      return NULL;
    }

  key_pem = g_strndup ((const char *) key.data, key.size);
  postern_wipe (key.data, key.size);
  gnutls_free (key.data);

  issuer = g_tls_certificate_new_from_pem (issuer_pem, -1, error);
  if (issuer != NULL)
    certificate = g_initable_new (type, NULL, error, "certificate-pem", server_pem,
                                  "private-key-pem", key_pem, "issuer", issuer, NULL);
  postern_wipe (key_pem, strlen (key_pem));
  return certificate;
}

/**
 * postern_practice_ca_make:
 * @kind: what is to be right or wrong with the server's certificate
 * @ca_pem: (out): the certificate of the authority that is given out, and its list if there is
 *   one, PEM
 * @error: return location
 *
 * Returns: (transfer full): the server's certificate with its key, the authority as its issuer
 */
GTlsCertificate *
postern_practice_ca_make (PracticeCertificate kind, char **ca_pem, GError **error)
{
  gboolean untrusted = kind == PRACTICE_CERTIFICATE_UNTRUSTED;
  gboolean revoked = kind == PRACTICE_CERTIFICATE_REVOKED;
  const char *name = untrusted ? "Unknown authority" : "Practice authority";
  g_auto (Pair) authority = { NULL, NULL };
  g_auto (Pair) server = { NULL, NULL };
  g_auto (Pair) given_out = { NULL, NULL };
  int ret;

  if ((ret = pair_init_authority (&authority, name)) < 0 ||
      (ret = pair_init_server (&server, &authority, kind)) < 0 ||
      (untrusted && (ret = pair_init_authority (&given_out, "Practice authority")) < 0) ||
      (ret = export_certificate (untrusted ? given_out.crt : authority.crt, ca_pem)) < 0 ||
      (revoked && (ret = append_list (&server, &authority, ca_pem)) < 0))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _ ("The practice certificates could not be made: %s"), gnutls_strerror (ret));
      return NULL;
    }

  return make_chain (&server, &authority, error);
}
