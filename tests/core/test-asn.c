/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn.h"
#include "runtime/postern-asn-files.h"
#include "runtime/postern-asn-global.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *folder; /* the working directory */

static void
write_bytes (const char *name, const char *bytes, gssize length)
{
  g_assert_true (g_file_set_contents (name, bytes, length, NULL));
}

static PosternAsn *
load (const char *text)
{
  g_autoptr(GError) error = NULL;
  PosternAsn *asn;

  write_bytes ("t.asn", text, -1);
  asn = postern_asn_load ("t.asn", NULL, &error);
  g_assert_no_error (error);
  return asn;
}

static guint
count (PosternAsn *asn, const char *code)
{
  GPtrArray *findings = postern_asn_get_findings (asn);
  guint n = 0;

  for (guint i = 0; i < findings->len; i++)
    n += strcmp (postern_finding_get_code (findings->pdata[i]), code) == 0;

  return n;
}

static void
assert_setting (
  PosternAsn *asn, const char *section, const char *name, const char *value, const char *place)
{
  const PosternAsnSetting *setting = postern_asn_lookup (asn, section, name);
  g_autofree char *got = NULL;

  g_assert_nonnull (setting);
  g_assert_cmpstr (setting->value, ==, value);
  got = postern_asn_setting_dup_place (setting);
  if (place != NULL)
    g_assert_cmpstr (got, ==, place);
}

/* spec/uniface.md section 12, "Assignment lines"; each below [NET_SETTINGS]. */
static void
test_lines (void)
{
  static const struct
  {
    const char *line;
    const char *value;
    const char *code; /* of a finding, or NULL */
  } rows[] = {
    { "P verify_server=yes", "verify_server=yes", NULL },
    { "P = verify_server=yes", "verify_server=yes", NULL },
    { "P=verify_server=yes", "verify_server=yes", NULL },
    { "P\t=\tverify_server=yes", "verify_server=yes", NULL },
    { "p verify_server=yes  ", "verify_server=yes", NULL },
    { "P verify_server=yes, %\\\n   ca_cert=a.pem", "verify_server=yes, ca_cert=a.pem", NULL },
    { "P verify_server=yes, %\\  \r\n \t ca_cert=a.pem\r", "verify_server=yes, ca_cert=a.pem",
      NULL },
    { "P a, %\\\n b, %\\\n c", "a, b, c", NULL },
    { "P verify_server=yes, %\\ x", "verify_server=yes, %\\ x", NULL },
    { "P verify_server=yes, %/", "verify_server=yes, %/", "settings.asn-continuation" },
    { "P verify_server=yes, %^\\\nQ x", "verify_server=yes, %\\", NULL },
    { "P verify_server=yes ; text", "verify_server=yes ; text", NULL },
    { "P a^;b^^c^d^ e", "a;b^c^d^ e", NULL },
    { "P verify_server=yes, %\\", "verify_server=yes,", NULL },
    { "P", "", NULL },
    { "P = = x", "= x", NULL },
    { "P old\nP new", "new", "settings.asn-duplicate" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strconcat ("[Net_Settings]\n  ; comment\n", rows[i].line, NULL);
      g_autoptr(PosternAsn) asn = load (text);

      g_test_message ("%s", rows[i].line);
      assert_setting (asn, "NET_SETTINGS", "P", rows[i].value, i < 16 ? "t.asn:3" : "t.asn:4");
      g_assert_cmpuint (postern_asn_get_findings (asn)->len, ==, rows[i].code != NULL ? 1 : 0);
      if (rows[i].code != NULL)
        g_assert_cmpuint (count (asn, rows[i].code), ==, 1);
    }
}

static void
test_places (void)
{
  g_autoptr(PosternAsn) asn = load ("; first\n[other section]\nP = no\n[PATHS]\nP = "
                                     "no\n[NET_SETTINGS]\nA = 1, %\\\n2\n\nP = yes\n");

  assert_setting (asn, "net_settings", "a", "1, 2", "t.asn:7");
  assert_setting (asn, "net_settings", "p", "yes", "t.asn:10");
  g_assert_null (postern_asn_lookup (asn, "PATHS", "P"));
  g_assert_cmpuint (count (asn, "settings.asn-section-unknown"), ==, 1);
  g_assert_true (postern_asn_has_section (asn, "NET_SETTINGS"));
  g_assert_false (postern_asn_has_section (asn, "USER_3GL"));
}

static void
test_user_3gl (void)
{
  g_autoptr(PosternAsn) asn = load (
    "[USER_3GL]\nusysbin:ustarttls(UStartTLSSMTP)\n/opt/lib x /preload ( A , B )\n");
  const PosternAsnSetting *entry = postern_asn_lookup_entry (asn, "UStartTLSSMTP");

  g_assert_cmpstr (entry->value, ==, "usysbin:ustarttls");
  g_assert_cmpuint (entry->line, ==, 2);
  g_assert_null (postern_asn_lookup_entry (asn, "ustarttlssmtp"));
  g_assert_nonnull (postern_asn_lookup_entry (asn, "A"));
  g_assert_nonnull (postern_asn_lookup_entry (asn, "B"));
  g_assert_false (postern_asn_has_open_library (asn));
}

static void
test_includes (void)
{
  g_autoptr(PosternAsn) asn = NULL;
  g_autoptr(PosternAsn) bad = NULL;

  write_bytes ("x.asn", "; comment\n[NET_SETTINGS]\nX = 1\n", -1);
  write_bytes ("y.asn", "[NET_SETTINGS]\nY = 1\n", -1);
  write_bytes ("s.asn", "S = 1\n[NET_SETTINGS]\nS = 2\n", -1);
  g_setenv ("USYSADM", folder, TRUE);
  asn = load ("#file .\\x.asn\n[NET_SETTINGS]\n#FILE USYSADM:y.asn\nZ = 1\n");
  g_assert_cmpuint (postern_asn_get_findings (asn)->len, ==, 0);
  assert_setting (asn, "NET_SETTINGS", "X", "1", "x.asn:3");
  assert_setting (asn, "NET_SETTINGS", "Y", "1", "y.asn:2");
  assert_setting (asn, "NET_SETTINGS", "Z", "1", "t.asn:4");

  bad = load ("#FILE s.asn\n#FILE none.asn\n#FILE t.asn\n");
  g_assert_cmpuint (count (bad, "settings.asn-include-section"), ==, 1);
  g_assert_cmpuint (count (bad, "settings.file-missing"), ==, 1);
  g_assert_cmpuint (count (bad, "settings.asn-include-cycle"), ==, 1);
  g_assert_null (postern_asn_lookup (bad, "NET_SETTINGS", "S"));
}

/* Each file includes the next one twice: 2^20 readings without a limit. */
static void
test_include_bomb (void)
{
  g_autoptr(PosternAsn) asn = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("bomb%u.asn", i);
      g_autofree char *text =
        g_strdup_printf ("#FILE bomb%u.asn\n#FILE bomb%u.asn\n[SETTINGS]\n", i + 1, i + 1);

      write_bytes (name, text, -1);
    }
  asn = postern_asn_load ("bomb0.asn", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count (asn, "settings.asn-include-depth"), >, 0);
  g_assert_cmpuint (postern_asn_get_findings (asn)->len, <=, 100);
}

static void
test_encodings (void)
{
  static const char utf8[] = "[NET_SETTINGS]\nP = \xc3\xbc\n";
  static const struct
  {
    const char *charset;
    const char *bom;
    gsize bom_length;
    gboolean warning;
  } rows[] = {
    { "UTF-8", "\xef\xbb\xbf", 3, FALSE }, { "UTF-8", "", 0, TRUE },
    { "UTF-16LE", "\xff\xfe", 2, FALSE },  { "UTF-16BE", "\xfe\xff", 2, FALSE },
    { "ISO-8859-1", "", 0, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GString) bytes = g_string_new_len (rows[i].bom, (gssize) rows[i].bom_length);
      g_autoptr(PosternAsn) asn = NULL;
      g_autoptr(GError) error = NULL;
      gsize length = 0;
      g_autofree char *text = g_convert (utf8, -1, rows[i].charset, "UTF-8", NULL, &length, NULL);

      g_string_append_len (bytes, text, (gssize) length);
      write_bytes ("e.asn", bytes->str, (gssize) bytes->len);
      asn = postern_asn_load ("e.asn", NULL, &error);
      g_assert_no_error (error);
      assert_setting (asn, "NET_SETTINGS", "P", "\xc3\xbc", "e.asn:2");
      g_assert_cmpuint (count (asn, "settings.asn-encoding"), ==, rows[i].warning ? 1 : 0);
    }
}

static void
test_unreadable (void)
{
  static const struct
  {
    const char *bytes;
    gssize length;
  } rows[] = {
    { "\xff\xfe\x00\xd8", 4 }, { "\xef\xbb\xbf\xff", 4 }, { "[A]\0", 4 }, { "[\0A\0]\0", 6 }
  };
  static const char *const names[] = { "none.asn", "/dev/zero", ".", "usysnone:x.asn" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;

      write_bytes ("e.asn", rows[i].bytes, rows[i].length);
      g_assert_null (postern_asn_load ("e.asn", NULL, &error));
      g_assert_nonnull (strstr (error->message, "e.asn"));
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (postern_asn_load (names[i], NULL, &error));
      g_assert_nonnull (error);
    }
}

static void
test_extension (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternAsn) asn = NULL;

  write_bytes ("long.asn", "[SETTINGS]\n", -1);
  asn = postern_asn_load ("long", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (postern_asn_has_section (asn, "SETTINGS"));
}

static void
test_long_lines (void)
{
  g_autoptr(GString) text = g_string_new ("[NET_SETTINGS]\nP = ");
  g_autoptr(PosternAsn) asn = NULL;

  for (guint i = 0; i < 300; i++)
    g_string_append (text, i % 30 == 29 ? "0123456789%\\\n" : "0123456789");
  g_string_append (text, "\nQ = ");
  for (guint i = 0; i < 200; i++)
    g_string_append (text, "0123456789");
  asn = load (text->str);
  g_assert_cmpuint (count (asn, "settings.asn-line-too-long"), ==, 1);
  g_assert_cmpuint (strlen (postern_asn_lookup (asn, "NET_SETTINGS", "P")->value), ==, 3000);
}

static void
test_random (void)
{
  static const char *const pieces[] = {
    "[NET_SETTINGS]",
    "[",
    "]",
    "\n",
    "\r\n",
    "%\\",
    "%\\\n",
    "%/",
    "^",
    ";",
    "=",
    " ",
    "\t",
    "#FILE ",
    "P",
    "(",
    ")",
    ",",
    "[USER_3GL]\n",
    "\xff\xfe",
    "\xef\xbb\xbf",
    "x.asn",
    "\xc3\xbc",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (13);
  g_autofree char *path = g_build_filename (folder, "r.asn", NULL);

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(PosternAsn) asn = NULL;
      gint32 n = g_rand_int_range (rand, 0, 24);
      FILE *file;

      while (n-- > 0)
        {
          if (g_rand_int_range (rand, 0, 4) > 0)
            g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
          else
            g_string_append_c (text, (char) g_rand_int_range (rand, 0, 256));
        }
      /* Not g_file_set_contents(), which waits for the disk. */
      file = g_fopen (path, "w");
      g_assert_cmpuint (fwrite (text->str, 1, text->len, file), ==, text->len);
      fclose (file);
      asn = postern_asn_load (path, NULL, NULL);
      if (asn != NULL)
        postern_asn_lookup (asn, "NET_SETTINGS", "P");
    }
}

/* Megabytes of one kind of line, in linear time: the test's own time limit is the guard. */
static void
test_huge (void)
{
  static const char *const units[] = { "P = x\n", "%\\\n", "^",    " ",
                                       "(",       "a,",    "[x\n", "Q%d a=b, %\\\n" };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr(GString) text = g_string_new ("[USER_3GL]\nA(\n[NET_SETTINGS]\n");
      g_autoptr(PosternAsn) asn = NULL;

      while (text->len < (strlen (units[i]) == 1 ? 4 : 1) * 1024 * 1024)
        g_string_append (text, units[i]);
      asn = load (text->str);
      g_assert_cmpuint (postern_asn_get_findings (asn)->len, <=, 100);
    }
}

/* Section 9.4: the global file is read first, and local settings override it. */
static void
test_global (void)
{
  static const char global[] = "; all\n[NET_SETTINGS]\nP = global\nG = global\n#FILE gi.asn\n"
                               "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS = global\n"
                               "[USER_3GL]\nlib(A,B)\n[LOGICALS]\nL = global\n"
                               "[FILES]\n*.crt = usys:g/*.crt\n";
  static const char local[] = "[NET_SETTINGS]\nP = local\nN = local\nI = local\n"
                              "[USER_3GL]\nown(A)\n[LOGICALS]\nL = local\n"
                              "[FILES]\na.crt = b.crt\na.pem = b.pem\n";
  static const struct
  {
    const char *section;
    const char *name;
    const char *value;
    const char *place;
    const char *overrides;
  } rows[] = {
    { "NET_SETTINGS", "P", "local", "t.asn:2", "usys.asn:3" },
    { "NET_SETTINGS", "G", "global", "usys.asn:4", NULL },
    { "NET_SETTINGS", "N", "local", "t.asn:3", NULL },
    { "NET_SETTINGS", "I", "local", "t.asn:4", "gi.asn:2" },
    { "DRIVER_SETTINGS", "USYS$TLS_PARAMS", "global", "usys.asn:7", NULL },
    { "LOGICALS", "L", "local", "t.asn:8", "usys.asn:11" },
  };
  g_autoptr(PosternAsn) asn = NULL;
  g_autoptr(GPtrArray) files = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *findings;

  g_assert_cmpint (g_mkdir ("usys", 0700), ==, 0);
  write_bytes ("usys/usys.asn", global, -1);
  write_bytes ("gi.asn", "[NET_SETTINGS]\nI = included\n", -1);
  write_bytes ("t.asn", local, -1);
  asn = postern_asn_load ("t.asn", "usys", &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (postern_asn_get_global_path (asn), "/usys/usys.asn"));
  g_assert_true (g_str_has_suffix (postern_asn_get_path (asn), "/t.asn"));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      assert_setting (asn, rows[i].section, rows[i].name, rows[i].value, rows[i].place);
      g_assert_cmpstr (postern_asn_lookup (asn, rows[i].section, rows[i].name)->overrides, ==,
                       rows[i].overrides);
    }
  g_assert_cmpstr (postern_asn_lookup_entry (asn, "A")->value, ==, "own");
  g_assert_cmpstr (postern_asn_lookup_entry (asn, "A")->overrides, ==, "usys.asn:9");
  g_assert_cmpstr (postern_asn_lookup_entry (asn, "B")->value, ==, "lib");
  files = postern_asn_list_settings (asn, "FILES");
  g_assert_cmpuint (files->len, ==, 3);
  g_assert_cmpstr (((PosternAsnSetting *) files->pdata[0])->name, ==, "*.crt");

  /* P and I, at the local lines, then the logical, then the line that is never used. */
  findings = postern_asn_get_findings (asn);
  g_assert_cmpuint (findings->len, ==, 4);
  g_assert_cmpuint (count (asn, "settings.asn-duplicate"), ==, 3);
  g_assert_cmpuint (postern_finding_get_line (findings->pdata[0]), ==, 2);
  g_assert_cmpuint (postern_finding_get_line (findings->pdata[1]), ==, 4);
  g_assert_cmpuint (postern_finding_get_line (findings->pdata[2]), ==, 8);
  g_assert_cmpint (postern_finding_get_severity (findings->pdata[2]), ==, POSTERN_SEVERITY_INFO);
  g_assert_cmpstr (postern_finding_get_code (findings->pdata[3]), ==, "settings.asn-files");
  g_assert_cmpuint (postern_finding_get_line (findings->pdata[3]), ==, 10);
}

/* Where it is looked for, and when it is not read. Needs what test_global() wrote. */
static void
test_global_place (void)
{
  static const struct
  {
    const char *local;
    const char *usys_dir;
    const char *usysadm;
    const char *global; /* the end of its path, or NULL */
  } rows[] = {
    { "t.asn", NULL, NULL, NULL },
    { "t.asn", "none", NULL, NULL },
    { "t.asn", "usys", NULL, "/usys/usys.asn" },
    { "t.asn", NULL, "adm", "/adm/usys.asn" },
    { "t.asn", "none", "adm", "/adm/usys.asn" },
    { "t.asn", "usys", "adm", "/usys/usys.asn" },
    { "usys/usys.asn", "usys", NULL, NULL },
    { "usys:usys", "usys", NULL, NULL },
    { "link.asn", "usys", NULL, NULL },
  };

  g_assert_cmpint (g_mkdir ("adm", 0700), ==, 0);
  write_bytes ("adm/usys.asn", "[NET_SETTINGS]\nP = adm\n", -1);
  g_assert_cmpint (symlink ("usys/usys.asn", "link.asn"), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAsn) asn = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("%u", i);
      g_unsetenv ("USYSADM");
      if (rows[i].usysadm != NULL)
        g_setenv ("USYSADM", rows[i].usysadm, TRUE);
      asn = postern_asn_load (rows[i].local, rows[i].usys_dir, &error);
      g_assert_no_error (error);
      if (rows[i].global == NULL)
        g_assert_null (postern_asn_get_global_path (asn));
      else
        g_assert_true (g_str_has_suffix (postern_asn_get_global_path (asn), rows[i].global));
      if (strcmp (rows[i].local, "t.asn") != 0)
        g_assert_cmpuint (postern_asn_get_findings (asn)->len, ==, 0);
    }
  g_unsetenv ("USYSADM");
}

/* A change goes to the file that has the setting, and to none that is included. */
static void
test_find_place (void)
{
  static const struct
  {
    const char *local;
    const char *section, *name;
    const char *place; /* the end of the path, or NULL */
    const char *told;  /* then in what is said */
  } rows[] = {
    { "l.asn", "NET_SETTINGS", "Own", "l.asn", NULL },
    { "l.asn", "NET_SETTINGS", "G", "/usys/usys.asn", NULL },
    { "", "NET_SETTINGS", "G", "/usys/usys.asn", NULL },
    { "l.asn", "NET_SETTINGS", "Both", "l.asn", NULL },
    { "", "NET_SETTINGS", "Both", "/usys/usys.asn", NULL },
    { "l.asn", "NET_SETTINGS", "Included", NULL, "inner.asn" },
    { "", "NET_SETTINGS", "Own", NULL, "Own" },
    { "none.asn", "NET_SETTINGS", "Own", NULL, "none.asn" },
  };

  write_bytes ("usys/usys.asn", "[NET_SETTINGS]\nG = 1\nBoth = 1\n", -1);
  write_bytes ("l.asn", "[NET_SETTINGS]\nOwn = 1\nBoth = 2\n#FILE inner.asn\n", -1);
  write_bytes ("inner.asn", "[NET_SETTINGS]\nIncluded = 1\n", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *usys = g_build_filename (folder, "usys", NULL);
      g_autofree char *place =
        postern_asn_find_place (rows[i].local, usys, rows[i].section, rows[i].name, &error);

      g_test_message ("row %u: %s", (guint) i, error != NULL ? error->message : place);
      if (rows[i].place != NULL)
        {
          g_assert_no_error (error);
          g_assert_true (g_str_has_suffix (place, rows[i].place));
          continue;
        }
      g_assert_null (place);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, rows[i].told));
    }
  g_unlink ("l.asn");
  g_unlink ("inner.asn");
}

/* What keeps the global file from being read is an error, and warnings cannot hide it. */
static void
test_global_faults (void)
{
  g_autoptr(GString) warnings = g_string_new ("[NET_SETTINGS]\n");
  static const char *const rows[] = {
    "#FILE none.asn\n",
    "\xef\xbb\xbf\xff",
    NULL,
  };

  for (guint i = 0; i < 200; i++)
    g_string_append (warnings, "P = x\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strconcat (rows[i] != NULL ? rows[i] : warnings->str,
                                           rows[i] != NULL ? NULL : "#FILE none.asn\n", NULL);
      g_autoptr(PosternAsn) asn = NULL;
      guint n = 0;

      write_bytes ("usys/usys.asn", text, -1);
      write_bytes ("t.asn", "[NET_SETTINGS]\nP = x\n", -1);
      asn = postern_asn_load ("t.asn", "usys", NULL);
      g_assert_nonnull (asn);
      assert_setting (asn, "NET_SETTINGS", "P", "x", "t.asn:2");
      for (guint k = 0; k < postern_asn_get_findings (asn)->len; k++)
        {
          PosternFinding *finding = postern_asn_get_findings (asn)->pdata[k];

          if (postern_finding_get_severity (finding) != POSTERN_SEVERITY_ERROR)
            continue;
          g_assert_true (g_str_has_suffix (postern_finding_get_file (finding), "/usys.asn"));
          n++;
        }
      g_assert_cmpuint (n, ==, 1);
    }
  g_assert_cmpint (g_remove ("usys/usys.asn"), ==, 0);
  g_assert_cmpint (g_remove ("usys"), ==, 0);
  g_assert_cmpint (g_remove ("adm/usys.asn"), ==, 0);
  g_assert_cmpint (g_remove ("adm"), ==, 0);
}

/* Section 9.1: logicals of both files, in order, and before all other sections. */
static void
test_expressions (void)
{
  static const char text[] = "[NET_SETTINGS]\nP = ca=%%(dir[/2])\nQ = %%(nosuch)\nR = %%((N))\n"
                             "E = %%(early)\nS = %%(sealed)\nF = %%(early[1])\n"
                             "[FILES]\na.crt = %%(dir)/a.crt\n"
                             "[LOGICALS]\nearly = %%(dir)\ndir = /opt/mail\nn = 1\n"
                             "n = %%(n+1)\nsealed = (!00!)\n";
  static const struct
  {
    const char *name;
    const char *value; /* NULL: not evaluated */
    const char *written;
  } rows[] = {
    { "P", "ca=opt", "ca=%%(dir[/2])" }, { "Q", NULL, "%%(nosuch)" },   { "R", "2", "%%((N))" },
    { "E", NULL, "%%(early)" }, /* an earlier logical does not know a later one */
    { "S", NULL, "%%(sealed)" },         { "F", NULL, "%%(early[1])" },
  };
  g_autoptr(PosternAsn) asn = load (text);
  g_autofree char *where = postern_asn_redirect (asn, "a.crt");

  g_assert_cmpstr (where, ==, "/opt/mail/a.crt");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const PosternAsnSetting *setting = postern_asn_lookup (asn, "NET_SETTINGS", rows[i].name);

      g_test_message ("%s", rows[i].name);
      g_assert_cmpstr (setting->written, ==, rows[i].written);
      g_assert_true (setting->expression == (rows[i].value == NULL));
      g_assert_true ((setting->fault == NULL) == (rows[i].value != NULL));
      g_assert_false (setting->encrypted && rows[i].value != NULL);
      if (rows[i].value != NULL)
        g_assert_cmpstr (setting->value, ==, rows[i].value);
    }
}

/* Each logical is twice the one before; and so many of them that no time is enough for all. */
static void
test_expression_bomb (void)
{
  g_autoptr(GString) text = g_string_new ("[LOGICALS]\nn = xxxxxxxx\n");
  g_autoptr(PosternAsn) asn = NULL;

  for (guint i = 0; i < 20; i++)
    g_string_append (text, "n = %%(n)%%(n)\n");
  for (guint i = 0; i < 20000; i++)
    g_string_append (text, "m = %%(1)\n");
  asn = load (text->str);
  g_assert_nonnull (postern_asn_lookup (asn, "LOGICALS", "n")->fault);
  g_assert_nonnull (postern_asn_lookup (asn, "LOGICALS", "m")->fault);
}

static void
write_pieces (const char *name)
{
  static const char *const pieces[] = {
    "[LOGICALS]\n", "[NET_SETTINGS]\n", "[FILES]\n",    "[USER_3GL]\n", "lib(A)\n",      "N = 3\n",
    "n = %%(N",     "P = %%(N",         "*.crt = %%(N", "a.crt = b",    "+1)\n",         "[2])\n",
    "*N*N)\n",      ")%%(N)\n",         "[/1])\n",      "%\\\n",        "#FILE t.asn\n", "^\n",
  };
  g_autoptr(GString) text = g_string_new (NULL);
  int n = g_test_rand_int_range (0, 30);

  while (n-- > 0)
    g_string_append (text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  write_bytes (name, text->str, -1);
}

/* Any two files: each setting with an expression has a value or a reason, and only a local one
 * overrides. */
static void
test_global_random (void)
{
  static const char *const sections[] = { "NET_SETTINGS", "LOGICALS", "FILES", "USER_3GL" };
  guint n_values = 0;
  guint n_overrides = 0;

  g_assert_cmpint (g_mkdir ("random", 0700), ==, 0);
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr(PosternAsn) asn = NULL;

      write_pieces ("random/usys.asn");
      write_pieces ("t.asn");
      asn = i % 2 == 0 ? postern_asn_load ("t.asn", "random", NULL)
                       : postern_asn_check ("t.asn", NULL, "random", NULL);
      g_assert_nonnull (asn);
      for (guint k = 0; k < G_N_ELEMENTS (sections); k++)
        {
          g_autoptr(GPtrArray) settings = postern_asn_list_settings (asn, sections[k]);

          for (guint j = 0; j < settings->len; j++)
            {
              const PosternAsnSetting *setting = settings->pdata[j];

              g_assert_true (setting->expression == (setting->fault != NULL));
              g_assert_false (setting->global && setting->overrides != NULL);
              n_values += setting->written != NULL && setting->fault == NULL;
              n_overrides += setting->overrides != NULL;
            }
        }
    }
  g_assert_cmpuint (n_values, >, 5);
  g_assert_cmpuint (n_overrides, >, 5);
  g_assert_cmpint (g_remove ("random/usys.asn"), ==, 0);
  g_assert_cmpint (g_remove ("random"), ==, 0);
}

static void
remove_folder (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_remove (name);
  g_dir_close (dir);
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  g_test_add_func ("/asn/lines", test_lines);
  g_test_add_func ("/asn/places", test_places);
  g_test_add_func ("/asn/user-3gl", test_user_3gl);
  g_test_add_func ("/asn/includes", test_includes);
  g_test_add_func ("/asn/include-bomb", test_include_bomb);
  g_test_add_func ("/asn/encodings", test_encodings);
  g_test_add_func ("/asn/unreadable", test_unreadable);
  g_test_add_func ("/asn/extension", test_extension);
  g_test_add_func ("/asn/long-lines", test_long_lines);
  g_test_add_func ("/asn/random", test_random);
  g_test_add_func ("/asn/huge", test_huge);
  g_test_add_func ("/asn/expressions", test_expressions);
  g_test_add_func ("/asn/expression-bomb", test_expression_bomb);
  g_test_add_func ("/asn/global", test_global);
  g_test_add_func ("/asn/global-place", test_global_place);
  g_test_add_func ("/asn/find-place", test_find_place);
  g_test_add_func ("/asn/global-faults", test_global_faults);
  g_test_add_func ("/asn/global-random", test_global_random);
  status = g_test_run ();
  remove_folder ();

  return status;
}
