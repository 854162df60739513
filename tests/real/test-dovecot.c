/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "dovecot-rows.h"
#include "real-credentials.h"
#include "real-main.h"
#include "real-matrix.h"
#include "real-sweep.h"
#include "site-dovecot.h"
#include "test-dovecot.h"

#include <gio/gio.h>
#include <string.h>

#define REFUSED REAL_ALL ("16 auth.credentials")

static const RealRow imap_rows[] = {
  { "LOGIN-COMMAND", &right_password, REAL_CLEAR },
  { "LOGIN-COMMAND", &wrong_password, REFUSED },
  { "LOGIN-COMMAND", &umlaut_password, REAL_CODED },
  { "LOGIN-COMMAND", &combining_password, REFUSED },
  { NULL },
};

/* The stamp that APOP needs comes with the greeting: with STARTTLS before TLS, and is forgotten
 * then (RFC 2595 section 4). */
static const RealRow pop3_rows[] = {
  { "USER", &right_password, REAL_CLEAR },
  { "USER", &wrong_password, REFUSED },
  { "USER", &umlaut_password, REAL_CODED },
  { "USER", &combining_password, REFUSED },
  { "APOP", &right_password, { "0", "15 auth.mechanism-not-offered", "0" } },
  { "APOP", &wrong_password, { "16 auth.credentials", NULL, "16 auth.credentials" } },
  { "APOP", &umlaut_password, { "0 auth.password-encoding", NULL, "0 auth.password-encoding" } },
  { NULL },
};

static const RealTable imap = {
  .protocol = "imap",
  .clear = "IMAP",
  .implicit = "IMAPS",
  .options = "--check-usable",
  .ahead = 8,
  .rows = { dovecot_rows, dovecot_certificate_rows, imap_rows },
};

static const RealTable pop3 = {
  .protocol = "pop3",
  .clear = "POP3",
  .implicit = "POP3S",
  .options = "--check-usable",
  .ahead = 8,
  .rows = { dovecot_rows, dovecot_certificate_rows, pop3_rows },
};

#define WITH_CA(file) " --tls-options verify_server=yes,ca_certificate=" file
#define IMAP "--protocol imap "
#define POP3 "--protocol pop3 "

#define CELL .native = REAL_NO_NATIVE, .secret = "@PASSWORD@"

/* Everything but the mechanism. clang-format off: a line is a fact. */
/* clang-format off */
static const RealCell cells[] = {
  /* 127.0.0.2 is another machine to Dovecot, which takes no password in clear text from there. */
  { .name = "strict/imap/strongest", CELL,
    .arguments = IMAP "--tls none 127.0.0.2:@IMAP_STRICT@",
    .status = 0, .tls = "none", .ladder = "wpp pp ssss pss p", .mechanism = "SCRAM-SHA-256",
    .finding = "settings.clear-text-password" },
  { .name = "strict/imap/plain", CELL,
    .arguments = IMAP "--tls none --mechanism PLAIN 127.0.0.2:@IMAP_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.needs-tls" },
  { .name = "strict/imap/login-command", CELL,
    .arguments = IMAP "--tls none --mechanism LOGIN-COMMAND 127.0.0.2:@IMAP_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.needs-tls" },
  { .name = "strict/pop3/strongest", CELL,
    .arguments = POP3 "--tls none 127.0.0.2:@POP3_STRICT@",
    .status = 0, .tls = "none", .ladder = "wpp pp ssss pss p", .mechanism = "SCRAM-SHA-256",
    .finding = "settings.clear-text-password" },
  { .name = "strict/pop3/plain", CELL,
    .arguments = POP3 "--tls none --mechanism PLAIN 127.0.0.2:@POP3_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.mechanism-not-offered", .names = "Wanted: PLAIN" },
  { .name = "strict/pop3/user", CELL,
    .arguments = POP3 "--tls none --mechanism USER 127.0.0.2:@POP3_STRICT@",
    .status = 15, .tls = "none", .ladder = "wpp pp ssss fss n",
    .finding = "auth.mechanism-not-offered", .names = "Wanted: USER" },
  { .name = "strict/imap/starttls", CELL,
    .arguments = IMAP "--connect-to 127.0.0.2 localhost:@IMAP_STRICT@" WITH_CA ("@CA@"),
    .status = 0, .tls = "starttls", .ladder = "ppp pp pppp pss p", .mechanism = "SCRAM-SHA-256" },
  { .name = "strict/pop3/starttls", CELL,
    .arguments = POP3 "--connect-to 127.0.0.2 localhost:@POP3_STRICT@" WITH_CA ("@CA@"),
    .status = 0, .tls = "starttls", .ladder = "ppp pp pppp pss p", .mechanism = "SCRAM-SHA-256" },

  /* At 127.0.0.3 there is no TLS. */
  { .name = "bare/imap/starttls", CELL,
    .arguments = IMAP "--tls starttls --connect-to 127.0.0.3 localhost:@IMAP_BARE@" WITH_CA ("@CA@"),
    .status = 13, .tls = "starttls", .ladder = "ppp pp fnnn nss n",
    .finding = "starttls.not-offered" },
  { .name = "bare/imap/starttls-if-offered", CELL,
    .arguments = IMAP "--tls starttls-if-offered --connect-to 127.0.0.3 localhost:@IMAP_BARE@"
                 WITH_CA ("@CA@"),
    .status = 0, .tls = "starttls-if-offered", .ladder = "wpp pp wsss pss p",
    .finding = "starttls.skipped", .also = { "settings.clear-text-password" } },
  { .name = "bare/pop3/starttls", CELL,
    .arguments = POP3 "--tls starttls --connect-to 127.0.0.3 localhost:@POP3_BARE@" WITH_CA ("@CA@"),
    .status = 13, .tls = "starttls", .ladder = "ppp pp fnnn nss n",
    .finding = "starttls.not-offered", .names = "STLS" },
  { .name = "bare/pop3/starttls-if-offered", CELL,
    .arguments = POP3 "--tls starttls-if-offered --connect-to 127.0.0.3 localhost:@POP3_BARE@"
                 WITH_CA ("@CA@"),
    .status = 0, .tls = "starttls-if-offered", .ladder = "wpp pp wsss pss p",
    .finding = "starttls.skipped", .also = { "settings.clear-text-password" } },

  /* TLS in the wrong way, and to the wrong server. */
  { .name = "imap/implicit-on-starttls-port", CELL,
    .arguments = IMAP "--tls implicit localhost:@IMAP@" WITH_CA ("@CA@"),
    .status = 13, .tls = "implicit", .ladder = "ppp fn nssn nss n",
    .finding = "tls.plain-first", .names = "IMAP and offers STARTTLS" },
  { .name = "imap/starttls-on-implicit-port", CELL,
    .arguments = IMAP "--tls starttls localhost:@IMAPS@" WITH_CA ("@CA@"),
    .status = 13, .tls = "starttls", .ladder = "ppp fn nnnn nss n",
    .finding = "tls.implicit-expected" },
  { .name = "pop3/implicit-on-starttls-port", CELL,
    .arguments = POP3 "--tls implicit localhost:@POP3@" WITH_CA ("@CA@"),
    .status = 13, .tls = "implicit", .ladder = "ppp fn nssn nss n",
    .finding = "tls.plain-first", .names = "POP3 and offers STARTTLS" },
  { .name = "pop3/none-on-implicit-port", CELL,
    .arguments = POP3 "--tls none localhost:@POP3S@",
    .status = 13, .tls = "none", .ladder = "wpp fn ssss nss n",
    .finding = "tls.implicit-expected" },
  { .name = "imap/wrong-ca", CELL,
    .arguments = IMAP "--tls starttls localhost:@IMAP@" WITH_CA ("@OTHER_CA@"),
    .status = 14, .tls = "starttls", .ladder = "ppp pp ppfn nss n",
    .finding = "cert.untrusted-root" },
  { .name = "pop3/name-mismatch", CELL,
    .arguments = POP3 "--tls implicit 127.0.0.1:@POP3S@" WITH_CA ("@CA@"),
    .status = 14, .tls = "implicit", .ladder = "ppp pf nssn nss n",
    .finding = "cert.name-mismatch" },
  { .name = "imap/on-pop3-port", CELL,
    .arguments = IMAP "--tls starttls localhost:@POP3@" WITH_CA ("@CA@"),
    .status = 12, .tls = "starttls", .ladder = "ppp fn nnnn nss n",
    .finding = "greeting.other-protocol", .names = "POP3" },
  { .name = "pop3/on-imap-port", CELL,
    .arguments = POP3 "--tls starttls localhost:@IMAP@" WITH_CA ("@CA@"),
    .status = 12, .tls = "starttls", .ladder = "ppp fn nnnn nss n",
    .finding = "greeting.other-protocol", .names = "IMAP" },

  /* The password is right, and still. */
  { .name = "imap/locked", CELL, .user = "locked@DOMAIN@",
    .arguments = IMAP "--tls starttls localhost:@IMAP@" WITH_CA ("@CA@"),
    .status = 16, .tls = "starttls", .ladder = "ppp pp pppp fss n",
    .finding = "auth.refused-unexplained", .names = "CONTACTADMIN" },
  { .name = "imap/homeless", CELL, .user = "homeless@DOMAIN@",
    .arguments = IMAP "--check-usable --tls starttls localhost:@IMAP@" WITH_CA ("@CA@"),
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp pfs n",
    .finding = "usable.mailbox", .names = "SERVERBUG" },
  { .name = "imap/homeless-not-looked-at", CELL, .user = "homeless@DOMAIN@",
    .arguments = IMAP "--tls implicit localhost:@IMAPS@" WITH_CA ("@CA@"),
    .status = 0, .tls = "implicit", .ladder = "ppp pp pssp pss p" },
  { .name = "pop3/homeless", CELL, .user = "homeless@DOMAIN@",
    .arguments = POP3 "--check-usable --tls starttls localhost:@POP3@" WITH_CA ("@CA@"),
    .status = 18, .tls = "starttls", .ladder = "ppp pp pppp pfs n",
    .finding = "usable.mailbox", .names = "SYS/TEMP" },
  { NULL },
};

static const RealCell cell_in_use = {
  CELL, .arguments = POP3 "--connect-to 127.0.0.2 localhost:@POP3_STRICT@" WITH_CA ("@CA@"),
  .status = 17, .tls = "starttls", .ladder = "ppp pp pppp fss n",
  .finding = "auth.mailbox-in-use", .names = "IN-USE",
};
/* clang-format on */

/* With a ticket, and without one; with the right password, and with a wrong one. */
static const RealSweep sweeps[] = {
  {
    .name = "imap",
    .arguments = IMAP "--tls starttls localhost:@IMAP@",
    .secret = "@PASSWORD@",
    .environment = "KRB5CCNAME=@TICKET@",
    .attempts = 9,
    .trials = { "PLAIN accepted", "LOGIN accepted", "CRAM-MD5 accepted", "DIGEST-MD5 accepted",
                "SCRAM-SHA-1 accepted", "SCRAM-SHA-256 accepted", "GSSAPI accepted",
                "GSS-SPNEGO not-possible", "EXTERNAL not-possible", "ANONYMOUS accepted",
                "XOAUTH2 not-possible", "OAUTHBEARER not-possible", "LOGIN-COMMAND accepted" },
  },
  {
    .name = "pop3",
    .arguments = POP3 "--tls implicit localhost:@POP3S@",
    .secret = "@WRONG_PASSWORD@",
    .attempts = 10,
    .trials = { "USER refused auth.credentials", "PLAIN refused auth.credentials",
                "LOGIN refused auth.credentials", "CRAM-MD5 refused auth.credentials",
                "DIGEST-MD5 refused auth.credentials", "SCRAM-SHA-1 refused auth.credentials",
                "SCRAM-SHA-256 refused auth.credentials", "GSSAPI failed auth.local",
                "GSS-SPNEGO not-possible", "EXTERNAL not-possible", "ANONYMOUS accepted",
                "XOAUTH2 not-possible", "OAUTHBEARER not-possible",
                "APOP refused auth.credentials" },
  },
  { NULL },
};

/* A session that has logged on with APOP, the one way without TLS in three lines. */
static GSocketConnection *
log_on_elsewhere (RealValues *values)
{
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GSocketConnection) connection = g_socket_client_connect_to_host (
    client, "127.0.0.2", (guint16) real_values_get_port (values, "POP3_STRICT"), NULL, &error);
  g_autoptr(GDataInputStream) input = NULL;
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  g_autofree char *greeting = NULL;
  g_autofree char *command = NULL;
  g_autofree char *reply = NULL;

  g_assert_no_error (error);
  input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  greeting = g_data_input_stream_read_line (input, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strchr (greeting, '<'));
  g_strchomp (greeting);
  g_checksum_update (checksum, (const guchar *) strchr (greeting, '<'), -1);
  g_checksum_update (checksum, (const guchar *) real_values_get (values, "PASSWORD"), -1);
  command = g_strdup_printf ("APOP %s %s\r\n", real_values_get (values, "USER"),
                             g_checksum_get_string (checksum));
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), command,
                             strlen (command), NULL, NULL, &error);
  g_assert_no_error (error);
  reply = g_data_input_stream_read_line (input, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (reply, "+OK"));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (input), FALSE);
  return g_steal_pointer (&connection);
}

static void
test_in_use (gconstpointer data)
{
  RealValues *values = (RealValues *) data;
  g_autoptr(GSocketConnection) other = log_on_elsewhere (values);

  g_assert_true (g_socket_connection_is_connected (other));
  real_cell_run (&cell_in_use, values);
}

static void
add_tests (RealValues *values)
{
  real_matrix_add ("dovecot", &imap, values);
  real_matrix_add ("dovecot", &pop3, values);
  real_cells_add ("/dovecot/other", cells, values);
  real_cells_add ("/dovecot/uniface", dovecot_uniface_cells, values);
  g_test_add_data_func ("/dovecot/other/pop3/in-use", values, test_in_use);
  real_sweeps_add ("/dovecot/sweep", sweeps, values);
}

int
main (int argc, char **argv)
{
  return real_main (&site_dovecot, add_tests, argc, argv);
}
