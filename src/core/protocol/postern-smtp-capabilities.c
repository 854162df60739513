/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-private.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* A server names so many mechanisms at most; RFC 4422 section 3.1 limits the length of a name. */
#define MAX_MECHANISMS 64
#define MAX_MECHANISM_LENGTH 20

/**
 * postern_smtp_is_other_protocol:
 * @line: the first line of a server
 * @length: in bytes
 * @protocol: (out): its name
 *
 * Returns: TRUE if the line belongs to a protocol that has no reply codes
 */
gboolean
postern_smtp_is_other_protocol (const char *line, gsize length, const char **protocol)
{
  static const struct
  {
    const char *start;
    const char *protocol;
  } starts[] = {
    { "HTTP/", "HTTP" }, { "<!DOCTYPE", "HTTP" }, { "<html", "HTTP" }, { "SSH-", "SSH" },
    { "+OK", "POP3" },   { "-ERR", "POP3" },      { "* ", "IMAP" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      gsize n = strlen (starts[i].start);

      if (length >= n && g_ascii_strncasecmp (line, starts[i].start, n) == 0)
        {
          *protocol = starts[i].protocol;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
contains (const char *text, const char *word)
{
  g_autofree char *upper = g_ascii_strup (text, -1);

  return strstr (upper, word) != NULL;
}

/**
 * postern_smtp_is_ftp:
 * @reply: a greeting
 *
 * FTP greets with 220 too. Its name decides, unless it is only a part of the host's name.
 *
 * Returns: TRUE if an FTP server greets
 */
gboolean
postern_smtp_is_ftp (PosternSmtpReply *reply)
{
  gboolean has_ftp = FALSE;

  for (guint i = 0; i < MIN (postern_smtp_reply_get_n_lines (reply), 20); i++)
    {
      g_autofree char *line = postern_smtp_reply_dup_line (reply, i);
      gsize n_word = strcspn (line, " ");
      const char *rest = memchr (line, '.', n_word) != NULL ? line + n_word : line;

      if (contains (line, "SMTP") || contains (rest, "MAIL"))
        return FALSE;
      has_ftp |= contains (rest, "FTP");
    }
  return has_ftp;
}

/**
 * postern_smtp_is_mangled_greeting:
 * @reply: a greeting
 *
 * Returns: TRUE if most of it was overwritten with asterisks, as firewalls do that "inspect" SMTP
 */
gboolean
postern_smtp_is_mangled_greeting (PosternSmtpReply *reply)
{
  gsize n_stars = 0;
  gsize length;
  const char *line = postern_smtp_reply_peek_line (reply, 0, &length);

  for (gsize i = 0; i < length; i++)
    n_stars += line[i] == '*';
  return n_stars >= 4 && n_stars * 5 >= length * 3;
}

/* "XXXA", "XXXXXXXA": what such a firewall leaves of STARTTLS. */
static gboolean
is_mangled_keyword (const char *capability)
{
  gsize n = strspn (capability, "X");

  if (n < 3)
    return FALSE;
  if (g_ascii_isupper (capability[n]))
    n++;
  return capability[n] == '\0' || capability[n] == ' ';
}

static gboolean
is_mechanism_name (const char *name)
{
  gsize n = strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

  return n > 0 && n <= MAX_MECHANISM_LENGTH && name[n] == '\0';
}

static void
add_mechanisms (GPtrArray *mechanisms, const char *list)
{
  g_auto (GStrv) names = g_strsplit_set (list, " \t,=", -1);

  for (gsize i = 0; names[i] != NULL && mechanisms->len < MAX_MECHANISMS; i++)
    {
      g_autofree char *name = g_ascii_strup (names[i], -1);

      if (is_mechanism_name (name) &&
          !g_ptr_array_find_with_equal_func (mechanisms, name, g_str_equal, NULL))
        g_ptr_array_add (mechanisms, g_steal_pointer (&name));
    }
}

static void
read_capability (PosternSmtp *self, const char *capability, GPtrArray *mechanisms)
{
  gsize n_keyword = strcspn (capability, " \t=");
  g_autofree char *keyword = g_ascii_strup (capability, (gssize) n_keyword);

  if (strcmp (keyword, "STARTTLS") == 0)
    self->has_starttls = TRUE;
  else if (strcmp (keyword, "AUTH") == 0)
    {
      /* "AUTH=LOGIN" is how it was written before RFC 2554. */
      self->has_auth = TRUE;
      add_mechanisms (mechanisms, capability + n_keyword);
    }
  else if (is_mangled_keyword (capability))
    self->mangled = TRUE;
}

/* "8 capabilities, AUTH PLAIN LOGIN" */
static char *
summarise (PosternSmtp *self, guint n_capabilities)
{
  g_autofree char *count = NULL;
  g_autofree char *mechanisms = NULL;

  if (self->state == POSTERN_SMTP_HELO)
    return g_strdup (_ ("EHLO refused, HELO accepted: no capabilities"));

  count =
    g_strdup_printf (ngettext ("%u capability", "%u capabilities", n_capabilities), n_capabilities);
  if (!self->has_auth)
    return g_strdup_printf (_ ("%s, no AUTH"), count);
  mechanisms = g_strjoinv (" ", self->mechanisms);
  return g_strdup_printf ("%s, AUTH %s", count, mechanisms);
}

void
postern_smtp_forget_capabilities (PosternSmtp *self)
{
  g_clear_pointer (&self->mechanisms, g_strfreev);
  self->mechanisms = g_new0 (char *, 1);
  self->has_auth = FALSE;
  self->has_starttls = FALSE;
}

/**
 * postern_smtp_read_capabilities:
 * @self: a machine with the reply to EHLO or HELO
 *
 * Forgets what was offered before, and ends the step.
 */
void
postern_smtp_read_capabilities (PosternSmtp *self)
{
  PosternMachine *machine = POSTERN_MACHINE (self);
  GPtrArray *capabilities = g_ptr_array_new ();
  GPtrArray *mechanisms = g_ptr_array_new ();
  g_autofree char *summary = NULL;
  guint n_capabilities;

  postern_smtp_forget_capabilities (self);
  for (guint i = 1; i < postern_smtp_reply_get_n_lines (self->reply); i++)
    {
      g_autofree char *capability = postern_smtp_reply_dup_line (self->reply, i);

      g_strstrip (capability);
      if (*capability == '\0' || self->state == POSTERN_SMTP_HELO)
        continue;
      read_capability (self, capability, mechanisms);
      g_ptr_array_add (capabilities, g_steal_pointer (&capability));
    }

  n_capabilities = capabilities->len;
  g_ptr_array_add (capabilities, NULL);
  g_ptr_array_add (mechanisms, NULL);
  g_strfreev (self->mechanisms);
  self->mechanisms = (GStrv) g_ptr_array_free (mechanisms, FALSE);
  postern_machine_set_capabilities (machine, (GStrv) g_ptr_array_free (capabilities, FALSE));

  summary = summarise (self, n_capabilities);
  postern_machine_end_step (
    machine, postern_machine_get_step (machine),
    self->state == POSTERN_SMTP_HELO ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED, summary);
}
