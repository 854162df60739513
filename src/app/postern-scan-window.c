/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-scan-window.h"

#include "model/postern-error.h"
#include "postern-scan-page.h"
#include "postern-scan-table.h"
#include "postern-texts.h"

#include <glib/gi18n.h>

struct _PosternScanWindow
{
  AdwWindow parent_instance;

  AdwToastOverlay *overlay;
  AdwWindowTitle *title;
  GtkButton *button; /* Cancel, or Scan Again */
  GtkWidget *copy_button;
  GtkStack *stack;
  GtkLabel *progress_label;
  GtkProgressBar *progress_bar;
  AdwStatusPage *failed_page;
  GtkWidget *page;

  PosternPlan *plan;
  GCancellable *cancellable; /* NULL while nothing runs */
  char *text;                /* of the result, to be copied */
};

G_DEFINE_FINAL_TYPE (PosternScanWindow, postern_scan_window, ADW_TYPE_WINDOW)

static void
update_button (PosternScanWindow *self)
{
  gtk_button_set_label (self->button,
                        self->cancellable != NULL ? _ ("Cancel Scan") : _ ("Scan Again"));
  gtk_widget_set_sensitive (self->copy_button, self->text != NULL);
}

static void
progress_cb (const PosternScanResult *so_far, gpointer user_data)
{
  PosternScanWindow *self = user_data;
  guint all = so_far->n_connections + so_far->n_left;
  g_autofree char *text = NULL;

  if (self->cancellable == NULL || self->stack == NULL)
    return; /* over, or closed meanwhile */
  text =
    g_strdup_printf (ngettext ("%u connection made", "%u connections made", so_far->n_connections),
                     so_far->n_connections);
  gtk_label_set_label (self->progress_label, text);
  /* What comes is not all known before: the bar may go back a little. */
  if (all > 0)
    gtk_progress_bar_set_fraction (self->progress_bar, (double) so_far->n_connections / all);
}

static void
show_result (PosternScanWindow *self, const PosternScanResult *result)
{
  g_autoptr(GListModel) table = postern_scan_table_new (result);

  if (self->page != NULL)
    gtk_stack_remove (self->stack, self->page);
  self->page = postern_scan_page_new (result, table, self->plan);
  gtk_stack_add_named (self->stack, self->page, "result");
  gtk_stack_set_visible_child_name (self->stack, "result");
  g_free (self->text);
  self->text = postern_scan_table_to_text (result, table);
}

static void
show_failure (PosternScanWindow *self, const char *message)
{
  g_autofree char *markup = g_markup_escape_text (message, -1);

  adw_status_page_set_description (self->failed_page, markup);
  gtk_stack_set_visible_child_name (self->stack, "failed");
}

static void
scanned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(PosternScanWindow) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternScanResult) scan = postern_scan_finish (result, &error);

  g_clear_object (&self->cancellable);
  if (self->stack == NULL)
    return; /* closed meanwhile */
  if (scan != NULL)
    show_result (self, scan);
  else
    show_failure (self, error->message);
  update_button (self);
}

static void
start (PosternScanWindow *self)
{
  const PosternScanRequest request = {
    .host = self->plan->host,
    .port = self->plan->port,
    .protocol = self->plan->protocol,
    .starttls = self->plan->tls != POSTERN_TLS_START_IMPLICIT,
    .ehlo_name = self->plan->ehlo_name,
    .family = self->plan->family,
    .prefer_ipv4 = self->plan->prefer_ipv4,
    .connect_host = self->plan->connect_host,
    .connect_port = self->plan->connect_port,
    .progress = progress_cb,
    .progress_data = self,
  };

  self->cancellable = g_cancellable_new ();
  gtk_label_set_label (self->progress_label, _ ("Connecting"));
  gtk_progress_bar_set_fraction (self->progress_bar, 0);
  gtk_stack_set_visible_child_name (self->stack, "running");
  update_button (self);
  postern_scan_async (&request, self->cancellable, scanned_cb, g_object_ref (self));
}

static void
on_button_cb (PosternScanWindow *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  else
    start (self);
}

static void
on_copy_cb (PosternScanWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->text);
  adw_toast_overlay_add_toast (self->overlay, adw_toast_new (_ ("Scan copied as text")));
}

static gboolean
postern_scan_window_close_request (GtkWindow *window)
{
  PosternScanWindow *self = POSTERN_SCAN_WINDOW (window);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  return GTK_WINDOW_CLASS (postern_scan_window_parent_class)->close_request (window);
}

static void
postern_scan_window_dispose (GObject *object)
{
  PosternScanWindow *self = POSTERN_SCAN_WINDOW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  self->page = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_SCAN_WINDOW);

  G_OBJECT_CLASS (postern_scan_window_parent_class)->dispose (object);
}

static void
postern_scan_window_finalize (GObject *object)
{
  PosternScanWindow *self = POSTERN_SCAN_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->plan, postern_plan_unref);
  g_clear_pointer (&self->text, g_free);

  G_OBJECT_CLASS (postern_scan_window_parent_class)->finalize (object);
}

static void
postern_scan_window_class_init (PosternScanWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_scan_window_dispose;
  object_class->finalize = postern_scan_window_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = postern_scan_window_close_request;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/postern/Postern/postern-scan-window.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, overlay);
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, title);
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, button);
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, progress_label);
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, progress_bar);
  gtk_widget_class_bind_template_child (widget_class, PosternScanWindow, failed_page);
  gtk_widget_class_bind_template_callback (widget_class, on_button_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
postern_scan_window_init (PosternScanWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* How the account would log on; NULL with @error: what is wrong with its settings. */
static PosternPlan *
create_plan (PosternAccountItem *item, GError **error)
{
  PosternAccount *account = postern_account_item_get_account (item);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternPlan *plan = postern_runtime_plan (
    postern_runtime_get (postern_account_get_system (account)), account, NULL, findings);

  for (guint i = 0; plan == NULL && i < findings->len; i++)
    if (postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_ERROR)
      {
        g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                             postern_finding_get_title (findings->pdata[i]));
        return NULL;
      }
  return plan;
}

GtkWidget *
postern_scan_window_new (GtkWindow *parent, PosternAccountItem *item, GError **error)
{
  PosternPlan *plan = create_plan (item, error);
  PosternScanWindow *self;
  g_autofree char *place = NULL;

  if (plan == NULL)
    return NULL;

  self = g_object_new (POSTERN_TYPE_SCAN_WINDOW, "application", gtk_window_get_application (parent),
                       "transient-for", parent, "destroy-with-parent", TRUE, NULL);
  self->plan = plan;
  place = postern_texts_for_plan (plan);
  adw_window_title_set_subtitle (self->title, place);
  start (self);
  return GTK_WIDGET (self);
}
