/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-tls-options.h"

#include "runtime/postern-asn-files.h"
#include "runtime/postern-file.h"
#include "runtime/postern-lint.h"

#include <glib/gi18n.h>
#include <string.h>

/* What the options must be together (spec/uniface.md sections 8.2 to 8.4), and the policy that
 * they ask for. */

#define DEFAULT_CA_FILE "usys:ca-bundle.crt"
#define DEFAULT_CERTIFICATE "personal.crt"
#define DEFAULT_KEY "personal.key"
#define MAX_NAMES 10000 /* looked at in a folder */

typedef enum
{
  EXPECT_CERTIFICATE,
  EXPECT_KEY,
} Expect;

static const char *
get_word (GPtrArray *options, PosternTlsOptionId id)
{
  const PosternTlsOption *option = postern_tls_options_find (options, id);

  return option != NULL ? option->word : NULL;
}

static gboolean
has_word (GPtrArray *options, PosternTlsOptionId id, const char *word)
{
  return g_strcmp0 (get_word (options, id), word) == 0;
}

static void
add_at (const PosternTlsOptionsPlace *place,
        GPtrArray *findings,
        const char *code,
        PosternSeverity severity,
        const PosternTlsOption *option,
        const char *title,
        char *explanation)
{
  postern_tls_options_fault (place, findings, code, severity, option != NULL ? option->column : 0,
                             title, explanation);
}

static const char *
quote_hint (const char *name)
{
  if (*name != '"' && *name != '\'')
    return "";

  return _ (" Quotes are part of a file name here; leave them out.");
}

/* Where a file is that the options name, or that stands in for one that they do not name. */
static char *
resolve (const PosternTlsOptionsPlace *place, const char *name, GError **error)
{
  g_autofree char *elsewhere = place->asn != NULL ? postern_asn_redirect (place->asn, name) : NULL;

  return postern_file_resolve (elsewhere != NULL ? elsewhere : name, place->base_dir,
                               place->usys_dir, error);
}

/* A folder in the place of a file, or a file in the place of a folder. */
static char *
describe_mix_up (const char *option_name, const char *path)
{
  const char *file = postern_tls_option_get_name (POSTERN_TLS_OPTION_CA_CERTIFICATE);
  const char *folder = postern_tls_option_get_name (POSTERN_TLS_OPTION_CA_LOCATION);

  if (path != NULL && strcmp (option_name, file) == 0 && g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup_printf (_ ("It is a folder: name a file in it, or the folder with %s."),
                            folder);
  if (path != NULL && strcmp (option_name, folder) == 0 &&
      g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return g_strdup_printf (_ ("It is a file: name it with %s."), file);

  return NULL;
}

static void
add_file_missing (const PosternTlsOptionsPlace *place,
                  GPtrArray *findings,
                  const PosternTlsOption *option,
                  const char *option_name,
                  const char *file_name,
                  const char *path,
                  const char *why)
{
  g_autofree char *mix_up = describe_mix_up (option_name, path);
  PosternFinding *finding = postern_tls_options_fault (
    place, findings, "settings.file-missing", POSTERN_SEVERITY_ERROR,
    option != NULL ? option->value_column : 0, _ ("A file cannot be read"),
    /* Translators: TLS option, file and reason, perhaps a hint. */
    g_strdup_printf (_ ("%s: %s.%s Nothing is sent."), option_name, why, quote_hint (file_name)));

  if (mix_up != NULL)
    postern_finding_add_remedy (finding, mix_up, NULL);
}

static const char *
describe_contents (PosternPemContents contents, PosternFileKind kind, Expect expect)
{
  if ((expect == EXPECT_CERTIFICATE && kind != POSTERN_FILE_UNKNOWN) || kind == POSTERN_FILE_EMPTY)
    return postern_file_kind_describe (kind);
  if ((contents & POSTERN_PEM_CERTIFICATE) != 0)
    return _ ("It holds a certificate where a private key is expected.");
  if ((contents & POSTERN_PEM_OTHER) != 0)
    return _ ("It is a PEM file without a private key.");
  if ((contents & POSTERN_PEM_DER) != 0)
    return _ ("It seems to be in DER form. Convert it to PEM.");

  return _ ("It holds no line that begins with “-----BEGIN ”.");
}

static void
add_not_pem (const PosternTlsOptionsPlace *place,
             GPtrArray *findings,
             const PosternTlsOption *option,
             const char *option_name,
             const char *path,
             PosternFileKind kind,
             const char *why)
{
  g_autofree char *command = postern_file_kind_dup_command (kind, path);
  g_autofree char *remedy = NULL;
  PosternFinding *finding = postern_tls_options_fault (
    place, findings, "settings.file-not-pem", POSTERN_SEVERITY_ERROR,
    option != NULL ? option->value_column : 0, _ ("A file is not what its option needs"),
    g_strdup_printf ("%s: %s: %s", option_name, path, why));

  if (command == NULL)
    return;
  /* Translators: a TLS option, and a command for a shell */
  remedy =
    g_strdup_printf (_ ("Make a PEM file of it, and name that with %s: %s"), option_name, command);
  postern_finding_add_remedy (finding, remedy, NULL);
}

/* The absolute path of a PEM file that is there and holds what it should; NULL with a finding. */
static char *
check_pem (const PosternTlsOptionsPlace *place,
           GPtrArray *findings,
           const PosternTlsOption *option,
           const char *option_name,
           const char *file_name,
           Expect expect,
           PosternPemContents *contents)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = resolve (place, file_name, &error);
  PosternPemContents wanted = expect == EXPECT_KEY ? POSTERN_PEM_KEY : POSTERN_PEM_CERTIFICATE;
  PosternFileKind kind = POSTERN_FILE_UNKNOWN;

  if (path == NULL || !postern_file_look (path, contents, &kind, &error))
    {
      add_file_missing (place, findings, option, option_name, file_name, path, error->message);
      return NULL;
    }
  if ((*contents & wanted) == 0)
    {
      add_not_pem (place, findings, option, option_name, path,
                   expect == EXPECT_KEY ? POSTERN_FILE_UNKNOWN : kind,
                   describe_contents (*contents, kind, expect));
      return NULL;
    }

  return g_steal_pointer (&path);
}

/* "5ad8a5d6.0" */
static gboolean
has_hashed_name (GDir *folder)
{
  const char *name;

  for (guint i = 0; i < MAX_NAMES && (name = g_dir_read_name (folder)) != NULL; i++)
    {
      if (strspn (name, "0123456789abcdef") == 8 && name[8] == '.' && g_ascii_isdigit (name[9]))
        return TRUE;
    }

  return FALSE;
}

static void
check_folder (const PosternTlsOptionsPlace *place,
              GPtrArray *findings,
              const PosternTlsOption *option)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = resolve (place, option->value, &error);
  g_autoptr(GDir) folder = path != NULL ? g_dir_open (path, 0, &error) : NULL;

  if (folder == NULL)
    add_file_missing (place, findings, option, option->name, option->value, path, error->message);
  else if (place->mode == POSTERN_TLS_OPTIONS_UNIFACE && !has_hashed_name (folder))
    postern_tls_options_fault (
      place, findings, "settings.file-not-pem", POSTERN_SEVERITY_WARNING, option->value_column,
      _ ("A folder without certificates that can be found"),
      g_strdup_printf (_ ("%s: No file in %s is called by the hash of its certificate, such as "
                          "5ad8a5d6.0. Run “openssl rehash %s”."),
                       option->name, path, path));
}

static void
check_pair (GPtrArray *options,
            PosternTlsOptionId first,
            PosternTlsOptionId second,
            const PosternTlsOptionsPlace *place,
            GPtrArray *findings)
{
  const PosternTlsOption *certificate = postern_tls_options_find (options, first);
  const PosternTlsOption *key = postern_tls_options_find (options, second);
  const PosternTlsOption *alone = certificate != NULL ? certificate : key;

  if ((certificate == NULL) == (key == NULL))
    return;

  add_at (place, findings, "settings.option-incomplete", POSTERN_SEVERITY_ERROR, alone,
          _ ("Certificate without key, or key without certificate"),
          g_strdup_printf (_ ("%s and %s belong together: give both, or neither. "
                              "A file that holds both is named twice."),
                           postern_tls_option_get_name (first),
                           postern_tls_option_get_name (second)));
}

/* Section 8.3: with a shared key nothing but a cipher list may be given. */
static void
check_shared_key (GPtrArray *options, const PosternTlsOptionsPlace *place, GPtrArray *findings)
{
  for (guint i = 0; i < options->len; i++)
    {
      const PosternTlsOption *option = options->pdata[i];

      if (option->id == POSTERN_TLS_OPTION_SHARED_KEY ||
          option->id == POSTERN_TLS_OPTION_CIPHER_LIST)
        continue;
      if ((option->id == POSTERN_TLS_OPTION_VERIFY_SERVER ||
           option->id == POSTERN_TLS_OPTION_VERIFY_CLIENT) &&
          strcmp (option->word, "no") == 0)
        continue;

      add_at (
        place, findings, "settings.option-illegal", POSTERN_SEVERITY_ERROR, option,
        _ ("An option that cannot accompany shared_key"),
        g_strdup_printf (_ ("Only cipher_list may accompany shared_key. Take %s out, or for a "
                            "mail server take shared_key out."),
                         option->name));
    }
}

static void
check_mode (GPtrArray *options, const PosternTlsOptionsPlace *place, GPtrArray *findings)
{
  const PosternTlsOption *server =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_VERIFY_SERVER);
  gboolean verify_server = server != NULL && strcmp (server->word, "no") != 0;
  gboolean verify_client = has_word (options, POSTERN_TLS_OPTION_VERIFY_CLIENT, "yes");

  if (postern_tls_options_find (options, POSTERN_TLS_OPTION_SHARED_KEY) != NULL)
    check_shared_key (options, place, findings);
  else if (place->mode == POSTERN_TLS_OPTIONS_GENERIC || verify_server)
    return;
  else if (!verify_client)
    add_at (place, findings, "settings.no-verification", POSTERN_SEVERITY_ERROR, server,
            _ ("No verification is chosen"),
            g_strdup (_ ("The options define neither a shared key nor a certificate. "
                         "Add verify_server=yes.")));
  else
    add_at (
      place, findings, "settings.no-verification", POSTERN_SEVERITY_WARNING, server,
      _ ("verify_client without verify_server"),
      g_strdup (_ ("The vendor's reference says that verify_client needs verify_server; one of "
                   "its examples leaves it out. The server is verified here as with "
                   "verify_server=yes (inferred). Add verify_server=yes.")));
}

static void
check_switched_off (GPtrArray *options, const PosternTlsOptionsPlace *place, GPtrArray *findings)
{
  const PosternTlsOption *server =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_VERIFY_SERVER);
  const PosternTlsOption *name =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_VERIFY_SERVER_NAME);

  if (server != NULL && strcmp (server->word, "ignore") == 0)
    add_at (place, findings, "settings.verification-off", POSTERN_SEVERITY_WARNING, server,
            _ ("The certificate check is switched off"),
            g_strdup (_ ("With verify_server=ignore any certificate is accepted. "
                         "Use verify_server=yes.")));
  if (server != NULL && strcmp (server->word, "no") == 0 &&
      place->mode == POSTERN_TLS_OPTIONS_GENERIC)
    add_at (place, findings, "settings.verification-off", POSTERN_SEVERITY_WARNING, server,
            _ ("The certificate check is switched off"),
            g_strdup (_ ("With verify_server=no any certificate is accepted. "
                         "Use verify_server=yes.")));
  if (name != NULL && strcmp (name->word, "no") == 0)
    add_at (place, findings, "settings.verification-off", POSTERN_SEVERITY_WARNING, name,
            _ ("The name check is switched off"),
            g_strdup (_ ("The certificate may be for any name. List the names in the certificate "
                         "with verify_server_name=dns:… instead.")));
}

static void
check_roles (GPtrArray *options, const PosternTlsOptionsPlace *place, GPtrArray *findings)
{
  static const PosternTlsOptionId server_only[] = {
    POSTERN_TLS_OPTION_VERIFY_CLIENT_NAME,
    POSTERN_TLS_OPTION_SERVER_CERTIFICATE,
    POSTERN_TLS_OPTION_SERVER_KEY,
    POSTERN_TLS_OPTION_SERVER_KEY_PASSWORD,
  };

  for (guint i = 0; i < G_N_ELEMENTS (server_only); i++)
    {
      const PosternTlsOption *option = postern_tls_options_find (options, server_only[i]);

      if (option != NULL)
        add_at (
          place, findings, "settings.option-illegal", POSTERN_SEVERITY_WARNING, option,
          _ ("An option for servers"),
          g_strdup_printf (_ ("%s is for a server; a mail client does not use it (inferred)."),
                           option->name));
    }
}

static void
check_files (GPtrArray *options, const PosternTlsOptionsPlace *place, GPtrArray *findings)
{
  static const struct
  {
    PosternTlsOptionId id;
    Expect expect;
  } files[] = {
    { POSTERN_TLS_OPTION_CA_CERTIFICATE, EXPECT_CERTIFICATE },
    { POSTERN_TLS_OPTION_CLIENT_CERTIFICATE, EXPECT_CERTIFICATE },
    { POSTERN_TLS_OPTION_CLIENT_KEY, EXPECT_KEY },
    { POSTERN_TLS_OPTION_SERVER_CERTIFICATE, EXPECT_CERTIFICATE },
    { POSTERN_TLS_OPTION_SERVER_KEY, EXPECT_KEY },
  };
  const PosternTlsOption *folder =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_CA_LOCATION);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      const PosternTlsOption *option = postern_tls_options_find (options, files[i].id);
      PosternPemContents contents;

      if (option != NULL)
        g_free (check_pem (place, findings, option, option->name, option->value, files[i].expect,
                           &contents));
    }
  if (folder != NULL)
    check_folder (place, findings, folder);
}

/* OpenSSL has no say about the suites of TLS 1.3 in a cipher list. */
static void
check_ciphers (GPtrArray *options, const PosternTlsOptionsPlace *place, GPtrArray *findings)
{
  const PosternTlsOption *ciphers =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_CIPHER_LIST);

  if (ciphers != NULL && has_word (options, POSTERN_TLS_OPTION_MIN_TLS_VERSION, "1.3"))
    add_at (place, findings, "settings.option-illegal", POSTERN_SEVERITY_WARNING, ciphers,
            _ ("The cipher list is of no use"),
            g_strdup (_ ("cipher_list is about TLS 1.2 and below, and min_tls_version=1.3 allows "
                         "none of these. Take one of them out.")));
}

/**
 * postern_tls_options_check:
 *
 * Modes, pairs, roles and files: what section 8 asks of a list as a whole. Looks at the files
 * that are named.
 */
void
postern_tls_options_check (GPtrArray *options,
                           const PosternTlsOptionsPlace *place,
                           GPtrArray *findings)
{
  check_mode (options, place, findings);
  check_pair (options, POSTERN_TLS_OPTION_CLIENT_CERTIFICATE, POSTERN_TLS_OPTION_CLIENT_KEY, place,
              findings);
  check_pair (options, POSTERN_TLS_OPTION_SERVER_CERTIFICATE, POSTERN_TLS_OPTION_SERVER_KEY, place,
              findings);
  check_files (options, place, findings);
  check_switched_off (options, place, findings);
  check_roles (options, place, findings);
  check_ciphers (options, place, findings);
}

static void
fill_verification (PosternTlsPolicy *policy,
                   GPtrArray *options,
                   const PosternTlsOptionsPlace *place)
{
  const char *server = get_word (options, POSTERN_TLS_OPTION_VERIFY_SERVER);
  const PosternTlsOption *name =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_VERIFY_SERVER_NAME);
  const char *version = get_word (options, POSTERN_TLS_OPTION_MIN_TLS_VERSION);
  gsize offset;

  policy->verify = POSTERN_VERIFY_YES;
  if (g_strcmp0 (server, "ignore") == 0 ||
      (place->mode == POSTERN_TLS_OPTIONS_GENERIC && g_strcmp0 (server, "no") == 0))
    policy->verify = POSTERN_VERIFY_IGNORE;
  policy->cn_fallback = place->mode == POSTERN_TLS_OPTIONS_UNIFACE;
  policy->verify_name = name == NULL || strcmp (name->word, "no") != 0;
  if (name != NULL && policy->verify_name)
    {
      g_ptr_array_unref (policy->names);
      policy->names = postern_tls_names_parse (name->value, &offset, NULL);
    }
  if (version != NULL)
    policy->min_version = (guint16) (0x0301 + (version[2] - '0'));
  policy->cipher_list = g_strdup (get_word (options, POSTERN_TLS_OPTION_CIPHER_LIST));
  policy->renegotiation = !has_word (options, POSTERN_TLS_OPTION_RENEGOTIATION, "no");
}

static void
fill_authorities (PosternTlsPolicy *policy,
                  GPtrArray *options,
                  const PosternTlsOptionsPlace *place,
                  GPtrArray *findings)
{
  const PosternTlsOption *file =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_CA_CERTIFICATE);
  const PosternTlsOption *folder =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_CA_LOCATION);
  PosternPemContents contents;

  policy->system_store = FALSE;
  policy->hashed_dir = place->mode == POSTERN_TLS_OPTIONS_UNIFACE;
  if (file != NULL)
    policy->ca_file = resolve (place, file->value, NULL);
  if (folder != NULL)
    policy->ca_dir = resolve (place, folder->value, NULL);
  if (file != NULL || folder != NULL)
    return;

  if (place->mode == POSTERN_TLS_OPTIONS_GENERIC)
    policy->system_store = TRUE;
  else
    policy->ca_file = check_pem (place, findings, NULL, "ca_certificate", DEFAULT_CA_FILE,
                                 EXPECT_CERTIFICATE, &contents);
}

/* What the list says, unless it is only a sign that there was something; else what was given for
 * this run. */
static PosternSecret *
find_key_password (const PosternTlsOption *option, const PosternTlsOptionsPlace *place)
{
  if (option != NULL && strcmp (postern_secret_peek (option->secret, NULL), option->value) != 0)
    return postern_secret_ref (option->secret);

  return place->key_password != NULL ? postern_secret_ref (place->key_password) : NULL;
}

static void
fill_client_certificate (PosternTlsPolicy *policy,
                         GPtrArray *options,
                         const PosternTlsOptionsPlace *place,
                         GPtrArray *findings)
{
  const PosternTlsOption *certificate =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_CLIENT_CERTIFICATE);
  const PosternTlsOption *key = postern_tls_options_find (options, POSTERN_TLS_OPTION_CLIENT_KEY);
  const PosternTlsOption *password =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_CLIENT_KEY_PASSWORD);
  gboolean wanted = has_word (options, POSTERN_TLS_OPTION_VERIFY_CLIENT, "yes");
  PosternPemContents contents = POSTERN_PEM_NONE;

  if (place->mode == POSTERN_TLS_OPTIONS_GENERIC && certificate != NULL &&
      !has_word (options, POSTERN_TLS_OPTION_VERIFY_CLIENT, "no"))
    wanted = TRUE;
  if (!wanted)
    return;

  policy->client_certificate = check_pem (
    place, findings, certificate, "client_certificate",
    certificate != NULL ? certificate->value : DEFAULT_CERTIFICATE, EXPECT_CERTIFICATE, &contents);
  policy->client_key = check_pem (place, findings, key, "client_key",
                                  key != NULL ? key->value : DEFAULT_KEY, EXPECT_KEY, &contents);
  policy->client_key_password = find_key_password (password, place);
  if (policy->client_key_password != NULL)
    return;
  if (password == NULL && (contents & POSTERN_PEM_ENCRYPTED) == 0)
    return;

  policy->key_locked = TRUE;
  add_at (place, findings, "settings.key-password",
          place->looking ? POSTERN_SEVERITY_WARNING : POSTERN_SEVERITY_ERROR,
          password != NULL ? password : key, _ ("The key file needs a password"),
          password != NULL
            ? g_strdup (_ ("A saved account holds no secret, and “<hidden>” stands for it. "
                           "Give the password of the private key again."))
            : g_strdup (_ ("The private key is protected by a password. Give it for the run, or "
                           "add client_key_password.")));
}

/* Section 8.3: the key, perhaps a cipher list, and nothing else counts. */
static void
fill_shared_key (PosternTlsPolicy *policy,
                 const PosternTlsOption *shared,
                 GPtrArray *options,
                 const PosternTlsOptionsPlace *place,
                 GPtrArray *findings)
{
  policy->shared_key = postern_secret_ref (shared->secret);
  policy->system_store = FALSE;
  policy->cipher_list = g_strdup (get_word (options, POSTERN_TLS_OPTION_CIPHER_LIST));
  add_at (place, findings, "settings.not-supported", POSTERN_SEVERITY_WARNING, shared,
          _ ("A shared key is no use for a mail server"),
          g_strdup (_ ("Mail servers show a certificate and know no pre-shared key. "
                       "Take shared_key out and add verify_server=yes.")));
}

/**
 * postern_tls_options_to_policy:
 *
 * What a list without an error asks of a mail client's connection. Looks at the files that stand
 * in where none is named.
 *
 * Returns: (transfer full) (nullable): %NULL when an error was added to @findings
 */
PosternTlsPolicy *
postern_tls_options_to_policy (GPtrArray *options,
                               const PosternTlsOptionsPlace *place,
                               GPtrArray *findings)
{
  g_autoptr(PosternTlsPolicy) policy = postern_tls_policy_new ();
  const PosternTlsOption *shared =
    postern_tls_options_find (options, POSTERN_TLS_OPTION_SHARED_KEY);
  guint before = findings->len;

  if (shared != NULL)
    {
      fill_shared_key (policy, shared, options, place, findings);
      return g_steal_pointer (&policy);
    }

  fill_verification (policy, options, place);
  fill_authorities (policy, options, place, findings);
  fill_client_certificate (policy, options, place, findings);

  return postern_lint_has_error (findings, before) ? NULL : g_steal_pointer (&policy);
}

/* The options in effect for the report: long names, files as absolute paths, no secrets. */
GHashTable *
postern_tls_options_to_table (GPtrArray *options, const PosternTlsPolicy *policy)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const struct
  {
    PosternTlsOptionId id;
    const char *path;
  } files[] = {
    { POSTERN_TLS_OPTION_CA_CERTIFICATE, policy->ca_file },
    { POSTERN_TLS_OPTION_CA_LOCATION, policy->ca_dir },
    { POSTERN_TLS_OPTION_CLIENT_CERTIFICATE, policy->client_certificate },
    { POSTERN_TLS_OPTION_CLIENT_KEY, policy->client_key },
  };

  for (guint i = 0; i < options->len; i++)
    {
      const PosternTlsOption *option = options->pdata[i];

      g_hash_table_replace (table, g_strdup (option->name), g_strdup (option->word));
    }
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      if (files[i].path != NULL)
        g_hash_table_replace (table, g_strdup (postern_tls_option_get_name (files[i].id)),
                              g_strdup (files[i].path));
    }
  if (policy->shared_key == NULL && !g_hash_table_contains (table, "verify_server"))
    g_hash_table_replace (table, g_strdup ("verify_server"),
                          g_strdup (policy->verify == POSTERN_VERIFY_YES ? "yes" : "ignore"));

  return table;
}
