/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-smtp-private.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

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

static void
read_capability (PosternOffer *offer, const char *capability, GPtrArray *mechanisms)
{
  gsize n_keyword = strcspn (capability, " \t=");
  g_autofree char *keyword = g_ascii_strup (capability, (gssize) n_keyword);

  if (strcmp (keyword, "STARTTLS") == 0)
    offer->has_starttls = TRUE;
  else if (strcmp (keyword, "AUTH") == 0)
    {
      /* "AUTH=LOGIN" is how it was written before RFC 2554. */
      offer->has_auth = TRUE;
      postern_logon_add_mechanisms (mechanisms, capability + n_keyword);
    }
  else if (is_mangled_keyword (capability))
    offer->mangled = TRUE;
}

/* "8 capabilities, AUTH PLAIN LOGIN" */
static char *
summarise (PosternSmtp *self, guint n_capabilities)
{
  const PosternOffer *offer = postern_logon_get_offer (POSTERN_LOGON (self));
  g_autofree char *count = NULL;
  g_autofree char *mechanisms = NULL;

  if (self->state == POSTERN_SMTP_HELO)
    return g_strdup (_ ("EHLO refused, HELO accepted: no capabilities"));

  count =
    g_strdup_printf (ngettext ("%u capability", "%u capabilities", n_capabilities), n_capabilities);
  if (!offer->has_auth)
    return g_strdup_printf (_ ("%s, no AUTH"), count);
  mechanisms = g_strjoinv (" ", offer->mechanisms);
  return g_strdup_printf ("%s, AUTH %s", count, mechanisms);
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
  PosternOffer *offer = postern_logon_get_offer (POSTERN_LOGON (self));
  gboolean mangled = offer->mangled;
  GPtrArray *capabilities = g_ptr_array_new ();
  GPtrArray *mechanisms = g_ptr_array_new ();
  g_autofree char *summary = NULL;
  guint n_capabilities;

  postern_logon_forget_offer (POSTERN_LOGON (self));
  offer->mangled = mangled;
  for (guint i = 1; i < postern_smtp_reply_get_n_lines (self->reply); i++)
    {
      g_autofree char *capability = postern_smtp_reply_dup_line (self->reply, i);

      g_strstrip (capability);
      if (*capability == '\0' || self->state == POSTERN_SMTP_HELO)
        continue;
      read_capability (offer, capability, mechanisms);
      g_ptr_array_add (capabilities, g_steal_pointer (&capability));
    }

  n_capabilities = capabilities->len;
  g_ptr_array_add (capabilities, NULL);
  g_ptr_array_add (mechanisms, NULL);
  g_strfreev (offer->mechanisms);
  offer->mechanisms = (GStrv) g_ptr_array_free (mechanisms, FALSE);
  postern_machine_set_capabilities (machine, (GStrv) g_ptr_array_free (capabilities, FALSE));

  summary = summarise (self, n_capabilities);
  postern_machine_end_step (
    machine, postern_machine_get_step (machine),
    self->state == POSTERN_SMTP_HELO ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED, summary);
}
