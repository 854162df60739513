/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-runtime-uniface.h"

#include "runtime/postern-asn-global.h"
#include "runtime/postern-asn-profile.h"
#include "runtime/postern-connection-string.h"
#include "runtime/postern-lint.h"
#include "runtime/postern-runtime-common.h"

#include <glib/gi18n.h>
#include <string.h>

#define TLS_PARAMS "USYS$TLS_PARAMS"
#define TCP_PARAMS "USYS$TCP_PARAMS"

struct _PosternRuntimeUniface
{
  GObject parent_instance;
};

static void
runtime_iface_init (PosternRuntimeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternRuntimeUniface,
                               postern_runtime_uniface,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (POSTERN_TYPE_RUNTIME, runtime_iface_init))

/* One planning. */
typedef struct
{
  PosternAccount *account;
  const PosternCredentials *credentials; /* or NULL */
  GPtrArray *findings;
  PosternPlan *plan;
  PosternConnectionString *connection; /* NULL when it cannot be read */
  PosternAsn *asn;                     /* or NULL */
  gboolean asn_failed;                 /* there is one, but it cannot be read */
  GPtrArray *queue;
  gboolean direct;   /* TLS: */
  gboolean starttls; /* a STARTTLS driver is in the queue */
} Planning;

static void
planning_clear (Planning *self)
{
  g_clear_pointer (&self->connection, postern_connection_string_free);
  g_clear_pointer (&self->asn, postern_asn_free);
  g_clear_pointer (&self->queue, g_ptr_array_unref);
}

static void
read_connection (Planning *self)
{
  g_autoptr(GError) error = NULL;
  guint column = 0;

  self->connection =
    postern_connection_string_parse (postern_account_get_connection (self->account),
                                     postern_account_get_protocol (self->account), &column, &error);
  if (self->connection == NULL)
    postern_lint_add (self->findings, "settings.connection-string", POSTERN_SEVERITY_ERROR,
                      "connection", column, _ ("The connection string cannot be read"),
                      g_strdup_printf (_ ("Character %u: %s"), column, error->message));
}

/* spec/uniface.md section 4: LogonMail is POP3, and nothing of Uniface speaks IMAP. */
static void
check_protocol (Planning *self)
{
  if (postern_account_get_protocol (self->account) != POSTERN_PROTOCOL_IMAP)
    return;
  postern_lint_add (self->findings, "settings.not-supported", POSTERN_SEVERITY_ERROR, "protocol", 0,
                    _ ("Uniface has no IMAP"),
                    g_strdup (_ ("UPOPMAIL has no operation for IMAP: LogonSMTP sends mail, "
                                 "LogonMail reads it with POP3.")));
}

/* A pass here has to mean a pass there. */
static void
check_pin (Planning *self)
{
  if (postern_account_get_pin (self->account) == NULL)
    return;
  postern_lint_add (self->findings, "settings.not-supported", POSTERN_SEVERITY_ERROR, "pin", 0,
                    _ ("Uniface knows no exception for a certificate"),
                    g_strdup (_ ("The TLS options of Uniface have no such thing: name the "
                                 "authority with ca_certificate, and take the exception out.")));
}

static gboolean
is_mail (Planning *self)
{
  return postern_account_get_protocol (self->account) == POSTERN_PROTOCOL_POP3;
}

static void
check_connection (Planning *self)
{
  const PosternConnectionString *connection = self->connection;

  postern_lint_host (self->findings, "connection", connection->host_column, connection->host,
                     connection->ascii_host);
  if (self->direct && strchr (connection->host, ':') != NULL)
    postern_lint_add (
      self->findings, "settings.not-supported", POSTERN_SEVERITY_WARNING, "connection",
      connection->host_column, _ ("IPv6 address with TLS:"),
      g_strdup (_ ("One page of the vendor says that TLS: takes no IPv6 address, only "
                   "a name that has one. Use a name.")));
  if (!self->direct && connection->profile != NULL)
    postern_lint_add (self->findings, "settings.connection-string", POSTERN_SEVERITY_WARNING,
                      "connection", connection->profile_column, _ ("The TLS profile is not used"),
                      g_strdup (self->starttls
                                  ? _ ("A profile counts with TLS: alone; STARTTLS always reads "
                                       "USYS$TLS_PARAMS (what TCP does with it is inferred).")
                                  : _ ("A profile counts with TLS: alone (inferred).")));
}

/* A finding about a line of a file as one about the account: with the place in its sentence. */
static PosternFinding *
place_finding (PosternFinding *finding)
{
  const char *path = postern_finding_get_file (finding);
  g_autofree char *base = path != NULL ? g_path_get_basename (path) : NULL;
  g_autofree char *text = NULL;
  PosternFinding *placed;

  if (base == NULL)
    return g_object_ref (finding);

  text = g_strdup_printf ("%s:%u: %s", base, postern_finding_get_line (finding),
                          postern_finding_get_explanation (finding));
  placed =
    postern_finding_new (postern_finding_get_code (finding), postern_finding_get_severity (finding),
                         postern_finding_get_title (finding), text);
  postern_finding_set_place (placed, "asn-file", 0);

  return placed;
}

static void
load_asn (Planning *self)
{
  const char *usys_dir = postern_account_get_usys_dir (self->account);
  g_autofree char *path =
    postern_asn_choose_file (postern_account_get_asn_file (self->account), usys_dir);
  g_autoptr(GError) error = NULL;
  GPtrArray *faults;

  if (path == NULL)
    return;

  self->asn = postern_asn_load (path, usys_dir, &error);
  if (self->asn == NULL)
    {
      self->asn_failed = TRUE;
      postern_lint_add (self->findings, "settings.file-missing", POSTERN_SEVERITY_ERROR, "asn-file",
                        0, _ ("The assignment file cannot be read"),
                        g_strdup_printf (_ ("%s. Nothing is sent."), error->message));
      return;
    }
  faults = postern_asn_get_findings (self->asn);
  for (guint i = 0; i < faults->len; i++)
    g_ptr_array_add (self->findings, place_finding (faults->pdata[i]));
}

static void
add_tls_error (Planning *self, const char *code, const char *field, const char *title, char *text)
{
  PosternFinding *finding = postern_lint_add (
    self->findings, code, POSTERN_SEVERITY_ERROR, field,
    strcmp (field, "connection") == 0 ? self->connection->profile_column : 0, title, text);

  postern_runtime_mark_finding (finding, self->direct ? "TLS" : "UStartTLSSMTP");
}

/* The files that were looked through. */
static char *
name_files (Planning *self)
{
  const char *global = postern_asn_get_global_path (self->asn);

  return g_strconcat (postern_asn_get_path (self->asn), global != NULL ? ", " : NULL, global, NULL);
}

static const PosternAsnSetting *
find_profile (Planning *self)
{
  const char *profile = self->connection->profile;
  const PosternAsnSetting *setting =
    self->asn != NULL ? postern_asn_lookup (self->asn, "NET_SETTINGS", profile) : NULL;
  g_autofree char *quoted = postern_lint_quote (profile);
  g_autofree char *names = NULL;
  g_autofree char *files = NULL;
  const char *hint = "";

  if (setting != NULL)
    return setting;
  if (self->asn_failed)
    return NULL; /* said already */

  if (!self->connection->port_given && strspn (profile, "0123456789") == strlen (profile))
    hint = _ (" A port is written with a plus sign: host+465.");
  if (self->asn != NULL)
    {
      names = postern_asn_list_names (self->asn, "NET_SETTINGS", 8);
      files = name_files (self);
    }
  if (self->asn == NULL)
    add_tls_error (self, "settings.profile-undefined", "connection",
                   _ ("The TLS profile is not defined"),
                   g_strdup_printf (_ ("No assignment file is given that could define “%s” in "
                                       "[NET_SETTINGS].%s"),
                                    quoted, hint));
  else
    add_tls_error (self, "settings.profile-undefined", "connection",
                   _ ("The TLS profile is not defined"),
                   g_strdup_printf (_ ("“%s” is not in [NET_SETTINGS] of %s. Defined there: %s.%s"),
                                    quoted, files, *names != '\0' ? names : _ ("nothing"), hint));

  return NULL;
}

static const PosternAsnSetting *
find_default (Planning *self)
{
  const PosternAsnSetting *setting =
    self->asn != NULL ? postern_asn_lookup (self->asn, "DRIVER_SETTINGS", TLS_PARAMS) : NULL;
  g_autofree char *names = NULL;

  if (setting != NULL)
    return setting;
  if (self->asn_failed)
    return NULL;

  if (self->asn != NULL)
    names = postern_asn_list_names (self->asn, "NET_SETTINGS", 8);
  if (names != NULL && *names != '\0' && !self->direct)
    add_tls_error (self, "settings.no-verification", "asn-file",
                   _ ("USYS$TLS_PARAMS is not defined"),
                   g_strdup_printf (_ ("STARTTLS reads USYS$TLS_PARAMS in [DRIVER_SETTINGS] and no "
                                       "profile; %s defines only profiles: %s."),
                                    postern_asn_get_path (self->asn), names));
  else
    add_tls_error (self, "settings.no-verification", self->asn != NULL ? "asn-file" : "tls-options",
                   _ ("USYS$TLS_PARAMS is not defined"),
                   g_strdup (_ ("USYS$TLS_PARAMS does not define a shared key or a certificate. "
                                "Write at least verify_server=yes.")));

  return NULL;
}

/* Encrypted text, and what is not documented of expressions, cannot be read here (section 9.1). */
static gboolean
is_readable (Planning *self, const PosternAsnSetting *setting, const char *place)
{
  if (!setting->encrypted && !setting->expression)
    return TRUE;

  postern_lint_add (self->findings, "settings.not-supported", POSTERN_SEVERITY_ERROR, "asn-file", 0,
                    _ ("Encrypted text or an expression"),
                    setting->fault != NULL
                      ? g_strdup_printf (_ ("%s: The expression is not evaluated: %s. "
                                            "Give the TLS options in the account."),
                                         place, setting->fault)
                      : g_strdup_printf (_ ("%s: This version cannot read encrypted text. "
                                            "Give the TLS options in the account."),
                                         place));

  return FALSE;
}

static void
plan_options (Planning *self, const char *text, const PosternTlsOptionsPlace *place)
{
  guint before = self->findings->len;
  g_autoptr(GPtrArray) options = NULL;
  PosternTlsPolicy *policy = NULL;

  options = postern_tls_options_parse (text, place, self->findings);
  if (!postern_lint_has_error (self->findings, before))
    postern_tls_options_check (options, place, self->findings);
  if (!postern_lint_has_error (self->findings, before))
    policy = postern_tls_options_to_policy (options, place, self->findings);
  for (guint i = before; i < self->findings->len; i++)
    postern_runtime_mark_finding (self->findings->pdata[i], self->direct ? "TLS" : "UStartTLSSMTP");
  if (policy != NULL)
    postern_runtime_fill_tls (self->plan, options, policy, self->account,
                              place->source != NULL ? place->source : "account", self->findings);
}

/* Which of the two sources applied, beside the line that says where it stands. */
static void
set_profile_source (Planning *self, gboolean profile)
{
  g_autofree char *source = profile
                              ? g_strdup_printf ("[NET_SETTINGS] %s", self->connection->profile)
                              : g_strdup ("[DRIVER_SETTINGS] " TLS_PARAMS);

  postern_plan_set_source (self->plan, "tls_profile", source);
}

/* Section 7.3: where the TLS settings come from. */
static void
plan_tls (Planning *self)
{
  const char *own = postern_account_get_tls_options (self->account);
  gboolean profile = self->direct && self->connection->profile != NULL;
  const PosternAsnSetting *setting;
  g_autofree char *place_text = NULL;
  PosternTlsOptionsPlace place = {
    .mode = POSTERN_TLS_OPTIONS_UNIFACE,
    .usys_dir = postern_account_get_usys_dir (self->account),
    .field = "tls-options",
    .looking = self->credentials == NULL,
    .key_password = self->credentials != NULL ? self->credentials->key_password : NULL,
    .asn = self->asn,
  };

  if (!self->direct && !self->starttls)
    return;
  if (!profile && own[strspn (own, " \t\r\n")] != '\0')
    {
      postern_plan_set_source (self->plan, "tls_profile", "account, as " TLS_PARAMS);
      plan_options (self, own, &place);
      return;
    }

  setting = profile ? find_profile (self) : find_default (self);
  if (setting == NULL)
    return;
  place_text = postern_asn_setting_dup_place (setting);
  if (!is_readable (self, setting, place_text))
    return;
  set_profile_source (self, profile);
  if (setting->written != NULL)
    {
      g_autofree char *written = postern_tls_options_hide_secrets (setting->written);

      postern_plan_set_source (self->plan, "tls_expression", written);
    }
  place.field = "asn-file";
  place.source = place_text;
  plan_options (self, setting->value, &place);
}

/* prf=4 or prf=6 in USYS$TCP_PARAMS, 4 where it does not say. */
static void
plan_family (Planning *self)
{
  const PosternAsnSetting *setting =
    self->asn != NULL ? postern_asn_lookup (self->asn, "DRIVER_SETTINGS", TCP_PARAMS) : NULL;
  g_auto (GStrv) options = NULL;
  g_autofree char *place = NULL;

  self->plan->prefer_ipv4 = TRUE;
  if (postern_account_get_family (self->account) != POSTERN_FAMILY_ANY)
    return;
  postern_plan_set_source (self->plan, "family", "default");
  if (setting == NULL)
    return;

  options = g_strsplit (setting->value, ",", 64);
  for (guint i = 0; options[i] != NULL; i++)
    {
      char *equals = strchr (options[i], '=');

      if (equals == NULL)
        continue;
      *equals = '\0';
      if (g_ascii_strcasecmp (g_strstrip (options[i]), "prf") != 0)
        continue;
      self->plan->prefer_ipv4 = strcmp (g_strstrip (equals + 1), "6") != 0;
      place = postern_asn_setting_dup_place (setting);
      postern_plan_set_source (self->plan, "family", place);
      return;
    }
}

static void
plan_endpoint (Planning *self)
{
  PosternPlan *plan = self->plan;
  const PosternConnectionString *connection = self->connection;
  const PosternUnifaceDriver *starttls =
    postern_uniface_drivers_find (self->queue, POSTERN_UNIFACE_DRIVER_STARTTLS);

  plan->host = g_strdup (connection->ascii_host);
  plan->port = connection->port;
  if (self->direct)
    plan->tls = POSTERN_TLS_START_IMPLICIT;
  else if (starttls == NULL)
    plan->tls = POSTERN_TLS_START_NONE;
  else
    plan->tls =
      starttls->mandatory ? POSTERN_TLS_START_STARTTLS : POSTERN_TLS_START_STARTTLS_IF_OFFERED;
  plan->helo_fallback = TRUE; /* not documented: inferred */
  plan->clear_text_allowed = TRUE;

  postern_plan_set_source (plan, "connection", "account");
  postern_plan_set_source (plan, "host", "connection string");
  postern_plan_set_source (plan, "port", connection->port_given ? "connection string" : "default");
  postern_plan_set_source (plan, "tls",
                           !self->direct && starttls != NULL ? starttls->entry_point
                           : connection->connector_given     ? "connection string"
                                                             : "default");
  postern_runtime_lint_port (
    self->findings, connection->port_given ? connection->port_column : connection->host_column,
    plan->protocol, plan->port, plan->tls, !is_mail (self));
}

static void
set_user_source (Planning *self)
{
  const char *user = postern_account_get_user (self->account);

  for (guint i = 0; i < self->plan->steps->len; i++)
    {
      const PosternPlanStep *step = self->plan->steps->pdata[i];

      if (step->user != NULL)
        postern_plan_set_source (self->plan, "user",
                                 strcmp (step->user, user) == 0 ? "account" : "drivers");
    }
}

/* Nothing is sent yet: this is what the plan would do. */
static void
warn_clear_text (Planning *self)
{
  gboolean shows = FALSE;

  for (guint i = 0; i < self->queue->len; i++)
    shows = shows || postern_uniface_driver_shows_password (self->queue->pdata[i]);
  if (self->direct || self->starttls)
    return;
  if (is_mail (self))
    postern_runtime_lint_clear_text (
      self->findings, "implicit",
      _ ("The connection is TCP, and no driver begins TLS for POP3, so anybody on the way can read "
         "the password. Begin the connection string with TLS:."));
  else if (shows)
    postern_runtime_lint_clear_text (
      self->findings, "starttls",
      _ ("The connection is TCP and no driver begins TLS, so anybody on the way can read the "
         "password."));
}

/* Section 4.1: LogonMail takes its two texts in ASCII. */
static void
check_ascii (Planning *self, const PosternPlanStep *step)
{
  gsize length = 0;
  const char *bytes = step->password != NULL ? postern_secret_peek (step->password, &length) : NULL;
  gboolean ascii = step->user == NULL || g_str_is_ascii (step->user);

  for (gsize i = 0; i < length; i++)
    ascii = ascii && (guchar) bytes[i] < 0x80;
  if (!ascii)
    postern_lint_add (self->findings, "settings.stray-character", POSTERN_SEVERITY_WARNING, "user",
                      0, _ ("Characters outside ASCII"),
                      g_strdup (_ ("LogonMail takes user name and password in ASCII; which bytes "
                                   "Uniface sends for other characters is not documented.")));
}

/* Section 6.2: USER and PASS, with what is given to LogonMail itself. */
static void
plan_own_logon (Planning *self, const PosternCredentials *credentials)
{
  const char *user = postern_account_get_user (self->account);
  PosternSecret *password = credentials != NULL ? credentials->password : NULL;
  PosternPlanStep *step;

  if (postern_uniface_drivers_require_logon (self->queue))
    return;

  step = postern_plan_add_step (self->plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
  g_strfreev (step->mechanisms);
  step->mechanisms = g_strsplit ("USER", " ", 2);
  step->unasked = TRUE;
  step->fallback = TRUE;
  step->user = *user != '\0' ? g_strdup (user) : NULL;
  if (password != NULL && !postern_secret_is_empty (password))
    step->password = postern_secret_ref (password);

  if (step->user == NULL)
    step->local_fault = g_strdup (_ ("LogonMail needs a user name here."));
  else if (step->password == NULL)
    step->local_fault = g_strdup (_ ("LogonMail needs a password here."));
  if (step->user != NULL)
    postern_lint_user (self->findings, "user", step->user);
  postern_lint_secret (self->findings, "password", step->password);
  check_ascii (self, step);
}

static void
plan_drivers (Planning *self, const PosternCredentials *credentials)
{
  gboolean authenticates = postern_uniface_drivers_authenticate (self->queue);

  postern_uniface_drivers_plan (self->queue, self->account, credentials, self->asn, self->plan,
                                self->findings);
  if (is_mail (self))
    plan_own_logon (self, credentials);
  postern_plan_set_source (self->plan, "mechanisms", authenticates ? "drivers" : "default");
  set_user_source (self);
  warn_clear_text (self);
  if (!authenticates && *postern_account_get_user (self->account) != '\0' &&
      self->plan->protocol == POSTERN_PROTOCOL_SMTP)
    postern_lint_add (self->findings, "settings.no-driver", POSTERN_SEVERITY_WARNING, "drivers", 0,
                      _ ("No driver authenticates"),
                      g_strdup (_ ("LogonSMTP never authenticates by itself. Add UAuthLoginSMTP or "
                                   "UAuthXOAUTH2SMTP, or leave the user name out.")));
}

static PosternPlan *
postern_runtime_uniface_plan (PosternRuntime *runtime,
                              PosternAccount *account,
                              const PosternCredentials *credentials,
                              GPtrArray *findings)
{
  guint before = findings->len;
  g_autoptr(PosternPlan) plan = postern_plan_new ();
  Planning self = {
    .account = account, .credentials = credentials, .findings = findings, .plan = plan
  };

  postern_runtime_fill_plan (plan, account, findings);
  /* In the order of the system: SetSecurity, the connection string, TLS, the drivers' turn. */
  self.queue = postern_uniface_drivers_read (account, findings);
  self.starttls =
    postern_uniface_drivers_find (self.queue, POSTERN_UNIFACE_DRIVER_STARTTLS) != NULL;
  check_protocol (&self);
  check_pin (&self);
  read_connection (&self);
  self.direct = self.connection != NULL && self.connection->connector == POSTERN_CONNECTOR_TLS;
  load_asn (&self);
  if (self.connection != NULL)
    {
      check_connection (&self);
      plan_endpoint (&self);
      plan_tls (&self);
    }
  plan_family (&self);
  plan_drivers (&self, credentials);
  postern_uniface_drivers_check (self.queue, self.direct, self.asn, findings);
  planning_clear (&self);

  return postern_lint_has_error (findings, before) ? NULL : g_steal_pointer (&plan);
}

static PosternNative *
postern_runtime_uniface_judge (PosternRuntime *runtime,
                               PosternProtocol protocol,
                               PosternPlan *plan,
                               const PosternFailure *failure)
{
  return postern_uniface_judge (protocol, plan, failure);
}

static gboolean
is_starttls (PosternDriver *driver)
{
  return strstr (postern_driver_get_properties (driver), "UStartTLSSMTP") != NULL;
}

/* The account's drivers without STARTTLS, or with it in front. */
static void
apply_drivers (PosternAccount *account, PosternTlsStart tls)
{
  GPtrArray *drivers = postern_account_get_drivers (account);
  g_autoptr(GPtrArray) changed =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);

  if (tls == POSTERN_TLS_START_STARTTLS)
    g_ptr_array_add (changed, postern_driver_new ("SMTP=UStartTLSSMTP", ""));
  else if (tls == POSTERN_TLS_START_STARTTLS_IF_OFFERED)
    g_ptr_array_add (changed, postern_driver_new ("SMTP=UStartTLSSMTP;USE=OPT", ""));
  for (guint i = 0; i < drivers->len; i++)
    {
      if (!is_starttls (drivers->pdata[i]))
        g_ptr_array_add (changed, postern_driver_ref (drivers->pdata[i]));
    }
  g_object_set (account, "drivers", changed, NULL);
}

static void
apply_connector (PosternConnectionString *connection,
                 PosternProtocol protocol,
                 PosternTlsStart tls,
                 guint16 port)
{
  gboolean implicit = tls == POSTERN_TLS_START_IMPLICIT;
  gboolean was_implicit = connection->connector == POSTERN_CONNECTOR_TLS;
  guint16 usual = postern_connection_string_default_port (POSTERN_CONNECTOR_TLS, protocol);

  if (port == 0 && implicit && !was_implicit)
    port = usual;
  if (port == 0 && !implicit && was_implicit && connection->port == usual)
    port = protocol == POSTERN_PROTOCOL_SMTP
             ? 587
             : postern_connection_string_default_port (POSTERN_CONNECTOR_TCP, protocol);
  if (implicit != was_implicit)
    connection->connector_given = FALSE;
  connection->connector = implicit ? POSTERN_CONNECTOR_TLS : POSTERN_CONNECTOR_TCP;
  if (!implicit)
    g_clear_pointer (&connection->profile, g_free);
  if (port != 0)
    {
      connection->port = port;
      connection->port_given = TRUE;
    }
}

static gboolean
postern_runtime_uniface_apply (PosternRuntime *runtime, PosternAccount *account, GVariant *change)
{
  PosternEndpointChange endpoint;
  g_autoptr(PosternConnectionString) connection = NULL;
  g_autofree char *host = NULL;
  g_autofree char *text = NULL;
  gboolean possible = postern_runtime_read_change (account, change, &endpoint);
  PosternProtocol protocol = postern_account_get_protocol (account);
  const char *other = NULL;
  guint column;

  host = endpoint.host;
  if (!possible)
    return FALSE;
  /* There is no IMAP, nor can LogonMail begin TLS later. */
  if (g_variant_lookup (change, "protocol", "&s", &other) && strcmp (other, "imap") == 0)
    return FALSE;
  if (protocol == POSTERN_PROTOCOL_POP3 && (endpoint.tls == POSTERN_TLS_START_STARTTLS ||
                                            endpoint.tls == POSTERN_TLS_START_STARTTLS_IF_OFFERED))
    return FALSE;
  if (host != NULL || endpoint.port != 0 || endpoint.tls != POSTERN_TLS_START_DEFAULT ||
      other != NULL)
    {
      connection =
        postern_connection_string_parse (postern_account_get_connection (account),
                                         postern_account_get_protocol (account), &column, NULL);
      if (connection == NULL)
        return FALSE;
      if (endpoint.port != 0)
        connection->port = endpoint.port;
      /* The default port goes with the protocol, and the server is where it is. */
      connection->port_given = connection->port_given || endpoint.port != 0 || other != NULL;
      if (endpoint.tls != POSTERN_TLS_START_DEFAULT)
        {
          apply_connector (connection, protocol, endpoint.tls, endpoint.port);
          if (protocol == POSTERN_PROTOCOL_SMTP)
            apply_drivers (account, endpoint.tls);
        }
      if (host != NULL)
        {
          g_free (connection->host);
          connection->host = g_steal_pointer (&host);
        }
      text = postern_connection_string_to_text (connection);
      g_object_set (account, "connection", text, NULL);
    }
  postern_runtime_set_properties (account, change);

  return TRUE;
}

static void
runtime_iface_init (PosternRuntimeInterface *iface)
{
  iface->plan = postern_runtime_uniface_plan;
  iface->judge = postern_runtime_uniface_judge;
  iface->apply = postern_runtime_uniface_apply;
}

static void
postern_runtime_uniface_class_init (PosternRuntimeUnifaceClass *klass)
{
}

static void
postern_runtime_uniface_init (PosternRuntimeUniface *self)
{
}
