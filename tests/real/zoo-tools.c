/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-tools.h"

#include "site-zoo.h"
#include "zoo-check.h"
#include "zoo-network.h"
#include "zoo-raw.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define PORT "TOOL" /* the value */
#define GREETING_REFUSED 12

/* Programs that do TLS and no mail, so that the verdict on the certificate is the end; where it
 * is accepted, one of them says that there is no service. */
typedef struct
{
  ZooDoor door;
  const char *greeting;
} Word;

static const Word words[] = {
  { { NULL, PORT, "smtp", "implicit", 465 }, "554 No service here\r\n" },
  { { NULL, PORT, "pop3", "implicit", 995 }, "-ERR No service here\r\n" },
  { { NULL, PORT, "imap", "implicit", 993 }, "* BYE No service here\r\n" },
};

static RealValues *values;
static ZooNetwork *network;

static const Word *
choose (const ZooChain *chain)
{
  return &words[(gsize) (chain - zoo_chains) % G_N_ELEMENTS (words)];
}

static gboolean
is_refused (const ZooChain *chain)
{
  g_autoptr(GPtrArray) expected = zoo_chain_expect (chain, ZOO_VERIFY);

  return zoo_faults_have (expected, ZOO_REFUSES);
}

/* It does not outlive a test that fails in the middle. */
static void
set_up_child (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static GSubprocess *
spawn (GPtrArray *argv)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
    G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr(GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_child_setup (launcher, set_up_child, NULL, NULL);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, &error);
  g_assert_no_error (error);

  return process;
}

/* What follows the words in a line that the program prints once it listens; NULL: it ended. */
static char *
wait_for_line (GSubprocess *process, const char *start)
{
  g_autoptr(GDataInputStream) lines =
               g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  char *line;

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  while ((line = g_data_input_stream_read_line (lines, NULL, NULL, NULL)) != NULL)
    {
      g_autofree char *taken = line;

      if (g_str_has_prefix (taken, start))
        return g_strdup (taken + strlen (start));
    }

  return NULL;
}

static void
stop (GSubprocess *process)
{
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

static void
add_argument (GPtrArray *argv, const char *option, char *value)
{
  g_ptr_array_add (argv, g_strdup (option));
  g_ptr_array_add (argv, value);
}

static void
run (const ZooChain *chain, const char *server)
{
  ZooDoor door = choose (chain)->door;
  RealRun *running;

  door.server = server;
  running = zoo_run_start (values, chain, &door, "127.0.0.1", ZOO_VERIFY, "--timeout 10");
  real_run_wait (running);
  zoo_run_check (running, values, chain, &door, ZOO_VERIFY, GREETING_REFUSED);
  real_run_free (running);
}

static void
test_openssl (gconstpointer data)
{
  const ZooChain *chain = data;
  const Word *word = choose (chain);
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *rest = site_zoo_path (values, chain, "rest.pem");
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *where = NULL;

  add_argument (argv, "openssl", g_strdup ("s_server"));
  add_argument (argv, "-accept", g_strdup ("127.0.0.1:0"));
  add_argument (argv, "-cipher", g_strdup ("ALL:@SECLEVEL=0"));
  add_argument (argv, "-cert", site_zoo_path (values, chain, "chain.pem"));
  add_argument (argv, "-key", site_zoo_path (values, chain, "key.pem"));
  if (g_file_test (rest, G_FILE_TEST_EXISTS))
    add_argument (argv, "-cert_chain", g_strdup (rest));
  if (chain->staple != NULL)
    add_argument (argv, "-status_file", site_zoo_path (values, chain, "ocsp"));
  process = spawn (argv);
  where = wait_for_line (process, "ACCEPT 127.0.0.1:");
  g_assert_nonnull (where);
  real_values_set (values, PORT, where);
  if (!is_refused (chain))
    {
      GOutputStream *input = g_subprocess_get_stdin_pipe (process);

      g_output_stream_write_all (input, word->greeting, strlen (word->greeting), NULL, NULL, NULL);
      g_output_stream_flush (input, NULL, NULL);
    }
  run (chain, "openssl s_server");
  stop (process);
}

/* It waits for the client to begin; it puts chains in order, leaves out what is not of the path,
 * and uses no key that may not sign. */
static gboolean
is_for_gnutls (const ZooChain *chain)
{
  return is_refused (chain) &&
         (chain->not_by == NULL || strstr (chain->not_by, "gnutls-serv") == NULL);
}

/* It cannot be told on which address to listen, so it gets a network of its own. */
static void
test_gnutls (gconstpointer data)
{
  const ZooChain *chain = data;
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GSubprocess) process = NULL;
  g_autofree char *done = NULL;

  if (network == NULL)
    {
      g_test_skip ("There is no network of one's own to be had here");
      return;
    }

  zoo_network_enter (network);
  add_argument (argv, "gnutls-serv", g_strdup ("--echo"));
  add_argument (argv, "--disable-client-cert", g_strdup ("--port=5556"));
  add_argument (argv, "--x509certfile", site_zoo_path (values, chain, "chain.pem"));
  add_argument (argv, "--x509keyfile", site_zoo_path (values, chain, "key.pem"));
  if (chain->staple != NULL)
    {
      add_argument (argv, "--ignore-ocsp-response-errors", g_strdup ("--ocsp-response"));
      g_ptr_array_add (argv, site_zoo_path (values, chain, "ocsp"));
    }
  process = spawn (argv);
  done = wait_for_line (process, "Echo Server listening on IPv4");
  if (done != NULL)
    {
      real_values_set (values, PORT, "5556");
      run (chain, "gnutls-serv");
    }
  else
    g_test_fail_printf ("gnutls-serv does not take the chain");
  stop (process);
  zoo_network_leave (network);
}

static char *
read_file (const ZooChain *chain, const char *suffix)
{
  g_autofree char *path = site_zoo_path (values, chain, suffix);
  g_autoptr(GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  return text;
}

static void
test_raw (gconstpointer data)
{
  const ZooChain *chain = data;
  g_autofree char *pem = read_file (chain, "chain.pem");
  g_autofree char *key = read_file (chain, "key.pem");
  ZooRaw *peer = zoo_raw_new (pem, key);

  real_values_set_port (values, PORT, zoo_raw_get_port (peer));
  run (chain, "a peer that sends any bytes");
  zoo_raw_free (peer);
}

void
zoo_tools_add (RealValues *site_values)
{
  values = site_values;
  network = zoo_network_new ();
  for (const ZooChain *chain = zoo_chains; chain->name != NULL; chain++)
    {
      g_autofree char *openssl = g_strconcat ("/zoo-served/openssl/", chain->name, NULL);
      g_autofree char *raw = g_strconcat ("/zoo-served/raw/", chain->name, NULL);
      g_autofree char *gnutls = g_strconcat ("/zoo-served/gnutls/", chain->name, NULL);

      if (chain->raw)
        g_test_add_data_func (raw, chain, test_raw);
      if (chain->not_served != NULL || chain->raw)
        continue;
      g_test_add_data_func (openssl, chain, test_openssl);
      if (is_for_gnutls (chain))
        g_test_add_data_func (gnutls, chain, test_gnutls);
    }
}
