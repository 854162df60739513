/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-mangling.h"
#include "protocol/postern-personality.h"
#include "protocol/postern-smtp-private.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/**
 * postern_smtp_guess_other:
 * @reply: a greeting
 *
 * FTP, LMTP and NNTP greet with a number too.
 *
 * Returns: (nullable): the protocol that it says it is, where that is not SMTP
 */
const char *
postern_smtp_guess_other (PosternSmtpReply *reply)
{
  g_autofree char *text = postern_smtp_reply_dup_text (reply);
  PosternPersonality personality = postern_personality_of (text, strlen (text));

  return personality == POSTERN_PERSONALITY_SMTP ? NULL : postern_personality_name (personality);
}

static void
read_capability (PosternSmtp *self, const char *capability, GPtrArray *mechanisms)
{
  PosternOffer *offer = postern_logon_get_offer (POSTERN_LOGON (self));
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
  else if (postern_mangling_of_word (capability))
    postern_logon_note_mangled (POSTERN_LOGON (self), capability);
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
  GPtrArray *capabilities = g_ptr_array_new ();
  GPtrArray *mechanisms = g_ptr_array_new ();
  g_autofree char *summary = NULL;
  guint n_capabilities;

  postern_logon_forget_offer (POSTERN_LOGON (self));
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
  g_strfreev (offer->mechanisms);
  offer->mechanisms = (GStrv) g_ptr_array_free (mechanisms, FALSE);
  postern_machine_set_capabilities (machine, (GStrv) g_ptr_array_free (capabilities, FALSE));

  summary = summarise (self, n_capabilities);
  postern_machine_end_step (
    machine, postern_machine_get_step (machine),
    self->state == POSTERN_SMTP_HELO ? POSTERN_STATE_WARNING : POSTERN_STATE_PASSED, summary);
}
