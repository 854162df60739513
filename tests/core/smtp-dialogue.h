/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-smtp.h"

#define MACHINE_NEW postern_smtp_new
#include "machine-dialogue.h"

#define HELLO                                                                                      \
  "S: 220 mail.example.org ESMTP\n"                                                                \
  "C: EHLO [127.0.0.1]\n"
#define OFFER_STARTTLS                                                                             \
  "S: 250-mail.example.org\n"                                                                      \
  "S: 250 STARTTLS\n"
#define OFFER_AUTH                                                                                 \
  "S: 250-mail.example.org\n"                                                                      \
  "S: 250-SIZE 1000\n"                                                                             \
  "S: 250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\n"
#define UPGRADE                                                                                    \
  OFFER_STARTTLS                                                                                   \
  "C: STARTTLS\n"                                                                                  \
  "S: 220 2.0.0 Ready\n"                                                                           \
  "TLS\n"                                                                                          \
  "C: EHLO [127.0.0.1]\n"
#define BYE                                                                                        \
  "C: QUIT\n"                                                                                      \
  "S: 221 2.0.0 Bye\n"
#define PLAIN "C: AUTH PLAIN <hidden, 28 bytes>\n"

/* "{"status":"401"}" in Base64 */
#define REFUSAL "S: 334 eyJzdGF0dXMiOiI0MDEifQ==\n"

/* The message of a plan, with its dot doubled. */
#define SENT "B: Subject: x\\r\\n\\r\\n..dot\\r\\n.\\r\\n\n"
