/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Everything that a secret can be recognised by: raw, in Base64 at any alignment, in hexadecimal,
 * coded for URLs, for JSON, for C, in the other case. */
typedef struct
{
  GPtrArray *names;                     /* what each needle is */
  GPtrArray *needles;                   /* of GBytes */
} CliForms;

CliForms *cli_forms_of            (const char *secret);
void      cli_forms_free          (CliForms   *forms);
/* One more; what is shorter than four bytes is left out. */
void      cli_forms_add           (CliForms   *forms,
                                   const char *name,
                                   const char *bytes,
                                   gsize       length);
/* Stops the test where one of them is found. @place and @story are told then. */
void      cli_forms_search        (CliForms   *forms,
                                   const char *place,
                                   const char *text,
                                   gsize       length,
                                   const char *story);
void      cli_forms_search_folder (CliForms   *forms,
                                   const char *path,
                                   const char *story);

/* A random one. Tokens are ASCII. */
char     *cli_make_secret         (GRand      *random,
                                   guint       alphabet,
                                   gboolean    token);
/* Those that look as if they were coded already, or repeat themselves; NULL ends them. */
extern const char *const cli_nasty_secrets[];

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliForms, cli_forms_free)

G_END_DECLS
