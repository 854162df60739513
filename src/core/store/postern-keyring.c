/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "store/postern-keyring.h"

#include <glib/gi18n.h>
#include <libsecret/secret.h>

static const SecretSchema *
get_schema (void)
{
  static const SecretSchema schema = {
    .name = APPLICATION_ID ".Credential",
    .flags = SECRET_SCHEMA_NONE,
    .attributes = {
      { "account", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "kind", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "server", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, SECRET_SCHEMA_ATTRIBUTE_STRING },
    },
  };

  return &schema;
}

static GHashTable *
build_attributes (PosternAccount *account, const char *kind, const char *server)
{
  return secret_attributes_build (get_schema (), "account", postern_account_get_id (account),
                                  "kind", kind, "server", server, "user",
                                  postern_account_get_user (account), NULL);
}

static void
check_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(SecretService) service = secret_service_get_finish (result, &error);

  if (service == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * postern_keyring_check_async:
 *
 * A session is opened, since the mere proxy of a service can be had without the service.
 */
void
postern_keyring_check_async (GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  secret_service_get (SECRET_SERVICE_OPEN_SESSION, cancellable, check_cb, task);
}

gboolean
postern_keyring_check_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
lookup_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  SecretValue *value = secret_password_lookup_binary_finish (result, &error);
  PosternSecret *secret = NULL;
  const char *bytes;
  gsize length;

  if (error != NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (value != NULL)
    {
      bytes = secret_value_get (value, &length);
      secret = postern_secret_new (bytes, (gssize) length);
      secret_value_unref (value);
    }
  g_task_return_pointer (task, secret, (GDestroyNotify) postern_secret_unref);
}

/**
 * postern_keyring_lookup_async:
 * @account: the account
 * @kind: "password", "token" or "key-password"
 * @server: where the secret goes and as whom, as one text; the same as when it was stored
 */
void
postern_keyring_lookup_async (PosternAccount *account,
                              const char *kind,
                              const char *server,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr(GHashTable) attributes = NULL;
  GTask *task;

  g_return_if_fail (POSTERN_IS_ACCOUNT (account));

  task = g_task_new (account, cancellable, callback, user_data);
  attributes = build_attributes (account, kind, server);
  secret_password_lookupv (get_schema (), attributes, cancellable, lookup_cb, task);
}

/**
 * postern_keyring_lookup_finish:
 *
 * Returns: (transfer full) (nullable): the secret; NULL without an error when none is kept
 */
PosternSecret *
postern_keyring_lookup_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
store_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;

  if (secret_password_store_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
postern_keyring_store_async (PosternAccount *account,
                             const char *kind,
                             const char *server,
                             PosternSecret *secret,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr(GHashTable) attributes = NULL;
  g_autofree char *label = NULL;
  SecretValue *value;
  const char *bytes;
  gsize length;
  GTask *task;

  g_return_if_fail (POSTERN_IS_ACCOUNT (account));
  g_return_if_fail (secret != NULL);

  task = g_task_new (account, cancellable, callback, user_data);

  attributes = build_attributes (account, kind, server);
  /* Translators: how the keyring names what it keeps; the server, such as "smtp.example.org:587".
   */
  label = g_strdup_printf (_ ("Postern: mail account at %s"), server);
  bytes = postern_secret_peek (secret, &length);
  value = secret_value_new (bytes, (gssize) length, "text/plain");
  secret_password_storev_binary (get_schema (), attributes, SECRET_COLLECTION_DEFAULT, label, value,
                                 cancellable, store_cb, task);
  secret_value_unref (value);
}

gboolean
postern_keyring_store_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
clear_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;

  /* FALSE without an error: there was nothing to clear. */
  secret_password_clear_finish (result, &error);
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * postern_keyring_clear_async:
 * @account: the account
 *
 * Forgets all that the keyring has for @account, whatever the server.
 */
void
postern_keyring_clear_async (PosternAccount *account,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task;

  g_return_if_fail (POSTERN_IS_ACCOUNT (account));

  task = g_task_new (account, cancellable, callback, user_data);
  secret_password_clear (get_schema (), cancellable, clear_cb, task, "account",
                         postern_account_get_id (account), NULL);
}

gboolean
postern_keyring_clear_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
