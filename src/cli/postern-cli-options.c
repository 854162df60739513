/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-options.h"

#include "postern-cli-usage.h"

#include "model/postern-error.h"
#include "runtime/postern-generic-address.h"
#include "runtime/postern-runtime.h"
#include "store/postern-account-store.h"

#include "postern-enum-types.h"

#include <glib/gi18n.h>
#include <string.h>

void
postern_cli_options_clear (PosternCliOptions *options)
{
  char *texts[] = {
    options->account,     options->system,     options->protocol,     options->tls,
    options->tls_options, options->asn,        options->usys,         options->user,
    options->ehlo,        options->connect_to, options->crl,          options->password_from,
    options->token_from,  options->format,     options->check_sender, options->save_report,
    options->unused,      options->send_from,  options->send_to,      options->key_password_from,
    options->to,          options->pin,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (options->mechanisms);
  g_strfreev (options->check_recipients);
  g_strfreev (options->rest);
}

/* What TLS depends on. */
static void
add_tls_options (GOptionContext *context, PosternCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "account", 0, 0, G_OPTION_ARG_STRING, &o->account, N_ ("Use this saved account"),
      N_ ("NAME") },
    { "system", 0, 0, G_OPTION_ARG_STRING, &o->system,
      N_ ("Whose logon it is: generic (default) or uniface"), N_ ("SYSTEM") },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &o->protocol,
      N_ ("smtp, pop3 or imap (default: by the scheme or port, else smtp)"), N_ ("PROTOCOL") },
    { "tls-options", 0, 0, G_OPTION_ARG_STRING, &o->tls_options,
      N_ ("TLS options, such as “verify_server=yes, ca_certificate=ca.pem”"), N_ ("OPTIONS") },
    { "asn", 0, 0, G_OPTION_ARG_FILENAME, &o->asn, N_ ("Uniface: the assignment file"),
      N_ ("FILE") },
    { "usys", 0, 0, G_OPTION_ARG_FILENAME, &o->usys, N_ ("Uniface: the folder of usys:"),
      N_ ("DIR") },
    /* Taken out of the arguments before these are parsed: here for the help alone. */
    { "driver", 0, 0, G_OPTION_ARG_STRING, &o->unused,
      N_ ("Uniface: a security driver, such as SMTP=UStartTLSSMTP; may be repeated"),
      N_ ("PROPERTIES") },
    { "parameters", 0, 0, G_OPTION_ARG_STRING, &o->unused,
      N_ ("Uniface: the parameters of the driver before it, such as USER=me"), N_ ("PARAMS") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_logon_options (GOptionContext *context, PosternCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "user", 0, 0, G_OPTION_ARG_STRING, &o->user, N_ ("User name"), N_ ("NAME") },
    { "password-from", 0, 0, G_OPTION_ARG_STRING, &o->password_from,
      N_ ("Where the password is: prompt, fd:N, file:PATH, env:NAME or keyring"), N_ ("SOURCE") },
    { "token-from", 0, 0, G_OPTION_ARG_STRING, &o->token_from,
      N_ ("Where the OAuth 2.0 access token is"), N_ ("SOURCE") },
    { "key-password-from", 0, 0, G_OPTION_ARG_STRING, &o->key_password_from,
      N_ ("Where the password of the client’s private key is"), N_ ("SOURCE") },
    { "tls", 0, 0, G_OPTION_ARG_STRING, &o->tls,
      N_ ("Generic: none, starttls, starttls-if-offered or implicit"), N_ ("START") },
    { "mechanism", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->mechanisms,
      N_ (
        "Generic: this mechanism and no other, also USER, APOP or LOGIN-COMMAND; may be repeated"),
      N_ ("NAME") },
    { "ehlo", 0, 0, G_OPTION_ARG_STRING, &o->ehlo, N_ ("Greet the server with this name"),
      N_ ("NAME") },
    { "connect-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->connect_timeout,
      N_ ("Limit for connecting (default: 10)"), N_ ("SECONDS") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_connection_options (GOptionContext *context, PosternCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "ipv4", '4', 0, G_OPTION_ARG_NONE, &o->ipv4, N_ ("Use IPv4 alone"), NULL },
    { "ipv6", '6', 0, G_OPTION_ARG_NONE, &o->ipv6, N_ ("Use IPv6 alone"), NULL },
    { "connect-to", 0, 0, G_OPTION_ARG_STRING, &o->connect_to,
      N_ ("Connect there, but verify and greet the host of CONNECTION"), N_ ("ADDRESS[:PORT]") },
    { "crl", 0, 0, G_OPTION_ARG_FILENAME, &o->crl, N_ ("File with revoked certificates"),
      N_ ("FILE") },
    { "pin", 0, 0, G_OPTION_ARG_STRING, &o->pin,
      N_ ("Generic: accept this certificate (cert:) or this key (key:) until the day, whatever "
          "trust, name and dates are"),
      N_ ("KIND:SHA256@DAY") },
    { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->timeout,
      N_ ("Limit for the whole run (30; scan: 60)"), N_ ("SECONDS") },
    { "step-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o->step_timeout,
      N_ ("Limit for each other step (scan: for each connection, 5)"), N_ ("SECONDS") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->rest, NULL, N_ ("CONNECTION") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static void
add_run_options (GOptionContext *context, PosternCliOptions *o)
{
  const GOptionEntry entries[] = {
    { "check-usable", 0, 0, G_OPTION_ARG_NONE, &o->check_usable,
      N_ ("Also look whether the mailbox can be opened"), NULL },
    { "check-sender", 0, 0, G_OPTION_ARG_STRING, &o->check_sender,
      N_ ("Also ask whether this sender is accepted; nothing is sent"), N_ ("ADDRESS") },
    { "check-recipient", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->check_recipients,
      N_ ("With --check-sender: and this recipient; may be repeated"), N_ ("ADDRESS") },
    /* Takes two words, so it is taken out before these are parsed: here for the help alone. */
    { "send", 0, 0, G_OPTION_ARG_STRING, &o->unused, N_ ("Also send one test message"),
      N_ ("FROM TO") },
    { "sweep", 0, 0, G_OPTION_ARG_NONE, &o->sweep,
      N_ ("Try each mechanism that is offered, once, each on a connection of its own"), NULL },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, N_ ("text (default) or json"),
      N_ ("FORMAT") },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &o->verbose, N_ ("Text: tell every finding in full"),
      NULL },
    { "transcript", 0, 0, G_OPTION_ARG_NONE, &o->transcript,
      N_ ("Text: print what was said on the wire, too"), NULL },
    { "capabilities", 0, 0, G_OPTION_ARG_NONE, &o->capabilities,
      N_ ("Text: what is offered in clear text and under TLS, side by side"), NULL },
    { "save-report", 0, 0, G_OPTION_ARG_FILENAME, &o->save_report,
      N_ ("Write the report as JSON to this file"), N_ ("FILE") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static const char *const description = N_ (
  "CONNECTION is written as the system writes it:\n"
  "  generic   smtp:// smtps:// submission:// imap:// imaps:// pop3:// pop3s:// with a host,\n"
  "            or HOST[:PORT]\n"
  "  uniface   {TCP:|TLS:}HOST{+PORT}{:PROFILE}, such as TLS:smtp.myorg.com+465:smtp_profile\n"
  "            each “--driver PROPERTIES” with the “--parameters PARAMS” after it is one\n"
  "            SetSecurity, in order; a missing PASSWORD or TOKEN comes from --password-from or\n"
  "            --token-from\n"
  "\n"
  "No option takes a secret as its value.\n"
  "\n"
  "Exit status: 0 passed; 1 settings or usage, nothing was sent; 10 name; 11 connect;\n"
  "12 greeting or protocol; 13 TLS; 14 certificate; 15 not offered; 16 credentials refused;\n"
  "17 authentication failed otherwise; 18 not usable; 19 time limit; 130 interrupted.\n");

/* Takes `--send FROM TO` out of the arguments: an option with two values. */
static gboolean
take_send (PosternCliOptions *o, int *argc, char **argv, GError **error)
{
  int kept = 1;

  for (int i = 1; i < *argc; i++)
    {
      if (strcmp (argv[i], "--") == 0)
        {
          while (i < *argc)
            argv[kept++] = argv[i++];
        }
      else if (strcmp (argv[i], "--send") != 0)
        argv[kept++] = argv[i];
      else if (i + 2 >= *argc || g_str_has_prefix (argv[i + 1], "--") ||
               g_str_has_prefix (argv[i + 2], "--"))
        return postern_cli_usage_error (error, _ ("--send takes two addresses: --send FROM TO."));
      else
        {
          g_free (o->send_from);
          g_free (o->send_to);
          o->send_from = g_strdup (argv[++i]);
          o->send_to = g_strdup (argv[++i]);
        }
    }
  argv[kept] = NULL;
  *argc = kept;
  return TRUE;
}

static gboolean
parse (GOptionContext *context, PosternCliOptions *o, int *argc, char ***argv, GError **error)
{
  const PosternCliLimits limits = { &o->timeout, &o->connect_timeout, &o->step_timeout };

  return postern_cli_parse_options (context, &limits, argc, argv, error);
}

/**
 * postern_cli_options_parse:
 * @options: (out caller-allocates): cleared
 * @argc: (inout): the number of arguments
 * @argv: (inout): the arguments, without those of drivers
 * @error: what is wrong with them
 *
 * Returns: TRUE if the options are understood
 */
gboolean
postern_cli_options_parse (PosternCliOptions *options, int *argc, char ***argv, GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  if (!take_send (options, argc, *argv, error))
    return FALSE;

  g_option_context_set_summary (
    context, _ ("Logs on as the account's system would, and says what is wrong."));
  g_option_context_set_description (context, _ (description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  add_tls_options (context, options);
  add_logon_options (context, options);
  add_connection_options (context, options);
  add_run_options (context, options);
  return parse (context, options, argc, argv, error);
}

gboolean
postern_cli_options_parse_export (PosternCliOptions *options,
                                  int *argc,
                                  char ***argv,
                                  GError **error)
{
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &options->to,
      N_ ("What it is written for; “list” names the targets"), N_ ("TARGET") },
    { "with-secrets", 0, 0, G_OPTION_ARG_NONE, &options->with_secrets,
      N_ ("Write secrets, too, instead of placeholders"), NULL },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, _ ("Writes an account for another program."));
  g_option_context_set_description (
    context, _ ("The account is given as to “postern-cli probe”. What is written goes to standard "
                "output."));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, NULL);
  add_tls_options (context, options);
  add_logon_options (context, options);
  add_connection_options (context, options);
  return parse (context, options, argc, argv, error);
}

static const char *const scan_description = N_ (
  "HOST[:PORT] alone is looked at as it is. With --account, --system, --tls-options or --asn it "
  "is\n"
  "a CONNECTION as with “postern-cli probe”, and the account’s settings for TLS are held against\n"
  "what the server does.\n"
  "\n"
  "Many short connections are made, and no credentials are sent.\n"
  "\n"
  "Exit status: 0 where a version of TLS was found; 1 for the options; 10 name resolution;\n"
  "11 connect; 13 no TLS, or none that the account would use; 14 a certificate that it would\n"
  "refuse; 19 where a time limit ran out; 130 interrupted.\n");

gboolean
postern_cli_options_parse_scan (PosternCliOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "starttls", 0, 0, G_OPTION_ARG_NONE, &options->starttls,
      N_ ("Begin in clear text, and ask for TLS then"), NULL },
    { "parallel", 0, 0, G_OPTION_ARG_INT, &options->parallel,
      N_ ("Connections at the same time, 1 to 32 (4)"), N_ ("N") },
    { "progress", 0, 0, G_OPTION_ARG_NONE, &options->progress,
      N_ ("Tell how far it is, also where standard error is no terminal"), NULL },
    { "format", 0, 0, G_OPTION_ARG_STRING, &options->format, N_ ("text (default) or json"),
      N_ ("FORMAT") },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, _ ("Finds what a mail server does in TLS."));
  g_option_context_set_description (context, _ (scan_description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, NULL);
  add_tls_options (context, options);
  add_connection_options (context, options);
  return parse (context, options, argc, argv, error);
}

static gboolean
set_word (PosternAccount *account,
          const char *property,
          GType type,
          const char *option,
          const char *word,
          GError **error)
{
  int value;

  if (word == NULL)
    return TRUE;
  if (!postern_enum_from_nick (type, word, &value) || strcmp (word, "default") == 0)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("%s does not know “%s” in this version; “postern-cli probe --help” lists the "
                      "words."),
                   option, word);
      return FALSE;
    }
  g_object_set (account, property, value, NULL);
  return TRUE;
}

static void
set_seconds (PosternAccount *account, const char *property, double seconds)
{
  if (seconds != 0)
    g_object_set (account, property, (guint) (seconds * 1000), NULL);
}

static gboolean
apply_words (PosternAccount *account, const PosternCliOptions *o, GError **error)
{
  set_seconds (account, "total-timeout", o->timeout);
  set_seconds (account, "connect-timeout", o->connect_timeout);
  set_seconds (account, "step-timeout", o->step_timeout);
  return set_word (account, "system", POSTERN_TYPE_SYSTEM, "--system", o->system, error) &&
         set_word (account, "protocol", POSTERN_TYPE_PROTOCOL, "--protocol", o->protocol, error) &&
         set_word (account, "tls", POSTERN_TYPE_TLS_START, "--tls", o->tls, error);
}

/* What the account's system has no word for is not passed over: who asked for TLS shall not be
 * connected without it. */
static gboolean
check_system (PosternAccount *account,
              const PosternCliOptions *o,
              GPtrArray *drivers,
              GError **error)
{
  gboolean uniface = postern_account_get_system (account) == POSTERN_SYSTEM_UNIFACE;

  if (uniface && (o->tls != NULL || o->mechanisms != NULL))
    return postern_cli_usage_error (error,
                                    _ ("--tls and --mechanism are not for Uniface: its connection "
                                       "string and its drivers say how it logs on."));
  if (!uniface && (o->asn != NULL || o->usys != NULL || drivers->len > 0))
    return postern_cli_usage_error (error,
                                    _ ("--asn, --usys and --driver are for --system uniface."));
  return TRUE;
}

static gboolean
apply_options (PosternAccount *account,
               const PosternCliOptions *o,
               GPtrArray *drivers,
               GError **error)
{
  const struct
  {
    const char *property;
    const char *value;
  } texts[] = {
    { "tls-options", o->tls_options },
    { "asn-file", o->asn },
    { "usys-dir", o->usys },
    { "user", o->user },
    { "ehlo-name", o->ehlo },
    { "connect-to", o->connect_to },
    { "crl-file", o->crl },
    { "pin", o->pin },
    { "connection", o->rest ? o->rest[0] : NULL },
  };

  if (o->ipv4 && o->ipv6)
    return postern_cli_usage_error (error, _ ("--ipv4 and --ipv6 exclude each other."));
  if (o->check_recipients != NULL && o->check_sender == NULL)
    return postern_cli_usage_error (error, _ ("--check-recipient needs --check-sender."));
  if (o->sweep && (o->check_usable || o->check_sender != NULL || o->send_from != NULL))
    return postern_cli_usage_error (error,
                                    _ ("--sweep tries mechanisms and nothing else: leave out "
                                       "--check-usable, --check-sender and --send."));
  if (!apply_words (account, o, error) || !check_system (account, o, drivers, error))
    return FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].value != NULL)
      g_object_set (account, texts[i].property, texts[i].value, NULL);
  if (o->mechanisms != NULL)
    g_object_set (account, "mechanisms", o->mechanisms, NULL);
  if (o->ipv4 || o->ipv6)
    g_object_set (account, "family", o->ipv4 ? POSTERN_FAMILY_IPV4 : POSTERN_FAMILY_IPV6, NULL);
  if (drivers->len > 0)
    g_object_set (account, "drivers", drivers, NULL);
  return TRUE;
}

static gboolean
is_smtp (const char *scheme)
{
  return g_str_has_prefix (scheme, "smtp") || strcmp (scheme, "submission") == 0;
}

/* Who names the protocol means it: the scheme may not say another, and a port that is usual for
 * another does not decide. An account knows neither of SMTP, which it says where nobody said
 * anything; a contradiction with another protocol is a finding of the run. */
static gboolean
insist_on_protocol (PosternAccount *account, const PosternCliOptions *o, GError **error)
{
  PosternProtocol protocol = postern_account_get_protocol (account);
  g_autoptr(PosternGenericAddress) address = NULL;
  g_autoptr(GVariant) change = NULL;
  GVariantDict dict;
  guint column;

  if (o->protocol == NULL || postern_account_get_system (account) != POSTERN_SYSTEM_GENERIC)
    return TRUE;

  address = postern_generic_address_parse (postern_account_get_connection (account), &column, NULL);
  if (address == NULL) /* which the run tells of */
    return TRUE;
  if (address->scheme != NULL && protocol == POSTERN_PROTOCOL_SMTP && !is_smtp (address->scheme))
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("--protocol %s and %s:// name two protocols. Leave one of them out."),
                   o->protocol, address->scheme);
      return FALSE;
    }
  if (address->scheme != NULL || address->port == 0)
    return TRUE;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "protocol", "s", o->protocol);
  change = g_variant_ref_sink (g_variant_dict_end (&dict));
  postern_runtime_apply (postern_runtime_get (POSTERN_SYSTEM_GENERIC), account, change, NULL);
  return TRUE;
}

static PosternAccount *
find_account (const char *name, GError **error)
{
  g_autoptr(PosternAccountStore) store = postern_account_store_new (NULL);
  PosternAccount *account;

  if (!postern_account_store_load (store, error))
    return NULL;
  account = postern_account_store_find (store, name);
  if (account == NULL)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("There is no account “%s” in %s."), name,
                   postern_account_store_get_path (store));
      return NULL;
    }
  return g_object_ref (account);
}

/**
 * postern_cli_options_make_account:
 * @o: the options
 * @drivers: (element-type PosternDriver): the drivers among the arguments
 * @error: what is wrong with them
 *
 * Returns: (transfer full): the account that is meant, saved or made of the options; or NULL
 */
PosternAccount *
postern_cli_options_make_account (const PosternCliOptions *o, GPtrArray *drivers, GError **error)
{
  g_autoptr(PosternAccount) account = NULL;

  if (o->rest != NULL && o->rest[1] != NULL)
    {
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("“%s” is one argument too many; there is one CONNECTION."), o->rest[1]);
      return NULL;
    }
  if (o->account == NULL && o->rest == NULL)
    {
      postern_cli_usage_error (error, _ ("Name a CONNECTION, or a saved account with --account."));
      return NULL;
    }

  account = o->account != NULL ? find_account (o->account, error) : postern_account_new (NULL);
  if (account == NULL || !apply_options (account, o, drivers, error) ||
      !insist_on_protocol (account, o, error))
    return NULL;
  return g_steal_pointer (&account);
}
