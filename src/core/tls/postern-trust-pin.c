/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-pin.h"

#include "model/postern-fingerprint.h"
#include "tls/postern-cert-fault.h"

#include <glib/gi18n.h>
#include <string.h>

static void
add_fault (PosternVerdict *verdict, const char *code, gboolean warning, char *text)
{
  PosternCertFault *fault = postern_cert_fault_new (code, 0, "pin", text);

  fault->warning = warning;
  g_ptr_array_add (verdict->faults, fault);
}

static const char *
sum_of (const PosternTlsPin *pin, PosternCertificate *certificate)
{
  return pin->kind == POSTERN_PIN_KEY ? postern_certificate_get_spki_sha256 (certificate)
                                      : postern_certificate_get_sha256 (certificate);
}

static gboolean
refuses (const PosternCertFault *fault)
{
  return !fault->warning && !fault->hidden;
}

static void
add_code (GString *codes, const char *code)
{
  if (strstr (codes->str, code) == NULL)
    g_string_append_printf (codes, "%s%s", codes->len > 0 ? ", " : "", code);
}

/* What the exception covers goes on as a warning; @covered and @others get the codes. */
static void
cover (PosternVerdict *verdict, GString *covered, GString *others)
{
  for (guint i = 0; i < verdict->faults->len; i++)
    {
      PosternCertFault *fault = g_ptr_array_index (verdict->faults, i);

      if (!refuses (fault))
        continue;
      if (!postern_cert_fault_is_coverable (fault))
        {
          add_code (others, fault->code);
          continue;
        }
      add_code (covered, fault->code);
      fault->hidden = fault->warning = TRUE;
      fault->governed_by = "pin";
    }
  verdict->accepted = others->len == 0;
}

static void
apply_match (PosternVerdict *verdict, const PosternTlsPin *pin)
{
  g_autoptr(GString) covered = g_string_new (NULL);
  g_autoptr(GString) others = g_string_new (NULL);
  g_autofree char *day = postern_tls_pin_dup_day (pin);

  cover (verdict, covered, others);
  if (covered->len > 0 && others->len == 0)
    add_fault (verdict, "cert.pinned", TRUE,
               g_strdup_printf (pin->kind == POSTERN_PIN_KEY
                                  ? _ ("An exception for the key of this certificate, until %s, "
                                       "lets it pass. Without it, it is refused: %s.")
                                  : _ ("An exception for this very certificate, until %s, lets it "
                                       "pass. Without it, it is refused: %s."),
                                day, covered->str));
  else if (others->len > 0)
    add_fault (verdict, "cert.pin-unused", TRUE,
               g_strdup_printf (_ ("There is an exception for this certificate, until %s, but no "
                                   "exception covers this: %s."),
                                day, others->str));
}

static void
apply_mismatch (PosternVerdict *verdict, const PosternTlsPin *pin)
{
  PosternCertificate *own = g_ptr_array_index (verdict->chain, 0);
  g_autofree char *wanted = postern_fingerprint_format (pin->sha256);
  g_autofree char *given = postern_fingerprint_format (sum_of (pin, own));

  add_fault (
    verdict, "cert.pin-mismatch", verdict->accepted,
    g_strdup_printf (
      pin->kind == POSTERN_PIN_KEY
        ? _ ("The exception is for another key than that of the server’s certificate. Excepted is "
             "SHA-256 %s, and the server has %s. Either it was renewed, or this is another server.")
        : _ ("The exception is for another certificate than the server’s. Excepted is SHA-256 %s, "
             "and the server shows %s. Either it was renewed, or this is another server."),
      wanted, given));
}

void
postern_trust_pin_apply (PosternVerdict *verdict,
                         const PosternTlsPolicy *policy,
                         const char *host,
                         gint64 now)
{
  const PosternTlsPin *pin = policy->pin;
  g_autofree char *day = pin != NULL ? postern_tls_pin_dup_day (pin) : NULL;

  if (pin == NULL || verdict->chain->len == 0)
    return;

  if (!postern_tls_pin_is_for (pin, host))
    add_fault (verdict, "cert.pin-unused", TRUE,
               g_strdup_printf (_ ("The exception is for the host %s, and not used for %s."),
                                pin->host, host));
  else if (now > pin->until)
    add_fault (verdict, "cert.pin-unused", TRUE,
               g_strdup_printf (_ ("The exception ended on %s, and is not used any more."), day));
  else if (strcmp (pin->sha256, sum_of (pin, g_ptr_array_index (verdict->chain, 0))) == 0)
    apply_match (verdict, pin);
  else
    apply_mismatch (verdict, pin);
}
