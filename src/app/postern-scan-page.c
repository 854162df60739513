/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-scan-page.h"

#include "postern-scan-table.h"
#include "postern-texts.h"
#include "model/postern-finding.h"
#include "scan/postern-scan-settings.h"
#include "scan/postern-scan-weakness.h"
#include "scan/postern-tls-numbers.h"
#include "tls/postern-certificate-fields.h"

#include <glib/gi18n.h>
#include <string.h>

#define TLS_1_2 0x0303

static AdwPreferencesGroup *
add_group (AdwPreferencesPage *page, const char *title)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title);
  adw_preferences_page_add (page, group);
  return group;
}

static void
set_texts (GtkWidget *row, const char *title, const char *subtitle)
{
  g_autofree char *title_markup = g_markup_escape_text (title, -1);
  g_autofree char *subtitle_markup = g_markup_escape_text (subtitle != NULL ? subtitle : "", -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title_markup);
  g_object_set (row, "subtitle", subtitle_markup, NULL);
}

static GtkWidget *
create_image (PosternVerdictTexts texts)
{
  GtkWidget *image = gtk_image_new_from_icon_name (texts.icon);

  gtk_widget_add_css_class (image, texts.css_class);
  if (texts.word != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    texts.word, -1);
  return image;
}

static void
add_row (AdwPreferencesGroup *group,
         PosternVerdictTexts texts,
         const char *title,
         const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  set_texts (row, title, subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), create_image (texts));
  adw_preferences_group_add (group, row);
}

/* --- Versions --- */

static void
add_detail (GtkWidget *row, const char *title, const char *text)
{
  GtkWidget *detail = adw_action_row_new ();

  if (text == NULL || *text == '\0')
    {
      g_object_ref_sink (detail);
      g_object_unref (detail);
      return;
    }
  set_texts (detail, title, text);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (row), detail);
}

static char *
dup_resumption (const PosternScanVersion *version)
{
  gboolean id = version->resumes_id == POSTERN_SCAN_YES;
  gboolean ticket = version->resumes_ticket == POSTERN_SCAN_YES;

  if (id && ticket)
    return g_strdup (_ ("by session ID, and by ticket"));
  if (id || ticket)
    return g_strdup (id ? _ ("by session ID") : _ ("by ticket"));
  return g_strdup (version->resumes_ticket == POSTERN_SCAN_NO ? _ ("none") : _ ("not known"));
}

static void
add_word (GString *text, const char *word)
{
  if (text->len > 0)
    g_string_append (text, ", ");
  g_string_append (text, word);
}

static char *
dup_rest (const PosternScanVersion *version)
{
  GString *text = g_string_new (NULL);

  if (version->alpn[0] != '\0')
    {
      g_autofree char *protocol = g_strescape (version->alpn, NULL);
      g_autofree char *word = g_strdup_printf ("ALPN %s", protocol);

      add_word (text, word);
    }
  if (version->stapled == POSTERN_SCAN_YES)
    add_word (text, _ ("OCSP response stapled"));
  if (version->heartbeat)
    add_word (text, _ ("heartbeat"));
  if (version->version <= TLS_1_2)
    {
      add_word (text, version->renegotiation ? _ ("secure renegotiation")
                                             : _ ("no secure renegotiation"));
      add_word (text, version->extended_master_secret ? _ ("extended master secret")
                                                      : _ ("no extended master secret"));
    }
  return g_string_free (text, FALSE);
}

static char *
describe_suites (const PosternScanVersion *version)
{
  guint n = version->suites->len;
  g_autofree char *count = g_strdup_printf (ngettext ("%u cipher suite", "%u cipher suites", n), n);

  if (!version->complete)
    /* Translators: "12 cipher suites" */
    return g_strdup_printf (_ ("%s, perhaps more"), count);
  if (version->order == POSTERN_SCAN_ORDER_SERVER)
    return g_strdup_printf (_ ("%s, in the server’s order"), count);
  if (version->order == POSTERN_SCAN_ORDER_CLIENT)
    return g_strdup_printf (_ ("%s, the client’s order decides"), count);
  return g_steal_pointer (&count);
}

static void
add_spoken (AdwPreferencesGroup *group, const PosternScanVersion *version)
{
  GtkWidget *row = adw_expander_row_new ();
  PosternVerdictTexts texts = version->version < TLS_1_2
                                ? postern_texts_for_severity (POSTERN_SEVERITY_WARNING)
                                : postern_texts_for_state (POSTERN_STATE_PASSED);
  g_autofree char *suites = describe_suites (version);
  g_autofree char *groups = postern_scan_table_join (version->groups, postern_tls_group_name);
  g_autofree char *signatures =
    postern_scan_table_join (version->signatures, postern_tls_signature_name);
  g_autofree char *resumption = dup_resumption (version);
  g_autofree char *rest = dup_rest (version);

  set_texts (row, postern_tls_version_name (version->version), suites);
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (row), create_image (texts));
  add_detail (row, _ ("Groups"), groups);
  add_detail (row, _ ("Signatures"), signatures);
  add_detail (row, _ ("Resumption"), resumption);
  add_detail (row, _ ("Also"), rest);
  adw_preferences_group_add (group, row);
}

static void
add_versions (AdwPreferencesPage *page, const PosternScanResult *result)
{
  AdwPreferencesGroup *group = add_group (page, _ ("Versions"));
  g_autofree char *description =
    g_strdup_printf (ngettext ("%s, found with %u connection", "%s, found with %u connections",
                               result->n_connections),
                     result->address, result->n_connections);

  adw_preferences_group_set_description (group, description);
  for (guint i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    {
      const PosternScanVersion *version = &result->versions[i - 1];

      if (version->spoken)
        add_spoken (group, version);
      else
        add_row (group, postern_texts_for_state (POSTERN_STATE_SKIPPED),
                 postern_tls_version_name (version->version),
                 version->looked ? _ ("not spoken") : _ ("not known"));
    }
}

/* --- The table --- */

/* "1.3": four of them have to fit into a narrow window. */
static const char *
version_number (const PosternScanVersion *version)
{
  const char *name = postern_tls_version_name (version->version);
  const char *blank = strchr (name, ' ');

  return blank != NULL ? blank + 1 : name;
}

static GtkWidget *
add_cell (GtkGrid *grid, const char *text, const char *css_class, int column, int row)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, css_class);
  gtk_widget_set_valign (label, GTK_ALIGN_START);
  gtk_grid_attach (grid, label, column, row, 1, 1);
  return label;
}

/* A name is one long word, which a narrow window breaks after its underscores, without a hyphen. */
static void
set_name (GtkWidget *label, const char *name)
{
  const char zero_width_space[] = "_\342\200\213";
  g_auto (GStrv) parts = g_strsplit (name, "_", -1);
  g_autofree char *text = g_strjoinv (zero_width_space, parts);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
  gtk_label_set_attributes (GTK_LABEL (label), attributes);
  pango_attr_list_unref (attributes);
  gtk_label_set_label (GTK_LABEL (label), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
wrap (GtkWidget *label)
{
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand (label, TRUE);
}

static void
add_suite (GtkGrid *grid, const PosternScanResult *result, PosternScanSuite *suite, int row)
{
  const char *weakness = postern_scan_suite_get_weakness (suite);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *label = gtk_label_new (NULL);
  int column = 1;

  set_name (label, postern_scan_suite_get_name (suite));
  wrap (label);
  gtk_box_append (GTK_BOX (box), label);
  if (weakness != NULL)
    {
      label = gtk_label_new (weakness);
      wrap (label);
      gtk_widget_add_css_class (label, "caption");
      gtk_widget_add_css_class (label, "warning");
      gtk_box_append (GTK_BOX (box), label);
    }
  gtk_grid_attach (grid, box, 0, row, 1, 1);

  for (guint i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    {
      guint place = postern_scan_suite_get_place (suite, i - 1);
      g_autofree char *text = place > 0 ? g_strdup_printf ("%u", place) : g_strdup ("–");

      if (result->versions[i - 1].spoken)
        add_cell (grid, text, place > 0 ? "numeric" : "dim-label", column++, row);
    }
}

/* A grid and no column view: that one is as high as its rows would be in a wide window. */
static GtkWidget *
create_table (const PosternScanResult *result, GListModel *table)
{
  GtkWidget *grid =
    g_object_new (GTK_TYPE_GRID, "accessible-role", GTK_ACCESSIBLE_ROLE_TABLE, NULL);
  int column = 1;

  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 9);
  gtk_widget_add_css_class (grid, "card");
  gtk_widget_add_css_class (grid, "table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Cipher suites and versions"), -1);
  gtk_label_set_xalign (
    GTK_LABEL (add_cell (GTK_GRID (grid), _ ("Cipher suite"), "caption-heading", 0, 0)), 0);
  for (guint i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    if (result->versions[i - 1].spoken)
      add_cell (GTK_GRID (grid), version_number (&result->versions[i - 1]), "caption-heading",
                column++, 0);
  for (guint i = 0; i < g_list_model_get_n_items (table); i++)
    {
      g_autoptr(PosternScanSuite) suite = g_list_model_get_item (table, i);

      add_suite (GTK_GRID (grid), result, suite, (int) i + 1);
    }
  return grid;
}

static void
add_table (AdwPreferencesPage *page, const PosternScanResult *result, GListModel *table)
{
  AdwPreferencesGroup *group;

  if (g_list_model_get_n_items (table) == 0)
    return;
  group = add_group (page, _ ("Cipher suites"));
  adw_preferences_group_set_description (
    group, _ ("For each version of TLS: the place in the order of preference"));
  adw_preferences_group_add (group, create_table (result, table));
}

/* --- What it comes to --- */

static void
add_settings (AdwPreferencesPage *page, const PosternScanResult *result, const PosternPlan *plan)
{
  const PosternVerdictTexts texts[] = {
    [POSTERN_SCAN_HOLDS] = postern_texts_for_state (POSTERN_STATE_PASSED),
    [POSTERN_SCAN_WARNS] = postern_texts_for_severity (POSTERN_SEVERITY_WARNING),
    [POSTERN_SCAN_FAILS] = postern_texts_for_severity (POSTERN_SEVERITY_ERROR),
    [POSTERN_SCAN_OPEN] = postern_texts_for_state (POSTERN_STATE_SKIPPED),
  };
  g_autoptr(GPtrArray) settings =
               postern_scan_check_settings (result, plan, g_get_real_time () / G_USEC_PER_SEC);
  AdwPreferencesGroup *group;

  if (settings->len == 0)
    return;
  group = add_group (page, _ ("With the settings of this account"));
  for (guint i = 0; i < settings->len; i++)
    {
      const PosternScanSetting *setting = g_ptr_array_index (settings, i);
      gboolean plain = setting->value == NULL || *setting->value == '\0';
      g_autofree char *head = plain ? g_strdup (setting->option)
                                    : g_strdup_printf ("%s: %s", setting->option, setting->value);

      add_row (group, texts[setting->verdict], head, setting->text);
    }
}

static void
add_weaknesses (AdwPreferencesPage *page, const PosternScanResult *result)
{
  g_autoptr(GPtrArray) weaknesses =
               postern_scan_find_weaknesses (result, g_get_real_time () / G_USEC_PER_SEC);
  AdwPreferencesGroup *group;

  if (weaknesses->len == 0 && result->troubles->len == 0 && !result->cancelled)
    return;
  group = add_group (page, _ ("To be known"));
  if (result->cancelled)
    add_row (group, postern_texts_for_state (POSTERN_STATE_SKIPPED), _ ("The scan was cancelled"),
             _ ("This is what was found by then"));
  for (guint i = 0; i < result->troubles->len; i++)
    add_row (group, postern_texts_for_severity (POSTERN_SEVERITY_INFO),
             g_ptr_array_index (result->troubles, i), NULL);
  for (guint i = 0; i < weaknesses->len; i++)
    {
      PosternFinding *finding = g_ptr_array_index (weaknesses, i);

      add_row (group, postern_texts_for_severity (postern_finding_get_severity (finding)),
               postern_finding_get_title (finding), postern_finding_get_explanation (finding));
    }
}

static void
add_chain (AdwPreferencesGroup *group, const PosternScanChain *chain)
{
  const PosternVerdictTexts texts = { NULL, "postern-certificate-symbolic", "dim-label" };
  PosternCertificate *first;
  g_autofree char *left = NULL;
  g_autofree char *text = NULL;

  if (chain->certificates->len == 0)
    {
      add_row (group, texts, _ ("A certificate that cannot be read"), NULL);
      return;
    }
  first = g_ptr_array_index (chain->certificates, 0);
  left = postern_certificate_dup_time_left (first, g_get_real_time () / G_USEC_PER_SEC);
  /* Translators: key, signature, and how long a certificate is valid */
  text = g_strdup_printf (_ ("%s · %s · %s"), postern_certificate_get_key (first),
                          postern_certificate_get_signature (first), left);
  add_row (group, texts, postern_certificate_get_subject (first), text);
}

static void
add_chains (AdwPreferencesPage *page, const PosternScanResult *result)
{
  AdwPreferencesGroup *group;

  if (result->chains->len == 0)
    return;
  group = add_group (page, _ ("Certificates of the server"));
  for (guint i = 0; i < result->chains->len; i++)
    add_chain (group, g_ptr_array_index (result->chains, i));
  if (result->name_matters == POSTERN_SCAN_YES)
    adw_preferences_group_set_description (
      group, _ ("To who names no server, another certificate is shown, or none"));
}

GtkWidget *
postern_scan_page_new (const PosternScanResult *result, GListModel *table, const PosternPlan *plan)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());

  add_versions (page, result);
  add_settings (page, result, plan);
  add_weaknesses (page, result);
  add_table (page, result, table);
  add_chains (page, result);
  return GTK_WIDGET (page);
}
