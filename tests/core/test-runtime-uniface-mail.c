/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "uniface-fixture.h"

/* LogonMail: sections 3.2, 6.2 and 7.3. */
static void
test_mail_connection (Fixture *self, gconstpointer data)
{
  g_object_set (self->account, "protocol", POSTERN_PROTOCOL_POP3, "asn-file", "mail.asn", "user",
                "me", NULL);

  g_assert_nonnull (make_plan (self, "TLS:pop.example.org", "pw", NULL));
  g_assert_cmpint (self->plan->protocol, ==, POSTERN_PROTOCOL_POP3);
  g_assert_cmpint (self->plan->tls, ==, POSTERN_TLS_START_IMPLICIT);
  g_assert_cmpuint (self->plan->port, ==, 995);
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:4");
  g_assert_cmpuint (self->findings->len, ==, 0);

  g_assert_nonnull (make_plan (self, "TLS:pop.example.org+995:pop_profile", "pw", NULL));
  g_assert_cmpstr (source (self, "tls_options"), ==, "mail.asn:9");

  /* No driver begins TLS for POP3: a plain connection stays plain, and that is said. */
  g_assert_nonnull (make_plan (self, "pop.example.org", "pw", NULL));
  g_assert_cmpint (self->plan->tls, ==, POSTERN_TLS_START_NONE);
  g_assert_cmpuint (self->plan->port, ==, 110);
  g_assert_nonnull (find (self, "settings.clear-text-password"));

  make_plan (self, "TLS:pop.example.org:nosuch", "pw", NULL);
  assert_settings_verdict (self, "settings.profile-undefined", "LogonMail", -9);
  set_drivers (self, "POP=UStartTLSSMTP", "", NULL);
  make_plan (self, "pop.example.org", "pw", NULL);
  assert_settings_verdict (self, "settings.driver-unknown", "SetSecurity", -5);
}

/* Which steps LogonMail has: one a driver, and its own where no driver must log on. */
static void
test_mail_steps (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *driver;
    const char *parameters;
    const char *user; /* of LogonMail */
    const char *password;
    const char *token;
    guint n_steps;
    gboolean own;
    gboolean fault; /* of the last step */
    const char *code;
  } rows[] = {
    { "POP=", "", "me", "pw", NULL, 1, TRUE, FALSE, NULL },
    { "POP=", "", "", "pw", NULL, 1, TRUE, TRUE, NULL },
    { "POP=", "", "me", "", NULL, 1, TRUE, TRUE, NULL },
    { "POP=UAuthXOAUTH2POP", "USER=you", "", "", "tok", 1, FALSE, FALSE, NULL },
    { "POP=UAuthXOAUTH2POP", "USER=you", "me", "pw", "", 1, FALSE, TRUE,
      "settings.driver-parameters" },
    { "POP=UAuthXOAUTH2POP;USE=OPT", "USER=you", "me", "pw", "tok", 2, TRUE, FALSE,
      "settings.driver-optional" },
    { "POP=UAuthXOAUTH2POP;USE=OPT", "USER=you", "", "", "tok", 2, TRUE, TRUE, NULL },
    { "SMTP=UAuthLoginSMTP", "", "me", "pw", NULL, 1, TRUE, FALSE, "settings.driver-unused" },
    { "POP=", "", "me", "p\xc3\xa4", NULL, 1, TRUE, FALSE, "settings.stray-character" },
  };

  g_object_set (self->account, "protocol", POSTERN_PROTOCOL_POP3, "tls-options",
                "verify_server=yes", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const PosternPlanStep *last;

      g_test_message ("%s %s %s", rows[i].driver, rows[i].user, rows[i].password);
      g_object_set (self->account, "user", rows[i].user, NULL);
      set_drivers (self, rows[i].driver, rows[i].parameters, NULL);
      g_assert_nonnull (make_plan (self, "TLS:a.example", rows[i].password, rows[i].token));
      g_assert_cmpuint (self->plan->steps->len, ==, rows[i].n_steps);
      last = step (self, rows[i].n_steps - 1);
      g_assert_cmpint (last->local_fault != NULL, ==, rows[i].fault);
      g_assert_cmpint (last->driver == NULL, ==, rows[i].own);
      g_assert_cmpint (last->unasked, ==, rows[i].own);
      g_assert_cmpstr (last->mechanisms[0], ==, rows[i].own ? "USER" : "XOAUTH2");
      if (rows[i].own && !rows[i].fault)
        g_assert_cmpstr (last->user, ==, "me");
      if (rows[i].code != NULL)
        g_assert_nonnull (find (self, rows[i].code));
      else
        g_assert_null (find (self, "settings.driver-parameters"));
    }
}

/* Section 4.1: the statuses of LogonMail. */
static void
test_mail_judge (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *code;
    PosternStepId failed;
    const char *driver;
    gboolean refused;
    int result;
    gboolean inferred;
  } rows[] = {
    { "connect.refused", POSTERN_STEP_CONNECT, NULL, FALSE, -9, FALSE },
    { "greeting.refused", POSTERN_STEP_GREETING, NULL, TRUE, -9, TRUE },
    { "auth.refused-unexplained", POSTERN_STEP_AUTHENTICATE, NULL, TRUE, -2, FALSE },
    { "auth.credentials", POSTERN_STEP_AUTHENTICATE, NULL, TRUE, -2, FALSE },
    { "auth.mailbox-in-use", POSTERN_STEP_AUTHENTICATE, NULL, TRUE, -2, FALSE },
    { "auth.temporary", POSTERN_STEP_AUTHENTICATE, NULL, TRUE, -2, TRUE },
    { "auth.local", POSTERN_STEP_AUTHENTICATE, NULL, FALSE, -2, TRUE },
    { "timeout.reply", POSTERN_STEP_AUTHENTICATE, NULL, FALSE, -9, TRUE },
    { "protocol.closed", POSTERN_STEP_AUTHENTICATE, NULL, FALSE, -9, TRUE },
    { "auth.mechanism-not-offered", POSTERN_STEP_AUTHENTICATE, "UAuthXOAUTH2POP", FALSE, -7,
      FALSE },
    { "auth.token-refused", POSTERN_STEP_AUTHENTICATE, "UAuthXOAUTH2POP", TRUE, -8, FALSE },
    { "auth.local", POSTERN_STEP_AUTHENTICATE, "UAuthXOAUTH2POP", FALSE, -8, FALSE },
    { "usable.mailbox", POSTERN_STEP_USABLE, NULL, TRUE, 0, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternPlan) plan = postern_plan_new ();
      g_autoptr(PosternFailure) failure = postern_failure_new (rows[i].code, rows[i].failed);
      g_autoptr(PosternNative) native = NULL;

      g_test_message ("%s", rows[i].code);
      plan->tls = POSTERN_TLS_START_IMPLICIT;
      postern_plan_add_step (plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
      failure->driver = g_strdup (rows[i].driver);
      failure->refused = rows[i].refused;
      native = postern_runtime_judge (self->runtime, POSTERN_PROTOCOL_POP3, plan, failure);
      g_assert_cmpstr (native->call, ==, "LogonMail");
      g_assert_true (g_str_has_prefix (native->text, "LogonMail would return "));
      g_assert_cmpint (native->result, ==, rows[i].result);
      g_assert_cmpint (strstr (native->text, "(inferred)") != NULL, ==, rows[i].inferred);
    }
}

static void
test_mail_apply (Fixture *self, gconstpointer data)
{
  g_autoptr(GVariant) implicit =
               g_variant_ref_sink (g_variant_new_parsed ("{'tls': <'implicit'>}"));
  g_autoptr(GVariant) none = g_variant_ref_sink (g_variant_new_parsed ("{'tls': <'none'>}"));
  g_autoptr(GVariant) starttls =
               g_variant_ref_sink (g_variant_new_parsed ("{'tls': <'starttls'>}"));

  g_object_set (self->account, "protocol", POSTERN_PROTOCOL_POP3, "connection", "a.example", NULL);
  g_assert_false (postern_runtime_apply (self->runtime, self->account, starttls, NULL));
  g_assert_true (postern_runtime_apply (self->runtime, self->account, implicit, NULL));
  g_assert_cmpstr (postern_account_get_connection (self->account), ==, "TLS:a.example+995");
  g_assert_true (postern_runtime_apply (self->runtime, self->account, none, NULL));
  g_assert_cmpstr (postern_account_get_connection (self->account), ==, "a.example+110");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  enter_folder ();

  ADD ("/runtime-uniface-mail/connection", test_mail_connection);
  ADD ("/runtime-uniface-mail/steps", test_mail_steps);
  ADD ("/runtime-uniface-mail/judge", test_mail_judge);
  ADD ("/runtime-uniface-mail/apply", test_mail_apply);
  status = g_test_run ();

  leave_folder ();

  return status;
}
