/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-uniface-drivers.h"

#include "runtime/postern-host.h"
#include "runtime/postern-lint.h"
#include "runtime/postern-runtime-common.h"
#include "runtime/postern-uniface-list.h"

#include <glib/gi18n.h>
#include <string.h>

/* SetSecurity and its drivers, spec/uniface.md sections 5 to 7. */

#define MAX_PROPERTIES 255
#define MAX_DRIVERS 100

static const struct
{
  const char *entry_point;
  PosternUnifaceDriverKind kind;
  gboolean pop;
} known[] = {
  { "UStartTLSSMTP", POSTERN_UNIFACE_DRIVER_STARTTLS, FALSE },
  { "UAuthLoginSMTP", POSTERN_UNIFACE_DRIVER_LOGIN, FALSE },
  { "UAuthXOAUTH2SMTP", POSTERN_UNIFACE_DRIVER_XOAUTH2, FALSE },
  { "UAuthNTLMSMTP", POSTERN_UNIFACE_DRIVER_NTLM, FALSE },
  { "UAuthSSPISMTP", POSTERN_UNIFACE_DRIVER_SSPI, FALSE },
  { "UAuthXOAUTH2POP", POSTERN_UNIFACE_DRIVER_XOAUTH2, TRUE },
};

/* One SetSecurity call being read. */
typedef struct
{
  guint number;
  const char *properties;
  GPtrArray *findings;
  GPtrArray *smtp; /* the contexts: one a server type */
  GPtrArray *pop;
} Call;

const char *const *
postern_uniface_list_drivers (void)
{
  static const char *const names[] = { "UStartTLSSMTP",
                                       "UAuthLoginSMTP",
                                       "UAuthXOAUTH2SMTP",
                                       "UAuthNTLMSMTP",
                                       "UAuthSSPISMTP",
                                       "UAuthXOAUTH2POP",
                                       NULL };

  return names;
}

const char *
postern_uniface_get_server (const char *entry_point)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].pop && strcmp (known[i].entry_point, entry_point) == 0)
      return "POP";

  return "SMTP";
}

static void
uniface_driver_free (PosternUnifaceDriver *self)
{
  postern_driver_unref (self->driver);
  g_free (self);
}

/* "drivers[2]" of the second, in spec/cli.md's sense of a field. */
char *
postern_uniface_driver_field (guint number)
{
  return g_strdup_printf ("drivers[%u]", number);
}

/* A finding on the driver with this number. */
static void
lint_driver (GPtrArray *findings,
             guint number,
             const char *code,
             PosternSeverity severity,
             guint column,
             const char *title,
             char *explanation)
{
  g_autofree char *field = postern_uniface_driver_field (number);

  postern_lint_add (findings, code, severity, field, column, title, explanation);
}

static gboolean
fail (const Call *call, gsize offset, const char *code, const char *title, char *explanation)
{
  lint_driver (call->findings, call->number, code, POSTERN_SEVERITY_ERROR,
               postern_text_column (call->properties, offset), title,
               /* Translators: %u is the number of a security driver. */
               g_strdup_printf (_ ("Driver %u: %s"), call->number, explanation));
  g_free (explanation);

  return FALSE;
}

static gboolean
fail_properties (const Call *call, gsize offset, const char *explanation)
{
  return fail (call, offset, "settings.driver-parameters",
               _ ("The driver properties cannot be used"), g_strdup (explanation));
}

static gboolean
fail_unknown (const Call *call, gsize offset, const char *entry_point, gboolean pop)
{
  g_autofree char *quoted = postern_lint_quote (entry_point);
  const char *title = _ ("Unknown security driver");

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      if (g_ascii_strcasecmp (known[i].entry_point, entry_point) != 0)
        continue;
      if (known[i].pop != pop)
        return fail (call, offset, "settings.driver-unknown", title,
                     g_strdup_printf (known[i].pop
                                        ? _ ("%s is a driver for POP= and not for SMTP=.")
                                        : _ ("%s is a driver for SMTP= and not for POP=."),
                                      known[i].entry_point));
      return fail (call, offset, "settings.driver-unknown", title,
                   g_strdup_printf (_ ("“%s” is not found, because the case of the letters counts. "
                                       "Write %s."),
                                    quoted, known[i].entry_point));
    }

  return fail (
    call, offset, "settings.driver-unknown", title,
    g_strdup_printf (_ ("“%s” is none of the security drivers for mail. Those that can be "
                        "tested are UStartTLSSMTP, UAuthLoginSMTP, UAuthXOAUTH2SMTP, "
                        "UAuthNTLMSMTP, UAuthSSPISMTP and UAuthXOAUTH2POP."),
                     quoted));
}

/* The items after the first: USE=MAND or USE=OPT. */
static gboolean
read_use (const Call *call, GPtrArray *items, gboolean *mandatory)
{
  for (guint i = 1; i < items->len; i++)
    {
      const PosternUnifaceItem *item = items->pdata[i];
      g_autofree char *value = g_strstrip (g_strdup (item->value));

      if (g_ascii_strcasecmp (item->id, "USE") != 0 || !item->has_value)
        return fail_properties (call, item->offset,
                                _ ("After the driver only USE=MAND or USE=OPT can follow."));
      if (g_ascii_strcasecmp (value, "MAND") == 0)
        *mandatory = TRUE;
      else if (g_ascii_strcasecmp (value, "OPT") == 0)
        *mandatory = FALSE;
      else
        return fail_properties (call, item->offset, _ ("USE is either MAND or OPT."));
    }

  return TRUE;
}

/* Checks the first item: which context, which driver. @entry_point is "" for a removal. */
static gboolean
read_server (const Call *call, GPtrArray *items, gboolean *pop, char **entry_point)
{
  const PosternUnifaceItem *first = items->len > 0 ? items->pdata[0] : NULL;

  if (first == NULL || !first->has_value)
    return fail_properties (call, 0, _ ("Begin with SMTP= or POP= and the name of the driver."));
  *pop = g_ascii_strcasecmp (first->id, "POP") == 0;
  if (!*pop && g_ascii_strcasecmp (first->id, "SMTP") != 0)
    return fail_properties (call, 0, _ ("The server type is SMTP or POP."));

  *entry_point = g_strstrip (g_strdup (first->value));
  if (**entry_point == '\0' && items->len > 1)
    return fail_properties (call, 0, _ ("The name of the driver is missing."));

  return TRUE;
}

static gboolean
add_driver (const Call *call,
            PosternDriver *driver,
            const char *entry_point,
            gboolean pop,
            gboolean mandatory)
{
  const char *equals = strchr (call->properties, '=');
  gsize offset = (gsize) (equals + 1 - call->properties);

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      PosternUnifaceDriver *added;

      if (strcmp (known[i].entry_point, entry_point) != 0 || known[i].pop != pop)
        continue;
      added = g_new0 (PosternUnifaceDriver, 1);
      added->kind = known[i].kind;
      added->entry_point = known[i].entry_point;
      added->mandatory = mandatory;
      added->number = call->number;
      added->driver = postern_driver_ref (driver);
      g_ptr_array_add (pop ? call->pop : call->smtp, added);
      return TRUE;
    }

  return fail_unknown (call, offset, entry_point, pop);
}

static gboolean
set_security (const Call *call, PosternDriver *driver)
{
  g_autoptr(GPtrArray) items = NULL;
  g_autofree char *entry_point = NULL;
  gboolean pop = FALSE;
  gboolean mandatory = TRUE;
  gsize offset = 0;
  g_autoptr(GError) error = NULL;

  if (strlen (call->properties) > MAX_PROPERTIES)
    return fail_properties (call, 0,
                            _ ("The driver properties have more than 255 bytes (inferred)."));
  if (!g_utf8_validate (call->properties, -1, NULL))
    return fail_properties (call, 0, _ ("The driver properties are not UTF-8."));

  items = postern_uniface_list_parse (call->properties);
  if (!read_server (call, items, &pop, &entry_point) || !read_use (call, items, &mandatory))
    return FALSE;
  if (*entry_point == '\0')
    {
      g_ptr_array_set_size (pop ? call->pop : call->smtp, 0);
      return TRUE;
    }
  if (!postern_text_check (entry_point, MAX_PROPERTIES, &offset, &error))
    return fail_unknown (call, 0, entry_point, pop);

  return add_driver (call, driver, entry_point, pop, mandatory);
}

/* The drivers of the other context are accepted, and do nothing for this logon. */
static void
warn_other_context (GPtrArray *others, gboolean mail, GPtrArray *findings)
{
  for (guint i = 0; i < others->len; i++)
    {
      const PosternUnifaceDriver *driver = others->pdata[i];
      const char *text = mail ? _ ("Driver %u, %s, is in the context for SMTP and plays no part in "
                                   "LogonMail.")
                              : _ ("Driver %u, %s, is in the context for POP and plays no part in "
                                   "LogonSMTP.");

      lint_driver (findings, driver->number, "settings.driver-unused", POSTERN_SEVERITY_WARNING, 0,
                   _ ("The driver is not used"),
                   g_strdup_printf (text, driver->number, driver->entry_point));
    }
}

GPtrArray *
postern_uniface_drivers_read (PosternAccount *account, GPtrArray *findings)
{
  GPtrArray *drivers = postern_account_get_drivers (account);
  gboolean mail = postern_account_get_protocol (account) == POSTERN_PROTOCOL_POP3;
  GPtrArray *smtp = g_ptr_array_new_with_free_func ((GDestroyNotify) uniface_driver_free);
  GPtrArray *pop = g_ptr_array_new_with_free_func ((GDestroyNotify) uniface_driver_free);

  for (guint i = 0; i < drivers->len && i < MAX_DRIVERS; i++)
    {
      PosternDriver *driver = drivers->pdata[i];
      Call call = {
        .number = i + 1,
        .properties = postern_driver_get_properties (driver),
        .findings = findings,
        .smtp = smtp,
        .pop = pop,
      };

      set_security (&call, driver);
    }
  if (drivers->len > MAX_DRIVERS)
    postern_lint_add (findings, "settings.driver-parameters", POSTERN_SEVERITY_ERROR, "drivers", 0,
                      _ ("Too many security drivers"),
                      g_strdup_printf (_ ("The account has more than %d drivers."), MAX_DRIVERS));

  warn_other_context (mail ? smtp : pop, mail, findings);
  g_ptr_array_unref (mail ? smtp : pop);

  return mail ? pop : smtp;
}

/**
 * postern_uniface_drivers_set:
 * @driver: what SetSecurity is given
 * @number: that the driver would have
 * @findings: why it is refused, where it is
 * @entry_point: (out) (nullable): %NULL when the context is to be removed
 *
 * Reads one call of SetSecurity for itself, without a context.
 *
 * Returns: its $status
 */
int
postern_uniface_drivers_set (PosternDriver *driver,
                             guint number,
                             GPtrArray *findings,
                             const char **entry_point)
{
  g_autoptr(GPtrArray) queue =
               g_ptr_array_new_with_free_func ((GDestroyNotify) uniface_driver_free);
  Call call = {
    .number = number,
    .properties = postern_driver_get_properties (driver),
    .findings = findings,
    .smtp = queue,
    .pop = queue,
  };
  const char *code;

  *entry_point = NULL;
  if (set_security (&call, driver))
    {
      if (queue->len > 0)
        *entry_point = ((PosternUnifaceDriver *) queue->pdata[0])->entry_point;
      return 0;
    }

  code = postern_finding_get_code (findings->pdata[findings->len - 1]);
  if (strcmp (code, "settings.driver-unknown") == 0)
    return -5;
  return strcmp (code, "settings.driver-parameters") == 0 ? -2 : -1;
}

const PosternUnifaceDriver *
postern_uniface_drivers_find (GPtrArray *queue, PosternUnifaceDriverKind kind)
{
  for (guint i = 0; i < queue->len; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];

      if (driver->kind == kind)
        return driver;
    }

  return NULL;
}

gboolean
postern_uniface_drivers_authenticate (GPtrArray *queue)
{
  for (guint i = 0; i < queue->len; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];

      if (driver->kind != POSTERN_UNIFACE_DRIVER_STARTTLS)
        return TRUE;
    }

  return FALSE;
}

gboolean
postern_uniface_drivers_require_logon (GPtrArray *queue)
{
  for (guint i = 0; i < queue->len; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];

      if (driver->kind != POSTERN_UNIFACE_DRIVER_STARTTLS && driver->mandatory)
        return TRUE;
    }

  return FALSE;
}

static void
warn_order (GPtrArray *findings, const PosternUnifaceDriver *driver, char *explanation)
{
  lint_driver (findings, driver->number, "settings.driver-order", POSTERN_SEVERITY_WARNING, 0,
               _ ("The order of the security drivers"), explanation);
}

/* The same driver twice, or two that authenticate: the second one has nothing left to do, and
 * fails. */
static void
check_twice (GPtrArray *queue, GPtrArray *findings)
{
  for (guint i = 0; i < queue->len; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];

      for (guint j = 0; j < i; j++)
        {
          const PosternUnifaceDriver *earlier = queue->pdata[j];
          gboolean same = earlier->kind == driver->kind;

          if (!same && (earlier->kind == POSTERN_UNIFACE_DRIVER_STARTTLS ||
                        driver->kind == POSTERN_UNIFACE_DRIVER_STARTTLS))
            continue;
          warn_order (
            findings, driver,
            same ? g_strdup_printf (_ ("%s is in the context twice, which makes the logon fail. "
                                       "Remove one."),
                                    driver->entry_point)
                 : g_strdup_printf (_ ("%s and %s both authenticate: where the server offers both, "
                                       "the second logon fails. Remove one."),
                                    earlier->entry_point, driver->entry_point));
          return;
        }
    }
}

/**
 * postern_uniface_drivers_is_listed:
 * @asn: (nullable): the assignment file
 *
 * Returns: %FALSE where [USER_3GL] of the file names the functions of its libraries, and
 *   @entry_point is none of them
 */
gboolean
postern_uniface_drivers_is_listed (PosternAsn *asn, const char *entry_point)
{
  return asn == NULL || !postern_asn_has_section (asn, "USER_3GL") ||
         postern_asn_has_open_library (asn) || postern_asn_lookup_entry (asn, entry_point) != NULL;
}

static void
check_listed (GPtrArray *queue, PosternAsn *asn, GPtrArray *findings)
{
  for (guint i = 0; i < queue->len; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];
      g_autofree char *base = NULL;

      if (postern_uniface_drivers_is_listed (asn, driver->entry_point))
        continue;
      base = g_path_get_basename (postern_asn_get_path (asn));
      lint_driver (findings, driver->number, "settings.driver-unknown", POSTERN_SEVERITY_WARNING, 0,
                   _ ("The driver is not in the assignment file"),
                   g_strdup_printf (_ ("[USER_3GL] of %s does not list %s. If no other "
                                       "assignment file does, SetSecurity returns -5."),
                                    base, driver->entry_point));
    }
}

/* Sections 6.1 and 6.2: what comes of it where an optional driver is not supported. */
static void
check_optional (GPtrArray *queue, GPtrArray *findings)
{
  for (guint i = 0; i < queue->len; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];
      const char *text =
        strcmp (postern_uniface_get_server (driver->entry_point), "POP") == 0
          ? _ ("%s with USE=OPT is passed over where the server does not offer what it needs; "
               "LogonMail then sends its own user name and password. Use USE=MAND.")
          : _ ("%s with USE=OPT is passed over where the server does not offer what it needs; "
               "LogonSMTP then returns 0 without having authenticated (inferred). Use USE=MAND.");

      if (driver->kind == POSTERN_UNIFACE_DRIVER_STARTTLS || driver->mandatory)
        continue;
      lint_driver (findings, driver->number, "settings.driver-optional", POSTERN_SEVERITY_WARNING,
                   0, _ ("The driver that authenticates is optional"),
                   g_strdup_printf (text, driver->entry_point));
      return;
    }
}

/* Whether a driver that gives the password away has its turn before the first STARTTLS. */
static gboolean
shows_password_before (GPtrArray *queue, const PosternUnifaceDriver *end)
{
  for (guint i = 0; i < queue->len && queue->pdata[i] != end; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];

      if (postern_uniface_driver_shows_password (driver))
        return TRUE;
    }

  return FALSE;
}

/* Said before anything is sent: the password goes, or may go, in clear text. */
static void
check_clear_text (GPtrArray *queue, const PosternUnifaceDriver *starttls, GPtrArray *findings)
{
  if (shows_password_before (queue, starttls))
    postern_runtime_lint_clear_text (
      findings, "starttls",
      _ ("A driver authenticates before UStartTLSSMTP begins TLS, so anybody on the way can read "
         "the password."));
  else if (!starttls->mandatory && shows_password_before (queue, NULL))
    postern_runtime_lint_clear_text (
      findings, "starttls",
      _ ("Where the server does not offer STARTTLS, UStartTLSSMTP with USE=OPT is passed over, and "
         "anybody on the way can read the password."));
}

/**
 * postern_uniface_drivers_check:
 * @tls: whether the connection string says TLS:
 * @asn: (nullable): the assignment file
 *
 * What the drivers are together: section 6.1, "Consequences to surface".
 */
void
postern_uniface_drivers_check (GPtrArray *queue, gboolean tls, PosternAsn *asn, GPtrArray *findings)
{
  const PosternUnifaceDriver *starttls =
    postern_uniface_drivers_find (queue, POSTERN_UNIFACE_DRIVER_STARTTLS);

  if (starttls != NULL && tls)
    warn_order (
      findings, starttls,
      g_strdup (_ ("TLS: and UStartTLSSMTP exclude each other: a server that speaks TLS from "
                   "the first byte does not offer STARTTLS. Remove one of them.")));
  if (starttls != NULL && !tls && starttls != queue->pdata[0])
    warn_order (findings, queue->pdata[0],
                g_strdup (_ ("A driver that stands before UStartTLSSMTP is used before TLS begins; "
                             "the password would travel in clear text. "
                             "Put UStartTLSSMTP first.")));
  else if (starttls != NULL && !tls && !starttls->mandatory &&
           postern_uniface_drivers_authenticate (queue))
    warn_order (findings, starttls,
                g_strdup (_ ("UStartTLSSMTP with USE=OPT is passed over where the server does not "
                             "offer STARTTLS; the password would then travel in clear text. "
                             "Use USE=MAND.")));
  if (starttls != NULL && !tls)
    check_clear_text (queue, starttls, findings);
  check_optional (queue, findings);
  check_twice (queue, findings);
  check_listed (queue, asn, findings);
}
