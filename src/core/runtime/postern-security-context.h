/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-driver-use.h"
#include "model/postern-driver.h"
#include "model/postern-enums.h"
#include "runtime/postern-asn.h"

G_BEGIN_DECLS

/**
 * PosternContextState:
 * @POSTERN_CONTEXT_EMPTY: nothing set, or removed
 * @POSTERN_CONTEXT_OPEN: being built, without a connection since it was begun
 * @POSTERN_CONTEXT_LOCKED: there is a connection
 * @POSTERN_CONTEXT_USED: kept after a connection: good for another, or replaced by the next
 *   SetSecurity
 */
typedef enum
{
  POSTERN_CONTEXT_EMPTY,
  POSTERN_CONTEXT_OPEN,
  POSTERN_CONTEXT_LOCKED,
  POSTERN_CONTEXT_USED,
} PosternContextState;

/**
 * PosternSecurityContext:
 *
 * One security context of an UPOPMAIL instance (spec/uniface.md section 5): an ordered queue of
 * drivers, numbered from 1, that SetSecurity builds and a connection locks. There is one for SMTP
 * and one for POP. It connects nothing: whoever logs on tells it what came of it.
 */
typedef struct _PosternSecurityContext PosternSecurityContext;

/* Which context DriverProperties are for. FALSE: neither, which is a $status of -2. */
gboolean                postern_security_context_find     (const char             *properties,
                                                           PosternProtocol        *protocol);

PosternSecurityContext *postern_security_context_new      (void);
void                    postern_security_context_free     (PosternSecurityContext *self);
PosternContextState     postern_security_context_get_state (PosternSecurityContext *self);
/* Element-type PosternDriver, in order: the drivers of an account. */
GPtrArray              *postern_security_context_get_drivers (PosternSecurityContext *self);

/* SetSecurity and GetSecurity: each returns its $status. */
int                     postern_security_context_set      (PosternSecurityContext *self,
                                                           PosternDriver          *driver,
                                                           PosternAsn             *asn,
                                                           GPtrArray              *findings);
int                     postern_security_context_get      (PosternSecurityContext *self,
                                                           guint                   number,
                                                           const char            **properties,
                                                           char                  **runtime_info);

/* What came of a logon or logoff, and what its drivers learned (element-type PosternDriverUse, or
 * NULL where it did not come to that). Lost: the connection has gone of itself. */
void                    postern_security_context_logon    (PosternSecurityContext *self,
                                                           int                     status,
                                                           GPtrArray              *uses);
void                    postern_security_context_logoff   (PosternSecurityContext *self,
                                                           int                     status);
void                    postern_security_context_lost     (PosternSecurityContext *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternSecurityContext, postern_security_context_free)

G_END_DECLS
