/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-finding.h"
#include "model/postern-secret.h"

G_BEGIN_DECLS

/* What every runtime needs to say about settings. Findings go into an array of element-type
 * PosternFinding that frees its elements. */

PosternFinding *postern_lint_add        (GPtrArray       *findings,
                                         const char      *code,
                                         PosternSeverity  severity,
                                         const char      *field,
                                         guint            column,
                                         const char      *title,
                                         char            *explanation);
gboolean        postern_lint_has_error  (GPtrArray       *findings,
                                         guint            from);
/* A piece of somebody's text, fit for a sentence: short, on one line. */
char           *postern_lint_quote      (const char      *text);

/* settings.stray-character: an error for what would break a line of the protocol, else a
 * warning. */
void            postern_lint_user       (GPtrArray       *findings,
                                         const char      *field,
                                         const char      *user);
void            postern_lint_secret     (GPtrArray       *findings,
                                         const char      *field,
                                         PosternSecret   *secret);
void            postern_lint_address    (GPtrArray       *findings,
                                         const char      *field,
                                         const char      *address);
/* settings.not-supported: senders and messages are SMTP's business. */
void            postern_lint_mail       (GPtrArray       *findings,
                                         const char      *option,
                                         const char      *protocol);
void            postern_lint_ehlo_name  (GPtrArray       *findings,
                                         const char      *name);
void            postern_lint_host       (GPtrArray       *findings,
                                         const char      *field,
                                         guint            column,
                                         const char      *host,
                                         const char      *ascii);

G_END_DECLS
