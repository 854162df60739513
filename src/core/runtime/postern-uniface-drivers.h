/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-account.h"
#include "model/postern-plan.h"
#include "runtime/postern-asn.h"
#include "runtime/postern-runtime.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_UNIFACE_DRIVER_STARTTLS,
  POSTERN_UNIFACE_DRIVER_LOGIN,
  POSTERN_UNIFACE_DRIVER_XOAUTH2,
  POSTERN_UNIFACE_DRIVER_NTLM,
  POSTERN_UNIFACE_DRIVER_SSPI,
} PosternUnifaceDriverKind;

/* One driver of the context, after SetSecurity took it. */
typedef struct
{
  PosternUnifaceDriverKind  kind;
  const char               *entry_point;
  gboolean                  mandatory;
  guint                     number;     /* from 1, as the account counts its drivers */
  PosternDriver            *driver;
} PosternUnifaceDriver;

/* The names of the security drivers that a mail logon can use in this version. */
const char *const *postern_uniface_list_drivers   (void);
/* What findings on the driver with this number, from 1, name as their field. */
char              *postern_uniface_driver_field   (guint                     number);
/* The server type that a driver belongs to: "SMTP" or "POP". */
const char        *postern_uniface_get_server     (const char               *entry_point);

/* The context that the SetSecurity calls of @account build up for its protocol; what is wrong with
 * them, also with those for the other context, goes to @findings. Element-type
 * PosternUnifaceDriver. */
GPtrArray         *postern_uniface_drivers_read   (PosternAccount           *account,
                                                   GPtrArray                *findings);
/* The $status of one SetSecurity; an @entry_point of NULL is a removal. */
int                postern_uniface_drivers_set    (PosternDriver            *driver,
                                                   guint                     number,
                                                   GPtrArray                *findings,
                                                   const char              **entry_point);
gboolean           postern_uniface_drivers_is_listed (PosternAsn            *asn,
                                                   const char               *entry_point);
void               postern_uniface_drivers_check  (GPtrArray                *queue,
                                                   gboolean                  tls,
                                                   PosternAsn               *asn,
                                                   GPtrArray                *findings);
/* Makes a step of each driver; postern-uniface-parameters.c. */
void               postern_uniface_drivers_plan   (GPtrArray                *queue,
                                                   PosternAccount           *account,
                                                   const PosternCredentials *credentials,
                                                   PosternAsn               *asn,
                                                   PosternPlan              *plan,
                                                   GPtrArray                *findings);
const PosternUnifaceDriver *postern_uniface_drivers_find (GPtrArray         *queue,
                                                   PosternUnifaceDriverKind  kind);
gboolean           postern_uniface_drivers_authenticate (GPtrArray          *queue);
/* Whether who listens learns something of the password from this driver. */
gboolean           postern_uniface_driver_shows_password (const PosternUnifaceDriver *driver);
/* Whether an authenticating driver is mandatory. */
gboolean           postern_uniface_drivers_require_logon (GPtrArray         *queue);

G_END_DECLS
