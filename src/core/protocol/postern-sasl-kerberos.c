/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-kerberos.h"
#include "protocol/postern-sasl-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* The mechanism GSSAPI (RFC 4752) with a service that the plan names: Uniface's UAuthSSPISMTP. */

#define NO_LAYER 1

enum
{
  STAGE_NEW,
  STAGE_CONTEXT,
  STAGE_LAYER,
  STAGE_DONE,
};

static PosternSaslResult
kerberos_start (PosternSasl *self)
{
  self->state = postern_kerberos_new (self->sspi->server, self->sspi->user);
  return POSTERN_SASL_CONTINUE;
}

/* Before the first answer it is our ticket that is missing; after it, the server's part is wrong.
 */
static PosternSaslResult
give_up (PosternSasl *self)
{
  const PosternKerberos *kerberos = self->state;
  const char *reason = kerberos->reason != NULL ? kerberos->reason : "GSS-API";
  g_autofree char *detail = NULL;

  if (self->stage != STAGE_NEW)
    {
      self->refuted = TRUE;
      detail = g_strdup_printf (
        _ ("Kerberos does not accept the server’s part of the exchange: %s."), reason);
      return postern_sasl_give_up (self, POSTERN_SASL_CANCEL, detail);
    }
  detail = g_strdup_printf (_ ("There is no Kerberos ticket for %s, and none could be had: %s. Get "
                               "one with kinit; klist shows those at hand."),
                            self->sspi->server, reason);
  return postern_sasl_give_up (self, POSTERN_SASL_FAILED, detail);
}

static PosternSaslResult
make_context (PosternSasl *self, const char *challenge, gsize length, PosternSecret **response)
{
  PosternKerberos *kerberos = self->state;
  g_autoptr(GByteArray) answer = g_byte_array_new ();

  if (!postern_kerberos_step (kerberos, challenge, length, answer))
    return give_up (self);
  self->stage = kerberos->established ? STAGE_LAYER : STAGE_CONTEXT;
  *response =
    postern_secret_new (answer->len > 0 ? (const char *) answer->data : "", (gssize) answer->len);
  return POSTERN_SASL_CONTINUE;
}

/* The server offers layers, one byte, and the longest message, three. We want none: TLS is one. */
static PosternSaslResult
choose_layer (PosternSasl *self, const char *challenge, gsize length, PosternSecret **response)
{
  static const char choice[4] = { NO_LAYER };
  PosternKerberos *kerberos = self->state;
  g_autoptr(GByteArray) plain = g_byte_array_new ();
  g_autoptr(GByteArray) wrapped = g_byte_array_new ();

  if (!postern_kerberos_unwrap (kerberos, challenge, length, plain))
    return give_up (self);
  if (plain->len != sizeof choice || (plain->data[0] & NO_LAYER) == 0)
    return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                 _ ("The server wants Kerberos to protect the whole session, which "
                                    "is not possible here."));
  if (!postern_kerberos_wrap (kerberos, choice, sizeof choice, wrapped))
    return give_up (self);
  self->stage = STAGE_DONE;
  self->complete = TRUE;
  *response = postern_secret_new ((const char *) wrapped->data, (gssize) wrapped->len);
  return POSTERN_SASL_CONTINUE;
}

static PosternSaslResult
kerberos_respond (PosternSasl *self, const char *challenge, gsize length, PosternSecret **response)
{
  switch (self->stage)
    {
    case STAGE_NEW:
    case STAGE_CONTEXT:
      return make_context (self, challenge, length, response);
    case STAGE_LAYER:
      return choose_layer (self, challenge, length, response);
    case STAGE_DONE:
    default:
      self->complete = FALSE;
      return postern_sasl_give_up (self, POSTERN_SASL_CANCEL,
                                   _ ("The server sent a challenge out of turn."));
    }
}

static void
kerberos_finish (PosternSasl *self)
{
  postern_kerberos_free (self->state);
}

/* What Uniface's driver tells of itself; which form USER has is inferred. */
static GStrv
kerberos_dup_items (PosternSasl *self)
{
  const PosternKerberos *kerberos = self->state;
  const char *initiator = kerberos != NULL ? kerberos->initiator : NULL;
  g_autoptr(GPtrArray) items = g_ptr_array_new ();

  g_ptr_array_add (items, g_strdup ("SSP=Kerberos"));
  if (initiator != NULL)
    g_ptr_array_add (items,
                     g_strdup_printf ("USER=%.*s", (int) strcspn (initiator, "@"), initiator));
  g_ptr_array_add (items, g_strdup_printf ("SPN_SERVER=%s", self->sspi->server));
  if (initiator != NULL)
    g_ptr_array_add (items, g_strdup_printf ("SPN_USER=%s", initiator));
  g_ptr_array_add (items, NULL);
  return (GStrv) g_ptr_array_steal (items, NULL);
}

const PosternSaslFamily postern_sasl_kerberos_family = { kerberos_start, kerberos_respond,
                                                         kerberos_finish, kerberos_dup_items };
