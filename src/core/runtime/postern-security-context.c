/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-security-context.h"

#include "runtime/postern-lint.h"
#include "runtime/postern-uniface-drivers.h"
#include "runtime/postern-uniface-list.h"

#include <glib/gi18n.h>
#include <string.h>

/* What GetSecurity gives at most, in bytes. */
#define MAX_RUNTIME_INFO 1023

struct _PosternSecurityContext
{
  PosternContextState state;
  GPtrArray *drivers; /* PosternDriver */
  GPtrArray *uses; /* PosternDriverUse, of the connection there is or was; one a driver, or none */
};

/**
 * postern_security_context_find:
 * @properties: DriverProperties
 * @protocol: (out): SMTP or POP3
 */
gboolean
postern_security_context_find (const char *properties, PosternProtocol *protocol)
{
  g_autoptr(GPtrArray) items = NULL;
  const PosternUnifaceItem *first;

  if (!g_utf8_validate (properties, -1, NULL))
    return FALSE;

  items = postern_uniface_list_parse (properties);
  first = items->len > 0 ? items->pdata[0] : NULL;
  if (first == NULL || !first->has_value)
    return FALSE;
  *protocol =
    g_ascii_strcasecmp (first->id, "POP") == 0 ? POSTERN_PROTOCOL_POP3 : POSTERN_PROTOCOL_SMTP;
  return *protocol == POSTERN_PROTOCOL_POP3 || g_ascii_strcasecmp (first->id, "SMTP") == 0;
}

PosternSecurityContext *
postern_security_context_new (void)
{
  PosternSecurityContext *self = g_new0 (PosternSecurityContext, 1);

  self->drivers = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  self->uses = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_use_free);
  return self;
}

void
postern_security_context_free (PosternSecurityContext *self)
{
  g_ptr_array_unref (self->drivers);
  g_ptr_array_unref (self->uses);
  g_free (self);
}

PosternContextState
postern_security_context_get_state (PosternSecurityContext *self)
{
  return self->state;
}

GPtrArray *
postern_security_context_get_drivers (PosternSecurityContext *self)
{
  return self->drivers;
}

static void
clear_queue (PosternSecurityContext *self)
{
  g_ptr_array_set_size (self->drivers, 0);
  g_ptr_array_set_size (self->uses, 0);
}

/* [USER_3GL] is where Uniface looks for the function. */
static gboolean
is_found (PosternAsn *asn, const char *entry_point, GPtrArray *findings)
{
  if (postern_uniface_drivers_is_listed (asn, entry_point))
    return TRUE;

  postern_lint_add (findings, "settings.driver-unknown", POSTERN_SEVERITY_ERROR, "drivers", 0,
                    _ ("The driver is not in the assignment file"),
                    g_strdup_printf (_ ("[USER_3GL] of %s does not list %s."),
                                     postern_asn_get_path (asn), entry_point));
  return FALSE;
}

/**
 * postern_security_context_set:
 * @self: the context that the driver is for
 * @driver: the two arguments of SetSecurity
 * @asn: (nullable): the assignment file
 * @findings: (element-type PosternFinding): why the driver is refused, where it is
 *
 * Returns: the $status: 0, -1, -2, -3 or -5
 */
int
postern_security_context_set (PosternSecurityContext *self,
                              PosternDriver *driver,
                              PosternAsn *asn,
                              GPtrArray *findings)
{
  gboolean replaced = self->state == POSTERN_CONTEXT_USED;
  guint number = replaced ? 1 : self->drivers->len + 1;
  const char *entry_point;
  int status;

  if (self->state == POSTERN_CONTEXT_LOCKED)
    return -3;

  status = postern_uniface_drivers_set (driver, number, findings, &entry_point);
  if (status != 0)
    return status;
  if (entry_point != NULL && !is_found (asn, entry_point, findings))
    return -5;

  if (entry_point == NULL || replaced)
    clear_queue (self);
  if (entry_point != NULL)
    g_ptr_array_add (self->drivers, postern_driver_ref (driver));
  self->state = entry_point != NULL ? POSTERN_CONTEXT_OPEN : POSTERN_CONTEXT_EMPTY;
  return 0;
}

/* A separator in a value would end the item (section 2). */
static void
append_item (GString *list, const char *item)
{
  g_autoptr(GString) escaped = g_string_new (item);

  g_string_replace (escaped, "\x1b", "!\x1b", 0);
  if (list->len + 1 + escaped->len > MAX_RUNTIME_INFO)
    return;
  if (list->len > 0)
    g_string_append_c (list, '\x1b');
  g_string_append (list, escaped->str);
}

/**
 * postern_security_context_get:
 * @self: a context
 * @number: from 1
 * @properties: (out) (nullable): as they were given to SetSecurity
 * @runtime_info: (out) (nullable) (transfer full): a list, INUSE first; without secrets
 *
 * Returns: the $status: 0, or -1 where there is no such driver
 */
int
postern_security_context_get (PosternSecurityContext *self,
                              guint number,
                              const char **properties,
                              char **runtime_info)
{
  const PosternDriverUse *use;
  gboolean in_use;
  GString *info;

  *properties = NULL;
  *runtime_info = NULL;
  if (number == 0 || number > self->drivers->len)
    return -1;

  use = number <= self->uses->len ? self->uses->pdata[number - 1] : NULL;
  in_use = self->state == POSTERN_CONTEXT_LOCKED && use != NULL && use->in_use;
  info = g_string_new (in_use ? "INUSE=TRUE" : "INUSE=FALSE");
  for (guint i = 0; use != NULL && use->items[i] != NULL; i++)
    append_item (info, use->items[i]);

  *properties = postern_driver_get_properties (self->drivers->pdata[number - 1]);
  *runtime_info = g_string_free (info, FALSE);
  return 0;
}

/* A plan may have steps of the system's own after those of the drivers. */
static void
keep_uses (PosternSecurityContext *self, GPtrArray *uses)
{
  if (uses == NULL || uses->len < self->drivers->len)
    return;

  g_ptr_array_set_size (self->uses, 0);
  for (guint i = 0; i < self->drivers->len; i++)
    g_ptr_array_add (self->uses, postern_driver_use_copy (uses->pdata[i]));
}

/**
 * postern_security_context_logon:
 * @self: a context that is not locked
 * @status: of LogonSMTP or LogonMail
 * @uses: (nullable) (element-type PosternDriverUse): what became of the steps of the plan
 *
 * -7 and -8 end a lifetime that had begun. Any other failure is as if nobody had tried.
 */
void
postern_security_context_logon (PosternSecurityContext *self, int status, GPtrArray *uses)
{
  g_return_if_fail (self->state != POSTERN_CONTEXT_LOCKED);

  if (status == 0)
    self->state = POSTERN_CONTEXT_LOCKED;
  else if (status == -7 || status == -8)
    self->state = POSTERN_CONTEXT_USED;
  else
    return;
  keep_uses (self, uses);
}

/**
 * postern_security_context_logoff:
 * @self: a context
 * @status: of LogoffSMTP or LogoffMail; -8, not logged on, changes nothing
 */
void
postern_security_context_logoff (PosternSecurityContext *self, int status)
{
  if (status != -8)
    postern_security_context_lost (self);
}

void
postern_security_context_lost (PosternSecurityContext *self)
{
  if (self->state == POSTERN_CONTEXT_LOCKED)
    self->state = POSTERN_CONTEXT_USED;
}
