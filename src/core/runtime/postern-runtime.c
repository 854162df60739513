/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-runtime.h"

#include "model/postern-error.h"
#include "runtime/postern-bundle-file.h"
#include "runtime/postern-generic-address.h"
#include "runtime/postern-runtime-common.h"

#include <glib/gi18n.h>
#include <string.h>

#define DRIVER_KEY "postern-driver"

G_DEFINE_INTERFACE (PosternRuntime, postern_runtime, G_TYPE_OBJECT)

static void
postern_runtime_default_init (PosternRuntimeInterface *iface)
{
}

PosternNative *
postern_native_new (const char *call, int result, const char *text)
{
  PosternNative *self = g_new0 (PosternNative, 1);

  self->call = g_strdup (call);
  self->result = result;
  self->text = g_strdup (text);

  return self;
}

void
postern_native_free (PosternNative *self)
{
  g_free (self->call);
  g_free (self->text);
  g_free (self);
}

/**
 * postern_runtime_get:
 *
 * Returns: (transfer none): the one runtime of @system
 */
PosternRuntime *
postern_runtime_get (PosternSystem system)
{
  static PosternRuntime *generic;
  static PosternRuntime *uniface;

  if (g_once_init_enter (&uniface))
    {
      generic = g_object_new (POSTERN_TYPE_RUNTIME_GENERIC, NULL);
      g_once_init_leave (&uniface, g_object_new (POSTERN_TYPE_RUNTIME_UNIFACE, NULL));
    }

  switch (system)
    {
    case POSTERN_SYSTEM_UNIFACE:
      return uniface;
    case POSTERN_SYSTEM_GENERIC:
    default:
      return generic;
    }
}

PosternPlan *
postern_runtime_plan (PosternRuntime *self,
                      PosternAccount *account,
                      const PosternCredentials *credentials,
                      GPtrArray *findings)
{
  g_return_val_if_fail (POSTERN_IS_RUNTIME (self), NULL);
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (account), NULL);
  g_return_val_if_fail (findings != NULL, NULL);

  return POSTERN_RUNTIME_GET_IFACE (self)->plan (self, account, credentials, findings);
}

PosternNative *
postern_runtime_judge (PosternRuntime *self,
                       PosternProtocol protocol,
                       PosternPlan *plan,
                       const PosternFailure *failure)
{
  g_return_val_if_fail (POSTERN_IS_RUNTIME (self), NULL);

  if (POSTERN_RUNTIME_GET_IFACE (self)->judge == NULL)
    return NULL;

  return POSTERN_RUNTIME_GET_IFACE (self)->judge (self, protocol, plan, failure);
}

static gboolean
fail_change (GError **error)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                       _ ("This change cannot be made in the account’s own grammar."));

  return FALSE;
}

/* The certificates that a change names are there before it does. */
static gboolean
write_bundle (GVariant *change, GError **error)
{
  const char *pem = NULL;
  const char *path = NULL;

  if (change == NULL || !g_variant_is_of_type (change, G_VARIANT_TYPE_VARDICT) ||
      !g_variant_lookup (change, "ca-bundle", "&s", &pem))
    return TRUE;
  if (!g_variant_lookup (change, "ca-bundle-file", "&s", &path))
    return fail_change (error);

  return postern_bundle_file_write (path, pem, error);
}

/**
 * postern_runtime_apply:
 * @change: see [struct@Remedy]
 *
 * Returns: whether the account has the change; %FALSE with @error, and nothing of it is changed
 */
gboolean
postern_runtime_apply (PosternRuntime *self,
                       PosternAccount *account,
                       GVariant *change,
                       GError **error)
{
  g_return_val_if_fail (POSTERN_IS_RUNTIME (self), FALSE);
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (account), FALSE);

  if (!write_bundle (change, error))
    return FALSE;

  return POSTERN_RUNTIME_GET_IFACE (self)->apply (self, account, change) || fail_change (error);
}

/**
 * postern_runtime_govern:
 *
 * Returns: (transfer full): the setting that decides about a fault of a certificate
 */
PosternGoverning *
postern_runtime_govern (PosternRuntime *self,
                        PosternPlan *plan,
                        PosternGoverned governed,
                        gboolean hidden)
{
  g_return_val_if_fail (POSTERN_IS_RUNTIME (self), NULL);
  g_return_val_if_fail (plan != NULL, NULL);

  if (POSTERN_RUNTIME_GET_IFACE (self)->govern == NULL)
    return postern_tls_options_govern (plan, governed, hidden);

  return POSTERN_RUNTIME_GET_IFACE (self)->govern (self, plan, governed, hidden);
}

/* For runtimes: @driver is what a settings fault of @finding would stop. */
void
postern_runtime_mark_finding (PosternFinding *finding, const char *driver)
{
  g_object_set_data_full (G_OBJECT (finding), DRIVER_KEY, g_strdup (driver), g_free);
}

/**
 * postern_runtime_settings_failure:
 * @findings: (element-type PosternFinding): what postern_runtime_plan() said
 *
 * The failure of a run that did not begin: code and field of the first error, and in `driver`
 * what that fault would stop ("TLS", "UStartTLSSMTP"), which postern_runtime_judge() needs.
 *
 * Returns: (transfer full) (nullable): %NULL when there is no error
 */
PosternFailure *
postern_runtime_settings_failure (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      PosternFinding *finding = findings->pdata[i];
      PosternFailure *failure;

      if (postern_finding_get_severity (finding) != POSTERN_SEVERITY_ERROR)
        continue;
      failure = postern_failure_new (g_intern_string (postern_finding_get_code (finding)),
                                     POSTERN_STEP_SETTINGS);
      failure->detail = g_strdup (postern_finding_get_field (finding));
      failure->text = g_strdup (postern_finding_get_title (finding));
      failure->driver = g_strdup (g_object_get_data (G_OBJECT (finding), DRIVER_KEY));
      return failure;
    }

  return NULL;
}

/* Between bars, as in Uniface's path form: connector:host|user|password. */
static char *
hide_path_password (const char *text)
{
  const char *user = strchr (text, '|');
  const char *password = user != NULL ? strchr (user + 1, '|') : NULL;
  const char *end = password != NULL ? strchr (password + 1, '|') : NULL;

  if (password == NULL)
    return g_strdup (text);

  return g_strdup_printf ("%.*s<hidden>%s", (int) (password + 1 - text), text,
                          end != NULL ? end : "");
}

/**
 * postern_runtime_hide_password:
 * @connection: the connection of an account, as typed
 *
 * No grammar of ours lets a password stand in a connection; somebody may have typed one all the
 * same. What is shown, stored or reported goes through here.
 *
 * Returns: (transfer full): the text with `<hidden>` in place of a password
 */
char *
postern_runtime_hide_password (const char *connection)
{
  if (strchr (connection, '|') != NULL)
    return hide_path_password (connection);

  return postern_generic_address_hide_password (connection);
}
