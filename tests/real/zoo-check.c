/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-check.h"

#include "site-zoo.h"

#include <string.h>

#define MAX_TOLD 32 /* certificates in a report */

static const char *const policy_options[ZOO_N_POLICIES] = {
  [ZOO_VERIFY] = "verify_server=yes",
  [ZOO_IGNORE] = "verify_server=ignore",
  [ZOO_NAME_OFF] = "verify_server=yes,verify_server_name=no",
};

RealRun *
zoo_run_start (RealValues *values,
               const ZooChain *chain,
               const ZooDoor *door,
               const char *address,
               ZooPolicy policy,
               const char *options)
{
  g_autofree char *host = zoo_chain_host (chain);
  g_autofree char *ca = site_zoo_path (values, chain, "ca.pem");
  g_autofree char *crl = site_zoo_path (values, chain, "crl.pem");
  gboolean v6 = strchr (host, ':') != NULL;
  g_autofree char *arguments = g_strdup_printf (
    "--user @USER@ --password-from fd:0 --protocol %s --tls %s --connect-to %s:@%s@ "
    "--tls-options %s,ca_certificate=%s %s %s %s %s%s%s:%u",
    door->protocol, door->tls, address, door->port, policy_options[policy], ca,
    chain->crl != NULL ? "--crl" : "", chain->crl != NULL ? crl : "", options, v6 ? "[" : "", host,
    v6 ? "]" : "", door->usual_port);

  return real_run_start (values, arguments, "@PASSWORD@", NULL);
}

/* The findings about certificates, as the table writes them; what is hidden and what warns are
 * both warnings in the report. */
static GPtrArray *
gather (RealRun *self)
{
  GPtrArray *told = g_ptr_array_new_with_free_func (g_free);
  JsonArray *findings = real_run_get_array (self, "findings");

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);
      const char *code = real_run_object_text (finding, "code");
      gboolean error = strcmp (real_run_object_text (finding, "severity"), "error") == 0;
      gint64 index = json_object_get_int_member_with_default (finding, "certificate", 0);

      if (g_str_has_prefix (code, "cert."))
        g_ptr_array_add (told,
                         zoo_fault_text (code, (guint) index, error ? ZOO_REFUSES : ZOO_WARNS));
    }

  return told;
}

/* What the table says, with the finding that what is hidden was accepted. */
static GPtrArray *
expect (const ZooChain *chain, ZooPolicy policy)
{
  GPtrArray *expected = zoo_chain_expect_found (chain, policy);
  gboolean hidden = FALSE;

  for (guint i = 0; i < expected->len; i++)
    {
      char *fault = g_ptr_array_index (expected, i);

      hidden |= *fault == '?';
      if (*fault == '?')
        *fault = '~';
    }
  if (hidden && !zoo_faults_have (expected, ZOO_REFUSES))
    g_ptr_array_add (expected, zoo_fault_text ("cert.accepted-unverified", 0, ZOO_WARNS));

  return expected;
}

/* All that the server sent, in its order, whatever became of it. */
static gboolean
has_chain (RealRun *self, RealValues *values, const ZooChain *chain)
{
  JsonArray *told = real_run_get_array (self, "tls.chain");
  g_autofree char *path = site_zoo_path (values, chain, "chain.pem");
  g_autofree char *sent = NULL;
  g_autoptr(GString) all = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (told); i++)
    g_string_append (all, real_run_object_text (json_array_get_object_element (told, i), "pem"));

  return g_file_get_contents (path, &sent, NULL, NULL) && all->len > 0 &&
         (json_array_get_length (told) == MAX_TOLD ? g_str_has_prefix (sent, all->str)
                                                   : strcmp (sent, all->str) == 0);
}

gboolean
zoo_run_logged_on (RealRun *self)
{
  JsonArray *transcript = real_run_get_array (self, "transcript");

  for (guint i = 0; i < json_array_get_length (transcript); i++)
    {
      JsonObject *event = json_array_get_object_element (transcript, i);
      const char *text = real_run_object_text (event, "text");

      if (strcmp (real_run_object_text (event, "direction"), "client") == 0 &&
          (strcmp (real_run_object_text (event, "step"), "authenticate") == 0 ||
           strstr (text, "AUTH") != NULL || strstr (text, "hidden") != NULL))
        return TRUE;
    }

  return FALSE;
}

void
zoo_run_check (RealRun *self,
               RealValues *values,
               const ZooChain *chain,
               const ZooDoor *door,
               ZooPolicy policy,
               int accepted_status)
{
  g_autoptr(GPtrArray) expected = expect (chain, policy);
  g_autoptr(GPtrArray) told = gather (self);
  gboolean refused = zoo_faults_have (expected, ZOO_REFUSES);
  g_autofree char *wanted = zoo_faults_join (expected);
  g_autofree char *heard = zoo_faults_join (told);
  const char *wrong = NULL;

  if (self->status != (refused ? 14 : accepted_status))
    wrong = "the exit status";
  else if (!zoo_faults_equal (expected, told, policy == ZOO_VERIFY && refused))
    wrong = "the set of findings";
  else if (!has_chain (self, values, chain))
    wrong = "the chain in the report";
  else if (zoo_run_logged_on (self) != (self->status == 0))
    wrong = "the logon";
  if (wrong == NULL)
    return;

  g_test_message ("%s at %s %s: %s is not right; status %d, expected “%s”, told “%s”",
                  policy_options[policy], door->server, door->port, wrong, self->status, wanted,
                  heard);
  g_test_message ("%s", self->command);
  if (self->report == NULL)
    g_test_message ("%s%s", self->output, self->errors);
  g_test_fail ();
}
