/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-mail.h"

#include <glib/gstdio.h>
#include <gmime/gmime.h>
#include <string.h>

/* What UPOPMAIL composes, read again by a parser. */

static GMimeMessage *
build (PosternMail *mail, GPtrArray *refused, char **text)
{
  g_autoptr(GBytes) bytes = postern_mail_build (mail, refused);
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer (data, length);
  GMimeParser *parser = g_mime_parser_new_with_stream (stream);
  GMimeMessage *message = g_mime_parser_construct_message (parser, NULL);

  *text = g_strndup (data, length);
  g_assert_true (g_str_has_suffix (*text, "\r\n"));
  for (const char *p = *text; (p = strchr (p, '\n')) != NULL; p++)
    g_assert_cmpint (p[-1], ==, '\r');
  for (const char *p = *text; *p != '\0'; p++)
    g_assert_true (g_ascii_isprint (*p) || strchr ("\r\n\t", *p) != NULL);
  g_object_unref (parser);
  g_object_unref (stream);
  g_assert_nonnull (message);
  return message;
}

static PosternMail *
make_mail (void)
{
  PosternMail *mail = postern_mail_new ();

  postern_mail_set_addresses (mail, POSTERN_MAIL_FROM, "Anna Ä <a@x.test>");
  postern_mail_set_addresses (mail, POSTERN_MAIL_TO, "b@x.test;c@x.test");
  postern_mail_set_addresses (mail, POSTERN_MAIL_CC, "d@x.test");
  postern_mail_set_addresses (mail, POSTERN_MAIL_BCC, "secret@x.test");
  return mail;
}

static void
test_headers (void)
{
  g_autoptr(PosternMail) mail = make_mail ();
  g_autoptr(GPtrArray) refused = g_ptr_array_new ();
  g_autofree char *subject = g_strnfill (200, 'x');
  g_autofree char *umlauts = g_strconcat ("Grüße äöüß ", subject, " €", NULL);
  g_autofree char *text = NULL;
  GMimeMessage *message;

  g_ptr_array_add (refused, (gpointer) "c@x.test");
  postern_mail_set_subject (mail, umlauts);
  postern_mail_set_priority (mail, "2");
  postern_mail_set_id (mail, "<mine@x.test>");
  postern_mail_set_text (mail, "Zeile ä", "");
  message = build (mail, refused, &text);

  g_assert_cmpstr (g_mime_message_get_subject (message), ==, umlauts);
  g_assert_cmpstr (g_mime_message_get_message_id (message), ==, "mine@x.test");
  g_assert_cmpstr (g_mime_object_get_header (GMIME_OBJECT (message), "X-Priority"), ==, "2");
  g_assert_null (strstr (text, "c@x.test"));
  g_assert_null (strstr (text, "secret@x.test"));
  g_assert_nonnull (strstr (text, "\r\nCc: d@x.test\r\n"));
  g_assert_nonnull (strstr (text, "charset=utf-8"));
  g_assert_nonnull (strstr (text, "Content-Transfer-Encoding: base64"));
  for (const char *p = strstr (text, "Subject:"); *p == 'S' || *p == ' ';)
    {
      gsize n = strcspn (p, "\r");

      g_assert_cmpuint (n, <=, 78);
      p += n + 2;
    }
  g_object_unref (message);
}

/* Nothing that is given ends a header. */
static void
test_injection (void)
{
  g_autoptr(PosternMail) mail = make_mail ();
  g_autofree char *folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a\r\nX-Evil: 1\r\nb.txt", NULL);
  g_autofree char *text = NULL;
  GMimeMessage *message;

  g_assert_true (g_file_set_contents (path, "x", -1, NULL));
  postern_mail_set_addresses (mail, POSTERN_MAIL_FROM, "a\r\nX-Evil: 1 <a@x.test>");
  postern_mail_set_addresses (mail, POSTERN_MAIL_REPLY_TO, "a@x.test\r\nX-Evil: 1");
  postern_mail_set_subject (mail, "s\r\nX-Evil: 1");
  postern_mail_set_id (mail, "<x@x.test>\r\nX-Evil: 1");
  postern_mail_set_text (mail, "<p>", "MIMEType=text/html");
  g_assert_cmpint (
    postern_mail_add_file (mail, path, "MIMEType=text/plain\r\nX-Evil: 1", FALSE, NULL), ==, -14);
  g_assert_cmpint (postern_mail_add_file (mail, path, "ContentID=c\r\nX-Evil: 1", TRUE, NULL), ==,
                   0);
  message = build (mail, NULL, &text);
  g_assert_null (strstr (text, "\nX-Evil"));
  g_object_unref (message);
  g_unlink (path);
  g_rmdir (folder);
}

/* Alternatives, with what belongs to the HTML, and then the rest. */
static void
test_structure (void)
{
  static const struct
  {
    const char *text;
    const char *html;
    gboolean file;
    gboolean is_inline;
    const char *type;
    int n_parts;
  } rows[] = {
    { NULL, NULL, FALSE, FALSE, "text/plain", 0 },
    { "x", NULL, FALSE, FALSE, "text/plain", 0 },
    { NULL, "x", FALSE, FALSE, "text/html", 0 },
    { "x", "x", FALSE, FALSE, "multipart/alternative", 2 },
    { "x", NULL, TRUE, FALSE, "multipart/mixed", 2 },
    { "x", "x", TRUE, FALSE, "multipart/mixed", 2 },
    { NULL, "x", TRUE, TRUE, "multipart/related", 2 },
    { "x", "x", TRUE, TRUE, "multipart/alternative", 2 },
    { "x", NULL, TRUE, TRUE, "text/plain", 0 }, /* inline is for HTML */
  };
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("postern-XXXXXX.txt", &path, NULL);

  g_close (fd, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternMail) mail = make_mail ();
      g_autofree char *text = NULL;
      GMimeMessage *message;
      GMimeObject *part;
      g_autofree char *type = NULL;

      if (rows[i].text != NULL)
        postern_mail_set_text (mail, rows[i].text, "MIMEType=text/plain");
      if (rows[i].html != NULL)
        postern_mail_set_text (mail, rows[i].html, "mimetype=TEXT/HTML");
      if (rows[i].file)
        g_assert_cmpint (postern_mail_add_file (mail, path, "", rows[i].is_inline, NULL), ==, 0);
      message = build (mail, NULL, &text);
      part = g_mime_message_get_mime_part (message);
      type = g_mime_content_type_get_mime_type (g_mime_object_get_content_type (part));
      g_assert_cmpstr (type, ==, rows[i].type);
      if (rows[i].n_parts > 0)
        g_assert_cmpint (g_mime_multipart_get_count (GMIME_MULTIPART (part)), ==, rows[i].n_parts);
      g_object_unref (message);
    }
  g_unlink (path);
}

static void
test_addresses (void)
{
  static const struct
  {
    const char *address;
    const char *bare;
  } rows[] = {
    { "a@x.test", "a@x.test" },
    { "A B <a@x.test>", "a@x.test" },
    { "\"A, B\" <a@x.test>", "a@x.test" },
    { "bounce=a=x@y.test", "bounce=a=x@y.test" },
    { "", NULL },
    { "a@x.test, b@x.test", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *bare = postern_mail_bare_address (rows[i].address);

      g_assert_cmpstr (bare, ==, rows[i].bare);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mail/headers", test_headers);
  g_test_add_func ("/mail/injection", test_injection);
  g_test_add_func ("/mail/structure", test_structure);
  g_test_add_func ("/mail/addresses", test_addresses);
  return g_test_run ();
}
