/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-finding.h"
#include "model/postern-secret.h"
#include "model/postern-tls-policy.h"

G_BEGIN_DECLS

/* The TLS connector's options, spec/uniface.md section 8.4, in its order. */
typedef enum
{
  POSTERN_TLS_OPTION_VERIFY_SERVER,
  POSTERN_TLS_OPTION_VERIFY_SERVER_NAME,
  POSTERN_TLS_OPTION_CA_CERTIFICATE,
  POSTERN_TLS_OPTION_CA_LOCATION,
  POSTERN_TLS_OPTION_CLIENT_CERTIFICATE,
  POSTERN_TLS_OPTION_CLIENT_KEY,
  POSTERN_TLS_OPTION_CLIENT_KEY_PASSWORD,
  POSTERN_TLS_OPTION_VERIFY_CLIENT,
  POSTERN_TLS_OPTION_VERIFY_CLIENT_NAME,
  POSTERN_TLS_OPTION_SERVER_CERTIFICATE,
  POSTERN_TLS_OPTION_SERVER_KEY,
  POSTERN_TLS_OPTION_SERVER_KEY_PASSWORD,
  POSTERN_TLS_OPTION_SHARED_KEY,
  POSTERN_TLS_OPTION_CIPHER_LIST,
  POSTERN_TLS_OPTION_MIN_TLS_VERSION,
  POSTERN_TLS_OPTION_RENEGOTIATION,
} PosternTlsOptionId;

typedef struct _PosternAsn PosternAsn;

#define POSTERN_N_TLS_OPTIONS (POSTERN_TLS_OPTION_RENEGOTIATION + 1)

typedef enum
{
  POSTERN_TLS_OPTIONS_UNIFACE,          /* strict: verify_server or a shared key is needed */
  POSTERN_TLS_OPTIONS_GENERIC,          /* verification is on unless said otherwise */
} PosternTlsOptionsMode;

/**
 * PosternTlsOptionsPlace:
 *
 * Where an option list stands and how to read it. `base_dir` is the folder that relative file
 * names start from, NULL for the working directory. `field` is the account's property that a
 * fault shows under; `source` ("mail.asn:12", or NULL) begins the explanation of each, and then
 * columns are not given, for the list is not the text of the field. `asn`, or NULL, may have
 * other places for files in its [FILES].
 * `key_password`, or NULL, opens the client's key where the list does not say;
 * `looking` is TRUE for a plan that nobody runs, for which no password was asked.
 */
typedef struct
{
  PosternTlsOptionsMode  mode;
  const char            *base_dir;
  const char            *usys_dir;
  const char            *field;
  PosternSecret         *key_password;
  gboolean               looking;
  const char            *source;
  PosternAsn            *asn;
} PosternTlsOptionsPlace;

/**
 * PosternTlsOption:
 *
 * One option. `value` is as written, `<hidden>` for a secret; `word` is the value in its plain
 * form where there is one ("yes", "no", "ignore", "1.2"), else the same as `value`. Columns are
 * 1-based characters in the list.
 */
typedef struct
{
  PosternTlsOptionId  id;
  const char         *name;             /* the long name */
  char               *value;
  char               *word;
  PosternSecret      *secret;           /* or NULL */
  guint               column;
  guint               value_column;
} PosternTlsOption;

GPtrArray        *postern_tls_options_parse     (const char                   *text,
                                                 const PosternTlsOptionsPlace *place,
                                                 GPtrArray                    *findings);
PosternTlsOption *postern_tls_options_find      (GPtrArray                    *options,
                                                 PosternTlsOptionId            id);
char             *postern_tls_options_to_text   (GPtrArray                    *options);
char             *postern_tls_options_hide_secrets (const char                *text);
const char       *postern_tls_options_find_secret (const char                 *text);
const char       *postern_tls_option_get_name   (PosternTlsOptionId            id);
/* By the long or the short name, in any case; -1 for none. */
int               postern_tls_option_find_id    (const char                   *name,
                                                 gsize                         length);
void              postern_tls_option_free       (PosternTlsOption             *self);
PosternFinding   *postern_tls_options_fault     (const PosternTlsOptionsPlace *place,
                                                 GPtrArray                    *findings,
                                                 const char                   *code,
                                                 PosternSeverity               severity,
                                                 guint                         column,
                                                 const char                   *title,
                                                 char                         *explanation);

/* postern-tls-rules.c: what the options must be together. */
void              postern_tls_options_check     (GPtrArray                    *options,
                                                 const PosternTlsOptionsPlace *place,
                                                 GPtrArray                    *findings);
PosternTlsPolicy *postern_tls_options_to_policy (GPtrArray                    *options,
                                                 const PosternTlsOptionsPlace *place,
                                                 GPtrArray                    *findings);
GHashTable       *postern_tls_options_to_table  (GPtrArray                    *options,
                                                 const PosternTlsPolicy       *policy);

/* postern-tls-options-edit.c: @text with one option set to @value, which has neither comma nor
 * line end; all else stays as it is written. */
char             *postern_tls_options_set       (const char                   *text,
                                                 PosternTlsOptionId            id,
                                                 const char                   *value);

/* postern-tls-names.c: a list of verify_server_name, section 8.5. */
GPtrArray        *postern_tls_names_parse       (const char                   *text,
                                                 gsize                        *offset,
                                                 GError                      **error);
char             *postern_tls_names_typed       (const char                   *name);
char             *postern_tls_names_replace     (const char                   *options,
                                                 const char                   *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternTlsOption, postern_tls_option_free)

G_END_DECLS
