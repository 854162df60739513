/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "uniface-fixture.h"

static void
test_worked_example (Fixture *self, gconstpointer data)
{
  g_object_set (self->account, "asn-file", "mail.asn", NULL);

  g_assert_nonnull (make_plan (self, "TLS:mail.example.org+465:smtp_profile", NULL, NULL));
  g_assert_cmpint (self->plan->tls, ==, POSTERN_TLS_START_IMPLICIT);
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:7");
  g_assert_true (g_str_has_suffix (self->plan->tls_policy->ca_file, "/certs/corp.pem"));
  g_assert_cmpuint (self->plan->tls_policy->names->len, ==, 2);
  g_assert_cmpuint (self->plan->steps->len, ==, 0);
  g_assert_cmpuint (self->findings->len, ==, 0);

  g_assert_nonnull (make_plan (self, "TLS:pop.example.org", NULL, NULL));
  g_assert_cmpuint (self->plan->port, ==, 465);
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:4");
  g_assert_true (g_str_has_suffix (self->plan->tls_policy->ca_file, "/usys/ca-bundle.crt"));

  g_assert_nonnull (make_plan (self, "TLS:pop.example.org+995:POP_PROFILE", NULL, NULL));
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:9");
  g_assert_cmpuint (self->plan->tls_policy->min_version, ==, 0x0303);
  g_assert_true (g_str_has_suffix (self->plan->tls_policy->ca_dir, "/certs"));

  make_plan (self, "TLS:mail.example.org+465:nosuch", NULL, NULL);
  assert_settings_verdict (self, "settings.profile-undefined", "LogonSMTP", -9);
  g_assert_cmpuint (postern_finding_get_column (find (self, "settings.profile-undefined")), ==, 26);
  g_assert_nonnull (strstr (
    postern_finding_get_explanation (find (self, "settings.profile-undefined")), "smtp_profile"));

  set_drivers (self, "SMTP=UStartTLSSMTP", "", NULL);
  g_assert_nonnull (make_plan (self, "mail.example.org+587", NULL, NULL));
  g_assert_cmpint (self->plan->tls, ==, POSTERN_TLS_START_STARTTLS);
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:4");
  g_assert_cmpstr (source (self, "tls_profile"), ==, "[DRIVER_SETTINGS] USYS$TLS_PARAMS");
  g_assert_cmpstr (source (self, "port"), ==, "connection string");
  g_assert_cmpstr (step (self, 0)->driver, ==, "UStartTLSSMTP");
  g_assert_true (step (self, 0)->mandatory);
}

static void
test_own_options (Fixture *self, gconstpointer data)
{
  g_object_set (self->account, "asn-file", "mail.asn", "tls-options",
                "verify_server=yes,ca_cert=certs/corp.pem", NULL);
  make_plan (self, "TLS:mail.example.org", NULL, NULL);
  g_assert_cmpstr (source (self, "tls_options"), ==, "account");
  g_assert_cmpstr (source (self, "tls_profile"), ==, "account, as USYS$TLS_PARAMS");
  make_plan (self, "TLS:mail.example.org:pop_profile", NULL, NULL);
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:9");
  g_assert_cmpstr (source (self, "tls_profile"), ==, "[NET_SETTINGS] pop_profile");

  /* STARTTLS reads the account's options, in place of USYS$TLS_PARAMS, or that itself; a profile
   * never. */
  set_drivers (self, "SMTP=UStartTLSSMTP", "", NULL);
  make_plan (self, "mail.example.org+587", NULL, NULL);
  g_assert_cmpstr (source (self, "tls_profile"), ==, "account, as USYS$TLS_PARAMS");
  set_drivers (self, NULL);
  make_plan (self, "mail.example.org", NULL, NULL);
  g_assert_null (source (self, "tls_profile"));
}

/* Section 9.4: the global file is read before the one of the account, and without one, too. */
static void
test_global (Fixture *self, gconstpointer data)
{
  g_assert_true (g_file_set_contents ("usys/usys.asn",
                                      "[NET_SETTINGS]\nall = verify_server=yes\n"
                                      "pop_profile = verify_server=no\n"
                                      "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=yes\n",
                                      -1, NULL));

  g_object_set (self->account, "asn-file", "mail.asn", NULL);
  g_assert_nonnull (make_plan (self, "TLS:a.example:all", NULL, NULL));
  g_assert_cmpstr (source (self, "tls_options"), ==, "usys.asn:2");
  g_assert_nonnull (make_plan (self, "TLS:a.example:pop_profile", NULL, NULL));
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:9");
  g_assert_nonnull (find (self, "settings.asn-duplicate"));
  make_plan (self, "TLS:a.example:nosuch", NULL, NULL);
  g_assert_nonnull (strstr (
    postern_finding_get_explanation (find (self, "settings.profile-undefined")), "usys.asn"));

  g_object_set (self->account, "asn-file", "", NULL);
  g_assert_nonnull (make_plan (self, "TLS:a.example:all", NULL, NULL));
  g_assert_cmpstr (source (self, "tls_options"), ==, "usys.asn:2");
  set_drivers (self, "SMTP=UStartTLSSMTP", "", NULL);
  g_assert_nonnull (make_plan (self, "a.example+587", NULL, NULL));
  g_assert_cmpstr (source (self, "tls_options"), ==, "usys.asn:5");

  g_assert_cmpint (g_remove ("usys/usys.asn"), ==, 0);
}

/* What only the reading of the files showed is judged like what the plan showed. */
static void
test_late_settings (Fixture *self, gconstpointer data)
{
  static const char *const codes[] = { "settings.option-illegal", "settings.key-password",
                                       "settings.key-mismatch", "settings.file-not-pem" };

  g_object_set (self->account, "asn-file", "mail.asn", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr(PosternFailure) failure = postern_failure_new (codes[i], POSTERN_STEP_SETTINGS);
      PosternNative *native;

      set_drivers (self, NULL);
      make_plan (self, "TLS:mail.example.org", NULL, NULL);
      native = postern_runtime_judge (self->runtime, POSTERN_PROTOCOL_SMTP, self->plan, failure);
      g_assert_cmpint (native->result, ==, -9);
      postern_native_free (native);

      set_drivers (self, "SMTP=UStartTLSSMTP", "", NULL);
      make_plan (self, "mail.example.org+587", NULL, NULL);
      native = postern_runtime_judge (self->runtime, POSTERN_PROTOCOL_SMTP, self->plan, failure);
      g_assert_cmpint (native->result, ==, -8);
      postern_native_free (native);
    }
}

/* spec/uniface.md section 8.2: -9 on a direct connection, -8 with STARTTLS. */
static void
test_settings_verdicts (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *options;
    const char *code;
  } rows[] = {
    { "verify_server=true", "settings.option-illegal" },
    { "verify_server=yes, x=y", "settings.option-unknown" },
    { "verify_server=yes,", "settings.option-incomplete" },
    { "verify_server=no", "settings.no-verification" },
    { "", "settings.no-verification" },
    { "verify_server=yes, ca_cert=nowhere.pem", "settings.file-missing" },
    { "verify_server=yes, ca_cert=mail.asn", "settings.file-not-pem" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_object_set (self->account, "tls-options", rows[i].options, NULL);
      set_drivers (self, NULL);
      make_plan (self, "TLS:a.example", NULL, NULL);
      assert_settings_verdict (self, rows[i].code, "LogonSMTP", -9);
      set_drivers (self, "SMTP=UStartTLSSMTP", "", NULL);
      make_plan (self, "a.example+587", NULL, NULL);
      assert_settings_verdict (self, rows[i].code, "LogonSMTP", -8);
      /* Without TLS nobody reads the options. */
      set_drivers (self, NULL);
      g_assert_nonnull (make_plan (self, "a.example", NULL, NULL));
    }

  g_object_set (self->account, "tls-options", "", "asn-file", "mail.asn", NULL);
  make_plan (self, "TLS:a.example:broken", NULL, NULL);
  assert_settings_verdict (self, "settings.option-illegal", "LogonSMTP", -9);
  g_assert_nonnull (
    strstr (postern_finding_get_explanation (self->findings->pdata[0]), "mail.asn:10"));
  make_plan (self, "TLS:a.example:missing", NULL, NULL);
  assert_settings_verdict (self, "settings.file-missing", "LogonSMTP", -9);

  make_plan (self, "SSL:a.example", NULL, NULL);
  assert_settings_verdict (self, "settings.connection-string", "LogonSMTP", -9);

  g_object_set (self->account, "asn-file", "none", NULL);
  make_plan (self, "a.example", NULL, NULL);
  assert_settings_verdict (self, "settings.file-missing", NULL, 0);
  g_assert_cmpstr (postern_finding_get_field (self->findings->pdata[0]), ==, "asn-file");
  g_assert_nonnull (strstr (postern_finding_get_explanation (self->findings->pdata[0]), "none"));
}

static void
test_shared_key (Fixture *self, gconstpointer data)
{
  g_object_set (self->account, "tls-options", "shared_key=hunter2", NULL);
  g_assert_nonnull (make_plan (self, "TLS:a.example", NULL, NULL));
  g_assert_nonnull (find (self, "settings.not-supported")); /* a warning */
  g_assert_cmpstr (postern_secret_peek (self->plan->tls_policy->shared_key, NULL), ==, "hunter2");
  g_assert_null (strstr (self->plan->tls_options_text, "hunter2"));
}

/* Section 7.1, and the rows of section 12 that one SetSecurity decides. */
static void
test_driver_properties (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *properties;
    const char *code; /* NULL: accepted */
    int result;
    guint n_steps;
    gboolean mandatory;
  } rows[] = {
    { "SMTP=UAuthLoginSMTP", NULL, 0, 1, TRUE },
    { "smtp=UAuthLoginSMTP;use=opt", NULL, 0, 1, FALSE },
    { "SMTP=UAuthLoginSMTP\x1bUSE=MAND", NULL, 0, 1, TRUE },
    { "SMTP=UAuthLoginSMTP\xc2\xb7;USE=Opt", NULL, 0, 1, FALSE },
    { "SMTP=UAuthXOAUTH2SMTP", NULL, 0, 1, TRUE },
    { "SMTP=", NULL, 0, 0, FALSE },
    { "POP=", NULL, 0, 0, FALSE },
    { "SMTP=uauthloginsmtp", "settings.driver-unknown", -5, 0, FALSE },
    { "SMTP=Nonsense", "settings.driver-unknown", -5, 0, FALSE },
    { "POP=UAuthLoginSMTP", "settings.driver-unknown", -5, 0, FALSE },
    { "IMAP=UAuthLoginSMTP", "settings.driver-parameters", -2, 0, FALSE },
    { "UAuthLoginSMTP", "settings.driver-parameters", -2, 0, FALSE },
    { "", "settings.driver-parameters", -2, 0, FALSE },
    { "SMTP=UAuthLoginSMTP;USE=MAYBE", "settings.driver-parameters", -2, 0, FALSE },
    { "SMTP=UAuthLoginSMTP;MAND", "settings.driver-parameters", -2, 0, FALSE },
    { "SMTP=;USE=OPT", "settings.driver-parameters", -2, 0, FALSE },
    { "SMTP=UAuthNTLMSMTP", NULL, 0, 1, TRUE },
    { "POP=UAuthXOAUTH2POP", NULL, 0, 0, FALSE },
    { "SMTP=UAuthXOAUTH2POP", "settings.driver-unknown", -5, 0, FALSE },
  };

  g_object_set (self->account, "user", "me", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].properties);
      set_drivers (self, rows[i].properties, "", NULL);
      make_plan (self, "a.example", "pw", "tok");
      if (rows[i].code != NULL)
        {
          assert_settings_verdict (self, rows[i].code, rows[i].result != 0 ? "SetSecurity" : NULL,
                                   rows[i].result);
          continue;
        }
      g_assert_nonnull (self->plan);
      g_assert_cmpuint (self->plan->steps->len, ==, rows[i].n_steps);
      if (rows[i].n_steps > 0)
        {
          g_assert_cmpint (step (self, 0)->mandatory, ==, rows[i].mandatory);
          g_assert_null (step (self, 0)->local_fault);
        }
    }

  set_drivers (self, "SMTP=uauthloginsmtp", "", NULL);
  make_plan (self, NULL, NULL, NULL);
  g_assert_nonnull (strstr (
    postern_finding_get_explanation (find (self, "settings.driver-unknown")), "UAuthLoginSMTP"));
}

static void
test_removal (Fixture *self, gconstpointer data)
{
  set_drivers (self, "SMTP=UStartTLSSMTP", "", "SMTP=", "", "SMTP=UAuthLoginSMTP", "USER=me", NULL);
  make_plan (self, "a.example", "pw", NULL);
  g_assert_cmpuint (self->plan->steps->len, ==, 1);
  g_assert_cmpstr (step (self, 0)->driver, ==, "UAuthLoginSMTP");
}

static void
test_driver_parameters (Fixture *self, gconstpointer data)
{
  g_autofree char *long_token = g_strnfill (4096, 't');

  set_drivers (self, "SMTP=UAuthLoginSMTP", "user=me;PASSWORD=pw", NULL);
  make_plan (self, "a.example", "other", NULL);
  g_assert_cmpstr (step (self, 0)->user, ==, "me");
  g_assert_cmpstr (postern_secret_peek (step (self, 0)->password, NULL), ==, "pw");
  g_assert_cmpstr (step (self, 0)->mechanisms[0], ==, "LOGIN");
  g_assert_null (step (self, 0)->local_fault);
  g_assert_cmpstr (source (self, "user"), ==, "drivers");

  set_drivers (self, "SMTP=UAuthLoginSMTP", "USER=a%:b\x1b", NULL);
  make_plan (self, NULL, "given", NULL);
  g_assert_cmpstr (step (self, 0)->user, ==, "a%:b");
  g_assert_cmpstr (postern_secret_peek (step (self, 0)->password, NULL), ==, "given");
  g_assert_null (step (self, 0)->local_fault);

  make_plan (self, NULL, NULL, NULL);
  g_assert_nonnull (step (self, 0)->local_fault);
  g_assert_nonnull (find (self, "settings.driver-parameters"));

  set_drivers (self, "SMTP=UAuthXOAUTH2SMTP", "", NULL);
  make_plan (self, NULL, "pw", "tok");
  g_assert_nonnull (step (self, 0)->local_fault); /* no user */
  g_object_set (self->account, "user", "me", NULL);
  make_plan (self, NULL, "pw", "tok");
  g_assert_null (step (self, 0)->local_fault);
  g_assert_null (step (self, 0)->password);
  g_assert_cmpstr (step (self, 0)->mechanisms[0], ==, "XOAUTH2");
  make_plan (self, NULL, "pw", NULL);
  g_assert_nonnull (step (self, 0)->local_fault);
  make_plan (self, NULL, NULL, long_token);
  g_assert_nonnull (step (self, 0)->local_fault);

  set_drivers (self, "SMTP=UStartTLSSMTP", "USER=x", NULL);
  g_object_set (self->account, "tls-options", "verify_server=yes", NULL);
  make_plan (self, NULL, NULL, NULL);
  g_assert_nonnull (step (self, 0)->local_fault);

  set_drivers (self, "SMTP=UAuthLoginSMTP", "USER=me\r\nRSET;PASSWORD=x", NULL);
  g_assert_null (make_plan (self, NULL, NULL, NULL));
  g_assert_nonnull (find (self, "settings.stray-character"));
}

static void
test_lint (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    const char *first;
    const char *second;
    const char *code;
  } rows[] = {
    { "a.example+587", "SMTP=UStartTLSSMTP", "SMTP=UAuthLoginSMTP", NULL },
    { "a.example+587", "SMTP=UAuthLoginSMTP", "SMTP=UStartTLSSMTP", "settings.driver-order" },
    { "a.example+587", "SMTP=UStartTLSSMTP;USE=OPT", "SMTP=UAuthLoginSMTP",
      "settings.driver-order" },
    { "TLS:a.example", "SMTP=UStartTLSSMTP", "SMTP=UAuthLoginSMTP", "settings.driver-order" },
    { "TLS:a.example", "SMTP=UAuthLoginSMTP", "SMTP=UAuthLoginSMTP", "settings.driver-order" },
    { "a.example+587", "SMTP=UAuthLoginSMTP", "POP=", "settings.clear-text-password" },
    { "a.example+465", "SMTP=UStartTLSSMTP", "SMTP=UAuthLoginSMTP", "settings.port-mismatch" },
    { "TLS:a.example+587", "SMTP=UAuthLoginSMTP", "POP=", "settings.port-mismatch" },
    { "TLS:a.example+25", "SMTP=UAuthLoginSMTP", "POP=", "settings.port-mismatch" },
    { "TLS:::1+465", "SMTP=UAuthLoginSMTP", "POP=", "settings.not-supported" },
    { "a.example+587:prof", "SMTP=UStartTLSSMTP", "SMTP=UAuthLoginSMTP",
      "settings.connection-string" },
    { "TLS:a.example", "POP=", "POP=", "settings.no-driver" },
  };

  g_object_set (self->account, "user", "me", "tls-options", "verify_server=yes", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s %s %s", rows[i].connection, rows[i].first, rows[i].second);
      set_drivers (self, rows[i].first, "", rows[i].second, "", NULL);
      g_assert_nonnull (make_plan (self, rows[i].connection, "pw", NULL));
      g_assert_true (self->plan->clear_text_allowed);
      if (rows[i].code == NULL)
        g_assert_cmpuint (self->findings->len, ==, 0);
      else
        g_assert_nonnull (find (self, rows[i].code));
    }
}

static void
test_user_3gl (Fixture *self, gconstpointer data)
{
  g_file_set_contents ("small.asn", "[USER_3GL]\nlib(UStartTLSSMTP)\n", -1, NULL);
  g_object_set (self->account, "asn-file", "small.asn", "user", "me", NULL);
  set_drivers (self, "SMTP=UAuthLoginSMTP", "", NULL);
  g_assert_nonnull (make_plan (self, "a.example", "pw", NULL));
  g_assert_cmpint (postern_finding_get_severity (find (self, "settings.driver-unknown")), ==,
                   POSTERN_SEVERITY_WARNING);
}

static void
test_family (Fixture *self, gconstpointer data)
{
  make_plan (self, "a.example", NULL, NULL);
  g_assert_true (self->plan->prefer_ipv4);
  g_assert_cmpstr (source (self, "family"), ==, "default");

  g_file_set_contents ("tcp.asn", "[driver_settings]\nusys$tcp_params = ub=1, PRF = 6\n", -1, NULL);
  g_object_set (self->account, "asn-file", "tcp.asn", NULL);
  make_plan (self, NULL, NULL, NULL);
  g_assert_false (self->plan->prefer_ipv4);
  g_assert_cmpstr (source (self, "family"), ==, "tcp.asn:2");

  g_object_set (self->account, "family", POSTERN_FAMILY_IPV4, NULL);
  make_plan (self, NULL, NULL, NULL);
  g_assert_cmpint (self->plan->family, ==, POSTERN_FAMILY_IPV4);
  g_assert_cmpstr (source (self, "family"), ==, "account");
}

/* Sections 4.1, 6.1 and 8.2. */
static void
test_judge (Fixture *self, gconstpointer data)
{
  static const struct
  {
    PosternTlsStart tls;
    const char *code;
    PosternStepId failed;
    int result;
    gboolean inferred;
  } rows[] = {
    { POSTERN_TLS_START_NONE, "dns.not-found", POSTERN_STEP_RESOLVE, -9, FALSE },
    { POSTERN_TLS_START_NONE, "connect.refused", POSTERN_STEP_CONNECT, -9, FALSE },
    { POSTERN_TLS_START_NONE, "timeout.connect", POSTERN_STEP_CONNECT, -9, FALSE },
    { POSTERN_TLS_START_NONE, "greeting.refused", POSTERN_STEP_GREETING, -9, TRUE },
    { POSTERN_TLS_START_NONE, "timeout.greeting", POSTERN_STEP_GREETING, -9, TRUE },
    { POSTERN_TLS_START_NONE, "tls.implicit-expected", POSTERN_STEP_GREETING, -9, TRUE },
    { POSTERN_TLS_START_NONE, "protocol.ehlo-refused", POSTERN_STEP_CAPABILITIES, -9, TRUE },
    { POSTERN_TLS_START_IMPLICIT, "tls.handshake", POSTERN_STEP_TLS, -9, TRUE },
    { POSTERN_TLS_START_IMPLICIT, "tls.plain-first", POSTERN_STEP_TLS, -9, TRUE },
    { POSTERN_TLS_START_IMPLICIT, "cert.untrusted-root", POSTERN_STEP_CERTIFICATE, -9, TRUE },
    { POSTERN_TLS_START_IMPLICIT, "timeout.tls", POSTERN_STEP_TLS, -9, TRUE },
    { POSTERN_TLS_START_IMPLICIT, "protocol.closed", POSTERN_STEP_CAPABILITIES_TLS, -9, TRUE },
    { POSTERN_TLS_START_IMPLICIT, "starttls.not-offered", POSTERN_STEP_STARTTLS, -7, FALSE },
    { POSTERN_TLS_START_STARTTLS, "starttls.not-offered", POSTERN_STEP_STARTTLS, -7, FALSE },
    { POSTERN_TLS_START_STARTTLS, "starttls.not-offered", POSTERN_STEP_CAPABILITIES, -7, FALSE },
    { POSTERN_TLS_START_STARTTLS, "starttls.refused", POSTERN_STEP_STARTTLS, -8, FALSE },
    { POSTERN_TLS_START_STARTTLS, "starttls.injected", POSTERN_STEP_STARTTLS, -8, FALSE },
    { POSTERN_TLS_START_STARTTLS, "tls.handshake", POSTERN_STEP_TLS, -8, TRUE },
    { POSTERN_TLS_START_STARTTLS, "cert.untrusted-root", POSTERN_STEP_CERTIFICATE, -8, FALSE },
    { POSTERN_TLS_START_STARTTLS, "cert.name-mismatch", POSTERN_STEP_CERTIFICATE, -8, TRUE },
    { POSTERN_TLS_START_STARTTLS, "protocol.closed", POSTERN_STEP_CAPABILITIES_TLS, -8, FALSE },
    { POSTERN_TLS_START_STARTTLS, "auth.not-offered", POSTERN_STEP_AUTHENTICATE, -7, FALSE },
    { POSTERN_TLS_START_NONE, "auth.mechanism-not-offered", POSTERN_STEP_CAPABILITIES, -7, FALSE },
    { POSTERN_TLS_START_IMPLICIT, "auth.not-offered", POSTERN_STEP_CAPABILITIES_TLS, -7, FALSE },
    { POSTERN_TLS_START_STARTTLS, "auth.credentials", POSTERN_STEP_AUTHENTICATE, -8, FALSE },
    { POSTERN_TLS_START_NONE, "auth.local", POSTERN_STEP_AUTHENTICATE, -8, FALSE },
    { POSTERN_TLS_START_NONE, "timeout.reply", POSTERN_STEP_AUTHENTICATE, -8, FALSE },
    { POSTERN_TLS_START_NONE, "sender.refused", POSTERN_STEP_SENDER, 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = postern_plan_new ();
      g_autoptr(PosternFailure) failure = postern_failure_new (rows[i].code, rows[i].failed);
      g_autoptr(PosternNative) native = NULL;

      plan->tls = rows[i].tls;
      native = postern_runtime_judge (self->runtime, POSTERN_PROTOCOL_SMTP, plan, failure);
      g_test_message ("%s", rows[i].code);
      g_assert_cmpstr (native->call, ==, "LogonSMTP");
      g_assert_cmpint (native->result, ==, rows[i].result);
      g_assert_cmpint (strstr (native->text, "(inferred)") != NULL, ==, rows[i].inferred);
    }
}

static void
test_judge_passed (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternPlan) plan = postern_plan_new ();
  g_autoptr(PosternNative) native =
               postern_runtime_judge (self->runtime, POSTERN_PROTOCOL_SMTP, plan, NULL);

  g_assert_cmpint (native->result, ==, 0);
}

static char *
describe_drivers (PosternAccount *account)
{
  GPtrArray *drivers = postern_account_get_drivers (account);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < drivers->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            postern_driver_get_properties (drivers->pdata[i]));

  return g_string_free (text, FALSE);
}

static void
test_apply (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    const char *change;
    const char *result;
    const char *drivers;
  } rows[] = {
    { "a.example+587", "{'tls': <'implicit'>}", "TLS:a.example+465", "SMTP=UAuthLoginSMTP" },
    { "a.example+587", "{'tls': <'implicit'>, 'port': <uint16 4650>}", "TLS:a.example+4650",
      "SMTP=UAuthLoginSMTP" },
    { "TLS:a.example+465:prof", "{'port': <uint16 466>}", "TLS:a.example+466:prof",
      "SMTP=UStartTLSSMTP;USE=OPT SMTP=UAuthLoginSMTP" },
    { "TLS:a.example+465:prof", "{'tls': <'starttls'>}", "a.example+587",
      "SMTP=UStartTLSSMTP SMTP=UAuthLoginSMTP" },
    { "TLS:a.example+25", "{'tls': <'starttls'>, 'port': <uint16 25>}", "a.example+25",
      "SMTP=UStartTLSSMTP SMTP=UAuthLoginSMTP" },
    { "a.example", "{'tls': <'starttls-if-offered'>}", "a.example",
      "SMTP=UStartTLSSMTP;USE=OPT SMTP=UAuthLoginSMTP" },
    { "a.example", "{'tls': <'none'>}", "a.example", "SMTP=UAuthLoginSMTP" },
    { "tcp:a.example+587", "{'host': <'b.example'>}", "TCP:b.example+587",
      "SMTP=UStartTLSSMTP;USE=OPT SMTP=UAuthLoginSMTP" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GVariant) change = g_variant_parse (NULL, rows[i].change, NULL, NULL, NULL);
      g_autofree char *drivers = NULL;

      set_drivers (self, "SMTP=UStartTLSSMTP;USE=OPT", "", "SMTP=UAuthLoginSMTP", "PASSWORD=pw",
                   NULL);
      g_object_set (self->account, "connection", rows[i].connection, NULL);
      g_assert_true (postern_runtime_apply (self->runtime, self->account, change, NULL));
      drivers = describe_drivers (self->account);
      g_assert_cmpstr (postern_account_get_connection (self->account), ==, rows[i].result);
      g_assert_cmpstr (drivers, ==, rows[i].drivers);
    }
}

/* A secret is nowhere in a plan but in its steps, and in no finding. */
static void
test_secrets (Fixture *self, gconstpointer data)
{
  GHashTableIter iter;
  gpointer value;

  g_object_set (self->account, "tls-options", "verify_server=yes, client_key_password=hunter2",
                NULL);
  set_drivers (self, "SMTP=UAuthLoginSMTP", "USER=me;PASSWORD=hunter2 ", NULL);
  g_assert_nonnull (make_plan (self, "TLS:a.example", "hunter2", "hunter2"));
  g_assert_null (strstr (self->plan->tls_options_text, "hunter2"));
  g_hash_table_iter_init (&iter, self->plan->tls_options);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_assert_null (strstr (value, "hunter2"));
  g_assert_cmpuint (self->findings->len, >, 0);
  for (guint i = 0; i < self->findings->len; i++)
    g_assert_null (strstr (postern_finding_get_explanation (self->findings->pdata[i]), "hunter2"));

  {
    g_autofree char *shown = postern_runtime_hide_password ("TCP:host|me|hunter2|symbol");

    g_assert_cmpstr (shown, ==, "TCP:host|me|<hidden>|symbol");
  }
}

static void
test_random (Fixture *self, gconstpointer data)
{
  static const char *const pieces[] = {
    "SMTP=",
    "POP=",
    "UStartTLSSMTP",
    "UAuthLoginSMTP",
    "UAuthXOAUTH2SMTP",
    "UAuthNTLMSMTP",
    "UAuthSSPISMTP",
    "UAuthXOAUTH2POP",
    "POLICY=",
    "SESSION SECURITY",
    "LM NTLM",
    "SSP=",
    "Negotiate",
    "SPN_USER=",
    "SPN_SERVER=",
    "PASSWORD=",
    ";",
    "\x1b",
    "USE=",
    "OPT",
    "MAND",
    "USER=",
    "TLS:",
    "a.example",
    "+465",
    ":prof",
    "verify_server=yes",
    ",",
    "!",
    "%",
    "=",
    "\xff",
    "\xc2\xb7;",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (19);

  g_object_set (self->account, "asn-file", "mail.asn", NULL);
  for (guint i = 0; i < 20000; i++)
    {
      char *texts[4] = { NULL };

      for (guint j = 0; j < G_N_ELEMENTS (texts); j++)
        {
          GString *text = g_string_new (NULL);
          gint32 n = g_rand_int_range (rand, 0, 8);

          while (n-- > 0)
            {
              if (g_rand_int_range (rand, 0, 5) > 0)
                g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
              else
                g_string_append_c (text, (char) g_rand_int_range (rand, 1, 256));
            }
          texts[j] = g_string_free (text, FALSE);
        }
      set_drivers (self, texts[0], texts[1], "SMTP=UStartTLSSMTP", "", NULL);
      g_object_set (self->account, "tls-options", texts[3], "protocol",
                    i % 3 == 0 ? POSTERN_PROTOCOL_POP3 : POSTERN_PROTOCOL_SMTP, NULL);
      make_plan (self, texts[2], NULL, NULL);
      g_assert_true (self->plan != NULL || self->findings->len > 0);
      for (guint j = 0; j < self->findings->len; j++)
        g_assert_true (
          g_utf8_validate (postern_finding_get_explanation (self->findings->pdata[j]), -1, NULL));
      for (guint j = 0; j < G_N_ELEMENTS (texts); j++)
        g_free (texts[j]);
    }
}

/* UPOPMAIL has LogonSMTP and LogonMail, and nothing that speaks IMAP. */
static void
test_protocols (Fixture *self, gconstpointer data)
{
  g_autoptr(GVariant) imap = g_variant_ref_sink (g_variant_new_parsed ("{'protocol': <'imap'>}"));
  g_autoptr(GVariant) pop3 = g_variant_ref_sink (g_variant_new_parsed ("{'protocol': <'pop3'>}"));
  PosternFinding *finding;

  g_object_set (self->account, "protocol", POSTERN_PROTOCOL_IMAP, "user", "me", NULL);
  g_assert_null (make_plan (self, "TCP:a.example", "pw", NULL));
  finding = find (self, "settings.not-supported");
  g_assert_nonnull (finding);
  g_assert_cmpstr (postern_finding_get_field (finding), ==, "protocol");
  g_assert_nonnull (strstr (postern_finding_get_explanation (finding), "no operation for IMAP"));
  g_assert_null (find (self, "settings.no-driver"));
  assert_settings_verdict (self, "settings.not-supported", NULL, 0);

  g_object_set (self->account, "protocol", POSTERN_PROTOCOL_SMTP, NULL);
  g_assert_false (postern_runtime_apply (self->runtime, self->account, imap, NULL));
  g_assert_true (postern_runtime_apply (self->runtime, self->account, pop3, NULL));
  g_assert_cmpint (postern_account_get_protocol (self->account), ==, POSTERN_PROTOCOL_POP3);
  g_assert_cmpstr (postern_account_get_connection (self->account), ==, "TCP:a.example+25");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  enter_folder ();

  ADD ("/runtime-uniface/worked-example", test_worked_example);
  ADD ("/runtime-uniface/global", test_global);
  ADD ("/runtime-uniface/own-options", test_own_options);
  ADD ("/runtime-uniface/late-settings", test_late_settings);
  ADD ("/runtime-uniface/settings-verdicts", test_settings_verdicts);
  ADD ("/runtime-uniface/shared-key", test_shared_key);
  ADD ("/runtime-uniface/driver-properties", test_driver_properties);
  ADD ("/runtime-uniface/removal", test_removal);
  ADD ("/runtime-uniface/driver-parameters", test_driver_parameters);
  ADD ("/runtime-uniface/lint", test_lint);
  ADD ("/runtime-uniface/user-3gl", test_user_3gl);
  ADD ("/runtime-uniface/protocols", test_protocols);
  ADD ("/runtime-uniface/family", test_family);
  ADD ("/runtime-uniface/judge", test_judge);
  ADD ("/runtime-uniface/judge-passed", test_judge_passed);
  ADD ("/runtime-uniface/apply", test_apply);
  ADD ("/runtime-uniface/secrets", test_secrets);
  ADD ("/runtime-uniface/random", test_random);
  status = g_test_run ();

  g_remove ("small.asn");
  g_remove ("tcp.asn");
  leave_folder ();

  return status;
}
