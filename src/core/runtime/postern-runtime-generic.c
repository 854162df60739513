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
  if (address->scheme != NULL &&
      (g_str_has_prefix (address->scheme, "imap") || g_str_has_prefix (address->scheme, "pop3")))
    {
      postern_lint_add (findings, "settings.not-supported", POSTERN_SEVERITY_ERROR, "connection", 1,
                        _ ("The protocol is not in this version"),
                        g_strdup (_ ("This version tests SMTP alone: smtp://, smtps:// or "
                                     "submission://.")));
      return NULL;
    }
  postern_lint_host (findings, "connection", address->host_column, address->host,
                     address->ascii_host);

  return g_steal_pointer (&address);
}

static PosternTlsStart
scheme_start (const char *scheme)
{
  if (scheme == NULL)
    return POSTERN_TLS_START_DEFAULT;

  return strcmp (scheme, "smtps") == 0 ? POSTERN_TLS_START_IMPLICIT : POSTERN_TLS_START_STARTTLS;
}

/* The account says it, else the scheme, else the port; and what was not said is STARTTLS. */
static void
decide_tls (PosternPlan *plan, const PosternGenericAddress *address, PosternAccount *account)
{
  PosternTlsStart start = scheme_start (address->scheme);

  if (postern_account_get_tls (account) != POSTERN_TLS_START_DEFAULT)
    {
      plan->tls = postern_account_get_tls (account);
      postern_plan_set_source (plan, "tls", "account");
    }
  else if (start != POSTERN_TLS_START_DEFAULT)
    {
      plan->tls = start;
      postern_plan_set_source (plan, "tls", "connection");
    }
  else if (address->port == 465)
    {
      plan->tls = POSTERN_TLS_START_IMPLICIT;
      postern_plan_set_source (plan, "tls", "port 465");
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
  if (address->port != 0)
    plan->port = address->port;
  else if (address->scheme == NULL)
    plan->port = plan->tls == POSTERN_TLS_START_IMPLICIT ? 465 : 25;
  else if (strcmp (address->scheme, "smtps") == 0)
    plan->port = 465;
  else
    plan->port = strcmp (address->scheme, "submission") == 0 ? 587 : 25;

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
  decide_tls (plan, address, account);
  decide_port (plan, address);
  plan->clear_text_allowed =
    plan->tls == POSTERN_TLS_START_NONE || plan->tls == POSTERN_TLS_START_STARTTLS_IF_OFFERED;
  if (plan->tls == POSTERN_TLS_START_STARTTLS || plan->tls == POSTERN_TLS_START_STARTTLS_IF_OFFERED)
    postern_plan_add_step (plan, POSTERN_PLAN_STARTTLS, plan->tls == POSTERN_TLS_START_STARTTLS);
  postern_runtime_lint_port (findings,
                             address->port != 0 ? address->port_column : address->host_column,
                             plan->port, plan->tls);
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

  for (guint i = 0; wanted != NULL && wanted[i] != NULL; i++)
    {
      g_autofree char *name = g_ascii_strup (wanted[i], -1);

      g_strstrip (name);
      if (is_mechanism (name))
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
          strcmp (*mechanism, "LOGIN") == 0)
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
      findings,
      plan->tls == POSTERN_TLS_START_NONE
        ? _ ("The account uses no TLS, so anybody on the way can read the password.")
        : _ (
            "Where the server does not offer STARTTLS, anybody on the way can read the password."));
}

static void
plan_tls (PosternPlan *plan, PosternAccount *account, GPtrArray *findings)
{
  const char *text = postern_account_get_tls_options (account);
  guint before = findings->len;
  PosternTlsOptionsPlace place = {
    .mode = POSTERN_TLS_OPTIONS_GENERIC,
    .usys_dir = postern_account_get_usys_dir (account),
    .field = "tls-options",
  };
  g_autoptr(GPtrArray) options = NULL;
  PosternTlsPolicy *policy;

  options = postern_tls_options_parse (text, &place, findings);
  postern_tls_options_check (options, &place, findings);
  if (postern_lint_has_error (findings, before))
    return;

  policy = postern_tls_options_to_policy (options, &place, findings);
  if (policy != NULL)
    postern_runtime_fill_tls (plan, options, policy, account,
                              options->len > 0 ? "account" : "default", findings);
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
  plan_tls (plan, account, findings);

  return postern_lint_has_error (findings, before) ? NULL : g_steal_pointer (&plan);
}

/* A scheme says how TLS begins, where it can; what it cannot say is a property of the account. */
static PosternTlsStart
apply_tls (PosternGenericAddress *address, PosternTlsStart tls, guint16 new_port)
{
  gboolean implicit = tls == POSTERN_TLS_START_IMPLICIT;

  if (address->scheme == NULL)
    return tls;

  if (implicit != (strcmp (address->scheme, "smtps") == 0))
    {
      guint16 port = new_port != 0 ? new_port : address->port;

      g_free (address->scheme);
      if (implicit)
        address->scheme = g_strdup ("smtps");
      else
        address->scheme = g_strdup (port == 25 ? "smtp" : "submission");
      if (address->port == 465 || (implicit && (address->port == 25 || address->port == 587)))
        address->port = 0;
    }

  return scheme_start (address->scheme) == tls ? POSTERN_TLS_START_DEFAULT : tls;
}

static gboolean
postern_runtime_generic_apply (PosternRuntime *runtime, PosternAccount *account, GVariant *change)
{
  PosternEndpointChange endpoint;
  g_autoptr(PosternGenericAddress) address = NULL;
  g_autofree char *host = NULL;
  g_autofree char *text = NULL;
  gboolean possible = postern_runtime_read_change (account, change, &endpoint);
  guint column;

  host = endpoint.host;
  if (!possible)
    return FALSE;
  if (host != NULL || endpoint.port != 0 || endpoint.tls != POSTERN_TLS_START_DEFAULT)
    {
      address =
        postern_generic_address_parse (postern_account_get_connection (account), &column, NULL);
      if (address == NULL)
        return FALSE;
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
    }
  postern_runtime_set_properties (account, change);

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
