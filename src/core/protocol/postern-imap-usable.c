/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap-private.h"

#include <glib/gi18n.h>

static PosternAction
send_next (PosternImap *self)
{
  if (self->state < POSTERN_IMAP_ID && postern_imap_has (self, "ID"))
    return postern_imap_send (self, POSTERN_IMAP_ID, "ID NIL");
  if (self->state < POSTERN_IMAP_NAMESPACE && postern_imap_has (self, "NAMESPACE"))
    return postern_imap_send (self, POSTERN_IMAP_NAMESPACE, "NAMESPACE");
  self->n_messages = 0;
  return postern_imap_send (self, POSTERN_IMAP_EXAMINE, "EXAMINE INBOX");
}

/**
 * postern_imap_usable_start:
 * @self: a machine that has logged on
 *
 * ID and NAMESPACE where the server knows them, and EXAMINE INBOX, which changes nothing.
 *
 * Returns: SEND
 */
PosternAction
postern_imap_usable_start (PosternImap *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_USABLE);
  return send_next (self);
}

/**
 * postern_imap_usable_reply:
 * @self: a machine with the answer to ID, NAMESPACE or EXAMINE
 *
 * Only the mailbox decides: a server may refuse the others and still be of use.
 *
 * Returns: what to do
 */
PosternAction
postern_imap_usable_reply (PosternImap *self)
{
  g_autofree char *summary = NULL;

  if (self->state != POSTERN_IMAP_EXAMINE)
    return send_next (self);
  if (self->condition != POSTERN_IMAP_OK)
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), g_strcmp0 (self->code, "INUSE") == 0
                                                                ? "auth.mailbox-in-use"
                                                                : "usable.mailbox");

  summary = g_strdup_printf (
    /* Translators: INBOX is the name of a mailbox */
    ngettext ("INBOX, %" G_GUINT64_FORMAT " message", "INBOX, %" G_GUINT64_FORMAT " messages",
              (gulong) self->n_messages),
    self->n_messages);
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_USABLE, POSTERN_STATE_PASSED,
                            summary);
  return postern_imap_logout (self);
}
