/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "practice/postern-practice.h"

#include "window-driver.h"

#include <glib/gstdio.h>
#include <string.h>

#define A11Y_SERVICE "org.a11y.Bus.service"

static const char *program;

typedef struct
{
  PosternPractice *server;
  WindowDriver *window;
} Fixture;

static void
start (Fixture *fixture, PosternProtocol protocol, const char *scenario)
{
  g_autoptr(GError) error = NULL;

  fixture->server = postern_practice_new_for (protocol, scenario, &error);
  g_assert_no_error (error);
  postern_practice_start (fixture->server, 0, 0, &error);
  g_assert_no_error (error);
  fixture->window = window_driver_start (program, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer scenario)
{
  start (fixture, POSTERN_PROTOCOL_SMTP, scenario);
}

static void
set_up_imap (Fixture *fixture, gconstpointer scenario)
{
  start (fixture, POSTERN_PROTOCOL_IMAP, scenario);
}

static void
tear_down (Fixture *fixture, gconstpointer scenario)
{
  window_driver_stop (fixture->window);
  postern_practice_stop (fixture->server);
  g_object_unref (fixture->server);
}

static char *
get_address (Fixture *fixture)
{
  return g_strdup_printf ("localhost:%u", postern_practice_get_port (fixture->server));
}

static char *
get_options (Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  const char *ca_file = postern_practice_write_ca_file (fixture->server, &error);

  g_assert_no_error (error);
  return g_strdup_printf ("verify_server=yes,ca_certificate=%s", ca_file);
}

/* Raw, and as the wire has it for PLAIN and LOGIN. */
static void
assert_no_secret (Fixture *fixture, const char *secret)
{
  g_autofree char *tree = window_driver_read (fixture->window);
  g_autofree char *base64 = g_base64_encode ((const guchar *) secret, strlen (secret));

  g_assert_null (strstr (tree, secret));
  g_assert_null (strstr (tree, base64));
  g_assert_false (window_driver_home_holds (fixture->window, secret));
  g_assert_false (window_driver_home_holds (fixture->window, base64));
}

/* Whether the program's files come to have @text, or not to have it any more. */
static gboolean
comes_to_hold (Fixture *fixture, const char *text, gboolean there)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (g_get_monotonic_time () < end)
    {
      if (window_driver_home_holds (fixture->window, text) == there)
        return TRUE;
      g_usleep (20000); /* another process writes: there is nothing to wait on but the clock */
    }
  return FALSE;
}

static gboolean
saved (Fixture *fixture, const char *text)
{
  return comes_to_hold (fixture, text, TRUE);
}

static void
new_account (Fixture *fixture)
{
  window_driver_click (fixture->window, "New Account");
  /* A button acts a moment after it was pressed. */
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_LIST_ITEM, "New account, SMTP"));
}

/* By the accessible actions alone: new account, fill in, log on, read. */
static void
test_log_on (Fixture *fixture, gconstpointer data)
{
  static const char *const steps[] = { "Settings, passed",    "Name, passed",
                                       "Connect, passed",     "Greeting, passed",
                                       "STARTTLS, passed",    "TLS, passed",
                                       "Certificate, passed", "Authenticate, passed" };
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);
  g_autofree char *tree = NULL;

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_wait_text (fixture->window, "localhost, port ");
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_fill (fixture->window, "User", POSTERN_PRACTICE_USER);
  window_driver_fill (fixture->window, "Password", POSTERN_PRACTICE_PASSWORD);
  assert_no_secret (fixture, POSTERN_PRACTICE_PASSWORD);
  window_driver_click (fixture->window, "Log On");

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, steps[i]));
  window_driver_wait_text (fixture->window, "Logged on");
  window_driver_wait_text (fixture->window, "1 only in clear text, 1 only under TLS");
  tree = window_driver_read (fixture->window);
  g_assert_nonnull (strstr (tree, "EHLO"));
  g_assert_nonnull (strstr (tree, "220 "));
  g_assert_nonnull (strstr (tree, "over TLS"));
  g_assert_nonnull (strstr (tree, "in clear text"));

  g_assert_true (saved (fixture, address));
  assert_no_secret (fixture, POSTERN_PRACTICE_PASSWORD);
}

/* The text that comes after something whose focus can be seen. */
static void
type_after (Fixture *fixture, const char *neighbour, const char *text)
{
  window_driver_tab_to (fixture->window, neighbour);
  window_driver_key (fixture->window, "Tab");
  window_driver_type (fixture->window, text);
}

/* By keys alone, and with the password asked for. */
static void
test_keyboard (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);

  window_driver_key (fixture->window, "ctrl+n");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_LIST_ITEM, "New account, SMTP"));
  window_driver_type (fixture->window, address);
  window_driver_wait_text (fixture->window, "localhost, port ");
  type_after (fixture, "How TLS begins", options);
  type_after (fixture, "Mechanism", POSTERN_PRACTICE_USER);
  window_driver_key (fixture->window, "ctrl+Return");

  window_driver_wait_text (fixture->window, "Password Needed");
  window_driver_take_keyboard (fixture->window);
  window_driver_type (fixture->window, POSTERN_PRACTICE_PASSWORD);
  window_driver_wait_text (fixture->window, "●●●●●●●●●●●");
  assert_no_secret (fixture, POSTERN_PRACTICE_PASSWORD);
  window_driver_key (fixture->window, "Return");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Authenticate, passed"));
  assert_no_secret (fixture, POSTERN_PRACTICE_PASSWORD);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_fill (fixture->window, "User", "somebody");
  window_driver_fill (fixture->window, "Password", "sesame-4711");
  window_driver_click (fixture->window, "Log On");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Greeting, running"));
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_PUSH_BUTTON, "Cancel"));

  window_driver_key (fixture->window, "Escape");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_PUSH_BUTTON, "Log On"));
  window_driver_wait_text (fixture->window, ", cancelled");
  assert_no_secret (fixture, "sesame-4711");
}

/* What is wrong with the connection is said while it is typed, and nothing is sent. */
static void
test_fault (Fixture *fixture, gconstpointer data)
{
  new_account (fixture);
  window_driver_fill (fixture->window, "Server", "localhost:99999");
  window_driver_wait_text (fixture->window, "(character ");
  window_driver_click (fixture->window, "Log On");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Settings, failed"));
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->server), ==, 0);
}

/* A remedy is made with one button, and taken back with another. */
static void
test_remedy (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);
  const char *name = "verify_server_name=DNS:mail.hoster.example";

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_click (fixture->window, "Log On");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Certificate, failed"));
  window_driver_wait_text (fixture->window, "mail.hoster.example");

  window_driver_click (fixture->window, "Apply: ");
  g_assert_true (saved (fixture, name));
  window_driver_click (fixture->window, "_Undo");
  g_assert_true (comes_to_hold (fixture, name, FALSE));
}

/* The chain with the fault on the certificate that has it; its fields; what was found where. */
static void
test_chain (Fixture *fixture, gconstpointer data)
{
  static const char *const fields[] = { "= mail.hoster.example\n", "= Common name (CN)\n",
                                        "= SHA-256 of the key\n", "= Extended key usage",
                                        "= 89 days left\n" };
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);
  g_autofree char *tree = NULL;

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_click (fixture->window, "Log On");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Certificate, failed"));
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "alt+3");

  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_LIST_ITEM,
                                          "mail.hoster.example, Sent as number 1 · 89 days left, "
                                          "Error: The certificate is for another name"));
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Name: failed"));
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Trust: passed"));
  tree = window_driver_read (fixture->window);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_test_message ("%s", fields[i]);
      g_assert_nonnull (strstr (tree, fields[i]));
    }

  /* By keys to the authority: its fields take the place of the server's. */
  window_driver_tab_to (fixture->window, "mail.hoster.example, Sent");
  window_driver_key (fixture->window, "Up");
  window_driver_wait_text (fixture->window, "An authority, sent along by the server");

  /* What was copied is what can be pasted. */
  window_driver_tab_to (fixture->window, "Copy as PEM");
  window_driver_key (fixture->window, "space");
  window_driver_key (fixture->window, "ctrl+f");
  window_driver_key (fixture->window, "ctrl+v");
  window_driver_wait_text (fixture->window, "-----BEGIN CERTIFICATE-----");
}

/* An authority that nobody trusts is trusted after its fingerprint was shown: then the logon gets
 * past the certificate. */
static void
test_trust (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_fill (fixture->window, "User", POSTERN_PRACTICE_USER);
  window_driver_fill (fixture->window, "Password", POSTERN_PRACTICE_PASSWORD);
  window_driver_click (fixture->window, "Log On");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Certificate, failed"));
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "alt+3");
  window_driver_wait_text (fixture->window, "Its fingerprint has to be compared first");
  window_driver_tab_to (fixture->window, "Trust “Unknown authority” for this account");
  window_driver_key (fixture->window, "Return");

  window_driver_wait_text (fixture->window, "Trust “Unknown authority”?");
  g_assert_false (window_driver_home_holds (fixture->window, "BEGIN CERTIFICATE"));
  window_driver_take_keyboard (fixture->window);
  window_driver_tab_to (fixture->window, "_Trust for This Account");
  window_driver_key (fixture->window, "Return");
  window_driver_wait_text (fixture->window, "ca_certificate=/");
  g_assert_true (saved (fixture, "BEGIN CERTIFICATE"));
  g_assert_true (saved (fixture, "postern/trusted/localhost-"));

  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "ctrl+Return");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Certificate, passed"));
  window_driver_wait_text (fixture->window, "Logged on");
}

/* What the server does in TLS, as a table beside what the settings of the account come to. */
static void
test_scan (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "= TLS 1.3\n",      "= TLS 1.2\n",     "TLS_AES_256_GCM_SHA384",
    "= Cipher suite\n", "= verify_server", "= The certificate is verified, for localhost.\n"
  };
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);
  g_autofree char *tree = NULL;

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_wait_text (fixture->window, "localhost, port ");
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "ctrl+shift+t");
  window_driver_wait_text (fixture->window, "Cipher suites and versions");
  tree = window_driver_read (fixture->window);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_test_message ("%s", texts[i]);
      g_assert_nonnull (strstr (tree, texts[i]));
    }
}

/* A server that says nothing is not waited for. */
static void
test_scan_cancel (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = get_address (fixture);

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_wait_text (fixture->window, "localhost, port ");
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "ctrl+shift+t");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_PUSH_BUTTON, "Cancel Scan"));
  window_driver_take_keyboard (fixture->window);
  window_driver_tab_to (fixture->window, "Cancel Scan");
  window_driver_key (fixture->window, "space");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_PUSH_BUTTON, "Scan Again"));
}

/* Where an assignment file has the TLS options, the change is made there, to be saved by the user,
 * and the certificates lie beside it. */
static void
test_trust_file (Fixture *fixture, gconstpointer data)
{
  static const char *const arguments[] = { "--practice", NULL };
  g_autofree char *folder = g_dir_make_tmp ("postern-asn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "mail.asn", NULL);
  g_autofree char *address =
    g_strdup_printf ("localhost+%u", postern_practice_get_port (fixture->server));
  g_autofree char *options = get_options (fixture);
  g_autofree char *text = g_strdup_printf ("[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS = %s\n", options);
  g_autofree char *kept = NULL;
  g_autoptr(GDir) files = NULL;
  const char *name;
  guint n_pem = 0;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  window_driver_stop (fixture->window);
  fixture->window = window_driver_start (program, arguments);
  window_driver_fill (fixture->window, "Connection string", address);
  window_driver_fill (fixture->window, "TLS options", "");
  window_driver_fill (fixture->window, "Assignment file", path);
  window_driver_wait_text (fixture->window, "TLS options from mail.asn:2.");
  /* It was for another server before. */
  window_driver_fill (fixture->window, "Password", POSTERN_PRACTICE_PASSWORD);
  window_driver_click (fixture->window, "Log On");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Certificate, failed"));
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "alt+3");
  window_driver_wait_text (fixture->window, "Its fingerprint has to be compared first");
  window_driver_tab_to (fixture->window, "Trust “Unknown authority” for this account");
  window_driver_key (fixture->window, "Return");
  window_driver_wait_text (fixture->window, "Trust “Unknown authority”?");
  window_driver_take_keyboard (fixture->window);
  window_driver_tab_to (fixture->window, "_Trust for This Account");
  window_driver_key (fixture->window, "Return");
  window_driver_wait_text (fixture->window, "mail.asn, not saved");
  g_file_get_contents (path, &kept, NULL, NULL);
  g_assert_cmpstr (kept, ==, text);

  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "ctrl+s");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_LIST_ITEM, "mail.asn "));
  files = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      g_autofree char *contents = NULL;

      g_file_get_contents (file, &contents, NULL, NULL);
      if (g_str_has_suffix (name, ".pem"))
        n_pem += strstr (contents, "BEGIN CERTIFICATE") != NULL ? 1 : 0;
      else
        g_assert_nonnull (strstr (contents, folder)); /* the new file is named */
      g_unlink (file);
    }
  g_assert_cmpuint (n_pem, ==, 1);
  g_rmdir (folder);
}

/* An exception is for one certificate, and has a last day. It can be removed. */
static void
test_exception (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = get_address (fixture);
  g_autofree char *options = get_options (fixture);

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_fill (fixture->window, "User", POSTERN_PRACTICE_USER);
  window_driver_fill (fixture->window, "Password", POSTERN_PRACTICE_PASSWORD);
  window_driver_click (fixture->window, "Log On");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_INVALID, "Certificate, failed"));
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "alt+3");
  window_driver_tab_to (fixture->window, "Accept this one certificate all the same");
  window_driver_key (fixture->window, "Return");

  window_driver_wait_text (fixture->window, "Make an Exception?");
  window_driver_fill (fixture->window, "Last day", "2020-02-30");
  window_driver_fill (fixture->window, "Last day", "2199-12-31");
  window_driver_take_keyboard (fixture->window);
  window_driver_tab_to (fixture->window, "_Make an Exception");
  window_driver_key (fixture->window, "Return");
  window_driver_wait_text (fixture->window, "One certificate is accepted until 2199-12-31");
  g_assert_true (saved (fixture, "@2199-12-31"));
  g_assert_true (saved (fixture, "localhost=cert:"));

  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "ctrl+Return");
  window_driver_wait_text (fixture->window, "Logged on");
  window_driver_key (fixture->window, "alt+3");
  window_driver_tab_to (fixture->window, "One certificate is accepted until");
  window_driver_key (fixture->window, "Return");
  g_assert_true (comes_to_hold (fixture, "@2199-12-31", FALSE));
}

/* In labels: a name and a text each. */
static guint
count (const char *tree, const char *text)
{
  g_autofree char *label = g_strdup_printf ("= %s\n", text);
  guint n = 0;

  for (const char *found = tree; (found = strstr (found, label)) != NULL; found++)
    n++;
  return n;
}

/* IMAP, chosen in the form; then each mechanism, after the number of attempts was agreed to. */
static void
test_sweep (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address =
    g_strdup_printf ("imap://localhost:%u", postern_practice_get_port (fixture->server));
  g_autofree char *options = get_options (fixture);
  g_autofree char *tree = NULL;

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_wait_text (fixture->window, "localhost, port ");
  window_driver_wait_text (fixture->window, "IMAP · Any program");
  window_driver_fill (fixture->window, "TLS options", options);
  window_driver_fill (fixture->window, "User", POSTERN_PRACTICE_USER);
  window_driver_fill (fixture->window, "Password", POSTERN_PRACTICE_PASSWORD);
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "ctrl+shift+Return");
  window_driver_wait_text (fixture->window, " Attempts?");
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->server), ==, 1);

  /* By keys: GTK 4.8 does not survive that a dialog goes while its button is asked to act. */
  window_driver_take_keyboard (fixture->window);
  window_driver_key (fixture->window, "Tab");
  window_driver_key (fixture->window, "Return");
  window_driver_wait_text (fixture->window, "The server accepted the credentials");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_PUSH_BUTTON, "Log On"));
  tree = window_driver_read (fixture->window);
  g_assert_nonnull (strstr (tree, "LOGIN-COMMAND"));
  g_assert_nonnull (strstr (tree, "No access token was given"));
  /* A look, and one for each. */
  g_assert_cmpuint (postern_practice_get_n_connections (fixture->server), ==,
                    1 + count (tree, "The server accepted the credentials"));
  assert_no_secret (fixture, POSTERN_PRACTICE_PASSWORD);
}

/* The practice account has two drivers. The one that is moved keeps the focus, and what is wrong
 * with it stands by it. */
static void
test_drivers (Fixture *fixture, gconstpointer data)
{
  static const char *const arguments[] = { "--practice", NULL };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  window_driver_stop (fixture->window);
  fixture->window = window_driver_start (program, arguments);
  window_driver_tab_to (fixture->window, "UAuthLoginSMTP");
  before = window_driver_read (fixture->window);
  g_assert_null (strstr (before, "The order of the security drivers"));
  g_assert_true (strstr (before, "UStartTLSSMTP") < strstr (before, "UAuthLoginSMTP"));

  window_driver_key (fixture->window, "alt+Up");
  window_driver_wait_text (fixture->window, "The order of the security drivers");
  after = window_driver_read (fixture->window);
  g_assert_true (strstr (after, "UAuthLoginSMTP") < strstr (after, "The order of the"));
  g_assert_true (strstr (after, "The order of the") < strstr (after, "UStartTLSSMTP\n"));

  window_driver_key (fixture->window, "alt+Down");
  window_driver_click (fixture->window, "Log On");
  window_driver_wait_text (fixture->window, "Logged on");
}

/* By its mnemonic. */
static void
choose_from_menu (Fixture *fixture, const char *label, const char *key)
{
  window_driver_key (fixture->window, "ctrl+f"); /* from there it is not far */
  window_driver_tab_to (fixture->window, "Account menu");
  window_driver_key (fixture->window, "space");
  window_driver_wait_text (fixture->window, label);
  window_driver_key (fixture->window, key);
}

/* A copy of an account; it is deleted, and comes back. */
static void
test_accounts (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = get_address (fixture);
  g_autofree char *copy = g_strdup_printf ("%s (copy), SMTP", address);

  new_account (fixture);
  window_driver_fill (fixture->window, "Server", address);
  window_driver_wait_text (fixture->window, "localhost, port ");
  window_driver_take_keyboard (fixture->window);
  choose_from_menu (fixture, "Duplicate Account", "u");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_LIST_ITEM, copy));
  g_assert_true (saved (fixture, "(copy)"));

  choose_from_menu (fixture, "Delete Account", "d");
  window_driver_click (fixture->window, "_Undo");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_LIST_ITEM, copy));
}

/* As in Uniface the session stays open: a message is sent with it, and then it is logged off. */
static void
test_session (Fixture *fixture, gconstpointer data)
{
  static const char *const arguments[] = { "--practice", NULL };
  static const char *const done[] = { "LogonSMTP", "SetFrom", "Send", "LogoffSMTP" };
  g_autofree char *tree = NULL;

  window_driver_stop (fixture->window);
  fixture->window = window_driver_start (program, arguments);
  window_driver_click (fixture->window, "Log On");
  window_driver_wait_text (fixture->window, "The session is open");
  window_driver_fill (fixture->window, "From address", "jane@example.org");
  window_driver_fill (fixture->window, "To address", "joe@example.org");
  window_driver_click (fixture->window, "Send");
  window_driver_wait_text (fixture->window, "RCPT TO:<joe@example.org>");
  window_driver_click (fixture->window, "Log Off");
  window_driver_wait_text (fixture->window, "The session is over");
  g_object_unref (window_driver_wait_for (fixture->window, ATSPI_ROLE_PUSH_BUTTON, "Log On"));

  tree = window_driver_read (fixture->window);
  for (guint i = 0; i < G_N_ELEMENTS (done); i++)
    g_assert_nonnull (strstr (tree, done[i]));
  g_assert_null (strstr (tree, "$status -"));
  assert_no_secret (fixture, POSTERN_PRACTICE_PASSWORD);
}

static const char asn_before[] = "; what nobody changes stays\r\n"
                                 "[NET_SETTINGS]\r\n"
                                 "mail = verify_server=yes, %\\\r\n"
                                 "       ca_cert=certs/none.pem ,min_tls_version=1.4\r\n";
static const char asn_after[] = "; what nobody changes stays\r\n"
                                "[NET_SETTINGS]\r\n"
                                "mail = verify_server=yes, %\\\r\n"
                                "       ca_cert=certs/other.pem ,min_tls_version=1.4\r\n";

/* An assignment file: what is wrong with it, one option changed as a control, seen in the text, and
 * saved. */
static void
test_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("postern-asn-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "mail.asn", NULL);
  const char *const arguments[] = { path, NULL };
  g_autofree char *tree = NULL;
  g_autofree char *contents = NULL;

  g_assert_no_error (error);
  g_file_set_contents (path, asn_before, -1, &error);
  g_assert_no_error (error);

  window_driver_stop (fixture->window);
  fixture->window = window_driver_start (program, arguments);
  window_driver_wait_text (fixture->window, "1 problem");
  window_driver_wait_text (fixture->window, "min_tls_version cannot be");
  window_driver_fill (fixture->window, "CA certificates", "certs/other.pem");
  window_driver_wait_text (fixture->window, "mail.asn, not saved");
  tree = window_driver_read (fixture->window);
  g_assert_nonnull (strstr (tree, "ca_cert=certs/other.pem ,min_tls_version=1.4"));

  window_driver_click (fixture->window, "Save");
  g_object_unref (
    window_driver_wait_for (fixture->window, ATSPI_ROLE_LIST_ITEM, "mail.asn 1 problem"));
  g_file_get_contents (path, &contents, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (contents, ==, asn_after);

  g_unlink (path);
  g_rmdir (folder);
}

/* A session bus on which there is accessibility, and no secret service. */
static GTestDBus *
bus_up (char **services)
{
  GTestDBus *bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_autofree char *from = g_build_filename ("/usr/share/dbus-1/services", A11Y_SERVICE, NULL);
  g_autofree char *to = NULL;
  g_autofree char *contents = NULL;
  g_autofree char *display = g_strdup (g_getenv ("DISPLAY"));
  g_autoptr(GError) error = NULL;

  if (display == NULL)
    g_error ("There is no display: run this under xvfb-run");
  *services = g_dir_make_tmp ("postern-services-XXXXXX", &error);
  g_assert_no_error (error);
  to = g_build_filename (*services, A11Y_SERVICE, NULL);
  g_file_get_contents (from, &contents, NULL, &error);
  g_assert_no_error (error);
  g_file_set_contents (to, contents, -1, &error);
  g_assert_no_error (error);

  g_test_dbus_add_service_dir (bus, *services);
  g_test_dbus_up (bus);
  /* The test bus takes the display out of the environment. */
  g_setenv ("DISPLAY", display, TRUE);
  return bus;
}

int
main (int argc, char *argv[])
{
  g_autoptr(GTestDBus) bus = NULL;
  g_autofree char *services = NULL;
  g_autofree char *service = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (argc < 2)
    g_error ("Say which program to test");
  program = argv[1];
  /* libatspi warns when a program is asked before it is ready; that is no fault of the program. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  bus = bus_up (&services);
  g_setenv ("NO_AT_BRIDGE", "0", TRUE);
  atspi_init ();
  atspi_set_timeout (5000, 20000);

#define ADD(name, scenario, func)                                                                  \
  g_test_add ("/window/" name, Fixture, scenario, set_up, func, tear_down)
  ADD ("log-on", "good", test_log_on);
  ADD ("keyboard", "good", test_keyboard);
  ADD ("cancel", "silent", test_cancel);
  ADD ("fault", "good", test_fault);
  ADD ("remedy", "wrong-name", test_remedy);
  ADD ("chain", "wrong-name", test_chain);
  ADD ("trust", "untrusted", test_trust);
  ADD ("trust-file", "untrusted", test_trust_file);
  ADD ("exception", "wrong-name", test_exception);
  ADD ("scan", "good", test_scan);
  ADD ("scan-cancel", "silent", test_scan_cancel);
  ADD ("accounts", "good", test_accounts);
  ADD ("drivers", "good", test_drivers);
  ADD ("session", "good", test_session);
  ADD ("file", "good", test_file);
  g_test_add ("/window/sweep", Fixture, "good", set_up_imap, test_sweep, tear_down);
#undef ADD

  status = g_test_run ();
  g_test_dbus_stop (bus);
  service = g_build_filename (services, A11Y_SERVICE, NULL);
  g_unlink (service);
  g_rmdir (services);
  return status;
}
