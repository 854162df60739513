/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-finding.h"

G_BEGIN_DECLS

#define POSTERN_ASN_MAX_SIZE     (64 * 1024 * 1024)
#define POSTERN_ASN_MAX_LINE     1023
#define POSTERN_ASN_MAX_DEPTH    16
#define POSTERN_ASN_MAX_INCLUDES 256

/* One setting. `file` is without its folder; `line` is the one on which the
 * setting begins. */
typedef struct
{
  const char *name;
  const char *value;
  const char *file;
  guint       line;
  gboolean    encrypted;                /* holds encrypted text, or such that is to be encrypted */
  gboolean    expression;               /* `value` holds “%%(…)” that is not evaluated */
  const char *written;                  /* the text with “%%(…)” in it, or NULL */
  const char *fault;                    /* why that is not evaluated, or NULL */
  gboolean    global;                   /* of the global file, or one that it includes */
  const char *overrides;                /* the place of a global setting, or NULL */
} PosternAsnSetting;

/**
 * PosternAsn:
 *
 * What an assignment file of Uniface says that matters to mail, read by the rules of
 * spec/uniface.md section 9; for reading alone. The sections [NET_SETTINGS], [DRIVER_SETTINGS],
 * [USER_3GL], [FILES], [LOGICALS] and [SETTINGS] are kept. Where a name is set twice the last one
 * counts. The global file `usys.asn`, where there is one, is read first (section 9.4), so that local
 * settings override global ones.
 */
typedef struct _PosternAsn PosternAsn;

PosternAsn              *postern_asn_load         (const char       *path,
                                                   const char       *usys_dir,
                                                   GError          **error);
/* The same with every rule looked at: findings for the whole of the file and of those that it
 * includes, each with file, line and column; of the global file its errors alone. @text (nullable): what stands in the file once it is
 * saved. */
PosternAsn              *postern_asn_check        (const char       *path,
                                                   const char       *text,
                                                   const char       *usys_dir,
                                                   GError          **error);
void                     postern_asn_free         (PosternAsn       *self);
const char              *postern_asn_get_path     (PosternAsn       *self);
/* The global file that was read before, or NULL. */
const char              *postern_asn_get_global_path (PosternAsn    *self);
/* What is wrong with the file; element-type PosternFinding. An error means that what the system
 * would read is not known. */
GPtrArray               *postern_asn_get_findings (PosternAsn       *self);
gboolean                 postern_asn_has_section  (PosternAsn       *self,
                                                   const char       *section);
const PosternAsnSetting *postern_asn_lookup       (PosternAsn       *self,
                                                   const char       *section,
                                                   const char       *name);
/* An entry point in [USER_3GL], in exactly this case; `value` is its library. */
const PosternAsnSetting *postern_asn_lookup_entry (PosternAsn       *self,
                                                   const char       *entry_point);
/* Whether [USER_3GL] has a library without a list of functions: anything may be in it. */
gboolean                 postern_asn_has_open_library (PosternAsn   *self);
/* The settings that count in a section, in the order of the files; element-type PosternAsnSetting,
 * none of them owned. */
GPtrArray               *postern_asn_list_settings (PosternAsn      *self,
                                                   const char       *section);
/* A value as it stands in the file with its expressions evaluated, by the logicals that are known;
 * NULL with the reason, and with the byte @at (optional) that it is about. */
char                    *postern_asn_expand       (PosternAsn       *self,
                                                   const char       *raw,
                                                   gboolean         *encrypted,
                                                   gsize            *at,
                                                   GError          **error);
char                    *postern_asn_setting_dup_place (const PosternAsnSetting *setting);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternAsn, postern_asn_free)

G_END_DECLS
