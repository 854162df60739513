/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-asn-item.h"

#include "runtime/postern-asn.h"

#include <glib/gi18n.h>

#define CHECK_DELAY_MS 250
#define MAX_FINDINGS 500 /* in the list */

struct _PosternAsnItem
{
  GObject parent_instance;

  PosternAsnDocument *document;
  char *title;
  char *usys_dir;
  GListStore *findings;
  char *subtitle;
  guint check_id;
  GCancellable *checking;
};

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_SUBTITLE,
  PROP_USYS_DIR,
  PROP_MODIFIED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternAsnItem, postern_asn_item, G_TYPE_OBJECT)

/* What the thread works with, and nobody else. */
typedef struct
{
  char *path;
  char *text;
  char *usys_dir;
} Check;

static void
check_free (gpointer data)
{
  Check *check = data;

  g_free (check->path);
  g_free (check->text);
  g_free (check->usys_dir);
  g_free (check);
}

static void
check_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Check *check = task_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternAsn) asn =
               postern_asn_check (check->path, check->text, check->usys_dir, &error);
  GPtrArray *findings;

  if (asn == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  findings = g_ptr_array_copy (postern_asn_get_findings (asn), (GCopyFunc) g_object_ref, NULL);
  g_ptr_array_set_free_func (findings, g_object_unref);
  g_task_return_pointer (task, findings, (GDestroyNotify) g_ptr_array_unref);
}

static void
set_subtitle (PosternAsnItem *self, char *subtitle)
{
  g_free (self->subtitle);
  self->subtitle = subtitle;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUBTITLE]);
}

static void
count (PosternAsnItem *self, guint n_problems)
{
  set_subtitle (self,
                n_problems > 0
                  ? g_strdup_printf (ngettext ("%u problem", "%u problems", n_problems), n_problems)
                  : g_strdup (_ ("no problems")));
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PosternAsnItem *self = POSTERN_ASN_ITEM (source);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) findings = g_task_propagate_pointer (G_TASK (result), &error);
  guint n_problems = 0;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* a newer one runs */
  if (findings == NULL)
    {
      g_list_store_remove_all (self->findings);
      set_subtitle (self, g_strdup (error->message));
      return;
    }

  for (guint i = 0; i < findings->len; i++)
    if (postern_finding_get_severity (findings->pdata[i]) != POSTERN_SEVERITY_INFO)
      n_problems++;
  g_list_store_splice (self->findings, 0, g_list_model_get_n_items (G_LIST_MODEL (self->findings)),
                       findings->pdata, MIN (findings->len, MAX_FINDINGS));
  count (self, n_problems);
}

static gboolean
check_cb (gpointer user_data)
{
  PosternAsnItem *self = user_data;
  g_autoptr(GTask) task = NULL;
  Check *check = g_new0 (Check, 1);

  self->check_id = 0;
  check->path = g_strdup (postern_asn_document_get_path (self->document));
  check->text = g_strdup (postern_asn_document_get_text (self->document));
  check->usys_dir = *self->usys_dir != '\0' ? g_strdup (self->usys_dir) : NULL;

  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  self->checking = g_cancellable_new ();
  task = g_task_new (self, self->checking, checked_cb, NULL);
  g_task_set_task_data (task, check, check_free);
  g_task_run_in_thread (task, check_thread);

  return G_SOURCE_REMOVE;
}

static void
changed_cb (PosternAsnItem *self)
{
  g_clear_handle_id (&self->check_id, g_source_remove);
  self->check_id = g_timeout_add (CHECK_DELAY_MS, check_cb, self);
}

static void
modified_cb (PosternAsnItem *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MODIFIED]);
}

static void
postern_asn_item_dispose (GObject *object)
{
  PosternAsnItem *self = POSTERN_ASN_ITEM (object);

  g_clear_handle_id (&self->check_id, g_source_remove);
  g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
  g_clear_object (&self->document);
  g_clear_object (&self->findings);

  G_OBJECT_CLASS (postern_asn_item_parent_class)->dispose (object);
}

static void
postern_asn_item_finalize (GObject *object)
{
  PosternAsnItem *self = POSTERN_ASN_ITEM (object);

  g_free (self->title);
  g_free (self->subtitle);
  g_free (self->usys_dir);

  G_OBJECT_CLASS (postern_asn_item_parent_class)->finalize (object);
}

static void
postern_asn_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternAsnItem *self = POSTERN_ASN_ITEM (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, self->subtitle);
      break;
    case PROP_USYS_DIR:
      g_value_set_string (value, self->usys_dir);
      break;
    case PROP_MODIFIED:
      g_value_set_boolean (value, postern_asn_document_is_modified (self->document));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_asn_item_set_property (GObject *object,
                               guint prop_id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  PosternAsnItem *self = POSTERN_ASN_ITEM (object);
  const char *text;

  switch (prop_id)
    {
    case PROP_USYS_DIR:
      text = g_value_get_string (value);
      if (g_strcmp0 (text, self->usys_dir) == 0)
        break;
      g_free (self->usys_dir);
      self->usys_dir = g_strdup (text != NULL ? text : "");
      g_object_notify_by_pspec (object, pspec);
      changed_cb (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_asn_item_class_init (PosternAsnItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = postern_asn_item_dispose;
  object_class->finalize = postern_asn_item_finalize;
  object_class->get_property = postern_asn_item_get_property;
  object_class->set_property = postern_asn_item_set_property;

  properties[PROP_TITLE] =
    g_param_spec_string ("title", NULL, NULL, NULL, flags | G_PARAM_READABLE);
  properties[PROP_SUBTITLE] =
    g_param_spec_string ("subtitle", NULL, NULL, NULL, flags | G_PARAM_READABLE);
  properties[PROP_USYS_DIR] =
    g_param_spec_string ("usys-dir", NULL, NULL, "", flags | G_PARAM_READWRITE);
  properties[PROP_MODIFIED] =
    g_param_spec_boolean ("modified", NULL, NULL, FALSE, flags | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_asn_item_init (PosternAsnItem *self)
{
  self->usys_dir = g_strdup ("");
  self->subtitle = g_strdup ("");
  self->findings = g_list_store_new (POSTERN_TYPE_FINDING);
}

/**
 * postern_asn_item_new:
 *
 * Returns: (transfer full): %NULL with @error where the file cannot be opened
 */
PosternAsnItem *
postern_asn_item_new (const char *path, GError **error)
{
  PosternAsnDocument *document = postern_asn_document_open (path, error);
  PosternAsnItem *self;
  g_autofree char *base = NULL;

  if (document == NULL)
    return NULL;

  self = g_object_new (POSTERN_TYPE_ASN_ITEM, NULL);
  base = g_path_get_basename (path);
  self->title = g_filename_display_name (base);
  self->document = document;
  g_signal_connect_object (document, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (document, "notify::modified", G_CALLBACK (modified_cb), self,
                           G_CONNECT_SWAPPED);
  check_cb (self);

  return self;
}

PosternAsnDocument *
postern_asn_item_get_document (PosternAsnItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_ITEM (self), NULL);

  return self->document;
}

const char *
postern_asn_item_get_title (PosternAsnItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_ITEM (self), NULL);

  return self->title;
}

const char *
postern_asn_item_get_usys_dir (PosternAsnItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_ITEM (self), NULL);

  return self->usys_dir;
}

GListModel *
postern_asn_item_get_findings (PosternAsnItem *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_ITEM (self), NULL);

  return G_LIST_MODEL (self->findings);
}
