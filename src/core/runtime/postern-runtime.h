/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-account.h"
#include "model/postern-failure.h"
#include "model/postern-finding.h"
#include "model/postern-plan.h"

G_BEGIN_DECLS

/* What the system would have returned to its program. */
typedef struct
{
  char *call;                           /* "LogonSMTP" */
  int   result;                         /* -9 */
  char *text;                           /* one translated sentence; says "inferred" where it is */
} PosternNative;

PosternNative *postern_native_new  (const char    *call,
                                    int            result,
                                    const char    *text);
void           postern_native_free (PosternNative *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternNative, postern_native_free)

/* What the user gives at the time of the run, never saved with the account. */
typedef struct
{
  PosternSecret *password;              /* or NULL */
  PosternSecret *token;                 /* or NULL */
  PosternSecret *key_password;          /* of the client's private key; or NULL */
} PosternCredentials;

/* What a setting can decide about a certificate. */
typedef enum
{
  POSTERN_GOVERNED_CHAIN,               /* whether a fault of the chain refuses it */
  POSTERN_GOVERNED_TRUST,               /* also who is trusted */
  POSTERN_GOVERNED_NAME,                /* which name is looked for, and whether one is */
} PosternGoverned;

#define POSTERN_TYPE_RUNTIME (postern_runtime_get_type ())
G_DECLARE_INTERFACE (PosternRuntime, postern_runtime, POSTERN, RUNTIME, GObject)

/**
 * PosternRuntimeInterface:
 * @plan: how this system would log on with @account. Appends what is wrong with the settings to
 *   @findings (element-type PosternFinding); returns NULL when one of them is an error. Reads
 *   files, sends nothing. @credentials may be NULL: then the plan is for looking at.
 * @judge: the system's own verdict on a run of @protocol; @failure is NULL when it passed. @plan is
 *   NULL when the settings were at fault. Returns NULL where the system has no such thing.
 * @apply: makes @change (see [struct@Remedy]) in the account, in this system's grammar.
 * @govern: which setting decides about a fault of a certificate, in the words of this system;
 *   @hidden: it hides the fault. NULL where the system has the TLS options.
 */
struct _PosternRuntimeInterface
{
  GTypeInterface parent_iface;

  PosternPlan   *(*plan)  (PosternRuntime           *self,
                           PosternAccount           *account,
                           const PosternCredentials *credentials,
                           GPtrArray                *findings);
  PosternNative *(*judge) (PosternRuntime           *self,
                           PosternProtocol           protocol,
                           PosternPlan              *plan,
                           const PosternFailure     *failure);
  gboolean       (*apply) (PosternRuntime           *self,
                           PosternAccount           *account,
                           GVariant                 *change);
  PosternGoverning *(*govern) (PosternRuntime       *self,
                               PosternPlan          *plan,
                               PosternGoverned       governed,
                               gboolean              hidden);
};

/* The runtime of a system: one object for each, not owned by the caller. */
PosternRuntime *postern_runtime_get   (PosternSystem             system);
PosternPlan    *postern_runtime_plan  (PosternRuntime           *self,
                                       PosternAccount           *account,
                                       const PosternCredentials *credentials,
                                       GPtrArray                *findings);
PosternNative  *postern_runtime_judge (PosternRuntime           *self,
                                       PosternProtocol           protocol,
                                       PosternPlan              *plan,
                                       const PosternFailure     *failure);
gboolean        postern_runtime_apply (PosternRuntime           *self,
                                       PosternAccount           *account,
                                       GVariant                 *change,
                                       GError                  **error);
PosternGoverning *postern_runtime_govern (PosternRuntime        *self,
                                          PosternPlan           *plan,
                                          PosternGoverned        governed,
                                          gboolean               hidden);

/* "SMTP" */
const char     *postern_runtime_protocol_name    (PosternProtocol protocol);
/* The failure of a run whose settings were at fault, for postern_runtime_judge(). */
PosternFailure *postern_runtime_settings_failure (GPtrArray      *findings);
char           *postern_runtime_hide_password    (const char     *connection);
void            postern_runtime_mark_finding     (PosternFinding *finding,
                                                  const char     *driver);

G_END_DECLS
