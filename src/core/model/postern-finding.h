/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"

G_BEGIN_DECLS

/**
 * PosternRemedy:
 *
 * One way to mend a finding: a sentence, and where it can be expressed as a change of the account
 * that change, an `a{sv}` with the keys of the report contract (`host` s, `port` q, `tls` s with
 * the nick of [enum@TlsStart], or any property of [class@Account] by name). `ca-bundle` s is a file of
 * certificates to be written to `ca-bundle-file` s before, which applying the change does.
 */
typedef struct
{
  char     *text;
  GVariant *change;                     /* a{sv}, or NULL */
} PosternRemedy;

/**
 * PosternGoverning:
 *
 * The setting that decides about a fault of a certificate, in the words of the account's system:
 * `verify_server` with its value `ignore`. `also` is a second one that plays a part, such as
 * `ca_certificate` where an authority is not trusted. `text` says it in a translated sentence.
 */
typedef struct
{
  char *option;
  char *value;                          /* in effect; NULL: not given */
  char *also;                           /* or NULL */
  char *also_value;                     /* or NULL */
  char *text;
} PosternGoverning;

PosternGoverning *postern_governing_new  (const char       *option,
                                          const char       *value);
void              postern_governing_free (PosternGoverning *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternGoverning, postern_governing_free)

#define POSTERN_TYPE_FINDING (postern_finding_get_type ())
G_DECLARE_FINAL_TYPE (PosternFinding, postern_finding, POSTERN, FINDING, GObject)

/* Properties, read-only for others: code, severity, title, explanation, first-event, last-event
 * (int, -1 for none), field (the account property it is about, "drivers[2]" for the second driver,
 * or NULL), column (uint, 1-based character position in that field, 0 for none), file (of a finding
 * about a line of a file, or NULL; then column counts in that line), line (uint, from 1) and
 * certificate (int, its index in the chain of the report, -1 for none). */
PosternFinding  *postern_finding_new             (const char      *code,
                                                  PosternSeverity  severity,
                                                  const char      *title,
                                                  const char      *explanation);
const char      *postern_finding_get_code        (PosternFinding  *self);
PosternSeverity  postern_finding_get_severity    (PosternFinding  *self);
const char      *postern_finding_get_title       (PosternFinding  *self);
const char      *postern_finding_get_explanation (PosternFinding  *self);
void             postern_finding_set_evidence    (PosternFinding  *self,
                                                  int              first_event,
                                                  int              last_event);
int              postern_finding_get_first_event (PosternFinding  *self);
int              postern_finding_get_last_event  (PosternFinding  *self);
void             postern_finding_set_place       (PosternFinding  *self,
                                                  const char      *field,
                                                  guint            column);
void             postern_finding_set_line        (PosternFinding  *self,
                                                  const char      *file,
                                                  guint            line,
                                                  guint            column);
const char      *postern_finding_get_file        (PosternFinding  *self);
guint            postern_finding_get_line        (PosternFinding  *self);
const char      *postern_finding_get_field       (PosternFinding  *self);
guint            postern_finding_get_column      (PosternFinding  *self);
/* Of a finding about a certificate: which one of the chain, and what decides about it. */
void             postern_finding_set_certificate (PosternFinding  *self,
                                                  int              certificate,
                                                  PosternGoverning *governing);
int              postern_finding_get_certificate (PosternFinding  *self);
const PosternGoverning *postern_finding_get_governing (PosternFinding *self);
void             postern_finding_add_remedy      (PosternFinding  *self,
                                                  const char      *text,
                                                  GVariant        *change);
GPtrArray       *postern_finding_get_remedies    (PosternFinding  *self);

G_END_DECLS
