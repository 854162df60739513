/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap-private.h"
#include "protocol/postern-mangling.h"
#include "protocol/postern-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* A server names so many capabilities at most. */
#define MAX_CAPABILITIES 1000

/**
 * postern_imap_take_capabilities:
 * @self: a machine
 * @list: what follows the word CAPABILITY
 * @length: in bytes
 *
 * The newest list counts, and it is complete (RFC 3501 section 7.2.1).
 */
void
postern_imap_take_capabilities (PosternImap *self, const char *list, gsize length)
{
  PosternRedactor *redactor = postern_machine_get_redactor (POSTERN_MACHINE (self));
  g_autofree char *shown = postern_text_show (redactor, list, length);
  g_auto (GStrv) words = g_strsplit (shown, " ", MAX_CAPABILITIES + 1);
  GPtrArray *capabilities = g_ptr_array_new ();

  for (gsize i = 0; words[i] != NULL && i < MAX_CAPABILITIES; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (capabilities, g_strdup (words[i]));
  g_ptr_array_add (capabilities, NULL);
  g_strfreev (self->capabilities);
  self->capabilities = (GStrv) g_ptr_array_free (capabilities, FALSE);
  self->fresh = TRUE;
}

gboolean
postern_imap_has (PosternImap *self, const char *capability)
{
  for (gsize i = 0; self->capabilities[i] != NULL; i++)
    if (g_ascii_strcasecmp (self->capabilities[i], capability) == 0)
      return TRUE;
  return FALSE;
}

/**
 * postern_imap_read_capabilities:
 * @self: a machine with a new list
 *
 * Finds out what is offered, and ends the step.
 */
void
postern_imap_read_capabilities (PosternImap *self)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  PosternMachine *machine = POSTERN_MACHINE (self);
  PosternOffer *offer = postern_logon_get_offer (logon);
  GPtrArray *mechanisms = g_ptr_array_new ();
  g_autofree char *summary = NULL;

  postern_logon_forget_offer (logon);
  for (gsize i = 0; self->capabilities[i] != NULL; i++)
    if (g_ascii_strncasecmp (self->capabilities[i], "AUTH=", 5) == 0)
      postern_logon_add_mechanisms (mechanisms, self->capabilities[i] + 5);
    else if (postern_mangling_of_word (self->capabilities[i]))
      postern_logon_note_mangled (logon, self->capabilities[i]);
  if (postern_imap_has (self, "LOGINDISABLED"))
    offer->needs_tls = TRUE;
  else
    postern_logon_add_mechanisms (mechanisms, POSTERN_MECHANISM_LOGIN_COMMAND);

  offer->has_starttls = postern_imap_has (self, "STARTTLS");
  offer->has_auth = mechanisms->len > 0;
  g_ptr_array_add (mechanisms, NULL);
  g_strfreev (offer->mechanisms);
  offer->mechanisms = (GStrv) g_ptr_array_free (mechanisms, FALSE);

  summary = postern_logon_describe_offer (logon, g_strv_length (self->capabilities));
  postern_machine_set_capabilities (machine, g_strdupv (self->capabilities));
  postern_machine_end_step (machine, postern_machine_get_step (machine), POSTERN_STATE_PASSED,
                            summary);
}
