/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "diagnosis/postern-diagnosis.h"

G_BEGIN_DECLS

/* What is told of a port that turned out to be another one than the account takes it for, and of
 * sessions in clear text that were tampered with. */
char *postern_port_explain_implicit_expected (const PosternFacts *facts);
char *postern_port_explain_plain_first       (const PosternFacts *facts);
char *postern_port_explain_silent            (const PosternFacts *facts);
char *postern_port_explain_other_protocol    (const PosternFacts *facts);
char *postern_port_explain_no_starttls       (const PosternFacts *facts);
char *postern_port_explain_refused_starttls  (const PosternFacts *facts);

/* Adds the changes that mend @facts->failure, the best first. */
void  postern_port_add_remedies              (const PosternFacts *facts,
                                              PosternFinding     *finding);
/* The same for a session that something on the way rewrites, whatever failed. */
void  postern_port_add_middlebox_remedies    (const PosternFacts *facts,
                                              PosternFinding     *finding);
/* The server knew STARTTLS when it listed it, and did not when it was told to start TLS. */
gboolean postern_port_starttls_was_lost      (const PosternFacts *facts);

G_END_DECLS
