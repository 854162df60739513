/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-log-on.h"

#include "postern-password-dialog.h"

typedef enum
{
  KIND_PASSWORD,
  KIND_TOKEN,
  KIND_KEY_PASSWORD,
  N_KINDS
} Kind;

static const char *const kind_names[] = { "password", "token", "key-password" };

typedef struct
{
  PosternAccountItem *item;
  PosternVault *vault;
  GtkWindow *parent;
  char *destination;
  gboolean remember;
  gboolean sweep;
  gboolean wanted[N_KINDS];
  PosternSecret *secrets[N_KINDS];
  Kind kind; /* the one that is looked for now */
} LogOn;

static void
log_on_next (GTask *task);

static void
log_on_free (LogOn *log_on)
{
  g_object_unref (log_on->item);
  g_object_unref (log_on->vault);
  g_clear_object (&log_on->parent);
  g_free (log_on->destination);
  for (guint i = 0; i < N_KINDS; i++)
    g_clear_pointer (&log_on->secrets[i], postern_secret_unref);
  g_free (log_on);
}

/* The password of a key belongs to a file and not to the destination, and nobody hears of it who
 * could say that it is wrong: it is asked for each time. */
static void
keep (LogOn *log_on, Kind kind, gboolean in_keyring)
{
  if (kind == KIND_KEY_PASSWORD)
    return;
  postern_vault_keep (log_on->vault, postern_account_item_get_account (log_on->item),
                      kind_names[kind], log_on->destination, log_on->secrets[kind], in_keyring);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  LogOn *log_on = g_task_get_task_data (task);
  gboolean remember = FALSE;
  PosternSecret *secret = postern_password_dialog_ask_finish (result, &remember);

  if (secret == NULL)
    {
      g_task_return_boolean (task, FALSE);
      return;
    }

  log_on->secrets[log_on->kind] = secret;
  keep (log_on, log_on->kind, remember);
  log_on_next (g_steal_pointer (&task));
}

/* Takes the task. */
static void
ask (GTask *task)
{
  LogOn *log_on = g_task_get_task_data (task);
  gboolean can_keep =
    log_on->kind != KIND_KEY_PASSWORD && postern_vault_has_keyring (log_on->vault);

  postern_password_dialog_ask_async (log_on->parent, kind_names[log_on->kind], log_on->destination,
                                     can_keep, g_task_get_cancellable (task), asked_cb, task);
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  LogOn *log_on = g_task_get_task_data (task);

  log_on->secrets[log_on->kind] = postern_vault_lookup_finish (POSTERN_VAULT (source), result);
  if (log_on->secrets[log_on->kind] != NULL)
    log_on_next (g_steal_pointer (&task));
  else if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    g_task_return_boolean (task, FALSE);
  else
    ask (g_steal_pointer (&task));
}

static void
log_on_next (GTask *task)
{
  g_autoptr(GTask) owned = task;
  LogOn *log_on = g_task_get_task_data (task);
  PosternCredentials credentials = { NULL };

  for (Kind kind = 0; kind < N_KINDS; kind++)
    {
      if (!log_on->wanted[kind] || log_on->secrets[kind] != NULL)
        continue;
      log_on->kind = kind;
      if (kind == KIND_KEY_PASSWORD)
        ask (g_steal_pointer (&owned));
      else
        postern_vault_lookup_async (log_on->vault, postern_account_item_get_account (log_on->item),
                                    kind_names[kind], log_on->destination,
                                    g_task_get_cancellable (task), looked_up_cb,
                                    g_steal_pointer (&owned));
      return;
    }

  credentials.password = log_on->secrets[KIND_PASSWORD];
  credentials.token = log_on->secrets[KIND_TOKEN];
  credentials.key_password = log_on->secrets[KIND_KEY_PASSWORD];
  if (log_on->sweep)
    postern_account_item_sweep (log_on->item, &credentials);
  else
    postern_account_item_log_on (log_on->item, &credentials);
  g_task_return_boolean (task, TRUE);
}

void
postern_log_on_async (PosternAccountItem *item,
                      PosternVault *vault,
                      const PosternCredentials *typed,
                      gboolean remember,
                      gboolean sweep,
                      GtkWindow *parent,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (item, cancellable, callback, user_data);
  LogOn *log_on = g_new0 (LogOn, 1);
  PosternSecret *const given[N_KINDS] = { typed->password, typed->token, typed->key_password };

  g_task_set_task_data (task, log_on, (GDestroyNotify) log_on_free);
  postern_account_item_check (item);
  log_on->item = g_object_ref (item);
  log_on->vault = g_object_ref (vault);
  g_set_object (&log_on->parent, parent);
  log_on->destination = g_strdup (postern_account_item_get_destination (item));
  log_on->remember = remember;
  log_on->sweep = sweep;

  /* Without a destination the settings are at fault: the run says so, and needs no credential. */
  if (log_on->destination != NULL)
    {
      log_on->wanted[KIND_PASSWORD] = postern_account_item_wants_password (item);
      log_on->wanted[KIND_TOKEN] = postern_account_item_wants_token (item);
      log_on->wanted[KIND_KEY_PASSWORD] = postern_account_item_wants_key_password (item);
    }
  for (Kind kind = 0; kind < N_KINDS; kind++)
    if (log_on->wanted[kind] && given[kind] != NULL && !postern_secret_is_empty (given[kind]))
      {
        log_on->secrets[kind] = postern_secret_ref (given[kind]);
        keep (log_on, kind, remember);
      }
  log_on_next (task);
}

gboolean
postern_log_on_finish (GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}
