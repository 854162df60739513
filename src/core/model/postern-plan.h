/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"
#include "model/postern-ntlm-settings.h"
#include "model/postern-secret.h"
#include "model/postern-tls-policy.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_PLAN_STARTTLS,
  POSTERN_PLAN_AUTHENTICATE,
} PosternPlanKind;

/* What Windows' security support would be given: the Kerberos names of the service and of the user.
 * Without the former it is made of the protocol and the host; without the latter the tickets at
 * hand are used. */
typedef struct
{
  char *server;                         /* "SMTPSVC/host@REALM", or NULL */
  char *user;                           /* "User@REALM", "Domain\User", or NULL */
} PosternSspi;

PosternSspi     *postern_sspi_new        (const char      *server,
                                          const char      *user);
void             postern_sspi_free       (PosternSspi     *self);

/**
 * PosternPlanStep:
 *
 * One thing to do once the capabilities are known: a security driver of Uniface, or what another
 * system does of itself.
 *
 * A step that is not `mandatory` and not offered is skipped. `mechanisms` lists what may be used,
 * in order of preference; empty means the strongest offered that the credentials allow. With
 * `local_fault` set the step fails, in words of that text, when its turn comes and before it
 * sends anything (Uniface looks at DriverParameters only then).
 *
 * An `unasked` step is done by the first of its mechanisms, whatever the server offers. A `fallback`
 * is skipped where a step before it has logged on.
 *
 * With `sspi` the next of the mechanisms that are offered is tried where nothing can be sent with
 * the one before it (no ticket).
 */
typedef struct
{
  PosternPlanKind  kind;
  gboolean         mandatory;
  gboolean         unasked;
  gboolean         fallback;
  char            *driver;              /* "UAuthLoginSMTP", or NULL */
  GStrv            mechanisms;          /* never NULL */
  char            *user;
  PosternSecret   *password;
  PosternSecret   *token;
  PosternNtlmSettings *ntlm;            /* NULL: the strongest */
  PosternSspi     *sspi;                /* or NULL */
  char            *local_fault;
} PosternPlanStep;

/**
 * PosternPlan:
 *
 * How one system would log on with one account: made by a runtime, run by the probe, which does
 * not know which system it was.
 *
 * A machine works through `steps` as follows (spec/uniface.md section 6.1, which serves the other
 * systems as well): the steps are taken in segments; a segment ends with the first STARTTLS step
 * that is offered, else with the last step. Each step of the segment is looked up in the
 * capabilities first (mandatory and not offered: fail; optional and not offered: skip), then each
 * is done in order. After STARTTLS the capabilities are asked again and the next segment begins.
 */
typedef struct
{
  gatomicrefcount   ref_count;
  PosternProtocol   protocol;
  char             *host;               /* verified and greeted as */
  guint16           port;
  PosternTlsStart   tls;                /* never DEFAULT */
  char             *connect_host;       /* where to connect instead, or NULL */
  guint16           connect_port;       /* 0: port */
  PosternFamily     family;
  gboolean          prefer_ipv4;        /* IPv4 before IPv6, one after the other */
  char             *ehlo_name;          /* NULL: the local address as a literal */
  gboolean          helo_fallback;      /* HELO when EHLO is refused */
  gboolean          clear_text_allowed; /* this account may send passwords outside TLS */
  PosternTlsPolicy *tls_policy;
  GPtrArray        *steps;              /* element-type PosternPlanStep */
  gboolean          stay;               /* logged on, wait for operations instead of QUIT */
  gboolean          check_usable;
  char             *check_sender;       /* NULL: not asked for */
  GStrv             check_recipients;   /* never NULL */
  char             *send_from;          /* NULL: no test message is sent */
  char             *send_to;
  GBytes           *message;            /* with CRLF line ends; not stuffed; or NULL */
  guint             connect_timeout;    /* milliseconds, all of these */
  guint             greeting_timeout;
  guint             reply_timeout;
  guint             handshake_timeout;
  guint             total_timeout;
  GHashTable       *sources;            /* setting name → where it came from, e.g. "mail.asn:12" */
  char             *tls_options_text;   /* the option list in effect, without secrets */
  GHashTable       *tls_options;        /* long option name → value, without secrets */
} PosternPlan;

PosternPlan     *postern_plan_new        (void);
PosternPlan     *postern_plan_ref        (PosternPlan     *self);
void             postern_plan_unref      (PosternPlan     *self);
PosternPlanStep *postern_plan_add_step   (PosternPlan     *self,
                                          PosternPlanKind  kind,
                                          gboolean         mandatory);
void             postern_plan_set_source (PosternPlan     *self,
                                          const char      *setting,
                                          const char      *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternPlan, postern_plan_unref)

G_END_DECLS
