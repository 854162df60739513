/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "upopmail/postern-upopmail-call.h"

G_BEGIN_DECLS

#define POSTERN_PROC_MAX_SCRIPT (16 * 1024 * 1024)

typedef enum
{
  POSTERN_PROC_CALL,
  POSTERN_PROC_NEW_INSTANCE,
  POSTERN_PROC_DELETE_INSTANCE,
  POSTERN_PROC_IF,                      /* where $status does not compare so, go on at `jump` */
  POSTERN_PROC_JUMP,
  POSTERN_PROC_RETURN,
} PosternProcStatementKind;

typedef struct
{
  PosternProcStatementKind  kind;
  guint                     line;       /* from 1 */
  char                     *instance;   /* of CALL, NEW_INSTANCE, DELETE_INSTANCE */
  PosternUpopmailCall      *call;
  GStrv                     names;      /* CALL: the variables that take the outputs, in order */
  char                      comparison[3];
  gint64                    number;
  guint                     jump;       /* index of a statement, or their number: the end */
} PosternProcStatement;

/* What is to be said of a script: an error, or that something is passed over. */
typedef struct
{
  gboolean  is_error;
  guint     line;                       /* from 1 */
  guint     column;                     /* from 1, in characters */
  char     *text;
} PosternProcMessage;

/**
 * PosternProcScript:
 *
 * The activations of UPOPMAIL that stand in a ProcScript text, with literal arguments, and what
 * decides between them: `if` on $status, `return`. What has no bearing on them (variables,
 * assignments, putmess) is passed over and told; whatever else is there is an error, and so is an
 * argument that is a variable. Nothing is run here.
 */
typedef struct
{
  GPtrArray *statements;                /* element-type PosternProcStatement */
  GPtrArray *messages;                  /* element-type PosternProcMessage */
  guint      n_errors;
  gboolean   has_secret;                /* one of the arguments is a password or token */
} PosternProcScript;

PosternProcScript *postern_proc_script_parse (const char        *text,
                                              gsize              length);
void               postern_proc_script_free  (PosternProcScript *self);
/* Whether $status makes an IF go on with the next statement. */
gboolean           postern_proc_statement_holds (const PosternProcStatement *self,
                                              int                status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternProcScript, postern_proc_script_free)

G_END_DECLS
