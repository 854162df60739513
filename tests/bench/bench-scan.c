/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "bench-common.h"
#include "cli/cli-report.h"
#include "cli/cli-run.h"
#include "test-pki.h"

/* How long a scan takes, beside two others that look for versions and cipher suites: testssl.sh
 * (-p -E) and nmap (ssl-enum-ciphers), in turn, on the same server, which answers one connection
 * after the other. What they find has to be the same; each difference is told by name. The scan
 * looks for more than that: groups, signatures, resumption, certificates. Exit status 1: a target
 * is missed. */

#define N_OURS 9
#define N_NMAP 3

#define MAX_PART_OF_TESTSSL 0.1
#define MAX_PART_OF_NMAP 1.0

static const struct
{
  const char *name;
  const char *options; /* of s_server */
} servers[] = {
  { "TLS 1.2 and 1.3, as OpenSSL has them", "" },
  { "all versions, all suites", "-cipher ALL:@SECLEVEL=0" },
};

/* --- The server --- */

typedef struct
{
  GSubprocess *process;
  char *files[4];
  guint16 port;
} Server;

static void
server_make_certificates (Server *server)
{
  TestCertSpec spec = { .cn = "localhost", .dns = "localhost", .rsa_bits = 2048 };

  for (int i = 0; i < 2; i++)
    {
      g_autoptr(TestCert) cert = test_cert_new (&spec, NULL, NULL);
      g_autofree char *pem = test_cert_pem (cert, NULL);
      g_autofree char *key = test_cert_key_pem (cert);

      server->files[2 * i] = test_write_file (pem);
      server->files[2 * i + 1] = test_write_file (key);
      spec.rsa_bits = 0;
    }
}

static void
server_start (Server *server, const char *options)
{
  g_autofree char *command = NULL;
  g_auto (GStrv) argv = NULL;
  g_autoptr(GDataInputStream) lines = NULL;
  g_autoptr(GError) error = NULL;

  server_make_certificates (server);
  command = g_strdup_printf (
    "openssl s_server -accept 127.0.0.1:0 -cert %s -key %s -dcert %s -dkey %s %s", server->files[0],
    server->files[1], server->files[2], server->files[3], options);
  argv = g_strsplit (g_strchomp (command), " ", -1);
  server->process =
    g_subprocess_newv ((const char *const *) argv,
                       G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                         G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                       &error);
  if (server->process == NULL)
    g_error ("The server does not start: %s", error->message);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server->process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  while (server->port == 0)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);

      if (line == NULL)
        g_error ("The server does not start.");
      if (g_str_has_prefix (line, "ACCEPT 127.0.0.1:"))
        server->port = (guint16) g_ascii_strtoull (strrchr (line, ':') + 1, NULL, 10);
    }
}

static void
server_stop (Server *server)
{
  g_subprocess_force_exit (server->process);
  g_subprocess_wait (server->process, NULL, NULL);
  g_object_unref (server->process);
  for (gsize i = 0; i < G_N_ELEMENTS (server->files); i++)
    {
      g_remove (server->files[i]);
      g_free (server->files[i]);
    }
}

/* What it tells of its connections is not to stop it. */
static gpointer
drain_thread (gpointer data)
{
  g_autoptr(GInputStream) pipe = data;
  char buffer[4096];

  while (g_input_stream_read (pipe, buffer, sizeof buffer, NULL, NULL) > 0)
    continue;
  return NULL;
}

/* --- What was found: "TLS 1.2 TLS_RSA_WITH_AES_128_CBC_SHA" --- */

static void
keep (GHashTable *found, const char *version, const char *suite)
{
  g_hash_table_add (found, g_strdup_printf ("TLS %s %s", version, suite));
}

static GHashTable *
found_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static GHashTable *
read_ours (const char *output)
{
  GHashTable *found = found_new ();
  g_autoptr(JsonNode) root = json_from_string (output, NULL);
  JsonArray *versions = json_object_get_array_member (json_node_get_object (root), "versions");

  for (guint i = 0; i < json_array_get_length (versions); i++)
    {
      JsonObject *version = json_array_get_object_element (versions, i);
      JsonArray *suites = json_object_get_array_member (version, "suites");

      for (guint j = 0; j < json_array_get_length (suites); j++)
        keep (found, json_object_get_string_member (version, "version") + strlen ("TLS "),
              json_object_get_string_member (json_array_get_object_element (suites, j), "name"));
    }
  return found;
}

/* "|   TLSv1.2: ", and below it "|       TLS_RSA_WITH_AES_128_CBC_SHA (rsa 2048) - A". In TLS 1.3
 * it writes AKE_WITH_ into the names. */
static GHashTable *
read_nmap (const char *output)
{
  GHashTable *found = found_new ();
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  g_autofree char *version = g_strdup ("1.0");

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *line = lines[i] + strspn (lines[i], "|_ ");

      if (g_str_has_prefix (line, "TLSv"))
        {
          g_free (version);
          version = g_strndup (line + strlen ("TLSv"), 3);
        }
      else if (g_str_has_prefix (line, "TLS_"))
        {
          g_autoptr(GString) suite = g_string_new_len (line, (gssize) strcspn (line, " "));

          g_string_replace (suite, "TLS_AKE_WITH_", "TLS_", 1);
          keep (found, version, suite->str);
        }
    }
  return found;
}

/* "TLS 1.2", and below it " xc030  ECDHE-… ECDH 253 AESGCM 256 TLS_ECDHE_…". */
static GHashTable *
read_testssl (const char *output)
{
  GHashTable *found = found_new ();
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  g_autofree char *version = NULL;

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strchomp (lines[i]);
      char *last = strrchr (line, ' ');

      if (g_str_has_prefix (line, "TLS 1"))
        {
          g_free (version);
          version = g_strdup (strlen (line) == strlen ("TLS 1") ? "1.0" : line + strlen ("TLS "));
        }
      else if (version != NULL && g_str_has_prefix (line, " x") && last != NULL)
        keep (found, version, last + 1);
    }
  return found;
}

/* The suites of the one that the other has not. */
static guint
tell_missing (GHashTable *from, GHashTable *in, const char *who)
{
  GHashTableIter iter;
  gpointer key;
  guint n = 0;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (in, key))
      {
        printf ("  only %s: %s\n", who, (const char *) key);
        n++;
      }
  return n;
}

static gboolean
compare (GHashTable *ours, GHashTable *theirs, const char *who)
{
  guint n = tell_missing (theirs, ours, who) + tell_missing (ours, theirs, "postern-cli");

  printf ("%-52s %8u suites, different from %s: %u %s\n", "found", g_hash_table_size (ours), who, n,
          n == 0 ? "met" : "MISSED");
  return n == 0;
}

/* --- Runs --- */

static CliResult *
run (const char *program, const char *const *args)
{
  const CliSetup setup = { .limit_s = 240 };
  CliResult *result;

  g_setenv ("POSTERN_CLI", program, TRUE);
  result = cli_run (args, &setup);
  return result;
}

typedef struct
{
  const char *program;
  const char *const *args;
  GHashTable *(*read) (const char *output);
  int n;
  int warm_up;
  double ms; /* median */
  GHashTable *found;
} Contender;

static void
measure (Contender *self)
{
  g_autofree double *times = g_new0 (double, (gsize) self->n);

  for (int i = -self->warm_up; i < self->n; i++)
    {
      g_autoptr(CliResult) result = run (self->program, self->args);

      if (i >= 0)
        times[i] = bench_milliseconds (result->duration);
      g_clear_pointer (&self->found, g_hash_table_unref);
      self->found = self->read (result->out);
    }
  self->ms = bench_median (times, (gsize) self->n);
}

static gboolean
bench_against (Contender *other, const char *who, const Contender *ours, double target)
{
  g_autofree char *what = g_strdup_printf ("time, as part of that of %s", who);
  gboolean met;

  if (other->program == NULL)
    {
      printf ("There is no %s to compare with.\n", who);
      return TRUE;
    }
  measure (other);
  printf ("  %-50s %8.1f ms\n", who, other->ms);
  met = bench_tell (what, ours->ms / other->ms, target, "times");
  met &= compare (ours->found, other->found, who);
  g_hash_table_unref (other->found);
  return met;
}

static gboolean
bench_server (const char *program, gsize at)
{
  g_autofree char *nmap = g_find_program_in_path ("nmap");
  g_autofree char *testssl = g_find_program_in_path ("testssl");
  Server server = { 0 };
  g_autofree char *place = NULL;
  g_autofree char *port = NULL;
  gboolean met;

  server_start (&server, servers[at].options);
  g_thread_unref (g_thread_new ("drain", drain_thread,
                                g_object_ref (g_subprocess_get_stdout_pipe (server.process))));
  place = g_strdup_printf ("127.0.0.1:%u", server.port);
  port = g_strdup_printf ("%u", server.port);
  {
    const char *const our_args[] = { "scan", "--format=json", place, NULL };
    const char *const nmap_args[] = {
      "-Pn", "-n", "--script", "ssl-enum-ciphers", "-p", port, "127.0.0.1", NULL,
    };
    const char *const testssl_args[] = {
      "-p", "-E", "--color", "0", "--warnings", "batch", "--quiet", place, NULL,
    };
    Contender ours = { program, our_args, read_ours, N_OURS, 1 };
    Contender by_nmap = { nmap, nmap_args, read_nmap, N_NMAP, 0 };
    Contender by_testssl = { testssl, testssl_args, read_testssl, 1, 0 };

    printf ("%s\n", servers[at].name);
    measure (&ours);
    printf ("  %-50s %8.1f ms\n", "postern-cli scan, median", ours.ms);
    met = bench_against (&by_nmap, "nmap", &ours, MAX_PART_OF_NMAP);
    met &= bench_against (&by_testssl, "testssl.sh", &ours, MAX_PART_OF_TESTSSL);
    g_hash_table_unref (ours.found);
  }
  server_stop (&server);
  return met;
}

int
main (int argc, char **argv)
{
  g_autofree char *program = g_strdup (g_getenv ("POSTERN_CLI"));
  gboolean met = TRUE;

  if (program == NULL)
    {
      fprintf (stderr, "POSTERN_CLI has to name the program.\n");
      return 2;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (servers); i++)
    met &= bench_server (program, i);
  return met ? 0 : 1;
}
