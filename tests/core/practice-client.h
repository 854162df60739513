/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <string.h>

#include "practice/postern-practice.h"

/* A client of the practice server: the file that includes this one defines PROTOCOL, the one that
 * its servers speak. */

#define CLIENT_TIMEOUT_S 20

/* A plain blocking client. */
typedef struct
{
  GIOStream *stream;
  GIOStream *base;
  GDataInputStream *input;
} Client;

G_GNUC_UNUSED static void
client_set_stream (Client *self, GIOStream *stream)
{
  g_set_object (&self->stream, stream);
  g_clear_object (&self->input);
  self->input = g_data_input_stream_new (g_io_stream_get_input_stream (stream));
  g_data_input_stream_set_newline_type (self->input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (self->input), FALSE);
}

G_GNUC_UNUSED static Client *
client_new (guint16 port)
{
  g_autoptr(GSocketClient) connector = g_socket_client_new ();
  g_autoptr(GError) error = NULL;
  Client *self = g_new0 (Client, 1);
  GSocketConnection *connection;

  g_socket_client_set_timeout (connector, CLIENT_TIMEOUT_S);
  connection = g_socket_client_connect_to_host (connector, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  self->base = G_IO_STREAM (connection);
  client_set_stream (self, self->base);
  return self;
}

G_GNUC_UNUSED static void
client_free (Client *self)
{
  g_io_stream_close (self->stream, NULL, NULL);
  g_object_unref (self->input);
  g_object_unref (self->stream);
  g_object_unref (self->base);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

G_GNUC_UNUSED static gboolean
client_start_tls (Client *self, const char *ca_file, const char *host, GTlsCertificateFlags *faults)
{
  g_autoptr(GSocketConnectable) identity = g_network_address_new (host, 0);
  g_autoptr(GTlsDatabase) database = NULL;
  g_autoptr(GIOStream) tls = NULL;
  g_autoptr(GError) error = NULL;
  gboolean done;

  database = g_tls_file_database_new (ca_file, &error);
  g_assert_no_error (error);
  tls = g_initable_new (g_tls_backend_get_client_connection_type (g_tls_backend_get_default ()),
                        NULL, &error, "base-io-stream", self->base, "server-identity", identity,
                        "database", database, NULL);
  g_assert_no_error (error);

  done = g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, &error);
  if (faults != NULL)
    *faults = g_tls_connection_get_peer_certificate_errors (G_TLS_CONNECTION (tls));
  if (done)
    client_set_stream (self, tls);
  return done;
}

G_GNUC_UNUSED static void
client_send_bytes (Client *self, const char *bytes, gsize length)
{
  g_autoptr(GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (self->stream), bytes, length, NULL,
                             NULL, &error);
  g_assert_no_error (error);
}

G_GNUC_UNUSED static void
client_send (Client *self, const char *text)
{
  client_send_bytes (self, text, strlen (text));
}

G_GNUC_UNUSED static gboolean
goes_on (const char *line)
{
  return g_ascii_isdigit (line[0]) && g_ascii_isdigit (line[1]) && g_ascii_isdigit (line[2]) &&
         line[3] == '-';
}

/* One line, or the whole reply of SMTP; NULL at the end of the connection. */
G_GNUC_UNUSED static char *
client_read_reply (Client *self)
{
  g_autoptr(GString) reply = g_string_new (NULL);

  while (TRUE)
    {
      g_autofree char *line = g_data_input_stream_read_line (self->input, NULL, NULL, NULL);

      if (line == NULL)
        return NULL;
      g_string_append_printf (reply, "%s\n", line);
      if (!goes_on (line))
        return g_string_free (g_steal_pointer (&reply), FALSE);
    }
}

G_GNUC_UNUSED static void
expect (Client *self, const char *prefix)
{
  g_autofree char *reply = client_read_reply (self);

  if (reply == NULL || !g_str_has_prefix (reply, prefix))
    g_error ("Wanted “%s”, got “%s”", prefix, reply);
}

G_GNUC_UNUSED static void
ask (Client *self, const char *command, const char *prefix)
{
  g_autofree char *line = g_strconcat (command, "\r\n", NULL);

  client_send (self, line);
  expect (self, prefix);
}

G_GNUC_UNUSED static PosternPractice *
practice_new_started (const char *scenario)
{
  g_autoptr(GError) error = NULL;
  PosternPractice *practice = postern_practice_new_for (PROTOCOL, scenario, &error);

  g_assert_no_error (error);
  postern_practice_start (practice, 0, 0, &error);
  g_assert_no_error (error);
  return practice;
}

G_GNUC_UNUSED static const char *
ca_file_of (PosternPractice *practice)
{
  g_autoptr(GError) error = NULL;
  const char *file = postern_practice_write_ca_file (practice, &error);

  g_assert_no_error (error);
  return file;
}

G_GNUC_UNUSED static char *
base64 (const char *text, gsize length)
{
  return g_base64_encode ((const guchar *) text, length);
}

G_GNUC_UNUSED static char *
plain (const char *user, const char *password)
{
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_append_c (text, '\0');
  g_string_append (text, user);
  g_string_append_c (text, '\0');
  g_string_append (text, password);
  return base64 (text->str, text->len);
}

G_GNUC_UNUSED static char *
xoauth2 (const char *token)
{
  g_autofree char *text =
    g_strdup_printf ("user=%s\001auth=Bearer %s\001\001", POSTERN_PRACTICE_USER, token);

  return base64 (text, strlen (text));
}

G_GNUC_UNUSED static char *
oauthbearer (const char *token)
{
  g_autofree char *text =
    g_strdup_printf ("n,a=%s,\001host=localhost\001port=587\001auth=Bearer %s\001\001",
                     POSTERN_PRACTICE_USER, token);

  return base64 (text, strlen (text));
}

/* The answer to a challenge of CRAM-MD5, RFC 2195. */
G_GNUC_UNUSED static char *
cram_md5 (const char *challenge, const char *password)
{
  gsize n = 0;
  g_autofree guchar *stamp = g_base64_decode (challenge, &n);
  g_autofree char *digest = g_compute_hmac_for_data (G_CHECKSUM_MD5, (const guchar *) password,
                                                     strlen (password), stamp, n);
  g_autofree char *text = g_strdup_printf ("%s %s", POSTERN_PRACTICE_USER, digest);

  return base64 (text, strlen (text));
}

/* --- Dialogues --- */

/* "C ..." is sent, "S ..." is how the next line begins, "END" is the end of the connection. */
G_GNUC_UNUSED static void
play (Client *self, const char *const *script)
{
  for (gsize i = 0; script[i] != NULL; i++)
    {
      g_autofree char *line = NULL;

      if (g_str_has_prefix (script[i], "C "))
        {
          line = g_strconcat (script[i] + 2, "\r\n", NULL);
          client_send (self, line);
        }
      else if (g_str_has_prefix (script[i], "S "))
        expect (self, script[i] + 2);
      else if (g_str_equal (script[i], "END"))
        {
          line = client_read_reply (self);
          g_assert_null (line);
        }
      else
        g_error ("A script says C, S or END, not “%s”", script[i]);
    }
}

#define PLAY(client, ...) play (client, (const char *const[]){ __VA_ARGS__, NULL })

/* All that comes up to the end of the connection, how much of it there may be. */
G_GNUC_UNUSED static char *
client_read_all (Client *self, gsize limit)
{
  g_autoptr(GString) all = g_string_new (NULL);

  while (all->len < limit)
    {
      g_autofree char *line = client_read_reply (self);

      if (line == NULL)
        break;
      g_string_append (all, line);
    }
  g_assert_cmpuint (all->len, <, limit);
  return g_string_free (g_steal_pointer (&all), FALSE);
}

/* What is sent to a server that may have hung up. */
G_GNUC_UNUSED static gboolean
client_try_to_send (Client *self, const char *bytes, gsize length)
{
  return g_output_stream_write_all (g_io_stream_get_output_stream (self->stream), bytes, length,
                                    NULL, NULL, NULL);
}

/* --- Hostile clients --- */

/* Greeted. A server that still has many who hung up to see off may turn one away. */
G_GNUC_UNUSED static Client *
client_new_served (guint16 port)
{
  for (int i = 0; i < 1000; i++)
    {
      g_autoptr(Client) self = client_new (port);
      g_autofree char *greeting = client_read_reply (self);

      if (greeting != NULL && strstr (greeting, "Too many") == NULL)
        return g_steal_pointer (&self);
      g_thread_yield ();
    }
  g_error ("No server");
}

/* The connection ends after each byte of @text, without a goodbye. */
G_GNUC_UNUSED static void
hang_up_everywhere (guint16 port, const char *text)
{
  for (gsize i = 0; i <= strlen (text); i++)
    {
      g_autoptr(Client) client = client_new_served (port);

      client_try_to_send (client, text, i);
    }
}

/* Words of the protocol among bytes of any kind; the same ones at each run. */
G_GNUC_UNUSED static void
send_noise (guint16 port, const char *const *words, guint n_words)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (1939);

  for (int round = 0; round < 20; round++)
    {
      g_autoptr(Client) client = client_new_served (port);
      g_autoptr(GString) noise = g_string_new (NULL);

      while (noise->len < 4000)
        {
          if (g_rand_boolean (random))
            g_string_append (noise, words[g_rand_int_range (random, 0, (gint32) n_words)]);
          else
            g_string_append_c (noise, (char) g_rand_int_range (random, 0, 256));
        }
      client_try_to_send (client, noise->str, noise->len);
      g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (client->base)),
                         FALSE, TRUE, NULL);
      g_free (client_read_all (client, 1024 * 1024));
    }
}

/* One line without an end: the server gives up within its limit. */
G_GNUC_UNUSED static void
send_endless_line (guint16 port)
{
  g_autoptr(Client) client = client_new_served (port);
  g_autofree char *piece = g_strnfill (1024 * 1024, 'x');
  int n = 0;

  while (n < 64 && client_try_to_send (client, piece, strlen (piece)))
    n++;
  g_assert_cmpint (n, <, 64);
}
