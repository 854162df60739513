/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "exchange/postern-export.h"
#include "runtime/postern-asn.h"
#include "upopmail/postern-proc-script.h"

#include <glib/gstdio.h>
#include <string.h>

/* Every export is read again by what reads such files here, and has to be the same account. */

static char *folder; /* the working directory */

typedef struct
{
  const char *connection;
  PosternProtocol protocol;
  const char *user;
  const char *asn; /* what the assignment file of the account has, or NULL */
  const char *tls_options;
  const char *drivers[9]; /* properties and parameters in turn */
} Row;

#define TRUSTED "verify_server=yes, ca_certificate=ca.pem"

static const Row rows[] = {
  { "mail.example.org+587",
    POSTERN_PROTOCOL_SMTP,
    "me@example.org",
    NULL,
    TRUSTED ", verify_server_name=dns:a.example.org;dns:*.b.org",
    { "SMTP=UStartTLSSMTP", "", "SMTP=UAuthLoginSMTP", "PASSWORD=hunter2" } },
  { "TLS:mail.example.org+465:smtp_profile",
    POSTERN_PROTOCOL_SMTP,
    "",
    "[NET_SETTINGS]\nsmtp_profile " TRUSTED ", %\\\n  min_tls_version=1.3\n"
    "[USER_3GL]\n/opt/u/lib(UAuthXOAUTH2SMTP)\n[DRIVER_SETTINGS]\nUSYS$TCP_PARAMS prf=6\n",
    "",
    { "SMTP=UAuthXOAUTH2SMTP\x1bUSE=OPT", "user=me;TOKEN=abc" } },
  { "TLS:mail.example.org",
    POSTERN_PROTOCOL_SMTP,
    "",
    "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS " TRUSTED "\n",
    "",
    { NULL } },
  { "tcp:pop.example.org", POSTERN_PROTOCOL_POP3, "me \"you\"", NULL, "", { NULL } },
  { "TLS:pop.example.org+995",
    POSTERN_PROTOCOL_POP3,
    "me",
    NULL,
    TRUSTED,
    { "POP=UAuthXOAUTH2POP", "" } },
  { "mail.example.org",
    POSTERN_PROTOCOL_SMTP,
    "me",
    NULL,
    TRUSTED,
    { "SMTP=UStartTLSSMTP", "", "SMTP=UAuthLoginSMTP", "USER=ab%=c;PASSWORD=x=\"y" } },
};

static void
write_text (const char *name, const char *text)
{
  g_assert_true (g_file_set_contents (name, text, -1, NULL));
}

static char *
read_text (const char *name)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (name, &text, NULL, NULL));

  return text;
}

static PosternAccount *
make_account (const Row *row)
{
  PosternAccount *account = postern_account_new (NULL);
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);

  for (guint i = 0; row->drivers[i] != NULL; i += 2)
    g_ptr_array_add (drivers, postern_driver_new (row->drivers[i], row->drivers[i + 1]));
  if (row->asn != NULL)
    write_text ("own.asn", row->asn);
  g_object_set (account, "system", POSTERN_SYSTEM_UNIFACE, "protocol", row->protocol, "connection",
                row->connection, "user", row->user, "asn-file", row->asn != NULL ? "own.asn" : "",
                "tls-options", row->tls_options, "drivers", drivers, NULL);

  return account;
}

static char *export(const char *target, PosternAccount *account, gboolean with_secrets)
{
  g_autoptr(PosternSecret) password = postern_secret_new ("pass word", -1);
  g_autoptr(PosternSecret) token = postern_secret_new ("t0ken", -1);
  const PosternCredentials credentials = { password, token };
  g_autoptr(GError) error = NULL;
  char *text = postern_export (target, account, &credentials, with_secrets, &error);

  g_assert_no_error (error);

  return text;
}

static PosternPlan *
make_plan (PosternAccount *account)
{
  g_autoptr(PosternSecret) password = postern_secret_new ("pass word", -1);
  g_autoptr(PosternSecret) token = postern_secret_new ("t0ken", -1);
  const PosternCredentials credentials = { password, token };
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  PosternPlan *plan = postern_runtime_plan (postern_runtime_get (POSTERN_SYSTEM_UNIFACE), account,
                                            &credentials, findings);

  for (guint i = 0; i < findings->len; i++)
    g_test_message ("%s: %s", postern_finding_get_code (findings->pdata[i]),
                    postern_finding_get_explanation (findings->pdata[i]));
  g_assert_nonnull (plan);

  return plan;
}

static void
assert_same_secret (PosternSecret *a, PosternSecret *b)
{
  gsize length_a = 0;
  gsize length_b = 0;
  const char *bytes_a = a != NULL ? postern_secret_peek (a, &length_a) : "";
  const char *bytes_b = b != NULL ? postern_secret_peek (b, &length_b) : "";

  g_assert_cmpmem (bytes_a, length_a, bytes_b, length_b);
}

/* How the two would log on is the same, to the last secret. */
static void
assert_same (PosternAccount *a, PosternAccount *b)
{
  g_autoptr(PosternPlan) one = make_plan (a);
  g_autoptr(PosternPlan) other = make_plan (b);
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  g_assert_cmpint (one->protocol, ==, other->protocol);
  g_assert_cmpstr (one->host, ==, other->host);
  g_assert_cmpuint (one->port, ==, other->port);
  g_assert_cmpint (one->tls, ==, other->tls);
  g_assert_cmpint (one->prefer_ipv4, ==, other->prefer_ipv4);
  g_assert_cmpstr (one->tls_options_text, ==, other->tls_options_text);
  g_assert_cmpuint (g_hash_table_size (one->tls_options), ==,
                    g_hash_table_size (other->tls_options));
  g_hash_table_iter_init (&iter, one->tls_options);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_assert_cmpstr (value, ==, g_hash_table_lookup (other->tls_options, name));
  g_assert_cmpuint (one->steps->len, ==, other->steps->len);
  for (guint i = 0; i < one->steps->len; i++)
    {
      const PosternPlanStep *step = one->steps->pdata[i];
      const PosternPlanStep *again = other->steps->pdata[i];

      g_assert_cmpint (step->kind, ==, again->kind);
      g_assert_cmpint (step->mandatory, ==, again->mandatory);
      g_assert_cmpstr (step->driver, ==, again->driver);
      g_assert_cmpstr (step->user, ==, again->user);
      g_assert_cmpstr (step->local_fault, ==, again->local_fault);
      assert_same_secret (step->password, again->password);
      assert_same_secret (step->token, again->token);
    }
}

/* The lines stand alone: what the account said in its options, and in its file, is in them. */
static void
test_asn (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAccount) account = make_account (&rows[i]);
      g_autoptr(PosternAccount) again = postern_account_duplicate (account, NULL);
      g_autofree char *text = export("uniface-asn", account, FALSE);
      g_autoptr(PosternAsn) asn = NULL;

      g_test_message ("%s", text);
      g_assert_true (g_str_is_ascii (text));
      write_text ("export.asn", text);
      g_object_set (again, "asn-file", "export.asn", "tls-options", "", NULL);
      assert_same (account, again);

      asn = postern_asn_check ("export.asn", NULL, NULL, NULL);
      for (guint k = 0; k < postern_asn_get_findings (asn)->len; k++)
        g_assert_cmpint (postern_finding_get_severity (postern_asn_get_findings (asn)->pdata[k]),
                         !=, POSTERN_SEVERITY_ERROR);
      for (guint k = 0; rows[i].drivers[k] != NULL; k += 2)
        {
          const char *entry = strchr (rows[i].drivers[k], '=') + 1;
          g_autofree char *name = g_strndup (entry, strcspn (entry, ";\x1b"));

          g_assert_nonnull (postern_asn_lookup_entry (asn, name));
        }
    }
}

static void
test_asn_secrets (void)
{
  const Row row = { "TLS:a.b", POSTERN_PROTOCOL_SMTP, "", NULL, "shared_key=hush hush,cpr_lst=PSK",
                    { NULL } };
  g_autoptr(PosternAccount) account = make_account (&row);
  g_autofree char *hidden = export("uniface-asn", account, FALSE);
  g_autofree char *shown = export("uniface-asn", account, TRUE);

  g_assert_null (strstr (hidden, "hush"));
  g_assert_nonnull (strstr (hidden, "shared_key=<hidden>"));
  g_assert_nonnull (strstr (hidden, "; replace each <hidden> "));
  g_assert_nonnull (strstr (shown, "shared_key=hush hush"));
  g_assert_null (strstr (shown, "hidden"));
}

/* The command asks for the password of the key; for a shared key there is no such option. */
static void
test_command_secrets (void)
{
  const Row key = { "TLS:a.b", POSTERN_PROTOCOL_SMTP,        "",
                    NULL,      TRUSTED ", clt_key_pwd=hush", { NULL } };
  const Row shared = { "TLS:a.b", POSTERN_PROTOCOL_SMTP, "", NULL, "shared_key=hush", { NULL } };
  g_autoptr(PosternAccount) with_key = make_account (&key);
  g_autoptr(PosternAccount) with_shared = make_account (&shared);
  g_autofree char *asking = export("command-line", with_key, FALSE);
  g_autofree char *warning = export("command-line", with_shared, FALSE);

  g_assert_nonnull (strstr (asking, "--key-password-from prompt"));
  g_assert_false (g_str_has_prefix (asking, "#"));
  g_assert_true (g_str_has_prefix (warning, "# <hidden> "));
  g_assert_null (strstr (warning, "--key-password-from"));
  g_assert_null (strstr (asking, "hush"));
  g_assert_null (strstr (warning, "hush"));
}

/* The password of a private key is not in the account, and so it is added. */
static void
test_asn_key_password (void)
{
  const Row row = { "TLS:a.b", POSTERN_PROTOCOL_SMTP, "", NULL, TRUSTED, { NULL } };
  g_autoptr(PosternAccount) account = make_account (&row);
  g_autoptr(PosternSecret) secret = postern_secret_new ("hush", -1);
  const PosternCredentials credentials = { .key_password = secret };

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *text = postern_export ("uniface-asn", account, &credentials, i == 1, NULL);

      g_assert_nonnull (strstr (text, i == 1 ? ", client_key_password=hush\n"
                                             : ", client_key_password=<hidden>\n"));
      g_assert_true ((strstr (text, "hush") != NULL) == (i == 1));
    }
}

/* The account that a script logs on with, as `postern-cli upopmail` reads it. */
static PosternAccount *
import (const char *text, PosternAccount *like)
{
  PosternAccount *account = postern_account_duplicate (like, NULL);
  g_autoptr(PosternProcScript) script = postern_proc_script_parse (text, strlen (text));
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  guint n_logons = 0;

  g_assert_cmpuint (script->n_errors, ==, 0);
  g_object_set (account, "connection", "", "user", "", NULL);
  for (guint i = 0; i < script->statements->len; i++)
    {
      const PosternProcStatement *statement = script->statements->pdata[i];
      const PosternUpopmailCall *call = statement->call;

      if (statement->kind != POSTERN_PROC_CALL)
        continue;
      if (call->operation->id == POSTERN_UPOPMAIL_SET_SECURITY)
        g_ptr_array_add (drivers, postern_driver_ref (call->driver));
      else if (call->operation->id == POSTERN_UPOPMAIL_LOGON_SMTP)
        {
          n_logons++;
          g_assert_cmpstr (call->arguments[1], ==, "");
          g_assert_null (call->password);
          g_object_set (account, "connection", call->arguments[0], NULL);
        }
      else if (call->operation->id == POSTERN_UPOPMAIL_LOGON_MAIL)
        {
          n_logons++;
          g_object_set (account, "connection", call->arguments[0], "user", call->arguments[1],
                        NULL);
        }
    }
  g_object_set (account, "drivers", drivers, NULL);
  g_assert_cmpuint (n_logons, ==, 1);

  return account;
}

static void
test_procscript (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAccount) account = make_account (&rows[i]);
      g_autofree char *hidden = export("uniface-procscript", account, FALSE);
      g_autofree char *text = export("uniface-procscript", account, TRUE);
      g_autoptr(PosternAccount) again = import (text, account);

      g_test_message ("%s", text);
      assert_same (account, again);
      g_assert_null (strstr (hidden, "hunter2"));
      g_assert_null (strstr (hidden, "pass word"));
      g_assert_null (strstr (hidden, "t0ken"));
      g_assert_null (strstr (hidden, "abc"));
      if (rows[i].protocol == POSTERN_PROTOCOL_SMTP)
        {
          g_assert_nonnull (strstr (hidden, "\".SendMail("));
          g_assert_nonnull (strstr (hidden, "\".LogoffSMTP()"));
          g_assert_nonnull (strstr (hidden, "if ($status < 0)"));
        }
      else
        g_assert_nonnull (strstr (hidden, "\".LogoffMail()"));
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *target;
    Row row;
    PosternSystem system;
  } bad[] = {
    { "nosuch", { "a.b", POSTERN_PROTOCOL_SMTP, "", NULL, "", { NULL } }, POSTERN_SYSTEM_UNIFACE },
    { "uniface-asn",
      { "a.b", POSTERN_PROTOCOL_SMTP, "", NULL, "", { NULL } },
      POSTERN_SYSTEM_GENERIC },
    { "uniface-asn",
      { "TLS:a.b", POSTERN_PROTOCOL_SMTP, "", NULL, "", { NULL } },
      POSTERN_SYSTEM_UNIFACE },
    { "uniface-asn",
      { "SSL:a.b", POSTERN_PROTOCOL_SMTP, "", NULL, TRUSTED, { NULL } },
      POSTERN_SYSTEM_UNIFACE },
    { "uniface-asn",
      { "TLS:a.b:p", POSTERN_PROTOCOL_SMTP, "", "[NET_SETTINGS]\np (!00!) ((00))\n", "", { NULL } },
      POSTERN_SYSTEM_UNIFACE },
    { "uniface-procscript",
      { "a.b", POSTERN_PROTOCOL_IMAP, "", NULL, "", { NULL } },
      POSTERN_SYSTEM_UNIFACE },
    { "uniface-procscript",
      { "a.b",
        POSTERN_PROTOCOL_SMTP,
        "",
        NULL,
        "",
        { "SMTP=UAuthLoginSMTP", "USER=a!;b;PASSWORD=x" } },
      POSTERN_SYSTEM_UNIFACE },
    { "uniface-procscript",
      { "a.b", POSTERN_PROTOCOL_POP3, "50%%", NULL, "", { NULL } },
      POSTERN_SYSTEM_UNIFACE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(PosternAccount) account = make_account (&bad[i].row);
      g_autoptr(GError) error = NULL;

      g_object_set (account, "system", bad[i].system, NULL);
      g_assert_null (postern_export (bad[i].target, account, NULL, FALSE, &error));
      g_assert_nonnull (error);
    }
}

/* What a shell makes of the command is tested with the command line itself. */
static void
test_targets (void)
{
  g_autoptr(PosternAccount) account = make_account (&rows[0]);
  gsize n = 0;
  const PosternExportTarget *targets = postern_export_list (&n);

  g_assert_cmpuint (n, >=, 3);
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *text = export(targets[i].name, account, FALSE);

      g_assert_true (postern_export_suits (targets[i].name, account));
      g_assert_true (g_str_has_suffix (text, "\n"));
      g_assert_null (strstr (text, "hunter2"));
    }
  g_object_set (account, "system", POSTERN_SYSTEM_GENERIC, NULL);
  g_assert_true (postern_export_suits ("command-line", account));
  g_assert_false (postern_export_suits ("uniface-asn", account));
}

/* Long and odd values: the file that is written is read as what was meant. */
static void
test_long (void)
{
  g_autoptr(GString) options = g_string_new (TRUSTED ", verify_server_name=");
  g_autofree char *text = NULL;
  g_autofree char *file = NULL;
  g_auto (GStrv) lines = NULL;
  Row row = { "TLS:a.b", POSTERN_PROTOCOL_SMTP, "", NULL, NULL, { NULL } };
  g_autoptr(PosternAccount) account = NULL;
  g_autoptr(PosternAccount) again = NULL;

  for (guint i = 0; i < 100; i++)
    g_string_append_printf (options, "%sdns:host%u.example.org", i > 0 ? "; " : "", i);
  row.tls_options = options->str;
  account = make_account (&row);
  again = postern_account_duplicate (account, NULL);
  text = export("uniface-asn", account, FALSE);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (strlen (lines[i]), <=, 1023);
  write_text ("export.asn", text);
  g_object_set (again, "asn-file", "export.asn", "tls-options", "", NULL);
  assert_same (account, again);
  file = read_text ("export.asn");
  g_assert_cmpstr (file, ==, text);
}

static void
remove_folder (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_remove (name);
  g_dir_close (dir);
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  write_text ("ca.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
  g_test_add_func ("/export/targets", test_targets);
  g_test_add_func ("/export/asn", test_asn);
  g_test_add_func ("/export/asn-secrets", test_asn_secrets);
  g_test_add_func ("/export/command-secrets", test_command_secrets);
  g_test_add_func ("/export/asn-key-password", test_asn_key_password);
  g_test_add_func ("/export/procscript", test_procscript);
  g_test_add_func ("/export/refused", test_refused);
  g_test_add_func ("/export/long", test_long);
  status = g_test_run ();
  remove_folder ();

  return status;
}
