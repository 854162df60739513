/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-runtime-uniface.h"

#include <glib/gstdio.h>
#include <string.h>

/* What the tests of the Uniface runtime share: an account and what was planned for it, in a folder
 * with an assignment file. */

#define PEM "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"

/* spec/uniface.md section 9.7; the folder of CA files is one of ours. */
static const char worked_example[] =
  "; mail.asn\n"
  "[DRIVER_SETTINGS]\n"
  "; default profile: direct TLS without profile, and every STARTTLS upgrade\n"
  "USYS$TLS_PARAMS verify_server=yes, ca_certificate=usys:ca-bundle.crt\n"
  "\n"
  "[NET_SETTINGS]\n"
  "smtp_profile = verify_server=yes, ca_cert=certs/corp.pem, %\\\n"
  "               verify_server_name=dns:mail.example.org;dns:*.mx.example.org\n"
  "pop_profile    verify_server=yes, ca_location=certs, min_tls_version=1.2\n"
  "broken         verify_server=true\n"
  "missing        verify_server=yes, ca_cert=nowhere.pem\n"
  "\n"
  "[USER_3GL]\n"
  "usysbin:ustarttls(UStartTLSSMTP)\n"
  "usysbin:uauthlogin(UAuthLoginSMTP)\n"
  "usysbin:libuauthxoauth2(UAuthXOAUTH2SMTP,UAuthXOAUTH2POP)\n"
  "\n"
  "[SETTINGS]\n"
  "$IOPRINT = 64\n";

static char *folder; /* the working directory */

typedef struct
{
  PosternRuntime *runtime;
  PosternAccount *account;
  GPtrArray *findings;
  PosternPlan *plan;
} Fixture;

G_GNUC_UNUSED static void
set_up (Fixture *self, gconstpointer data)
{
  self->runtime = postern_runtime_get (POSTERN_SYSTEM_UNIFACE);
  self->account = postern_account_new (NULL);
  self->findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_object_set (self->account, "system", POSTERN_SYSTEM_UNIFACE, "usys-dir", "usys", NULL);
}

G_GNUC_UNUSED static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->plan, postern_plan_unref);
  g_ptr_array_unref (self->findings);
  g_assert_finalize_object (self->account);
}

/* Pairs of properties and parameters, then NULL. */
G_GNUC_UNUSED static void
set_drivers (Fixture *self, const char *properties, ...)
{
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  va_list args;

  va_start (args, properties);
  while (properties != NULL)
    {
      g_ptr_array_add (drivers, postern_driver_new (properties, va_arg (args, const char *)));
      properties = va_arg (args, const char *);
    }
  va_end (args);
  g_object_set (self->account, "drivers", drivers, NULL);
}

G_GNUC_UNUSED static PosternPlan *
make_plan (Fixture *self, const char *connection, const char *password, const char *token)
{
  g_autoptr(PosternSecret) p = password != NULL ? postern_secret_new (password, -1) : NULL;
  g_autoptr(PosternSecret) t = token != NULL ? postern_secret_new (token, -1) : NULL;
  PosternCredentials credentials = { p, t };

  g_clear_pointer (&self->plan, postern_plan_unref);
  g_ptr_array_set_size (self->findings, 0);
  if (connection != NULL)
    g_object_set (self->account, "connection", connection, NULL);
  self->plan = postern_runtime_plan (self->runtime, self->account, &credentials, self->findings);
  return self->plan;
}

G_GNUC_UNUSED static PosternFinding *
find (Fixture *self, const char *code)
{
  for (guint i = 0; i < self->findings->len; i++)
    {
      if (strcmp (postern_finding_get_code (self->findings->pdata[i]), code) == 0)
        return self->findings->pdata[i];
    }

  return NULL;
}

G_GNUC_UNUSED static const char *
source (Fixture *self, const char *setting)
{
  return g_hash_table_lookup (self->plan->sources, setting);
}

G_GNUC_UNUSED static PosternPlanStep *
step (Fixture *self, guint i)
{
  g_assert_cmpuint (i, <, self->plan->steps->len);
  return self->plan->steps->pdata[i];
}

/* The verdict on settings at fault, as the probe asks for it. */
G_GNUC_UNUSED static void
assert_settings_verdict (Fixture *self, const char *code, const char *call, int result)
{
  g_autoptr(PosternFailure) failure = postern_runtime_settings_failure (self->findings);
  g_autoptr(PosternNative) native = NULL;

  g_assert_null (self->plan);
  g_assert_nonnull (failure);
  g_assert_cmpstr (failure->code, ==, code);
  native = postern_runtime_judge (self->runtime, postern_account_get_protocol (self->account), NULL,
                                  failure);
  if (call == NULL)
    {
      g_assert_null (native);
      return;
    }
  g_assert_nonnull (native);
  g_assert_cmpstr (native->call, ==, call);
  g_assert_cmpint (native->result, ==, result);
}

static const char *const fixture_files[] = {
  "usys/ca-bundle.crt", "certs/corp.pem", "mail.asn", "usys", "certs",
};

/* Makes a folder the working directory. */
G_GNUC_UNUSED static void
enter_folder (void)
{
  folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  g_mkdir ("usys", 0700);
  g_mkdir ("certs", 0700);
  g_file_set_contents ("usys/ca-bundle.crt", PEM, -1, NULL);
  g_file_set_contents ("certs/corp.pem", PEM, -1, NULL);
  g_file_set_contents ("mail.asn", worked_example, -1, NULL);
}

G_GNUC_UNUSED static void
leave_folder (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (fixture_files); i++)
    g_remove (fixture_files[i]);
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_rmdir (folder);
  g_free (folder);
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
