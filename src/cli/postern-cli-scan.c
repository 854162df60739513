/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli.h"

#include "postern-enum-types.h"
#include "model/postern-error.h"
#include "runtime/postern-generic-address.h"
#include "scan/postern-scan.h"
#include "scan/postern-tls-numbers.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A time limit longer than this is a slip. Seconds. */
#define MAX_SECONDS 3600

#define MAX_PARALLEL 32

typedef struct
{
  char *protocol;
  char *format;
  GStrv rest;
  double timeout;
  double step_timeout;
  int parallel;
  gboolean starttls;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->protocol);
  g_free (o->format);
  g_strfreev (o->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *const description = N_ (
  "No credentials are sent and no handshake is finished. What comes encrypted is not looked at:\n"
  "with TLS 1.3 that is OCSP stapling, resumption and ALPN.\n"
  "\n"
  "Exit status: 0 where a version of TLS was found; 1 for the options; 10 name resolution;\n"
  "11 connect; 13 no TLS; 19 where a time limit ran out; 130 interrupted.\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv, GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  const GOptionEntry entries[] = {
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &o->protocol, N_ ("smtp, pop3 or imap"),
      N_ ("PROTOCOL") },
    { "starttls", 0, 0, G_OPTION_ARG_NONE, &o->starttls,
      N_ ("Begin in clear text, and ask for TLS then"), NULL },
    { "parallel", 0, 0, G_OPTION_ARG_INT, &o->parallel,
      N_ ("Connections at the same time, 1 to 32 (4)"), N_ ("N") },
    { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->timeout, N_ ("Limit for all of it (60)"),
      N_ ("SECONDS") },
    { "step-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->step_timeout,
      N_ ("Limit for each connection (5)"), N_ ("SECONDS") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, N_ ("text (default) or json"),
      N_ ("FORMAT") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->rest, NULL, N_ ("HOST[:PORT]") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, _ ("Finds what a mail server does in TLS."));
  g_option_context_set_description (context, _ (description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
usage_error (GError **error, const char *message)
{
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);
  return FALSE;
}

static gboolean
check_options (const Options *o, GError **error)
{
  const double seconds[] = { o->timeout, o->step_timeout };

  if (o->rest == NULL || o->rest[1] != NULL)
    return usage_error (error, _ ("Name one HOST[:PORT]."));
  if (o->format != NULL && strcmp (o->format, "text") != 0 && strcmp (o->format, "json") != 0)
    return usage_error (error, _ ("--format takes text or json."));
  if (o->parallel < 0 || o->parallel > MAX_PARALLEL)
    return usage_error (error, _ ("--parallel takes a number from 1 to 32."));
  for (gsize i = 0; i < G_N_ELEMENTS (seconds); i++)
    if (seconds[i] != 0 && !(seconds[i] >= 0.001 && seconds[i] <= MAX_SECONDS))
      return usage_error (error, _ ("A time limit is from 0.001 to 3600 seconds."));
  return TRUE;
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

static gboolean
make_request (const Options *o, PosternScanRequest *request, GError **error)
{
  g_autoptr(PosternGenericAddress) address = NULL;
  int protocol = POSTERN_PROTOCOL_SMTP;
  guint column = 0;

  if (!check_options (o, error))
    return FALSE;
  if (o->protocol != NULL &&
      !postern_enum_from_nick (POSTERN_TYPE_PROTOCOL, o->protocol, &protocol))
    return usage_error (error, _ ("--protocol takes smtp, pop3 or imap."));
  address = postern_generic_address_parse (o->rest[0], &column, error);
  if (address == NULL)
    {
      g_prefix_error (error, "%u: ", column);
      return FALSE;
    }
  if (address->scheme != NULL || address->user != NULL)
    return usage_error (error, _ ("Name one HOST[:PORT]."));

  request->host = g_strdup (address->ascii_host != NULL ? address->ascii_host : address->host);
  request->port =
    address->port != 0 ? address->port : default_port ((PosternProtocol) protocol, o->starttls);
  request->protocol = (PosternProtocol) protocol;
  request->starttls = o->starttls;
  request->parallel = (guint) o->parallel;
  request->step_ms = (guint) (o->step_timeout * 1000);
  request->total_ms = (guint) (o->timeout * 1000);
  return TRUE;
}

/* --- What is printed --- */

typedef const char *(*NameFunc) (guint16 number);

static char *
name_of (guint16 number, NameFunc name)
{
  const char *known = name (number);

  return known != NULL ? g_strdup (known) : g_strdup_printf ("0x%04X", number);
}

static const char *
order_word (PosternScanOrder order)
{
  static const char *const words[] = { "unknown", "server", "client" };

  return words[order];
}

static void
add_json_list (JsonBuilder *json, const char *key, const GArray *list, NameFunc name)
{
  json_builder_set_member_name (json, key);
  json_builder_begin_array (json);
  for (guint i = 0; i < list->len; i++)
    {
      guint16 number = g_array_index (list, guint16, i);
      g_autofree char *text = name_of (number, name);

      json_builder_begin_object (json);
      json_builder_set_member_name (json, "number");
      json_builder_add_int_value (json, number);
      json_builder_set_member_name (json, "name");
      json_builder_add_string_value (json, text);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

static void
add_json_flag (JsonBuilder *json, const char *key, gboolean value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_boolean_value (json, value);
}

static void
add_json_text (JsonBuilder *json, const char *key, const char *value)
{
  json_builder_set_member_name (json, key);
  json_builder_add_string_value (json, value);
}

static void
add_json_version (JsonBuilder *json, const PosternScanVersion *version)
{
  json_builder_begin_object (json);
  add_json_text (json, "version", postern_tls_version_name (version->version));
  add_json_flag (json, "looked", version->looked);
  add_json_flag (json, "spoken", version->spoken);
  if (version->spoken)
    {
      add_json_text (json, "order", order_word (version->order));
      add_json_list (json, "suites", version->suites, postern_tls_suite_name);
      add_json_list (json, "groups", version->groups, postern_tls_group_name);
      add_json_list (json, "signatures", version->signatures, postern_tls_signature_name);
    }
  /* In TLS 1.3 these are encrypted, or not there at all. */
  if (version->spoken && version->version < 0x0304)
    {
      add_json_flag (json, "renegotiation-secure", version->renegotiation);
      add_json_flag (json, "tickets", version->tickets);
      add_json_flag (json, "session-ids", version->session_ids);
      add_json_flag (json, "stapled", version->stapled);
      add_json_flag (json, "extended-master-secret", version->extended_master_secret);
      add_json_text (json, "alpn", version->alpn);
      json_builder_set_member_name (json, "dh-bits");
      json_builder_add_int_value (json, version->dh_bits);
    }
  json_builder_end_object (json);
}

static void
print_json (const PosternScanRequest *request,
            const PosternScanResult *result,
            const char *error,
            int status)
{
  g_autoptr(JsonBuilder) json = json_builder_new ();
  g_autoptr(JsonGenerator) generator = json_generator_new ();
  g_autoptr(JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "exit-status");
  json_builder_add_int_value (json, status);
  add_json_text (json, "host", request->host);
  json_builder_set_member_name (json, "port");
  json_builder_add_int_value (json, request->port);
  add_json_text (json, "protocol",
                 postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, (int) request->protocol));
  add_json_flag (json, "starttls", request->starttls);
  if (error != NULL)
    add_json_text (json, "error", error);
  if (result != NULL)
    {
      add_json_text (json, "address", result->address);
      json_builder_set_member_name (json, "connections");
      json_builder_add_int_value (json, result->n_connections);
      add_json_flag (json, "timed-out", result->timed_out);
      json_builder_set_member_name (json, "versions");
      json_builder_begin_array (json);
      for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
        add_json_version (json, &result->versions[i - 1]);
      json_builder_end_array (json);
      json_builder_set_member_name (json, "troubles");
      json_builder_begin_array (json);
      for (guint i = 0; i < result->troubles->len; i++)
        json_builder_add_string_value (json, g_ptr_array_index (result->troubles, i));
      json_builder_end_array (json);
    }
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, NULL);
  g_print ("%s\n", text);
}

static void
print_list (const char *title, const GArray *list, NameFunc name)
{
  if (list->len == 0)
    return;
  g_print ("  %s\n", title);
  for (guint i = 0; i < list->len; i++)
    {
      g_autofree char *text = name_of (g_array_index (list, guint16, i), name);

      g_print ("    %s\n", text);
    }
}

static void
print_flag (const char *title, gboolean value)
{
  g_print ("  %s: %s\n", title, value ? _ ("yes") : _ ("no"));
}

static const char *
suites_title (PosternScanOrder order)
{
  switch (order)
    {
    case POSTERN_SCAN_ORDER_SERVER:
      return _ ("Cipher suites, in the server's order:");

    case POSTERN_SCAN_ORDER_CLIENT:
      return _ ("Cipher suites; the server follows the client's order:");

    case POSTERN_SCAN_ORDER_UNKNOWN:
    default:
      return _ ("Cipher suites:");
    }
}

static void
print_version (const PosternScanVersion *version)
{
  g_print ("%s: %s\n", postern_tls_version_name (version->version),
           version->spoken ? _ ("yes") : (version->looked ? _ ("no") : _ ("not known")));
  if (!version->spoken)
    return;

  print_list (suites_title (version->order), version->suites, postern_tls_suite_name);
  print_list (_ ("Groups:"), version->groups, postern_tls_group_name);
  print_list (_ ("Signature algorithms:"), version->signatures, postern_tls_signature_name);
  if (version->version >= 0x0304)
    return;
  if (version->dh_bits > 0)
    g_print (_ ("  Smallest prime of DH: %u bits\n"), version->dh_bits);
  print_flag (_ ("Secure renegotiation"), version->renegotiation);
  print_flag (_ ("Offers session tickets"), version->tickets);
  print_flag (_ ("Gives session IDs"), version->session_ids);
  print_flag (_ ("OCSP response stapled"), version->stapled);
  print_flag (_ ("Extended master secret"), version->extended_master_secret);
  if (version->alpn[0] != '\0')
    {
      g_autofree char *alpn = g_strescape (version->alpn, NULL);

      g_print ("  ALPN: %s\n", alpn);
    }
}

static void
print_text (const PosternScanResult *result)
{
  g_print ("%s\n", result->address);
  for (gsize i = POSTERN_SCAN_VERSIONS; i > 0; i--)
    print_version (&result->versions[i - 1]);
  for (guint i = 0; i < result->troubles->len; i++)
    g_print ("! %s\n", (const char *) g_ptr_array_index (result->troubles, i));
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

static int
status_of_result (const PosternScanResult *result)
{
  if (result->timed_out)
    return 19;
  for (gsize i = 0; i < POSTERN_SCAN_VERSIONS; i++)
    if (result->versions[i].spoken)
      return 0;
  return 13;
}

static int
run_scan (const PosternScanRequest *request, gboolean as_json)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(PosternScanResult) result = NULL;
  g_autoptr(GError) error = NULL;
  Waiting waiting = { NULL };
  guint interrupt = g_unix_signal_add (SIGINT, interrupt_cb, cancellable);
  guint terminate = g_unix_signal_add (SIGTERM, interrupt_cb, cancellable);
  int status;

  postern_scan_async (request, cancellable, done_cb, &waiting);
  while (waiting.result == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = postern_scan_finish (waiting.result, &error);
  g_object_unref (waiting.result);
  g_source_remove (interrupt);
  g_source_remove (terminate);

  status = result != NULL ? status_of_result (result) : status_of_error (error);
  if (as_json)
    print_json (request, result, error != NULL ? error->message : NULL, status);
  else if (result != NULL)
    print_text (result);
  else
    g_printerr ("postern-cli scan: %s\n", error->message);
  return status;
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
  g_auto (Options) options = { NULL };
  PosternScanRequest request = { NULL };
  g_autoptr(GError) error = NULL;
  int status;

  g_set_prgname ("postern-cli scan");
  if (!parse_options (&options, &argc, &argv, &error) || !make_request (&options, &request, &error))
    {
      g_printerr ("postern-cli scan: %s\n", error->message);
      g_free (request.host);
      return 1;
    }
  status = run_scan (&request, g_strcmp0 (options.format, "json") == 0);
  g_free (request.host);

  /* A look-up of a name may still be under way in a thread: it is not worth waiting for. */
  if (status == 19 || status == 130)
    {
      fflush (stdout);
      _exit (status);
    }
  return status;
}
