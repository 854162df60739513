/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-message.h"
#include "upopmail/postern-upopmail-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* ListMail, spec/uniface.md section 4.4. Nothing is marked and nothing deleted. */

#define MAX_LIST 10240000

static GMimeMessage *
parse_headers (const char *headers)
{
  g_autofree char *text = g_strconcat (headers, "\n", NULL);
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer (text, strlen (text));
  GMimeParser *parser = g_mime_parser_new_with_stream (stream);
  GMimeMessage *message = g_mime_parser_construct_message (parser, NULL);

  g_object_unref (parser);
  g_object_unref (stream);
  return message;
}

/* The entries are lists in a list: what separates their items is escaped (section 2; that they
 * are written so is inferred). */
static void
append_field (GString *entry, const char *name, const char *value)
{
  g_autoptr(GString) safe = g_string_new (value != NULL ? value : "");

  g_string_replace (safe, "\x1b", " ", 0);
  g_string_replace (safe, "\n", " ", 0);
  g_string_append_printf (entry, "%s%s=%s", entry->len > 0 ? "!\x1b" : "", name, safe->str);
}

static char *
format_from (GMimeMessage *message)
{
  InternetAddressList *from = g_mime_message_get_from (message);

  return from != NULL ? internet_address_list_to_string (from, NULL, FALSE) : g_strdup ("");
}

static void
add_entry (PosternDoing *doing, const PosternListed *listed, const char *headers)
{
  GMimeMessage *message = parse_headers (headers);
  g_autoptr(GString) entry = g_string_new (NULL);
  g_autofree char *number = g_strdup_printf ("%u", listed->number);
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, listed->size);
  g_autofree char *from = message != NULL ? format_from (message) : NULL;
  GMimeObject *object = GMIME_OBJECT (message);
  const char *id = message != NULL ? g_mime_message_get_message_id (message) : NULL;

  append_field (entry, "NMB", number);
  append_field (entry, "ID", id != NULL ? id : listed->id);
  append_field (entry, "FROM", from);
  append_field (entry, "SUBJECT", message != NULL ? g_mime_message_get_subject (message) : NULL);
  append_field (entry, "DATE", message != NULL ? g_mime_object_get_header (object, "Date") : NULL);
  append_field (entry, "PRIORITY",
                message != NULL ? g_mime_object_get_header (object, "X-Priority") : NULL);
  append_field (entry, "SIZE", size);
  if (doing->entries->len > 0)
    g_string_append_c (doing->entries, '\x1b');
  g_string_append (doing->entries, entry->str);
  g_clear_object (&message);
}

static void
next_message (GTask *task);

static void
headers_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PosternDoing *doing = POSTERN_DOING (task);

  if (!postern_upopmail_operated (task, result))
    return;

  add_entry (doing, doing->list->listed->pdata[doing->next], doing->envelope->headers->str);
  doing->next++;
  next_message (task);
}

static void
next_message (GTask *task)
{
  PosternDoing *doing = POSTERN_DOING (task);
  gboolean full = doing->entries->len > MAX_LIST;
  const PosternListed *listed;

  if (full || doing->next == doing->list->listed->len)
    {
      postern_upopmail_set_outputs (task, doing->entries->str, NULL, NULL);
      postern_upopmail_end (task, full ? -16 : (int) doing->list->listed->len, full ? 18 : 0,
                            full ? _ ("There are more messages than the list has room for.")
                                 : NULL);
      return;
    }

  listed = doing->list->listed->pdata[doing->next];
  g_clear_pointer (&doing->envelope, postern_operation_unref);
  doing->envelope = postern_operation_new (POSTERN_OPERATION_HEADERS);
  doing->envelope->number = listed->number;
  doing->envelope->size = listed->size;
  postern_upopmail_operate (task, doing->envelope, headers_cb);
}

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  PosternDoing *doing = POSTERN_DOING (task);

  if (!postern_upopmail_operated (task, result))
    return;

  if (doing->list->refused)
    postern_upopmail_end (task, -11, 18, doing->list->text);
  else
    next_message (task);
}

void
postern_upopmail_list (GTask *task)
{
  PosternUpopmail *self = g_task_get_source_object (task);
  PosternDoing *doing = POSTERN_DOING (task);

  if (!postern_upopmail_use_line (task, &self->pop))
    return;

  postern_message_init ();
  doing->entries = g_string_new (NULL);
  doing->list = postern_operation_new (POSTERN_OPERATION_LIST);
  postern_upopmail_operate (task, doing->list, list_cb);
}
