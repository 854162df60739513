/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-mangling.h"
#include "protocol/postern-personality.h"

#include <string.h>

typedef struct
{
  const char *bytes;
  gsize length; /* 0: up to the first NUL */
  PosternPersonality personality;
} Case;

static const Case cases[] = {
  { "", 0, POSTERN_PERSONALITY_SILENT },
  /* TLS: an alert, the beginning of a hello, one byte of it; SSL 2.0's hello. */
  { "\x15\x03\x01\x00\x02\x02\x28", 7, POSTERN_PERSONALITY_TLS },
  { "\x16\x03\x03\x00\x7a\x02", 6, POSTERN_PERSONALITY_TLS },
  { "\x16", 1, POSTERN_PERSONALITY_TLS },
  { "\x80\x2e\x04\x00\x01\x00\x02\x00", 8, POSTERN_PERSONALITY_TLS },
  { "\x16\x02\x01", 3, POSTERN_PERSONALITY_OTHER },
  { "\x80\x2e\x01\x00\x02\x00\x02", 7, POSTERN_PERSONALITY_OTHER },

  { "220 mx.example.org ESMTP Postfix\r\n", 0, POSTERN_PERSONALITY_SMTP },
  { "220-mx.example.org", 0, POSTERN_PERSONALITY_SMTP },
  { "220", 0, POSTERN_PERSONALITY_SMTP },
  { "220 ********", 0, POSTERN_PERSONALITY_SMTP },
  { "421 4.7.0 busy", 0, POSTERN_PERSONALITY_SMTP },
  { "554 no", 0, POSTERN_PERSONALITY_SMTP },
  { "2200 hello", 0, POSTERN_PERSONALITY_OTHER },
  { "220mail", 0, POSTERN_PERSONALITY_OTHER },
  { "+OK ready <1.2@mx>", 0, POSTERN_PERSONALITY_POP3 },
  { "-ERR busy", 0, POSTERN_PERSONALITY_POP3 },
  { "* OK [CAPABILITY IMAP4rev1] hi", 0, POSTERN_PERSONALITY_IMAP },
  { "* BYE", 0, POSTERN_PERSONALITY_IMAP },
  { "* PREAUTH", 0, POSTERN_PERSONALITY_IMAP },
  { "HTTP/1.1 400 Bad Request\r\n", 0, POSTERN_PERSONALITY_HTTP },
  { "<!doctype HTML>", 0, POSTERN_PERSONALITY_HTTP },
  { "<HTML>", 0, POSTERN_PERSONALITY_HTTP },
  { "SSH-2.0-OpenSSH_9.2p1", 0, POSTERN_PERSONALITY_SSH },

  /* Who else greets with a number, and whose host only has such a name. */
  { "220 (vsFTPd 3.0.3)", 0, POSTERN_PERSONALITY_FTP },
  { "220-Welcome\r\n220 ProFTPD ready\r\n", 0, POSTERN_PERSONALITY_FTP },
  { "220 ftp.example.org ready", 0, POSTERN_PERSONALITY_SMTP },
  { "220 ftp.example.org ESMTP", 0, POSTERN_PERSONALITY_SMTP },
  { "220 mx LMTP", 0, POSTERN_PERSONALITY_LMTP },
  { "220 lmtp.example.org ESMTP", 0, POSTERN_PERSONALITY_SMTP },
  { "200 news.example.org InterNetNews", 0, POSTERN_PERSONALITY_NNTP },
  { "201 NNTP ready", 0, POSTERN_PERSONALITY_NNTP },
  { "200 fine", 0, POSTERN_PERSONALITY_OTHER },

  { "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"", 0, POSTERN_PERSONALITY_SIEVE },
  { "J\0\0\0\n8.0.36", 11, POSTERN_PERSONALITY_MYSQL },
  { "J\0\0\0", 4, POSTERN_PERSONALITY_MYSQL },
  { "G\0\0\0\xff\x6a\x04Host", 11, POSTERN_PERSONALITY_MYSQL },
  { "RFB 003.008\n", 0, POSTERN_PERSONALITY_VNC },
  { "\xff\xfd\x18\xff\xfd\x20", 0, POSTERN_PERSONALITY_TELNET },
  { "<stream:stream xmlns", 0, POSTERN_PERSONALITY_XMPP },
  { "hello\r\n", 0, POSTERN_PERSONALITY_OTHER },
  { "\xfe\xff\x80", 0, POSTERN_PERSONALITY_OTHER },
  { "\0\0\0\0", 4, POSTERN_PERSONALITY_OTHER },
  { "\r\n", 0, POSTERN_PERSONALITY_OTHER },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = cases[i].length != 0 ? cases[i].length : strlen (cases[i].bytes);
      g_autofree char *bytes = g_memdup2 (cases[i].bytes, length); /* nothing behind it is read */
      g_autofree char *shown = g_strescape (cases[i].bytes, NULL);

      g_test_message ("%s", shown);
      g_assert_cmpint (postern_personality_of (bytes, length), ==, cases[i].personality);
    }
}

/* Whatever the bytes, it is something, and nothing else is read. */
static void
test_any (void)
{
  for (guint i = 0; i < 20000; i++)
    {
      gsize length = (gsize) g_test_rand_int_range (0, 12);
      g_autofree char *bytes = g_malloc (length);

      for (gsize j = 0; j < length; j++)
        bytes[j] = (char) g_test_rand_int_range (0, 256);
      postern_personality_name (postern_personality_of (bytes, length));
    }
}

static void
test_names (void)
{
  g_assert_cmpstr (postern_personality_name (POSTERN_PERSONALITY_IMAP), ==, "IMAP");
  g_assert_null (postern_personality_name (POSTERN_PERSONALITY_SILENT));
  g_assert_null (postern_personality_name (POSTERN_PERSONALITY_OTHER));
  g_assert_true (postern_personality_is_mail (POSTERN_PERSONALITY_POP3));
  g_assert_false (postern_personality_is_mail (POSTERN_PERSONALITY_LMTP));
}

static void
test_mangling (void)
{
  static const struct
  {
    const char *text;
    gboolean text_mangled;
    gboolean word_mangled;
    gboolean command_mangled;
  } rows[] = {
    { "****", TRUE, TRUE, TRUE },
    { "****************************2****0*0*", TRUE, FALSE, TRUE },
    { "***", FALSE, TRUE, FALSE },
    { "mx.example.org ESMTP ***", FALSE, FALSE, FALSE },
    { "XXXA", FALSE, TRUE, FALSE },
    { "XXXXXXXA", FALSE, TRUE, TRUE },
    { "XXXX 1", FALSE, TRUE, TRUE },
    { "XXXXAB", FALSE, FALSE, TRUE },
    { "XX", FALSE, FALSE, FALSE },
    { "XEXCH50", FALSE, FALSE, FALSE },
    { "XCLIENT", FALSE, FALSE, FALSE },
    { "X-ANONYMOUSTLS", FALSE, FALSE, FALSE },
    { "500 5.5.1 Command unrecognized: \"XXXXXXXX\"", FALSE, FALSE, TRUE },
    { "", FALSE, FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].text);
      g_assert_cmpint (postern_mangling_of_text (rows[i].text), ==, rows[i].text_mangled);
      g_assert_cmpint (postern_mangling_of_word (rows[i].text), ==, rows[i].word_mangled);
      g_assert_cmpint (postern_mangling_of_command (rows[i].text), ==, rows[i].command_mangled);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/personality/cases", test_cases);
  g_test_add_func ("/personality/any", test_any);
  g_test_add_func ("/personality/names", test_names);
  g_test_add_func ("/personality/mangling", test_mangling);

  return g_test_run ();
}
