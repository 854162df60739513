/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-asn-document.h"
#include "runtime/postern-asn.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder; /* the working directory */

static void
write_bytes (const char *name, const char *bytes, gssize length)
{
  FILE *file = g_fopen (name, "w");
  gsize n = length < 0 ? strlen (bytes) : (gsize) length;

  g_assert_cmpuint (fwrite (bytes, 1, n, file), ==, n);
  fclose (file);
}

static PosternAsnDocument *
open_text (const char *text)
{
  g_autoptr(GError) error = NULL;
  PosternAsnDocument *document;

  write_bytes ("d.asn", text, -1);
  document = postern_asn_document_open ("d.asn", &error);
  g_assert_no_error (error);
  return document;
}

static void
assert_file (const char *name, const char *bytes, gsize length)
{
  g_autofree char *contents = NULL;
  gsize n = 0;

  g_assert_true (g_file_get_contents (name, &contents, &n, NULL));
  g_assert_cmpmem (contents, n, bytes, length);
}

#define OPTION(before, name, option, value, after)                                                 \
  {                                                                                                \
    before, "NET_SETTINGS", name, option, value, after                                             \
  }

/* A value NULL takes the option, an option NULL the setting. Every byte of the file is compared. */
static void
test_edits (void)
{
  static const struct
  {
    const char *before;
    const char *section;
    const char *name;
    const char *option;
    const char *value;
    const char *after;
  } rows[] = {
    /* change */
    OPTION ("[NET_SETTINGS]\nP a=1\n", "P", "a", "2", "[NET_SETTINGS]\nP a=2\n"),
    OPTION ("[net_settings]\r\n p\t=\ta=1 , B = 2,c=3  \r\n; x\r\n", "P", "b", "22",
            "[net_settings]\r\n p\t=\ta=1 , B = 22,c=3  \r\n; x\r\n"),
    OPTION ("[NET_SETTINGS]\nP vfy_srv=no, ca_cert=a.pem", "P", "verify_server", "yes",
            "[NET_SETTINGS]\nP vfy_srv=yes, ca_cert=a.pem"),
    OPTION ("[NET_SETTINGS]\nP verify_server=no", "P", "VFY_SRV", "yes",
            "[NET_SETTINGS]\nP verify_server=yes"),
    OPTION ("[NET_SETTINGS]\nP = a=1, %\\  \r\n \t b=2, %\\\n\tc=3\n[X]\n", "P", "b", "new",
            "[NET_SETTINGS]\nP = a=1, %\\  \r\n \t b=new, %\\\n\tc=3\n[X]\n"),
    OPTION ("[NET_SETTINGS]\nP = a=12%\\\n   34, b=2\n", "P", "a", "5",
            "[NET_SETTINGS]\nP = a=5, b=2\n"),
    OPTION ("[NET_SETTINGS]\nP = a=1\n[Y]\nP = a=1\n[NET_SETTINGS]\nP = a=1\n", "P", "a", "2",
            "[NET_SETTINGS]\nP = a=1\n[Y]\nP = a=1\n[NET_SETTINGS]\nP = a=2\n"),
    OPTION ("[NET_SETTINGS]\nP a, b=2\n", "P", "a", "1", "[NET_SETTINGS]\nP a=1, b=2\n"),
    OPTION ("[NET_SETTINGS]\nP a=, b=2\n", "P", "a", "1", "[NET_SETTINGS]\nP a=1, b=2\n"),
    OPTION ("[NET_SETTINGS]\nP a=^#x, b=2\n", "P", "a", "1^2", "[NET_SETTINGS]\nP a=1^^2, b=2\n"),
    OPTION ("[NET_SETTINGS]\nP a=1\n", "P", "a", "x%\\", "[NET_SETTINGS]\nP a=x%^\\\n"),
    OPTION ("[NET_SETTINGS]\nP a=1\n", "P", "a", "(!x", "[NET_SETTINGS]\nP a=(^!x\n"),
    OPTION ("[NET_SETTINGS]\nP a=1\n", "P", "a", "((x", "[NET_SETTINGS]\nP a=(^(x\n"),
    OPTION ("[NET_SETTINGS]\nP a=1\n", "P", "a", "%%(x)", "[NET_SETTINGS]\nP a=%%^(x)\n"),
    OPTION ("[NET_SETTINGS]\nP a=1, b=2, A=3, c=4\n", "P", "a", "9",
            "[NET_SETTINGS]\nP a=9, b=2, c=4\n"),
    OPTION ("[NET_SETTINGS]\nP clt_key_pwd= k k \n", "P", "client_key_password",
            "\xc3\xbc \xe2\x82\xac", "[NET_SETTINGS]\nP clt_key_pwd= \xc3\xbc \xe2\x82\xac \n"),
    /* the same: nothing is written anew */
    OPTION ("[NET_SETTINGS]\nP a=^#x, b=2\n", "P", "a", "#x", "[NET_SETTINGS]\nP a=^#x, b=2\n"),
    OPTION ("[NET_SETTINGS]\nP a=1%\\\n2\n", "P", "a", "12", "[NET_SETTINGS]\nP a=1%\\\n2\n"),
    /* add */
    OPTION ("[NET_SETTINGS]\nP a=1\n", "P", "b", "2", "[NET_SETTINGS]\nP a=1, b=2\n"),
    OPTION ("[NET_SETTINGS]\nP a=1,c=3 \n", "P", "b", "2", "[NET_SETTINGS]\nP a=1,c=3,b=2 \n"),
    OPTION ("[NET_SETTINGS]\nP a=1,\n", "P", "b", "2", "[NET_SETTINGS]\nP a=1,b=2\n"),
    OPTION ("[NET_SETTINGS]\nP\n", "P", "b", "2", "[NET_SETTINGS]\nP = b=2\n"),
    OPTION ("[NET_SETTINGS]\nP =\n", "P", "b", "2", "[NET_SETTINGS]\nP =b=2\n"),
    OPTION ("[NET_SETTINGS]\nP = a=1, %\\\n    c=3\nQ\n", "P", "b", "2",
            "[NET_SETTINGS]\nP = a=1, %\\\n    c=3, b=2\nQ\n"),
    OPTION ("[NET_SETTINGS]\n  ; c\n  Q a=1\n\n; end\n[X]\n", "P", "b", "2",
            "[NET_SETTINGS]\n  ; c\n  Q a=1\n  P = b=2\n\n; end\n[X]\n"),
    OPTION ("[NET_SETTINGS]\r\nQ a=1", "P", "b", "2", "[NET_SETTINGS]\r\nQ a=1\r\nP = b=2"),
    OPTION ("[NET_SETTINGS]\nQ a=1, %\\\n", "P", "b", "2",
            "[NET_SETTINGS]\nQ a=1, %\\\n\nP = b=2\n"),
    OPTION ("[NET_SETTINGS]\nQ a=1, %\\", "P", "b", "2", "[NET_SETTINGS]\nQ a=1, %\\\n\nP = b=2"),
    OPTION ("", "P", "b", "2", "[NET_SETTINGS]\nP = b=2\n"),
    OPTION ("[X]\r\ny = 1", "P", "b", "2", "[X]\r\ny = 1\r\n\r\n[NET_SETTINGS]\r\nP = b=2"),
    OPTION ("; only a comment\n", "P", "b", "2", "; only a comment\n\n[NET_SETTINGS]\nP = b=2\n"),
    OPTION ("[NET_SETTINGS]\n", "a=^b", "b", "2", "[NET_SETTINGS]\na^=^^b = b=2\n"),
    OPTION ("[NET_SETTINGS]\n", ";P", "b", "2", "[NET_SETTINGS]\n^;P = b=2\n"),
    /* take */
    OPTION ("[NET_SETTINGS]\nP a=1, b=2, c=3\n", "P", "a", NULL, "[NET_SETTINGS]\nP b=2, c=3\n"),
    OPTION ("[NET_SETTINGS]\nP a=1, b=2, c=3\n", "P", "b", NULL, "[NET_SETTINGS]\nP a=1, c=3\n"),
    OPTION ("[NET_SETTINGS]\nP a=1, b=2, c=3 \n", "P", "c", NULL, "[NET_SETTINGS]\nP a=1, b=2 \n"),
    OPTION ("[NET_SETTINGS]\nP a=1 \n", "P", "a", NULL, "[NET_SETTINGS]\nP  \n"),
    OPTION ("[NET_SETTINGS]\nP a=1, %\\\n  b=2, %\\\n  c=3\nQ\n", "P", "b", NULL,
            "[NET_SETTINGS]\nP a=1, %\\\n  c=3\nQ\n"),
    OPTION ("[NET_SETTINGS]\nP a=1, %\\\n  b=2, %\\\n  c=3\nQ\n", "P", "c", NULL,
            "[NET_SETTINGS]\nP a=1, %\\\n  b=2\nQ\n"),
    OPTION ("[NET_SETTINGS]\nP a=1, %\\\n  b=2\nQ\n", "P", "a", NULL, "[NET_SETTINGS]\nP b=2\nQ\n"),
    OPTION ("[NET_SETTINGS]\nP vfy_srv=1, verify_server=1,x=2\n", "P", "verify_server", NULL,
            "[NET_SETTINGS]\nP x=2\n"),
    OPTION ("[NET_SETTINGS]\nP ,a=1\n", "P", "a", NULL, "[NET_SETTINGS]\nP \n"),
    /* whole settings */
    OPTION ("[NET_SETTINGS]\nP a=1, %\\\n b=2\nQ x=1\n", "P", NULL, "c=3",
            "[NET_SETTINGS]\nP c=3\nQ x=1\n"),
    OPTION ("[NET_SETTINGS]\nP a=1, %\\\n b=2\nQ x=1\np y\n", "P", NULL, NULL,
            "[NET_SETTINGS]\nQ x=1\n"),
    OPTION ("[NET_SETTINGS]\nP x\n", "P", NULL, "=y", "[NET_SETTINGS]\nP ^=y\n"),
    OPTION ("[NET_SETTINGS]\nP x\n", "P", NULL, "", "[NET_SETTINGS]\nP \n"),
    { "[NET_SETTINGS]\nP a=1\n", "USER_3GL", "usysbin:ustarttls(UStartTLSSMTP)", NULL, "",
      "[NET_SETTINGS]\nP a=1\n\n[USER_3GL]\nusysbin:ustarttls(UStartTLSSMTP) = \n" },
    { "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=1, ca_certificate=cacert.pem, "
      "verify_server_name=0\n",
      "DRIVER_SETTINGS", "usys$tls_params", "vfy_srv_nm", "dns:*.a.com;IP:::1",
      "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=1, ca_certificate=cacert.pem, "
      "verify_server_name=dns:*.a.com;IP:::1\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAsnDocument) document = open_text (rows[i].before);
      g_autoptr(GError) error = NULL;
      gboolean done;

      g_test_message ("%s", rows[i].before);
      if (rows[i].option != NULL && rows[i].value != NULL)
        done = postern_asn_document_set_option (document, rows[i].section, rows[i].name,
                                                rows[i].option, rows[i].value, &error);
      else if (rows[i].option != NULL)
        done = postern_asn_document_remove_option (document, rows[i].section, rows[i].name,
                                                   rows[i].option, &error);
      else if (rows[i].value != NULL)
        done = postern_asn_document_set_setting (document, rows[i].section, rows[i].name,
                                                 rows[i].value, &error);
      else
        done =
          postern_asn_document_remove_setting (document, rows[i].section, rows[i].name, &error);
      g_assert_no_error (error);
      g_assert_true (done);
      g_assert_cmpstr (postern_asn_document_get_text (document), ==, rows[i].after);
      if (rows[i].option != NULL && rows[i].value != NULL)
        {
          g_autofree char *value = postern_asn_document_dup_option (document, rows[i].section,
                                                                    rows[i].name, rows[i].option);

          g_assert_cmpstr (value, ==, rows[i].value);
        }
      g_assert_cmpint (postern_asn_document_is_modified (document), ==,
                       strcmp (rows[i].before, rows[i].after) != 0);
      g_assert_true (postern_asn_document_save (document, &error));
      g_assert_no_error (error);
      g_assert_false (postern_asn_document_is_modified (document));
      assert_file ("d.asn", rows[i].after, strlen (rows[i].after));
    }
}

static void
test_refused (void)
{
  static const char text[] =
    "[NET_SETTINGS]\nP a=1\nE shared_key=(!0123!), x=1 ((ab))\nF x=((secret))\nG a=(^(x\n";
  static const struct
  {
    const char *name;
    const char *option;
    const char *value;
  } rows[] = {
    { "P", "a", "" },      { "P", "a", "1,2" },  { "P", "a", "1\n2" }, { "P", "a b", "1" },
    { "P", "", "1" },      { "P", "a", "\xff" }, { "P", "b", NULL },   { "Q", "a", NULL },
    { "P Q", "a", "1" },   { "", "a", "1" },     { "E", "x", "2" },    { "E", "x", NULL },
    { "E", NULL, "2" },    { "E", NULL, NULL },  { "F", "y", "2" },    { "Q", NULL, NULL },
    { "P", NULL, "a\rb" }, { "P\n", NULL, "a" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAsnDocument) document = open_text (text);
      g_autoptr(GError) error = NULL;
      gboolean done;

      if (rows[i].option != NULL && rows[i].value != NULL)
        done = postern_asn_document_set_option (document, "NET_SETTINGS", rows[i].name,
                                                rows[i].option, rows[i].value, &error);
      else if (rows[i].option != NULL)
        done = postern_asn_document_remove_option (document, "NET_SETTINGS", rows[i].name,
                                                   rows[i].option, &error);
      else if (rows[i].value != NULL)
        done = postern_asn_document_set_setting (document, "NET_SETTINGS", rows[i].name,
                                                 rows[i].value, &error);
      else
        done = postern_asn_document_remove_setting (document, "NET_SETTINGS", rows[i].name, &error);
      g_test_message ("%u", i);
      g_assert_false (done);
      g_assert_nonnull (error);
      g_assert_cmpstr (postern_asn_document_get_text (document), ==, text);
    }
}

/* Lines that would be longer than 1023 characters are continued, and read back as one. */
static void
test_long_lines (void)
{
  g_autoptr(PosternAsnDocument) document = open_text ("[NET_SETTINGS]\r\nP a=1\r\n");
  g_autoptr(GString) value = g_string_new (NULL);
  g_autofree char *got = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr(GString) word = g_string_new (NULL);

  for (guint i = 0; i < 200; i++)
    g_string_append_printf (value, "%sdns:host%u.example.org", i > 0 ? "; " : "", i);
  for (guint i = 0; i < 5000; i++)
    g_string_append (word, i % 7 == 0 ? "\xc3\xbc" : "x");
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *name = g_strdup_printf ("option%u", i);

      g_assert_true (postern_asn_document_set_option (document, "NET_SETTINGS", "P", name,
                                                      "abcdefghijklmnopqrstuvwxyz", NULL));
    }
  g_assert_true (
    postern_asn_document_set_setting (document, "NET_SETTINGS", "Q", value->str, NULL));
  g_assert_true (postern_asn_document_set_setting (document, "NET_SETTINGS", "R", word->str, NULL));
  g_assert_true (postern_asn_document_set_setting (document, "NET_SETTINGS", "P", word->str, NULL));

  lines = g_strsplit (postern_asn_document_get_text (document), "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), >, 16);
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, 1023);
  got = postern_asn_document_dup_setting (document, "NET_SETTINGS", "Q");
  g_assert_cmpstr (got, ==, value->str);
  g_clear_pointer (&got, g_free);
  got = postern_asn_document_dup_setting (document, "NET_SETTINGS", "R");
  g_assert_cmpstr (got, ==, word->str);
  g_clear_pointer (&got, g_free);
  got = postern_asn_document_dup_setting (document, "NET_SETTINGS", "P");
  g_assert_cmpstr (got, ==, word->str);
}

/* A line with just room for what is added, or not quite: wherever it ends, none is too long. */
static void
test_full_lines (void)
{
  for (guint n = 980; n <= 1023; n++)
    {
      g_autofree char *filler = g_strnfill (n - strlen ("P = a="), 'x');
      g_autofree char *text = g_strdup_printf ("[NET_SETTINGS]\nP = a=%s\nQ = b=1\n", filler);
      g_autofree char *wanted = g_strdup_printf ("a=%s, verify_server=yes", filler);
      g_autofree char *longer = g_strconcat (filler, "yyyyyyyyyy", NULL);
      g_autofree char *changed = g_strdup_printf ("a=%s, verify_server=yes", longer);
      g_autoptr(PosternAsnDocument) document = open_text (text);
      g_autofree char *got = NULL;
      g_autofree char *then = NULL;
      g_auto (GStrv) lines = NULL;

      g_assert_true (postern_asn_document_set_option (document, "NET_SETTINGS", "P",
                                                      "verify_server", "yes", NULL));
      got = postern_asn_document_dup_setting (document, "NET_SETTINGS", "P");
      g_assert_cmpstr (got, ==, wanted);
      g_assert_true (
        postern_asn_document_set_option (document, "NET_SETTINGS", "P", "a", longer, NULL));
      then = postern_asn_document_dup_setting (document, "NET_SETTINGS", "P");
      g_assert_cmpstr (then, ==, changed);
      lines = g_strsplit (postern_asn_document_get_text (document), "\n", -1);
      for (guint i = 0; lines[i] != NULL; i++)
        g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, 1023);
      g_assert_true (g_str_has_suffix (postern_asn_document_get_text (document), "\nQ = b=1\n"));
    }
}

static const char *const samples[] = {
  "",
  "\n",
  "\r\n\r\n",
  "no newline",
  "[NET_SETTINGS]\r\nP a=1\nQ b=2\r\n\n; c\xc3\xa4\r\n",
  "\t [X] \n  ;\n#FILE x.asn\nP = %\\\n  %\\\r\n a (!00!) ((0))\n",
  "lone\rreturn\n\f\v\x01\n",
};

/* Opened and saved without a change, and with one, in every encoding. */
static void
test_encodings (void)
{
  static const struct
  {
    const char *charset;
    const char *mark;
    gsize mark_length;
    PosternAsnEncoding encoding;
  } rows[] = {
    { "UTF-8", "", 0, POSTERN_ASN_ENCODING_PLAIN },
    { "UTF-8", "\xef\xbb\xbf", 3, POSTERN_ASN_ENCODING_UTF8 },
    { "UTF-16LE", "\xff\xfe", 2, POSTERN_ASN_ENCODING_UTF16LE },
    { "UTF-16BE", "\xfe\xff", 2, POSTERN_ASN_ENCODING_UTF16BE },
    { "ISO-8859-1", "", 0, POSTERN_ASN_ENCODING_LATIN1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint k = 0; k < 2 * G_N_ELEMENTS (samples); k++)
      {
        g_autoptr(GString) bytes = g_string_new_len (rows[i].mark, (gssize) rows[i].mark_length);
        g_autofree char *sample =
          g_strconcat (samples[k / 2], k % 2 == 1 ? "\nx = \xc3\xbc" : "", NULL);
        g_autoptr(PosternAsnDocument) document = NULL;
        g_autoptr(GError) error = NULL;
        gsize length = 0;
        g_autofree char *encoded =
          g_convert (sample, -1, rows[i].charset, "UTF-8", NULL, &length, NULL);
        g_autoptr(GBytes) written = NULL;

        g_string_append_len (bytes, encoded, (gssize) length);
        write_bytes ("e.asn", bytes->str, (gssize) bytes->len);
        document = postern_asn_document_open ("e.asn", &error);
        g_assert_no_error (error);
        g_assert_cmpstr (postern_asn_document_get_text (document), ==, sample);
        if (k % 2 == 1)
          g_assert_cmpint (postern_asn_document_get_encoding (document), ==, rows[i].encoding);
        written = postern_asn_document_to_bytes (document, &error);
        g_assert_no_error (error);
        g_assert_cmpmem (g_bytes_get_data (written, NULL), g_bytes_get_size (written), bytes->str,
                         bytes->len);

        g_assert_true (
          postern_asn_document_set_option (document, "NET_SETTINGS", "P", "a", "2", &error));
        g_assert_true (postern_asn_document_save (document, &error));
        g_assert_no_error (error);
        g_clear_object (&document);
        document = postern_asn_document_open ("e.asn", &error);
        g_assert_no_error (error);
        g_assert_true (strcmp (postern_asn_document_get_text (document), sample) != 0);
      }
}

/* Bytes of any kind: what opens is written again as it was. */
static void
test_any_bytes (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (4);
  guint n_opened = 0;

  for (guint i = 0; i < 4000; i++)
    {
      char bytes[24];
      gsize n = (gsize) g_rand_int_range (rand, 0, sizeof bytes);
      g_autoptr(PosternAsnDocument) document = NULL;
      g_autoptr(GBytes) written = NULL;

      for (gsize k = 0; k < n; k++)
        bytes[k] = (char) g_rand_int_range (rand, 0, 256);
      if (i % 3 == 0 && n > 3)
        memcpy (bytes, "\xff\xfe", 2);
      if (i % 3 == 1 && n > 3)
        memcpy (bytes, "\xef\xbb\xbf", 3);
      write_bytes ("any.asn", bytes, (gssize) n);
      document = postern_asn_document_open ("any.asn", NULL);
      if (document == NULL)
        continue;
      n_opened++;
      written = postern_asn_document_to_bytes (document, NULL);
      g_assert_cmpmem (g_bytes_get_data (written, NULL), g_bytes_get_size (written), bytes, n);
    }
  g_assert_cmpuint (n_opened, >, 1000);
}

static void
test_latin1 (void)
{
  g_autoptr(PosternAsnDocument) document = NULL;
  g_autoptr(GError) error = NULL;

  write_bytes ("l.asn", "[NET_SETTINGS]\nP a=\xfc\n", -1);
  document = postern_asn_document_open ("l.asn", &error);
  g_assert_no_error (error);
  g_assert_true (
    postern_asn_document_set_option (document, "NET_SETTINGS", "P", "a", "\xe2\x82\xac", &error));
  g_assert_false (postern_asn_document_save (document, &error));
  g_assert_nonnull (error);
  assert_file ("l.asn", "[NET_SETTINGS]\nP a=\xfc\n", 21);
  g_clear_error (&error);

  postern_asn_document_set_encoding (document, POSTERN_ASN_ENCODING_UTF8);
  g_assert_true (postern_asn_document_save (document, &error));
  g_assert_no_error (error);
  assert_file ("l.asn", "\xef\xbb\xbf[NET_SETTINGS]\nP a=\xe2\x82\xac\n", 26);
}

static void
count_cb (PosternAsnDocument *document, guint *n)
{
  ++*n;
}

static void
test_signals (void)
{
  g_autoptr(PosternAsnDocument) document = open_text ("[NET_SETTINGS]\nP a=1\n");
  guint n_changed = 0;

  g_signal_connect (document, "changed", G_CALLBACK (count_cb), &n_changed);

  g_assert_true (postern_asn_document_set_option (document, "NET_SETTINGS", "P", "a", "2", NULL));
  g_assert_cmpuint (n_changed, ==, 1);
  g_assert_true (postern_asn_document_is_modified (document));
  g_assert_true (postern_asn_document_set_text (document, "[NET_SETTINGS]\nP a=2\n", NULL));
  g_assert_cmpuint (n_changed, ==, 1);
  g_assert_true (postern_asn_document_set_text (document, "[NET_SETTINGS]\nP a=1\n", NULL));
  g_assert_cmpuint (n_changed, ==, 2);
  g_assert_false (postern_asn_document_is_modified (document));
  g_assert_false (postern_asn_document_set_text (document, "\xff", NULL));
  g_assert_cmpuint (n_changed, ==, 2);
}

static void
test_stale (void)
{
  g_autoptr(PosternAsnDocument) document = open_text ("[NET_SETTINGS]\nP a=1\n");
  g_autoptr(GError) error = NULL;

  g_assert_false (postern_asn_document_is_stale (document));
  write_bytes ("d.asn", "[NET_SETTINGS]\nP a=3\n", -1);
  g_assert_true (postern_asn_document_is_stale (document));
  g_assert_true (postern_asn_document_set_option (document, "NET_SETTINGS", "P", "a", "2", NULL));
  g_assert_false (postern_asn_document_save (document, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  assert_file ("d.asn", "[NET_SETTINGS]\nP a=3\n", 21);
  g_clear_error (&error);

  g_assert_false (postern_asn_document_save_as (document, "stale.asn/x", FALSE, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (postern_asn_document_save_as (document, "any.asn", FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  g_clear_error (&error);
  g_assert_true (postern_asn_document_save_as (document, "new.asn", FALSE, &error));
  g_assert_no_error (error);
  assert_file ("new.asn", "[NET_SETTINGS]\nP a=2\n", 21);
  g_assert_true (postern_asn_document_save_as (document, "any.asn", TRUE, &error));
  g_assert_no_error (error);

  g_clear_object (&document);
  document = postern_asn_document_open ("d.asn", &error);
  g_assert_cmpint (g_remove ("d.asn"), ==, 0);
  g_assert_true (postern_asn_document_is_stale (document));
  g_assert_true (postern_asn_document_set_text (document, "x", NULL));
  g_assert_false (postern_asn_document_save (document, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
}

/* The text is judged as it is, not as it was saved. */
static void
test_check (void)
{
  g_autoptr(PosternAsnDocument) document = open_text ("[NET_SETTINGS]\nP x=1\n");
  g_autoptr(PosternAsnDocument) new = postern_asn_document_new ();
  g_autoptr(GPtrArray) findings = NULL;
  g_autoptr(GPtrArray) others = NULL;
  const char *const text = "[X\xc3\xbc]\n";

  g_assert_true (postern_asn_document_set_text (document, text, NULL));
  findings = postern_asn_document_check (document, NULL, NULL);
  g_assert_cmpuint (findings->len, ==, 2);
  g_assert_cmpstr (postern_finding_get_code (findings->pdata[0]), ==, "settings.asn-encoding");
  g_assert_cmpstr (postern_finding_get_file (findings->pdata[0]), ==,
                   postern_asn_document_get_path (document));
  g_assert_cmpuint (postern_finding_get_line (findings->pdata[1]), ==, 1);
  g_assert_cmpuint (postern_finding_get_column (findings->pdata[1]), ==, 2);

  postern_asn_document_set_encoding (new, POSTERN_ASN_ENCODING_UTF16LE);
  g_assert_true (postern_asn_document_set_text (new, text, NULL));
  others = postern_asn_document_check (new, NULL, NULL);
  g_assert_cmpuint (others->len, ==, 1);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (postern_asn_document_save_finish (POSTERN_ASN_DOCUMENT (source), result, &error));
  g_assert_no_error (error);
  g_main_loop_quit (user_data);
}

/* Changed while it is being saved: the change is not lost, and not taken for saved. */
static void
test_save_async (void)
{
  g_autoptr(PosternAsnDocument) document = open_text ("[NET_SETTINGS]\nP a=1\n");
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_assert_true (postern_asn_document_set_text (document, "first", NULL));
  postern_asn_document_save_async (document, NULL, saved_cb, loop);
  g_assert_true (postern_asn_document_set_text (document, "second", NULL));
  g_main_loop_run (loop);
  assert_file ("d.asn", "first", 5);
  g_assert_true (postern_asn_document_is_modified (document));
  postern_asn_document_save_async (document, NULL, saved_cb, loop);
  g_main_loop_run (loop);
  assert_file ("d.asn", "second", 6);
  g_assert_false (postern_asn_document_is_modified (document));
}

static void
test_list (void)
{
  g_autoptr(PosternAsnDocument) document = open_text (
    "before = 1\n[Net_Settings]\nP a=1, %\\\n b\n[FILES]\nx = y\n[NET_SETTINGS]\nQ (!1!)\n");
  g_autoptr(GPtrArray) all = postern_asn_document_list (document, NULL);
  g_autoptr(GPtrArray) profiles = postern_asn_document_list (document, "NET_SETTINGS");
  g_autoptr(GPtrArray) options = postern_asn_document_list_options (document, "net_settings", "p");
  const PosternAsnEntry *entry;

  g_assert_cmpuint (all->len, ==, 4);
  entry = all->pdata[0];
  g_assert_cmpstr (entry->section, ==, "");
  g_assert_cmpuint (profiles->len, ==, 2);
  entry = profiles->pdata[0];
  g_assert_cmpstr (entry->name, ==, "P");
  g_assert_cmpstr (entry->value, ==, "a=1, b");
  g_assert_cmpstr (entry->section, ==, "Net_Settings");
  g_assert_cmpuint (entry->line, ==, 3);
  g_assert_cmpuint (entry->n_lines, ==, 2);
  g_assert_false (entry->encrypted);
  entry = profiles->pdata[1];
  g_assert_cmpuint (entry->line, ==, 8);
  g_assert_true (entry->encrypted);
  g_assert_cmpuint (options->len, ==, 2);
  g_assert_cmpstr (((PosternAsnPair *) options->pdata[0])->value, ==, "1");
  g_assert_cmpstr (((PosternAsnPair *) options->pdata[1])->name, ==, "b");
  g_assert_cmpstr (((PosternAsnPair *) options->pdata[1])->value, ==, "");
}

/* Whatever the file looks like: an option that is set is read back, by the reader of the runtime
 * too, what is not about it stays, and setting it again changes nothing. */
static void
test_random (void)
{
  static const char *const pieces[] = {
    "[NET_SETTINGS]\n",
    "[X]\n",
    "P ",
    "P = ",
    "Q=",
    "a=1",
    "b=2",
    ", ",
    ",",
    "\n",
    "\r\n",
    "%\\\n",
    "%\\",
    "^",
    "; x\n",
    "  ",
    "\t",
    "=",
    "%/",
    "(",
    "#FILE x\n",
    "]",
    "\xc3\xbc",
    "[",
  };
  static const char *const values[] = { "v",  "a b", "^", "x^", "%\\",     "((",
                                        "(!", "%%(", "=", ";",  "\xc3\xbc" };
  g_autoptr(GRand) rand = g_rand_new_with_seed (21);
  g_autoptr(PosternAsnDocument) document = postern_asn_document_new ();
  guint n_set = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      const char *value = values[g_rand_int_range (rand, 0, G_N_ELEMENTS (values))];
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;
      g_autofree char *other = NULL;
      g_autofree char *got = NULL;
      g_autofree char *once = NULL;
      g_autoptr(GError) error = NULL;

      for (gint32 n = g_rand_int_range (rand, 0, 16); n > 0; n--)
        g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      g_assert_true (postern_asn_document_set_text (document, text->str, NULL));
      before = postern_asn_document_dup_setting (document, "NET_SETTINGS", "Q");
      other = postern_asn_document_dup_option (document, "NET_SETTINGS", "P", "b");

      if (!postern_asn_document_set_option (document, "NET_SETTINGS", "P", "a", value, &error))
        {
          g_assert_cmpstr (postern_asn_document_get_text (document), ==, text->str);
          continue;
        }
      n_set++;
      once = g_strdup (postern_asn_document_get_text (document));
      got = postern_asn_document_dup_option (document, "NET_SETTINGS", "P", "a");
      g_assert_cmpstr (got, ==, value);
      after = postern_asn_document_dup_setting (document, "NET_SETTINGS", "Q");
      g_assert_cmpstr (after, ==, before);
      g_clear_pointer (&after, g_free);
      after = postern_asn_document_dup_option (document, "NET_SETTINGS", "P", "b");
      g_assert_cmpstr (after, ==, other);

      g_assert_true (
        postern_asn_document_set_option (document, "NET_SETTINGS", "P", "a", value, NULL));
      g_assert_cmpstr (postern_asn_document_get_text (document), ==, once);
      g_assert_true (postern_asn_document_remove_option (document, "NET_SETTINGS", "P", "a", NULL));
      g_clear_pointer (&got, g_free);
      got = postern_asn_document_dup_option (document, "NET_SETTINGS", "P", "a");
      g_assert_null (got);
      g_clear_pointer (&after, g_free);
      after = postern_asn_document_dup_option (document, "NET_SETTINGS", "P", "b");
      g_assert_cmpstr (after, ==, other);
    }
  g_assert_cmpuint (n_set, >, 16000);
}

static void
remove_folder (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_remove (name);
  g_dir_close (dir);
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  g_test_add_func ("/asn-document/edits", test_edits);
  g_test_add_func ("/asn-document/refused", test_refused);
  g_test_add_func ("/asn-document/long-lines", test_long_lines);
  g_test_add_func ("/asn-document/full-lines", test_full_lines);
  g_test_add_func ("/asn-document/encodings", test_encodings);
  g_test_add_func ("/asn-document/any-bytes", test_any_bytes);
  g_test_add_func ("/asn-document/latin1", test_latin1);
  g_test_add_func ("/asn-document/signals", test_signals);
  g_test_add_func ("/asn-document/stale", test_stale);
  g_test_add_func ("/asn-document/check", test_check);
  g_test_add_func ("/asn-document/save-async", test_save_async);
  g_test_add_func ("/asn-document/list", test_list);
  g_test_add_func ("/asn-document/random", test_random);
  status = g_test_run ();
  remove_folder ();

  return status;
}
