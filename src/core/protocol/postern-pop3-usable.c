/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-pop3-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* With more messages their lists are not worth their length. */
#define MAX_LISTED 500

/**
 * postern_pop3_usable_start:
 * @self: a machine that has logged on
 *
 * STAT, then LIST and UIDL: no message is retrieved, and none deleted.
 *
 * Returns: SEND
 */
PosternAction
postern_pop3_usable_start (PosternPop3 *self)
{
  postern_machine_begin_step (POSTERN_MACHINE (self), POSTERN_STEP_USABLE);
  return postern_pop3_send (self, POSTERN_POP3_STAT, "STAT");
}

/* "+OK 2 320" */
static gboolean
parse_stat (PosternPop3 *self)
{
  g_auto (GStrv) words = g_strsplit_set (self->text, " \t", 4);

  return g_strv_length (words) >= 3 &&
         g_ascii_string_to_unsigned (words[1], 10, 0, G_MAXUINT32, &self->n_messages, NULL) &&
         g_ascii_string_to_unsigned (words[2], 10, 0, G_MAXINT64, &self->n_octets, NULL);
}

static PosternAction
end_usable (PosternPop3 *self)
{
  g_autofree char *size = g_format_size (self->n_octets);
  g_autofree char *count =
    g_strdup_printf (ngettext ("%" G_GUINT64_FORMAT " message", "%" G_GUINT64_FORMAT " messages",
                               (gulong) self->n_messages),
                     self->n_messages);
  g_autofree char *summary = g_strdup_printf ("%s, %s", count, size);

  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_USABLE, POSTERN_STATE_PASSED,
                            summary);
  return postern_pop3_leave (self);
}

static PosternAction
fail_mailbox (PosternPop3 *self)
{
  g_autofree char *code = postern_pop3_dup_response_code (self->text);

  return postern_logon_fail_by_reply (POSTERN_LOGON (self), g_strcmp0 (code, "IN-USE") == 0
                                                              ? "auth.mailbox-in-use"
                                                              : "usable.mailbox");
}

/**
 * postern_pop3_usable_reply:
 * @self: a machine with a reply to STAT, LIST or UIDL
 *
 * Returns: what to do
 */
PosternAction
postern_pop3_usable_reply (PosternPop3 *self)
{
  gboolean refused = self->status == POSTERN_POP3_ERR;

  /* UIDL is optional (RFC 1939 section 7). */
  if (self->state == POSTERN_POP3_UIDL)
    return end_usable (self);
  if (refused)
    return fail_mailbox (self);
  if (self->state == POSTERN_POP3_LIST)
    return self->has_uidl ? postern_pop3_send (self, POSTERN_POP3_UIDL, "UIDL") : end_usable (self);

  if (!parse_stat (self))
    return postern_logon_fail_by_reply (POSTERN_LOGON (self), "protocol.malformed");
  if (self->n_messages > MAX_LISTED)
    return end_usable (self);
  return postern_pop3_send (self, POSTERN_POP3_LIST, "LIST");
}
