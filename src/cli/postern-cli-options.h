/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-account.h"

G_BEGIN_DECLS

/* What stands on the command line of `probe`. */
typedef struct
{
  char     *account;
  char     *system;
  char     *protocol;
  char     *tls;
  char     *tls_options;
  char     *asn;
  char     *usys;
  char     *user;
  char     *ehlo;
  char     *connect_to;
  char     *crl;
  char     *pin;
  char     *password_from;
  char     *token_from;
  char     *key_password_from;
  char     *check_sender;
  char     *send_from;
  char     *send_to;
  char     *format;
  char     *save_report;
  char     *unused;
  GStrv     mechanisms;
  GStrv     check_recipients;
  GStrv     rest;
  double    timeout;
  double    connect_timeout;
  double    step_timeout;
  gboolean  ipv4;
  gboolean  ipv6;
  gboolean  check_usable;
  gboolean  sweep;
  gboolean  transcript;
  gboolean  capabilities;
  gboolean  verbose;
  char     *to;                         /* of `export`, as is the next */
  gboolean  with_secrets;
  int       parallel;                   /* of `scan`, as are the next */
  gboolean  starttls;
  gboolean  progress;
} PosternCliOptions;

gboolean        postern_cli_options_parse        (PosternCliOptions        *options,
                                                  int                      *argc,
                                                  char                   ***argv,
                                                  GError                  **error);
/* The same for `export`: the options that say what the account is, and its own. */
gboolean        postern_cli_options_parse_export (PosternCliOptions        *options,
                                                  int                      *argc,
                                                  char                   ***argv,
                                                  GError                  **error);
/* The same for `scan`: those that have to do with TLS, and its own. */
gboolean        postern_cli_options_parse_scan   (PosternCliOptions        *options,
                                                  int                      *argc,
                                                  char                   ***argv,
                                                  GError                  **error);
PosternAccount *postern_cli_options_make_account (const PosternCliOptions  *options,
                                                  GPtrArray                *drivers,
                                                  GError                  **error);
void            postern_cli_options_clear        (PosternCliOptions        *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternCliOptions, postern_cli_options_clear)

G_END_DECLS
