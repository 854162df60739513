/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-mangling.h"
#include "protocol/postern-pop3-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* RFC 5322 does not limit a msg-id; RFC 1939 limits the line of the greeting to 512. */
#define MAX_STAMP 500

/**
 * postern_pop3_find_stamp:
 * @line: a greeting
 * @length: in bytes
 *
 * Returns: (nullable) (transfer full): the stamp that APOP needs, "<1896.697170952@mail>" (RFC
 *   1939 section 7): in angle brackets, with an "@" and nothing but visible ASCII
 */
char *
postern_pop3_find_stamp (const char *line, gsize length)
{
  const char *open = memchr (line, '<', length);
  const char *end = line + length;
  gboolean has_at = FALSE;

  if (open == NULL)
    return NULL;
  for (const char *p = open + 1; p < end && p - open < MAX_STAMP; p++)
    {
      if (*p == '>')
        return has_at ? g_strndup (open, (gsize) (p + 1 - open)) : NULL;
      if (!g_ascii_isgraph (*p) || *p == '<')
        return NULL;
      has_at |= *p == '@';
    }
  return NULL;
}

static void
read_capability (PosternPop3 *self, const char *capability, GPtrArray *mechanisms)
{
  PosternOffer *offer = postern_logon_get_offer (POSTERN_LOGON (self));
  gsize n_keyword = strcspn (capability, " \t");
  g_autofree char *keyword = g_ascii_strup (capability, (gssize) n_keyword);

  if (strcmp (keyword, "STLS") == 0)
    offer->has_starttls = TRUE;
  else if (strcmp (keyword, "UIDL") == 0)
    self->has_uidl = TRUE;
  else if (strcmp (keyword, "USER") == 0)
    postern_logon_add_mechanisms (mechanisms, POSTERN_MECHANISM_USER);
  else if (strcmp (keyword, "SASL") == 0)
    postern_logon_add_mechanisms (mechanisms, capability + n_keyword);
  else if (postern_mangling_of_word (capability))
    postern_logon_note_mangled (POSTERN_LOGON (self), capability);
}

/**
 * postern_pop3_read_capabilities:
 * @self: a machine with the reply to CAPA (RFC 2449)
 *
 * Forgets what was offered before, and ends the step. A server without CAPA has USER and PASS, and
 * may have STLS.
 */
void
postern_pop3_read_capabilities (PosternPop3 *self)
{
  PosternLogon *logon = POSTERN_LOGON (self);
  PosternMachine *machine = POSTERN_MACHINE (self);
  PosternOffer *offer = postern_logon_get_offer (logon);
  GPtrArray *mechanisms = g_ptr_array_new ();
  g_autofree char *summary = NULL;

  postern_logon_forget_offer (logon);
  self->has_uidl = self->status == POSTERN_POP3_ERR;
  for (guint i = 0; i < self->lines->len; i++)
    {
      g_strstrip (self->lines->pdata[i]);
      read_capability (self, self->lines->pdata[i], mechanisms);
    }
  if (self->status == POSTERN_POP3_ERR)
    {
      offer->starttls_unknown = TRUE;
      postern_logon_add_mechanisms (mechanisms, POSTERN_MECHANISM_USER);
    }
  /* RFC 2449 section 6: APOP has no capability, the stamp says it. */
  if (self->stamp != NULL)
    postern_logon_add_mechanisms (mechanisms, POSTERN_MECHANISM_APOP);

  offer->has_auth = mechanisms->len > 0;
  g_ptr_array_add (mechanisms, NULL);
  g_strfreev (offer->mechanisms);
  offer->mechanisms = (GStrv) g_ptr_array_free (mechanisms, FALSE);

  summary = self->status == POSTERN_POP3_ERR
              ? g_strdup (_ ("CAPA not known: USER and PASS are taken for granted"))
              : postern_logon_describe_offer (logon, self->lines->len);
  g_ptr_array_add (self->lines, NULL);
  postern_machine_set_capabilities (machine, g_strdupv ((GStrv) self->lines->pdata));
  g_ptr_array_set_size (self->lines, 0);
  postern_machine_end_step (machine, postern_machine_get_step (machine), POSTERN_STATE_PASSED,
                            summary);
}
