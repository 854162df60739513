/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-lint.h"

#include "runtime/postern-lint.h"
#include "runtime/postern-tls-options.h"
#include "runtime/postern-uniface-drivers.h"

#include <glib/gi18n.h>
#include <string.h>

#define TLS_PARAMS "USYS$TLS_PARAMS"
#define TCP_PARAMS "USYS$TCP_PARAMS"

struct _PosternAsnLintLine
{
  const char *path;
  const char *section;
  PosternAsnWalk walk;
  PosternAsnLine line;
  gboolean evaluated; /* the value is no longer what stands in the file */
};

typedef struct
{
  PosternAsn *asn;
  const char *usys_dir;
  GPtrArray *findings;
  PosternAsnLintLine *line;
} Linter;

PosternAsnLintLine *
postern_asn_lint_line_new (const char *path,
                           const PosternAsnWalk *walk,
                           const PosternAsnLine *line,
                           const char *section)
{
  PosternAsnLintLine *self = g_new0 (PosternAsnLintLine, 1);

  self->path = path;
  self->section = section;
  self->walk = *walk;
  self->walk.text = g_string_new_len (walk->text->str, (gssize) walk->text->len);
  self->walk.places = g_array_copy (walk->places);
  self->line = *line;
  self->line.name = g_strdup (line->name);
  self->line.value = g_strdup (line->value);

  return self;
}

void
postern_asn_lint_line_free (PosternAsnLintLine *self)
{
  postern_asn_line_clear (&self->line);
  postern_asn_walk_clear (&self->walk);
  g_free (self);
}

static void
place (Linter *self, PosternFinding *finding, gsize at)
{
  guint line;
  guint column;

  postern_asn_walk_locate (&self->line->walk, at, &line, &column);
  postern_finding_set_line (finding, self->line->path, line, column);
}

/* Where character @column, from 1, of the value stands in the joined line; its name for 0. */
static gsize
place_in_value (const PosternAsnLintLine *self, guint column)
{
  const char *value = self->line.value;
  const char *raw = self->walk.text->str + self->line.value_at;
  const char *p = value;

  if (column == 0)
    return self->line.name_at;
  if (self->evaluated)
    return self->line.value_at;
  while (--column > 0 && *p != '\0')
    p = g_utf8_next_char (p);

  return self->line.value_at + postern_asn_escaped (raw, (gsize) (p - value));
}

static PosternFinding *
add (Linter *self,
     const char *code,
     PosternSeverity severity,
     gsize at,
     const char *title,
     char *explanation)
{
  PosternFinding *finding =
    postern_lint_add (self->findings, code, severity, "asn-file", 0, title, explanation);

  place (self, finding, at);

  return finding;
}

static gboolean
is_named (const PosternAsnLintLine *line, const char *section, const char *name)
{
  return strcmp (line->section, section) == 0 && g_ascii_strcasecmp (line->line.name, name) == 0;
}

/* A comment after a setting, CONFLICT 3: in lists of names ";" has a meaning. */
static void
lint_comment (Linter *self)
{
  const char *value = self->line->line.value;
  g_auto (GStrv) options = g_strsplit (value, ",", -1);
  guint column = 1;

  for (guint i = 0; options[i] != NULL; i++)
    {
      const char *equals = strchr (options[i], '=');
      const char *name = g_strchug (g_strdup (options[i]));
      int id = postern_tls_option_find_id (name, strcspn (name, " \t="));
      const char *comment = strstr (options[i], " ;");

      if (comment == NULL)
        comment = strstr (options[i], "\t;");
      if (comment != NULL && !(equals != NULL && (id == POSTERN_TLS_OPTION_VERIFY_SERVER_NAME ||
                                                  id == POSTERN_TLS_OPTION_VERIFY_CLIENT_NAME)))
        add (self, "settings.asn-comment", POSTERN_SEVERITY_WARNING,
             place_in_value (self->line,
                             column + (guint) g_utf8_strlen (options[i], comment + 1 - options[i])),
             _ ("A comment after a setting"),
             g_strdup (_ ("What follows “;” here is part of the value: a comment stands on a line "
                          "of its own.")));
      g_free ((char *) name);
      column += (guint) g_utf8_strlen (options[i], -1) + 1;
    }
}

/* FALSE where there is nothing to look at. What a logical is was said when it was read. */
static gboolean
lint_expression (Linter *self, gboolean *encrypted)
{
  PosternAsnLine *line = &self->line->line;
  g_autofree char *raw =
    g_strndup (self->line->walk.text->str + line->value_at, line->value_end - line->value_at);
  g_autoptr(GError) error = NULL;
  gsize at = 0;
  char *value;

  if (strcmp (self->line->section, "LOGICALS") == 0)
    return FALSE;
  value = postern_asn_expand (self->asn, raw, encrypted, &at, &error);
  if (value == NULL)
    {
      add (
        self, "settings.asn-expression", POSTERN_SEVERITY_WARNING, line->value_at + at,
        _ ("An expression"),
        g_strdup_printf (_ ("The expression is not evaluated: %s. The value is not looked at, and "
                            "a logon that needs it is not tested."),
                         error->message));
      return FALSE;
    }
  g_free (line->value);
  line->value = value;
  self->line->evaluated = TRUE;

  return TRUE;
}

/* Section 9.1: what is in parentheses cannot be read here, and "((…))" alone not even there. */
static gboolean
lint_encrypted (Linter *self)
{
  const char *raw = self->line->walk.text->str + self->line->line.value_at;
  const char *text = strstr (raw, "(!");
  const char *digest = strstr (raw, "((");

  gboolean encrypted = postern_asn_is_encrypted (raw);

  if (postern_asn_is_expression (raw) && !lint_expression (self, &encrypted))
    return TRUE;
  if (!encrypted)
    return FALSE;
  if (text == NULL && digest != NULL)
    add (
      self, "settings.asn-not-encrypted", POSTERN_SEVERITY_ERROR,
      self->line->line.value_at + (gsize) (digest - raw), _ ("Text that is still to be encrypted"),
      g_strdup (_ ("“((…))” marks text that is still to be encrypted, and Uniface cannot use the "
                   "file until it is. Encrypt the file.")));
  else
    add (self, "settings.asn-encrypted", POSTERN_SEVERITY_INFO,
         self->line->line.value_at + (gsize) ((text != NULL ? text : raw) - raw),
         _ ("Encrypted text"),
         g_strdup (_ ("Uniface alone can read the encrypted text; it is kept as it is, and a logon "
                      "that needs it is not tested.")));

  return TRUE;
}

static void
lint_options (Linter *self)
{
  const PosternTlsOptionsPlace where = {
    .mode = POSTERN_TLS_OPTIONS_UNIFACE,
    .usys_dir = self->usys_dir,
    .field = "asn-file",
    .asn = self->asn,
  };
  guint before = self->findings->len;
  const char *value = self->line->line.value;
  g_autoptr(GPtrArray) options = postern_tls_options_parse (value, &where, self->findings);

  if (!postern_lint_has_error (self->findings, before))
    postern_tls_options_check (options, &where, self->findings);
  if (!postern_lint_has_error (self->findings, before))
    {
      PosternTlsPolicy *policy = postern_tls_options_to_policy (options, &where, self->findings);

      g_clear_pointer (&policy, postern_tls_policy_free);
    }
  for (guint i = before; i < self->findings->len; i++)
    {
      PosternFinding *finding = self->findings->pdata[i];

      place (self, finding, place_in_value (self->line, postern_finding_get_column (finding)));
    }
}

static gboolean
looks_like_profile (const char *value)
{
  g_auto (GStrv) options = g_strsplit (value, ",", 64);

  for (guint i = 0; options[i] != NULL; i++)
    {
      char *equals = strchr (options[i], '=');

      if (equals == NULL)
        continue;
      *equals = '\0';
      g_strstrip (options[i]);
      if (postern_tls_option_find_id (options[i], strlen (options[i])) >= 0)
        return TRUE;
    }

  return FALSE;
}

static void
lint_driver_settings (Linter *self)
{
  const PosternAsnLine *line = &self->line->line;

  if (g_ascii_strcasecmp (line->name, TLS_PARAMS) == 0)
    {
      lint_comment (self);
      lint_options (self);
    }
  else if (g_ascii_strncasecmp (line->name, "USYS$", 5) != 0 && looks_like_profile (line->value))
    add (self, "settings.asn-misplaced", POSTERN_SEVERITY_WARNING, line->name_at,
         _ ("A TLS profile in the wrong section"),
         g_strdup (_ ("Profiles are looked up in [NET_SETTINGS] alone. Move the line there.")));
}

static void
lint_net_settings (Linter *self)
{
  const PosternAsnLine *line = &self->line->line;

  if (g_ascii_strcasecmp (line->name, TLS_PARAMS) == 0)
    add (self, "settings.asn-misplaced", POSTERN_SEVERITY_WARNING, line->name_at,
         _ ("Default options in the wrong section"),
         g_strdup (_ ("STARTTLS, and TLS: without a profile, read USYS$TLS_PARAMS in "
                      "[DRIVER_SETTINGS]. Move the line there.")));
  if (strchr (line->name, ':') != NULL || strchr (line->name, '+') != NULL)
    add (self, "settings.profile-undefined", POSTERN_SEVERITY_WARNING, line->name_at,
         _ ("A profile that no connection string can name"),
         g_strdup (_ ("In a connection string “:” and “+” set its parts apart, so that the name of "
                      "the profile cannot hold them (inferred). Choose another name.")));
  lint_comment (self);
  lint_options (self);
}

/* Section 9.5: prf is 4 or 6, and the other codes are known too. */
static void
lint_tcp (Linter *self)
{
  static const char *const known[] = { "ub", "sb", "rb", "n", "nl", "prf", "ql", "ka", NULL };
  const char *value = self->line->line.value;
  g_auto (GStrv) options = g_strsplit (value, ",", 64);
  guint column = 1;

  for (guint i = 0; options[i] != NULL; i++)
    {
      gsize mark = strcspn (options[i], "=:");
      g_autofree char *name = g_strstrip (g_strndup (options[i], mark));
      g_autofree char *word =
        g_strstrip (g_strdup (options[i] + mark + (options[i][mark] != '\0')));
      g_autofree char *lower = g_ascii_strdown (name, -1);
      gsize at = place_in_value (self->line, column);

      if (!g_strv_contains (known, lower))
        {
          g_autofree char *quoted = postern_lint_quote (name);

          add (self, "settings.option-unknown", POSTERN_SEVERITY_WARNING, at,
               _ ("Unknown TCP option"),
               g_strdup_printf (_ ("“%s” is not an option of the TCP connector."), quoted));
        }
      else if (strcmp (lower, "prf") == 0 && strcmp (word, "4") != 0 && strcmp (word, "6") != 0)
        add (self, "settings.option-illegal", POSTERN_SEVERITY_WARNING, at,
             _ ("Value not allowed for a TCP option"),
             g_strdup (_ ("prf can be 4 or 6; it chooses between IPv4 and IPv6.")));
      column += (guint) g_utf8_strlen (options[i], -1) + 1;
    }
}

/* An entry point in a wrong case is none (section 7.1), and SetSecurity gives -5. */
static void
lint_entry (Linter *self, const char *entry, gsize at)
{
  const char *const *drivers = postern_uniface_list_drivers ();

  for (guint i = 0; drivers[i] != NULL; i++)
    {
      if (g_ascii_strcasecmp (drivers[i], entry) != 0 || strcmp (drivers[i], entry) == 0)
        continue;
      add (self, "settings.driver-unknown", POSTERN_SEVERITY_WARNING, at,
           _ ("Entry point in another case"),
           g_strdup_printf (_ ("Names of entry points are case-sensitive: SetSecurity would not "
                               "find this one. Write %s."),
                            drivers[i]));
    }
}

static void
lint_user_3gl (Linter *self)
{
  const char *raw = self->line->walk.text->str;
  const char *open = strchr (raw, '(');
  const char *p;

  if (open == NULL)
    return;
  if (strchr (open, ')') == NULL)
    add (self, "settings.asn-user-3gl", POSTERN_SEVERITY_WARNING, (gsize) (open - raw),
         _ ("A list without an end"),
         g_strdup (_ ("The list of functions has no “)”: Library(Function, Function).")));
  for (p = open + 1; *p != '\0' && *p != ')';)
    {
      gsize length;
      g_autofree char *entry = NULL;

      p += strspn (p, " \t,");
      length = strcspn (p, " \t,)");
      entry = g_strndup (p, length);
      lint_entry (self, entry, (gsize) (p - raw));
      p += length;
    }
}

static guint
count_stars (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    n += *text == '*';

  return n;
}

static void
lint_files (Linter *self)
{
  const PosternAsnLine *line = &self->line->line;

  if (*line->value == '\0')
    add (self, "settings.asn-files", POSTERN_SEVERITY_WARNING, line->name_at,
         _ ("A file is missing"),
         g_strdup (_ ("A line of [FILES] has a name and the file that it stands for.")));
  else if (count_stars (line->name) != count_stars (line->value))
    add (self, "settings.asn-files", POSTERN_SEVERITY_WARNING, line->value_at,
         _ ("Wildcards that do not match"),
         g_strdup (_ ("Both sides of a line of [FILES] have the same number of “*”.")));
}

static void
lint_logicals (Linter *self)
{
  const PosternAsnLine *line = &self->line->line;

  if (g_ascii_strcasecmp (line->name, "NTLM_INITIAL_RESPONSE") == 0 &&
      g_ascii_strcasecmp (line->value, "IMMEDIATE") != 0 &&
      g_ascii_strcasecmp (line->value, "DEFERRED") != 0)
    add (self, "settings.option-illegal", POSTERN_SEVERITY_WARNING, line->value_at,
         _ ("Value not allowed for a logical"),
         g_strdup (_ ("NTLM_INITIAL_RESPONSE can be IMMEDIATE or DEFERRED.")));
}

static void
lint_line (Linter *self)
{
  static const struct
  {
    const char *section;
    void (*lint) (Linter *self);
  } sections[] = {
    { "NET_SETTINGS", lint_net_settings }, { "DRIVER_SETTINGS", lint_driver_settings },
    { "USER_3GL", lint_user_3gl },         { "FILES", lint_files },
    { "LOGICALS", lint_logicals },
  };

  if (lint_encrypted (self))
    return;
  if (is_named (self->line, "DRIVER_SETTINGS", TCP_PARAMS))
    {
      lint_tcp (self);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (sections); i++)
    {
      if (strcmp (self->line->section, sections[i].section) == 0)
        sections[i].lint (self);
    }
}

/* Section 10: a profile does nothing for STARTTLS. */
static void
lint_default (Linter *self, GPtrArray *lines)
{
  PosternAsnLintLine *first = NULL;

  for (guint i = 0; i < lines->len && first == NULL; i++)
    {
      PosternAsnLintLine *line = lines->pdata[i];

      if (strcmp (line->section, "NET_SETTINGS") == 0)
        first = line;
    }
  if (first == NULL || postern_asn_lookup (self->asn, "DRIVER_SETTINGS", TLS_PARAMS) != NULL)
    return;

  self->line = first;
  add (self, "settings.asn-no-default", POSTERN_SEVERITY_INFO, first->line.name_at,
       _ ("Profiles, and no USYS$TLS_PARAMS"),
       g_strdup (_ ("STARTTLS reads USYS$TLS_PARAMS in [DRIVER_SETTINGS] and no profile. Where "
                    "UStartTLSSMTP or TLS: without a profile is used, add it.")));
}

/* What to do about a code, where nobody said it better. */
static const struct
{
  const char *code;
  const char *remedy;
} remedies[] = {
  { "settings.option-unknown", N_ ("Correct the name of the option, or take it out.") },
  { "settings.option-duplicate", N_ ("Keep one of them.") },
  { "settings.option-illegal", N_ ("Write one of the values that the option can have.") },
  { "settings.option-incomplete",
    N_ ("Write each option as name=value, with a comma between two.") },
  { "settings.option-spacing", N_ ("Take the blanks around “=” out.") },
  { "settings.no-verification", N_ ("Add verify_server=yes.") },
  { "settings.verification-off", N_ ("Set verify_server=yes, and name what the certificate is for "
                                     "with verify_server_name=dns:….") },
  { "settings.file-missing", N_ ("Put the file there, name another one, or set the USYS folder.") },
  { "settings.file-not-pem", N_ ("Name a PEM file that holds what the option needs.") },
  { "settings.key-mismatch", N_ ("Name the key that belongs to the certificate.") },
  { "settings.not-supported", N_ ("Take it out for this test.") },
  { "settings.driver-unknown", N_ ("Write the name exactly as the driver has it.") },
  { "settings.profile-undefined", N_ ("Choose a name of letters, digits, “_” and “-”.") },
  { "settings.asn-duplicate", N_ ("Keep one of them.") },
  { "settings.asn-section-unknown", N_ ("Correct the name in brackets.") },
  { "settings.asn-after-section", N_ ("Put it on a line of its own.") },
  { "settings.asn-line-end", N_ ("Save the file with LF or CR LF line ends.") },
  { "settings.asn-before-section", N_ ("Put a section such as [NET_SETTINGS] above the line.") },
  { "settings.asn-line-too-long", N_ ("Continue the line on the next one with “%\\”.") },
  { "settings.asn-continuation", N_ ("End the line with “%\\”, or not at all.") },
  { "settings.asn-encoding", N_ ("Save the file as UTF-8 with a byte order mark.") },
  { "settings.asn-include-section", N_ ("Begin the included file with its section.") },
  { "settings.asn-include-cycle", N_ ("Take the line out.") },
  { "settings.asn-include-depth", N_ ("Include fewer files.") },
  { "settings.asn-comment", N_ ("Put the comment on a line of its own that begins with “;”.") },
  { "settings.asn-misplaced", N_ ("Move the line to its section.") },
  { "settings.asn-not-encrypted", N_ ("Encrypt the file, or take the marks out.") },
  { "settings.asn-encrypted", N_ ("Test with an account that has the value.") },
  { "settings.asn-expression",
    N_ ("Correct the expression, or test with an account that has the value.") },
  { "settings.asn-files", N_ ("Write it as “name = file”.") },
  { "settings.asn-user-3gl", N_ ("Write it as “library(Function, Function)”.") },
  { "settings.asn-no-default", N_ ("Add USYS$TLS_PARAMS to [DRIVER_SETTINGS].") },
};

static void
add_remedies (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      PosternFinding *finding = findings->pdata[i];

      if (postern_finding_get_remedies (finding)->len > 0)
        continue;
      for (guint k = 0; k < G_N_ELEMENTS (remedies); k++)
        {
          if (strcmp (postern_finding_get_code (finding), remedies[k].code) == 0)
            postern_finding_add_remedy (finding, _ (remedies[k].remedy), NULL);
        }
    }
}

/* The file itself first, then those that it includes. */
static int
compare (gconstpointer a, gconstpointer b, gpointer main_path)
{
  PosternFinding *one = *(PosternFinding *const *) a;
  PosternFinding *other = *(PosternFinding *const *) b;
  const char *file = postern_finding_get_file (one);
  const char *other_file = postern_finding_get_file (other);
  gboolean main = g_strcmp0 (file, main_path) == 0;
  gboolean other_main = g_strcmp0 (other_file, main_path) == 0;
  guint line = postern_finding_get_line (one);
  guint other_line = postern_finding_get_line (other);
  guint column = postern_finding_get_column (one);
  guint other_column = postern_finding_get_column (other);

  if (main != other_main)
    return main ? -1 : 1;
  if (g_strcmp0 (file, other_file) != 0)
    return g_strcmp0 (file, other_file);
  if (line != other_line)
    return line < other_line ? -1 : 1;

  return (column > other_column) - (column < other_column);
}

void
postern_asn_lint (
  PosternAsn *asn, GPtrArray *lines, const char *usys_dir, GPtrArray *findings, guint limit)
{
  Linter self = { .asn = asn, .usys_dir = usys_dir, .findings = findings };

  for (guint i = 0; i < lines->len && findings->len < limit; i++)
    {
      self.line = lines->pdata[i];
      lint_line (&self);
    }
  lint_default (&self, lines);
}

void
postern_asn_lint_sort (PosternAsn *asn, GPtrArray *findings)
{
  add_remedies (findings);
  g_ptr_array_sort_with_data (findings, compare, (char *) postern_asn_get_path (asn));
}
