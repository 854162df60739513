/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-cell.h"

#include <gio/gio.h>
#include <string.h>

#define N_STEPS 13

static const char *const clear_order[N_STEPS] = {
  "settings",    "resolve",          "connect",      "greeting", "capabilities", "starttls", "tls",
  "certificate", "capabilities-tls", "authenticate", "usable",   "sender",       "logoff",
};

static const char *const implicit_order[N_STEPS] = {
  "settings",     "resolve",  "connect",          "tls",          "certificate", "greeting",
  "capabilities", "starttls", "capabilities-tls", "authenticate", "usable",      "sender",
  "logoff",
};

static void G_GNUC_PRINTF (2, 3) complain (GString *problems, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append (problems, problems->len > 0 ? "; " : "");
  g_string_append_vprintf (problems, format, args);
  va_end (args);
}

static void
check_text (GString *problems, RealRun *run, const char *path, const char *wanted)
{
  g_autofree char *found = real_run_dup_text (run, path);

  if (strcmp (found, wanted) != 0)
    complain (problems, "%s is %s, not %s", path, found, wanted);
}

static void
check_number (GString *problems, RealRun *run, const char *path, int wanted)
{
  g_autofree char *text = g_strdup_printf ("%d", wanted);

  check_text (problems, run, path, text);
}

static const char *
state_of_letter (char letter)
{
  switch (letter)
    {
    case 'p':
      return "passed";
    case 'w':
      return "warning";
    case 'f':
      return "failed";
    case 'n':
      return "not-reached";
    case 's':
      return "skipped";
    default:
      g_error ("“%c” is no state of a step", letter);
    }
}

static void
check_ladder (GString *problems, const RealCell *cell, RealRun *run)
{
  JsonArray *steps = real_run_get_array (run, "steps");
  const char *const *order = g_strcmp0 (cell->tls, "implicit") == 0 ? implicit_order : clear_order;
  const char *letter = cell->ladder;

  if (letter == NULL)
    return;
  if (json_array_get_length (steps) != N_STEPS)
    {
      complain (problems, "the ladder has %u steps", json_array_get_length (steps));
      return;
    }
  for (guint i = 0; i < N_STEPS; i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);
      const char *id = real_run_object_text (step, "id");
      const char *state = real_run_object_text (step, "state");

      letter += strspn (letter, " ");
      if (strcmp (id, order[i]) != 0)
        complain (problems, "step %u is %s, not %s", i, id, order[i]);
      if (strcmp (state, state_of_letter (*letter)) != 0)
        complain (problems, "%s is %s, not %s", id, state, state_of_letter (*letter));
      letter++;
    }
}

/* It points into the transcript; what a server said or refused always does. */
static void
check_evidence (GString *problems, const RealCell *cell, RealRun *run, JsonObject *finding)
{
  guint n_events = json_array_get_length (real_run_get_array (run, "transcript"));
  JsonArray *evidence = json_object_get_array_member (finding, "evidence");
  guint n = evidence != NULL ? json_array_get_length (evidence) : 0;

  if (n == 0 && (cell->status == 15 || cell->status == 16 || cell->status == 18))
    complain (problems, "there is no evidence");
  if (n != 0 &&
      (n != 2 || json_array_get_int_element (evidence, 0) < 0 ||
       json_array_get_int_element (evidence, 0) > json_array_get_int_element (evidence, 1) ||
       json_array_get_int_element (evidence, 1) >= (gint64) n_events))
    complain (problems, "the evidence points out of the transcript");
}

/* The first finding of a failed run is an error; those of a run that passed are none. */
static void
check_findings (GString *problems, const RealCell *cell, RealRun *run)
{
  JsonArray *findings = real_run_get_array (run, "findings");
  guint n = json_array_get_length (findings);
  JsonObject *first = n > 0 ? json_array_get_object_element (findings, 0) : NULL;
  const char *code = first != NULL ? real_run_object_text (first, "code") : NULL;

  if (g_strcmp0 (code, cell->finding) != 0)
    complain (problems, "the first finding is %s, not %s", code, cell->finding);
  if (first != NULL && cell->status != 0)
    check_evidence (problems, cell, run, first);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);
      gboolean error = strcmp (real_run_object_text (finding, "severity"), "error") == 0;

      if (error && cell->status == 0)
        complain (problems, "%s is an error, and the run passed",
                  real_run_object_text (finding, "code"));
      if (!error && cell->status != 0 && i == 0)
        complain (problems, "the first cause is no error");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cell->also) && cell->also[i] != NULL; i++)
    if (real_run_find (run, cell->also[i]) == NULL)
      complain (problems, "%s is not among the findings", cell->also[i]);
  if (cell->names != NULL && first != NULL &&
      strstr (real_run_object_text (first, "title"), cell->names) == NULL &&
      strstr (real_run_object_text (first, "explanation"), cell->names) == NULL)
    complain (problems, "the first finding does not name “%s”", cell->names);
}

static void
check_items (GString *problems, const RealCell *cell, RealRun *run)
{
  JsonArray *drivers = real_run_get_array (run, "drivers");
  guint n = json_array_get_length (drivers);
  JsonObject *items =
    n > 0 ? json_object_get_object_member (json_array_get_object_element (drivers, n - 1), "items")
          : NULL;
  g_autoptr(GList) names = items != NULL ? json_object_get_members (items) : NULL;
  g_autoptr(GString) text = g_string_new (NULL);

  if (cell->items == NULL)
    return;
  for (GList *name = names; name != NULL; name = name->next)
    g_string_append_printf (text, "%s=%s;", (const char *) name->data,
                            json_object_get_string_member (items, name->data));
  if (strstr (text->str, cell->items) == NULL)
    complain (problems, "the driver tells “%s”", text->str);
}

static void
check_native (GString *problems, const RealCell *cell, RealRun *run)
{
  if (cell->native == REAL_NO_NATIVE)
    {
      check_text (problems, run, "native", "null");
      return;
    }
  check_text (problems, run, "native.call",
              strstr (cell->arguments, "--protocol pop3") != NULL ? "LogonMail" : "LogonSMTP");
  check_number (problems, run, "native.result", cell->native);
}

/* A command of SMTP, IMAP (after its tag) or POP3 that carries a credential, or is about to. */
static gboolean
logs_on (const char *text)
{
  static const char *const commands[] = { "AUTH", "LOGIN ", "USER ", "PASS ", "APOP " };
  const char *blank = strchr (text, ' ');

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_has_prefix (text, commands[i]) ||
        (blank != NULL && g_str_has_prefix (blank + 1, commands[i])))
      return TRUE;
  return FALSE;
}

/* Whoever failed before it was his turn has not shown a credential: neither is one counted, nor
 * does the transcript have the command. */
static void
check_authentication (GString *problems, const RealCell *cell, RealRun *run)
{
  JsonArray *transcript = real_run_get_array (run, "transcript");
  gboolean before =
    (cell->status > 0 && cell->status < 16 && g_strcmp0 (cell->finding, "protocol.closed") != 0) ||
    g_strcmp0 (cell->finding, "auth.local") == 0;

  if (cell->mechanism != NULL)
    check_text (problems, run, "authentication.mechanism", cell->mechanism);
  if (!before)
    return;
  if (json_array_get_length (transcript) == 0 && cell->status >= 12 &&
      g_strcmp0 (cell->finding, "tls.client-certificate-refused") != 0)
    complain (problems, "the transcript is empty");
  for (guint i = 0; i < json_array_get_length (transcript); i++)
    {
      JsonObject *event = json_array_get_object_element (transcript, i);

      if (strcmp (real_run_object_text (event, "direction"), "client") == 0 &&
          logs_on (real_run_object_text (event, "text")))
        complain (problems, "a credential was sent");
    }
}

static void
check_tls (GString *problems, const RealCell *cell, RealRun *run)
{
  gboolean wants = g_strcmp0 (cell->tls, "starttls") == 0 || g_strcmp0 (cell->tls, "implicit") == 0;
  g_autofree char *version = real_run_dup_text (run, "tls.version");

  if (cell->tls == NULL)
    check_text (problems, run, "settings.tls", "null");
  else
    check_text (problems, run, "settings.tls", cell->tls);
  if (cell->source != NULL)
    check_text (problems, run, "settings.sources.tls_options", cell->source);
  if (!wants || cell->status != 0)
    return;
  if (!g_str_has_prefix (version, "TLS 1."))
    complain (problems, "tls.version is %s", version);
  if (real_run_find (run, "cert.accepted-unverified") == NULL)
    check_text (problems, run, "tls.verified", "true");
  else
    check_text (problems, run, "tls.verified", "false");
}

static void
check_absence (GString *problems, RealRun *run, const char *text, const char *what)
{
  if (*text != '\0' && ((run->output != NULL && strstr (run->output, text) != NULL) ||
                        (run->errors != NULL && strstr (run->errors, text) != NULL)))
    complain (problems, "%s was printed", what);
}

static const char *
user_of (const RealCell *cell)
{
  return cell->user != NULL ? cell->user : "@USER@";
}

/* The secret as it is, and as PLAIN, LOGIN and XOAUTH2 send it. */
static void
check_secret (GString *problems, const RealCell *cell, RealRun *run, RealValues *values)
{
  g_autofree char *user = real_values_expand (values, user_of (cell));
  g_autofree char *secret = real_values_expand (values, cell->secret != NULL ? cell->secret : "");
  g_autofree char *login = g_base64_encode ((const guchar *) secret, strlen (secret));
  gsize length = strlen (user) + strlen (secret) + 2;
  g_autofree char *joined = g_malloc (length);
  g_autofree char *plain = NULL;

  memcpy (joined + 1, user, strlen (user));
  joined[0] = joined[strlen (user) + 1] = '\0';
  memcpy (joined + strlen (user) + 2, secret, strlen (secret));
  plain = g_base64_encode ((const guchar *) joined, length);

  check_absence (problems, run, secret, "the secret");
  check_absence (problems, run, login, "the secret in base64");
  if (*secret != '\0')
    check_absence (problems, run, plain, "the answer of PLAIN");
}

static GSocket *
listen_somewhere (RealValues *values)
{
  g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GError) error = NULL;
  GSocket *socket =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, any, FALSE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);
  address = g_socket_get_local_address (socket, &error);
  g_assert_no_error (error);
  real_values_set_port (values, "LISTEN",
                        g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  return socket;
}

/* A connection that came and went still waits to be accepted. */
static void
check_unreached (GString *problems, RealRun *run, GSocket *listener)
{
  if ((g_socket_condition_check (listener, G_IO_IN) & G_IO_IN) != 0)
    complain (problems, "somebody connected");
  if (json_array_get_length (real_run_get_array (run, "addresses")) != 0)
    complain (problems, "there are addresses in the report");
  if (json_array_get_length (real_run_get_array (run, "transcript")) != 0)
    complain (problems, "there is a transcript");
}

static void
report (const RealCell *cell, RealRun *run, GString *problems)
{
  g_autofree char *findings = real_run_dup_text (run, "findings");
  g_autofree char *native = real_run_dup_text (run, "native");

  g_test_message ("%s", run->command);
  g_test_message ("findings: %s", findings);
  g_test_message ("native: %s", native);
  if (run->report == NULL)
    g_test_message ("output: %s", run->output);
  if (run->errors != NULL && *run->errors != '\0')
    g_test_message ("errors: %s", run->errors);

  g_test_fail_printf ("%s", problems->str);
}

RealRun *
real_cell_start (const RealCell *self, RealValues *values)
{
  g_autofree char *arguments = g_strdup_printf ("--ipv4 --user '%s' %s %s", user_of (self),
                                                self->secret == NULL ? ""
                                                : self->token        ? "--token-from fd:0"
                                                                     : "--password-from fd:0",
                                                self->arguments);

  return real_run_start (values, arguments, self->secret, self->environment);
}

static GString *
check (const RealCell *self, RealValues *values, RealRun *run)
{
  GString *problems = g_string_new (NULL);

  if (run->status != self->status)
    complain (problems, "the exit status is %d, not %d", run->status, self->status);
  if (run->report == NULL)
    complain (problems, "there is no report");
  else
    {
      check_text (problems, run, "schema", "postern-report/1");
      check_number (problems, run, "exit_status", self->status);
      check_text (problems, run, "outcome", self->status == 0 ? "passed" : "failed");
      check_native (problems, self, run);
      check_items (problems, self, run);
      check_tls (problems, self, run);
      check_findings (problems, self, run);
      check_ladder (problems, self, run);
      check_authentication (problems, self, run);
    }
  check_secret (problems, self, run, values);
  return problems;
}

static void
end (const RealCell *self, RealRun *run, GString *problems)
{
  if (g_test_verbose ())
    g_test_message ("%s", run->output);
  if (problems->len > 0)
    report (self, run, problems);
  g_string_free (problems, TRUE);
}

void
real_cell_run (const RealCell *self, RealValues *values)
{
  g_autoptr(GSocket) listener = self->unreached ? listen_somewhere (values) : NULL;
  g_autoptr(RealRun) run = real_cell_start (self, values);
  GString *problems;

  real_run_wait (run);
  problems = check (self, values, run);
  if (listener != NULL)
    check_unreached (problems, run, listener);
  end (self, run, problems);
}

void
real_cell_finish (const RealCell *self, RealValues *values, RealRun *run, const char *label)
{
  JsonArray *findings;
  g_autofree char *outcome = NULL;

  real_run_wait (run);
  findings = real_run_get_array (run, "findings");
  outcome = real_run_dup_text (run, "outcome");
  g_test_message ("%s  %-6s  %-30s %3d", label, outcome,
                  json_array_get_length (findings) > 0
                    ? real_run_object_text (json_array_get_object_element (findings, 0), "code")
                    : "-",
                  run->status);
  end (self, run, check (self, values, run));
}

typedef struct
{
  const RealCell *cell;
  RealValues *values;
} Test;

static void
test_cell (gconstpointer data)
{
  const Test *test = data;

  real_cell_run (test->cell, test->values);
}

void
real_cells_add (const char *group, const RealCell *cells, RealValues *values)
{
  for (gsize i = 0; cells[i].name != NULL; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", group, cells[i].name);
      Test *test = g_new (Test, 1);

      *test = (Test){ &cells[i], values };
      g_test_add_data_func_full (path, test, test_cell, g_free);
    }
}
