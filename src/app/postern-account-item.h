/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "postern-mail-session.h"
#include "probe/postern-probe.h"
#include "probe/postern-sweep.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_ACCOUNT_ITEM (postern_account_item_get_type ())
G_DECLARE_FINAL_TYPE (PosternAccountItem, postern_account_item, POSTERN, ACCOUNT_ITEM, GObject)

/* An account as the window sees it: the account itself, what is wrong with its settings (looked at
 * anew a moment after each change), its latest run, and all the texts that follow from these.
 *
 * Properties (read-only but for the first two, with notify): account, practice (boolean: the
 * account is not saved), title, subtitle, status (subtitle and verdict), explained (what the
 * connection comes to, or how to write one, or NULL), connection-title, command-line, asn-lines,
 * procscript, destination, is-uniface, takes-user, takes-password, takes-token, running, report,
 * sweep, session (of Uniface: what stays open after a logon that passed, until the next run),
 * run-label, run-action, run-tooltip, verdict-word, verdict-icon, verdict-class. */
PosternAccountItem *postern_account_item_new             (PosternAccount           *account,
                                                          gboolean                  practice);
PosternAccount     *postern_account_item_get_account     (PosternAccountItem       *self);
gboolean            postern_account_item_is_practice     (PosternAccountItem       *self);
const char         *postern_account_item_get_title       (PosternAccountItem       *self);
PosternReport      *postern_account_item_get_report      (PosternAccountItem       *self);
gboolean            postern_account_item_get_running     (PosternAccountItem       *self);
/* NULL where none was opened; it may have ended. */
PosternMailSession *postern_account_item_get_session     (PosternAccountItem       *self);
GListModel         *postern_account_item_get_findings    (PosternAccountItem       *self);
/* The credentials that a run needs and that the account does not hold itself. */
gboolean            postern_account_item_wants_password  (PosternAccountItem       *self);
gboolean            postern_account_item_wants_token     (PosternAccountItem       *self);
gboolean            postern_account_item_wants_key_password (PosternAccountItem    *self);
/* Where the credentials go and as whom, such as "jane@smtp.example.org:587"; NULL while the
 * settings do not say it. A credential is good for this and nothing else. */
const char         *postern_account_item_get_destination (PosternAccountItem       *self);
/* Looks at the settings at once. */
void                postern_account_item_check           (PosternAccountItem       *self);
void                postern_account_item_log_on          (PosternAccountItem       *self,
                                                          const PosternCredentials *credentials);
/* Tries each mechanism that the server offers: first it looks, then the signal `sweep-planned` comes
 * if there is something to try, and then the user decides between the other two. */
void                postern_account_item_sweep           (PosternAccountItem       *self,
                                                          const PosternCredentials *credentials);
void                postern_account_item_sweep_go_on     (PosternAccountItem       *self);
void                postern_account_item_sweep_drop      (PosternAccountItem       *self);
PosternSweep       *postern_account_item_get_sweep       (PosternAccountItem       *self);
void                postern_account_item_cancel          (PosternAccountItem       *self);

G_END_DECLS
