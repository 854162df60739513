/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-connection-string.h"
#include "runtime/postern-generic-address.h"
#include "runtime/postern-uniface-list.h"

#include <string.h>

#define TCP POSTERN_CONNECTOR_TCP
#define TLS POSTERN_CONNECTOR_TLS

static PosternConnectionString *
parse (const char *text)
{
  g_autoptr(GError) error = NULL;
  guint column = 99;
  PosternConnectionString *parsed =
    postern_connection_string_parse (text, POSTERN_PROTOCOL_SMTP, &column, &error);

  g_assert_no_error (error);
  g_assert_nonnull (parsed);
  return parsed;
}

/* spec/uniface.md section 12; POP3 rows are read as SMTP, so their defaults differ. */
static void
test_vectors (void)
{
  static const struct
  {
    const char *text;
    PosternConnector connector;
    const char *host;
    guint16 port;
    gboolean port_given;
    const char *profile;
    const char *written;
  } rows[] = {
    { "smtp.myorg.com", TCP, "smtp.myorg.com", 25, FALSE, NULL, NULL },
    { "tcp:pop.myorg.com+110", TCP, "pop.myorg.com", 110, TRUE, NULL, "TCP:pop.myorg.com+110" },
    { "TLS:smtp.myorg.com+465:smtp_profile", TLS, "smtp.myorg.com", 465, TRUE, "smtp_profile",
      NULL },
    { "tls:pop.myorg.com", TLS, "pop.myorg.com", 465, FALSE, NULL, "TLS:pop.myorg.com" },
    { "TLS:host:prof", TLS, "host", 465, FALSE, "prof", NULL },
    { "smtp.office365.com+587", TCP, "smtp.office365.com", 587, TRUE, NULL, NULL },
    { "tcp:fec0::af93:1+25", TCP, "fec0::af93:1", 25, TRUE, NULL, "TCP:fec0::af93:1+25" },
    { "::1", TCP, "::1", 25, FALSE, NULL, NULL },
    { "TLS:::1+465", TLS, "::1", 465, TRUE, NULL, NULL },
    { "TLS:::1+465:p", TLS, "::1", 465, TRUE, "p", NULL },
    { " \t host+1 \t", TCP, "host", 1, TRUE, NULL, "host+1" },
    { "host+65535", TCP, "host", 65535, TRUE, NULL, NULL },
    { "host+25:prof", TCP, "host", 25, TRUE, "prof", NULL },
    { "tls", TCP, "tls", 25, FALSE, NULL, NULL },
    { "m\xc3\xbcller.example", TCP, "m\xc3\xbcller.example", 25, FALSE, NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternConnectionString) parsed = parse (rows[i].text);
      g_autofree char *written = postern_connection_string_to_text (parsed);

      g_autofree char *shown = g_strescape (rows[i].text, NULL);

      g_test_message ("%s", shown);
      g_assert_cmpint (parsed->connector, ==, rows[i].connector);
      g_assert_cmpstr (parsed->host, ==, rows[i].host);
      g_assert_cmpuint (parsed->port, ==, rows[i].port);
      g_assert_cmpint (parsed->port_given, ==, rows[i].port_given);
      g_assert_cmpstr (parsed->profile, ==, rows[i].profile);
      g_assert_cmpstr (written, ==, rows[i].written != NULL ? rows[i].written : rows[i].text);
    }
}

static void
test_faults (void)
{
  static const struct
  {
    const char *text;
    guint column;
  } rows[] = {
    { "TLS:::1", 5 },
    { "TLS:a:b:c", 6 },
    { "SSL:host", 1 },
    { "SSL:host+465", 1 },
    { "host+", 6 },
    { "host+0", 6 },
    { "host+70000", 6 },
    { "host+99999999999999999999", 6 },
    { "host+2x", 7 },
    { "  host+2x", 9 },
    { "TLS:", 5 },
    { "", 1 },
    { "   ", 4 },
    { "+25", 1 },
    { "TLS:+465", 5 },
    { "ho st+25", 3 },
    { "host +25", 5 },
    { "ho\tst", 3 },
    { "host\r\nQUIT", 5 },
    { "host\n", 5 },
    { "ho\xc2\xa0st", 3 },
    { "h\xc3\xb6st\xe2\x80\x8b", 5 },
    { "h\xc3\xb6st+2x", 7 },
    { "ho\xffst", 3 },
    { "host:25", 5 },
    { "host+25:", 9 },
    { "TLS:host:", 10 },
    { "[::1]+25", 1 },
    { "host|me|secret|", 5 },
    { "a..b", 3 },
    { "user@host", 5 },
    { "http://host", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      guint column = 0;

      g_autofree char *shown = g_strescape (rows[i].text, NULL);

      g_test_message ("%s", shown);
      g_assert_null (
        postern_connection_string_parse (rows[i].text, POSTERN_PROTOCOL_SMTP, &column, &error));
      g_assert_nonnull (error);
      g_assert_cmpuint (column, ==, rows[i].column);
      g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_columns (void)
{
  g_autoptr(PosternConnectionString) parsed = parse (" TLS:m\xc3\xbcller.example+465:prof");

  g_assert_cmpuint (parsed->host_column, ==, 6);
  g_assert_cmpuint (parsed->port_column, ==, 21);
  g_assert_cmpuint (parsed->profile_column, ==, 25);
  g_assert_cmpstr (parsed->ascii_host, ==, "xn--mller-kva.example");
}

static void
test_list (void)
{
  g_autoptr(GPtrArray) items =
               postern_uniface_list_parse ("USER=a=b\x1b"
                                           " KEY =c!;d\xc2\xb7;x%=y=z;alone;=e;f=");
  static const char *const expected[][2] = {
    { "USER", "a=b" },    { "KEY", "c;d" }, { "x%=y", "z" },
    { "alone", "alone" }, { "", "e" },      { "f", "" },
  };

  g_assert_cmpuint (items->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < items->len; i++)
    {
      const PosternUnifaceItem *item = items->pdata[i];

      g_assert_cmpstr (item->id, ==, expected[i][0]);
      g_assert_cmpstr (item->value, ==, expected[i][1]);
    }
}

/* Deterministic: any string is a connection or a fault with a column inside the text. */
static void
test_random (void)
{
  static const char *const pieces[] = {
    "TLS:", "tcp:",    "host", "+",     ":",    "::1",      "465", "[",  "]",
    "@",    "smtp://", "%",    "\xff",  " ",    "\xc3\xbc", "\t",  "\n", "p",
    ".",    "/",       "|",    "99999", "\x1b", "xn--",     "-",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(PosternConnectionString) parsed = NULL;
      g_autoptr(PosternGenericAddress) address = NULL;
      g_autoptr(GPtrArray) items = NULL;
      guint column = 0;
      gint32 n = g_rand_int_range (rand, 0, 12);

      while (n-- > 0)
        {
          if (g_rand_boolean (rand))
            g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
          else
            g_string_append_c (text, (char) g_rand_int_range (rand, 1, 256));
        }
      parsed = postern_connection_string_parse (text->str, POSTERN_PROTOCOL_SMTP, &column, NULL);
      g_assert_true (parsed != NULL || (column >= 1 && column <= text->len + 1));
      if (parsed != NULL)
        {
          g_autofree char *written = postern_connection_string_to_text (parsed);
          g_autoptr(PosternConnectionString) again = parse (written);

          g_assert_cmpstr (again->host, ==, parsed->host);
          g_assert_cmpuint (again->port, ==, parsed->port);
          g_assert_cmpstr (again->profile, ==, parsed->profile);
        }
      column = 0;
      address = postern_generic_address_parse (text->str, &column, NULL);
      g_assert_true (address != NULL || (column >= 1 && column <= text->len + 1));
      items = postern_uniface_list_parse (text->str);
      g_assert_nonnull (items);
    }
}

static void
test_huge (void)
{
  static const char fills[] = "a:+ .";

  for (guint i = 0; i < strlen (fills); i++)
    {
      g_autofree char *huge = g_strnfill (4 * 1024 * 1024, fills[i]);
      guint column = 0;

      g_assert_null (postern_connection_string_parse (huge, POSTERN_PROTOCOL_SMTP, &column, NULL));
      g_assert_null (postern_generic_address_parse (huge, &column, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connection-string/vectors", test_vectors);
  g_test_add_func ("/connection-string/faults", test_faults);
  g_test_add_func ("/connection-string/columns", test_columns);
  g_test_add_func ("/connection-string/list", test_list);
  g_test_add_func ("/connection-string/random", test_random);
  g_test_add_func ("/connection-string/huge", test_huge);

  return g_test_run ();
}
