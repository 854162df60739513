/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "document/postern-asn-document.h"
#include "runtime/postern-asn.h"

/* How long a large assignment file takes: 10 MB in 100,000 lines, and a tenth of it.
 *
 * - Opened for editing, with its settings listed: under a second.
 * - Read as a test reads it, one option changed, and every rule looked at: told. Each grows with
 *   the size: the time for ten times as much is at most twenty times as long, for what fits into
 *   the processor's caches is read faster. Both sizes are measured in turn, and the least of each
 *   counts, so that a loaded machine matters little.
 *
 * Exit status 1: a target is missed. */

#define N_LINES 100000
#define LINE_LENGTH 112
#define N_RUNS 5
#define MAX_OPEN_MS 1000.0
#define MAX_RATIO 20.0

static char *
make_file (const char *folder, guint n_lines)
{
  g_autofree char *name = g_strdup_printf ("%u.asn", n_lines);
  char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GString) text = g_string_new ("[NET_SETTINGS]\n");

  for (guint i = 1; i < n_lines; i++)
    {
      gsize start = text->len;

      if (i % 10 == 0)
        g_string_append (text, "; a comment ");
      else
        g_string_append_printf (
          text, "profile%u = verify_server=yes, ca_certificate=/nowhere/%u.pem, ", i, i);
      g_string_append (text, i % 10 == 5 ? "%\\" : "min_tls_version=1.2 ");
      while (i % 10 == 0 && text->len - start < LINE_LENGTH - 1)
        g_string_append_c (text, '-');
      while (i % 10 != 0 && i % 10 != 5 && text->len - start < LINE_LENGTH - 1)
        g_string_append_c (text, ' ');
      g_string_append_c (text, '\n');
      if (i % 10 == 5)
        {
          g_string_append (text, "          min_tls_version=1.2\n");
          i++;
        }
    }
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
  printf ("%u lines, %.1f MB\n", n_lines, (double) text->len / 1e6);

  return path;
}

static void
open_file (const char *path)
{
  g_autoptr(PosternAsnDocument) document = postern_asn_document_open (path, NULL);
  g_autoptr(GPtrArray) entries = postern_asn_document_list (document, "NET_SETTINGS");

  g_assert_cmpuint (entries->len, >, 1000);
}

static void
edit_file (const char *path)
{
  g_autoptr(PosternAsnDocument) document = postern_asn_document_open (path, NULL);

  g_assert_true (postern_asn_document_set_option (document, "NET_SETTINGS", "profile7",
                                                  "min_tls_version", "1.3", NULL));
}

static void
load_file (const char *path)
{
  g_autoptr(PosternAsn) asn = postern_asn_load (path, NULL, NULL);

  g_assert_nonnull (postern_asn_lookup (asn, "NET_SETTINGS", "profile7"));
}

static void
check_file (const char *path)
{
  g_autoptr(PosternAsn) asn = postern_asn_check (path, NULL, NULL, NULL);

  g_assert_cmpuint (postern_asn_get_findings (asn)->len, >, 0);
}

static double
measure (void (*run) (const char *path), const char *path)
{
  gint64 start = g_get_monotonic_time ();

  run (path);

  return (double) (g_get_monotonic_time () - start) / 1000.0;
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *what;
    void (*run) (const char *path);
    double limit_ms; /* 0: none */
  } rows[] = {
    { "open and list", open_file, MAX_OPEN_MS },
    { "open and change one option", edit_file, 0 },
    { "read for a test", load_file, MAX_OPEN_MS },
    { "check", check_file, 0 },
  };
  g_autofree char *folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_autofree char *small = make_file (folder, N_LINES / 10);
  g_autofree char *large = make_file (folder, N_LINES);
  gboolean met = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      double least_small = G_MAXDOUBLE;
      double least_large = G_MAXDOUBLE;
      gboolean good;

      for (guint k = 0; k < N_RUNS; k++)
        {
          least_small = MIN (least_small, measure (rows[i].run, small));
          least_large = MIN (least_large, measure (rows[i].run, large));
        }
      good = least_large / least_small <= MAX_RATIO &&
             (rows[i].limit_ms == 0 || least_large < rows[i].limit_ms);
      met &= good;
      printf ("%-30s %8.1f ms %8.1f ms  ratio %5.2f (at most %.0f)  %s\n", rows[i].what,
              least_small, least_large, least_large / least_small, MAX_RATIO,
              good ? "met" : "MISSED");
    }
  g_remove (small);
  g_remove (large);
  g_rmdir (folder);

  return met ? 0 : 1;
}
