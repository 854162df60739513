/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-session-view.h"

#include <glib/gi18n.h>

struct _PosternSessionView
{
  AdwBin parent_instance;

  GtkLabel *title_label;
  GtkWidget *list_button;
  GtkWidget *send_list;
  GtkEditable *from_row;
  GtkEditable *to_row;
  GtkEditable *subject_row;
  GtkListBox *list;

  PosternMailSession *session;
  GSignalGroup *signals;
};

G_DEFINE_FINAL_TYPE (PosternSessionView, postern_session_view, ADW_TYPE_BIN)

static GtkWidget *
create_said (const char *said)
{
  GtkWidget *label = gtk_label_new (said);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "evidence");
  return label;
}

static GtkWidget *
create_row (gpointer data, gpointer user_data)
{
  PosternOperationItem *item = data;
  const char *said = postern_operation_item_get_said (item);
  const char *text = postern_operation_item_get_text (item);
  int status = postern_operation_item_get_status (item);
  GtkWidget *row = adw_expander_row_new ();
  GtkWidget *label;
  g_autofree char *number = g_strdup_printf ("$status %d", status);
  g_autofree char *subtitle = g_markup_escape_text (text != NULL ? text : "", -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), postern_operation_item_get_name (item));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), subtitle);
  label = gtk_label_new (number);
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, status < 0 ? "error" : "dim-label");
  adw_expander_row_add_action (ADW_EXPANDER_ROW (row), label);
  if (said != NULL && *said != '\0')
    adw_expander_row_add_row (ADW_EXPANDER_ROW (row), create_said (said));
  else
    adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (row), FALSE);
  return row;
}

/* The focus is not left on what goes away. */
static void
hide_send (PosternSessionView *self, gboolean hidden)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (hidden && focus != NULL && gtk_widget_is_ancestor (focus, self->send_list))
    gtk_root_set_focus (root, NULL);
  gtk_widget_set_visible (self->send_list, !hidden);
}

static void
update (PosternSessionView *self)
{
  gboolean open = self->session != NULL && postern_mail_session_is_open (self->session);
  gboolean running = FALSE;
  gboolean smtp;

  gtk_widget_set_visible (GTK_WIDGET (self), self->session != NULL);
  if (self->session == NULL)
    return;

  g_object_get (self->session, "running", &running, NULL);
  smtp = postern_mail_session_get_protocol (self->session) == POSTERN_PROTOCOL_SMTP;
  gtk_label_set_label (self->title_label,
                       open ? _ ("The session is open") : _ ("The session is over"));
  gtk_widget_set_visible (self->list_button, open && !smtp);
  hide_send (self, !open || !smtp);
  gtk_widget_set_sensitive (self->list_button, !running);
}

static void
on_list_cb (PosternSessionView *self)
{
  postern_mail_session_list (self->session);
}

static void
on_send_cb (PosternSessionView *self)
{
  if (self->session != NULL)
    postern_mail_session_send (
      self->session, gtk_editable_get_text (self->from_row), gtk_editable_get_text (self->to_row),
      gtk_editable_get_text (self->subject_row), _ ("A test message from Postern."));
}

static void
postern_session_view_dispose (GObject *object)
{
  PosternSessionView *self = POSTERN_SESSION_VIEW (object);

  g_clear_object (&self->signals);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_SESSION_VIEW);

  G_OBJECT_CLASS (postern_session_view_parent_class)->dispose (object);
}

static void
postern_session_view_class_init (PosternSessionViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = postern_session_view_dispose;

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/postern/Postern/postern-session-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternSessionView, title_label);
  gtk_widget_class_bind_template_child (widget_class, PosternSessionView, list_button);
  gtk_widget_class_bind_template_child (widget_class, PosternSessionView, send_list);
  gtk_widget_class_bind_template_child (widget_class, PosternSessionView, from_row);
  gtk_widget_class_bind_template_child (widget_class, PosternSessionView, to_row);
  gtk_widget_class_bind_template_child (widget_class, PosternSessionView, subject_row);
  gtk_widget_class_bind_template_child (widget_class, PosternSessionView, list);
  gtk_widget_class_bind_template_callback (widget_class, on_list_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_send_cb);
}

static void
postern_session_view_init (PosternSessionView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_editable_set_text (self->subject_row, _ ("Test message"));
  self->signals = g_signal_group_new (POSTERN_TYPE_MAIL_SESSION);
  g_signal_group_connect_swapped (self->signals, "notify", G_CALLBACK (update), self);
}

void
postern_session_view_set_session (PosternSessionView *self, PosternMailSession *session)
{
  g_return_if_fail (POSTERN_IS_SESSION_VIEW (self));

  if (self->session == session)
    return;
  g_set_object (&self->session, session);
  g_signal_group_set_target (self->signals, session);
  gtk_list_box_bind_model (self->list,
                           session != NULL ? postern_mail_session_get_operations (session) : NULL,
                           create_row, NULL, NULL);
  update (self);
}
