/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn.h"

#include "model/postern-error.h"
#include "runtime/postern-asn-expression.h"
#include "runtime/postern-asn-files.h"
#include "runtime/postern-asn-global.h"
#include "runtime/postern-asn-lint.h"
#include "runtime/postern-asn-text.h"
#include "runtime/postern-file.h"
#include "runtime/postern-lint.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_NOTES 100
#define MAX_LINT 1000
#define MAX_EXPRESSIONS 10000
#define FOR_ERRORS 10  /* of them, so that warnings cannot hide an error */
#define MAX_HIDING 256 /* wildcards of the global file that a line of [FILES] is compared with */

/* Those that a mail logon can meet. */
static const char *const kept_sections[] = {
  "NET_SETTINGS", "DRIVER_SETTINGS", "USER_3GL", "FILES", "LOGICALS", "SETTINGS",
};
static const char *const other_sections[] = {
  "PATHS",   "ENTITIES",     "RESOURCES",      "SERVICES_EXEC", "REPORTS_EXEC",
  "SERVERS", "PRE_START",    "PROXY_SETTINGS", "WEB",           "WIDGETS",
  "XLOGIN",  "META_CharSet", "FORMATTING",     "OBSERVABILITY", "ENCRYPTED_PATHS",
};

#define N_KEPT G_N_ELEMENTS (kept_sections)
#define SECTION_3GL 2
#define SECTION_FILES 3
#define SECTION_LOGICALS 4
#define SECTION_NONE (-1) /* before the first header */
#define SECTION_SKIP (-2) /* one that is not kept */

struct _PosternAsn
{
  char *path;
  const char *global_path; /* or NULL */
  char *usys_dir;
  GStringChunk *strings;
  GHashTable *sections[N_KEPT]; /* lower-case name → PosternAsnSetting; NULL: no such section */
  GHashTable *entries;          /* entry point → PosternAsnSetting */
  GPtrArray *files; /* [FILES] in order; element-type PosternAsnSetting, in its section */
  gboolean open_library;
  GPtrArray *findings;
  GPtrArray *lines;        /* element-type PosternAsnLintLine, or NULL: every rule is looked at */
  GPtrArray *global_lines; /* those of the global file */
  GPtrArray *texts;        /* where they stand */
  GPtrArray *stack;        /* paths of the files that are being read */
  gboolean global;         /* the global file is read, or one that it includes */
  guint n_includes;
  guint n_expressions;
  gsize n_bytes;
};

/* One file on its way. */
typedef struct
{
  PosternAsn *asn;
  const char *file; /* without its folder */
  const char *path;
  const PosternAsnWalk *walk; /* NULL before the first line */
  gsize at;                   /* where in the line the next finding is */
  guint line;
  int section;
  gboolean included;
} Reader;

static gboolean
read_file (PosternAsn *self, const char *path, const char *instead, GError **error);

G_GNUC_PRINTF (5, 6)
static void
note (Reader *reader,
      const char *code,
      PosternSeverity severity,
      const char *title,
      const char *format,
      ...)
{
  PosternFinding *finding;
  guint line = reader->line;
  guint column = 0;
  guint limit = reader->asn->lines != NULL ? MAX_LINT : MAX_NOTES;
  va_list args;

  if (severity != POSTERN_SEVERITY_ERROR)
    {
      limit -= FOR_ERRORS;
      if (reader->asn->lines != NULL && reader->asn->global)
        return; /* another file is looked at */
    }
  if (reader->asn->findings->len >= limit)
    return;

  va_start (args, format);
  finding = postern_lint_add (reader->asn->findings, code, severity, "asn-file", 0, title,
                              g_strdup_vprintf (format, args));
  va_end (args);
  if (reader->walk != NULL && line == reader->walk->line)
    postern_asn_walk_locate (reader->walk, reader->at, &line, &column);
  postern_finding_set_line (finding, reader->path, line, column);
}

static void
warn (Reader *reader, const char *code, const char *text)
{
  note (reader, code, POSTERN_SEVERITY_WARNING, _ ("The assignment file has a fault"), "%s", text);
}

static int
find_kept (const char *name)
{
  for (guint i = 0; i < N_KEPT; i++)
    {
      if (g_ascii_strcasecmp (name, kept_sections[i]) == 0)
        return (int) i;
    }

  return SECTION_SKIP;
}

static void
begin_section (Reader *reader, const char *name)
{
  PosternAsn *self = reader->asn;
  gboolean known = FALSE;

  reader->section = find_kept (name);
  if (reader->section >= 0)
    {
      if (self->sections[reader->section] == NULL)
        self->sections[reader->section] =
          g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (other_sections); i++)
    known = known || g_ascii_strcasecmp (name, other_sections[i]) == 0;
  if (!known)
    {
      g_autofree char *quoted = postern_lint_quote (name);

      note (reader, "settings.asn-section-unknown", POSTERN_SEVERITY_WARNING, _ ("Unknown section"),
            g_ascii_strcasecmp (name, "INCLUDE") == 0
              ? _ ("“[%s]” is no section of an assignment file. A file is included with a line "
                   "“#FILE name”.")
              : _ ("“[%s]” is no section of an assignment file; it is passed over (inferred)."),
            quoted);
    }
}

/* @raw: the value with its escapes. */
static PosternAsnSetting *
new_setting (Reader *reader, const char *name, const char *value, const char *raw)
{
  PosternAsnSetting *setting = g_new0 (PosternAsnSetting, 1);

  setting->encrypted = postern_asn_is_encrypted (raw);
  setting->expression = postern_asn_is_expression (raw);
  setting->name = g_string_chunk_insert (reader->asn->strings, name);
  setting->value = g_string_chunk_insert (reader->asn->strings, value);
  setting->file = reader->file;
  setting->line = reader->line;
  setting->global = reader->asn->global;

  return setting;
}

static const char *
find_logical (const char *name, gpointer data)
{
  const PosternAsnSetting *setting = postern_asn_lookup (data, "LOGICALS", name);

  return setting != NULL && !setting->encrypted && !setting->expression ? setting->value : NULL;
}

char *
postern_asn_expand (
  PosternAsn *self, const char *raw, gboolean *encrypted, gsize *at, GError **error)
{
  if (self->n_expressions++ < MAX_EXPRESSIONS)
    return postern_asn_expression_expand (raw, find_logical, self, encrypted, at, error);

  if (at != NULL)
    *at = 0;
  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                       _ ("The file has too many expressions"));

  return NULL;
}

static void
evaluate (PosternAsn *self, PosternAsnSetting *setting, gsize *at)
{
  g_autoptr(GError) error = NULL;
  gboolean encrypted = FALSE;
  g_autofree char *value = postern_asn_expand (self, setting->written, &encrypted, at, &error);

  if (value == NULL)
    {
      setting->fault = g_string_chunk_insert (self->strings, error->message);
      return;
    }
  setting->value = g_string_chunk_insert (self->strings, value);
  setting->encrypted = encrypted;
  setting->expression = FALSE;
}

/* Section 9.5: within [LOGICALS] the order matters, so that a name stands for what is before it. */
static void
evaluate_logical (Reader *reader, PosternAsnSetting *setting, gsize value_at)
{
  gsize at = 0;

  evaluate (reader->asn, setting, &at);
  if (setting->fault == NULL || reader->asn->lines == NULL)
    return;
  reader->at = value_at + at;
  note (reader, "settings.asn-expression", POSTERN_SEVERITY_WARNING, _ ("An expression"),
        _ ("The expression is not evaluated: %s."), setting->fault);
}

/* The logicals are read before all other sections, those of the global file too (inferred). */
static void
evaluate_sections (PosternAsn *self)
{
  for (guint i = 0; i < N_KEPT; i++)
    {
      g_autoptr(GPtrArray) settings = postern_asn_list_settings (self, kept_sections[i]);

      for (guint k = 0; k < settings->len; k++)
        {
          PosternAsnSetting *setting = settings->pdata[k];

          if (setting->written != NULL && i != SECTION_LOGICALS)
            evaluate (self, setting, NULL);
        }
    }
}

/* @key: what @table has it under. */
static void
keep (Reader *reader, GHashTable *table, char *key, PosternAsnSetting *setting)
{
  const PosternAsnSetting *before = g_hash_table_lookup (table, key);

  if (before != NULL && before->global && !setting->global)
    {
      g_autofree char *place = postern_asn_setting_dup_place (before);

      setting->overrides = g_string_chunk_insert (reader->asn->strings, place);
    }
  else if (before != NULL)
    setting->overrides = before->overrides;
  g_hash_table_replace (table, key, setting);
}

/* Section 7.4: Library {/preload} {(Function{, Function})}. */
static void
add_library (Reader *reader, const char *name, const char *value)
{
  PosternAsn *self = reader->asn;
  g_autofree char *line = *value != '\0' ? g_strconcat (name, " ", value, NULL) : g_strdup (name);
  char *open = strchr (line, '(');
  char *p;

  if (open == NULL)
    {
      self->open_library = TRUE;
      return;
    }
  *open = '\0';
  g_strchomp (line);
  for (p = open + 1; *p != '\0' && *p != ')';)
    {
      gsize length;

      p += strspn (p, " \t,");
      length = strcspn (p, " \t,)");
      if (length > 0)
        {
          g_autofree char *entry = g_strndup (p, length);
          PosternAsnSetting *setting = new_setting (reader, entry, line, line);

          keep (reader, self->entries, (char *) setting->name, setting);
        }
      p += length;
    }
}

/* Section 9.4: the last one counts, and the local file is read last. */
static void
warn_duplicate (Reader *reader, const char *name, const PosternAsnSetting *before)
{
  g_autofree char *quoted = postern_lint_quote (name);
  gboolean options = reader->section < SECTION_3GL; /* where that is not documented */

  if (before->global && !reader->asn->global)
    note (reader, "settings.asn-duplicate",
          options ? POSTERN_SEVERITY_WARNING : POSTERN_SEVERITY_INFO,
          _ ("Set in the global file too"), _ ("The local “%s” overrides the global one in %s:%u."),
          quoted, before->file, before->line);
  else if (options)
    note (reader, "settings.asn-duplicate", POSTERN_SEVERITY_WARNING, _ ("Set twice"),
          _ ("“%s” is set before; the last one is used (inferred)."), quoted);
}

/* Section 9.4: the patterns of the global file are searched first. */
static void
warn_hidden (Reader *reader, const PosternAsnSetting *setting)
{
  GPtrArray *files = reader->asn->files;

  for (guint i = 0; !setting->global && i < MIN (files->len, MAX_HIDING); i++)
    {
      const PosternAsnSetting *other = files->pdata[i];
      g_autofree char *middle = other->global && *other->value != '\0' && *other->value != '$'
                                  ? postern_asn_match_pattern (other->name, setting->name)
                                  : NULL;
      g_autofree char *quoted = NULL;

      if (middle == NULL)
        continue;
      quoted = postern_lint_quote (other->name);
      note (reader, "settings.asn-files", POSTERN_SEVERITY_WARNING, _ ("Hidden by the global file"),
            _ ("“%s” in %s:%u is searched first, so this line is never used."), quoted, other->file,
            other->line);
      return;
    }
}

static void
add_section_setting (Reader *reader, GHashTable *section, PosternAsnSetting *setting)
{
  g_autofree char *key = g_ascii_strdown (setting->name, -1);
  const PosternAsnSetting *before = g_hash_table_lookup (section, key);

  if (before != NULL)
    warn_duplicate (reader, setting->name, before);
  keep (reader, section, g_string_chunk_insert (reader->asn->strings, key), setting);
}

static void
add_setting (Reader *reader, const PosternAsnLine *line)
{
  PosternAsn *self = reader->asn;
  PosternAsnSetting *setting;

  if (self->lines != NULL)
    g_ptr_array_add (
      self->global ? self->global_lines : self->lines,
      postern_asn_lint_line_new (reader->path, reader->walk, line, kept_sections[reader->section]));
  if (reader->section == SECTION_3GL)
    {
      add_library (reader, line->name, line->value);
      return;
    }

  setting = new_setting (reader, line->name, line->value, reader->walk->text->str + line->value_at);
  if (setting->expression)
    setting->written =
      g_string_chunk_insert_len (self->strings, reader->walk->text->str + line->value_at,
                                 (gssize) (line->value_end - line->value_at));
  if (setting->expression && reader->section == SECTION_LOGICALS)
    evaluate_logical (reader, setting, line->value_at);
  if (reader->section == SECTION_FILES)
    {
      /* Patterns are matched from the top (section 9.4), so each of them counts. */
      warn_hidden (reader, setting);
      g_ptr_array_add (self->files, setting);
      return;
    }
  add_section_setting (reader, self->sections[reader->section], setting);
}

static gboolean
is_open (PosternAsn *self, const char *path)
{
  for (guint i = 0; i < self->stack->len; i++)
    {
      if (strcmp (self->stack->pdata[i], path) == 0)
        return TRUE;
    }

  return FALSE;
}

static void
add_include_error (Reader *reader, const char *code, const char *why)
{
  note (reader, code, POSTERN_SEVERITY_ERROR, _ ("An included file cannot be read"),
        /* Translators: %s is a file name and a reason. */
        _ ("%s. Nothing is sent."), why);
}

static void
include (Reader *reader, const char *name)
{
  PosternAsn *self = reader->asn;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = postern_file_resolve (name, NULL, self->usys_dir, &error);

  if (*name == '\0')
    add_include_error (reader, "settings.file-missing", _ ("The name after #FILE is missing"));
  else if (path == NULL)
    add_include_error (reader, "settings.file-missing", error->message);
  else if (is_open (self, path))
    add_include_error (reader, "settings.asn-include-cycle", _ ("The file includes itself"));
  else if (self->stack->len >= POSTERN_ASN_MAX_DEPTH)
    add_include_error (reader, "settings.asn-include-depth",
                       _ ("Files include each other too deeply"));
  else if (self->n_includes++ >= POSTERN_ASN_MAX_INCLUDES)
    add_include_error (reader, "settings.asn-include-depth", _ ("Too many files are included"));
  else if (!read_file (self, path, NULL, &error))
    add_include_error (reader, "settings.file-missing", error->message);
}

/* FALSE: the rest of the file is not read. */
static gboolean
take_line (Reader *reader, const PosternAsnLine *line)
{
  PosternAsn *self = reader->asn;

  switch (line->kind)
    {
    case POSTERN_ASN_INCLUDE:
      reader->at = line->value_at;
      include (reader, line->value);
      return TRUE;

    case POSTERN_ASN_SECTION:
      if (self->lines != NULL && line->value != NULL)
        {
          reader->at = line->value_at;
          warn (reader, "settings.asn-after-section",
                _ ("What stands after the name of a section is passed over (inferred)."));
        }
      reader->at = line->name_at;
      begin_section (reader, line->name);
      return TRUE;

    case POSTERN_ASN_SETTING:
      reader->at = line->name_at;
      if (self->lines != NULL && *line->name == '[')
        warn (reader, "settings.asn-section-unknown",
              _ ("The line begins with “[” and has no “]”: it is read as a setting (inferred)."));
      if (reader->section >= 0)
        add_setting (reader, line);
      else if (reader->section == SECTION_NONE && reader->included)
        {
          note (reader, "settings.asn-include-section", POSTERN_SEVERITY_ERROR,
                _ ("An included file does not begin with a section"), "%s",
                _ ("The first line that is no comment must be a section such as [NET_SETTINGS]."));
          return FALSE;
        }
      else if (reader->section == SECTION_NONE)
        warn (reader, "settings.asn-before-section",
              _ ("This stands before the first section and is passed over (inferred)."));
      return TRUE;

    case POSTERN_ASN_BLANK:
    case POSTERN_ASN_COMMENT:
    default:
      return TRUE;
    }
}

static void
warn_line (Reader *reader, const PosternAsnWalk *walk, const PosternAsnLine *line)
{
  gboolean matters = reader->section >= 0;

  reader->at = 0;
  if (walk->too_long > 0 && matters)
    {
      reader->line = walk->too_long;
      warn (reader, "settings.asn-line-too-long",
            _ ("The line has more than 1023 characters; continue it on the next one with “%\\”."));
      reader->line = walk->line;
    }
  if (walk->slash && matters && line->kind == POSTERN_ASN_SETTING)
    {
      reader->at = MAX (line->value_end, 2) - 2;
      warn (reader, "settings.asn-continuation",
            _ ("“%/” does not continue a line; that is a misprint for “%\\” (inferred)."));
      reader->at = 0;
    }
  if (walk->joined && line->kind == POSTERN_ASN_COMMENT)
    warn (reader, "settings.asn-continuation",
          _ ("A comment ends with “%\\”: the next line is read as part of it (inferred)."));
}

static void
read_text (PosternAsn *self, Reader *reader, const char *text, gsize length)
{
  PosternAsnWalk walk;
  gboolean go_on = TRUE;

  postern_asn_walk_init (&walk, text, length);
  if (self->lines != NULL)
    postern_asn_walk_keep_places (&walk);
  reader->walk = &walk;
  while (go_on && postern_asn_walk_next (&walk))
    {
      PosternAsnLine line;

      reader->line = walk.line;
      postern_asn_line_parse (&line, walk.text->str);
      warn_line (reader, &walk, &line);
      go_on = take_line (reader, &line);
      postern_asn_line_clear (&line);
    }
  reader->walk = NULL;
  postern_asn_walk_clear (&walk);
}

static gboolean
read_file (PosternAsn *self, const char *path, const char *instead, GError **error)
{
  g_autofree char *base = g_path_get_basename (path);
  gsize length = 0;
  gsize decoded_length = 0;
  gboolean needs_bom = FALSE;
  Reader reader = { .asn = self, .line = 1, .section = SECTION_NONE };
  g_autofree char *bytes =
    instead != NULL
      ? g_strdup (instead)
      : postern_file_read (path, POSTERN_ASN_MAX_SIZE - self->n_bytes, TRUE, &length, error);
  g_autofree char *text = NULL;

  if (bytes == NULL)
    return FALSE;
  if (instead != NULL)
    length = strlen (instead);
  self->n_bytes += length;
  text = postern_asn_decode (bytes, length, &decoded_length, &needs_bom, error);
  if (text == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  g_clear_pointer (&bytes, g_free);

  reader.file = g_string_chunk_insert_const (self->strings, base);
  reader.path = g_string_chunk_insert_const (self->strings, path);
  reader.included = self->stack->len > 0;
  for (const char *p = text; needs_bom && (guchar) *p < 0x80; p++)
    reader.line += *p == '\n';
  if (needs_bom)
    warn (&reader, "settings.asn-encoding",
          _ ("Characters outside ASCII need a byte order mark at the beginning of the file "
             "(inferred)."));

  reader.line = self->lines != NULL ? postern_asn_find_lone_return (text) : 0;
  if (reader.line > 0)
    warn (&reader, "settings.asn-line-end",
          _ ("A carriage return that no line feed follows does not end a line: what comes after it "
             "belongs to this one (inferred)."));

  g_ptr_array_add (self->stack, (char *) path);
  read_text (self, &reader, text, decoded_length);
  g_ptr_array_set_size (self->stack, (int) self->stack->len - 1);
  if (self->texts != NULL)
    g_ptr_array_add (self->texts, g_steal_pointer (&text));

  return TRUE;
}

/* Section 9.4. One that is not there is no fault; one that cannot be read is. */
static void
read_global (PosternAsn *self)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = postern_asn_find_global (self->usys_dir);
  Reader reader = { .asn = self, .line = 1 };

  if (path == NULL || postern_asn_is_same_file (path, self->path))
    return;

  self->global = TRUE;
  self->global_path = g_string_chunk_insert (self->strings, path);
  reader.path = self->global_path;
  if (!read_file (self, path, NULL, &error))
    note (&reader, "settings.file-missing", POSTERN_SEVERITY_ERROR,
          _ ("The global assignment file cannot be read"),
          /* Translators: %s is a file name and a reason. */
          _ ("%s. Nothing is sent."), error->message);
  self->global = FALSE;
}

static PosternAsn *
load (const char *path, const char *instead, const char *usys_dir, gboolean lint, GError **error)
{
  g_autoptr(PosternAsn) self = NULL;
  g_autofree char *resolved = postern_file_resolve (path, NULL, usys_dir, error);

  if (resolved == NULL)
    return NULL;
  if (!g_str_has_suffix (resolved, ".asn") && !g_file_test (resolved, G_FILE_TEST_EXISTS))
    {
      g_autofree char *longer = g_strconcat (resolved, ".asn", NULL);

      if (g_file_test (longer, G_FILE_TEST_EXISTS))
        {
          g_free (resolved);
          resolved = g_steal_pointer (&longer);
        }
    }

  self = g_new0 (PosternAsn, 1);
  self->path = g_steal_pointer (&resolved);
  self->usys_dir = g_strdup (usys_dir);
  self->strings = g_string_chunk_new (4096);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->findings = g_ptr_array_new_with_free_func (g_object_unref);
  self->stack = g_ptr_array_new ();
  self->files = g_ptr_array_new_with_free_func (g_free);
  if (lint)
    {
      self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_asn_lint_line_free);
      self->global_lines =
        g_ptr_array_new_with_free_func ((GDestroyNotify) postern_asn_lint_line_free);
      self->texts = g_ptr_array_new_with_free_func (g_free);
    }
  read_global (self);
  if (!read_file (self, self->path, instead, error))
    return NULL;
  evaluate_sections (self);

  return g_steal_pointer (&self);
}

/**
 * postern_asn_load:
 * @path: the file; `.asn` is added where there is none and no file without it
 * @usys_dir: (nullable): what `USYS:` stands for
 *
 * Reads a file and those that it includes, after the global file where there is one, at most 64 MiB
 * in all, in a time that grows with their size.
 *
 * Returns: (transfer full) (nullable): %NULL with the file and the reason in @error
 */
PosternAsn *
postern_asn_load (const char *path, const char *usys_dir, GError **error)
{
  return load (path, NULL, usys_dir, FALSE, error);
}

/* Of the global file only what keeps Uniface from using it. */
static void
lint_global (PosternAsn *self)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);

  postern_asn_lint (self, self->global_lines, self->usys_dir, findings, MAX_LINT);
  for (guint i = 0; i < findings->len && self->findings->len < MAX_LINT; i++)
    {
      if (postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_ERROR)
        g_ptr_array_add (self->findings, g_object_ref (findings->pdata[i]));
    }
}

PosternAsn *
postern_asn_check (const char *path, const char *text, const char *usys_dir, GError **error)
{
  PosternAsn *self = load (path, text, usys_dir, TRUE, error);

  if (self == NULL)
    return NULL;
  postern_asn_lint (self, self->lines, usys_dir, self->findings, MAX_LINT);
  lint_global (self);
  postern_asn_lint_sort (self, self->findings);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_clear_pointer (&self->global_lines, g_ptr_array_unref);
  g_clear_pointer (&self->texts, g_ptr_array_unref);

  return self;
}

void
postern_asn_free (PosternAsn *self)
{
  for (guint i = 0; i < N_KEPT; i++)
    g_clear_pointer (&self->sections[i], g_hash_table_unref);
  g_hash_table_unref (self->entries);
  g_string_chunk_free (self->strings);
  g_ptr_array_unref (self->findings);
  g_ptr_array_unref (self->stack);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_clear_pointer (&self->global_lines, g_ptr_array_unref);
  g_clear_pointer (&self->texts, g_ptr_array_unref);
  g_free (self->path);
  g_free (self->usys_dir);
  g_free (self);
}

const char *
postern_asn_get_path (PosternAsn *self)
{
  return self->path;
}

const char *
postern_asn_get_global_path (PosternAsn *self)
{
  return self->global_path;
}

GPtrArray *
postern_asn_get_findings (PosternAsn *self)
{
  return self->findings;
}

gboolean
postern_asn_has_section (PosternAsn *self, const char *section)
{
  int kept = find_kept (section);

  return kept >= 0 && self->sections[kept] != NULL;
}

/**
 * postern_asn_lookup:
 * @section: one of the sections that are kept, in any case
 * @name: a name in any case
 *
 * Returns: (transfer none) (nullable): the last setting of that name
 */
const PosternAsnSetting *
postern_asn_lookup (PosternAsn *self, const char *section, const char *name)
{
  int kept = find_kept (section);
  g_autofree char *key = g_ascii_strdown (name, -1);

  if (kept < 0 || self->sections[kept] == NULL)
    return NULL;

  return g_hash_table_lookup (self->sections[kept], key);
}

const PosternAsnSetting *
postern_asn_lookup_entry (PosternAsn *self, const char *entry_point)
{
  return g_hash_table_lookup (self->entries, entry_point);
}

gboolean
postern_asn_has_open_library (PosternAsn *self)
{
  return self->open_library;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const PosternAsnSetting *one = *(const PosternAsnSetting *const *) a;
  const PosternAsnSetting *other = *(const PosternAsnSetting *const *) b;
  int order = strcmp (one->file, other->file);

  if (one->global != other->global)
    return one->global ? -1 : 1;
  return order != 0 ? order : (one->line > other->line) - (one->line < other->line);
}

GPtrArray *
postern_asn_list_settings (PosternAsn *self, const char *section)
{
  GPtrArray *settings = g_ptr_array_new ();
  int kept = find_kept (section);
  GHashTableIter iter;
  gpointer value;

  if (kept == SECTION_FILES)
    g_ptr_array_extend (settings, self->files, NULL, NULL);
  if (kept < 0 || kept == SECTION_FILES || self->sections[kept] == NULL)
    return settings;
  g_hash_table_iter_init (&iter, kept == SECTION_3GL ? self->entries : self->sections[kept]);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (settings, value);
  g_ptr_array_sort (settings, compare_places);

  return settings;
}

char *
postern_asn_setting_dup_place (const PosternAsnSetting *setting)
{
  return g_strdup_printf ("%s:%u", setting->file, setting->line);
}
