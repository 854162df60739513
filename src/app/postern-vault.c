/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-vault.h"

#include "store/postern-keyring.h"

struct _PosternVault
{
  GObject parent_instance;

  GHashTable *secrets; /* account, kind and destination → PosternSecret */
  gboolean has_keyring;
  GCancellable *cancellable;
};

enum
{
  PROP_0,
  PROP_HAS_KEYRING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternVault, postern_vault, G_TYPE_OBJECT)

static char *
make_key (PosternAccount *account, const char *kind, const char *destination)
{
  return g_strdup_printf ("%s\n%s\n%s", postern_account_get_id (account), kind, destination);
}

static void
check_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternVault) self = user_data;

  self->has_keyring = postern_keyring_check_finish (result, NULL);
  if (self->has_keyring)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_KEYRING]);
}

static void
postern_vault_dispose (GObject *object)
{
  PosternVault *self = POSTERN_VAULT (object);

  g_cancellable_cancel (self->cancellable);
  g_hash_table_remove_all (self->secrets);

  G_OBJECT_CLASS (postern_vault_parent_class)->dispose (object);
}

static void
postern_vault_finalize (GObject *object)
{
  PosternVault *self = POSTERN_VAULT (object);

  g_hash_table_unref (self->secrets);
  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (postern_vault_parent_class)->finalize (object);
}

static void
postern_vault_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternVault *self = POSTERN_VAULT (object);

  switch (prop_id)
    {
    case PROP_HAS_KEYRING:
      g_value_set_boolean (value, self->has_keyring);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_vault_class_init (PosternVaultClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = postern_vault_dispose;
  object_class->finalize = postern_vault_finalize;
  object_class->get_property = postern_vault_get_property;

  properties[PROP_HAS_KEYRING] = g_param_spec_boolean ("has-keyring", NULL, NULL, FALSE,
                                                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_vault_init (PosternVault *self)
{
  self->secrets =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) postern_secret_unref);
  self->cancellable = g_cancellable_new ();
  postern_keyring_check_async (self->cancellable, check_cb, g_object_ref (self));
}

PosternVault *
postern_vault_new (void)
{
  return g_object_new (POSTERN_TYPE_VAULT, NULL);
}

gboolean
postern_vault_has_keyring (PosternVault *self)
{
  g_return_val_if_fail (POSTERN_IS_VAULT (self), FALSE);

  return self->has_keyring;
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  /* It is still in memory: the user is asked again in the next session, and loses nothing. */
  if (!postern_keyring_store_finish (result, &error))
    g_debug ("Not kept in the keyring: %s", error->message);
}

void
postern_vault_keep (PosternVault *self,
                    PosternAccount *account,
                    const char *kind,
                    const char *destination,
                    PosternSecret *secret,
                    gboolean in_keyring)
{
  g_return_if_fail (POSTERN_IS_VAULT (self));
  g_return_if_fail (destination != NULL);
  g_return_if_fail (secret != NULL);

  g_hash_table_replace (self->secrets, make_key (account, kind, destination),
                        postern_secret_ref (secret));
  if (in_keyring && self->has_keyring)
    postern_keyring_store_async (account, kind, destination, secret, NULL, stored_cb, NULL);
}

static gboolean
is_of_account (gpointer key, gpointer value, gpointer user_data)
{
  return g_str_has_prefix (key, user_data);
}

static void
cleared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  if (!postern_keyring_clear_finish (result, &error))
    g_debug ("Not taken out of the keyring: %s", error->message);
}

void
postern_vault_forget (PosternVault *self, PosternAccount *account)
{
  g_autofree char *prefix = NULL;

  g_return_if_fail (POSTERN_IS_VAULT (self));
  g_return_if_fail (POSTERN_IS_ACCOUNT (account));

  prefix = g_strdup_printf ("%s\n", postern_account_get_id (account));
  g_hash_table_foreach_remove (self->secrets, is_of_account, prefix);
  if (self->has_keyring)
    postern_keyring_clear_async (account, NULL, cleared_cb, NULL);
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  PosternSecret *secret = postern_keyring_lookup_finish (result, NULL);

  g_task_return_pointer (task, secret, (GDestroyNotify) postern_secret_unref);
}

void
postern_vault_lookup_async (PosternVault *self,
                            PosternAccount *account,
                            const char *kind,
                            const char *destination,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autofree char *key = NULL;
  PosternSecret *secret;

  g_return_if_fail (POSTERN_IS_VAULT (self));
  g_return_if_fail (destination != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  key = make_key (account, kind, destination);
  secret = g_hash_table_lookup (self->secrets, key);
  if (secret != NULL || !self->has_keyring)
    g_task_return_pointer (task, secret != NULL ? postern_secret_ref (secret) : NULL,
                           (GDestroyNotify) postern_secret_unref);
  else
    postern_keyring_lookup_async (account, kind, destination, cancellable, looked_up_cb,
                                  g_steal_pointer (&task));
}

PosternSecret *
postern_vault_lookup_finish (PosternVault *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), NULL);
}
