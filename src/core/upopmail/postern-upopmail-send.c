/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-uniface-list.h"
#include "upopmail/postern-upopmail-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* Send and SendMail, spec/uniface.md section 4.3. */

#define MAX_DETAILS 102400
#define MAX_SERVER 1024
#define MAX_RECIPIENTS 1000

static const PosternMailRole recipient_roles[] = { POSTERN_MAIL_TO, POSTERN_MAIL_CC,
                                                   POSTERN_MAIL_BCC };

/* Every way out of a sending; where SendMail logged on by itself, it logs off. */
static void
end_sending (GTask *task, int status, int exit_status, const char *text)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);

  if (!doing->own_logon || doing->line == NULL)
    {
      postern_upopmail_end (task, status, exit_status, text);
      return;
    }
  doing->status = status;
  doing->exit_status = exit_status;
  doing->text = text;
  postern_upopmail_logoff (task, &self->smtp);
}

/* 452 and 552 are about room; the rest is about an address or the right to send (section 4.3). */
static int
status_of (const PosternOperation *operation, int other)
{
  return operation->reply_code == 452 || operation->reply_code == 552 ? -15 : other;
}

static void
end_refused (GTask *task, int status)
{
  end_sending (task, status, 18,
               status == -15  ? _ ("The server has no room for the message.")
               : status == -2 ? _ ("The server refused the sender, or a recipient.")
                              : _ ("The server refused the message (status inferred)."));
}

/* --- What became of the recipients --- */

/* @details has a list "address=code;text" for each of To, Cc, Bcc, in the order of the envelope. */
static void
keep_details (PosternUpopmail *self, PosternDoing *doing)
{
  guint next = 0;

  for (guint i = 0; i < G_N_ELEMENTS (recipient_roles); i++)
    {
      guint n = postern_mail_get_addresses (doing->mail, recipient_roles[i])->len;
      GString *list = self->details[i];

      g_string_truncate (list, 0);
      for (guint j = 0; j < n && next < doing->envelope->recipients->len; j++, next++)
        {
          const PosternRecipient *recipient = doing->envelope->recipients->pdata[next];
          const char *text = recipient->text != NULL ? recipient->text : "";
          g_autofree char *item =
            g_strdup_printf ("%s=%d;%s", recipient->address, recipient->reply_code,
                             strlen (text) > 4 ? text + 4 : "");

          if (list->len + 1 + strlen (item) <= MAX_DETAILS)
            g_string_append_printf (list, "%s%s", list->len > 0 ? "\x1b" : "", item);
        }
    }
}

static GPtrArray *
list_refused (const PosternOperation *envelope)
{
  GPtrArray *refused = g_ptr_array_new ();

  for (guint i = 0; i < envelope->recipients->len; i++)
    {
      const PosternRecipient *recipient = envelope->recipients->pdata[i];

      if (recipient->reply_code >= 400)
        g_ptr_array_add (refused, recipient->address);
    }
  return refused;
}

/* --- The dialogue --- */

static void
reset_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;

  if (postern_upopmail_operated (task, result))
    end_refused (task, status_of (POSTERN_DOING (task)->envelope, -2));
}

/* The envelope is of no use; the connection is. */
static void
forget_envelope (GTask *task)
{
  g_autoptr(PosternOperation) reset = postern_operation_new (POSTERN_OPERATION_RESET);

  postern_upopmail_operate (task, reset, reset_cb);
}

static void
message_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  guint n_refused = doing->envelope->n_refused;

  if (!postern_upopmail_operated (task, result))
    return;

  postern_upopmail_set_reply (self, doing->message->reply_code, doing->message->text);
  if (doing->message->refused)
    end_refused (task, status_of (doing->message, -10));
  else if (doing->own_mail != NULL || n_refused == 0)
    end_sending (task, 0, 0, NULL);
  else
    end_sending (task, (int) n_refused, 0, _ ("Sent, but not to every recipient."));
}

static void
send_message (GTask *task)
{
  PosternDoing *doing = POSTERN_DOING (task);
  g_autoptr(GPtrArray) refused = list_refused (doing->envelope);

  doing->message = postern_operation_new (POSTERN_OPERATION_MESSAGE);
  doing->message->message = postern_mail_build (doing->mail, refused);
  postern_upopmail_operate (task, doing->message, message_cb);
}

static void
envelope_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  PosternOperation *envelope = doing->envelope;
  gboolean nobody;

  if (!postern_upopmail_operated (task, result))
    return;

  if (envelope->answered)
    postern_upopmail_set_reply (self, envelope->reply_code, envelope->text);
  keep_details (self, doing);
  nobody = envelope->n_refused == envelope->recipients->len;
  if (envelope->refused && !envelope->answered)
    end_sending (task, -2, 1, _ ("An address holds a character that cannot be sent."));
  else if (nobody || (envelope->refused && !doing->ignore_refused) ||
           (envelope->refused && envelope->n_refused == 0))
    forget_envelope (task);
  else
    send_message (task);
}

/* FALSE where one of the addresses is none. */
static gboolean
make_envelope (PosternDoing *doing)
{
  GPtrArray *from = postern_mail_get_addresses (doing->mail, POSTERN_MAIL_FROM);

  doing->envelope = postern_operation_new (POSTERN_OPERATION_ENVELOPE);
  doing->envelope->ignore_refused = doing->ignore_refused;
  doing->envelope->sender = postern_mail_bare_address (from->pdata[0]);
  if (doing->envelope->sender == NULL)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (recipient_roles); i++)
    {
      GPtrArray *list = postern_mail_get_addresses (doing->mail, recipient_roles[i]);

      for (guint j = 0; j < list->len; j++)
        {
          g_autofree char *address = postern_mail_bare_address (list->pdata[j]);

          if (address == NULL || doing->envelope->recipients->len >= MAX_RECIPIENTS)
            return FALSE;
          postern_operation_add_recipient (doing->envelope, address);
        }
    }
  return TRUE;
}

static gboolean
is_complete (PosternMail *mail)
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (recipient_roles); i++)
    n += postern_mail_get_addresses (mail, recipient_roles[i])->len;
  return n > 0 && postern_mail_get_addresses (mail, POSTERN_MAIL_FROM)->len > 0;
}

/* Refused recipients make it smaller only. */
static gboolean
is_too_large (PosternDoing *doing)
{
  g_autoptr(GBytes) bytes = NULL;

  if (doing->max_size == 0)
    return FALSE;
  bytes = postern_mail_build (doing->mail, NULL);
  return g_bytes_get_size (bytes) > doing->max_size;
}

/* There is a connection. */
static void
start_sending (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);

  if (!postern_upopmail_use_line (task, &self->smtp))
    return;

  if (!is_complete (doing->mail))
    end_sending (task, -12, 1, _ ("The sender is missing, or there is no recipient."));
  else if (!make_envelope (doing))
    end_sending (task, -2, 1, _ ("An address cannot be read."));
  else if (is_too_large (doing))
    end_sending (task, -6, 1, _ ("The message is larger than allowed."));
  else
    postern_upopmail_operate (task, doing->envelope, envelope_cb);
}

/* --- Send --- */

static const char *
find_value (GPtrArray *items, const char *key)
{
  for (guint i = 0; i < items->len; i++)
    {
      const PosternUnifaceItem *item = items->pdata[i];

      if (item->has_value && g_ascii_strcasecmp (item->id, key) == 0)
        return item->value;
    }
  return NULL;
}

static gboolean
is_true (const char *value)
{
  return value != NULL && (g_ascii_strncasecmp (value, "t", 1) == 0 || strcmp (value, "1") == 0 ||
                           g_ascii_strncasecmp (value, "y", 1) == 0);
}

/**
 * postern_upopmail_send:
 *
 * Options: MaxSize, IgnoreRcptError.
 */
void
postern_upopmail_send (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  g_autoptr(GPtrArray) options = postern_uniface_list_parse (doing->call->arguments[0]);
  const char *max_size = find_value (options, "MaxSize");

  doing->mail = self->mail;
  doing->max_size = max_size != NULL ? g_ascii_strtoull (max_size, NULL, 10) : 0;
  doing->ignore_refused = is_true (find_value (options, "IgnoreRcptError"));
  start_sending (task);
}

/* --- SendMail --- */

/* Labels are upper case, no other; several recipients are several items, or commas between them
 * (inferred). */
static gboolean
read_headers (PosternMail *mail, const char *list)
{
  static const struct
  {
    const char *label;
    PosternMailRole role;
  } labels[] = {
    { "TO", POSTERN_MAIL_TO },     { "CC", POSTERN_MAIL_CC },          { "BCC", POSTERN_MAIL_BCC },
    { "FROM", POSTERN_MAIL_FROM }, { "REPLY", POSTERN_MAIL_REPLY_TO },
  };
  g_autoptr(GPtrArray) items = postern_uniface_list_parse (list);
  GString *values[G_N_ELEMENTS (labels)];
  gboolean set = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    values[i] = g_string_new (NULL);
  for (guint i = 0; i < items->len; i++)
    {
      const PosternUnifaceItem *item = items->pdata[i];

      for (guint j = 0; j < G_N_ELEMENTS (labels); j++)
        if (strcmp (item->id, labels[j].label) == 0)
          {
            g_autofree char *value = g_strdelimit (g_strdup (item->value), ",", '\x1b');

            g_string_append_printf (values[j], "%s%s", values[j]->len > 0 ? "\x1b" : "", value);
          }
      if (strcmp (item->id, "SUBJECT") == 0)
        postern_mail_set_subject (mail, item->value);
      else if (strcmp (item->id, "PRIORITY") == 0)
        postern_mail_set_priority (mail, item->value);
    }
  for (guint j = 0; j < G_N_ELEMENTS (labels); j++)
    {
      set &= postern_mail_set_addresses (mail, labels[j].role, values[j]->str) == 0;
      g_string_free (values[j], TRUE);
    }
  return set;
}

/* 0, or the $status of the first file that cannot be attached. */
static int
read_files (PosternMail *mail, const char *list, char **text)
{
  g_autoptr(GPtrArray) items = postern_uniface_list_parse (list);

  for (guint i = 0; i < items->len; i++)
    {
      const PosternUnifaceItem *item = items->pdata[i];
      g_autoptr(GError) error = NULL;
      int status =
        *item->id != '\0' ? postern_mail_add_file (mail, item->id, "", FALSE, &error) : 0;

      if (status == 0)
        continue;
      *text = error != NULL ? g_strdup (error->message) : NULL;
      return status;
    }
  return 0;
}

static void
send_alone (GTask *task)
{
  POSTERN_DOING (task)->own_logon = TRUE;
  start_sending (task);
}

/**
 * postern_upopmail_send_mail:
 *
 * Arguments: SMTPServer, HeaderList, Text, AttList, MailSize. Logs on and off by itself where
 * there is no connection.
 */
void
postern_upopmail_send_mail (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);
  GStrv arguments = doing->call->arguments;
  g_autofree char *text = NULL;
  g_autofree char *cut = NULL;
  int status = 0;

  doing->mail = doing->own_mail = postern_mail_new ();
  doing->max_size = g_ascii_strtoull (arguments[4], NULL, 10);
  if (strlen (arguments[0]) > MAX_SERVER || strlen (arguments[1]) > POSTERN_MAIL_MAX_LIST ||
      strlen (arguments[3]) > POSTERN_MAIL_MAX_LIST)
    status = -10;
  else if (!read_headers (doing->mail, arguments[1]) || !is_complete (doing->mail))
    status = -12;
  else
    status = read_files (doing->mail, arguments[3], &text);
  if (status != 0)
    {
      postern_upopmail_end (task, status, 1,
                            status == -12 ? _ ("TO or FROM is missing; labels are in upper case.")
                                          : text);
      return;
    }

  /* Longer text is cut. */
  cut = g_strndup (arguments[2], POSTERN_MAIL_MAX_TEXT);
  postern_mail_set_text (doing->mail, cut, "");
  if (postern_upopmail_is_logged_on (self, POSTERN_PROTOCOL_SMTP))
    start_sending (task);
  else
    postern_upopmail_log_on (task, &self->smtp, arguments[0], send_alone);
}
