/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-handshake.h"

#include "session/postern-tap.h"
#include "session/postern-tls-stream.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define TLS_1_0 0x0301
#define TLS_1_1 0x0302
#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

struct _PosternHandshake
{
  GObject parent_instance;

  GIOStream *base;
  PosternPlan *plan;
  PosternTrust *trust;
  gboolean starttls;
  PosternTap *tap;
  PosternTlsStream *stream; /* NULL before it begins */
  PosternFailure *failure;
};

G_DEFINE_FINAL_TYPE (PosternHandshake, postern_handshake, G_TYPE_OBJECT)

static void
postern_handshake_finalize (GObject *object)
{
  PosternHandshake *self = POSTERN_HANDSHAKE (object);

  g_clear_object (&self->stream);
  g_clear_object (&self->tap);
  g_clear_object (&self->base);
  g_clear_object (&self->trust);
  g_clear_pointer (&self->plan, postern_plan_unref);
  g_clear_pointer (&self->failure, postern_failure_free);

  G_OBJECT_CLASS (postern_handshake_parent_class)->finalize (object);
}

static void
postern_handshake_class_init (PosternHandshakeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_handshake_finalize;
}

static void
postern_handshake_init (PosternHandshake *self)
{
}

PosternHandshake *
postern_handshake_new (GIOStream *base, PosternPlan *plan, PosternTrust *trust, gboolean starttls)
{
  PosternHandshake *self = g_object_new (POSTERN_TYPE_HANDSHAKE, NULL);

  self->base = g_object_ref (base);
  self->plan = postern_plan_ref (plan);
  self->trust = g_object_ref (trust);
  self->starttls = starttls;
  self->tap = POSTERN_TAP (postern_tap_new (g_io_stream_get_input_stream (base)));

  return self;
}

static const char *
version_name (guint16 version)
{
  switch (version)
    {
    case 0x0002:
      return "SSL 2.0";
    case 0x0300:
      return "SSL 3.0";
    case TLS_1_0:
      return "TLS 1.0";
    case TLS_1_1:
      return "TLS 1.1";
    case TLS_1_2:
      return "TLS 1.2";
    case TLS_1_3:
      return "TLS 1.3";
    default:
      return NULL;
    }
}

static PosternTlsEngine *
get_engine (PosternHandshake *self)
{
  return postern_tls_stream_get_engine (self->stream);
}

/* As on the wire; 0 when nothing was agreed on. */
static guint16
get_version (PosternHandshake *self)
{
  guint16 version = postern_tls_engine_get_version (get_engine (self));

  return version != 0 ? version : postern_tap_get_version (self->tap);
}

/* The tap sees alerts in clear alone. */
static int
get_alert (PosternHandshake *self)
{
  int alert = postern_tap_get_alert (self->tap);

  return alert < 0 ? postern_tls_engine_get_alert (get_engine (self)) : alert;
}

static guint16
get_min_version (PosternHandshake *self)
{
  return self->plan->tls_policy->min_version != 0 ? self->plan->tls_policy->min_version : TLS_1_2;
}

static void
set_failure (PosternHandshake *self, const char *code, PosternStepId step, const char *detail)
{
  g_clear_pointer (&self->failure, postern_failure_free);
  self->failure = postern_failure_new (code, step);
  self->failure->detail = g_strdup (detail);
}

/* Where the server has not said which version it has, @detail does. */
static void
set_version_failure (PosternHandshake *self, guint16 version, const char *detail)
{
  const char *wanted[] = { version_name (get_min_version (self)), NULL };
  const char *offered[] = { version_name (version), NULL };
  g_autofree char *both = NULL;

  if (wanted[0] != NULL && offered[0] != NULL)
    both = g_strdup_printf (_ ("The server speaks %s at most; at least %s is wanted."), offered[0],
                            wanted[0]);
  else if (get_min_version (self) == TLS_1_3)
    both =
      g_strdup_printf (_ ("At least %s is wanted; the newest that the server speaks is %s or an "
                          "older one."),
                       wanted[0], version_name (TLS_1_2));
  set_failure (self, "tls.version-too-old", POSTERN_STEP_TLS, both != NULL ? both : detail);
  self->failure->wanted = g_strdupv ((GStrv) wanted);
  self->failure->offered = g_strdupv ((GStrv) offered);
}

static const PosternCertFault *
get_first_fault (PosternHandshake *self)
{
  GPtrArray *faults = postern_trust_get_faults (self->trust);

  return faults != NULL && faults->len > 0 ? g_ptr_array_index (faults, 0) : NULL;
}

static void
set_certificate_failure (PosternHandshake *self)
{
  const PosternCertFault *fault = get_first_fault (self);

  /* No look at all, so no faults: a TLS library that does not ask us is not to be trusted. */
  set_failure (self, fault != NULL ? fault->code : "cert.untrusted-root", POSTERN_STEP_CERTIFICATE,
               fault != NULL ? fault->text : _ ("The certificate was not looked at."));
}

/* Alerts that a server sends about the certificate of the client (RFC 8446, 6.2). */
static gboolean
is_certificate_alert (int alert)
{
  switch (alert)
    {
    case GNUTLS_A_BAD_CERTIFICATE:
    case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
    case GNUTLS_A_CERTIFICATE_REVOKED:
    case GNUTLS_A_CERTIFICATE_EXPIRED:
    case GNUTLS_A_CERTIFICATE_UNKNOWN:
    case GNUTLS_A_UNKNOWN_CA:
    case GNUTLS_A_ACCESS_DENIED:
      return TRUE;

    default:
      return FALSE;
    }
}

/* Who does not know TLS 1.3 sees no suite that it could take where only TLS 1.3 is offered. */
static gboolean
is_version_in_disguise (PosternHandshake *self, const char *code)
{
  return get_min_version (self) == TLS_1_3 && strcmp (code, "tls.no-common-cipher") == 0;
}

static const char *
judge_alert (int alert, gboolean has_certificate)
{
  if (alert == GNUTLS_A_CERTIFICATE_REQUIRED)
    return "tls.client-certificate-wanted";
  if (is_certificate_alert (alert) && has_certificate)
    return "tls.client-certificate-refused";

  switch (alert)
    {
    case GNUTLS_A_PROTOCOL_VERSION:
      return "tls.version-too-old";
    case GNUTLS_A_HANDSHAKE_FAILURE:
    case GNUTLS_A_INSUFFICIENT_SECURITY:
      return "tls.no-common-cipher";
    default:
      return "tls.handshake";
    }
}

static void
judge_error (PosternHandshake *self, const GError *error)
{
  gboolean has_certificate = postern_trust_has_client_certificate (self->trust);
  PosternTapKind kind = postern_tap_get_kind (self->tap);
  int alert = get_alert (self);
  guint16 version = get_version (self);
  const char *code = "tls.handshake";
  const char *late = postern_tls_judge_late_error (error, has_certificate);

  if (postern_tls_engine_is_chain_too_long (get_engine (self)))
    {
      set_failure (self, "cert.chain-too-long", POSTERN_STEP_CERTIFICATE,
                   _ ("The server sends more certificates than any program reads."));
      return;
    }
  if (kind == POSTERN_TAP_OTHER)
    {
      set_failure (self, self->starttls ? "starttls.injected" : "tls.plain-first",
                   self->starttls ? POSTERN_STEP_STARTTLS : POSTERN_STEP_TLS, NULL);
      return;
    }

  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED))
    code = has_certificate ? "tls.client-certificate-refused" : "tls.client-certificate-wanted";
  else if (alert >= 0 && !has_certificate && postern_tls_engine_is_requested (get_engine (self)))
    code = "tls.client-certificate-wanted"; /* TLS 1.2 has no alert that says so */
  else if (alert >= 0)
    code = judge_alert (alert, has_certificate);
  else if (late != NULL)
    code = late; /* TLS was over for one side only */
  else if (version != 0 && version < get_min_version (self))
    code = "tls.version-too-old";
  else if (kind == POSTERN_TAP_NOTHING || postern_tap_has_ended (self->tap) ||
           g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_EOF) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
    code = "tls.closed";

  if (strcmp (code, "tls.version-too-old") == 0 || is_version_in_disguise (self, code))
    set_version_failure (self, version, error->message);
  else
    set_failure (self, code, POSTERN_STEP_TLS, error->message);
}

/* Both sides showed that they know the key, and nobody showed a certificate. */
static gboolean
is_by_shared_key (PosternHandshake *self)
{
  return self->plan->tls_policy->shared_key != NULL &&
         postern_trust_get_chain (self->trust) == NULL;
}

/* NULL: the session may go on. */
static GError *
judge_success (PosternHandshake *self)
{
  guint16 version = get_version (self);
  guint16 wanted = get_min_version (self);

  if (!is_by_shared_key (self) && !postern_trust_is_accepted (self->trust))
    {
      set_certificate_failure (self);
      return g_error_new_literal (G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, self->failure->detail);
    }

  if (version >= wanted)
    return NULL;

  set_version_failure (self, version, _ ("The version of the server is too old."));

  return g_error_new_literal (G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE, self->failure->detail);
}

/* Takes @error, which is NULL after a handshake that went well. */
static void
return_result (GTask *task, GError *error)
{
  PosternHandshake *self = g_task_get_source_object (task);

  if (error == NULL)
    error = judge_success (self);
  else if (postern_trust_get_chain (self->trust) != NULL &&
           !postern_trust_is_accepted (self->trust))
    set_certificate_failure (self);
  else
    judge_error (self, error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_object_ref (self->stream), g_object_unref);
}

static void
shaken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  postern_tls_stream_handshake_finish (POSTERN_TLS_STREAM (source), result, &error);
  return_result (task, error);
}

static void
start (GTask *task)
{
  PosternHandshake *self = g_task_get_source_object (task);

  self->stream =
    postern_tls_stream_new (G_INPUT_STREAM (self->tap), g_io_stream_get_output_stream (self->base),
                            self->trust, self->plan->host);
  postern_tls_stream_handshake_async (self->stream, g_task_get_cancellable (task), shaken_cb, task);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternHandshake *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;

  if (!postern_trust_load_finish (self->trust, result, &error))
    {
      const char *code = postern_trust_get_load_code (self->trust);

      set_failure (self, code != NULL ? code : "settings.file-missing", POSTERN_STEP_TLS,
                   error->message);
      g_task_return_error (task, error);
      return;
    }

  start (g_steal_pointer (&task));
}

void
postern_handshake_run_async (PosternHandshake *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  postern_trust_load_async (self->trust, NULL, loaded_cb, task);
}

GIOStream *
postern_handshake_run_finish (PosternHandshake *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

const PosternFailure *
postern_handshake_get_failure (PosternHandshake *self)
{
  return self->failure;
}

GBytes *
postern_handshake_dup_clear (PosternHandshake *self)
{
  char rest[1024];

  if (postern_tap_get_kind (self->tap) != POSTERN_TAP_OTHER)
    return NULL;

  /* TLS stopped after the header of a record; the tap keeps what else is there. */
  g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (self->tap), rest, sizeof rest,
                                            NULL, NULL);

  return postern_tap_dup_bytes (self->tap);
}

GBytes *
postern_handshake_dup_heard (PosternHandshake *self)
{
  return postern_tap_dup_bytes (self->tap);
}

/* tls-unique is not defined for TLS 1.3 (RFC 8446 appendix C.5), and tls-exporter takes its place
 * there (RFC 9266). */
void
postern_handshake_fill_bindings (PosternHandshake *self, PosternBindings *bindings)
{
  PosternTlsEngine *engine = get_engine (self);

  if (get_version (self) == TLS_1_3)
    bindings->tls_exporter =
      postern_tls_engine_dup_binding (engine, G_TLS_CHANNEL_BINDING_TLS_EXPORTER);
  else
    bindings->tls_unique =
      postern_tls_engine_dup_binding (engine, G_TLS_CHANNEL_BINDING_TLS_UNIQUE);
  bindings->tls_server_end_point =
    postern_tls_engine_dup_binding (engine, G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT);
}

PosternTlsInfo *
postern_handshake_dup_info (PosternHandshake *self)
{
  PosternTlsInfo *info;
  GPtrArray *chain = postern_trust_get_chain (self->trust);
  GPtrArray *path = postern_trust_get_path (self->trust);
  GPtrArray *faults = postern_trust_get_faults (self->trust);
  guint16 version;

  if (self->stream == NULL)
    return NULL;

  version = get_version (self);
  if (chain == NULL && version == 0)
    return NULL;

  info = g_new0 (PosternTlsInfo, 1);
  info->version = g_strdup (version_name (version));
  info->cipher = g_strdup (postern_tls_engine_get_cipher (get_engine (self)));
  info->shared_key =
    is_by_shared_key (self) && postern_tls_engine_get_version (get_engine (self)) != 0;
  info->verified = info->shared_key || postern_trust_is_verified (self->trust);
  info->accepted = info->shared_key || postern_trust_is_accepted (self->trust);
  info->chain = chain != NULL ? g_ptr_array_ref (chain) : g_ptr_array_new ();
  info->path = path != NULL ? g_ptr_array_ref (path) : g_ptr_array_new ();
  info->faults = faults != NULL ? g_ptr_array_ref (faults) : g_ptr_array_new ();
  info->matched_name = g_strdup (postern_trust_get_matched_name (self->trust));
  info->trust = g_object_ref (self->trust);
  info->sni = g_strdup (postern_tls_engine_get_server_name (get_engine (self)));
  info->revocation = postern_trust_get_revocation (self->trust);

  return info;
}

void
postern_tls_info_free (PosternTlsInfo *self)
{
  if (self == NULL)
    return;

  g_free (self->version);
  g_free (self->cipher);
  g_ptr_array_unref (self->chain);
  g_ptr_array_unref (self->path);
  g_ptr_array_unref (self->faults);
  g_free (self->matched_name);
  g_clear_object (&self->trust);
  g_free (self->sni);
  g_free (self);
}

/* In TLS 1.3 the client's handshake is over before the server has looked at its certificate, and
 * the alert comes encrypted; the engine puts GnuTLS's name of it into its message. */
const char *
postern_tls_judge_late_error (const GError *error, gboolean has_certificate)
{
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED))
    return has_certificate ? "tls.client-certificate-refused" : "tls.client-certificate-wanted";
  if (error->domain != G_TLS_ERROR)
    return NULL;

  for (int alert = 0; alert < 256; alert++)
    {
      const char *name = gnutls_alert_get_name ((gnutls_alert_description_t) alert);

      if (name != NULL && *name != '\0' && g_str_has_suffix (error->message, name) &&
          (alert == GNUTLS_A_CERTIFICATE_REQUIRED ||
           (has_certificate && is_certificate_alert (alert))))
        return judge_alert (alert, has_certificate);
    }

  return NULL;
}
