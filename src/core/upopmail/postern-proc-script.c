/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-proc-script.h"

#include "upopmail/postern-proc-parser.h"

#include <glib/gi18n.h>
#include <string.h>

#define DEFAULT_INSTANCE "UPOPMAIL"

#define MAX_DEPTH 64
#define MAX_ARGUMENTS 8

/* An "if" that has no "endif" yet. */
typedef struct
{
  int condition;  /* the IF whose end is not known, or -1 */
  GArray *leaves; /* guint: jumps to the end */
  gboolean one_line;
} Block;

static void
statement_free (PosternProcStatement *statement)
{
  g_free (statement->instance);
  g_clear_pointer (&statement->call, postern_upopmail_call_free);
  g_strfreev (statement->names);
  g_free (statement);
}

static void
message_free (PosternProcMessage *message)
{
  g_free (message->text);
  g_free (message);
}

static void
block_free (Block *block)
{
  g_array_unref (block->leaves);
  g_free (block);
}

void
postern_proc_script_free (PosternProcScript *self)
{
  g_ptr_array_unref (self->statements);
  g_ptr_array_unref (self->messages);
  g_free (self);
}

gboolean
postern_proc_statement_holds (const PosternProcStatement *self, int status)
{
  const char *sign = self->comparison;

  if (strcmp (sign, "<") == 0)
    return status < self->number;
  if (strcmp (sign, "<=") == 0)
    return status <= self->number;
  if (strcmp (sign, ">") == 0)
    return status > self->number;
  if (strcmp (sign, ">=") == 0)
    return status >= self->number;
  if (strcmp (sign, "!=") == 0 || strcmp (sign, "<>") == 0)
    return status != self->number;
  return status == self->number;
}

/* --- Statements --- */

/* A variable or field, "FIELD.ENTITY.MODEL". */
static char *
read_name (PosternProcParser *self)
{
  g_autoptr(GString) name = g_string_new (NULL);

  while (self->token.kind == POSTERN_PROC_WORD)
    {
      g_string_append (name, self->token.text);
      if (!postern_proc_parser_next (self) || !postern_proc_parser_is_sign (self, "."))
        break;
      g_string_append_c (name, '.');
      if (!postern_proc_parser_next (self))
        break;
    }
  return g_steal_pointer (&name->str);
}

static gboolean
fail_variable (PosternProcParser *self, const PosternUpopmailOperation *operation, guint index)
{
  g_autofree char *name = postern_proc_parser_quote (self->token.text);

  return postern_proc_parser_fail (
    self, g_strdup_printf (_ ("Argument %u of %s is the variable or expression “%s”; "
                              "only literal arguments can be run."),
                           index + 1, operation->name, name));
}

/* Text, or a number with a sign. */
static gboolean
read_literal (PosternProcParser *self,
              const PosternUpopmailOperation *operation,
              guint index,
              GPtrArray *arguments)
{
  gboolean negative = postern_proc_parser_is_sign (self, "-");
  const char *known = NULL;

  if (negative && !postern_proc_parser_next (self))
    return FALSE;
  if (self->token.kind == POSTERN_PROC_WORD && operation->directions[index] == 'b')
    {
      g_autofree char *key = g_ascii_strup (self->token.text, -1);

      known = g_hash_table_lookup (self->constants, key);
    }
  if (known == NULL && (self->token.kind != POSTERN_PROC_STRING || negative) &&
      self->token.kind != POSTERN_PROC_NUMBER)
    return self->token.kind == POSTERN_PROC_WORD
             ? fail_variable (self, operation, index)
             : postern_proc_parser_fail (self, g_strdup (_ ("Here an argument is expected.")));

  if (known != NULL)
    g_ptr_array_add (arguments, g_strdup (known));
  else
    g_ptr_array_add (arguments, g_strconcat (negative ? "-" : "", self->token.text, NULL));
  if (!postern_proc_parser_next (self))
    return FALSE;
  if (!postern_proc_parser_is_sign (self, ",") && !postern_proc_parser_is_sign (self, ")"))
    return self->token.kind == POSTERN_PROC_SIGN ? fail_variable (self, operation, index)
                                                 : postern_proc_parser_expect (self, ")");
  return TRUE;
}

static gboolean
read_argument (PosternProcParser *self,
               const PosternUpopmailOperation *operation,
               guint index,
               GPtrArray *arguments,
               GStrvBuilder *names)
{
  g_autofree char *name = NULL;

  if (operation->directions[index] == 'b' && self->token.kind == POSTERN_PROC_WORD)
    g_strv_builder_add (names, self->token.text);
  else if (operation->directions[index] == 'b')
    g_strv_builder_add (names, "");
  if (operation->directions[index] != 'o')
    return read_literal (self, operation, index, arguments);

  if (self->token.kind != POSTERN_PROC_WORD)
    return postern_proc_parser_fail (
      self, g_strdup_printf (_ ("Argument %u of %s is given back: name a variable or field."),
                             index + 1, operation->name));
  name = read_name (self);
  g_strv_builder_add (names, name);
  g_ptr_array_add (arguments, g_strdup (""));
  return !self->failed;
}

/* From "(" to ")". */
static gboolean
read_arguments (PosternProcParser *self,
                const PosternUpopmailOperation *operation,
                GPtrArray *arguments,
                GStrvBuilder *names)
{
  guint n_most = (guint) strlen (operation->directions);

  if (!postern_proc_parser_expect (self, "("))
    return FALSE;
  while (!postern_proc_parser_is_sign (self, ")"))
    {
      if (arguments->len == n_most || arguments->len == MAX_ARGUMENTS)
        return postern_proc_parser_fail (
          self, g_strdup_printf (_ ("%s has no more than %u arguments."), operation->name, n_most));
      if (!read_argument (self, operation, arguments->len, arguments, names))
        return FALSE;
      if (postern_proc_parser_is_sign (self, ",") &&
          (!postern_proc_parser_next (self) || postern_proc_parser_is_sign (self, ")")))
        return postern_proc_parser_fail (self, g_strdup (_ ("Here an argument is expected.")));
    }
  if (arguments->len < operation->n_needed)
    return postern_proc_parser_fail (
      self, g_strdup_printf (_ ("%s needs %u arguments, and has %u here."), operation->name,
                             operation->n_needed, arguments->len));
  return postern_proc_parser_next (self);
}

static const PosternUpopmailOperation *
read_operation (PosternProcParser *self)
{
  const PosternUpopmailOperation *operation;
  g_autofree char *name = NULL;

  if (self->token.kind != POSTERN_PROC_WORD)
    {
      postern_proc_parser_fail (self, g_strdup (_ ("Here the name of an operation is expected.")));
      return NULL;
    }
  operation = postern_upopmail_operation_find (self->token.text);
  if (operation != NULL)
    return operation;

  name = postern_proc_parser_quote (self->token.text);
  postern_proc_parser_fail (
    self, postern_upopmail_operation_is_left_out (self->token.text)
            ? g_strdup_printf (_ ("“%s” is not in this version: messages are listed, and not "
                                  "fetched or deleted."),
                               name)
            : g_strdup_printf (_ ("UPOPMAIL has no operation “%s”."), name));
  return NULL;
}

/* The name of an instance, in quotation marks. */
static char *
read_instance (PosternProcParser *self)
{
  char *name;

  if (self->token.kind != POSTERN_PROC_STRING)
    {
      postern_proc_parser_fail (
        self, g_strdup (_ ("Here the name of an instance is expected, in quotation marks.")));
      return NULL;
    }
  name = g_ascii_strup (self->token.text, -1);
  return name;
}

static gboolean
is_known (PosternProcParser *self, const char *instance)
{
  g_autofree char *name = NULL;

  if (strcmp (instance, DEFAULT_INSTANCE) == 0 || g_hash_table_contains (self->instances, instance))
    return TRUE;

  name = postern_proc_parser_quote (instance);
  return postern_proc_parser_fail (
    self, g_strdup_printf (_ ("There is no instance “%s” of UPOPMAIL."), name));
}

static void
free_secret_text (gpointer text)
{
  postern_wipe_free (text);
}

static void
note_secret (PosternProcScript *script, const PosternUpopmailCall *call)
{
  if (call->password != NULL ||
      (call->driver != NULL && (postern_driver_get_password (call->driver) != NULL ||
                                postern_driver_get_token (call->driver) != NULL)))
    script->has_secret = TRUE;
}

/* What an export writes in place of a secret is no secret: it is missing. */
static void
clear_placeholder (GPtrArray *arguments, guint index)
{
  static const char *const placeholders[] = { "<password>", "<token>" };
  GString *text;

  if (index >= arguments->len || arguments->pdata[index] == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (placeholders); i++)
    if (strstr (arguments->pdata[index], placeholders[i]) != NULL)
      {
        text = g_string_new (arguments->pdata[index]);
        g_string_replace (text, placeholders[i], "", 1);
        postern_wipe_free (arguments->pdata[index]);
        arguments->pdata[index] = g_string_free (text, FALSE);
      }
}

/* activate "INSTANCE".Operation (ARGUMENTS) */
static void
read_activate (PosternProcParser *self, guint line)
{
  g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func (free_secret_text);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *instance = read_instance (self);
  const PosternUpopmailOperation *operation;
  PosternProcStatement *statement;

  if (instance == NULL || !is_known (self, instance) || !postern_proc_parser_next (self) ||
      !postern_proc_parser_expect (self, "."))
    return;
  operation = read_operation (self);
  if (operation == NULL || !postern_proc_parser_next (self) ||
      !read_arguments (self, operation, arguments, names))
    return;

  statement = postern_proc_parser_add (self, POSTERN_PROC_CALL, line);
  if (statement == NULL)
    return;
  if (operation->id == POSTERN_UPOPMAIL_SET_SECURITY)
    clear_placeholder (arguments, 1);
  else if (operation->id == POSTERN_UPOPMAIL_LOGON_MAIL)
    clear_placeholder (arguments, 2);
  g_ptr_array_add (arguments, NULL);
  statement->instance = g_steal_pointer (&instance);
  statement->call = postern_upopmail_call_new (operation, (const char *const *) arguments->pdata);
  statement->names = g_strv_builder_end (names);
  note_secret (self->script, statement->call);
}

/* newinstance "UPOPMAIL", "NAME" */
static void
read_new_instance (PosternProcParser *self, guint line)
{
  g_autofree char *component = read_instance (self);
  g_autofree char *instance = NULL;
  PosternProcStatement *statement;

  if (component == NULL)
    return;
  if (strcmp (component, DEFAULT_INSTANCE) != 0)
    {
      postern_proc_parser_fail (self,
                                g_strdup (_ ("Only instances of “UPOPMAIL” can be made here.")));
      return;
    }
  if (!postern_proc_parser_next (self) || !postern_proc_parser_expect (self, ",") ||
      (instance = read_instance (self)) == NULL)
    return;
  g_hash_table_add (self->instances, g_strdup (instance));
  postern_proc_parser_next (self);
  statement = postern_proc_parser_add (self, POSTERN_PROC_NEW_INSTANCE, line);
  if (statement != NULL)
    statement->instance = g_steal_pointer (&instance);
}

static void
read_delete_instance (PosternProcParser *self, guint line)
{
  g_autofree char *instance = read_instance (self);
  PosternProcStatement *statement;

  if (instance == NULL || !is_known (self, instance))
    return;
  postern_proc_parser_next (self);
  statement = postern_proc_parser_add (self, POSTERN_PROC_DELETE_INSTANCE, line);
  if (statement != NULL)
    statement->instance = g_steal_pointer (&instance);
}

/* --- Conditions --- */

static gboolean
read_condition (PosternProcParser *self, PosternProcStatement *statement)
{
  gboolean negative;

  if (!postern_proc_parser_expect (self, "("))
    return FALSE;
  if (!postern_proc_parser_is_word (self, "$status"))
    return postern_proc_parser_fail (
      self, g_strdup (_ ("Only $status can be compared here, with a number.")));
  if (!postern_proc_parser_next (self))
    return FALSE;
  if (self->token.kind != POSTERN_PROC_SIGN || strpbrk (self->token.text, "<>=!") == NULL ||
      strcmp (self->token.text, "!") == 0)
    return postern_proc_parser_fail (self,
                                     g_strdup (_ ("Here a comparison is expected, such as “<”.")));
  g_strlcpy (statement->comparison, self->token.text, sizeof statement->comparison);
  if (!postern_proc_parser_next (self))
    return FALSE;
  negative = postern_proc_parser_is_sign (self, "-");
  if (negative && !postern_proc_parser_next (self))
    return FALSE;
  if (self->token.kind != POSTERN_PROC_NUMBER || strlen (self->token.text) > 9)
    return postern_proc_parser_fail (
      self, g_strdup (_ ("Only $status can be compared here, with a number.")));
  statement->number = g_ascii_strtoll (self->token.text, NULL, 10) * (negative ? -1 : 1);
  return postern_proc_parser_next (self) && postern_proc_parser_expect (self, ")");
}

static Block *
last_block (PosternProcParser *self)
{
  return self->blocks->len > 0 ? self->blocks->pdata[self->blocks->len - 1] : NULL;
}

static void
set_jump (PosternProcParser *self, guint index)
{
  PosternProcStatement *statement = self->script->statements->pdata[index];

  statement->jump = self->script->statements->len;
}

static void
end_block (PosternProcParser *self)
{
  Block *block = last_block (self);

  if (block->condition >= 0)
    set_jump (self, (guint) block->condition);
  for (guint i = 0; i < block->leaves->len; i++)
    set_jump (self, g_array_index (block->leaves, guint, i));
  g_ptr_array_remove_index (self->blocks, self->blocks->len - 1);
}

/* The condition of @block, from "(" on. */
static void
read_branch (PosternProcParser *self, Block *block, guint line)
{
  guint index = self->script->statements->len;
  PosternProcStatement *statement = postern_proc_parser_add (self, POSTERN_PROC_IF, line);

  if (statement == NULL)
    return;
  block->condition = (int) index;
  read_condition (self, statement);
}

static void
read_statement (PosternProcParser *self);

/* if (…) with its statement on the same line, or with an endif later. */
static void
read_if (PosternProcParser *self, guint line)
{
  Block *block;

  if (self->blocks->len >= MAX_DEPTH)
    {
      self->n_dropped_blocks++;
      postern_proc_parser_fail (
        self, g_strdup_printf (_ ("More than %d conditions in each other."), MAX_DEPTH));
      return;
    }
  block = g_new0 (Block, 1);
  block->condition = -1;
  block->leaves = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (self->blocks, block);
  read_branch (self, block, line);
  if (self->failed || postern_proc_parser_is_line_end (self))
    return;

  block->one_line = TRUE;
  read_statement (self);
  if (last_block (self) == block)
    end_block (self);
}

/* The word itself is at fault, which is behind the token at hand. */
static gboolean
fail_alone (PosternProcParser *self, guint line, guint column)
{
  self->token.line = line;
  self->token.column = column;
  return postern_proc_parser_fail (self, g_strdup (_ ("There is no “if” that this belongs to.")));
}

/* What is done before it leads to the end of all. */
static gboolean
leave_branch (PosternProcParser *self, guint line, guint column)
{
  Block *block = last_block (self);
  guint index = self->script->statements->len;

  if (block == NULL || block->condition < 0 || block->one_line)
    return fail_alone (self, line, column);
  if (postern_proc_parser_add (self, POSTERN_PROC_JUMP, line) == NULL)
    return FALSE;
  g_array_append_val (block->leaves, index);
  set_jump (self, (guint) block->condition);
  block->condition = -1;
  return TRUE;
}

static void
read_else (PosternProcParser *self, guint line, guint column, gboolean condition)
{
  if (!leave_branch (self, line, column))
    return;
  if (condition)
    read_branch (self, last_block (self), line);
}

static void
read_endif (PosternProcParser *self, guint line, guint column)
{
  if (self->n_dropped_blocks > 0)
    self->n_dropped_blocks--;
  else if (last_block (self) == NULL || last_block (self)->one_line)
    fail_alone (self, line, column);
  else
    end_block (self);
}

/* --- What is passed over --- */

static void
pass_over (PosternProcParser *self, guint line, guint column, const char *word)
{
  g_autofree char *name = postern_proc_parser_quote (word);

  postern_proc_parser_say (
    self, FALSE, line, column,
    g_strdup_printf (_ ("“%s” is passed over: it changes nothing here."), name));
}

/* A block of declarations, up to its end. */
static void
skip_declarations (PosternProcParser *self, const char *end)
{
  while (self->token.kind != POSTERN_PROC_END && !postern_proc_parser_is_word (self, end))
    if (!postern_proc_parser_next (self))
      return;
  if (self->token.kind == POSTERN_PROC_END)
    postern_proc_parser_fail (self, g_strdup_printf (_ ("“%s” is missing."), end));
  else
    postern_proc_parser_next (self);
}

static gboolean
is_harmless (const char *word)
{
  static const char *const words[] = { "putmess", "message", "clrmess", "operation",
                                       "entry",   "trigger", "end",     "public",
                                       "partner", "debug",   "nodebug", "endtrigger" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (words[i], word) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_return (const char *word)
{
  return g_ascii_strcasecmp (word, "return") == 0 || g_ascii_strcasecmp (word, "exit") == 0 ||
         g_ascii_strcasecmp (word, "done") == 0;
}

/* NAME = …: no argument is a variable, so it decides nothing; that of a literal is kept for an
 * argument that goes in and out. */
static void
read_assignment (PosternProcParser *self, const char *name)
{
  g_autofree char *key = g_ascii_strup (name, -1);
  g_autofree char *value = NULL;
  const PosternProcToken *token;

  g_hash_table_remove (self->constants, key);
  if (!postern_proc_lexer_next (self->lexer, &token, NULL) || token->kind != POSTERN_PROC_STRING)
    return;
  value = g_strdup (token->text);
  if (!postern_proc_lexer_next (self->lexer, &token, NULL))
    return;
  self->token = *token;
  if (postern_proc_parser_is_line_end (self) &&
      g_hash_table_size (self->constants) < POSTERN_PROC_MAX_STATEMENTS)
    g_hash_table_replace (self->constants, g_steal_pointer (&key), g_steal_pointer (&value));
}

static void
read_other (PosternProcParser *self, guint line, guint column, const char *word)
{
  g_autofree char *name = NULL;

  if (*word != '$' && postern_proc_parser_is_sign (self, "="))
    {
      pass_over (self, line, column, word);
      read_assignment (self, word);
      postern_proc_parser_skip (self);
      return;
    }
  self->token.line = line;
  self->token.column = column;
  name = postern_proc_parser_quote (word);
  postern_proc_parser_fail (
    self, g_strdup_printf (_ ("“%s” cannot be run here: only activations of UPOPMAIL, “if” on "
                              "$status and “return”."),
                           name));
}

/* --- All of it --- */

/* Where the first @length bytes of @text end. */
static void
find_place (const char *text, gsize length, guint *line, guint *column)
{
  const char *start = text;

  *line = 1;
  for (const char *p = text; p < text + length; p++)
    if (*p == '\n')
      {
        ++*line;
        start = p + 1;
      }
  *column = (guint) g_utf8_strlen (start, text + length - start) + 1;
}

/* Before anything of it is read. */
static gboolean
check_text (PosternProcParser *self, const char *text, gsize length)
{
  const char *end = text;
  guint line = 1, column = 1;

  if (length > POSTERN_PROC_MAX_SCRIPT)
    postern_proc_parser_say (self, TRUE, 1, 1, g_strdup (_ ("The script is too long.")));
  else if (!g_utf8_validate (text, (gssize) length, &end))
    {
      find_place (text, (gsize) (end - text), &line, &column);
      postern_proc_parser_say (self, TRUE, line, column, g_strdup (_ ("The script is not UTF-8.")));
    }

  return self->script->n_errors == 0;
}

static void
read_keyword (PosternProcParser *self, guint line, guint column, const char *word)
{
  if (g_ascii_strcasecmp (word, "activate") == 0)
    read_activate (self, line);
  else if (g_ascii_strcasecmp (word, "newinstance") == 0 ||
           g_ascii_strcasecmp (word, "new_instance") == 0)
    read_new_instance (self, line);
  else if (g_ascii_strcasecmp (word, "deleteinstance") == 0 ||
           g_ascii_strcasecmp (word, "delete_instance") == 0)
    read_delete_instance (self, line);
  else if (g_ascii_strcasecmp (word, "if") == 0)
    read_if (self, line);
  else if (g_ascii_strcasecmp (word, "elseif") == 0)
    read_else (self, line, column, TRUE);
  else if (g_ascii_strcasecmp (word, "else") == 0)
    read_else (self, line, column, FALSE);
  else if (g_ascii_strcasecmp (word, "endif") == 0)
    read_endif (self, line, column);
  else if (g_ascii_strcasecmp (word, "variables") == 0)
    skip_declarations (self, "endvariables");
  else if (g_ascii_strcasecmp (word, "params") == 0)
    skip_declarations (self, "endparams");
  else
    read_other (self, line, column, word);
}

static void
read_statement (PosternProcParser *self)
{
  guint line = self->token.line;
  guint column = self->token.column;
  g_autofree char *word = NULL;

  if (self->token.kind != POSTERN_PROC_WORD)
    {
      postern_proc_parser_fail (self, g_strdup (_ ("Here a statement is expected.")));
      return;
    }
  word = g_strdup (self->token.text);
  if (is_harmless (word) || is_return (word))
    {
      if (is_return (word))
        postern_proc_parser_add (self, POSTERN_PROC_RETURN, line);
      else
        pass_over (self, line, column, word);
      postern_proc_parser_skip (self);
      return;
    }
  if (!postern_proc_parser_next (self))
    return;
  read_keyword (self, line, column, word);
  if (!self->failed && !postern_proc_parser_is_line_end (self))
    postern_proc_parser_fail (self, g_strdup (_ ("The statement goes on after its end.")));
}

/* To the end of the line; what is wrong with the rest of it is not told. */
static void
recover (PosternProcParser *self)
{
  self->failed = TRUE;
  while (!postern_proc_parser_is_line_end (self))
    postern_proc_parser_next (self);
  self->failed = FALSE;
}

static void
read_lines (PosternProcParser *self)
{
  do
    {
      postern_proc_parser_next (self);
      if (!self->failed && !postern_proc_parser_is_line_end (self))
        read_statement (self);
      recover (self);
    }
  while (self->token.kind != POSTERN_PROC_END &&
         self->script->n_errors < POSTERN_PROC_MAX_MESSAGES);
  if (self->blocks->len > 0)
    postern_proc_parser_fail (self, g_strdup (_ ("“endif” is missing.")));
}

/**
 * postern_proc_script_parse:
 * @text: ProcScript, UTF-8; the caller wipes it
 * @length: in bytes, at most %POSTERN_PROC_MAX_SCRIPT
 *
 * Returns: (transfer full): what is in it; nothing may be run while there are errors
 */
PosternProcScript *
postern_proc_script_parse (const char *text, gsize length)
{
  PosternProcScript *script = g_new0 (PosternProcScript, 1);
  PosternProcParser self = { .script = script };

  script->statements = g_ptr_array_new_with_free_func ((GDestroyNotify) statement_free);
  script->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) message_free);
  if (!check_text (&self, text, length))
    return script;

  self.lexer = postern_proc_lexer_new (text, length);
  self.instances = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.constants = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self.blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) block_free);
  read_lines (&self);
  g_ptr_array_unref (self.blocks);
  g_hash_table_unref (self.constants);
  g_hash_table_unref (self.instances);
  postern_proc_lexer_free (self.lexer);
  return script;
}
