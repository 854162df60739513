/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <signal.h>
#include <string.h>

#include "cli-peer.h"
#include "cli-report.h"
#include "cli-run.h"

/* A key distribution centre that takes what it is asked and never answers: the Kerberos library
 * waits in a call that nothing can end. The program does not wait with it. */

#define TIMEOUT_S 2
#define SLACK_S 4 /* a slow machine */

typedef struct
{
  GSocket *kdc;
  CliPeer *peer;
  char *krb5_conf;
  char *keytab;
  CliRun *run;
} Fixture;

/* A principal "me" with a key of zeros, in the format that MIT documents as 0x502: the library then
 * asks for a ticket by itself. */
static char *
make_keytab (void)
{
  static const char entry[] = "\x05\x02"
                              "\0\0\0\x3c"
                              "\0\1"
                              "\0\x09"
                              "TEST.TEST"
                              "\0\2"
                              "me"
                              "\0\0\0\1"
                              "\0\0\0\0"
                              "\1"
                              "\0\x12"
                              "\0\x20"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

  return cli_make_file (entry, sizeof entry - 1);
}

static void
offer_gssapi (CliTalk *talk, gpointer user_data)
{
  g_autofree char *line = NULL;

  cli_talk_send (talk, "220 mail.test\r\n");
  line = cli_talk_read_line (talk);
  cli_talk_send (talk, "250-mail.test\r\n250 AUTH GSSAPI\r\n");
  cli_talk_wait_for_end (talk);
}

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) any_port = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *conf = NULL;

  fixture->kdc =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);
  g_assert_no_error (error);
  g_socket_set_timeout (fixture->kdc, 20);
  g_socket_bind (fixture->kdc, any_port, FALSE, &error);
  g_assert_no_error (error);
  address = g_socket_get_local_address (fixture->kdc, &error);
  g_assert_no_error (error);

  conf = g_strdup_printf ("[libdefaults]\n"
                          "default_realm = TEST.TEST\n"
                          "rdns = false\n"
                          "[realms]\n"
                          "TEST.TEST = {\n"
                          "  kdc = 127.0.0.1:%u\n"
                          "}\n",
                          g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  fixture->krb5_conf = cli_make_file (conf, -1);
  fixture->keytab = make_keytab ();
  fixture->peer = cli_peer_new (offer_gssapi, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  cli_peer_free (fixture->peer);
  g_object_unref (fixture->kdc);
  g_free (fixture->krb5_conf);
  g_free (fixture->keytab);
}

/* As any program, or with Uniface's driver, whose service has a name of Kerberos' own. */
static void
start (Fixture *fixture, gboolean uniface)
{
  guint16 port = cli_peer_get_port (fixture->peer);
  g_autofree char *url = g_strdup_printf ("smtp://localhost:%u", port);
  g_autofree char *connection = g_strdup_printf ("localhost+%u", port);
  g_autofree char *timeout = g_strdup_printf ("--timeout=%d", TIMEOUT_S);
  g_autofree char *conf = g_strconcat ("KRB5_CONFIG=", fixture->krb5_conf, NULL);
  g_autofree char *keytab = g_strconcat ("KRB5_CLIENT_KTNAME=FILE:", fixture->keytab, NULL);
  const char *const environment[] = { conf, keytab, "KRB5CCNAME=MEMORY:", NULL };
  const char *const args[] = {
    "probe",     "--format=json",      "--tls=none", "--connect-to=127.0.0.1",
    "--user=me", "--mechanism=GSSAPI", timeout,      url,
    NULL,
  };
  const char *const uniface_args[] = {
    "probe",
    "--format=json",
    "--system=uniface",
    "--connect-to=127.0.0.1",
    "--driver=SMTP=UAuthSSPISMTP",
    "--parameters=SSP=Kerberos;SPN_SERVER=SMTPSVC/localhost@TEST.TEST",
    timeout,
    connection,
    NULL,
  };
  const CliSetup setup = { .environment = environment };
  char byte;
  g_autoptr(GError) error = NULL;

  fixture->run = cli_run_start (uniface ? uniface_args : args, &setup);
  /* The library has asked: from here on it waits. */
  g_socket_receive (fixture->kdc, &byte, 1, NULL, &error);
  g_assert_no_error (error);
}

static void
test_deadline (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr(CliResult) result = NULL;
  g_autoptr(JsonNode) report = NULL;

  start (fixture, user_data != NULL);
  result = cli_run_wait (fixture->run);
  cli_assert_status (result, 19);
  g_assert_cmpint (result->duration, <, (TIMEOUT_S + SLACK_S) * G_USEC_PER_SEC);
  report = cli_report_parse (result->out, result);
  g_assert_cmpstr (cli_report_first_code (report), ==, "timeout.total");
}

static void
test_interrupted (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr(CliResult) result = NULL;
  gint64 interrupted;

  start (fixture, user_data != NULL);
  interrupted = g_get_monotonic_time ();
  kill (cli_run_get_pid (fixture->run), SIGINT);
  result = cli_run_wait (fixture->run);
  cli_assert_status (result, 130);
  /* Well before the deadline could have ended it. */
  g_assert_cmpint (result->ended - interrupted, <, TIMEOUT_S * G_USEC_PER_SEC / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/kerberos/deadline", Fixture, NULL, set_up, test_deadline, tear_down);
  g_test_add ("/kerberos/interrupted", Fixture, NULL, set_up, test_interrupted, tear_down);
  g_test_add ("/kerberos/uniface/deadline", Fixture, "uniface", set_up, test_deadline, tear_down);
  g_test_add ("/kerberos/uniface/interrupted", Fixture, "uniface", set_up, test_interrupted,
              tear_down);

  return g_test_run ();
}
