/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-scan.h"

#include "postern-cli-drivers.h"
#include "postern-cli-options.h"
#include "postern-cli-page.h"
#include "postern-cli-secret.h"
#include "postern-cli-usage.h"
#include "postern-cli.h"

#include "postern-enum-types.h"
#include "runtime/postern-generic-address.h"
#include "runtime/postern-runtime.h"
#include "scan/postern-scan-settings.h"
#include "scan/postern-scan-weakness.h"
#include "tls/postern-tls-context.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_PARALLEL 32

#define PROGRESS_US (50 * 1000)

/* --- Where to look --- */

static gboolean
check_options (const PosternCliOptions *o, GError **error)
{
  if (o->rest != NULL && o->rest[1] != NULL)
    return postern_cli_usage_error (error, _ ("Name one HOST[:PORT]."));
  if (o->parallel < 0 || o->parallel > MAX_PARALLEL)
    return postern_cli_usage_error (error, _ ("--parallel takes a number from 1 to 32."));
  return postern_cli_check_format (o->format, error);
}

static PosternProtocol
protocol_of_port (guint16 port)
{
  if (port == 110 || port == 995)
    return POSTERN_PROTOCOL_POP3;
  return port == 143 || port == 993 ? POSTERN_PROTOCOL_IMAP : POSTERN_PROTOCOL_SMTP;
}

/* The port of a protocol (RFC 8314; RFC 6409 for the submission that begins in clear text). */
static guint16
default_port (PosternProtocol protocol, gboolean starttls)
{
  switch (protocol)
    {
    case POSTERN_PROTOCOL_POP3:
      return starttls ? 110 : 995;

    case POSTERN_PROTOCOL_IMAP:
      return starttls ? 143 : 993;

    case POSTERN_PROTOCOL_SMTP:
    default:
      return starttls ? 587 : 465;
    }
}

/* The arguments name a server, and no account. */
static gboolean
request_server (const PosternCliOptions *o, PosternScanRequest *request, GError **error)
{
  g_autoptr(PosternGenericAddress) address = NULL;
  int protocol = 0;
  guint column = 0;

  if (o->rest == NULL)
    return postern_cli_usage_error (error, _ ("Name one HOST[:PORT]."));
  if (o->connect_to != NULL || o->crl != NULL || o->pin != NULL)
    return postern_cli_usage_error (error,
                                    _ ("--connect-to, --crl and --pin are for an account: add "
                                       "--tls-options, --system or --account."));
  if (o->ipv4 && o->ipv6)
    return postern_cli_usage_error (error, _ ("--ipv4 and --ipv6 exclude each other."));
  if (o->protocol != NULL &&
      !postern_enum_from_nick (POSTERN_TYPE_PROTOCOL, o->protocol, &protocol))
    return postern_cli_usage_error (error, _ ("--protocol takes smtp, pop3 or imap."));
  address = postern_generic_address_parse (o->rest[0], &column, error);
  if (address == NULL)
    {
      g_prefix_error (error, "%u: ", column);
      return FALSE;
    }
  if (address->scheme != NULL || address->user != NULL)
    return postern_cli_usage_error (
      error, _ ("Name one HOST[:PORT], with --protocol and --starttls. The connection of an "
                "account goes with --tls-options or --system."));
  if (o->protocol == NULL)
    protocol = protocol_of_port (address->port);

  request->host = g_strdup (address->ascii_host != NULL ? address->ascii_host : address->host);
  request->port =
    address->port != 0 ? address->port : default_port ((PosternProtocol) protocol, o->starttls);
  request->protocol = (PosternProtocol) protocol;
  request->starttls = o->starttls;
  request->family = o->ipv4   ? POSTERN_FAMILY_IPV4
                    : o->ipv6 ? POSTERN_FAMILY_IPV6
                              : POSTERN_FAMILY_ANY;
  return TRUE;
}

static gboolean
means_account (const PosternCliOptions *o, GPtrArray *drivers)
{
  return o->account != NULL || o->system != NULL || o->tls_options != NULL || o->asn != NULL ||
         o->usys != NULL || drivers->len > 0;
}

/* A host without a scheme does not say how TLS starts: --starttls does, as without an account. */
static void
set_start (PosternAccount *account, const PosternCliOptions *o)
{
  if (o->account == NULL && postern_account_get_system (account) == POSTERN_SYSTEM_GENERIC &&
      strstr (o->rest[0], "://") == NULL)
    g_object_set (account, "tls",
                  o->starttls ? POSTERN_TLS_START_STARTTLS : POSTERN_TLS_START_IMPLICIT, NULL);
}

/* How the account logs on; what is wrong with it is told on standard error. */
static PosternPlan *
make_plan (const PosternCliOptions *o, GPtrArray *drivers, GError **error)
{
  g_autoptr(PosternAccount) account = postern_cli_options_make_account (o, drivers, error);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternPlan) plan = NULL;
  g_autoptr(GArray) suites = NULL;

  if (account == NULL)
    return NULL;
  set_start (account, o);
  plan = postern_runtime_plan (postern_runtime_get (postern_account_get_system (account)), account,
                               NULL, findings);
  for (guint i = 0; i < findings->len; i++)
    if (postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_ERROR)
      g_printerr ("%s: %s\n", postern_finding_get_code (findings->pdata[i]),
                  postern_finding_get_explanation (findings->pdata[i]));
  if (plan == NULL)
    {
      postern_cli_usage_error (error, _ ("This account cannot log on: nothing was looked at."));
      return NULL;
    }
  suites = postern_tls_context_list_suites (plan->tls_policy, error);
  return suites != NULL ? g_steal_pointer (&plan) : NULL;
}

static gboolean
request_account (const PosternCliOptions *o,
                 const PosternPlan *plan,
                 PosternScanRequest *request,
                 GError **error)
{
  if (o->starttls && plan->tls == POSTERN_TLS_START_IMPLICIT)
    return postern_cli_usage_error (
      error, _ ("--starttls contradicts the account: its TLS begins with the first byte."));
  request->host = g_strdup (plan->host);
  request->port = plan->port;
  request->protocol = plan->protocol;
  request->starttls = plan->tls != POSTERN_TLS_START_IMPLICIT;
  request->family = plan->family;
  request->prefer_ipv4 = plan->prefer_ipv4;
  request->connect_host = g_strdup (plan->connect_host);
  request->connect_port = plan->connect_port;
  request->ehlo_name = g_strdup (plan->ehlo_name);
  return TRUE;
}

/* @plan: (out): NULL where no account is meant */
static gboolean
make_request (const PosternCliOptions *o,
              GPtrArray *drivers,
              PosternScanRequest *request,
              PosternPlan **plan,
              GError **error)
{
  if (!check_options (o, error))
    return FALSE;
  if (means_account (o, drivers))
    {
      *plan = make_plan (o, drivers, error);
      if (*plan == NULL || !request_account (o, *plan, request, error))
        return FALSE;
    }
  else if (!request_server (o, request, error))
    return FALSE;
  request->parallel = (guint) o->parallel;
  request->step_ms = (guint) (o->step_timeout * 1000);
  request->total_ms = (guint) (o->timeout * 1000);
  return TRUE;
}

/* --- Progress --- */

typedef struct
{
  gboolean terminal; /* one line that is written over, else a line now and then */
  gint64 last;
} Progress;

static void
show_progress (const PosternScanResult *so_far, gpointer user_data)
{
  Progress *progress = user_data;
  gint64 now = g_get_monotonic_time ();
  guint n_suites = 0;

  if (now - progress->last < (progress->terminal ? PROGRESS_US : G_USEC_PER_SEC))
    return;
  progress->last = now;
  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    n_suites += so_far->versions[i].suites->len;
  g_printerr (_ ("%sConnections: %u and at least %u more; cipher suites: %u%s"),
              progress->terminal ? "\r" : "", so_far->n_connections - so_far->n_left,
              so_far->n_left, n_suites, progress->terminal ? "\033[K" : "\n");
}

static void
end_progress (const Progress *progress)
{
  if (progress->terminal && progress->last != 0)
    g_printerr ("\r\033[K");
}

/* --- The run --- */

typedef struct
{
  GAsyncResult *result;
} Waiting;

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->result = g_object_ref (result);
}

static gboolean
interrupt_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_CONTINUE;
}

static int
status_of_error (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return 130;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return 19;
  return error->domain == G_RESOLVER_ERROR ? 10 : 11;
}

/* Of the settings: what the logon would meet first. */
static int
status_of_settings (GPtrArray *settings)
{
  for (guint i = 0; settings != NULL && i < settings->len; i++)
    {
      const PosternScanSetting *setting = g_ptr_array_index (settings, i);

      if (setting->verdict != POSTERN_SCAN_FAILS)
        continue;
      if (setting->code != NULL && g_str_has_prefix (setting->code, "settings."))
        return 1;
      return setting->code != NULL && g_str_has_prefix (setting->code, "cert.") ? 14 : 13;
    }
  return 0;
}

static int
status_of_result (const PosternScanResult *result, GPtrArray *settings)
{
  if (result->cancelled)
    return 130;
  if (result->timed_out)
    return 19;
  return postern_scan_result_get_highest (result) == NULL ? 13 : status_of_settings (settings);
}

static PosternScanResult *
run_scan (const PosternScanRequest *request, GError **error)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Waiting waiting = { NULL };
  guint interrupt = g_unix_signal_add (SIGINT, interrupt_cb, cancellable);
  guint terminate = g_unix_signal_add (SIGTERM, interrupt_cb, cancellable);
  PosternScanResult *result;

  postern_scan_async (request, cancellable, done_cb, &waiting);
  while (waiting.result == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = postern_scan_finish (waiting.result, error);
  g_object_unref (waiting.result);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  return result;
}

static void
print_scan (const PosternCliScan *scan, gboolean as_json)
{
  g_autofree char *text = NULL;

  if (as_json)
    text = postern_cli_scan_to_json (scan);
  else if (scan->result != NULL)
    text = postern_cli_scan_to_text (scan, postern_cli_page_wants_colour (STDOUT_FILENO));
  if (text != NULL)
    g_print ("%s", text);
  if (!as_json && scan->error != NULL)
    g_printerr ("postern-cli scan: %s\n", scan->error);
}

static int
scan_and_print (PosternScanRequest *request, const PosternPlan *plan, const PosternCliOptions *o)
{
  gboolean as_json = g_strcmp0 (o->format, "json") == 0;
  Progress progress = { .terminal = isatty (STDERR_FILENO) };
  gint64 begun = g_get_monotonic_time ();
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr(PosternScanResult) result = NULL;
  g_autoptr(GPtrArray) settings = NULL;
  g_autoptr(GPtrArray) weaknesses = NULL;
  g_autoptr(GError) error = NULL;
  PosternCliScan scan = { .request = request };

  if (o->progress || (progress.terminal && !as_json))
    {
      request->progress = show_progress;
      request->progress_data = &progress;
    }
  result = run_scan (request, &error);
  if (request->progress != NULL)
    end_progress (&progress);
  if (result != NULL && plan != NULL)
    settings = postern_scan_check_settings (result, plan, now);
  weaknesses = result != NULL ? postern_scan_find_weaknesses (result, now) : g_ptr_array_new ();

  /* A refusal by itself does not say of which port. */
  if (error != NULL && error->domain != G_RESOLVER_ERROR &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (&error, _ ("Port %u: "),
                    request->connect_port != 0 ? request->connect_port : request->port);
  scan.result = result;
  scan.settings = settings;
  scan.weaknesses = weaknesses;
  scan.error = error != NULL ? error->message : NULL;
  scan.seconds = (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC;
  scan.status = result != NULL ? status_of_result (result, settings) : status_of_error (error);
  print_scan (&scan, as_json);
  return scan.status;
}

/**
 * postern_cli_scan:
 *
 * The command `scan`.
 *
 * Returns: the exit status of spec/cli.md
 */
int
postern_cli_scan (int argc, char **argv)
{
  g_auto (PosternCliOptions) options = { NULL };
  PosternScanRequest request = { NULL };
  g_autoptr(GPtrArray) drivers = NULL;
  g_autoptr(PosternPlan) plan = NULL;
  g_autoptr(GError) error = NULL;
  gboolean secret_seen = FALSE;
  int status = 1;

  g_set_prgname ("postern-cli scan");
  postern_cli_secret_guard ();
  drivers = postern_cli_drivers_take (&argc, argv, &secret_seen, &error);
  if (drivers == NULL || !postern_cli_options_parse_scan (&options, &argc, &argv, &error) ||
      !make_request (&options, drivers, &request, &plan, &error))
    g_printerr ("postern-cli scan: %s\n", error->message);
  else
    {
      postern_cli_warn_of_secrets (secret_seen, options.tls_options);
      status = scan_and_print (&request, plan, &options);
    }
  g_free (request.host);
  g_free (request.connect_host);
  g_free (request.ehlo_name);

  /* A look-up of a name may still be under way in a thread: it is not worth waiting for. */
  if (status == 19 || status == 130)
    {
      fflush (stdout);
      _exit (status);
    }
  g_clear_pointer (&plan, postern_plan_unref);
  g_clear_pointer (&drivers, g_ptr_array_unref);
  postern_cli_secret_unguard ();
  return status;
}
