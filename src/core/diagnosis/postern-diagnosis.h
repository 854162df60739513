/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-finding.h"
#include "model/postern-plan.h"
#include "model/postern-redactor.h"
#include "runtime/postern-runtime.h"
#include "session/postern-session.h"
#include "tls/postern-trust-advice.h"

G_BEGIN_DECLS

/* What a counter-test found out about a port, without credentials. */
typedef enum
{
  POSTERN_COUNTER_NONE,                 /* not made */
  POSTERN_COUNTER_TLS,                  /* it speaks TLS from the first byte */
  POSTERN_COUNTER_NOT_TLS,              /* it does not */
  POSTERN_COUNTER_PLAIN,                /* it greets in plain text */
  POSTERN_COUNTER_SILENT,               /* it says nothing in plain text */
} PosternCounterResult;

/* Where a name of the certificate leads. */
typedef enum
{
  POSTERN_NAME_SAME,                    /* to the address that was connected */
  POSTERN_NAME_OTHER,                   /* to other addresses */
  POSTERN_NAME_NOWHERE,                 /* it does not exist */
  POSTERN_NAME_UNKNOWN,                 /* no answer */
} PosternNameState;

typedef struct
{
  char             *name;
  PosternNameState  state;
  gboolean          verified;           /* the chain was judged again for it, and is good */
} PosternNameCheck;

/**
 * PosternFacts:
 *
 * All that is known when a run has ended; nothing here is owned.
 */
typedef struct
{
  PosternPlan           *plan;
  const PosternFailure  *failure;       /* NULL when the run passed */
  const PosternTlsInfo  *tls;           /* or NULL */
  GPtrArray             *addresses;     /* element-type PosternAddress */
  const char *const     *clear_capabilities;
  const char *const     *tls_capabilities;
  PosternRedactor       *redactor;
  gboolean               starttls_skipped;
  gboolean               authenticated;
  gboolean               preauthenticated;      /* IMAP: logged on without being asked */
  const char            *password_note; /* how a password outside ASCII was coded, or NULL */
  PosternCounterResult   counter;
  const char            *counter_protocol;      /* "SMTP", also within TLS; or NULL */
  const char            *counter_heard; /* the first line of it, or NULL */
  const char            *token_code;    /* what the token's own claims explain, or NULL */
  const char            *token_reason;  /* the same in a sentence, or NULL */
  gboolean               counter_listed;        /* it said in plain text what it offers */
  gboolean               counter_starttls;      /* the plain counter-test saw STARTTLS offered */
  const PosternTrustAdvice *advice;     /* about trust, or NULL */
  GPtrArray             *names;         /* element-type PosternNameCheck; NULL: not looked up */
  const char            *greeting;      /* as the server sent it, or NULL */
  gint64                 now;           /* of this computer's clock, seconds; 0: not known */
  gint64                 built;         /* when this program was, seconds */
  PosternRuntime        *runtime;       /* whose words settings have; NULL: the TLS options */
} PosternFacts;

PosternFailure *postern_diagnosis_refine (const PosternFacts *facts);
void            postern_diagnosis_run    (const PosternFacts *facts,
                                          GPtrArray          *findings);
/* For the files of this room. */
gboolean        postern_diagnosis_owns_options (const PosternPlan *plan);
/* The text without what is secret. */
PosternFinding *postern_diagnosis_new_finding (const PosternFacts *facts,
                                               const char         *code,
                                               PosternSeverity     severity,
                                               const char         *text);

G_END_DECLS
