/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-credentials.h"
#include "real-main.h"
#include "real-sweep.h"
#include "site-exim.h"
#include "test-exim.h"

#define REFUSED REAL_ALL ("16 auth.credentials")
#define NOT_OFFERED REAL_ALL ("15 auth.mechanism-not-offered")

static const RealRow rows[] = {
  { REAL_STRONGEST, &right_password, REAL_CLEAR, REAL_ALL ("SCRAM-SHA-256") },
  { "PLAIN", &right_password, REAL_CLEAR },
  { "PLAIN", &wrong_password, REFUSED },
  { "PLAIN", &unknown_user, REFUSED },
  { "PLAIN", &umlaut_password, REAL_CODED },
  { "PLAIN", &combining_password, REFUSED },
  { "LOGIN", &right_password, REAL_CLEAR },
  { "LOGIN", &wrong_password, REFUSED },
  { "LOGIN", &umlaut_password, REAL_CODED },
  { "CRAM-MD5", &right_password, REAL_FINE },
  { "CRAM-MD5", &wrong_password, REFUSED },
  { "CRAM-MD5", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "CRAM-MD5", &combining_password, REAL_ALL ("0 settings.stray-character") },
  { "DIGEST-MD5", &right_password, REAL_FINE },
  { "DIGEST-MD5", &wrong_password, REFUSED },
  { "DIGEST-MD5", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-1", &right_password, REAL_FINE },
  { "SCRAM-SHA-1", &wrong_password, REFUSED },
  { "SCRAM-SHA-1", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-256", &right_password, REAL_FINE },
  { "SCRAM-SHA-256", &wrong_password, REFUSED },
  { "SCRAM-SHA-256", &unknown_user, REFUSED },
  { "SCRAM-SHA-256", &umlaut_password, REAL_ALL ("0 auth.password-encoding") },
  { "SCRAM-SHA-256", &combining_password, REAL_ALL ("0 settings.stray-character") },
  { "SCRAM-SHA-256", &wide_blank_password, REAL_ALL ("0 settings.stray-character") },
  { "NTLM", &right_password, REAL_FINE },
  { "NTLM", &wrong_password, REFUSED },
  { "GSSAPI", &ticket, REAL_FINE },
  { "GSSAPI", &other_ticket, REFUSED },
  { "GSSAPI", &no_ticket, REAL_ALL ("17 auth.local") },
  { "GS2-KRB5", &ticket, REFUSED },
  { "GS2-KRB5", &no_ticket, REAL_ALL ("17 auth.local") },
  { "EXTERNAL",
    &certificate,
    { "15 auth.mechanism-not-offered", "0 auth.clear-text-offered", "0" } },
  { "EXTERNAL",
    &other_certificate,
    { "15 auth.mechanism-not-offered", "16 auth.credentials", "16 auth.credentials" } },
  { "EXTERNAL", &untrusted_certificate, NOT_OFFERED },
  { "EXTERNAL", &nothing, NOT_OFFERED },
  { "SCRAM-SHA-256-PLUS", &right_password, NOT_OFFERED },
  { "ANONYMOUS", &nothing, NOT_OFFERED },
  { "XOAUTH2", &token, NOT_OFFERED },
  { NULL },
};

static const RealTable smtp = {
  .protocol = "smtp",
  .clear = "SMTP",
  .implicit = "SMTPS",
  .options = "",
  .ahead = 8,
  .rows = { rows },
};

#define WITH_CA " --tls-options verify_server=yes,ca_certificate=@CA@"
#define CELL .native = REAL_NO_NATIVE, .secret = "@PASSWORD@"
#define SENT "--tls starttls localhost:@SMTP@" WITH_CA
#define OFFERED .finding = "auth.clear-text-offered"

/* clang-format off: a line is a fact. */
/* clang-format off */
static const RealCell cells[] = {
  { .name = "strict/none", CELL,
    .arguments = "--tls none localhost:@SMTP_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.not-offered", .names = "STARTTLS" },
  { .name = "strict/starttls", CELL,
    .arguments = "--tls starttls localhost:@SMTP_STRICT@" WITH_CA,
    .status = 0, .tls = "starttls", .ladder = "ppp pp pppp pss p", .mechanism = "SCRAM-SHA-256" },
  { .name = "implicit-on-starttls-port", CELL,
    .arguments = "--tls implicit localhost:@SMTP@" WITH_CA,
    .status = 13, .tls = "implicit", .ladder = "ppp fn nssn nss n",
    .finding = "tls.plain-first" },
  { .name = "starttls-on-implicit-port", CELL,
    .arguments = "--tls starttls localhost:@SMTPS@" WITH_CA,
    .status = 13, .tls = "starttls", .ladder = "ppp fn nnnn nss n",
    .finding = "tls.implicit-expected" },

  { .name = "check/accepted", CELL,
    .arguments = "--check-sender a@postern.test --check-recipient b@postern.test " SENT,
    .status = 0, .tls = "starttls", .ladder = "ppp pp pppp psp p", OFFERED },
  { .name = "check/sender-refused", CELL,
    .arguments = "--check-sender refused@postern.test " SENT,
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp psf n",
    .finding = "sender.refused", .names = "refused@postern.test" },
  { .name = "send/accepted", CELL,
    .arguments = "--send a@postern.test b@postern.test " SENT,
    .status = 0, .tls = "starttls", .ladder = "ppp pp pppp psp p", OFFERED },
  { .name = "send/sender-refused", CELL,
    .arguments = "--send refused@postern.test b@postern.test " SENT,
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp psf n",
    .finding = "sender.refused" },
  { .name = "send/recipient-refused", CELL,
    .arguments = "--send a@postern.test refused@postern.test " SENT,
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp psf n",
    .finding = "recipient.refused" },
  { .name = "send/message-refused", CELL,
    .arguments = "--send a@postern.test spam@postern.test " SENT,
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp psf n",
    .finding = "message.refused", .names = "looks like spam" },
  { NULL },
};
/* clang-format on */

static const RealSweep sweeps[] = {
  {
    .name = "right",
    .arguments = "--tls starttls localhost:@SMTP@",
    .secret = "@PASSWORD@",
    .environment = "KRB5CCNAME=@TICKET@",
    .attempts = 9,
    .trials = { "PLAIN accepted", "LOGIN accepted", "CRAM-MD5 accepted", "NTLM accepted",
                "DIGEST-MD5 accepted", "SCRAM-SHA-1 accepted", "SCRAM-SHA-256 accepted",
                "GSSAPI accepted", "GS2-KRB5 refused auth.credentials" },
  },
  {
    .name = "wrong",
    .arguments = "--tls implicit localhost:@SMTPS@",
    .secret = "@WRONG_PASSWORD@",
    .status = 16,
    .attempts = 9,
    .trials = { "PLAIN refused auth.credentials", "LOGIN refused auth.credentials",
                "CRAM-MD5 refused auth.credentials", "NTLM refused auth.credentials",
                "DIGEST-MD5 refused auth.credentials", "SCRAM-SHA-1 refused auth.credentials",
                "SCRAM-SHA-256 refused auth.credentials", "GSSAPI failed auth.local",
                "GS2-KRB5 failed auth.local" },
  },
  { NULL },
};

static guint
count_messages (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL); /* made for the first message */
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, "-D"))
      n++;
  return n;
}

/* One message is sent, and stays in the queue. */
static void
test_queue (gconstpointer data)
{
  RealValues *values = (RealValues *) data;
  g_autofree char *folder = real_values_expand (values, "@HOME@/spool/input");
  guint before = count_messages (folder);
  g_autoptr(RealRun) run = real_run_new (values,
                                          "--ipv4 --user @USER@ --password-from fd:0 "
                                          "--send a@postern.test b@postern.test " SENT,
                                          "@PASSWORD@", NULL);

  g_assert_cmpint (run->status, ==, 0);
  g_assert_cmpuint (count_messages (folder), ==, before + 1);
}

static void
add_tests (RealValues *values)
{
  real_matrix_add ("exim", &smtp, values);
  real_cells_add ("/exim/other", cells, values);
  real_cells_add ("/exim/uniface", exim_uniface_cells, values);
  real_sweeps_add ("/exim/sweep", sweeps, values);
  g_test_add_data_func ("/exim/queue", values, test_queue);
}

int
main (int argc, char **argv)
{
  return real_main (&site_exim, add_tests, argc, argv);
}
