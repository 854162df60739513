/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "exchange/postern-export.h"

#include "exchange/postern-command-line.h"
#include "exchange/postern-uniface-export.h"
#include "model/postern-error.h"

#include <glib/gi18n.h>
#include <string.h>

static char *
export_command_line (PosternAccount *account,
                     const PosternCredentials *credentials,
                     gboolean with_secrets,
                     GError **error)
{
  g_autofree char *command = postern_command_line_new (account);

  return g_strconcat (postern_command_line_hides_shared_key (account)
                        ? "# <hidden> stands for a secret; one in an argument is seen by every "
                          "user of the computer, one in a file that --asn names is not\n"
                        : "",
                      command, "\n", NULL);
}

static const struct
{
  PosternExportTarget target;
  gboolean uniface_only;
  char *(*write) (PosternAccount *account,
                  const PosternCredentials *credentials,
                  gboolean with_secrets,
                  GError **error);
} writers[] = {
  { { "command-line", N_ ("Command line"), "test.sh" }, FALSE, export_command_line },
  { { "uniface-asn", N_ ("Lines of an assignment file of Uniface"), "mail.asn" },
    TRUE,
    postern_asn_snippet_new },
  { { "uniface-procscript", N_ ("ProcScript of Uniface"), "mail.prc" },
    TRUE,
    postern_procscript_new },
};

const PosternExportTarget *
postern_export_list (gsize *n)
{
  static PosternExportTarget targets[G_N_ELEMENTS (writers)];

  for (gsize i = 0; i < G_N_ELEMENTS (writers); i++)
    targets[i] = writers[i].target;
  *n = G_N_ELEMENTS (writers);

  return targets;
}

gboolean
postern_export_suits (const char *target, PosternAccount *account)
{
  for (gsize i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      if (strcmp (writers[i].target.name, target) == 0)
        return !writers[i].uniface_only ||
               postern_account_get_system (account) == POSTERN_SYSTEM_UNIFACE;
    }

  return FALSE;
}

char *
postern_export (const char *target,
                PosternAccount *account,
                const PosternCredentials *credentials,
                gboolean with_secrets,
                GError **error)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (account), NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      if (strcmp (writers[i].target.name, target) != 0)
        continue;
      if (postern_export_suits (target, account))
        return writers[i].write (account, credentials, with_secrets, error);
      g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                   _ ("“%s” is for accounts of Uniface alone."), target);
      return NULL;
    }
  g_set_error (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, _ ("There is no target “%s”."),
               target);

  return NULL;
}
