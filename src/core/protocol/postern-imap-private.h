/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-imap-response.h"
#include "protocol/postern-imap.h"

G_BEGIN_DECLS

/* What the machine waits for: the end of … */
typedef enum
{
  POSTERN_IMAP_GREETING,
  POSTERN_IMAP_CAPABILITY,
  POSTERN_IMAP_STARTTLS,
  POSTERN_IMAP_LOGIN,
  POSTERN_IMAP_AUTHENTICATE,
  POSTERN_IMAP_AUTH_CANCEL,
  POSTERN_IMAP_ID,
  POSTERN_IMAP_NAMESPACE,
  POSTERN_IMAP_EXAMINE,
  POSTERN_IMAP_LOGOUT,
} PosternImapState;

#define POSTERN_IMAP_N_STATES (POSTERN_IMAP_LOGOUT + 1)

/* A part of LOGIN that waits until the server has room for it (RFC 3501 section 7.5). */
typedef enum
{
  POSTERN_IMAP_PENDING_NOTHING,
  POSTERN_IMAP_PENDING_USER,
  POSTERN_IMAP_PENDING_PASSWORD,
} PosternImapPending;

struct _PosternImap
{
  PosternLogon          parent_instance;

  PosternImapState      state;
  guint                 n_commands;
  char                  tag[16];        /* of the last command */
  PosternImapPending    pending;
  gboolean              drop;           /* there is nobody to say LOGOUT to */

  /* The response at hand, a literal in it included. */
  gsize                 n_bytes;
  guint                 n_untagged;     /* since the last command */
  gboolean              inside;         /* a literal came, or comes, and more of the response */

  /* What the last command was answered with. */
  PosternImapCondition  condition;
  char                 *code;           /* or NULL */
  char                 *text;           /* the line, to be shown */
  GString              *alerts;         /* lines with [ALERT], to be shown */

  GStrv                 capabilities;   /* the newest; never NULL */
  gboolean              fresh;          /* they came with what is answered now */
  guint64               n_messages;
};

/* Begins a command with the next tag: what follows is to be appended to the output. */
void           postern_imap_begin_command   (PosternImap       *self,
                                             PosternImapState   state,
                                             const char        *command);
PosternAction  postern_imap_send            (PosternImap       *self,
                                             PosternImapState   state,
                                             const char        *command);
gboolean       postern_imap_has             (PosternImap       *self,
                                             const char        *capability);
PosternAction  postern_imap_logout          (PosternImap       *self);

/* postern-imap-capabilities.c */
void           postern_imap_take_capabilities (PosternImap     *self,
                                             const char        *list,
                                             gsize              length);
void           postern_imap_read_capabilities (PosternImap     *self);

/* postern-imap-auth.c */
void           postern_imap_auth_class_init (PosternLogonClass *klass);
PosternAction  postern_imap_auth_continue   (PosternImap       *self,
                                             const char        *challenge,
                                             gsize              length);
PosternAction  postern_imap_auth_reply      (PosternImap       *self);

/* postern-imap-usable.c */
PosternAction  postern_imap_usable_start    (PosternImap       *self);
PosternAction  postern_imap_usable_reply    (PosternImap       *self);

G_END_DECLS
