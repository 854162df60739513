/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "postern-window.h"

#include "postern-asn-view.h"
#include "postern-certificates-view.h"
#include "postern-export-view.h"
#include "postern-file-list.h"
#include "postern-settings-view.h"
#include "postern-test-view.h"

G_BEGIN_DECLS

/* For postern-window*.c alone. */
struct _PosternWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toast_overlay;
  AdwLeaflet *leaflet;
  GtkMenuButton *main_button;
  GtkMenuButton *account_button;
  GtkSearchEntry *search_entry;
  GtkListBox *account_list;
  AdwViewSwitcherTitle *switcher_title;
  AdwViewSwitcherBar *switcher_bar;
  GtkStack *content_stack;
  AdwViewStack *view_stack;
  GtkWidget *run_button;
  GtkLabel *run_label;
  PosternSettingsView *settings_view;
  PosternTestView *test_view;
  PosternCertificatesView *certificates_view;
  PosternExportView *export_view;
  PosternFileList *file_list;
  PosternAsnView *asn_view;
  GtkWidget *save_button;

  PosternAccountItem *item;
  PosternAsnItem *file; /* the one that is shown, instead of the account */
  GBindingGroup *item_bindings;
  GSignalGroup *item_signals;
  GSignalGroup *file_signals;
  GtkStringFilter *filter;
  GCancellable *log_on_cancellable; /* while credentials are looked for */
};

/* Shows what is chosen; NULL: the account. */
void postern_window_set_file    (PosternWindow      *self,
                                 PosternAsnItem     *file);
void postern_window_select_item (PosternWindow      *self,
                                 PosternAccountItem *item);

/* postern-window-files.c: assignment files in the window. */
void postern_window_files_init  (PosternWindow      *self);
void postern_window_show_file   (PosternWindow      *self,
                                 PosternAsnItem     *file);

G_END_DECLS
