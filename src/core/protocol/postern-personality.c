/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-personality.h"

#include <string.h>

/* What is looked at of a greeting. */
#define MAX_LOOK 4096

static const char *const names[] = {
  [POSTERN_PERSONALITY_SILENT] = NULL,         [POSTERN_PERSONALITY_TLS] = "TLS",
  [POSTERN_PERSONALITY_SMTP] = "SMTP",         [POSTERN_PERSONALITY_POP3] = "POP3",
  [POSTERN_PERSONALITY_IMAP] = "IMAP",         [POSTERN_PERSONALITY_HTTP] = "HTTP",
  [POSTERN_PERSONALITY_SSH] = "SSH",           [POSTERN_PERSONALITY_FTP] = "FTP",
  [POSTERN_PERSONALITY_LMTP] = "LMTP",         [POSTERN_PERSONALITY_NNTP] = "NNTP",
  [POSTERN_PERSONALITY_SIEVE] = "ManageSieve", [POSTERN_PERSONALITY_MYSQL] = "MySQL",
  [POSTERN_PERSONALITY_VNC] = "VNC",           [POSTERN_PERSONALITY_TELNET] = "Telnet",
  [POSTERN_PERSONALITY_XMPP] = "XMPP",         [POSTERN_PERSONALITY_OTHER] = NULL,
};

/* A record begins with its type and a version of 3.x (RFC 8446 section 5.1); the hello of an SSL
 * 2.0 server with a length of two bytes, and the type 4. */
static gboolean
is_tls (const guint8 *bytes, gsize length)
{
  if (bytes[0] >= 20 && bytes[0] <= 22 && (length == 1 || bytes[1] == 3))
    return TRUE;
  return length >= 7 && (bytes[0] & 0x80) != 0 && bytes[2] == 4 && bytes[3] <= 1 && bytes[5] == 0 &&
         bytes[6] == 2;
}

/* A packet with its length in three bytes and the number 0: a greeting of version 9 or 10, or an
 * error. */
static gboolean
is_mysql (const guint8 *bytes, gsize length)
{
  if (length < 4 || bytes[0] < 16 || bytes[2] != 0 || bytes[3] != 0)
    return FALSE;
  return length == 4 || bytes[4] == 9 || bytes[4] == 10 || bytes[4] == 0xff;
}

/* RFC 854: IAC, and WILL, WONT, DO or DONT. */
static gboolean
is_telnet (const guint8 *bytes, gsize length)
{
  return length >= 2 && bytes[0] == 0xff && bytes[1] >= 0xfb && bytes[1] <= 0xfe;
}

/* SMTP, LMTP, FTP and NNTP all greet with a number; most say in words what they are. A word may
 * also be a part of the host's name, which says nothing. */
static PosternPersonality
read_words (const char *text, PosternPersonality usual)
{
  g_autofree char *upper = g_ascii_strup (text, -1);
  g_auto (GStrv) lines = g_strsplit (upper, "\n", 20);
  gboolean ftp = FALSE;
  gboolean lmtp = FALSE;
  gboolean nntp = FALSE;

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      const char *line = strlen (lines[i]) > 4 ? lines[i] + 4 : "";
      gsize n_word = strcspn (line, " ");
      const char *rest = memchr (line, '.', n_word) != NULL ? line + n_word : line;

      if (strstr (line, "SMTP") != NULL || strstr (rest, "MAIL") != NULL)
        return POSTERN_PERSONALITY_SMTP;
      ftp = ftp || strstr (rest, "FTP") != NULL;
      lmtp = lmtp || strstr (rest, "LMTP") != NULL;
      nntp = nntp || strstr (rest, "NNTP") != NULL || strstr (rest, "NEWS") != NULL;
    }
  if (usual == POSTERN_PERSONALITY_NNTP)
    return nntp ? POSTERN_PERSONALITY_NNTP : POSTERN_PERSONALITY_OTHER;
  return ftp ? POSTERN_PERSONALITY_FTP : lmtp ? POSTERN_PERSONALITY_LMTP : usual;
}

static PosternPersonality
of_text (const char *text)
{
  static const struct
  {
    const char *start;
    PosternPersonality personality;
  } starts[] = {
    { "HTTP/", POSTERN_PERSONALITY_HTTP },
    { "<!DOCTYPE", POSTERN_PERSONALITY_HTTP },
    { "<html", POSTERN_PERSONALITY_HTTP },
    { "SSH-", POSTERN_PERSONALITY_SSH },
    { "+OK", POSTERN_PERSONALITY_POP3 },
    { "-ERR", POSTERN_PERSONALITY_POP3 },
    { "* ", POSTERN_PERSONALITY_IMAP },
    { "220", POSTERN_PERSONALITY_SMTP },
    { "421", POSTERN_PERSONALITY_SMTP },
    { "450", POSTERN_PERSONALITY_SMTP },
    { "451", POSTERN_PERSONALITY_SMTP },
    { "521", POSTERN_PERSONALITY_SMTP },
    { "550", POSTERN_PERSONALITY_SMTP },
    { "554", POSTERN_PERSONALITY_SMTP },
    { "200", POSTERN_PERSONALITY_NNTP },
    { "201", POSTERN_PERSONALITY_NNTP },
    { "\"IMPLEMENTATION\"", POSTERN_PERSONALITY_SIEVE },
    { "RFB 0", POSTERN_PERSONALITY_VNC },
    { "<?xml", POSTERN_PERSONALITY_XMPP },
    { "<stream:", POSTERN_PERSONALITY_XMPP },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      gsize n = strlen (starts[i].start);

      if (g_ascii_strncasecmp (text, starts[i].start, n) != 0)
        continue;
      if (!g_ascii_isdigit (text[0]))
        return starts[i].personality;
      /* "2200 hello" is no reply. */
      if (text[n] == '\0' || text[n] == ' ' || text[n] == '-' || text[n] == '\r' || text[n] == '\n')
        return read_words (text, starts[i].personality);
    }
  return POSTERN_PERSONALITY_OTHER;
}

/**
 * postern_personality_of:
 * @bytes: the first that a server sent
 * @length: how many there are
 *
 * A few bytes are enough for most; what can be one thing or another is the one that a port of mail
 * would have.
 */
PosternPersonality
postern_personality_of (const char *bytes, gsize length)
{
  const guint8 *octets = (const guint8 *) bytes;
  g_autofree char *text = NULL;

  if (length == 0)
    return POSTERN_PERSONALITY_SILENT;
  if (is_tls (octets, length))
    return POSTERN_PERSONALITY_TLS;
  if (is_mysql (octets, length))
    return POSTERN_PERSONALITY_MYSQL;
  if (is_telnet (octets, length))
    return POSTERN_PERSONALITY_TELNET;

  text = g_strndup (bytes, MIN (length, MAX_LOOK));
  return of_text (text);
}

const char *
postern_personality_name (PosternPersonality self)
{
  return names[self];
}

gboolean
postern_personality_is_mail (PosternPersonality self)
{
  return self == POSTERN_PERSONALITY_SMTP || self == POSTERN_PERSONALITY_POP3 ||
         self == POSTERN_PERSONALITY_IMAP;
}
