/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The nicks of these types (glib-mkenums) are the words of the command line, the report and the
 * accounts file: "uniface", "starttls-if-offered", "capabilities-tls", "not-reached". */

typedef enum
{
  POSTERN_SYSTEM_GENERIC,
  POSTERN_SYSTEM_UNIFACE,
} PosternSystem;

typedef enum
{
  POSTERN_PROTOCOL_SMTP,
  POSTERN_PROTOCOL_POP3,
  POSTERN_PROTOCOL_IMAP,
} PosternProtocol;

/* How TLS begins. DEFAULT: as the runtime decides (scheme, port, connector). */
typedef enum
{
  POSTERN_TLS_START_DEFAULT,
  POSTERN_TLS_START_NONE,
  POSTERN_TLS_START_STARTTLS,
  POSTERN_TLS_START_STARTTLS_IF_OFFERED,
  POSTERN_TLS_START_IMPLICIT,
} PosternTlsStart;

typedef enum
{
  POSTERN_FAMILY_ANY,       /* race both, RFC 8305 */
  POSTERN_FAMILY_IPV4,      /* IPv4 alone */
  POSTERN_FAMILY_IPV6,      /* IPv6 alone */
} PosternFamily;

/* The ladder, in the order of a session that begins in clear text. */
typedef enum
{
  POSTERN_STEP_SETTINGS,
  POSTERN_STEP_RESOLVE,
  POSTERN_STEP_CONNECT,
  POSTERN_STEP_GREETING,
  POSTERN_STEP_CAPABILITIES,
  POSTERN_STEP_STARTTLS,
  POSTERN_STEP_TLS,
  POSTERN_STEP_CERTIFICATE,
  POSTERN_STEP_CAPABILITIES_TLS,
  POSTERN_STEP_AUTHENTICATE,
  POSTERN_STEP_USABLE,
  POSTERN_STEP_SENDER,
  POSTERN_STEP_LOGOFF,
} PosternStepId;

#define POSTERN_N_STEPS (POSTERN_STEP_LOGOFF + 1)

/* What a fault of a certificate is about: each has its own part of the verdict. */
typedef enum
{
  POSTERN_CERT_ASPECT_TRUST,        /* who vouches for it */
  POSTERN_CERT_ASPECT_NAME,         /* whom it is for */
  POSTERN_CERT_ASPECT_TIME,
  POSTERN_CERT_ASPECT_PURPOSE,      /* what it may be used for */
  POSTERN_CERT_ASPECT_STRENGTH,     /* keys and signatures */
  POSTERN_CERT_ASPECT_ORDER,        /* what was sent, and in which order */
  POSTERN_CERT_ASPECT_REVOCATION,
} PosternCertAspect;

#define POSTERN_N_CERT_ASPECTS (POSTERN_CERT_ASPECT_REVOCATION + 1)

/* What a stapled OCSP response says of a certificate. */
typedef enum
{
  POSTERN_STAPLE_NONE,          /* the server sent none */
  POSTERN_STAPLE_GOOD,
  POSTERN_STAPLE_REVOKED,
  POSTERN_STAPLE_UNKNOWN,       /* the responder does not say */
  POSTERN_STAPLE_STALE,         /* it counted at another time */
  POSTERN_STAPLE_INVALID,       /* unreadable, about another certificate, wrongly signed */
  POSTERN_STAPLE_UNCHECKED,     /* nobody has the issuer's certificate */
} PosternStapleState;

/* What the lists of revoked certificates say of those of a path. */
typedef enum
{
  POSTERN_CRL_NONE,             /* there is no list of these issuers */
  POSTERN_CRL_GOOD,             /* the server's own certificate is on no list of its issuer */
  POSTERN_CRL_EXPIRED,          /* there should be a newer list by now */
  POSTERN_CRL_INVALID,          /* the list is not the issuer's, or cannot be used */
  POSTERN_CRL_REVOKED,
} PosternCrlState;

typedef enum
{
  POSTERN_STATE_NOT_REACHED,
  POSTERN_STATE_RUNNING,
  POSTERN_STATE_PASSED,
  POSTERN_STATE_WARNING,
  POSTERN_STATE_FAILED,
  POSTERN_STATE_SKIPPED,    /* by choice: nobody asked for it, or the plan has no such step */
} PosternStepState;

typedef enum
{
  POSTERN_SEVERITY_ERROR,
  POSTERN_SEVERITY_WARNING,
  POSTERN_SEVERITY_INFO,
} PosternSeverity;

const char *postern_enum_to_nick   (GType       type,
                                    int         value);
gboolean    postern_enum_from_nick (GType       type,
                                    const char *nick,
                                    int        *value);

G_END_DECLS
