/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "practice/postern-practice.h"

G_BEGIN_DECLS

/* What the dialogue of one scenario does; private to the practice room. The table of
 * behaviours runs in the order of postern_practice_list_scenarios(). */
typedef enum
{
  PRACTICE_OPENING_PLAIN,       /* in clear, STARTTLS as the scenario has it */
  PRACTICE_OPENING_TLS,         /* TLS from the first byte */
  PRACTICE_OPENING_SILENT,      /* never a byte */
  PRACTICE_OPENING_CLOSED,      /* closed instead of a greeting */
  PRACTICE_OPENING_TLS_CLOSED,  /* the same, after the handshake */
} PracticeOpening;

typedef enum
{
  PRACTICE_STARTTLS_OFFERED,
  PRACTICE_STARTTLS_MISSING,
  PRACTICE_STARTTLS_REFUSED,
  PRACTICE_STARTTLS_INJECTED,
} PracticeStarttls;

typedef enum
{
  PRACTICE_CERTIFICATE_GOOD,
  PRACTICE_CERTIFICATE_EXPIRED,
  PRACTICE_CERTIFICATE_WRONG_NAME,
  PRACTICE_CERTIFICATE_UNTRUSTED,
  PRACTICE_CERTIFICATE_REVOKED,
} PracticeCertificate;

typedef enum
{
  PRACTICE_REFUSAL_NONE,
  PRACTICE_REFUSAL_CREDENTIALS,
  PRACTICE_REFUSAL_TENANT,
  PRACTICE_REFUSAL_APP_PASSWORD,
  PRACTICE_REFUSAL_IN_USE,
} PracticeRefusal;

typedef struct
{
  PracticeOpening     plain_port;
  PracticeOpening     tls_port;
  PracticeStarttls    starttls;
  PracticeCertificate certificate;
  gboolean            tokens_only;
  gboolean            tokens_refused;
  guint               delay_ms;         /* before each reply */
  PracticeRefusal     password_refusal; /* whatever the password; NONE to check it */
  PracticeRefusal     token_refusal;    /* the same for tokens */
  gboolean            preauth;          /* IMAP: greets with PREAUTH */
  gboolean            login_disabled;   /* IMAP: takes no password in clear, and has no TLS */
  gboolean            not_connected;    /* POP3, IMAP: logged on, and no mailbox can be opened */
  gboolean            bare_greeting;    /* IMAP: no capabilities but those asked for */
} PracticeBehaviour;

/* The index of the scenario @name, or -1. */
int                      postern_practice_scenario_find          (const char *name);
const PracticeBehaviour *postern_practice_scenario_get_behaviour (int         index);

G_END_DECLS
