/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-runtime-common.h"

#include "postern-enum-types.h"
#include "model/postern-error.h"
#include "runtime/postern-file.h"
#include "runtime/postern-generic-address.h"
#include "runtime/postern-lint.h"

#include <glib/gi18n.h>
#include <string.h>

static void
fill_limits (PosternPlan *plan, PosternAccount *account)
{
  guint connect = postern_account_get_connect_timeout (account);
  guint step = postern_account_get_step_timeout (account);
  guint total = postern_account_get_total_timeout (account);

  plan->connect_timeout = connect > 0 ? connect : 10000;
  plan->greeting_timeout = step > 0 ? step : 30000;
  plan->reply_timeout = step > 0 ? step : 30000;
  plan->handshake_timeout = step > 0 ? step : 15000;
  plan->total_timeout = total > 0 ? total : 30000;
}

static void
fill_connect_to (PosternPlan *plan, const char *text, GPtrArray *findings)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternGenericAddress) address = NULL;
  guint column = 0;

  address = postern_generic_address_parse (text, &column, &error);
  if (address != NULL && address->scheme != NULL)
    {
      g_set_error_literal (&error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                           _ ("Write ADDRESS[:PORT]."));
      column = 1;
    }
  if (error != NULL)
    {
      postern_lint_add (findings, "settings.connection-string", POSTERN_SEVERITY_ERROR,
                        "connect-to", column, _ ("The address to connect to cannot be read"),
                        g_strdup_printf (_ ("Character %u: %s"), column, error->message));
      return;
    }

  plan->connect_host = g_strdup (address->ascii_host);
  plan->connect_port = address->port;
  postern_plan_set_source (plan, "connect_to", "account");
}

void
postern_runtime_fill_plan (PosternPlan *plan, PosternAccount *account, GPtrArray *findings)
{
  const char *ehlo_name = postern_account_get_ehlo_name (account);
  const char *connect_to = postern_account_get_connect_to (account);

  plan->protocol = postern_account_get_protocol (account);
  fill_limits (plan, account);
  if (postern_account_get_family (account) != POSTERN_FAMILY_ANY)
    {
      plan->family = postern_account_get_family (account);
      postern_plan_set_source (plan, "family", "account");
    }
  if (ehlo_name != NULL && *ehlo_name != '\0')
    {
      postern_lint_ehlo_name (findings, ehlo_name);
      plan->ehlo_name = g_strdup (ehlo_name);
      postern_plan_set_source (plan, "ehlo_name", "account");
    }
  if (connect_to != NULL && *connect_to != '\0')
    fill_connect_to (plan, connect_to, findings);
}

static void
fill_crl (PosternTlsPolicy *policy, const char *name, const char *usys_dir, GPtrArray *findings)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = postern_file_resolve (name, NULL, usys_dir, &error);
  PosternPemContents contents;

  if (path != NULL && postern_file_look (path, &contents, NULL, &error))
    {
      policy->crl_file = g_steal_pointer (&path);
      return;
    }

  postern_lint_add (findings, "settings.file-missing", POSTERN_SEVERITY_ERROR, "crl-file", 0,
                    _ ("A file cannot be read"),
                    g_strdup_printf (_ ("%s. Nothing is sent."), error->message));
}

/**
 * postern_runtime_fill_tls:
 * @policy: (transfer full): becomes the plan's
 * @source: where the options come from
 */
void
postern_runtime_fill_tls (PosternPlan *plan,
                          GPtrArray *options,
                          PosternTlsPolicy *policy,
                          PosternAccount *account,
                          const char *source,
                          GPtrArray *findings)
{
  const char *crl_file = postern_account_get_crl_file (account);

  if (crl_file != NULL && *crl_file != '\0')
    fill_crl (policy, crl_file, postern_account_get_usys_dir (account), findings);

  postern_tls_policy_free (plan->tls_policy);
  plan->tls_policy = policy;
  g_free (plan->tls_options_text);
  plan->tls_options_text = postern_tls_options_to_text (options);
  g_hash_table_unref (plan->tls_options);
  plan->tls_options = postern_tls_options_to_table (options, policy);
  postern_plan_set_source (plan, "tls_options", source);
}

static GVariant *
endpoint_change (guint16 port, const char *tls)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (port != 0)
    g_variant_builder_add (&builder, "{sv}", "port", g_variant_new_uint16 (port));
  if (tls != NULL)
    g_variant_builder_add (&builder, "{sv}", "tls", g_variant_new_string (tls));

  return g_variant_builder_end (&builder);
}

const char *
postern_runtime_protocol_name (PosternProtocol protocol)
{
  static const char *const names[] = { "SMTP", "POP3", "IMAP" };

  return names[protocol];
}

/* The usual ports of a protocol: for STARTTLS, and for TLS from the first byte. */
typedef struct
{
  guint16 starttls[3];
  guint16 implicit;
} UsualPorts;

static const UsualPorts usual_ports[] = {
  [POSTERN_PROTOCOL_SMTP] = { { 587, 25, 2525 }, 465 },
  [POSTERN_PROTOCOL_POP3] = { { 110 }, 995 },
  [POSTERN_PROTOCOL_IMAP] = { { 143 }, 993 },
};

static gboolean
is_starttls_port (const UsualPorts *usual, guint16 port)
{
  for (gsize i = 0; i < G_N_ELEMENTS (usual->starttls); i++)
    if (usual->starttls[i] == port)
      return port != 0;
  return FALSE;
}

static void
lint_unusual_implicit (
  GPtrArray *findings, guint column, const UsualPorts *usual, guint16 port, gboolean has_starttls)
{
  g_autofree char *remedy =
    g_strdup_printf (_ ("Use port %u with TLS from the first byte."), (guint) usual->implicit);
  PosternFinding *finding = postern_lint_add (
    findings, "settings.port-mismatch", POSTERN_SEVERITY_WARNING, "connection", column,
    _ ("Unusual port for TLS from the first byte"),
    g_strdup_printf (_ ("Servers usually speak plain text first on port %u and begin TLS with "
                        "STARTTLS."),
                     (guint) port));

  if (has_starttls)
    postern_finding_add_remedy (finding, _ ("Use STARTTLS on this port."),
                                endpoint_change (port, "starttls"));
  postern_finding_add_remedy (finding, remedy, endpoint_change (usual->implicit, "implicit"));
}

static void
lint_unusual_starttls (
  GPtrArray *findings, guint column, const UsualPorts *usual, guint16 port, gboolean has_starttls)
{
  g_autofree char *remedy =
    g_strdup_printf (_ ("Use port %u with STARTTLS."), (guint) usual->starttls[0]);
  PosternFinding *finding = postern_lint_add (
    findings, "settings.port-mismatch", POSTERN_SEVERITY_WARNING, "connection", column,
    _ ("Unusual port without TLS from the first byte"),
    g_strdup_printf (_ ("Servers usually speak TLS from the first byte on port %u."),
                     (guint) port));

  postern_finding_add_remedy (finding, _ ("Use TLS from the first byte on this port."),
                              endpoint_change (port, "implicit"));
  if (has_starttls)
    postern_finding_add_remedy (finding, remedy, endpoint_change (usual->starttls[0], "starttls"));
}

/**
 * postern_runtime_lint_port:
 * @has_starttls: whether the system knows STARTTLS for this protocol
 */
void
postern_runtime_lint_port (GPtrArray *findings,
                           guint column,
                           PosternProtocol protocol,
                           guint16 port,
                           PosternTlsStart tls,
                           gboolean has_starttls)
{
  const UsualPorts *usual = &usual_ports[protocol];
  gboolean implicit = tls == POSTERN_TLS_START_IMPLICIT;

  if (implicit && is_starttls_port (usual, port))
    lint_unusual_implicit (findings, column, usual, port, has_starttls);
  else if (!implicit && port == usual->implicit)
    lint_unusual_starttls (findings, column, usual, port, has_starttls);
}

/**
 * postern_runtime_lint_clear_text:
 * @tls: the start of TLS that is the remedy, "starttls" or "implicit"
 */
void
postern_runtime_lint_clear_text (GPtrArray *findings, const char *tls, const char *explanation)
{
  PosternFinding *finding = postern_lint_add (
    findings, "settings.clear-text-password", POSTERN_SEVERITY_WARNING, "connection", 0,
    _ ("The password may be sent in clear text"), g_strdup (explanation));

  postern_finding_add_remedy (finding,
                              strcmp (tls, "starttls") == 0 ? _ ("Make STARTTLS mandatory.")
                                                            : _ ("Use TLS from the first byte."),
                              endpoint_change (0, tls));
}

static gboolean
is_endpoint (const char *key)
{
  return strcmp (key, "host") == 0 || strcmp (key, "port") == 0 || strcmp (key, "tls") == 0;
}

static gboolean
read_endpoint (const char *key, GVariant *value, PosternEndpointChange *endpoint)
{
  int start = 0;

  if (strcmp (key, "host") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_free (endpoint->host);
      endpoint->host = g_variant_dup_string (value, NULL);
    }
  else if (strcmp (key, "port") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT16))
    endpoint->port = g_variant_get_uint16 (value);
  else if (strcmp (key, "tls") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) &&
           postern_enum_from_nick (POSTERN_TYPE_TLS_START, g_variant_get_string (value, NULL),
                                   &start))
    endpoint->tls = (PosternTlsStart) start;
  else
    return FALSE;

  return TRUE;
}

/* The value of a property, by its type; FALSE where a change cannot express it. */
static gboolean
variant_to_property (GVariant *variant, GParamSpec *pspec, GValue *value)
{
  int number = 0;

  g_value_init (value, pspec->value_type);
  if (pspec->value_type == G_TYPE_STRING && g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
    g_value_set_string (value, g_variant_get_string (variant, NULL));
  else if (pspec->value_type == G_TYPE_UINT &&
           g_variant_is_of_type (variant, G_VARIANT_TYPE_UINT32))
    g_value_set_uint (value, g_variant_get_uint32 (variant));
  else if (pspec->value_type == G_TYPE_STRV &&
           g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING_ARRAY))
    g_value_take_boxed (value, g_variant_dup_strv (variant, NULL));
  else if (G_TYPE_IS_ENUM (pspec->value_type) &&
           g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING) &&
           postern_enum_from_nick (pspec->value_type, g_variant_get_string (variant, NULL),
                                   &number))
    g_value_set_enum (value, number);
  else
    return FALSE;

  return TRUE;
}

/* Certificates to write, and where: not a setting, but what one names. */
static gboolean
is_bundle (const char *key)
{
  return strcmp (key, "ca-bundle") == 0 || strcmp (key, "ca-bundle-file") == 0;
}

gboolean
postern_runtime_read_change (PosternAccount *account,
                             GVariant *change,
                             PosternEndpointChange *endpoint)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;
  gboolean possible = TRUE;

  memset (endpoint, 0, sizeof *endpoint);
  if (change == NULL || !g_variant_is_of_type (change, G_VARIANT_TYPE_VARDICT))
    return FALSE;

  g_variant_iter_init (&iter, change);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (account), key);
      g_auto (GValue) property = G_VALUE_INIT;

      if (is_endpoint (key))
        possible = read_endpoint (key, value, endpoint) && possible;
      else if (is_bundle (key))
        possible = possible && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING);
      else
        possible = possible && pspec != NULL && (pspec->flags & G_PARAM_CONSTRUCT_ONLY) == 0 &&
                   variant_to_property (value, pspec, &property);
      g_variant_unref (value);
    }

  return possible;
}

void
postern_runtime_set_properties (PosternAccount *account, GVariant *change)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, change);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (account), key);
      g_auto (GValue) property = G_VALUE_INIT;

      if (!is_endpoint (key) && pspec != NULL && variant_to_property (value, pspec, &property))
        g_object_set_property (G_OBJECT (account), key, &property);
      g_variant_unref (value);
    }
}
