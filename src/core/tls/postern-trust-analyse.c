/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-private.h"

#include "tls/postern-certificate-private.h"
#include "tls/postern-peer-name.h"
#include "tls/postern-trust-path.h"
#include "tls/postern-trust-pin.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <string.h>

#define SOON_DAYS 30
#define MIN_RSA_BITS 2048
#define MIN_EC_BITS 224

/* The order in which a person would name the cause: what ended the certificate for good; its
 * dates, which mend most; then who vouches for it; then the rest of the chain; then for whom it
 * is; then what it may be used for, and how strong it is. Dates of certificates other than the
 * server's own come after the questions of trust. */
static const char *const ranking[] = {
  "cert.malformed",        "cert.revoked",          "cert.expired",
  "cert.not-yet-valid",    "cert.self-signed",      "cert.untrusted-root",
  "cert.incomplete-chain", "cert.bad-signature",    "",
  "cert.not-a-ca",         "cert.name-constraints", "cert.critical-extension",
  "cert.no-san",           "cert.name-mismatch",    "cert.wrong-purpose",
  "cert.weak-key",         "cert.weak-signature",   "cert.chain-order",
  "cert.expires-soon",
};

typedef struct
{
  PosternVerdict *verdict;
  PosternTrustStore *store;
  const PosternTlsPolicy *policy;
  const char *host;
  gint64 now;
  PosternPath path;
  unsigned int status; /* of GnuTLS, without dates */
} Look;

static PosternCertFault *
add_fault (Look *look, const char *code, guint index, const char *governed_by, char *text)
{
  PosternCertFault *fault = postern_cert_fault_new (code, index, governed_by, text);

  g_ptr_array_add (look->verdict->faults, fault);

  return fault;
}

static gboolean
has_fault (const Look *look, const char *code)
{
  for (guint i = 0; i < look->verdict->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (look->verdict->faults, i);

      if (code == NULL ? !fault->warning : strcmp (fault->code, code) == 0)
        return TRUE;
    }

  return FALSE;
}

static char *
format_date (GDateTime *when)
{
  return when != NULL ? g_date_time_format (when, "%Y-%m-%d %H:%M UTC") : g_strdup ("?");
}

/* The sentence that fits the place of a certificate in the chain. */
static char *
place_text (guint index,
            gboolean anchor,
            const char *own,
            const char *sent,
            const char *trusted,
            const char *label,
            const char *fact)
{
  return g_strdup_printf (anchor ? trusted : index == 0 ? own : sent, label, fact);
}

static void
look_at_dates (Look *look, PosternCertificate *certificate, guint index, gboolean anchor)
{
  GDateTime *not_before = postern_certificate_get_not_before (certificate);
  GDateTime *not_after = postern_certificate_get_not_after (certificate);
  const char *label = postern_certificate_get_label (certificate);
  g_autofree char *from = format_date (not_before);
  g_autofree char *until = format_date (not_after);

  if (not_after == NULL || g_date_time_to_unix (not_after) < look->now)
    add_fault (
      look, "cert.expired", index, "verify_server",
      place_text (index, anchor, _ ("The server’s certificate, “%s”, expired on %s."),
                  _ ("The certificate “%s”, which the server sends in its chain, expired "
                     "on %s; clients that use GnuTLS refuse this even beside a good path."),
                  _ ("The trusted certificate “%s” expired on %s."), label, until));
  else if (not_before == NULL || g_date_time_to_unix (not_before) > look->now)
    add_fault (
      look, "cert.not-yet-valid", index, "verify_server",
      place_text (index, anchor, _ ("The server’s certificate, “%s”, is not valid before %s."),
                  _ ("The certificate “%s” in the server’s chain is not valid before %s."),
                  _ ("The trusted certificate “%s” is not valid before %s."), label, from));
  else if (!anchor && g_date_time_to_unix (not_after) - look->now < SOON_DAYS * 24 * 60 * 60)
    add_fault (look, "cert.expires-soon", index, "verify_server",
               g_strdup_printf (_ ("The certificate “%s” expires soon, on %s."), label, until))
      ->warning = TRUE;
}

static void
look_at_all_dates (Look *look)
{
  for (guint i = 0; i < look->verdict->chain->len; i++)
    {
      PosternCertificate *certificate = g_ptr_array_index (look->verdict->chain, i);

      look_at_dates (
        look, certificate, i,
        postern_trust_store_contains (look->store, postern_certificate_peek (certificate)) &&
          i > 0);
    }

  if (look->path.n_links > 0)
    {
      const PosternPathLink *last = &look->path.links[look->path.n_links - 1];
      gboolean sent = FALSE;

      for (guint i = 0; i < look->verdict->chain->len; i++)
        sent |= postern_certificate_equal (g_ptr_array_index (look->verdict->chain, i),
                                           last->certificate);
      if (!sent)
        look_at_dates (look, last->certificate, last->index, TRUE);
    }
}

static gboolean
has_ca_issuers (gnutls_x509_crt_t crt)
{
  gnutls_datum_t uri = { NULL, 0 };
  gboolean found = FALSE;

  for (unsigned int i = 0; i < 8 && !found; i++)
    {
      int result =
        gnutls_x509_crt_get_authority_info_access (crt, i, GNUTLS_IA_CAISSUERS_URI, &uri, NULL);

      found = result >= 0;
      if (found)
        gnutls_free (uri.data);
      else if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        break;
    }

  return found;
}

/* The issuer's certificate is nowhere. A root is seldom sent, so this is either a root that is not
 * trusted, or an intermediate certificate that the server leaves out; the certificate itself does
 * not say which. A server's certificate with the address of its issuer's certificate comes from a
 * public authority, and these never issue from a root; else the issuer's name may tell. */
static gboolean
issuer_is_intermediate (const PosternPathLink *last)
{
  static const char *const words[] = { "intermediate", "issuing", "subordinate", "sub ca",
                                       "sub-ca" };
  g_autofree char *issuer = g_utf8_strdown (postern_certificate_get_issuer (last->certificate), -1);

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (issuer, words[i]) != NULL)
      return TRUE;

  return last->index == 0 && has_ca_issuers (postern_certificate_peek (last->certificate));
}

static void
add_no_issuer (Look *look, const PosternPathLink *last)
{
  const char *label = postern_certificate_get_label (last->certificate);
  const char *issuer = postern_certificate_get_issuer (last->certificate);

  if (issuer_is_intermediate (last))
    add_fault (look, "cert.incomplete-chain", last->index, "verify_server",
               g_strdup_printf (_ ("The server does not send the certificate of “%s”, which issued "
                                   "“%s”, and the trusted certificates do not hold it either."),
                                issuer, label));
  else
    add_fault (look, "cert.untrusted-root", last->index, "verify_server",
               g_strdup_printf (_ ("“%s” was issued by “%s”, which is not among the trusted "
                                   "certificates and was not sent by the server."),
                                label, issuer));
}

static void
add_path_fault (Look *look)
{
  const PosternPathLink *last = &look->path.links[look->path.n_links - 1];
  const char *label = postern_certificate_get_label (last->certificate);
  const char *code = "cert.untrusted-root";
  const char *format;

  switch (look->path.end)
    {
    case POSTERN_PATH_NO_ISSUER:
      add_no_issuer (look, last);
      return;

    case POSTERN_PATH_SELF_SIGNED:
      code = "cert.self-signed";
      format =
        _ ("The server’s certificate, “%s”, is signed by itself and is not among the trusted "
           "certificates.");
      break;

    case POSTERN_PATH_OTHER_KEY:
      label = postern_certificate_get_issuer (last->certificate);
      format = _ ("The trusted certificates hold one with the name “%s”, but another key signed "
                  "this chain.");
      break;

    case POSTERN_PATH_RING:
      format =
        _ ("The certificates that the server sends, up to “%s”, certify each other in a ring "
           "and lead to no trusted certificate.");
      break;

    case POSTERN_PATH_UNKNOWN_ROOT:
    case POSTERN_PATH_TRUSTED:
    default:
      format = _ ("The chain ends in “%s”, which is not among the trusted certificates.");
      break;
    }

  add_fault (look, code, last->index, "verify_server", g_strdup_printf (format, label));
}

static void
look_at_trust (Look *look)
{
  if (look->path.end != POSTERN_PATH_TRUSTED &&
      ((look->status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0 ||
       look->path.end == POSTERN_PATH_OTHER_KEY))
    add_path_fault (look);
  else if ((look->status & GNUTLS_CERT_SIGNATURE_FAILURE) != 0)
    add_fault (look, "cert.bad-signature", 0, "verify_server",
               g_strdup (_ ("A signature in the chain was not made by the key of the issuer.")));

  if ((look->status & GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS) != 0)
    add_fault (look, "cert.critical-extension", 0, "verify_server",
               g_strdup (_ ("A certificate in the chain has a critical extension that is not "
                            "known.")));
}

/* RFC 5280, 4.2.1.3 and 4.2.1.9. A trusted certificate of version 1 cannot say what it is. */
static void
look_at_issuer (Look *look, const PosternPathLink *link, guint n_below)
{
  gnutls_x509_crt_t crt = postern_certificate_peek (link->certificate);
  const char *label = postern_certificate_get_label (link->certificate);
  unsigned int usage = 0, ca = 0;
  int max_below = -1;
  const char *format = NULL;

  if (link->anchor && gnutls_x509_crt_get_version (crt) == 1)
    return;

  if (gnutls_x509_crt_get_basic_constraints (crt, NULL, &ca, &max_below) < 0 || !ca)
    format = _ ("“%s” issued a certificate of the chain, but is not the certificate of an "
                "authority.");
  else if (gnutls_x509_crt_get_key_usage (crt, &usage, NULL) >= 0 &&
           (usage & GNUTLS_KEY_KEY_CERT_SIGN) == 0)
    format = _ ("“%s” issued a certificate of the chain, but its key may not sign certificates.");
  else if (max_below >= 0 && n_below > (guint) max_below)
    format = _ ("“%s” does not allow as many authorities below it as this chain has.");

  if (format != NULL)
    add_fault (look, "cert.not-a-ca", link->index, "verify_server",
               g_strdup_printf (format, label));
}

static void
look_at_issuers (Look *look)
{
  guint n_below = 0;

  for (guint i = 1; i < look->path.n_links; i++)
    {
      look_at_issuer (look, &look->path.links[i], n_below);
      if (!postern_certificate_is_self_issued (look->path.links[i].certificate))
        n_below++;
    }

  if ((look->status & GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE) != 0 &&
      !has_fault (look, "cert.not-a-ca"))
    add_fault (look, "cert.name-constraints", 0, "verify_server",
               g_strdup_printf (_ ("An authority of the chain may not issue certificates for the "
                                   "names in “%s”."),
                                postern_certificate_get_label (look->path.links[0].certificate)));
}

static gboolean
allows_server (gnutls_x509_crt_t crt)
{
  gboolean any = FALSE;

  for (unsigned int i = 0; i < 64; i++)
    {
      char oid[128];
      size_t size = sizeof oid;
      int result = gnutls_x509_crt_get_key_purpose_oid (crt, i, oid, &size, NULL);

      if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return !any;
      any = TRUE;
      if (result >= 0 &&
          (strcmp (oid, GNUTLS_KP_TLS_WWW_SERVER) == 0 || strcmp (oid, GNUTLS_KP_ANY) == 0))
        return TRUE;
    }

  return FALSE;
}

static void
look_at_purpose (Look *look)
{
  gnutls_x509_crt_t own = postern_certificate_peek (look->path.links[0].certificate);
  unsigned int usage = 0;

  for (guint i = 0; i < look->path.n_links; i++)
    {
      const PosternPathLink *link = &look->path.links[i];

      if ((link->anchor && i > 0) || allows_server (postern_certificate_peek (link->certificate)))
        continue;
      add_fault (look, "cert.wrong-purpose", link->index, "verify_server",
                 g_strdup_printf (_ ("The certificate “%s” is not meant for servers: its extended "
                                     "key usage does not name serverAuth."),
                                  postern_certificate_get_label (link->certificate)));
    }

  /* RFC 8446, 4.4.2.2; so also every cipher suite of TLS 1.2 with forward secrecy. */
  if (gnutls_x509_crt_get_key_usage (own, &usage, NULL) >= 0 &&
      (usage & GNUTLS_KEY_DIGITAL_SIGNATURE) == 0)
    add_fault (look, "cert.wrong-purpose", 0, "verify_server",
               g_strdup_printf (_ ("The key of “%s” may not sign, as the key of a TLS server must: "
                                   "its key usage lacks digitalSignature."),
                                postern_certificate_get_label (look->path.links[0].certificate)));
}

static gboolean
is_weak_key (gnutls_x509_crt_t crt)
{
  unsigned int bits = 0;

  switch (gnutls_x509_crt_get_pk_algorithm (crt, &bits))
    {
    case GNUTLS_PK_RSA:
    case GNUTLS_PK_RSA_PSS:
    case GNUTLS_PK_DSA:
      return bits < MIN_RSA_BITS;

    case GNUTLS_PK_ECDSA:
      return bits < MIN_EC_BITS;

    default:
      return FALSE;
    }
}

static gboolean
is_weak_signature (gnutls_x509_crt_t crt)
{
  int algorithm = gnutls_x509_crt_get_signature_algorithm (crt);

  if (algorithm <= 0)
    return FALSE;

  switch ((int) gnutls_sign_get_hash_algorithm ((gnutls_sign_algorithm_t) algorithm))
    {
    case GNUTLS_DIG_MD2:
    case GNUTLS_DIG_MD5:
    case GNUTLS_DIG_SHA1:
    case GNUTLS_DIG_RMD160:
      return TRUE;

    default:
      return FALSE;
    }
}

static void
look_at_strength (Look *look)
{
  for (guint i = 0; i < look->path.n_links; i++)
    {
      const PosternPathLink *link = &look->path.links[i];
      gnutls_x509_crt_t crt = postern_certificate_peek (link->certificate);
      const char *label = postern_certificate_get_label (link->certificate);

      if (is_weak_key (crt))
        add_fault (look, "cert.weak-key", link->index, "verify_server",
                   g_strdup_printf (_ ("The key of “%s” is too weak: %s."), label,
                                    postern_certificate_get_key (link->certificate)));

      /* Nobody relies on the signature of a certificate that is trusted as it is, or of a root. */
      if (is_weak_signature (crt) && !link->anchor &&
          !postern_certificate_is_self_issued (link->certificate))
        add_fault (look, "cert.weak-signature", link->index, "verify_server",
                   g_strdup_printf (_ ("The signature of “%s” uses a broken algorithm: %s."), label,
                                    postern_certificate_get_signature (link->certificate)));
    }
}

static void
look_at_name (Look *look)
{
  PosternCertificate *own = look->path.links[0].certificate;
  gboolean cn_would_match = FALSE;
  g_autofree char *wanted = NULL, *given = NULL;

  look->verdict->matched_name =
    postern_peer_name_find (own, look->policy, look->host, &cn_would_match);
  if (look->verdict->matched_name != NULL)
    return;

  wanted = postern_peer_name_wanted (look->policy, look->host);
  given = postern_peer_name_describe (own);
  if (cn_would_match && *postern_certificate_get_dns_names (own) == NULL &&
      *postern_certificate_get_ip_addresses (own) == NULL)
    add_fault (look, "cert.no-san", 0, "verify_server_name",
               g_strdup_printf (_ ("The certificate names “%s” only as its common name, which no "
                                   "longer counts; it needs a subject alternative name."),
                                wanted));
  else
    add_fault (look, "cert.name-mismatch", 0, "verify_server_name",
               g_strdup_printf (_ ("The certificate is for %s, not for %s."), given, wanted));
}

static void
look_at_order (Look *look)
{
  if (!look->path.in_order)
    add_fault (look, "cert.chain-order", 0, "verify_server",
               g_strdup (_ ("The server sends its certificates in the wrong order; some clients "
                            "cannot put them right.")))
      ->warning = TRUE;
}

/* GnuTLS, on the chain as it was sent: the floor under our own look. */
static unsigned int
ask_gnutls (Look *look)
{
  gnutls_x509_crt_t crts[POSTERN_MAX_CHAIN];
  gnutls_typed_vdata_st data = { GNUTLS_DT_KEY_PURPOSE_OID,
                                 (unsigned char *) GNUTLS_KP_TLS_WWW_SERVER, 0 };
  unsigned int status = 0;
  unsigned int flags =
    GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
  guint n = look->verdict->chain->len;

  for (guint i = 0; i < n; i++)
    crts[i] = postern_certificate_peek (g_ptr_array_index (look->verdict->chain, i));

  if (gnutls_x509_trust_list_verify_crt2 (look->store->list, crts, n, &data, 1, flags, &status,
                                          NULL) < 0)
    return GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_NOT_FOUND;

  return status;
}

/* GnuTLS refuses, and nothing above said why. */
static void
add_unexplained (Look *look)
{
  unsigned int status = look->status;
  const char *code = "cert.untrusted-root";
  gnutls_datum_t text = { NULL, 0 };

  if (status == 0 || has_fault (look, NULL))
    return;

  if ((status & GNUTLS_CERT_SIGNER_NOT_CA) != 0)
    code = "cert.not-a-ca";
  else if ((status & GNUTLS_CERT_PURPOSE_MISMATCH) != 0)
    code = "cert.wrong-purpose";
  else if ((status & GNUTLS_CERT_INSECURE_ALGORITHM) != 0)
    code = "cert.weak-signature";

  if (gnutls_certificate_verification_status_print (status, GNUTLS_CRT_X509, &text, 0) < 0)
    text.data = NULL;
  add_fault (look, code, 0, "verify_server",
             g_strdup_printf (_ ("GnuTLS refuses the chain: %s"),
                              text.data != NULL ? (const char *) text.data : "?"));
  gnutls_free (text.data);
}

static guint
fault_rank (const PosternCertFault *fault)
{
  gboolean date =
    strcmp (fault->code, "cert.expired") == 0 || strcmp (fault->code, "cert.not-yet-valid") == 0;
  const char *code = date && fault->certificate > 0 ? "" : fault->code;

  for (guint i = 0; i < G_N_ELEMENTS (ranking); i++)
    if (strcmp (ranking[i], code) == 0)
      return i;

  return G_N_ELEMENTS (ranking);
}

static int
compare_faults (gconstpointer a, gconstpointer b)
{
  const PosternCertFault *first = *(const PosternCertFault *const *) a;
  const PosternCertFault *second = *(const PosternCertFault *const *) b;

  if (first->warning != second->warning)
    return first->warning ? 1 : -1;
  if (first->hidden != second->hidden)
    return first->hidden ? -1 : 1;
  if (fault_rank (first) != fault_rank (second))
    return fault_rank (first) < fault_rank (second) ? -1 : 1;
  if (first->certificate != second->certificate)
    return first->certificate < second->certificate ? -1 : 1;

  return 0;
}

static void
apply_policy (Look *look)
{
  PosternVerdict *verdict = look->verdict;

  verdict->verified = verdict->accepted = TRUE;

  for (guint i = 0; i < verdict->faults->len; i++)
    {
      PosternCertFault *fault = g_ptr_array_index (verdict->faults, i);
      gboolean name = strcmp (fault->governed_by, "verify_server_name") == 0;

      if (fault->warning)
        continue;

      verdict->verified = FALSE;
      fault->hidden =
        look->policy->verify == POSTERN_VERIFY_IGNORE || (name && !look->policy->verify_name);
      fault->warning = fault->hidden;
      if (!fault->hidden)
        verdict->accepted = FALSE;
    }
  postern_trust_pin_apply (verdict, look->policy, look->host, look->now);

  g_ptr_array_sort (verdict->faults, compare_faults);
}

static void
look_at_length (Look *look, GPtrArray *ders)
{
  gsize size = 0;

  for (guint i = 0; i < ders->len; i++)
    size += g_bytes_get_size (ders->pdata[i]);

  if (size > POSTERN_MAX_CHAIN_BYTES)
    add_fault (look, "cert.chain-too-long", 0, "verify_server",
               g_strdup_printf (_ ("The server sends %u certificates of %" G_GSIZE_FORMAT
                                   " bytes in all; OpenSSL takes %d bytes at most."),
                                ders->len, size, POSTERN_MAX_CHAIN_BYTES));
  else if (ders->len > POSTERN_MAX_CHAIN)
    add_fault (look, "cert.chain-too-long", 0, "verify_server",
               g_strdup_printf (_ ("The server sends %u certificates, and those after the first %d "
                                   "were not looked at; GnuTLS takes 16 at most."),
                                ders->len, POSTERN_MAX_CHAIN))
      ->warning = TRUE;
}

/* FALSE: there is nothing to look at further. */
static gboolean
read_chain (Look *look, GPtrArray *ders)
{
  PosternVerdict *verdict = look->verdict;

  for (guint i = 0; i < MIN (ders->len, POSTERN_MAX_CHAIN); i++)
    {
      g_autoptr(GError) error = NULL;
      PosternCertificate *certificate =
        postern_certificate_new_from_der (g_ptr_array_index (ders, i), &error);

      if (certificate == NULL)
        {
          add_fault (look, "cert.malformed", i, "verify_server", g_strdup (error->message));
          break;
        }
      g_ptr_array_add (verdict->chain, certificate);
    }

  if (ders->len == 0)
    add_fault (look, "cert.malformed", 0, "verify_server",
               g_strdup (_ ("The server sent no certificate.")));
  look_at_length (look, ders);

  return verdict->chain->len > 0;
}

void
postern_trust_judge (PosternVerdict *verdict,
                     PosternTrustStore *store,
                     const PosternTlsPolicy *policy,
                     const char *host,
                     GPtrArray *ders,
                     gint64 now)
{
  g_autoptr(PosternTrustStore) empty = NULL;
  Look look = { .verdict = verdict, .policy = policy, .host = host, .now = now };

  verdict->chain = g_ptr_array_new_with_free_func (g_object_unref);
  verdict->path = g_ptr_array_new_with_free_func (g_object_unref);
  verdict->faults = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_cert_fault_free);

  if (store == NULL)
    {
      const PosternTlsPolicy nothing = { .verify = POSTERN_VERIFY_YES };

      store = empty = postern_trust_store_new (&nothing, NULL);
    }
  look.store = store;

  if (read_chain (&look, ders))
    {
      postern_path_build (&look.path, verdict->chain, store);
      look.status = ask_gnutls (&look);

      postern_revocation_judge (&verdict->revocation, &look.path, verdict->chain, store,
                                verdict->staples, now, verdict->faults);
      look_at_all_dates (&look);
      look_at_trust (&look);
      look_at_issuers (&look);
      look_at_name (&look);
      look_at_purpose (&look);
      look_at_strength (&look);
      look_at_order (&look);
      add_unexplained (&look);
    }

  apply_policy (&look);
  for (guint i = 0; i < look.path.n_links; i++)
    g_ptr_array_add (verdict->path, g_object_ref (look.path.links[i].certificate));
  postern_path_clear (&look.path);
}

void
postern_verdict_clear (PosternVerdict *self)
{
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  g_clear_pointer (&self->path, g_ptr_array_unref);
  g_clear_pointer (&self->faults, g_ptr_array_unref);
  g_clear_pointer (&self->staples, g_ptr_array_unref);
  g_clear_pointer (&self->matched_name, g_free);
  self->revocation = (PosternRevocation){ POSTERN_STAPLE_NONE, POSTERN_CRL_NONE };
  self->verified = self->accepted = FALSE;
}
