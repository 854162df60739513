/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-generic-address.h"
#include "runtime/postern-runtime.h"
#include "test-pki.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  PosternAccount *account;
  GPtrArray *findings;
  PosternPlan *plan;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->account = postern_account_new (NULL);
  self->findings = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->plan, postern_plan_unref);
  g_ptr_array_unref (self->findings);
  g_assert_finalize_object (self->account);
}

static PosternPlan *
make_plan (Fixture *self, const char *connection, const char *password, const char *token)
{
  g_autoptr(PosternSecret) p = password != NULL ? postern_secret_new (password, -1) : NULL;
  g_autoptr(PosternSecret) t = token != NULL ? postern_secret_new (token, -1) : NULL;
  PosternCredentials credentials = { p, t };

  g_clear_pointer (&self->plan, postern_plan_unref);
  g_ptr_array_set_size (self->findings, 0);
  if (connection != NULL)
    g_object_set (self->account, "connection", connection, NULL);
  self->plan = postern_runtime_plan (postern_runtime_get (POSTERN_SYSTEM_GENERIC), self->account,
                                     &credentials, self->findings);
  return self->plan;
}

static PosternFinding *
find (Fixture *self, const char *code)
{
  for (guint i = 0; i < self->findings->len; i++)
    {
      if (strcmp (postern_finding_get_code (self->findings->pdata[i]), code) == 0)
        return self->findings->pdata[i];
    }

  return NULL;
}

static const char *
source (Fixture *self, const char *setting)
{
  return g_hash_table_lookup (self->plan->sources, setting);
}

#define IMPLICIT POSTERN_TLS_START_IMPLICIT
#define STARTTLS POSTERN_TLS_START_STARTTLS

static void
test_endpoints (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    PosternTlsStart wanted;
    const char *host;
    guint16 port;
    PosternTlsStart tls;
    const char *tls_source;
    gboolean mismatch;
  } rows[] = {
    { "smtp://a.example", 0, "a.example", 25, STARTTLS, "connection", FALSE },
    { "smtp://a.example/", 0, "a.example", 25, STARTTLS, "connection", FALSE },
    { "SMTPS://a.example", 0, "a.example", 465, IMPLICIT, "connection", FALSE },
    { "submission://a.example", 0, "a.example", 587, STARTTLS, "connection", FALSE },
    { "smtps://a.example:587", 0, "a.example", 587, IMPLICIT, "connection", TRUE },
    { "smtp://a.example:465", 0, "a.example", 465, STARTTLS, "connection", TRUE },
    { "a.example", 0, "a.example", 25, STARTTLS, "default", FALSE },
    { "a.example:465", 0, "a.example", 465, IMPLICIT, "port 465", FALSE },
    { "a.example:2500", 0, "a.example", 2500, STARTTLS, "default", FALSE },
    { "a.example", IMPLICIT, "a.example", 465, IMPLICIT, "account", FALSE },
    { "a.example:465", STARTTLS, "a.example", 465, STARTTLS, "account", TRUE },
    { "smtps://a.example", POSTERN_TLS_START_NONE, "a.example", 465, POSTERN_TLS_START_NONE,
      "account", TRUE },
    { "[::1]:25", 0, "::1", 25, STARTTLS, "default", FALSE },
    { "::1", 0, "::1", 25, STARTTLS, "default", FALSE },
    { "smtp://[::1]", 0, "::1", 25, STARTTLS, "connection", FALSE },
    { " 127.0.0.1:1 ", 0, "127.0.0.1", 1, STARTTLS, "default", FALSE },
    { "m\xc3\xbcller.example", 0, "xn--mller-kva.example", 25, STARTTLS, "default", FALSE },
    { "imap://a.example", 0, "a.example", 143, STARTTLS, "connection", FALSE },
    { "imaps://a.example", 0, "a.example", 993, IMPLICIT, "connection", FALSE },
    { "pop3://a.example", 0, "a.example", 110, STARTTLS, "connection", FALSE },
    { "POP3S://a.example", 0, "a.example", 995, IMPLICIT, "connection", FALSE },
    { "a.example:993", 0, "a.example", 993, IMPLICIT, "port 993", FALSE },
    { "a.example:143", 0, "a.example", 143, STARTTLS, "default", FALSE },
    { "imap://a.example:993", 0, "a.example", 993, STARTTLS, "connection", TRUE },
    { "pop3s://a.example:110", 0, "a.example", 110, IMPLICIT, "connection", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      PosternPlan *plan;

      g_object_set (self->account, "tls", rows[i].wanted, NULL);
      plan = make_plan (self, rows[i].connection, NULL, NULL);
      g_test_message ("%s", rows[i].connection);
      g_assert_nonnull (plan);
      g_assert_cmpstr (plan->host, ==, rows[i].host);
      g_assert_cmpuint (plan->port, ==, rows[i].port);
      g_assert_cmpint (plan->tls, ==, rows[i].tls);
      g_assert_cmpstr (source (self, "tls"), ==, rows[i].tls_source);
      g_assert_cmpint (find (self, "settings.port-mismatch") != NULL, ==, rows[i].mismatch);
      g_assert_cmpuint (plan->steps->len, ==, rows[i].tls == STARTTLS ? 1 : 0);
      g_assert_cmpint (plan->clear_text_allowed, ==, rows[i].tls == POSTERN_TLS_START_NONE);
    }
}

/* The scheme says it, else the account, else the port. */
static void
test_protocols (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    PosternProtocol wanted;
    PosternProtocol protocol;
    guint16 port;
    const char *source;
  } rows[] = {
    { "a.example", POSTERN_PROTOCOL_SMTP, POSTERN_PROTOCOL_SMTP, 25, "account" },
    { "a.example", POSTERN_PROTOCOL_POP3, POSTERN_PROTOCOL_POP3, 110, "account" },
    { "a.example", POSTERN_PROTOCOL_IMAP, POSTERN_PROTOCOL_IMAP, 143, "account" },
    { "a.example:993", POSTERN_PROTOCOL_SMTP, POSTERN_PROTOCOL_IMAP, 993, "port 993" },
    { "a.example:110", POSTERN_PROTOCOL_SMTP, POSTERN_PROTOCOL_POP3, 110, "port 110" },
    { "a.example:993", POSTERN_PROTOCOL_POP3, POSTERN_PROTOCOL_POP3, 993, "account" },
    { "imap://a.example", POSTERN_PROTOCOL_SMTP, POSTERN_PROTOCOL_IMAP, 143, "connection" },
    { "pop3s://a.example", POSTERN_PROTOCOL_POP3, POSTERN_PROTOCOL_POP3, 995, "connection" },
  };
  const char *text;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      PosternPlan *plan;

      g_test_message ("%s", rows[i].connection);
      g_object_set (self->account, "protocol", rows[i].wanted, NULL);
      plan = make_plan (self, rows[i].connection, NULL, NULL);
      g_assert_nonnull (plan);
      g_assert_cmpint (plan->protocol, ==, rows[i].protocol);
      g_assert_cmpuint (plan->port, ==, rows[i].port);
      g_assert_cmpstr (source (self, "protocol"), ==, rows[i].source);
    }

  g_object_set (self->account, "protocol", POSTERN_PROTOCOL_POP3, NULL);
  g_assert_null (make_plan (self, "imap://a.example", NULL, NULL));
  text = postern_finding_get_explanation (find (self, "settings.connection-string"));
  g_assert_nonnull (strstr (text, "imap://"));
  g_assert_nonnull (strstr (text, "POP3"));
}

static void
test_faults (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    const char *code;
    guint column;
  } rows[] = {
    { "", "settings.connection-string", 1 },
    { "smtp://", "settings.connection-string", 8 },
    { "http://a.example", "settings.connection-string", 1 },
    { "smtp://me:hunter2@a.example", "settings.connection-string", 10 },
    { "smtp://me:hunter2 x@a.example", "settings.connection-string", 18 },
    { "me:hunter2@a.example", "settings.connection-string", 1 },
    { "smtp://%zz@a.example", "settings.connection-string", 8 },
    { "smtp://@a.example", "settings.connection-string", 8 },
    { "a.example:", "settings.connection-string", 11 },
    { "a.example:0", "settings.connection-string", 11 },
    { "a.example:65536", "settings.connection-string", 11 },
    { "a.example:2x", "settings.connection-string", 12 },
    { "a.example:2:3", "settings.connection-string", 12 },
    { "[::1", "settings.connection-string", 1 },
    { "[a.example]:25", "settings.connection-string", 2 },
    { "[::1]25", "settings.connection-string", 6 },
    { "smtp://::1", "settings.connection-string", 9 },
    { "smtp://a.example/x", "settings.connection-string", 17 },
    { "a example", "settings.connection-string", 2 },
    { "a.example\r\nQUIT", "settings.connection-string", 10 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      PosternFinding *finding;
      g_autofree char *shown = postern_runtime_hide_password (rows[i].connection);

      g_test_message ("%s", rows[i].connection);
      g_assert_null (make_plan (self, rows[i].connection, NULL, NULL));
      finding = find (self, rows[i].code);
      g_assert_nonnull (finding);
      g_assert_cmpint (postern_finding_get_severity (finding), ==, POSTERN_SEVERITY_ERROR);
      g_assert_cmpstr (postern_finding_get_field (finding), ==, "connection");
      g_assert_cmpuint (postern_finding_get_column (finding), ==, rows[i].column);
      g_assert_null (strstr (postern_finding_get_explanation (finding), "hunter2"));
      g_assert_null (strstr (shown, "hunter2"));
    }
}

static PosternPlanStep *
last_step (Fixture *self)
{
  return self->plan->steps->pdata[self->plan->steps->len - 1];
}

static void
test_authentication (Fixture *self, gconstpointer data)
{
  const char *const oauth[] = { "xoauth2", NULL };
  const char *const external[] = { "EXTERNAL", NULL };
  const char *const none[] = { NULL };

  make_plan (self, "smtps://j%40x@a.example", "pw", NULL);
  g_assert_cmpuint (self->plan->steps->len, ==, 1);
  g_assert_cmpstr (last_step (self)->user, ==, "j@x");
  g_assert_cmpstr (source (self, "user"), ==, "connection");
  g_assert_null (last_step (self)->local_fault);
  g_assert_cmpuint (self->findings->len, ==, 0);

  g_object_set (self->account, "user", "me", NULL);
  make_plan (self, NULL, NULL, NULL);
  g_assert_cmpstr (last_step (self)->user, ==, "me");
  g_assert_cmpstr (source (self, "user"), ==, "account");
  g_assert_nonnull (last_step (self)->local_fault);

  g_object_set (self->account, "mechanisms", oauth, NULL);
  make_plan (self, NULL, "pw", NULL);
  g_assert_cmpstr (last_step (self)->mechanisms[0], ==, "XOAUTH2");
  g_assert_nonnull (last_step (self)->local_fault);
  make_plan (self, NULL, NULL, "tok");
  g_assert_null (last_step (self)->local_fault);

  g_object_set (self->account, "mechanisms", external, "user", "", NULL);
  make_plan (self, "smtps://a.example", NULL, NULL);
  g_assert_null (last_step (self)->local_fault);

  g_object_set (self->account, "mechanisms", none, NULL);
  make_plan (self, NULL, "pw", NULL);
  g_assert_nonnull (last_step (self)->local_fault);
  make_plan (self, NULL, NULL, NULL);
  g_assert_cmpuint (self->plan->steps->len, ==, 0);
}

/* The protocols' own ways to log on, by whatever name, and what needs no password. */
static void
test_mechanisms (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *wanted;
    const char *name;
    const char *user;
    const char *password;
    gboolean fault;
  } rows[] = {
    { "USER", "USER", "me", "pw", FALSE },
    { "user/pass", "USER", "me", "pw", FALSE },
    { "USERPASS", "USER", "me", "pw", FALSE },
    { "Pass", "USER", "me", "pw", FALSE },
    { "USER", "USER", "me", NULL, TRUE },
    { "apop", "APOP", "me", "pw", FALSE },
    { "APOP", "APOP", "me", NULL, TRUE },
    { "login-command", "LOGIN-COMMAND", "me", "pw", FALSE },
    { "LOGIN-COMMAND", "LOGIN-COMMAND", NULL, "pw", TRUE },
    { "GSSAPI", "GSSAPI", NULL, NULL, FALSE },
    { "GS2-KRB5", "GS2-KRB5", NULL, NULL, FALSE },
    { "ANONYMOUS", "ANONYMOUS", NULL, NULL, FALSE },
    { "external", "EXTERNAL", "me", NULL, FALSE },
    { "OAUTHBEARER", "OAUTHBEARER", "me", "pw", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *const wanted[] = { rows[i].wanted, NULL };

      g_test_message ("%s", rows[i].wanted);
      g_object_set (self->account, "mechanisms", wanted, "user", rows[i].user, NULL);
      make_plan (self, "imaps://a.example", rows[i].password, NULL);
      g_assert_nonnull (self->plan);
      g_assert_cmpuint (self->plan->steps->len, ==, 1);
      g_assert_cmpuint (g_strv_length (last_step (self)->mechanisms), ==, 1);
      g_assert_cmpstr (last_step (self)->mechanisms[0], ==, rows[i].name);
      g_assert_cmpint (last_step (self)->local_fault != NULL, ==, rows[i].fault);
      g_assert_true (last_step (self)->mandatory);
    }
}

static void
write_file (const char *path, const char *contents)
{
  g_autoptr(GError) error = NULL;

  g_file_set_contents (path, contents, -1, &error);
  g_assert_no_error (error);
}

/* A client certificate may log on, but nobody has said that it must. */
static void
test_client_certificate (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *user;
    const char *password;
    PosternTlsStart tls;
    guint n_steps;
    gboolean mandatory;
    const char *mechanism;
  } rows[] = {
    { NULL, NULL, IMPLICIT, 1, FALSE, "EXTERNAL" },
    { "me", NULL, IMPLICIT, 1, TRUE, NULL },
    { "me", "pw", IMPLICIT, 1, TRUE, NULL },
    { NULL, NULL, STARTTLS, 2, FALSE, "EXTERNAL" },
    { NULL, NULL, POSTERN_TLS_START_NONE, 0, FALSE, NULL },
  };
  g_autofree char *folder = g_dir_make_tmp ("postern-generic-XXXXXX", NULL);
  g_autofree char *certificate = g_build_filename (folder, "a.pem", NULL);
  g_autofree char *options = g_strdup_printf (
    "verify_client=yes, client_certificate=%s, client_key=%s", certificate, certificate);
  g_autoptr(TestCert) cert = test_cert_new (&(TestCertSpec){ .cn = "me" }, NULL, NULL);
  g_autofree char *key_pem = test_cert_key_pem (cert);
  g_autofree char *cert_pem = test_cert_pem (cert, NULL);
  g_autofree char *both = g_strconcat (cert_pem, key_pem, NULL);

  write_file (certificate, both);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_object_set (self->account, "user", rows[i].user, "tls", rows[i].tls, "tls-options", options,
                    NULL);
      make_plan (self, "imap://a.example", rows[i].password, NULL);
      g_assert_nonnull (self->plan);
      g_assert_cmpuint (self->plan->steps->len, ==, rows[i].n_steps);
      if (rows[i].n_steps == 0)
        continue;
      g_assert_cmpint (last_step (self)->mandatory, ==, rows[i].mandatory);
      g_assert_cmpstr (last_step (self)->mechanisms[0], ==, rows[i].mechanism);
      g_assert_null (last_step (self)->local_fault);
    }
  g_assert_cmpint (g_remove (certificate), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_clear_text (Fixture *self, gconstpointer data)
{
  const char *const cram[] = { "CRAM-MD5", NULL };

  g_object_set (self->account, "user", "me", "tls", POSTERN_TLS_START_NONE, NULL);
  make_plan (self, "a.example", "pw", NULL);
  g_assert_nonnull (find (self, "settings.clear-text-password"));
  g_assert_true (self->plan->clear_text_allowed);

  g_object_set (self->account, "tls", POSTERN_TLS_START_STARTTLS_IF_OFFERED, NULL);
  make_plan (self, NULL, "pw", NULL);
  g_assert_nonnull (find (self, "settings.clear-text-password"));
  g_assert_false (((PosternPlanStep *) self->plan->steps->pdata[0])->mandatory);

  g_object_set (self->account, "mechanisms", cram, NULL);
  make_plan (self, NULL, "pw", NULL);
  g_assert_null (find (self, "settings.clear-text-password"));

  g_object_set (self->account, "tls", POSTERN_TLS_START_STARTTLS, NULL);
  make_plan (self, NULL, "pw", NULL);
  g_assert_cmpuint (self->findings->len, ==, 0);
  g_assert_false (self->plan->clear_text_allowed);
}

static void
test_stray (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *user;
    const char *password;
    gboolean finding;
    gboolean error;
  } rows[] = {
    { "me", "open sesame", FALSE, FALSE }, { "me ", "pw", TRUE, FALSE },
    { "me", "hunter2 ", TRUE, FALSE },     { "me", " hunter2", TRUE, FALSE },
    { "me\xc2\xa0", "pw", TRUE, FALSE },   { "me", "hunter2\xe2\x80\x8b", TRUE, FALSE },
    { "m\xd0\xb5", "pw", TRUE, FALSE },    { "me", "hunter2\xc3\xbc", TRUE, FALSE },
    { "me", "hunter2\xff", TRUE, FALSE },  { "me\r\nRSET", "pw", TRUE, TRUE },
    { "me", "hunter2\n", TRUE, TRUE },     { "me", "hunter2\rx", TRUE, TRUE },
    { "me\t", "pw", TRUE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      PosternFinding *finding;

      g_object_set (self->account, "user", rows[i].user, NULL);
      make_plan (self, "smtps://a.example", rows[i].password, NULL);
      finding = find (self, "settings.stray-character");
      g_assert_cmpint (finding != NULL, ==, rows[i].finding);
      g_assert_cmpint (self->plan == NULL, ==, rows[i].error);
      if (finding != NULL)
        g_assert_null (strstr (postern_finding_get_explanation (finding), "hunter2"));
    }
}

static void
test_nul_in_password (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSecret) secret = postern_secret_new ("a\0b", 3);
  PosternCredentials credentials = { secret, NULL };

  g_object_set (self->account, "connection", "smtps://me@a.example", NULL);
  g_assert_null (postern_runtime_plan (postern_runtime_get (POSTERN_SYSTEM_GENERIC), self->account,
                                       &credentials, self->findings));
  g_assert_nonnull (find (self, "settings.stray-character"));
}

static void
test_limits_and_names (Fixture *self, gconstpointer data)
{
  make_plan (self, "a.example", NULL, NULL);
  g_assert_cmpuint (self->plan->connect_timeout, ==, 10000);
  g_assert_cmpuint (self->plan->greeting_timeout, ==, 30000);
  g_assert_cmpuint (self->plan->reply_timeout, ==, 30000);
  g_assert_cmpuint (self->plan->handshake_timeout, ==, 15000);
  g_assert_cmpuint (self->plan->total_timeout, ==, 30000);
  g_assert_true (self->plan->tls_policy->system_store);

  g_object_set (self->account, "connect-timeout", 1u, "step-timeout", 2u, "total-timeout", 3u,
                "connect-to", "[::1]:2525", "ehlo-name", "me.example", "family",
                POSTERN_FAMILY_IPV6, NULL);
  make_plan (self, NULL, NULL, NULL);
  g_assert_cmpuint (self->plan->connect_timeout, ==, 1);
  g_assert_cmpuint (self->plan->greeting_timeout, ==, 2);
  g_assert_cmpuint (self->plan->reply_timeout, ==, 2);
  g_assert_cmpuint (self->plan->handshake_timeout, ==, 2);
  g_assert_cmpuint (self->plan->total_timeout, ==, 3);
  g_assert_cmpstr (self->plan->connect_host, ==, "::1");
  g_assert_cmpuint (self->plan->connect_port, ==, 2525);
  g_assert_cmpstr (self->plan->host, ==, "a.example");
  g_assert_cmpstr (self->plan->ehlo_name, ==, "me.example");
  g_assert_cmpint (self->plan->family, ==, POSTERN_FAMILY_IPV6);

  g_object_set (self->account, "ehlo-name", "me\r\nRSET", "connect-to", "x y", NULL);
  g_assert_null (make_plan (self, NULL, NULL, NULL));
  g_assert_cmpstr (postern_finding_get_field (find (self, "settings.stray-character")), ==,
                   "ehlo-name");
  g_assert_cmpstr (postern_finding_get_field (find (self, "settings.connection-string")), ==,
                   "connect-to");
}

static void
test_tls_options (Fixture *self, gconstpointer data)
{
  g_object_set (self->account, "tls-options",
                "min_tls_version=1.3,verify_server_name=dns:b.example", NULL);
  make_plan (self, "a.example", NULL, NULL);
  g_assert_cmpuint (self->plan->tls_policy->min_version, ==, 0x0304);
  g_assert_cmpstr (self->plan->tls_options_text, ==,
                   "min_tls_version=1.3, verify_server_name=dns:b.example");
  g_assert_cmpstr (g_hash_table_lookup (self->plan->tls_options, "verify_server"), ==, "yes");
  g_assert_cmpstr (source (self, "tls_options"), ==, "account");

  g_object_set (self->account, "tls-options", "verify_server=yes, nonsense=1", NULL);
  g_assert_null (make_plan (self, NULL, NULL, NULL));
  g_assert_cmpuint (postern_finding_get_column (find (self, "settings.option-unknown")), ==, 20);

  g_object_set (self->account, "tls-options", "", "crl-file", "/nowhere/x.crl", NULL);
  g_assert_null (make_plan (self, NULL, NULL, NULL));
  g_assert_nonnull (strstr (postern_finding_get_explanation (find (self, "settings.file-missing")),
                            "/nowhere/x.crl"));
}

static void
test_apply (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    PosternTlsStart tls;
    const char *change;
    const char *result;
    PosternTlsStart tls_after;
  } rows[] = {
    { "a.example", 0, "{'port': <uint16 587>}", "a.example:587", 0 },
    { "a.example:25", 0, "{'port': <uint16 465>, 'tls': <'implicit'>}", "a.example:465", IMPLICIT },
    { "smtp://me@a.example", 0, "{'tls': <'implicit'>}", "smtps://me@a.example", 0 },
    { "smtps://a.example:465", 0, "{'tls': <'starttls'>, 'port': <uint16 587>}",
      "submission://a.example:587", 0 },
    { "smtps://a.example", 0, "{'tls': <'starttls'>}", "submission://a.example", 0 },
    { "smtp://a.example", 0, "{'tls': <'none'>}", "smtp://a.example", POSTERN_TLS_START_NONE },
    { "a.example:587", IMPLICIT, "{'tls': <'starttls'>}", "a.example:587", STARTTLS },
    { "a.example:587", 0, "{'host': <'b.example'>}", "b.example:587", 0 },
    { "a.example:587", 0, "{'host': <'::1'>}", "[::1]:587", 0 },
    { "a.example", 0, "{'user': <'you'>, 'family': <'ipv4'>, 'total-timeout': <uint32 9>}",
      "a.example", 0 },
  };
  PosternRuntime *runtime = postern_runtime_get (POSTERN_SYSTEM_GENERIC);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GVariant) change = g_variant_parse (NULL, rows[i].change, NULL, NULL, NULL);

      g_object_set (self->account, "connection", rows[i].connection, "tls", rows[i].tls, NULL);
      g_test_message ("%s %s", rows[i].connection, rows[i].change);
      g_assert_true (postern_runtime_apply (runtime, self->account, change, NULL));
      g_assert_cmpstr (postern_account_get_connection (self->account), ==, rows[i].result);
      g_assert_cmpint (postern_account_get_tls (self->account), ==, rows[i].tls_after);
    }
  g_assert_cmpstr (postern_account_get_user (self->account), ==, "you");
  g_assert_cmpint (postern_account_get_family (self->account), ==, POSTERN_FAMILY_IPV4);
  g_assert_cmpuint (postern_account_get_total_timeout (self->account), ==, 9);
}

/* A change of the protocol is for a server that was found where the account says: the plan is for
 * that port afterwards, and for that protocol, whatever scheme or port say now. */
static void
test_apply_protocol (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    PosternProtocol protocol;
    const char *change;
    const char *result;
    PosternProtocol plan;
    guint16 port;
    PosternTlsStart tls;
  } rows[] = {
    { "a.example", POSTERN_PROTOCOL_SMTP, "{'protocol': <'imap'>}", "a.example:25",
      POSTERN_PROTOCOL_IMAP, 25, STARTTLS },
    { "smtp://a.example", POSTERN_PROTOCOL_SMTP, "{'protocol': <'imap'>}", "imap://a.example:25",
      POSTERN_PROTOCOL_IMAP, 25, STARTTLS },
    { "smtps://me@a.example:2500", POSTERN_PROTOCOL_SMTP, "{'protocol': <'pop3'>}",
      "pop3s://me@a.example:2500", POSTERN_PROTOCOL_POP3, 2500, IMPLICIT },
    { "imap://a.example", POSTERN_PROTOCOL_SMTP, "{'protocol': <'pop3'>}", "pop3://a.example:143",
      POSTERN_PROTOCOL_POP3, 143, STARTTLS },
    { "imap://a.example", POSTERN_PROTOCOL_IMAP, "{'protocol': <'smtp'>}", "smtp://a.example:143",
      POSTERN_PROTOCOL_SMTP, 143, STARTTLS },
    { "a.example:143", POSTERN_PROTOCOL_SMTP, "{'protocol': <'smtp'>}", "smtp://a.example:143",
      POSTERN_PROTOCOL_SMTP, 143, STARTTLS },
    { "a.example:995", POSTERN_PROTOCOL_POP3, "{'protocol': <'smtp'>}", "smtps://a.example:995",
      POSTERN_PROTOCOL_SMTP, 995, IMPLICIT },
    { "a.example:995", POSTERN_PROTOCOL_POP3, "{'protocol': <'imap'>}", "a.example:995",
      POSTERN_PROTOCOL_IMAP, 995, IMPLICIT },
    { "imaps://a.example:110", POSTERN_PROTOCOL_IMAP,
      "{'protocol': <'pop3'>, 'tls': <'starttls'>, 'port': <uint16 110>}", "pop3://a.example:110",
      POSTERN_PROTOCOL_POP3, 110, STARTTLS },
    { "imaps://a.example", POSTERN_PROTOCOL_SMTP, "{'tls': <'starttls'>, 'port': <uint16 143>}",
      "imap://a.example:143", POSTERN_PROTOCOL_IMAP, 143, STARTTLS },
    { "pop3://a.example", POSTERN_PROTOCOL_SMTP, "{'tls': <'implicit'>, 'port': <uint16 995>}",
      "pop3s://a.example:995", POSTERN_PROTOCOL_POP3, 995, IMPLICIT },
  };
  PosternRuntime *runtime = postern_runtime_get (POSTERN_SYSTEM_GENERIC);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GVariant) change = g_variant_parse (NULL, rows[i].change, NULL, NULL, NULL);

      g_object_set (self->account, "connection", rows[i].connection, "protocol", rows[i].protocol,
                    "tls", POSTERN_TLS_START_DEFAULT, NULL);
      g_test_message ("%s %s", rows[i].connection, rows[i].change);
      g_assert_true (postern_runtime_apply (runtime, self->account, change, NULL));
      g_assert_cmpstr (postern_account_get_connection (self->account), ==, rows[i].result);
      g_assert_nonnull (make_plan (self, NULL, NULL, NULL));
      g_assert_cmpint (self->plan->protocol, ==, rows[i].plan);
      g_assert_cmpuint (self->plan->port, ==, rows[i].port);
      g_assert_cmpint (self->plan->tls, ==, rows[i].tls);
    }
}

static void
test_apply_refused (Fixture *self, gconstpointer data)
{
  static const char *const changes[] = {
    "{'port': <'25'>}",     "{'tls': <'ssl'>}", "{'nonsense': <'x'>}",
    "{'user': <uint32 1>}", "{'id': <'x'>}",    "{'protocol': <'nntp'>}",
  };
  PosternRuntime *runtime = postern_runtime_get (POSTERN_SYSTEM_GENERIC);

  g_object_set (self->account, "connection", "a.example", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr(GVariant) change = g_variant_parse (NULL, changes[i], NULL, NULL, NULL);

      g_assert_false (postern_runtime_apply (runtime, self->account, change, NULL));
      g_assert_cmpstr (postern_account_get_connection (self->account), ==, "a.example");
    }
}

static void
test_judge (Fixture *self, gconstpointer data)
{
  g_assert_null (postern_runtime_judge (postern_runtime_get (POSTERN_SYSTEM_GENERIC),
                                        POSTERN_PROTOCOL_SMTP, NULL, NULL));
}

static void
test_random (Fixture *self, gconstpointer data)
{
  static const char *const pieces[] = {
    "smtp://",   "smtps://", "@", ":",  "[",    "]", "::1", "25",
    "a.example", "%41",      "/", "me", "\xff", " ", "\n",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (17);

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      gint32 n = g_rand_int_range (rand, 0, 10);

      while (n-- > 0)
        {
          if (g_rand_int_range (rand, 0, 4) > 0)
            g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
          else
            g_string_append_c (text, (char) g_rand_int_range (rand, 1, 256));
        }
      g_object_set (self->account, i % 2 ? "user" : "connect-to", text->str, NULL);
      make_plan (self, text->str, text->str, NULL);
      g_assert_true (self->plan != NULL || self->findings->len > 0);
    }
}

#define ADD(name, func)                                                                            \
  g_test_add ("/runtime-generic/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("endpoints", test_endpoints);
  ADD ("protocols", test_protocols);
  ADD ("faults", test_faults);
  ADD ("authentication", test_authentication);
  ADD ("mechanisms", test_mechanisms);
  ADD ("client-certificate", test_client_certificate);
  ADD ("clear-text", test_clear_text);
  ADD ("stray", test_stray);
  ADD ("nul-in-password", test_nul_in_password);
  ADD ("limits-and-names", test_limits_and_names);
  ADD ("tls-options", test_tls_options);
  ADD ("apply", test_apply);
  ADD ("apply-protocol", test_apply_protocol);
  ADD ("apply-refused", test_apply_refused);
  ADD ("judge", test_judge);
  ADD ("random", test_random);

  return g_test_run ();
}
