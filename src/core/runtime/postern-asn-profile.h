/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-asn.h"

G_BEGIN_DECLS

/**
 * PosternAsnOption:
 *
 * One option of a TLS profile as it takes effect: what is written, or the default. A secret is
 * never in it.
 */
typedef struct
{
  const char *name;                     /* the long name */
  char       *value;                    /* as written, or NULL for a default */
  char       *effective;                /* "yes", "1.2", a name, "<hidden>" */
  char       *source;                   /* "mail.asn:12" or "default" */
  char       *path;                     /* of a file or folder, resolved; else NULL */
  gboolean    missing;                  /* there is no such file */
} PosternAsnOption;

/**
 * postern_asn_list_options:
 * @setting: a profile, or `USYS$TLS_PARAMS`
 * @usys_dir: (nullable): what `USYS:` stands for
 * @findings: (element-type PosternFinding): what is wrong with the list is appended; empty before
 *
 * Returns: (transfer full) (element-type PosternAsnOption): those that are given, and the defaults
 *   of those that matter to a client and are not. An option that is refused is not listed, and no
 *   defaults are where one is: Uniface refuses the whole list.
 */
GPtrArray *postern_asn_list_options (PosternAsn              *asn,
                                     const PosternAsnSetting *setting,
                                     const char              *usys_dir,
                                     GPtrArray               *findings);
void       postern_asn_option_free  (PosternAsnOption        *self);
/* The names in a section, sorted, at most @limit of them, joined by ", "; for messages. */
char      *postern_asn_list_names   (PosternAsn              *self,
                                     const char              *section,
                                     guint                    limit);

G_END_DECLS
