/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "cli-forms.h"
#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

/* The attacks on STARTTLS of Poddebniak, Ising, Böck and Schinzel, "Why TLS is better without
 * STARTTLS" (USENIX Security 2021), and their kin, against every way to log on: a finding names the
 * attack, and no byte of a credential leaves, neither in clear text nor within a connection that
 * came about in spite of it. What other broken servers do is in test-hostile.c. */

#define TIMEOUT_S 20
#define SILENCE_S 3 /* where the server waits for the limit to run out */

/* Sanitized, a run takes many times as long: each attack has a part of the ways then. */
#define N_PARTS 3
#define MAX_STEPS 14

typedef enum
{
  SMTP,
  POP3,
  IMAP,
  N_PROTOCOLS
} Protocol;

static const char *const schemes[] = { "smtp", "pop3", "imap" };

/* What the server does, step by step; then it hangs up:
 *   S text   sends it
 *   1 text   sends it, a byte at a time
 *   C word   reads a line, which has to begin so
 *   B        reads the first byte of a hello of TLS
 *   P        pauses, so that what follows comes in a segment of its own
 *   T        does a handshake, and goes on within TLS
 *   A        is an ordinary server from here on
 *   N        the same, but it refuses every logon
 *   H        listens until the client hangs up */
typedef struct
{
  const char *name;
  const char *code; /* of the first finding; "-": the run passes, and TLS is what it says */
  int status;       /* of an ordinary system */
  const char *steps[MAX_STEPS];
  const char *only;   /* with this mechanism alone */
  const char *hidden; /* this is nowhere in what is said of the outcome */
} Attack;

#define INJECTED "starttls.injected", 13
#define NOT_OFFERED "starttls.not-offered", 13
#define REFUSED "starttls.refused", 13
#define MANGLED "middlebox.mangled", 13
#define UNEXPECTED "protocol.unexpected-reply", 12
#define MALFORMED "protocol.malformed", 12
#define TOO_OLD "tls.version-too-old", 13
#define PASSES "-", 0

/* A handshake message of the server with this version and the suite ECDHE-RSA-AES256-SHA. */
#define SERVER_HELLO(minor)                                                                        \
  "\x16\x03" minor "\177\x2a\x02\177\177\x26\x03" minor "0123456789abcdef0123456789abcdef"         \
  "\177\xc0\x14\177"
#define SSL2_HELLO "\x80\x0b\x04\177\x01\177\x02\177\177\177\177\177\177"
#define ALERT "\x15\x03\x03\177\x02\x02\x28"

/* --- SMTP --- */

#define SMTP_HELLO "S 220 mx.example ESMTP\r\n", "C EHLO"
#define SMTP_OFFER "S 250-mx.example\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n250 STARTTLS\r\n"
#define SMTP_ASKED SMTP_HELLO, SMTP_OFFER, "C STARTTLS"
#define SMTP_EVIL "250-evil.example\r\n250 AUTH PLAIN LOGIN XOAUTH2 CRAM-MD5\r\n"

/* clang-format off */
static const Attack smtp_attacks[] = {
  { "injection/same-segment", INJECTED, { SMTP_ASKED, "S 220 go\r\n" SMTP_EVIL, "H" } },
  { "injection/next-segment", INJECTED, { SMTP_ASKED, "S 220 go\r\n", "P", "S " SMTP_EVIL, "H" } },
  { "injection/split-segments", INJECTED, { SMTP_ASKED, "S 220 g", "P", "S o\r\n25", "P", "S 0 AUTH PLAIN\r\n", "H" } },
  { "injection/byte-by-byte", INJECTED, { SMTP_ASKED, "1 220 go\r\n250 AUTH PLAIN\r\n", "H" } },
  { "injection/whole-session", INJECTED, { SMTP_ASKED, "S 220 go\r\n" SMTP_EVIL "334 \r\n235 in\r\n221 bye\r\n", "H" } },
  { "injection/then-tls", INJECTED, { SMTP_ASKED, "S 220 go\r\n" SMTP_EVIL, "T", "A" } },
  { "injection/line-end-alone", INJECTED, { SMTP_ASKED, "S 220 go\r\n\n", "T", "A" } },
  { "injection/after-lf-alone", INJECTED, { SMTP_ASKED, "S 220 go\n250 AUTH PLAIN\n", "T", "A" } },
  { "injection/one-byte", INJECTED, { SMTP_ASKED, "S 220 go\r\nx", "T", "A" } },
  { "injection/nul", INJECTED, { SMTP_ASKED, "S 220 go\r\n\177", "T", "A" } },
  { "injection/ahead-of-command", INJECTED, { SMTP_HELLO, SMTP_OFFER "220 go\r\n", "T", "A" } },
  { "injection/all-with-greeting", INJECTED,
    { "S 220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n" SMTP_EVIL "235 in\r\n", "C EHLO", "T", "A" } },
  { "injection/plain-for-server-hello", INJECTED, { SMTP_ASKED, "S 220 go\r\n", "B", "S " SMTP_EVIL, "H" } },

  { "stripping/missing", NOT_OFFERED, { SMTP_HELLO, "S 250-mx\r\n250 AUTH PLAIN LOGIN XOAUTH2 CRAM-MD5 NTLM\r\n", "A" } },
  { "stripping/all", NOT_OFFERED, { SMTP_HELLO, "S 250 mx\r\n", "A" } },
  { "stripping/other-word", NOT_OFFERED, { SMTP_HELLO, "S 250-mx\r\n250-STARTTLSX\r\n250-XSTARTTLS\r\n250 AUTH PLAIN LOGIN\r\n", "A" } },
  { "stripping/in-first-line", NOT_OFFERED, { SMTP_HELLO, "S 250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n", "A" } },
  { "stripping/overwritten", MANGLED, { SMTP_HELLO, "S 250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 XXXXXXXA\r\n", "A" } },
  { "stripping/asterisks", MANGLED, { "S 220 ****************\r\n", "C EHLO", "S 250-mx\r\n250 AUTH PLAIN LOGIN\r\n", "A" } },

  { "refusal/454", REFUSED, { SMTP_ASKED, "S 454 4.7.0 TLS not available\r\n", "A" } },
  { "refusal/500", REFUSED, { SMTP_ASKED, "S 500 5.5.1 Command unrecognized\r\n", "A" } },
  { "refusal/502", REFUSED, { SMTP_ASKED, "S 502 5.5.1 not implemented\r\n", "A" } },
  { "refusal/530", REFUSED, { SMTP_ASKED, "S 530 5.7.0 Authentication required\r\n", "A" } },
  { "refusal/554", REFUSED, { SMTP_ASKED, "S 554 5.7.0 log on first\r\n", "A" } },
  { "refusal/421", REFUSED, { SMTP_ASKED, "S 421 4.3.2 closing\r\n" } },
  { "refusal/redirect", REFUSED, { SMTP_ASKED, "S 551 5.7.1 please try <smtp://evil.example>\r\n", "A" } },
  { "refusal/several-lines", REFUSED, { SMTP_ASKED, "S 454-no\r\n454-STARTTLS\r\n454 AUTH PLAIN\r\n", "A" } },

  { "reply/250", UNEXPECTED, { SMTP_ASKED, "S 250 ok\r\n", "A" } },
  { "reply/235", UNEXPECTED, { SMTP_ASKED, "S 235 you are in\r\n", "A" } },
  { "reply/334", UNEXPECTED, { SMTP_ASKED, "S 334 UGFzc3dvcmQ6\r\n", "A" } },
  { "reply/354", UNEXPECTED, { SMTP_ASKED, "S 354 go on\r\n", "A" } },
  { "reply/221", UNEXPECTED, { SMTP_ASKED, "S 221 bye\r\n", "A" } },
  { "reply/220-and-235", MALFORMED, { SMTP_ASKED, "S 220-go\r\n235 in\r\n", "A" } },
  { "reply/imap", MALFORMED, { SMTP_ASKED, "S A001 OK begin\r\n", "A" } },
  { "reply/echo", MALFORMED, { SMTP_ASKED, "S STARTTLS\r\nAUTH PLAIN\r\n", "A" } },
  { "reply/alert", "protocol.closed", 12, { SMTP_ASKED, "S " ALERT } },
  { "reply/hang-up", "protocol.closed", 12, { SMTP_ASKED } },
  { "reply/never-complete", "timeout.", 19, { SMTP_ASKED, "S 220-go\r\n", "H" } },

  { "tls/hang-up", "tls.closed", 13, { SMTP_ASKED, "S 220 go\r\n", "B" } },
  { "tls/silence", "timeout.", 19, { SMTP_ASKED, "S 220 go\r\n", "H" } },
  { "tls/alert", "tls.no-common-cipher", 13, { SMTP_ASKED, "S 220 go\r\n", "B", "S " ALERT } },
  { "tls/alert-before-hello", "tls.no-common-cipher", 13, { SMTP_ASKED, "S 220 go\r\n", "P", "S " ALERT, "H" } },
  { "tls/ssl-2", TOO_OLD, { SMTP_ASKED, "S 220 go\r\n", "B", "S " SSL2_HELLO, "H" } },
  { "tls/ssl-3", TOO_OLD, { SMTP_ASKED, "S 220 go\r\n", "B", "S " SERVER_HELLO ("\177"), "H" } },
  { "tls/tls-1.0", TOO_OLD, { SMTP_ASKED, "S 220 go\r\n", "B", "S " SERVER_HELLO ("\x01"), "H" } },

  { "forged/capabilities", "auth.not-offered", 15, { SMTP_ASKED, "S 220 go\r\n", "T", "C EHLO", "S 250 mx\r\n", "H" } },
  { "forged/mechanism", "auth.mechanism-not-offered", 15,
    { SMTP_ASKED, "S 220 go\r\n", "T", "C EHLO", "S 250-mx\r\n250 AUTH X-OTHER\r\n", "H" } },
  { "honest", PASSES, { SMTP_ASKED, "S 220 go\r\n", "T", "A" }, .only = "PLAIN" },
  { "honest/several-lines", PASSES, { SMTP_ASKED, "S 220-go\r\n220 ahead\r\n", "T", "A" }, .only = "PLAIN" },
  { "honest/byte-by-byte", PASSES, { SMTP_ASKED, "1 220 go\r\n", "T", "A" }, .only = "PLAIN" },
};

/* --- POP3 --- */

#define POP3_HELLO "S +OK ready <1.2@mx.example>\r\n", "C CAPA"
#define POP3_OFFER "S +OK\r\nUSER\r\nSASL PLAIN LOGIN CRAM-MD5\r\nSTLS\r\n.\r\n"
#define POP3_ASKED POP3_HELLO, POP3_OFFER, "C STLS"
#define POP3_EVIL "+OK\r\nUSER\r\nSASL PLAIN LOGIN XOAUTH2 CRAM-MD5\r\n.\r\n"

static const Attack pop3_attacks[] = {
  { "injection/same-segment", INJECTED, { POP3_ASKED, "S +OK go\r\n" POP3_EVIL, "H" } },
  { "injection/next-segment", INJECTED, { POP3_ASKED, "S +OK go\r\n", "P", "S " POP3_EVIL, "H" } },
  { "injection/split-segments", INJECTED, { POP3_ASKED, "S +O", "P", "S K go\r\n+", "P", "S OK in\r\n", "H" } },
  { "injection/byte-by-byte", INJECTED, { POP3_ASKED, "1 +OK go\r\n+OK\r\n", "H" } },
  { "injection/mailbox", INJECTED, { POP3_ASKED, "S +OK go\r\n" POP3_EVIL "+OK in\r\n+OK 99 1000000\r\n", "H" } },
  { "injection/then-tls", INJECTED, { POP3_ASKED, "S +OK go\r\n" POP3_EVIL, "T", "A" } },
  { "injection/one-byte", INJECTED, { POP3_ASKED, "S +OK go\r\nx", "T", "A" } },
  { "injection/ahead-of-command", INJECTED, { POP3_HELLO, POP3_OFFER "+OK go\r\n", "T", "A" } },
  { "injection/all-with-greeting", INJECTED, { "S +OK hi\r\n+OK\r\nSTLS\r\n.\r\n+OK go\r\n+OK\r\n", "C CAPA", "T", "A" } },
  { "injection/plain-for-server-hello", INJECTED, { POP3_ASKED, "S +OK go\r\n", "B", "S " POP3_EVIL, "H" } },

  { "stripping/missing", NOT_OFFERED, { POP3_HELLO, "S " POP3_EVIL, "A" } },
  { "stripping/all", NOT_OFFERED, { POP3_HELLO, "S +OK\r\n.\r\n", "A" } },
  { "stripping/behind-the-end", NOT_OFFERED, { POP3_HELLO, "S +OK\r\nUSER\r\n.\r\n", "P", "A" } },
  { "stripping/overwritten", MANGLED, { POP3_HELLO, "S +OK\r\nUSER\r\nXXXX\r\n.\r\n", "A" } },
  { "stripping/no-capa", REFUSED, { POP3_HELLO, "S -ERR what?\r\n", "C STLS", "S -ERR what?\r\n", "A" } },

  { "refusal/err", REFUSED, { POP3_ASKED, "S -ERR no\r\n", "A" } },
  { "refusal/temporary", REFUSED, { POP3_ASKED, "S -ERR [SYS/TEMP] later\r\n", "A" } },
  { "refusal/auth", REFUSED, { POP3_ASKED, "S -ERR [AUTH] log on first\r\n", "A" } },
  { "refusal/overwritten", MANGLED, { POP3_ASKED, "S -ERR unknown command XXXX\r\n", "A" } },

  { "reply/continuation", UNEXPECTED, { POP3_ASKED, "S + UGFzc3dvcmQ6\r\n", "A" } },
  { "reply/smtp", MALFORMED, { POP3_ASKED, "S 220 go\r\n", "A" } },
  { "reply/imap", MALFORMED, { POP3_ASKED, "S A001 OK go\r\n", "A" } },
  { "reply/echo", MALFORMED, { POP3_ASKED, "S STLS\r\n", "A" } },
  { "reply/alert", "protocol.closed", 12, { POP3_ASKED, "S " ALERT } },
  { "reply/hang-up", "protocol.closed", 12, { POP3_ASKED } },

  { "tls/hang-up", "tls.closed", 13, { POP3_ASKED, "S +OK go\r\n", "B" } },
  { "tls/silence", "timeout.", 19, { POP3_ASKED, "S +OK go\r\n", "H" } },
  { "tls/alert", "tls.no-common-cipher", 13, { POP3_ASKED, "S +OK go\r\n", "B", "S " ALERT } },
  { "tls/ssl-2", TOO_OLD, { POP3_ASKED, "S +OK go\r\n", "B", "S " SSL2_HELLO, "H" } },
  { "tls/tls-1.0", TOO_OLD, { POP3_ASKED, "S +OK go\r\n", "B", "S " SERVER_HELLO ("\x01"), "H" } },

  /* The stamp of the greeting is whoever's who can write one. */
  { "forged/stamp", "auth.mechanism-not-offered", 15, { POP3_ASKED, "S +OK go\r\n", "T", "A" }, .only = "APOP" },
  { "forged/capabilities", "auth.not-offered", 15, { POP3_ASKED, "S +OK go\r\n", "T", "C CAPA", "S +OK\r\nTOP\r\n.\r\n", "H" } },
  { "forged/mechanism", "auth.mechanism-not-offered", 15,
    { POP3_ASKED, "S +OK go\r\n", "T", "C CAPA", "S +OK\r\nSASL X-OTHER\r\n.\r\n", "H" } },
  { "honest", PASSES, { POP3_ASKED, "S +OK go\r\n", "T", "A" }, .only = "PLAIN" },
  { "honest/byte-by-byte", PASSES, { POP3_ASKED, "1 +OK go\r\n", "T", "A" }, .only = "USER" },
};

/* --- IMAP --- */

#define IMAP_EVIL "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 AUTH=CRAM-MD5"
#define IMAP_HELLO "S * OK ready\r\n", "C A001 CAPABILITY"
#define IMAP_OFFER "S * CAPABILITY " IMAP_EVIL " STARTTLS\r\nA001 OK done\r\n"
#define IMAP_ASKED IMAP_HELLO, IMAP_OFFER, "C A002 STARTTLS"

static const Attack imap_attacks[] = {
  { "injection/same-segment", INJECTED, { IMAP_ASKED, "S A002 OK go\r\n* CAPABILITY " IMAP_EVIL "\r\nA003 OK\r\n", "H" } },
  { "injection/next-segment", INJECTED, { IMAP_ASKED, "S A002 OK go\r\n", "P", "S * CAPABILITY " IMAP_EVIL "\r\n", "H" } },
  { "injection/split-segments", INJECTED, { IMAP_ASKED, "S A002 O", "P", "S K go\r\n*", "P", "S  PREAUTH hi\r\n", "H" } },
  { "injection/byte-by-byte", INJECTED, { IMAP_ASKED, "1 A002 OK go\r\n* OK\r\n", "H" } },
  { "injection/preauth", INJECTED, { IMAP_ASKED, "S A002 OK go\r\n* PREAUTH welcome\r\n", "T", "A" } },
  { "injection/mailbox", INJECTED, { IMAP_ASKED, "S A002 OK go\r\n* 99 EXISTS\r\n* LIST () \"/\" evil\r\n", "T", "A" } },
  { "injection/alert", INJECTED, { IMAP_ASKED, "S A002 OK go\r\n* OK [ALERT] call this number\r\n", "T", "A" } },
  { "injection/then-tls", INJECTED, { IMAP_ASKED, "S A002 OK go\r\n* CAPABILITY " IMAP_EVIL "\r\nA003 OK\r\n", "T", "A" } },
  { "injection/one-byte", INJECTED, { IMAP_ASKED, "S A002 OK go\r\nx", "T", "A" } },
  { "injection/predicted-tag", INJECTED, { IMAP_HELLO, IMAP_OFFER "A002 OK go\r\n", "T", "A" } },
  { "injection/predicted-tags", INJECTED, { IMAP_HELLO, IMAP_OFFER "A002 OK go\r\nA003 OK in\r\n", "T", "A" } },
  { "injection/predicted-behind-untagged", INJECTED,
    { IMAP_HELLO, IMAP_OFFER "* OK [ALERT] x\r\nA002 OK go\r\n", "T", "A" } },
  { "injection/plain-for-server-hello", INJECTED, { IMAP_ASKED, "S A002 OK go\r\n", "B", "S * PREAUTH in\r\n", "H" } },

  { "preauth/bare", "starttls.preauth", 13, { "S * PREAUTH welcome\r\n", "A" } },
  { "preauth/with-starttls", "starttls.preauth", 13, { "S * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n", "A" } },
  { "preauth/with-logon", "starttls.preauth", 13, { "S * PREAUTH [CAPABILITY " IMAP_EVIL "] welcome\r\n", "A" } },
  { "preauth/later", UNEXPECTED, { IMAP_HELLO, "S * PREAUTH welcome\r\nA001 OK\r\n", "A" } },
  { "preauth/for-starttls", REFUSED, { IMAP_ASKED, "S * PREAUTH welcome\r\nA002 BAD not now\r\n", "A" } },

  { "stripping/greeting", NOT_OFFERED, { "S * OK [CAPABILITY " IMAP_EVIL "] ready\r\n", "A" } },
  { "stripping/capability", NOT_OFFERED, { IMAP_HELLO, "S * CAPABILITY " IMAP_EVIL "\r\nA001 OK done\r\n", "A" } },
  { "stripping/second-list", NOT_OFFERED,
    { IMAP_HELLO, "S * CAPABILITY IMAP4rev1 STARTTLS\r\n* CAPABILITY " IMAP_EVIL "\r\nA001 OK done\r\n", "A" } },
  { "stripping/logindisabled", NOT_OFFERED, { IMAP_HELLO, "S * CAPABILITY IMAP4rev1 LOGINDISABLED\r\nA001 OK done\r\n", "A" } },
  { "stripping/overwritten", MANGLED, { IMAP_HELLO, "S * CAPABILITY IMAP4rev1 XXXXXXXX AUTH=PLAIN\r\nA001 OK done\r\n", "A" } },
  { "stripping/no-list", UNEXPECTED, { IMAP_HELLO, "S A001 OK done\r\n", "A" } },
  { "stripping/refused-list", UNEXPECTED, { IMAP_HELLO, "S A001 BAD what?\r\n", "A" } },

  { "refusal/no", REFUSED, { IMAP_ASKED, "S A002 NO not now\r\n", "A" } },
  { "refusal/bad", REFUSED, { IMAP_ASKED, "S A002 BAD unknown command\r\n", "A" } },
  { "refusal/alert", REFUSED, { IMAP_ASKED, "S * OK [ALERT] log on first\r\nA002 NO not now\r\n", "A" } },
  { "refusal/referral", REFUSED, { IMAP_ASKED, "S A002 NO [REFERRAL imap://evil.example/] go there\r\n", "A" } },
  { "refusal/privacy-not-required", REFUSED, { IMAP_ASKED, "S A002 NO [AUTHENTICATIONFAILED] no need\r\n", "A" } },
  { "refusal/overwritten", MANGLED, { IMAP_ASKED, "S A002 BAD unknown command XXXXXXXX\r\n", "A" } },

  { "reply/bye", "protocol.closed", 12, { IMAP_ASKED, "S * BYE enough\r\n" } },
  { "reply/bye-referral", "protocol.closed", 12, { IMAP_ASKED, "S * BYE [REFERRAL imap://evil.example/] go there\r\n" } },
  { "greeting/bye-referral", "greeting.refused", 12, { "S * BYE [REFERRAL imap://evil.example/] go there\r\n" } },
  { "reply/continuation", UNEXPECTED, { IMAP_ASKED, "S + UGFzc3dvcmQ6\r\n", "A" } },
  { "reply/untagged", "timeout.", 19, { IMAP_ASKED, "S * OK go\r\n", "H" } },
  { "reply/other-tag", MALFORMED, { IMAP_ASKED, "S A003 OK go\r\n", "A" } },
  { "reply/earlier-tag", MALFORMED, { IMAP_ASKED, "S A001 OK go\r\n", "A" } },
  { "reply/smtp", MALFORMED, { IMAP_ASKED, "S 220 go\r\n", "A" } },
  { "reply/pop3", MALFORMED, { IMAP_ASKED, "S +OK go\r\n", "A" } },
  { "reply/alert", "protocol.closed", 12, { IMAP_ASKED, "S " ALERT } },
  { "reply/hang-up", "protocol.closed", 12, { IMAP_ASKED } },

  { "tls/hang-up", "tls.closed", 13, { IMAP_ASKED, "S A002 OK go\r\n", "B" } },
  { "tls/silence", "timeout.", 19, { IMAP_ASKED, "S A002 OK go\r\n", "H" } },
  { "tls/alert", "tls.no-common-cipher", 13, { IMAP_ASKED, "S A002 OK go\r\n", "B", "S " ALERT } },
  { "tls/ssl-2", TOO_OLD, { IMAP_ASKED, "S A002 OK go\r\n", "B", "S " SSL2_HELLO, "H" } },
  { "tls/tls-1.0", TOO_OLD, { IMAP_ASKED, "S A002 OK go\r\n", "B", "S " SERVER_HELLO ("\x01"), "H" } },

  { "forged/capabilities", "auth.not-offered", 15,
    { IMAP_ASKED, "S A002 OK go\r\n", "T", "C A003 CAPABILITY", "S * CAPABILITY IMAP4rev1 LOGINDISABLED\r\nA003 OK\r\n", "H" } },
  { "forged/in-the-go-ahead", "auth.not-offered", 15,
    { IMAP_ASKED, "S A002 OK [CAPABILITY " IMAP_EVIL "] go\r\n", "T", "C A003 CAPABILITY",
      "S * CAPABILITY IMAP4rev1 LOGINDISABLED\r\nA003 OK\r\n", "H" } },
  { "forged/no-list-within-tls", UNEXPECTED,
    { IMAP_ASKED, "S A002 OK [CAPABILITY " IMAP_EVIL "] go\r\n", "T", "C A003 CAPABILITY", "S A003 OK\r\n", "H" } },
  { "forged/alert", "auth.", 16,
    { "S * OK [ALERT] Evil-before-TLS\r\n", "C A001 CAPABILITY", "S * OK [ALERT] Evil-before-TLS\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nA001 OK\r\n",
      "C A002 STARTTLS", "S * OK [ALERT] Evil-before-TLS\r\nA002 OK go\r\n", "T", "N" },
    .only = "PLAIN", .hidden = "Evil-before-TLS" },
  { "forged/mailbox", PASSES,
    { IMAP_HELLO, "S * 98765 EXISTS\r\n* LIST () \"/\" Evil\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nA001 OK\r\n",
      "C A002 STARTTLS", "S * 98765 EXISTS\r\nA002 OK go\r\n", "T", "A" },
    .only = "PLAIN", .hidden = "98765" },
  { "honest", PASSES, { IMAP_ASKED, "S A002 OK go\r\n", "T", "A" }, .only = "PLAIN" },
  { "honest/unasked", PASSES, { IMAP_HELLO, IMAP_OFFER "* OK still here\r\n", "C A002 STARTTLS", "S A002 OK go\r\n", "T", "A" },
    .only = "LOGIN-COMMAND" },
};
/* clang-format on */

static const struct
{
  const Attack *attacks;
  gsize n_attacks;
} tables[] = {
  { smtp_attacks, G_N_ELEMENTS (smtp_attacks) },
  { pop3_attacks, G_N_ELEMENTS (pop3_attacks) },
  { imap_attacks, G_N_ELEMENTS (imap_attacks) },
};

/* --- The server --- */

typedef struct
{
  const Attack *attack;
  Protocol protocol;
} Server;

/* Byte 127 stands for NUL. */
static gboolean
send_text (CliTalk *talk, const char *text, gboolean slowly)
{
  gsize length = strlen (text);
  g_autofree char *bytes = g_strdup (text);

  for (gsize i = 0; i < length; i++)
    if (bytes[i] == '\177')
      bytes[i] = '\0';
  if (!slowly)
    return cli_talk_send_bytes (talk, bytes, length);
  for (gsize i = 0; i < length; i++)
    if (!cli_talk_send_bytes (talk, bytes + i, 1) || !cli_talk_pause (talk, 2))
      return FALSE;
  return TRUE;
}

static const char *
answer_smtp (const char *command, gboolean refuses)
{
  if (g_str_has_prefix (command, "EHLO"))
    return "250-mx\r\n250 AUTH PLAIN LOGIN\r\n";
  if (g_str_has_prefix (command, "AUTH"))
    return refuses ? "535 5.7.8 no\r\n" : "235 2.7.0 in\r\n";
  return g_str_equal (command, "QUIT") ? "221 bye\r\n" : "250 ok\r\n";
}

static const char *
answer_pop3 (const char *command, gboolean refuses)
{
  if (g_str_equal (command, "CAPA"))
    return "+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n";
  return refuses && !g_str_equal (command, "QUIT") ? "-ERR no\r\n" : "+OK\r\n";
}

static void
be_imap (CliTalk *talk, const char *command, gboolean refuses)
{
  g_auto (GStrv) words = g_strsplit (command, " ", 3);
  const char *word = words[0] != NULL && words[1] != NULL ? words[1] : "";

  if (g_str_equal (word, "CAPABILITY"))
    cli_talk_send (talk, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n");
  if (g_str_equal (word, "LOGOUT"))
    cli_talk_send (talk, "* BYE\r\n");
  cli_talk_sendf (talk, "%s %s\r\n", words[0] != NULL ? words[0] : "*",
                  refuses && (g_str_equal (word, "AUTHENTICATE") || g_str_equal (word, "LOGIN"))
                    ? "NO [AUTHENTICATIONFAILED] no"
                    : "OK done");
}

/* An ordinary server, in clear text or within TLS: it would take any credential. */
static void
be_ordinary (CliTalk *talk, Protocol protocol, gboolean refuses)
{
  char *line;

  for (; (line = cli_talk_read_line (talk)) != NULL; g_free (line))
    if (protocol == IMAP)
      be_imap (talk, line, refuses);
    else
      cli_talk_send (talk,
                     protocol == SMTP ? answer_smtp (line, refuses) : answer_pop3 (line, refuses));
}

static gboolean
do_step (CliTalk *talk, const Server *server, const char *step)
{
  const char *text = step[1] == ' ' ? step + 2 : "";
  g_autofree char *line = NULL;
  char byte;

  switch (step[0])
    {
    case 'S':
    case '1':
      return send_text (talk, text, step[0] == '1');
    case 'C':
      line = cli_talk_read_line (talk);
      return line != NULL && g_str_has_prefix (line, text);
    case 'B':
      return cli_talk_read_bytes (talk, &byte, 1) == 1;
    case 'P':
      return cli_talk_pause (talk, 30);
    case 'T':
      return cli_talk_start_tls (talk);
    case 'A':
    case 'N':
      be_ordinary (talk, server->protocol, step[0] == 'N');
      return FALSE;
    case 'H':
      cli_talk_wait_for_end (talk);
      return FALSE;
    default:
      g_assert_not_reached ();
    }
}

static void
serve (CliTalk *talk, gpointer user_data)
{
  const Server *server = user_data;

  for (gsize i = 0; i < MAX_STEPS && server->attack->steps[i] != NULL; i++)
    if (!do_step (talk, server, server->attack->steps[i]))
      return;
}

/* --- The ways to log on --- */

typedef struct
{
  const char *mechanism; /* NULL: the strongest that is offered; with a driver: what it does */
  gboolean token;
  const char *driver; /* of Uniface; NULL: a generic system */
  gboolean protocols[N_PROTOCOLS];
} Way;

static const Way ways[] = {
  { NULL, FALSE, NULL, { TRUE, TRUE, TRUE } },
  { "PLAIN", FALSE, NULL, { TRUE, TRUE, TRUE } },
  { "LOGIN", FALSE, NULL, { TRUE, TRUE, TRUE } },
  { "CRAM-MD5", FALSE, NULL, { TRUE, TRUE, TRUE } },
  { "SCRAM-SHA-1", FALSE, NULL, { TRUE, TRUE, TRUE } },
  { "SCRAM-SHA-256", FALSE, NULL, { TRUE, TRUE, TRUE } },
  { "XOAUTH2", TRUE, NULL, { TRUE, TRUE, TRUE } },
  { "OAUTHBEARER", TRUE, NULL, { TRUE, TRUE, TRUE } },
  { "USER", FALSE, NULL, { FALSE, TRUE, FALSE } },
  { "APOP", FALSE, NULL, { FALSE, TRUE, FALSE } },
  { "LOGIN-COMMAND", FALSE, NULL, { FALSE, FALSE, TRUE } },
  { "LOGIN", FALSE, "SMTP=UAuthLoginSMTP", { TRUE, FALSE, FALSE } },
  { "XOAUTH2", TRUE, "SMTP=UAuthXOAUTH2SMTP", { TRUE, FALSE, FALSE } },
  { "NTLM", FALSE, "SMTP=UAuthNTLMSMTP", { TRUE, FALSE, FALSE } },
};

typedef struct
{
  const Way *way;
  char *secret;
  CliRun *run;
} Attempt;

static CliRun *
start (const Way *way, const Attack *attack, Protocol protocol, const char *secret, guint16 port)
{
  g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *input = g_strconcat (secret, "\n", NULL);
  const CliSetup setup = { .input = input };

  g_ptr_array_add (args, g_strdup ("probe"));
  g_ptr_array_add (args, g_strdup ("--format=json"));
  g_ptr_array_add (args, g_strdup ("--transcript"));
  g_ptr_array_add (args, g_strdup_printf ("--timeout=%d", g_str_equal (attack->code, "timeout.")
                                                            ? SILENCE_S
                                                            : TIMEOUT_S));
  g_ptr_array_add (args, g_strdup_printf ("--tls-options=verify_server=yes,ca_certificate=%s",
                                          cli_peer_get_ca_file ()));
  g_ptr_array_add (args, g_strdup (way->token ? "--token-from=fd:3" : "--password-from=fd:3"));
  if (way->driver != NULL)
    {
      g_ptr_array_add (args, g_strdup ("--system=uniface"));
      g_ptr_array_add (args, g_strdup ("--driver=SMTP=UStartTLSSMTP"));
      g_ptr_array_add (args, g_strdup_printf ("--driver=%s", way->driver));
      g_ptr_array_add (args, g_strdup ("--parameters=USER=practice"));
      g_ptr_array_add (args, g_strdup_printf ("127.0.0.1+%u", port));
    }
  else
    {
      g_ptr_array_add (args, g_strdup ("--tls=starttls"));
      g_ptr_array_add (args, g_strdup ("--user=practice"));
      if (way->mechanism != NULL)
        g_ptr_array_add (args, g_strdup_printf ("--mechanism=%s", way->mechanism));
      if (protocol == IMAP && g_str_equal (attack->code, "-"))
        g_ptr_array_add (args, g_strdup ("--check-usable"));
      g_ptr_array_add (args, g_strdup_printf ("%s://127.0.0.1:%u", schemes[protocol], port));
    }
  g_ptr_array_add (args, NULL);
  return cli_run_start ((const char *const *) args->pdata, &setup);
}

static gboolean
is_tried (const Way *way, const Attack *attack, Protocol protocol)
{
  if (!way->protocols[protocol])
    return FALSE;
  if (attack->only != NULL)
    return way->driver == NULL && g_strcmp0 (way->mechanism, attack->only) == 0;
  return g_getenv ("POSTERN_TEST_SANITIZED") == NULL ||
         (guint) (way - ways) % N_PARTS == g_str_hash (attack->name) % N_PARTS;
}

/* The drivers of Uniface make another status of a STARTTLS that is not to be had. */
static int
get_status (const Attack *attack, const Way *way)
{
  if (way->driver != NULL && (g_str_equal (attack->code, "starttls.not-offered") ||
                              g_str_equal (attack->code, "starttls.refused")))
    return 15;
  return attack->status;
}

/* What came in clear text may be shown where it came, and nowhere else. */
static void
check_hidden (const Attack *attack, JsonNode *report, const char *story)
{
  JsonObject *object = json_node_get_object (report);
  JsonArray *steps = json_object_get_array_member (object, "steps");
  g_autofree char *findings = json_to_string (json_object_get_member (object, "findings"), FALSE);

  if (attack->hidden == NULL)
    return;
  if (strstr (findings, attack->hidden) != NULL)
    g_error ("%s: what came before TLS is used: %s", story, findings);
  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);
      const char *summary = json_object_get_string_member (step, "summary");

      if (summary != NULL && strstr (summary, attack->hidden) != NULL)
        g_assert_cmpstr (json_object_get_string_member (step, "id"), ==, "greeting");
    }
}

static void
check_result (const Attack *attack, const Attempt *attempt, CliForms *forms, const char *story)
{
  g_autoptr(CliResult) result = cli_run_wait (attempt->run);
  g_autoptr(JsonNode) report = cli_report_parse (result->out, result);
  const char *code = g_str_equal (cli_report_get_string (report, NULL, "outcome"), "passed")
                       ? "-"
                       : cli_report_first_code (report);
  gboolean is_prefix = g_str_has_suffix (attack->code, ".");

  if (is_prefix ? !g_str_has_prefix (code, attack->code) : !g_str_equal (code, attack->code))
    g_error ("%s: wanted %s, got %s\n%s", story, attack->code, code, result->out);
  cli_assert_status (result, get_status (attack, attempt->way));
  check_hidden (attack, report, story);
  cli_forms_search (forms, "standard output", result->out, result->n_out, story);
  cli_forms_search (forms, "standard error", result->err, result->n_err, story);
}

static gboolean
may_log_on (const Attack *attack)
{
  return g_str_equal (attack->code, "-") || g_str_equal (attack->code, "auth.");
}

/* Commands that log on, at the beginning of a line or behind a tag. */
static void
check_commands (const char *bytes, gsize length, const char *story)
{
  g_autofree char *text = g_strndup (bytes, length);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  static const char *const commands[] = { "AUTH", "USER", "PASS", "APOP", "AUTHENTICATE", "LOGIN" };

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      const char *line =
        lines[i][0] == 'A' && g_ascii_isdigit (lines[i][1]) ? lines[i] + 5 : lines[i];

      for (gsize j = 0; j < G_N_ELEMENTS (commands); j++)
        if (g_str_has_prefix (line, commands[j]))
          g_error ("%s: “%s” was sent", story, lines[i]);
    }
}

static void
check_received (const Attack *attack, CliPeer *peer, CliForms *forms, const char *story)
{
  for (int tls = 0; tls < (may_log_on (attack) ? 1 : 2); tls++)
    {
      g_autoptr(GBytes) received = cli_peer_dup_received (peer, tls);
      gsize length;
      const char *bytes = g_bytes_get_data (received, &length);

      if (length == 0)
        continue;
      cli_forms_search (forms, tls ? "what was sent within TLS" : "what was sent in clear text",
                        bytes, length, story);
      check_commands (bytes, length, story);
    }
}

/* All ways at once. */
static void
test_attack (gconstpointer data)
{
  const Server *server = data;
  g_autoptr(CliPeer) peer = cli_peer_new (serve, (gpointer) server);
  g_autoptr(GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  Attempt attempts[G_N_ELEMENTS (ways)];
  guint n_attempts = 0;

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    if (is_tried (&ways[i], server->attack, server->protocol))
      {
        Attempt *attempt = &attempts[n_attempts++];

        attempt->way = &ways[i];
        attempt->secret = cli_make_secret (random, i % 2, TRUE);
        attempt->run = start (attempt->way, server->attack, server->protocol, attempt->secret,
                              cli_peer_get_port (peer));
      }
  g_assert_cmpuint (n_attempts, >, 0);

  for (guint i = 0; i < n_attempts; i++)
    {
      const Way *way = attempts[i].way;
      g_autoptr(CliForms) forms = cli_forms_of (attempts[i].secret);
      g_autofree char *story =
        g_strdup_printf ("%s/%s, %s by %s", schemes[server->protocol], server->attack->name,
                         way->driver != NULL ? "Uniface" : "generic",
                         way->mechanism != NULL ? way->mechanism : "any");

      check_result (server->attack, &attempts[i], forms, story);
    }
  for (guint i = 0; i < n_attempts; i++)
    {
      g_autoptr(CliForms) forms = cli_forms_of (attempts[i].secret);

      check_received (server->attack, peer, forms, server->attack->name);
      g_free (attempts[i].secret);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr(GPtrArray) servers = g_ptr_array_new_with_free_func (g_free);

  g_test_init (&argc, &argv, NULL);

  for (int protocol = 0; protocol < N_PROTOCOLS; protocol++)
    for (gsize i = 0; i < tables[protocol].n_attacks; i++)
      {
        Server *server = g_new0 (Server, 1);
        g_autofree char *path = g_strdup_printf ("/starttls-attacks/%s/%s", schemes[protocol],
                                                 tables[protocol].attacks[i].name);

        server->attack = &tables[protocol].attacks[i];
        server->protocol = (Protocol) protocol;
        g_ptr_array_add (servers, server);
        g_test_add_data_func (path, server, test_attack);
      }

  return g_test_run ();
}
