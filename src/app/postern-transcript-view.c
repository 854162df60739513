/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-transcript-view.h"

#include "postern-event-line.h"

#include <glib/gi18n.h>

struct _PosternTranscriptView
{
  AdwBin parent_instance;

  GtkSearchEntry *filter_entry;
  GtkListView *list_view;
  PosternTranscript *transcript;
  GtkStringFilter *filter;
  GtkFilterListModel *filtered;
};

G_DEFINE_FINAL_TYPE (PosternTranscriptView, postern_transcript_view, ADW_TYPE_BIN)

static void
on_setup_cb (GtkListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  gtk_list_item_set_activatable (list_item, FALSE);
  gtk_list_item_set_child (list_item, postern_event_line_new ());
}

static void
on_bind_cb (GtkListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  postern_event_line_set_event (POSTERN_EVENT_LINE (gtk_list_item_get_child (list_item)),
                                gtk_list_item_get_item (list_item));
}

static void
on_copy_cb (PosternTranscriptView *self)
{
  g_autofree char *text = NULL;

  if (self->transcript == NULL)
    return;
  text = postern_transcript_to_text (self->transcript);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", _ ("Transcript copied"));
}

static void
postern_transcript_view_dispose (GObject *object)
{
  PosternTranscriptView *self = POSTERN_TRANSCRIPT_VIEW (object);

  g_clear_object (&self->transcript);
  g_clear_object (&self->filtered);
  g_clear_object (&self->filter);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_TRANSCRIPT_VIEW);

  G_OBJECT_CLASS (postern_transcript_view_parent_class)->dispose (object);
}

static void
postern_transcript_view_class_init (PosternTranscriptViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_transcript_view_dispose;

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/postern/Postern/postern-transcript-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternTranscriptView, filter_entry);
  gtk_widget_class_bind_template_child (widget_class, PosternTranscriptView, list_view);
  gtk_widget_class_bind_template_callback (widget_class, on_setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_cb);
}

static void
postern_transcript_view_init (PosternTranscriptView *self)
{
  GtkExpression *text = gtk_property_expression_new (POSTERN_TYPE_EVENT, NULL, "text");
  g_autoptr(GtkSelectionModel) selection = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = gtk_string_filter_new (text);
  self->filtered = gtk_filter_list_model_new (NULL, GTK_FILTER (g_object_ref (self->filter)));
  selection =
    GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->filtered))));
  gtk_list_view_set_model (self->list_view, selection);
  g_object_bind_property (self->filter_entry, "text", self->filter, "search", G_BINDING_DEFAULT);
}

void
postern_transcript_view_set_transcript (PosternTranscriptView *self, PosternTranscript *transcript)
{
  g_return_if_fail (POSTERN_IS_TRANSCRIPT_VIEW (self));

  g_set_object (&self->transcript, transcript);
  gtk_filter_list_model_set_model (self->filtered, (GListModel *) transcript);
}

void
postern_transcript_view_focus_filter (PosternTranscriptView *self)
{
  g_return_if_fail (POSTERN_IS_TRANSCRIPT_VIEW (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->filter_entry));
}
