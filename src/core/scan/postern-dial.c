/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-dial.h"

#include "model/postern-error.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <string.h>

/* What a server may say before TLS begins, and how much of a line is told. */
#define MAX_PLAIN (64 * 1024)
#define MAX_TOLD 120

/* How each protocol is asked for TLS: what a greeting begins with, what is sent then, and so on,
 * until the last answer (RFC 3207; RFC 2595 for the other two). EHLO gets its name when it is
 * sent. */
#define EHLO "EHLO"

typedef struct
{
  const char *good;
  const char *say;
} Turn;

static const Turn turns[][4] = {
  [POSTERN_PROTOCOL_SMTP] = { { "220", EHLO }, { "250", "STARTTLS\r\n" }, { "220", NULL } },
  [POSTERN_PROTOCOL_POP3] = { { "+OK", "STLS\r\n" }, { "+OK", NULL } },
  [POSTERN_PROTOCOL_IMAP] = { { "* OK", "a1 STARTTLS\r\n" }, { "a1 OK", NULL } },
};

typedef struct
{
  PosternDialPlace place;
  GCancellable *cancellable;
  GSocketConnection *connection;
  GString *plain; /* what came and is not a whole line yet */
  gsize n_plain;
  guint turn;
  char *said;
  char buffer[4096];
} Dial;

static void
dial_free (Dial *dial)
{
  g_object_unref (dial->place.address);
  g_free ((char *) dial->place.ehlo_name);
  g_free (dial->said);
  g_clear_object (&dial->cancellable);
  g_clear_object (&dial->connection);
  g_string_free (dial->plain, TRUE);
  g_free (dial);
}

static void
fail (GTask *task, PosternError code, const char *message)
{
  g_task_return_new_error (task, POSTERN_ERROR, (int) code, "%s", message);
}

static void
fail_with_line (GTask *task, const char *line)
{
  Dial *dial = g_task_get_task_data (task);
  g_autofree char *shown = postern_printable (line, MIN (strlen (line), MAX_TOLD));
  g_autofree char *message = g_strdup_printf (
    dial->turn == 0 ? _ ("The greeting does not fit: %s") : _ ("The server does not start TLS: %s"),
    shown);

  fail (task, POSTERN_ERROR_REFUSED, message);
}

static void
read_more (GTask *task);

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    read_more (task);
  else
    g_task_return_error (task, error);
}

/* RFC 5321, 4.1.3 */
static char *
make_ehlo (const Dial *dial)
{
  g_autoptr(GSocketAddress) local = g_socket_connection_get_local_address (dial->connection, NULL);
  GInetAddress *address;
  g_autofree char *text = NULL;

  if (dial->place.ehlo_name != NULL)
    return g_strdup_printf ("EHLO %s\r\n", dial->place.ehlo_name);
  if (!G_IS_INET_SOCKET_ADDRESS (local))
    return g_strdup ("EHLO [127.0.0.1]\r\n");
  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local));
  text = g_inet_address_to_string (address);
  return g_strdup_printf (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6
                            ? "EHLO [IPv6:%s]\r\n"
                            : "EHLO [%s]\r\n",
                          text);
}

static void
say (GTask *task, const char *text)
{
  Dial *dial = g_task_get_task_data (task);

  g_free (dial->said);
  dial->said = strcmp (text, EHLO) == 0 ? make_ehlo (dial) : g_strdup (text);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (dial->connection)),
                                   dial->said, strlen (dial->said), G_PRIORITY_DEFAULT,
                                   dial->cancellable, said_cb, g_object_ref (task));
}

/* A line that more lines follow: "250-", and what IMAP says without being asked. */
static gboolean
is_between (const Dial *dial, const char *line)
{
  if (dial->place.protocol == POSTERN_PROTOCOL_SMTP)
    return strlen (line) > 3 && line[3] == '-' && g_ascii_isdigit (line[0]);
  return dial->place.protocol == POSTERN_PROTOCOL_IMAP && dial->turn > 0 &&
         g_str_has_prefix (line, "* ");
}

static void
finish (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&dial->connection), g_object_unref);
}

/* Whether the dialling goes on reading. */
static gboolean
take_line (GTask *task, const char *line)
{
  Dial *dial = g_task_get_task_data (task);
  const Turn *turn = &turns[dial->place.protocol][dial->turn];

  if (is_between (dial, line))
    return TRUE;
  if (g_ascii_strncasecmp (line, turn->good, strlen (turn->good)) != 0)
    fail_with_line (task, line);
  else if (dial->plain->len > 0)
    fail (task, POSTERN_ERROR_PROTOCOL, _ ("The server says more than it was asked"));
  else if (turn->say == NULL)
    finish (task);
  else
    {
      dial->turn++;
      say (task, turn->say);
    }
  return FALSE;
}

static void
take_plain (GTask *task, gsize n)
{
  Dial *dial = g_task_get_task_data (task);
  char *end;

  dial->n_plain += n;
  if (dial->n_plain > MAX_PLAIN)
    {
      fail (task, POSTERN_ERROR_TOO_LONG, _ ("The server says too much before TLS"));
      return;
    }
  g_string_append_len (dial->plain, dial->buffer, (gssize) n);
  while ((end = memchr (dial->plain->str, '\n', dial->plain->len)) != NULL)
    {
      gsize length = (gsize) (end - dial->plain->str);
      g_autofree char *line = g_strndup (dial->plain->str, length);

      g_string_erase (dial->plain, 0, (gssize) length + 1);
      if (!take_line (task, g_strchomp (line)))
        return;
    }
  read_more (task);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n > 0)
    take_plain (task, (gsize) n);
  else if (n == 0)
    fail (task, POSTERN_ERROR_PROTOCOL, _ ("The server hung up before TLS"));
  else
    g_task_return_error (task, error);
}

static void
read_more (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);

  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (dial->connection)),
                             dial->buffer, sizeof dial->buffer, G_PRIORITY_DEFAULT,
                             dial->cancellable, read_cb, g_object_ref (task));
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Dial *dial = g_task_get_task_data (task);
  GError *error = NULL;

  dial->connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (dial->connection == NULL)
    g_task_return_error (task, error);
  else if (dial->place.starttls)
    read_more (task);
  else
    finish (task);
}

void
postern_dial_async (const PosternDialPlace *place,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  Dial *dial = g_new0 (Dial, 1);

  g_return_if_fail ((gsize) place->protocol < G_N_ELEMENTS (turns));

  dial->place = *place;
  g_object_ref (dial->place.address);
  dial->place.ehlo_name = g_strdup (place->ehlo_name);
  dial->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  dial->plain = g_string_new (NULL);
  g_task_set_task_data (task, dial, (GDestroyNotify) dial_free);

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (place->address), cancellable,
                                 connected_cb, g_steal_pointer (&task));
}

GSocketConnection *
postern_dial_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
