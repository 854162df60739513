/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-cli-asn.h"

#include "postern-cli.h"

#include "document/postern-asn-document.h"
#include "runtime/postern-asn.h"
#include "runtime/postern-tls-options.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define TLS_PARAMS "USYS$TLS_PARAMS"

int
postern_cli_asn_fail (const char *message)
{
  g_printerr ("postern-cli asn: %s\n", message);

  return 1;
}

static const char *
section_of (const char *profile)
{
  return g_ascii_strcasecmp (profile, TLS_PARAMS) == 0 ? "DRIVER_SETTINGS" : "NET_SETTINGS";
}

/* A secret in an argument is seen by every user of the computer. */
static gboolean
check_option (const char *option, const char *value, GError **error)
{
  const PosternTlsOptionsPlace place = { .mode = POSTERN_TLS_OPTIONS_GENERIC };
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *pair = g_strconcat (option, "=", value, NULL);
  g_autoptr(GPtrArray) options = NULL;

  switch (postern_tls_option_find_id (option, strlen (option)))
    {
    case POSTERN_TLS_OPTION_CLIENT_KEY_PASSWORD:
    case POSTERN_TLS_OPTION_SERVER_KEY_PASSWORD:
    case POSTERN_TLS_OPTION_SHARED_KEY:
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("%s is a secret, which is not given as an argument. Write it in an editor."),
                   option);
      return FALSE;
    default:
      break;
    }

  options = postern_tls_options_parse (pair, &place, findings);
  if (options->len == 1 && findings->len == 0)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       findings->len > 0 ? postern_finding_get_explanation (findings->pdata[0])
                                         : _ ("Write one option as OPTION=VALUE."));

  return FALSE;
}

/* A profile that an included file has is not set here: it would be there twice. One of the global
 * file is overridden here. */
static gboolean
check_place (const PosternCliAsn *o,
             PosternAsnDocument *document,
             const char *profile,
             GError **error)
{
  g_autofree char *own = postern_asn_document_dup_setting (document, section_of (profile), profile);
  g_autoptr(PosternAsn) asn =
               own == NULL
                 ? postern_asn_load (postern_asn_document_get_path (document), o->usys, NULL)
                 : NULL;
  const PosternAsnSetting *setting =
    asn != NULL ? postern_asn_lookup (asn, section_of (profile), profile) : NULL;

  if (setting == NULL || setting->global)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("“%s” is defined in an included file, %s line %u. Name that file."), profile,
               setting->file, setting->line);

  return FALSE;
}

/* An option has two names; given twice, neither value is more meant than the other. */
static gboolean
check_once (const PosternCliAsn *o, guint i, const char *option, GError **error)
{
  int id = postern_tls_option_find_id (option, strlen (option));

  for (guint k = 3; k < i; k++)
    if (postern_tls_option_find_id (o->rest[k], strcspn (o->rest[k], "=")) == id)
      {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                     _ ("“%s” and “%s” set the same option. Give one of them."), o->rest[k],
                     o->rest[i]);
        return FALSE;
      }

  return TRUE;
}

static gboolean
set_options (const PosternCliAsn *o, PosternAsnDocument *document, GError **error)
{
  const char *profile = o->rest[2];

  if (!check_place (o, document, profile, error))
    return FALSE;
  for (guint i = 3; o->rest[i] != NULL; i++)
    {
      const char *equals = strchr (o->rest[i], '=');
      g_autofree char *option =
        equals != NULL ? g_strndup (o->rest[i], (gsize) (equals - o->rest[i])) : NULL;

      if (equals == NULL)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _ ("“%s” is not OPTION=VALUE."), o->rest[i]);
          return FALSE;
        }
      if (!check_option (option, equals + 1, error) || !check_once (o, i, option, error) ||
          !postern_asn_document_set_option (document, section_of (profile), profile, option,
                                            equals + 1, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
unset_options (const PosternCliAsn *o, PosternAsnDocument *document, GError **error)
{
  const char *profile = o->rest[2];

  if (o->rest[3] == NULL)
    return postern_asn_document_remove_setting (document, section_of (profile), profile, error);
  for (guint i = 3; o->rest[i] != NULL; i++)
    {
      if (!postern_asn_document_remove_option (document, section_of (profile), profile, o->rest[i],
                                               error))
        return FALSE;
    }

  return TRUE;
}

static int
change (const PosternCliAsn *o,
        gboolean (*edit) (const PosternCliAsn *o, PosternAsnDocument *document, GError **error))
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternAsnDocument) document = postern_asn_document_open (o->rest[1], &error);

  if (document == NULL || !edit (o, document, &error))
    return postern_cli_asn_fail (error->message);
  if (postern_asn_document_is_modified (document) && !postern_asn_document_save (document, &error))
    return postern_cli_asn_fail (error->message);

  return 0;
}

static int
run_set (const PosternCliAsn *o)
{
  return change (o, set_options);
}

static int
run_unset (const PosternCliAsn *o)
{
  return change (o, unset_options);
}

static const struct
{
  const char *name;
  guint least;
  guint most;
  int (*run) (const PosternCliAsn *o);
  const char *usage;
} commands[] = {
  { "check", 2, 2, postern_cli_asn_check, "check FILE" },
  { "list", 2, 2, postern_cli_asn_list, "list FILE" },
  { "set", 4, G_MAXUINT, run_set, "set FILE PROFILE OPTION=VALUE…" },
  { "unset", 3, G_MAXUINT, run_unset, "unset FILE PROFILE [OPTION…]" },
  { "explain", 3, 3, postern_cli_asn_explain, "explain FILE CONNECTION [--starttls]" },
};

static const char *const description =
  N_ ("Commands:\n"
      "  check FILE                      every problem as FILE:LINE:COLUMN: severity: code: text\n"
      "  list FILE                       TLS profiles, their options, and where each comes from\n"
      "  set FILE PROFILE OPTION=VALUE…  change options in place; every other byte stays\n"
      "  unset FILE PROFILE [OPTION…]    take options out, or the whole profile\n"
      "  explain FILE CONNECTION         what this connection would use, and why\n"
      "\n"
      "PROFILE is a name in [NET_SETTINGS], or USYS$TLS_PARAMS, which is in [DRIVER_SETTINGS].\n"
      "\n"
      "Exit status: 0, or 1 where the file has an error or cannot be read or written.\n");

static gboolean
parse (PosternCliAsn *o, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "usys", 0, 0, G_OPTION_ARG_FILENAME, &o->usys, N_ ("Folder that “usys:” stands for"),
      N_ ("DIR") },
    { "starttls", 0, 0, G_OPTION_ARG_NONE, &o->starttls,
      N_ ("explain: the connection is upgraded by UStartTLSSMTP"), NULL },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &o->protocol, N_ ("explain: smtp (default) or pop3"),
      N_ ("PROTOCOL") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &o->format, N_ ("text (default) or json"),
      N_ ("FORMAT") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL,
      N_ ("COMMAND FILE …") },
    { NULL },
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, _ ("Reads and changes assignment files of Uniface."));
  g_option_context_set_description (context, _ (description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, entries, NULL);

  return g_option_context_parse (context, argc, argv, error);
}

static int
run (const PosternCliAsn *o)
{
  guint n = o->rest != NULL ? g_strv_length (o->rest) : 0;

  for (gsize i = 0; n > 0 && i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *usage = NULL;

      if (strcmp (o->rest[0], commands[i].name) != 0)
        continue;
      if (n >= commands[i].least && n <= commands[i].most)
        return commands[i].run (o);
      usage = g_strdup_printf (_ ("It is used as “postern-cli asn %s”."), commands[i].usage);
      return postern_cli_asn_fail (usage);
    }

  return postern_cli_asn_fail (
    _ ("Name check, list, set, unset or explain; see “postern-cli asn --help”."));
}

/**
 * postern_cli_asn:
 *
 * The command `asn`.
 *
 * Returns: the exit status of spec/cli.md
 */
int
postern_cli_asn (int argc, char **argv)
{
  PosternCliAsn options = { NULL };
  g_autoptr(GError) error = NULL;
  int status;

  g_set_prgname ("postern-cli asn");
  if (!parse (&options, &argc, &argv, &error))
    status = postern_cli_asn_fail (error->message);
  else if (options.format != NULL && strcmp (options.format, "text") != 0 &&
           strcmp (options.format, "json") != 0)
    status = postern_cli_asn_fail (_ ("--format takes text or json."));
  else
    {
      options.json = g_strcmp0 (options.format, "json") == 0;
      status = run (&options);
    }
  g_free (options.format);
  g_free (options.usys);
  g_free (options.protocol);
  g_strfreev (options.rest);

  return status;
}
