/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "uniface-fixture.h"

/* DriverParameters of each driver (spec/uniface.md section 7.2), and what is said before anything
 * is sent of how the drivers stand together (section 6.1). */

#define STARTTLS "SMTP=UStartTLSSMTP"
#define LOGIN "SMTP=UAuthLoginSMTP"
#define NTLM "SMTP=UAuthNTLMSMTP"

static void
test_ntlm (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *parameters;
    gboolean fault;
    PosternNtlmPolicy policy;
    PosternNtlmPolicy fallback;
    gboolean oem;
    const char *domain;
    const char *workstation;
  } rows[] = {
    { "user=me", FALSE, POSTERN_NTLM_LM_V1, POSTERN_NTLM_LM_V1, FALSE, NULL, NULL },
    { "user=me;policy=LM NTLM VERSION 1", FALSE, POSTERN_NTLM_LM_V1, POSTERN_NTLM_LM_V1 },
    { "user=me;policy=lm ntlm v1", FALSE, POSTERN_NTLM_LM_V1, POSTERN_NTLM_LM_V1 },
    { "user=me;POLICY= LM NTLM ", FALSE, POSTERN_NTLM_LM_V1, POSTERN_NTLM_LM_V1 },
    { "user=me;policy=LM NTLM VERSION 2", FALSE, POSTERN_NTLM_LM_V2, POSTERN_NTLM_LM_V2 },
    { "user=me;policy=LM NTLM V2", FALSE, POSTERN_NTLM_LM_V2, POSTERN_NTLM_LM_V2 },
    { "user=me;policy=NTLM", FALSE, POSTERN_NTLM_ALONE, POSTERN_NTLM_ALONE },
    { "user=me;policy=SESSION SECURITY", FALSE, POSTERN_NTLM_SESSION, POSTERN_NTLM_SESSION },
    { "user=me;policy=SESSION SECURITY, LM NTLM V2", FALSE, POSTERN_NTLM_SESSION,
      POSTERN_NTLM_LM_V2 },
    { "user=me;policy=session security,ntlm", FALSE, POSTERN_NTLM_SESSION, POSTERN_NTLM_ALONE },
    { "user=me;policy=SESSION SECURITY,SESSION SECURITY", TRUE },
    { "user=me;policy=LM NTLM,NTLM", TRUE },
    { "user=me;policy=LM NTLM V3", TRUE },
    { "user=me;policy=SESSION SECURITY,", TRUE },
    { "user=me;charset=OEM", FALSE, POSTERN_NTLM_LM_V1, POSTERN_NTLM_LM_V1, TRUE },
    { "user=me;charset=unicode", FALSE, POSTERN_NTLM_LM_V1, POSTERN_NTLM_LM_V1, FALSE },
    { "user=me;charset=UTF-8", TRUE },
    { "user=me;domain=D;workstation=W", FALSE, POSTERN_NTLM_LM_V1, POSTERN_NTLM_LM_V1, FALSE, "D",
      "W" },
    { "domain=D", TRUE },
  };

  g_object_set (self->account, "tls-options", "verify_server=yes", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const PosternNtlmSettings *settings;

      g_test_message ("%s", rows[i].parameters);
      set_drivers (self, NTLM, rows[i].parameters, NULL);
      g_assert_nonnull (make_plan (self, "TLS:a.example", "pw", NULL));
      settings = step (self, 0)->ntlm;
      g_assert_cmpint (step (self, 0)->local_fault != NULL, ==, rows[i].fault);
      g_assert_cmpint (find (self, "settings.driver-parameters") != NULL, ==, rows[i].fault);
      g_assert_cmpstr (step (self, 0)->mechanisms[0], ==, "NTLM");
      if (rows[i].fault)
        continue;
      g_assert_cmpint ((int) settings->policy, ==, (int) rows[i].policy);
      g_assert_cmpint ((int) settings->fallback, ==, (int) rows[i].fallback);
      g_assert_cmpint (settings->oem, ==, rows[i].oem);
      g_assert_cmpstr (settings->domain, ==, rows[i].domain);
      g_assert_cmpstr (settings->workstation, ==, rows[i].workstation);
      g_assert_cmpstr (postern_secret_peek (step (self, 0)->password, NULL), ==, "pw");
    }
}

static void
test_ntlm_logical (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *text;
    gboolean deferred;
    gboolean warned;
  } rows[] = {
    { "[LOGICALS]\nNTLM_INITIAL_RESPONSE = DEFERRED\n", TRUE, FALSE },
    { "[logicals]\nntlm_initial_response deferred\n", TRUE, FALSE },
    { "[LOGICALS]\nNTLM_INITIAL_RESPONSE IMMEDIATE\n", FALSE, FALSE },
    { "[LOGICALS]\nNTLM_INITIAL_RESPONSE = LATER\n", FALSE, TRUE },
    { "[SETTINGS]\nNTLM_INITIAL_RESPONSE = DEFERRED\n", FALSE, FALSE },
  };

  g_object_set (self->account, "asn-file", "logical.asn", "tls-options", "verify_server=yes", NULL);
  set_drivers (self, NTLM, "user=me", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_file_set_contents ("logical.asn", rows[i].text, -1, NULL);
      g_assert_nonnull (make_plan (self, "TLS:a.example", "pw", NULL));
      g_assert_cmpint (step (self, 0)->ntlm->deferred, ==, rows[i].deferred);
      g_assert_cmpint (find (self, "settings.driver-parameters") != NULL, ==, rows[i].warned);
    }
  g_remove ("logical.asn");
}

/* UAuthSSPISMTP: which mechanisms, whose tickets, and what Windows alone can do. */
static void
test_sspi (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *parameters;
    const char *password;
    const char *mechanisms; /* joined by blanks; NULL: refused */
    gboolean fault;
  } rows[] = {
    { "SSP=Kerberos;SPN_SERVER=SMTPSVC/h@R", "", "GSSAPI", FALSE },
    { "ssp=kerberos;spn_server=SMTPSVC/h@R", "", "GSSAPI", FALSE },
    { "SSP=Kerberos", "", "GSSAPI", TRUE },
    { "SSP=Kerberos;SPN_SERVER=h", "", "GSSAPI", TRUE },
    { "SSP=Kerberos;SPN_SERVER=SMTPSVC/h@R;SPN_USER=me@R;USER=me;DOMAIN=D", "pw", "GSSAPI", FALSE },
    { "SSP=Kerberos;SPN_SERVER=SMTPSVC/h@R;SPN_USER=me@R", "pw", "GSSAPI", TRUE },
    { "SSP=Kerberos;SPN_SERVER=SMTPSVC/h@R;SPN_USER=me@R;USER=me;DOMAIN=D", "", "GSSAPI", TRUE },
    { "SSP=Kerberos;SPN_SERVER=SMTPSVC/h@R;USER=me", "", "GSSAPI", TRUE },
    { "SSP=Negotiate;SPN_SERVER=SMTPSVC/h@R", "", "GSSAPI", FALSE },
    { "SSP=Negotiate;SPN_SERVER=SMTPSVC/h@R;SPN_USER=D\\me;USER=me;DOMAIN=D", "pw", "GSSAPI NTLM",
      FALSE },
    { "SSP=Negotiate;SPN_USER=D\\me;USER=me;DOMAIN=D", "pw", "NTLM", FALSE },
    { "SSP=NTLM;SPN_USER=D\\me;USER=me;DOMAIN=D", "pw", "NTLM", FALSE },
    { "SSP=NTLM", "pw", NULL, FALSE },
    { "SSP=Negotiate", "pw", NULL, FALSE },
    { "SSP=Digest", "", "", TRUE },
    { "", "", "", TRUE },
  };

  g_object_set (self->account, "tls-options", "verify_server=yes", "user", "account", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *mechanisms = NULL;

      g_test_message ("%s", rows[i].parameters);
      set_drivers (self, "SMTP=UAuthSSPISMTP", rows[i].parameters, NULL);
      make_plan (self, "TLS:a.example", rows[i].password, NULL);
      g_assert_nonnull (find (self, "settings.windows-only"));
      if (rows[i].mechanisms == NULL)
        {
          assert_settings_verdict (self, "settings.not-supported", NULL, 0);
          continue;
        }
      g_assert_nonnull (self->plan);
      mechanisms = g_strjoinv (" ", step (self, 0)->mechanisms);
      g_assert_cmpstr (mechanisms, ==, rows[i].mechanisms);
      g_assert_cmpint (step (self, 0)->local_fault != NULL, ==, rows[i].fault);
      g_assert_nonnull (step (self, 0)->sspi);
    }

  /* A ticket gives nothing away. */
  set_drivers (self, "SMTP=UAuthSSPISMTP", "SSP=Kerberos;SPN_SERVER=SMTPSVC/h@R", NULL);
  make_plan (self, "a.example", NULL, NULL);
  g_assert_null (find (self, "settings.clear-text-password"));
  set_drivers (self, "SMTP=UAuthSSPISMTP", "SSP=NTLM;SPN_USER=D\\me;USER=me;DOMAIN=D", NULL);
  make_plan (self, "a.example", "pw", NULL);
  g_assert_nonnull (find (self, "settings.clear-text-password"));
}

/* What is said of the queue, and the code under which. */
static void
test_queue (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *connection;
    const char *first;
    const char *second;
    const char *codes[3];
  } rows[] = {
    { "a.example+587", STARTTLS, LOGIN, { NULL } },
    { "TLS:a.example", LOGIN, "SMTP=", { "settings.no-driver" } },
    { "a.example+587",
      LOGIN,
      STARTTLS,
      { "settings.driver-order", "settings.clear-text-password" } },
    { "a.example+587",
      STARTTLS ";USE=OPT",
      LOGIN,
      { "settings.driver-order", "settings.clear-text-password" } },
    { "a.example+587", STARTTLS ";USE=OPT", "POP=", { "settings.no-driver" } },
    { "a.example+587", STARTTLS, LOGIN ";USE=OPT", { "settings.driver-optional" } },
    { "a.example+587",
      STARTTLS ";USE=OPT",
      LOGIN ";USE=OPT",
      { "settings.driver-order", "settings.clear-text-password", "settings.driver-optional" } },
    { "a.example", LOGIN, "POP=", { "settings.clear-text-password" } },
    { "a.example", NTLM, "POP=", { "settings.clear-text-password" } },
    { "TLS:a.example", STARTTLS, LOGIN, { "settings.driver-order" } },
    { "TLS:a.example", LOGIN, LOGIN, { "settings.driver-order" } },
    { "TLS:a.example", LOGIN, NTLM, { "settings.driver-order" } },
    { "a.example+587", STARTTLS, STARTTLS, { "settings.driver-order", "settings.no-driver" } },
    { "TLS:a.example", LOGIN, "POP=UAuthXOAUTH2POP", { "settings.driver-unused" } },
  };

  g_object_set (self->account, "user", "me", "tls-options", "verify_server=yes", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint n_codes = 0;

      g_test_message ("%s %s %s", rows[i].connection, rows[i].first, rows[i].second);
      set_drivers (self, rows[i].first, "", rows[i].second, "", NULL);
      g_assert_nonnull (make_plan (self, rows[i].connection, "pw", NULL));
      while (n_codes < G_N_ELEMENTS (rows[i].codes) && rows[i].codes[n_codes] != NULL)
        g_assert_nonnull (find (self, rows[i].codes[n_codes++]));
      g_assert_cmpuint (self->findings->len, ==, n_codes);
      for (guint j = 0; j < self->findings->len; j++)
        g_assert_cmpint ((int) postern_finding_get_severity (self->findings->pdata[j]), ==,
                         POSTERN_SEVERITY_WARNING);
    }
}

/* What is said of one driver's parameters; the step fails when its turn comes where `fault`. */
static void
test_parameters (Fixture *self, gconstpointer data)
{
  g_autofree char *full = g_strnfill (4095 - strlen ("USER=me;PASSWORD="), 'p');
  g_autofree char *long_password = g_strconcat (full, "p", NULL);
  g_autofree char *long_workstation = g_strnfill (4096, 'w');
  g_autofree char *long_parameters = g_strconcat ("USER=me;WORKSTATION=", long_workstation, NULL);
  const struct
  {
    const char *driver;
    const char *parameters;
    const char *password;
    gboolean fault;
    const char *words; /* in the finding on the parameters, or NULL for none */
  } rows[] = {
    { LOGIN, "USER=me", "pw", FALSE, NULL },
    { LOGIN, "USER=me", full, FALSE, NULL },
    { LOGIN, "USER=me", long_password, TRUE, "4095" },
    { NTLM, long_parameters, "pw", TRUE, "4095" },
    { LOGIN, "USER=me", "", TRUE, "PASSWORD is missing" },
    { LOGIN, "", "pw", TRUE, "USER is missing" },
    { LOGIN, "USER=me;DOMAIN=x", "pw", FALSE, "is no parameter" },
    { LOGIN, "USER=me;PASSWORD=a;hunter2", "", FALSE, "semicolon" },
    { LOGIN, "USER=me;PASSWORD=a!;b", "", FALSE, NULL },
    { LOGIN, "USER=m\xc3\xbc", "pw", FALSE, "UPOPMAIL takes Unicode" },
    { LOGIN, "USER=me", "p\xc3\xbc", FALSE, "UPOPMAIL takes Unicode" },
    { NTLM, "USER=D\\me", "pw", FALSE, "write DOMAIN=" },
    { NTLM, "USER=D\\me;DOMAIN=D", "pw", FALSE, NULL },
    { STARTTLS, "USER=me", "", TRUE, "no parameters" },
    { STARTTLS, "", "", FALSE, NULL },
  };

  g_object_set (self->account, "tls-options", "verify_server=yes", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      PosternFinding *finding;

      g_test_message ("%.60s", rows[i].parameters);
      set_drivers (self, rows[i].driver, rows[i].parameters, NULL);
      g_assert_nonnull (make_plan (self, "a.example+587", rows[i].password, NULL));
      g_assert_cmpint (step (self, 0)->local_fault != NULL, ==, rows[i].fault);
      finding = find (self, "settings.driver-parameters");
      g_assert_cmpint (finding != NULL, ==, rows[i].words != NULL);
      if (finding != NULL)
        g_assert_nonnull (strstr (postern_finding_get_explanation (finding), rows[i].words));
      for (guint j = 0; j < self->findings->len; j++)
        g_assert_null (
          strstr (postern_finding_get_explanation (self->findings->pdata[j]), "hunter2"));
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  enter_folder ();

  ADD ("/runtime-uniface-drivers/ntlm", test_ntlm);
  ADD ("/runtime-uniface-drivers/ntlm-logical", test_ntlm_logical);
  ADD ("/runtime-uniface-drivers/sspi", test_sspi);
  ADD ("/runtime-uniface-drivers/queue", test_queue);
  ADD ("/runtime-uniface-drivers/parameters", test_parameters);
  status = g_test_run ();

  leave_folder ();

  return status;
}
