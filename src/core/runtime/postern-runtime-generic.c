/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-runtime-generic.h"

#include "runtime/postern-generic-address.h"
#include "runtime/postern-lint.h"
#include "runtime/postern-runtime-common.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PosternRuntimeGeneric
{
  GObject parent_instance;
};

static void
runtime_iface_init (PosternRuntimeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternRuntimeGeneric,
                               postern_runtime_generic,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (POSTERN_TYPE_RUNTIME, runtime_iface_init))

static PosternGenericAddress *
read_connection (PosternAccount *account, GPtrArray *findings)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternGenericAddress) address = NULL;
  guint column = 0;

  address =
    postern_generic_address_parse (postern_account_get_connection (account), &column, &error);
  if (address == NULL)
    {
      postern_lint_add (findings, "settings.connection-string", POSTERN_SEVERITY_ERROR,
                        "connection", column, _ ("The connection cannot be read"),
                        g_strdup_printf (_ ("Character %u: %s"), column, error->message));
      return NULL;
    }
  postern_lint_host (findings, "connection", address->host_column, address->host,
                     address->ascii_host);

  return g_steal_pointer (&address);
}

/* What a scheme says, and the ports of RFC 8314 and of the protocols themselves. */
typedef struct
{
  const char *scheme;
  PosternProtocol protocol;
  PosternTlsStart start;
  guint16 port;
} Scheme;

static const Scheme schemes[] = {
  { "smtp", POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_STARTTLS, 25 },
  { "smtps", POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_IMPLICIT, 465 },
  { "submission", POSTERN_PROTOCOL_SMTP, POSTERN_TLS_START_STARTTLS, 587 },
  { "pop3", POSTERN_PROTOCOL_POP3, POSTERN_TLS_START_STARTTLS, 110 },
  { "pop3s", POSTERN_PROTOCOL_POP3, POSTERN_TLS_START_IMPLICIT, 995 },
  { "imap", POSTERN_PROTOCOL_IMAP, POSTERN_TLS_START_STARTTLS, 143 },
  { "imaps", POSTERN_PROTOCOL_IMAP, POSTERN_TLS_START_IMPLICIT, 993 },
};

static const Scheme *
find_scheme (const char *name)
{
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (schemes); i++)
    if (strcmp (schemes[i].scheme, name) == 0)
      return &schemes[i];
  return NULL;
}

static const Scheme *
find_port (guint16 port)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (schemes[i].port == port)
      return &schemes[i];
  return NULL;
}

/* The scheme of a protocol that begins TLS like this. */
static const Scheme *
find_protocol (PosternProtocol protocol, gboolean implicit)
{
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (schemes[i].protocol == protocol &&
        (schemes[i].start == POSTERN_TLS_START_IMPLICIT) == implicit)
      return &schemes[i];
  return &schemes[0];
}

/* The scheme says it, else the account, else the port. SMTP is what an account says that was not
 * told anything, so that a scheme or port may correct it. */
static void
decide_protocol (PosternPlan *plan,
                 const PosternGenericAddress *address,
                 PosternAccount *account,
                 GPtrArray *findings)
{
  PosternProtocol wanted = postern_account_get_protocol (account);
  const Scheme *scheme = find_scheme (address->scheme);
  const Scheme *port = find_port (address->port);

  plan->protocol = wanted;
  postern_plan_set_source (plan, "protocol", "account");
  if (scheme != NULL)
    {
      plan->protocol = scheme->protocol;
      postern_plan_set_source (plan, "protocol", "connection");
    }
  else if (port != NULL && wanted == POSTERN_PROTOCOL_SMTP &&
           port->protocol != POSTERN_PROTOCOL_SMTP)
    {
      g_autofree char *source = g_strdup_printf ("port %u", (guint) address->port);

      plan->protocol = port->protocol;
      postern_plan_set_source (plan, "protocol", source);
    }

  if (scheme != NULL && wanted != POSTERN_PROTOCOL_SMTP && wanted != scheme->protocol)
    postern_lint_add (
      findings, "settings.connection-string", POSTERN_SEVERITY_ERROR, "connection", 1,
      _ ("Two protocols are named"),
      g_strdup_printf (_ ("The address begins with %s://, but the account is for %s. Change one of "
                          "them."),
                       scheme->scheme, postern_runtime_protocol_name (wanted)));
}

/* The account says it, else the scheme, else the port; and what was not said is STARTTLS. */
static void
decide_tls (PosternPlan *plan, const PosternGenericAddress *address, PosternAccount *account)
{
  const Scheme *scheme = find_scheme (address->scheme);
  const Scheme *port = find_port (address->port);

  if (postern_account_get_tls (account) != POSTERN_TLS_START_DEFAULT)
    {
      plan->tls = postern_account_get_tls (account);
      postern_plan_set_source (plan, "tls", "account");
    }
  else if (scheme != NULL)
    {
      plan->tls = scheme->start;
      postern_plan_set_source (plan, "tls", "connection");
    }
  else if (port != NULL && port->start == POSTERN_TLS_START_IMPLICIT)
    {
      g_autofree char *source = g_strdup_printf ("port %u", (guint) address->port);

      plan->tls = POSTERN_TLS_START_IMPLICIT;
      postern_plan_set_source (plan, "tls", source);
    }
  else
    {
      plan->tls = POSTERN_TLS_START_STARTTLS;
      postern_plan_set_source (plan, "tls", "default");
    }
}

static void
decide_port (PosternPlan *plan, const PosternGenericAddress *address)
{
  const Scheme *scheme = find_scheme (address->scheme);

  if (address->port != 0)
    plan->port = address->port;
  else if (scheme != NULL)
    plan->port = scheme->port;
  else
    plan->port = find_protocol (plan->protocol, plan->tls == POSTERN_TLS_START_IMPLICIT)->port;

  postern_plan_set_source (plan, "port", address->port != 0 ? "connection" : "default");
}

static void
plan_endpoint (PosternPlan *plan,
               const PosternGenericAddress *address,
               PosternAccount *account,
               GPtrArray *findings)
{
  plan->host = g_strdup (address->ascii_host);
  plan->helo_fallback = TRUE;
  postern_plan_set_source (plan, "connection", "account");
  postern_plan_set_source (plan, "host", "connection");
  decide_protocol (plan, address, account, findings);
  decide_tls (plan, address, account);
  decide_port (plan, address);
  plan->clear_text_allowed =
    plan->tls == POSTERN_TLS_START_NONE || plan->tls == POSTERN_TLS_START_STARTTLS_IF_OFFERED;
  if (plan->tls == POSTERN_TLS_START_STARTTLS || plan->tls == POSTERN_TLS_START_STARTTLS_IF_OFFERED)
    postern_plan_add_step (plan, POSTERN_PLAN_STARTTLS, plan->tls == POSTERN_TLS_START_STARTTLS);
  postern_runtime_lint_port (findings,
                             address->port != 0 ? address->port_column : address->host_column,
                             plan->protocol, plan->port, plan->tls, TRUE);
}

static gboolean
is_mechanism (const char *name)
{
  gsize length = strlen (name);

  /* RFC 4422 section 3.1 */
  return length > 0 && length <= 20 &&
         strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

static GStrv
read_mechanisms (PosternAccount *account, GPtrArray *findings)
{
  const char *const *wanted = postern_account_get_mechanisms (account);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  /* What people call the two commands of POP3. */
  static const char *const user_pass[] = { "USER/PASS", "USERPASS", "PASS", NULL };

  for (guint i = 0; wanted != NULL && wanted[i] != NULL; i++)
    {
      g_autofree char *name = g_ascii_strup (wanted[i], -1);

      g_strstrip (name);
      if (g_strv_contains (user_pass, name))
        g_strv_builder_add (names, "USER");
      else if (is_mechanism (name))
        g_strv_builder_add (names, name);
      else
        {
          g_autofree char *quoted = postern_lint_quote (wanted[i]);

          postern_lint_add (
            findings, "settings.not-supported", POSTERN_SEVERITY_ERROR, "mechanisms", 0,
            _ ("No name of a mechanism"),
            g_strdup_printf (_ ("“%s” cannot be a mechanism; examples are PLAIN, LOGIN "
                                "and XOAUTH2."),
                             quoted));
        }
    }

  return g_strv_builder_end (names);
}

static gboolean
takes_token (const char *mechanism)
{
  return strcmp (mechanism, "XOAUTH2") == 0 || strcmp (mechanism, "OAUTHBEARER") == 0;
}

static gboolean
takes_password (const char *mechanism)
{
  static const char *const others[] = {
    "ANONYMOUS", "EXTERNAL", "GSSAPI", "GS2-KRB5", "XOAUTH2", "OAUTHBEARER", NULL,
  };

  return !g_strv_contains (others, mechanism);
}

/* What a step lacks for every mechanism that it may use; NULL when one of them can do. */
static const char *
find_fault (const PosternPlanStep *step)
{
  gboolean any = *step->mechanisms == NULL;
  gboolean token = any;
  gboolean password = any;

  for (char **mechanism = step->mechanisms; *mechanism != NULL; mechanism++)
    {
      token = token || takes_token (*mechanism);
      password = password || takes_password (*mechanism);
      if (!takes_token (*mechanism) && !takes_password (*mechanism))
        return NULL;
    }
  if (step->user == NULL)
    return _ ("A user name is needed to authenticate.");
  if ((password && step->password != NULL) || (token && step->token != NULL))
    return NULL;

  return password ? _ ("A password is needed to authenticate.")
                  : _ ("An access token is needed to authenticate.");
}

static gboolean
shows_secret (const PosternPlanStep *step)
{
  if (*step->mechanisms == NULL)
    return TRUE;

  for (char **mechanism = step->mechanisms; *mechanism != NULL; mechanism++)
    {
      if (takes_token (*mechanism) || strcmp (*mechanism, "PLAIN") == 0 ||
          strcmp (*mechanism, "LOGIN") == 0 || strcmp (*mechanism, "USER") == 0 ||
          strcmp (*mechanism, "LOGIN-COMMAND") == 0)
        return TRUE;
    }

  return FALSE;
}

static PosternSecret *
ref_secret (PosternSecret *secret)
{
  return secret != NULL && !postern_secret_is_empty (secret) ? postern_secret_ref (secret) : NULL;
}

static const char *
choose_user (const PosternGenericAddress *address, PosternAccount *account, PosternPlan *plan)
{
  const char *user = postern_account_get_user (account);

  if (*user != '\0')
    {
      postern_plan_set_source (plan, "user", "account");
      return user;
    }
  if (address->user != NULL)
    postern_plan_set_source (plan, "user", "connection");

  return address->user;
}

static void
plan_authentication (PosternPlan *plan,
                     const PosternGenericAddress *address,
                     PosternAccount *account,
                     const PosternCredentials *credentials,
                     GPtrArray *findings)
{
  const char *user = choose_user (address, account, plan);
  g_auto (GStrv) mechanisms = read_mechanisms (account, findings);
  PosternPlanStep *step;

  postern_plan_set_source (plan, "mechanisms", *mechanisms != NULL ? "account" : "default");
  if (user == NULL && *mechanisms == NULL &&
      (credentials == NULL || (credentials->password == NULL && credentials->token == NULL)))
    return;

  step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
  g_strfreev (step->mechanisms);
  step->mechanisms = g_steal_pointer (&mechanisms);
  step->user = g_strdup (user);
  if (credentials != NULL)
    {
      step->password = ref_secret (credentials->password);
      step->token = ref_secret (credentials->token);
      postern_lint_secret (findings, "password", step->password);
      postern_lint_secret (findings, "token", step->token);
    }
  step->local_fault = g_strdup (find_fault (step));
  if (user != NULL)
    postern_lint_user (findings, user == address->user ? "connection" : "user", user);
  if (plan->clear_text_allowed && shows_secret (step))
    postern_runtime_lint_clear_text (
      findings, "starttls",
      plan->tls == POSTERN_TLS_START_NONE
        ? _ ("The account uses no TLS, so anybody on the way can read the password.")
        : _ (
            "Where the server does not offer STARTTLS, anybody on the way can read the password."));
}

/* The exception for a certificate that the user made, if there is one. */
static PosternTlsPin *
read_pin (PosternPlan *plan, PosternAccount *account, GPtrArray *findings)
{
  const char *text = postern_account_get_pin (account);
  g_autoptr(GError) error = NULL;
  PosternTlsPin *pin;

  if (text == NULL)
    return NULL;

  pin = postern_tls_pin_parse (text, &error);
  if (pin == NULL)
    postern_lint_add (findings, "settings.option-illegal", POSTERN_SEVERITY_ERROR, "pin", 0,
                      _ ("The exception for a certificate cannot be read"),
                      g_strdup (error->message));
  else
    postern_plan_set_source (plan, "pin", "account");

  return pin;
}

static void
plan_tls (PosternPlan *plan,
          PosternAccount *account,
          const PosternCredentials *credentials,
          GPtrArray *findings)
{
  const char *text = postern_account_get_tls_options (account);
  guint before = findings->len;
  PosternTlsOptionsPlace place = {
    .mode = POSTERN_TLS_OPTIONS_GENERIC,
    .usys_dir = postern_account_get_usys_dir (account),
    .field = "tls-options",
    .looking = credentials == NULL,
    .key_password = credentials != NULL ? credentials->key_password : NULL,
  };
  g_autoptr(GPtrArray) options = NULL;
  PosternTlsPolicy *policy;

  options = postern_tls_options_parse (text, &place, findings);
  postern_tls_options_check (options, &place, findings);
  if (postern_lint_has_error (findings, before))
    return;

  policy = postern_tls_options_to_policy (options, &place, findings);
  if (policy == NULL)
    return;
  policy->pin = read_pin (plan, account, findings);
  postern_runtime_fill_tls (plan, options, policy, account,
                            options->len > 0 ? "account" : "default", findings);
}

static PosternPlanStep *
find_authentication (PosternPlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    {
      PosternPlanStep *step = plan->steps->pdata[i];

      if (step->kind == POSTERN_PLAN_AUTHENTICATE)
        return step;
    }

  return NULL;
}

/* A client certificate can stand for a password, where the server offers EXTERNAL. It may also
 * show it for a server that does not ask anybody to log on: then it is all the same. */
static void
plan_certificate (PosternPlan *plan)
{
  PosternPlanStep *step = find_authentication (plan);

  if (plan->tls == POSTERN_TLS_START_NONE || plan->tls_policy->client_certificate == NULL)
    return;

  if (step == NULL)
    {
      step = postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, FALSE);
      g_strfreev (step->mechanisms);
      step->mechanisms = g_strsplit ("EXTERNAL", " ", -1);
      postern_plan_set_source (plan, "mechanisms", "client certificate");
    }
  else if (*step->mechanisms == NULL && step->password == NULL && step->token == NULL)
    g_clear_pointer (&step->local_fault, g_free);
}

static PosternPlan *
postern_runtime_generic_plan (PosternRuntime *runtime,
                              PosternAccount *account,
                              const PosternCredentials *credentials,
                              GPtrArray *findings)
{
  guint before = findings->len;
  g_autoptr(PosternPlan) plan = postern_plan_new ();
  g_autoptr(PosternGenericAddress) address = read_connection (account, findings);

  postern_runtime_fill_plan (plan, account, findings);
  if (address != NULL)
    {
      plan_endpoint (plan, address, account, findings);
      plan_authentication (plan, address, account, credentials, findings);
    }
  plan_tls (plan, account, credentials, findings);
  plan_certificate (plan);

  return postern_lint_has_error (findings, before) ? NULL : g_steal_pointer (&plan);
}

/* A scheme says how TLS begins, where it can; what it cannot say is a property of the account. */
static PosternTlsStart
apply_tls (PosternGenericAddress *address, PosternTlsStart tls, guint16 new_port)
{
  gboolean implicit = tls == POSTERN_TLS_START_IMPLICIT;
  const Scheme *scheme = find_scheme (address->scheme);
  const Scheme *port = find_port (address->port);

  if (scheme == NULL)
    return tls;

  if (implicit != (scheme->start == POSTERN_TLS_START_IMPLICIT))
    {
      guint16 number = new_port != 0 ? new_port : address->port;

      scheme = find_protocol (scheme->protocol, implicit);
      if (strcmp (scheme->scheme, "smtp") == 0 && number != 25)
        scheme = find_scheme ("submission");
      g_free (address->scheme);
      address->scheme = g_strdup (scheme->scheme);
      if (port != NULL && (port->start == POSTERN_TLS_START_IMPLICIT) != implicit)
        address->port = 0;
    }

  return scheme->start == tls ? POSTERN_TLS_START_DEFAULT : tls;
}

/* Another protocol where the server is: the scheme has to follow, and the port to stay, so that
 * neither says something else. */
static void
apply_protocol (PosternAccount *account, PosternGenericAddress *address, PosternProtocol before)
{
  PosternProtocol protocol = postern_account_get_protocol (account);
  const Scheme *scheme = find_scheme (address->scheme);
  const Scheme *port = find_port (address->port);
  gboolean implicit = postern_account_get_tls (account) == POSTERN_TLS_START_IMPLICIT;

  if (scheme == NULL && port != NULL && port->protocol != protocol &&
      protocol == POSTERN_PROTOCOL_SMTP)
    address->scheme = g_strdup (port->start == POSTERN_TLS_START_IMPLICIT ? "smtps" : "smtp");
  if (address->port == 0)
    address->port = scheme != NULL ? scheme->port : find_protocol (before, implicit)->port;
  if (scheme == NULL || scheme->protocol == protocol)
    return;

  scheme = find_protocol (protocol, scheme->start == POSTERN_TLS_START_IMPLICIT);
  g_free (address->scheme);
  address->scheme = g_strdup (scheme->scheme);
}

static gboolean
postern_runtime_generic_apply (PosternRuntime *runtime, PosternAccount *account, GVariant *change)
{
  PosternEndpointChange endpoint;
  g_autoptr(PosternGenericAddress) address = NULL;
  g_autofree char *host = NULL;
  g_autofree char *text = NULL;
  gboolean possible = postern_runtime_read_change (account, change, &endpoint);
  PosternProtocol before = postern_account_get_protocol (account);
  gboolean protocol;
  guint column;

  host = endpoint.host;
  if (!possible)
    return FALSE;
  protocol = g_variant_lookup (change, "protocol", "&s", NULL);
  if (host != NULL || endpoint.port != 0 || endpoint.tls != POSTERN_TLS_START_DEFAULT || protocol)
    {
      address =
        postern_generic_address_parse (postern_account_get_connection (account), &column, NULL);
      if (address == NULL)
        return FALSE;
    }
  postern_runtime_set_properties (account, change);
  if (address == NULL)
    return TRUE;

  if (protocol)
    apply_protocol (account, address, before);
  if (endpoint.tls != POSTERN_TLS_START_DEFAULT)
    g_object_set (account, "tls", apply_tls (address, endpoint.tls, endpoint.port), NULL);
  if (endpoint.port != 0)
    address->port = endpoint.port;
  if (host != NULL)
    {
      g_free (address->host);
      address->host = g_steal_pointer (&host);
    }
  text = postern_generic_address_to_text (address);
  g_object_set (account, "connection", text, NULL);

  return TRUE;
}

static void
runtime_iface_init (PosternRuntimeInterface *iface)
{
  iface->plan = postern_runtime_generic_plan;
  iface->apply = postern_runtime_generic_apply;
}

static void
postern_runtime_generic_class_init (PosternRuntimeGenericClass *klass)
{
}

static void
postern_runtime_generic_init (PosternRuntimeGeneric *self)
{
}
