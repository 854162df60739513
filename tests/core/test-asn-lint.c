/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn.h"
#include "runtime/postern-asn-files.h"
#include "runtime/postern-file.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder; /* the working directory */

static void
write_text (const char *name, const char *text)
{
  FILE *file = g_fopen (name, "w");

  g_assert_cmpuint (fwrite (text, 1, strlen (text), file), ==, strlen (text));
  fclose (file);
}

static const char severities[] = "EWI";

/* "3:5 E settings.x, …" */
static char *
describe (PosternAsn *asn)
{
  GPtrArray *findings = postern_asn_get_findings (asn);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      PosternFinding *finding = findings->pdata[i];
      g_autofree char *base = g_path_get_basename (postern_finding_get_file (finding));

      if (text->len > 0)
        g_string_append (text, ", ");
      if (strcmp (base, "t.asn") != 0)
        g_string_append_printf (text, "%s:", base);
      g_string_append_printf (text, "%u:%u %c %s", postern_finding_get_line (finding),
                              postern_finding_get_column (finding),
                              severities[postern_finding_get_severity (finding)],
                              postern_finding_get_code (finding) + strlen ("settings."));
      /* Whoever is told of a fault is told what to do. */
      g_assert_cmpuint (postern_finding_get_remedies (finding)->len, >, 0);
      g_assert_cmpstr (postern_finding_get_explanation (finding), !=, "");
    }

  return g_string_free (text, FALSE);
}

#define DEFAULT "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=yes,ca_cert=ca.pem\n"
#define OK "verify_server=yes,ca_cert=ca.pem"

/* What is found where; sections 8 to 10 of spec/uniface.md. */
static void
test_rules (void)
{
  static const struct
  {
    const char *text;
    const char *findings;
  } rows[] = {
    { DEFAULT "[NET_SETTINGS]\nP = " OK "\n", "" },
    /* 8: options, at the option or at its value */
    { "[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS verify_server=1, ca_certificate=ca.pem, "
      "verify_server_name=0\n",
      "2:57 W verification-off" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ",verfy_client=yes\n", "4:36 E option-unknown" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ", %\\\n   vfy_srv=no\n", "5:4 E option-duplicate" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ", %\\\n\t min_tls_version=1.4\n", "5:19 E option-illegal" },
    /* section 12 */
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes ; text\n",
      "4:17 E option-illegal, 4:21 W asn-comment" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes, %\\ x\n", "4:22 E option-incomplete" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes, %/\n",
      "4:22 W asn-continuation, 4:22 E option-incomplete" },
    { DEFAULT "  ; text\n", "" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes,\n", "4:21 E option-incomplete" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server,ca_cert=ca.pem\n", "4:3 E option-incomplete" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server = yes,ca_cert=ca.pem\n", "4:16 W option-spacing" },
    { DEFAULT "[NET_SETTINGS]\nP ca_cert=ca.pem\n", "4:1 E no-verification" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=no\n", "4:3 E no-verification" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes,ca_cert=none.pem\n", "4:29 E file-missing" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes,ca_cert=\"ca.pem\"\n", "4:29 E file-missing" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes,ca_cert=t.asn\n", "4:29 E file-not-pem" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes,ca_cert=key.pem\n", "4:29 E file-not-pem" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=yes\n", "4:1 E file-missing" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ",client_key=key.pem\n", "4:36 E option-incomplete" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ",verify_url_name=yes\n", "4:36 E option-unknown" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ",verify_client_name=dns:a\n", "4:36 W option-illegal" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=ignore,ca_cert=ca.pem\n", "4:3 W verification-off" },
    /* escapes move the columns */
    { DEFAULT "[NET_SETTINGS]\n  \xc3\xbc ca_cert=^ca.^p^em,verify_server^=true\n",
      "4:0 W asn-encoding, 4:38 E option-illegal" },
    /* 9: lines */
    { DEFAULT "[NET_SETTINGS]\nP " OK " ; text\n", "4:29 E file-missing, 4:36 W asn-comment" },
    { DEFAULT
      "[NET_SETTINGS]\nP verify_server=yes,ca_cert=ca.pem,verify_server_name=dns:a ; dns:b\n",
      "" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ", %/\n",
      "4:37 W asn-continuation, 4:37 E option-incomplete" },
    { DEFAULT "[NET_SETTINGS]\nP " OK ", %\\ x\n", "4:37 E option-incomplete" },
    { DEFAULT "[NET_SETTINGS]\nP " OK "\nP " OK "\n", "5:1 W asn-duplicate" },
    { "P x\n" DEFAULT, "1:1 W asn-before-section" },
    { DEFAULT "  [NETSETTINGS]\nP x\n", "3:4 W asn-section-unknown" },
    { DEFAULT "[INCLUDE]\nx.asn\n", "3:2 W asn-section-unknown" },
    { DEFAULT "[NET_SETTINGS\n", "3:1 W asn-section-unknown" },
    { DEFAULT "[NET_SETTINGS] P x\n", "3:16 W asn-after-section" },
    { DEFAULT "[NET_SETTINGS] ; the profiles\n", "" },
    { DEFAULT "[NET_SETTINGS]\n; a\rP x\r\n", "4:0 W asn-line-end" },
    { DEFAULT "; a %\\\n[NET_SETTINGS]\n", "3:1 W asn-continuation" },
    { DEFAULT "#FILE none.asn\n", "3:7 E file-missing" },
    { DEFAULT "  #file t.asn\n", "3:9 E asn-include-cycle" },
    { DEFAULT "#FILE\n", "3:6 E file-missing" },
    { DEFAULT "#FILE bare.asn\n", "bare.asn:2:1 E asn-include-section" },
    { DEFAULT "#FILE bad.asn\n[NET_SETTINGS]\nP " OK ",x=1\n",
      "5:36 E option-unknown, bad.asn:2:36 E option-unknown" },
    /* encrypted text and expressions */
    { DEFAULT "[NET_SETTINGS]\nP shared_key=(!0123!) ((ab))\n", "4:14 I asn-encrypted" },
    { DEFAULT "[NET_SETTINGS]\nP shared_key=((secret))\n", "4:14 E asn-not-encrypted" },
    { DEFAULT "[NET_SETTINGS]\nP verify_server=%%(VERIFY)\n", "4:20 W asn-expression" },
    { "[LOGICALS]\nV = yes\nW = %%(X)\nX = %%(V)\n" DEFAULT
      "[NET_SETTINGS]\nP verify_server=%%(V),ca_cert=ca.pem\nQ verify_server=%%(W),x=1\n"
      "R verify_server=%%(X),x=1\nS x=%%(((1)) ,y\n",
      "3:8 W asn-expression, 9:20 W asn-expression, 10:3 E option-unknown, "
      "11:14 W asn-expression" },
    { DEFAULT "[NET_SETTINGS]\nP shared_key=(!0123!)%%((1))\n", "4:14 I asn-encrypted" },
    /* 9.5: sections */
    { "[NET_SETTINGS]\nP " OK "\n", "2:1 I asn-no-default" },
    { DEFAULT "[NET_SETTINGS]\nUSYS$TLS_PARAMS " OK "\n", "4:1 W asn-misplaced" },
    { DEFAULT "P " OK "\n", "3:1 W asn-misplaced" },
    { DEFAULT "[NET_SETTINGS]\nP:1 " OK "\n", "4:1 W profile-undefined" },
    { DEFAULT "USYS$TCP_PARAMS prf=6, ub=4096\n", "" },
    { DEFAULT "USYS$TCP_PARAMS prf=5,zz=1\n", "3:17 W option-illegal, 3:23 W option-unknown" },
    { DEFAULT "[USER_3GL]\nusysbin:ustarttls(uStartTLSSMTP, UAuthLoginSMTP)\n",
      "4:19 W driver-unknown" },
    { DEFAULT "[USER_3GL]\nusysbin:ustarttls(UStartTLSSMTP\n", "4:18 W asn-user-3gl" },
    { DEFAULT "[FILES]\na.* = usys:b\nca-bundle.crt\n", "4:7 W asn-files, 5:1 W asn-files" },
    { DEFAULT "[LOGICALS]\nntlm_initial_response = later\n", "4:25 W option-illegal" },
    { DEFAULT "[SETTINGS]\n$IOPRINT = 64\n$seed=(!1!)\n", "5:7 I asn-encrypted" },
  };

  write_text ("bare.asn", "; c\nP x\n");
  write_text ("bad.asn", "[NET_SETTINGS]\nQ " OK ",x=1\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAsn) asn = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *found = NULL;

      write_text ("t.asn", rows[i].text);
      asn = postern_asn_check ("t.asn", NULL, folder, &error);
      g_assert_no_error (error);
      found = describe (asn);
      g_test_message ("%s", rows[i].text);
      g_assert_cmpstr (found, ==, rows[i].findings);
    }
}

static void
test_long_line (void)
{
  g_autoptr(GString) text = g_string_new (DEFAULT "[SETTINGS]\nA = x%\\\n");
  g_autoptr(PosternAsn) asn = NULL;
  g_autofree char *found = NULL;

  for (guint i = 0; i < 1024; i++)
    g_string_append_c (text, 'x');
  write_text ("t.asn", text->str);
  asn = postern_asn_check ("t.asn", NULL, NULL, NULL);
  found = describe (asn);
  g_assert_cmpstr (found, ==, "5:0 W asn-line-too-long");
}

/* [FILES] says where files are, from the top, in any case, with and without a path logical. */
static void
test_redirect (void)
{
  static const char text[] = "[FILES]\nca-bundle.crt = ca.pem\nPersonal.* = usyscert:my.*\n"
                             "personal.crt = never\na*b = x*y\nd = $path:d\n[NET_SETTINGS]\n"
                             "P verify_server=yes\n[DRIVER_SETTINGS]\nUSYS$TLS_PARAMS " OK "\n";
  static const struct
  {
    const char *name;
    const char *where;
  } rows[] = {
    { "ca-bundle.crt", "ca.pem" },
    { "usys:CA-Bundle.crt", "ca.pem" },
    { "personal.crt", "usyscert:my.crt" },
    { "ab", "xy" },
    { "a1b", "x1y" },
    { "d", NULL },
    { "c:ca-bundle.crt", NULL },
    { "server.crt", NULL },
  };
  g_autoptr(PosternAsn) asn = NULL;
  g_autofree char *found = NULL;

  write_text ("t.asn", text);
  asn = postern_asn_check ("t.asn", NULL, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *where = postern_asn_redirect (asn, rows[i].name);

      g_assert_cmpstr (where, ==, rows[i].where);
    }
  found = describe (asn); /* the default bundle is found where [FILES] has it */
  g_assert_cmpstr (found, ==, "");
}

/* Section 9.6: path logicals in any case; the setting for USYS: goes before the environment. */
static void
test_logicals (void)
{
  static const struct
  {
    const char *name;
    const char *usys_dir;
    const char *path; /* or NULL: not known */
  } files[] = {
    { "usys:a.pem", "/set", "/set/a.pem" },           { "USYS:/a.pem", "/set", "/set/a.pem" },
    { "Usys:a.pem", NULL, "/ins/common/usys/a.pem" }, { "usysins:x/a.pem", "/set", "/ins/x/a.pem" },
    { "USYSmine:a.pem", "/set", "/mine/a.pem" },      { "usysnone:a.pem", "/set", NULL },
    { "/usys:a.pem", "/set", "/usys:a.pem" },
  };

  g_unsetenv ("USYS");
  g_setenv ("USYSINS", "/ins", TRUE);
  g_setenv ("USYSMINE", "/mine", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *path = postern_file_resolve (files[i].name, NULL, files[i].usys_dir, &error);

      g_assert_cmpstr (path, ==, files[i].path);
      g_assert_true ((path == NULL) == (error != NULL));
    }
  g_unsetenv ("USYSINS");
}

/* What is not saved yet, under the name that it will have. */
static void
test_text (void)
{
  g_autoptr(PosternAsn) asn = NULL;
  g_autofree char *found = NULL;

  write_text ("t.asn", DEFAULT);
  asn = postern_asn_check ("t.asn", "\xef\xbb\xbf" DEFAULT "[X\xc3\xbc]\n", NULL, NULL);
  found = describe (asn);
  g_assert_cmpstr (found, ==, "3:2 W asn-section-unknown");
}

/* Whatever the text is: every finding stands in it. */
static void
test_random (void)
{
  static const char *const pieces[] = {
    "[NET_SETTINGS]\n",
    "[DRIVER_SETTINGS]\n",
    "[USER_3GL]\n",
    "[FILES]\n",
    "[LOGICALS]\n",
    "USYS$TLS_PARAMS ",
    "USYS$TCP_PARAMS ",
    "P = ",
    "\n",
    "%\\\r\n",
    "verify_server",
    "=",
    "yes",
    ",",
    " ;",
    "^",
    "(",
    ")",
    "((",
    "(!",
    "%%(",
    "*",
    "\xc3\xbc",
    " ",
    "ca_cert=ca.pem",
    "#FILE bad.asn\n",
    "prf=4",
    ":",
    "%/",
    "[",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);
  guint n_findings = 0;

  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr(GString) text = g_string_new ("\xef\xbb\xbf");
      g_autoptr(PosternAsn) asn = NULL;
      g_auto (GStrv) lines = NULL;

      for (gint32 n = g_rand_int_range (rand, 0, 30); n > 0; n--)
        g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      asn = postern_asn_check ("t.asn", text->str, NULL, NULL);
      g_assert_nonnull (asn);
      lines = g_strsplit (text->str + 3, "\n", -1);
      for (guint k = 0; k < postern_asn_get_findings (asn)->len; k++)
        {
          PosternFinding *finding = postern_asn_get_findings (asn)->pdata[k];
          guint line = postern_finding_get_line (finding);

          if (!g_str_has_suffix (postern_finding_get_file (finding), "/t.asn"))
            continue;
          n_findings++;
          g_assert_cmpuint (line, >=, 1);
          g_assert_cmpuint (line, <=, g_strv_length (lines));
          g_assert_cmpuint (postern_finding_get_column (finding), <=,
                            g_utf8_strlen (lines[line - 1], -1) + 1);
        }
    }
  g_assert_cmpuint (n_findings, >, 5000);
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

/* Section 9.4: the global file is what the file is read after, and only its errors are told. */
static void
test_global (void)
{
  static const struct
  {
    const char *global;
    const char *text;
    const char *findings;
  } rows[] = {
    { DEFAULT, "[NET_SETTINGS]\nP = " OK "\n", "" },
    { DEFAULT "x\n[FOO]\n[NET_SETTINGS]\nQ = verify_server=ignore,ca_cert=ca.pem\n",
      "[NET_SETTINGS]\nP = " OK "\n", "" },
    { DEFAULT, DEFAULT, "2:1 W asn-duplicate" },
    { DEFAULT "[SETTINGS]\n$A = 1\n", "[SETTINGS]\n$a = 2\n", "2:1 I asn-duplicate" },
    { DEFAULT "[FILES]\nq*.pem = x*.pem\n",
      "[FILES]\nqa.pem = a.pem\nda.pem = a.pem\nqa*.pem = x*.pem\n",
      "2:1 W asn-files, 4:1 W asn-files" },
    { "[NET_SETTINGS]\nQ = verify_server=yes,ca_cert=ca.pem,x=1\n#FILE none.asn\n", DEFAULT,
      "usys.asn:2:38 E option-unknown, usys.asn:3:7 E file-missing" },
    { "\xef\xbb\xbf\xff", DEFAULT, "usys.asn:1:0 E file-missing" },
  };

  g_assert_cmpint (g_mkdir ("usys", 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternAsn) asn = NULL;
      g_autofree char *found = NULL;

      write_text ("usys/usys.asn", rows[i].global);
      write_text ("t.asn", rows[i].text);
      asn = postern_asn_check ("t.asn", NULL, "usys", NULL);
      found = describe (asn);
      g_test_message ("%u", i);
      g_assert_cmpstr (found, ==, rows[i].findings);
    }
  g_assert_cmpint (g_remove ("usys/usys.asn"), ==, 0);
  g_assert_cmpint (g_remove ("usys"), ==, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("postern-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  write_text ("ca.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
  write_text ("key.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n");
  g_test_add_func ("/asn-lint/rules", test_rules);
  g_test_add_func ("/asn-lint/long-line", test_long_line);
  g_test_add_func ("/asn-lint/redirect", test_redirect);
  g_test_add_func ("/asn-lint/text", test_text);
  g_test_add_func ("/asn-lint/logicals", test_logicals);
  g_test_add_func ("/asn-lint/random", test_random);
  g_test_add_func ("/asn-lint/global", test_global);
  status = g_test_run ();
  remove_folder ();

  return status;
}
