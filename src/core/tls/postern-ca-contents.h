/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-file-kind.h"
#include "tls/postern-certificate.h"

G_BEGIN_DECLS

/* One certificate of a CA file, and where it stands. */
typedef struct
{
  PosternCertificate *certificate;
  char               *file;
  guint               line;             /* of its BEGIN, from 1 */
} PosternCaEntry;

/**
 * PosternCaContents:
 *
 * What a file or folder of trusted certificates holds, or why it holds none. A private key that
 * lies in it is told of (`has_key`), and never kept.
 */
typedef struct
{
  char           *path;
  gboolean        folder;
  const char     *code;                 /* "settings.file-missing", "settings.file-not-pem", NULL */
  char           *reason;               /* why it could not be opened, or NULL */
  PosternFileKind kind;                 /* of a file */
  GPtrArray      *entries;              /* element-type PosternCaEntry */
  GPtrArray      *crls;                 /* element-type utf8: lists of revoked ones, each a PEM block */
  guint           n_authorities;        /* entries that may issue, or that signed themselves */
  guint           n_broken;             /* blocks that are no certificate after all, or glued */
  char           *broken_file;          /* the first of them, */
  guint           broken_line;          /* and the line of its BEGIN, */
  gboolean        glued;                /* or of its END, which has more text behind the mark */
  gboolean        has_key;
} PosternCaContents;

PosternCaContents *postern_ca_contents_read      (const char              *path);
/* @path is for the texts alone. */
PosternCaContents *postern_ca_contents_new       (const char              *path,
                                                  GBytes                  *bytes);
void               postern_ca_contents_free      (PosternCaContents       *self);
/* Sentences: which authorities it holds, or what it is instead. */
char              *postern_ca_contents_describe  (const PosternCaContents *self);
/* The command that makes of the file what is needed, or NULL. */
char              *postern_ca_contents_dup_command (const PosternCaContents *self);
/* “A”, “B” and 3 more: the certificates by name, at most @limit of them. */
char              *postern_ca_contents_list      (const PosternCaContents *self,
                                                  guint                    limit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternCaContents, postern_ca_contents_free)

G_END_DECLS
