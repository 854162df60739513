/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-certificates-view.h"

#include "postern-texts.h"

#include <glib/gi18n.h>

struct _PosternCertificatesView
{
  AdwBin parent_instance;

  GtkStack *stack;
  AdwPreferencesPage *page;
  GPtrArray *groups;
  PosternAccountItem *item;
  GSignalGroup *item_signals;
  GSignalGroup *report_signals;
};

G_DEFINE_FINAL_TYPE (PosternCertificatesView, postern_certificates_view, ADW_TYPE_BIN)

static void
add_field (AdwPreferencesGroup *group, const char *name, const char *value, gboolean code)
{
  GtkWidget *row = adw_preferences_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *title = gtk_label_new (name);
  GtkWidget *text = gtk_label_new (value);

  if (value == NULL || *value == '\0')
    value = _ ("none");
  gtk_label_set_label (GTK_LABEL (text), value);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "caption");
  gtk_widget_add_css_class (title, "dim-label");
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (text), TRUE);
  if (code)
    gtk_widget_add_css_class (text, "said");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), text);
  gtk_widget_add_css_class (box, "field");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  adw_preferences_group_add (group, row);
}

static void
add_fault (AdwPreferencesGroup *group, const PosternCertFault *fault)
{
  PosternVerdictTexts texts = postern_texts_for_severity (
    fault->warning || fault->hidden ? POSTERN_SEVERITY_WARNING : POSTERN_SEVERITY_ERROR);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *image = gtk_image_new_from_icon_name (texts.icon);
  g_autofree char *title = g_markup_escape_text (fault->text, -1);
  g_autofree char *subtitle = NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (fault->governed_by != NULL)
    {
      /* Translators: the name of a TLS option, such as verify_server */
      subtitle = g_markup_printf_escaped (fault->hidden ? _ ("Not refused, since %s says so")
                                                        : _ ("Governed by %s"),
                                          fault->governed_by);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
    }
  gtk_widget_add_css_class (image, texts.css_class);
  gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL, texts.word,
                                  -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  adw_preferences_group_add (group, row);
}

static char *
format_dates (PosternCertificate *certificate)
{
  GDateTime *from = postern_certificate_get_not_before (certificate);
  GDateTime *to = postern_certificate_get_not_after (certificate);
  g_autofree char *from_text = from != NULL ? g_date_time_format (from, "%F %T") : NULL;
  g_autofree char *to_text = to != NULL ? g_date_time_format (to, "%F %T") : NULL;

  /* Translators: two moments in time, both UTC */
  return g_strdup_printf (_ ("%s to %s, UTC"), from_text != NULL ? from_text : "?",
                          to_text != NULL ? to_text : "?");
}

static char *
format_names (PosternCertificate *certificate)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  const char *const *dns = postern_certificate_get_dns_names (certificate);
  const char *const *ip = postern_certificate_get_ip_addresses (certificate);
  g_auto (GStrv) names = NULL;

  if (dns != NULL)
    g_strv_builder_addv (builder, (const char **) dns);
  if (ip != NULL)
    g_strv_builder_addv (builder, (const char **) ip);
  names = g_strv_builder_end (builder);
  return g_strjoinv ("\n", names);
}

/* "ab:cd:…" is what other programs show, and wraps at the colons. */
static char *
format_fingerprint (const char *hexadecimal)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; hexadecimal != NULL && hexadecimal[i] != '\0'; i++)
    {
      if (i > 0 && i % 2 == 0)
        g_string_append_c (text, ':');
      g_string_append_c (text, g_ascii_toupper (hexadecimal[i]));
    }
  return g_string_free (text, FALSE);
}

static void
on_copy_cb (GtkButton *button, PosternCertificate *certificate)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)),
                          postern_certificate_get_pem (certificate));
  gtk_widget_activate_action (GTK_WIDGET (button), "win.say", "s", _ ("Certificate copied as PEM"));
}

static GtkWidget *
new_copy_button (PosternCertificate *certificate)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Copy PEM"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_copy_cb), certificate, 0);
  return button;
}

static void
add_certificate (PosternCertificatesView *self,
                 const PosternTlsInfo *info,
                 PosternCertificate *certificate,
                 guint index)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  const char *name = postern_certificate_get_common_name (certificate);
  g_autofree char *title =
    g_markup_escape_text (name != NULL ? name : postern_certificate_get_subject (certificate), -1);
  g_autofree char *dates = format_dates (certificate);
  g_autofree char *names = format_names (certificate);
  g_autofree char *fingerprint = format_fingerprint (postern_certificate_get_sha256 (certificate));

  adw_preferences_group_set_title (group, title);
  adw_preferences_group_set_description (group, index == 0 ? _ ("The server’s own certificate")
                                                : postern_certificate_is_ca (certificate)
                                                  ? _ ("An authority, sent along by the server")
                                                  : _ ("Sent along by the server"));
  adw_preferences_group_set_header_suffix (group, new_copy_button (certificate));

  for (guint i = 0; i < info->faults->len; i++)
    {
      const PosternCertFault *fault = g_ptr_array_index (info->faults, i);

      if (fault->certificate == index)
        add_fault (group, fault);
    }
  if (*names != '\0' || index == 0)
    add_field (group, _ ("Names"), names, TRUE);
  add_field (group, _ ("Valid"), dates, FALSE);
  add_field (group, _ ("Subject"), postern_certificate_get_subject (certificate), FALSE);
  add_field (group, _ ("Issuer"), postern_certificate_get_issuer (certificate), FALSE);
  add_field (group, _ ("Key"), postern_certificate_get_key (certificate), FALSE);
  add_field (group, _ ("Signature"), postern_certificate_get_signature (certificate), FALSE);
  add_field (group, _ ("Serial number"), postern_certificate_get_serial (certificate), TRUE);
  add_field (group, _ ("SHA-256 fingerprint"), fingerprint, TRUE);

  adw_preferences_page_add (self->page, group);
  g_ptr_array_add (self->groups, group);
}

static void
add_session (PosternCertificatesView *self, const PosternTlsInfo *info)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  PosternSeverity severity = info->verified   ? POSTERN_SEVERITY_INFO
                             : info->accepted ? POSTERN_SEVERITY_WARNING
                                              : POSTERN_SEVERITY_ERROR;
  PosternVerdictTexts texts = info->verified ? postern_texts_for_state (POSTERN_STATE_PASSED)
                                             : postern_texts_for_severity (severity);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *image = gtk_image_new_from_icon_name (texts.icon);
  g_autofree char *subtitle = NULL;

  gtk_widget_add_css_class (image, texts.css_class);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 info->verified   ? _ ("The chain was verified")
                                 : info->accepted ? _ ("Accepted without being verified")
                                                  : _ ("The chain was refused"));
  if (info->version != NULL && info->cipher != NULL)
    subtitle = g_markup_printf_escaped ("%s · %s", info->version, info->cipher);
  else if (info->version != NULL)
    subtitle = g_markup_escape_text (info->version, -1);
  if (subtitle != NULL && info->matched_name != NULL)
    {
      g_autofree char *before = g_steal_pointer (&subtitle);
      g_autofree char *name = g_markup_escape_text (info->matched_name, -1);

      /* Translators: TLS version and cipher; the name in the certificate that matched */
      subtitle = g_strdup_printf (_ ("%s · name %s"), before, name);
    }
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  adw_preferences_group_add (group, row);
  adw_preferences_page_add (self->page, group);
  g_ptr_array_add (self->groups, group);
}

static void
update (PosternCertificatesView *self)
{
  PosternReport *report = self->item != NULL ? postern_account_item_get_report (self->item) : NULL;
  const PosternTlsInfo *info = NULL;

  for (guint i = 0; i < self->groups->len; i++)
    adw_preferences_page_remove (self->page, g_ptr_array_index (self->groups, i));
  g_ptr_array_set_size (self->groups, 0);

  g_signal_group_set_target (self->report_signals, report);
  if (report != NULL && postern_report_get_outcome (report) != POSTERN_OUTCOME_NONE)
    info = postern_report_get_tls_info (report);
  if (info == NULL || info->chain == NULL || info->chain->len == 0)
    {
      gtk_stack_set_visible_child_name (self->stack, "empty");
      return;
    }

  add_session (self, info);
  for (guint i = 0; i < info->chain->len; i++)
    add_certificate (self, info, g_ptr_array_index (info->chain, i), i);
  gtk_stack_set_visible_child_name (self->stack, "chain");
}

static void
postern_certificates_view_dispose (GObject *object)
{
  PosternCertificatesView *self = POSTERN_CERTIFICATES_VIEW (object);

  g_clear_object (&self->item_signals);
  g_clear_object (&self->report_signals);
  g_clear_object (&self->item);
  g_clear_pointer (&self->groups, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), POSTERN_TYPE_CERTIFICATES_VIEW);

  G_OBJECT_CLASS (postern_certificates_view_parent_class)->dispose (object);
}

static void
postern_certificates_view_class_init (PosternCertificatesViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = postern_certificates_view_dispose;

  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/postern/Postern/postern-certificates-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PosternCertificatesView, stack);
  gtk_widget_class_bind_template_child (widget_class, PosternCertificatesView, page);
}

static void
postern_certificates_view_init (PosternCertificatesView *self)
{
  self->groups = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));

  self->item_signals = g_signal_group_new (POSTERN_TYPE_ACCOUNT_ITEM);
  g_signal_group_connect_swapped (self->item_signals, "notify::report", G_CALLBACK (update), self);
  self->report_signals = g_signal_group_new (POSTERN_TYPE_REPORT);
  g_signal_group_connect_swapped (self->report_signals, "notify::outcome", G_CALLBACK (update),
                                  self);
}

void
postern_certificates_view_set_item (PosternCertificatesView *self, PosternAccountItem *item)
{
  g_return_if_fail (POSTERN_IS_CERTIFICATES_VIEW (self));

  g_set_object (&self->item, item);
  g_signal_group_set_target (self->item_signals, item);
  update (self);
}
