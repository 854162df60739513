/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-proc-script.h"

#include "upopmail/postern-proc-lexer.h"

#include <glib/gi18n.h>
#include <string.h>

#define DEFAULT_INSTANCE "UPOPMAIL"

#define MAX_STATEMENTS 10000
#define MAX_MESSAGES 200
#define MAX_DEPTH 64
#define MAX_ARGUMENTS 8

/* An "if" that has no "endif" yet. */
typedef struct
{
  int condition;  /* the IF whose end is not known, or -1 */
  GArray *leaves; /* guint: jumps to the end */
  gboolean one_line;
} Block;

typedef struct
{
  PosternProcScript *script;
  PosternProcLexer *lexer;
  PosternProcToken token; /* the one at hand; its text is lent */
  gboolean failed;        /* the line at hand */
  GHashTable *instances;  /* names in upper case */
  GHashTable *constants;  /* variables that were given a literal: name → text */
  GPtrArray *blocks;      /* Block */
  guint n_dropped_blocks; /* deeper than is followed */
} Parser;

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

/* --- What is said --- */

static void
add_message (Parser *self, gboolean is_error, guint line, guint column, char *text)
{
  PosternProcMessage *message;

  if (is_error)
    self->script->n_errors++;
  if (self->script->messages->len >= MAX_MESSAGES)
    {
      g_free (text);
      return;
    }
  message = g_new0 (PosternProcMessage, 1);
  message->is_error = is_error;
  message->line = line;
  message->column = column;
  message->text = text;
  g_ptr_array_add (self->script->messages, message);
}

/* Once a line: what follows from it is not told. Takes @text. */
static gboolean
fail (Parser *self, char *text)
{
  if (!self->failed)
    add_message (self, TRUE, self->token.line, self->token.column, text);
  else
    g_free (text);
  self->failed = TRUE;
  return FALSE;
}

static char *
quote (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return g_utf8_strlen (valid, -1) > 40 ? g_utf8_substring (valid, 0, 40)
                                        : g_steal_pointer (&valid);
}

/* --- Tokens --- */

static gboolean
next (Parser *self)
{
  const PosternProcToken *token;
  g_autoptr(GError) error = NULL;
  gboolean read = postern_proc_lexer_next (self->lexer, &token, &error);

  self->token = *token;
  if (read)
    return TRUE;

  /* Where it goes on is not known: the rest of the line is left out. */
  fail (self, g_strdup (error->message));
  postern_proc_lexer_skip_line (self->lexer);
  self->token.kind = POSTERN_PROC_SIGN;
  self->token.text = (char *) "";
  return FALSE;
}

static gboolean
is_sign (Parser *self, const char *sign)
{
  return self->token.kind == POSTERN_PROC_SIGN && strcmp (self->token.text, sign) == 0;
}

static gboolean
is_word (Parser *self, const char *word)
{
  return self->token.kind == POSTERN_PROC_WORD && g_ascii_strcasecmp (self->token.text, word) == 0;
}

static gboolean
is_line_end (Parser *self)
{
  return self->token.kind == POSTERN_PROC_LINE_END || self->token.kind == POSTERN_PROC_END;
}

static gboolean
expect (Parser *self, const char *sign)
{
  if (!is_sign (self, sign))
    return fail (self, g_strdup_printf (_ ("Here “%s” is expected."), sign));
  return next (self);
}

/* What the statement holds is of no interest, so it need not be sound. */
static void
skip_statement (Parser *self)
{
  if (is_line_end (self))
    return;
  postern_proc_lexer_skip_statement (self->lexer);
  next (self);
}

/* --- Statements --- */

static PosternProcStatement *
add_statement (Parser *self, PosternProcStatementKind kind, guint line)
{
  PosternProcStatement *statement;

  if (self->script->statements->len >= MAX_STATEMENTS)
    {
      fail (self, g_strdup_printf (_ ("The script has more than %d statements."), MAX_STATEMENTS));
      return NULL;
    }
  statement = g_new0 (PosternProcStatement, 1);
  statement->kind = kind;
  statement->line = line;
  g_ptr_array_add (self->script->statements, statement);
  return statement;
}

/* A variable or field, "FIELD.ENTITY.MODEL". */
static char *
read_name (Parser *self)
{
  g_autoptr(GString) name = g_string_new (NULL);

  while (self->token.kind == POSTERN_PROC_WORD)
    {
      g_string_append (name, self->token.text);
      if (!next (self) || !is_sign (self, "."))
        break;
      g_string_append_c (name, '.');
      if (!next (self))
        break;
    }
  return g_steal_pointer (&name->str);
}

static gboolean
fail_variable (Parser *self, const PosternUpopmailOperation *operation, guint index)
{
  g_autofree char *name = quote (self->token.text);

  return fail (self, g_strdup_printf (_ ("Argument %u of %s is the variable or expression “%s”; "
                                         "only literal arguments can be run."),
                                      index + 1, operation->name, name));
}

/* Text, or a number with a sign. */
static gboolean
read_literal (Parser *self,
              const PosternUpopmailOperation *operation,
              guint index,
              GPtrArray *arguments)
{
  gboolean negative = is_sign (self, "-");
  const char *known = NULL;

  if (negative && !next (self))
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
             : fail (self, g_strdup (_ ("Here an argument is expected.")));

  if (known != NULL)
    g_ptr_array_add (arguments, g_strdup (known));
  else
    g_ptr_array_add (arguments, g_strconcat (negative ? "-" : "", self->token.text, NULL));
  if (!next (self))
    return FALSE;
  if (!is_sign (self, ",") && !is_sign (self, ")"))
    return self->token.kind == POSTERN_PROC_SIGN ? fail_variable (self, operation, index)
                                                 : expect (self, ")");
  return TRUE;
}

static gboolean
read_argument (Parser *self,
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
    return fail (self,
                 g_strdup_printf (_ ("Argument %u of %s is given back: name a variable or field."),
                                  index + 1, operation->name));
  name = read_name (self);
  g_strv_builder_add (names, name);
  g_ptr_array_add (arguments, g_strdup (""));
  return !self->failed;
}

/* From "(" to ")". */
static gboolean
read_arguments (Parser *self,
                const PosternUpopmailOperation *operation,
                GPtrArray *arguments,
                GStrvBuilder *names)
{
  guint n_most = (guint) strlen (operation->directions);

  if (!expect (self, "("))
    return FALSE;
  while (!is_sign (self, ")"))
    {
      if (arguments->len == n_most || arguments->len == MAX_ARGUMENTS)
        return fail (
          self, g_strdup_printf (_ ("%s has no more than %u arguments."), operation->name, n_most));
      if (!read_argument (self, operation, arguments->len, arguments, names))
        return FALSE;
      if (is_sign (self, ",") && (!next (self) || is_sign (self, ")")))
        return fail (self, g_strdup (_ ("Here an argument is expected.")));
    }
  if (arguments->len < operation->n_needed)
    return fail (self, g_strdup_printf (_ ("%s needs %u arguments, and has %u here."),
                                        operation->name, operation->n_needed, arguments->len));
  return next (self);
}

static const PosternUpopmailOperation *
read_operation (Parser *self)
{
  const PosternUpopmailOperation *operation;
  g_autofree char *name = NULL;

  if (self->token.kind != POSTERN_PROC_WORD)
    {
      fail (self, g_strdup (_ ("Here the name of an operation is expected.")));
      return NULL;
    }
  operation = postern_upopmail_operation_find (self->token.text);
  if (operation != NULL)
    return operation;

  name = quote (self->token.text);
  fail (self, postern_upopmail_operation_is_left_out (self->token.text)
                ? g_strdup_printf (_ ("“%s” is not in this version: messages are listed, and not "
                                      "fetched or deleted."),
                                   name)
                : g_strdup_printf (_ ("UPOPMAIL has no operation “%s”."), name));
  return NULL;
}

/* The name of an instance, in quotation marks. */
static char *
read_instance (Parser *self)
{
  char *name;

  if (self->token.kind != POSTERN_PROC_STRING)
    {
      fail (self, g_strdup (_ ("Here the name of an instance is expected, in quotation marks.")));
      return NULL;
    }
  name = g_ascii_strup (self->token.text, -1);
  return name;
}

static gboolean
is_known (Parser *self, const char *instance)
{
  g_autofree char *name = NULL;

  if (strcmp (instance, DEFAULT_INSTANCE) == 0 || g_hash_table_contains (self->instances, instance))
    return TRUE;

  name = quote (instance);
  return fail (self, g_strdup_printf (_ ("There is no instance “%s” of UPOPMAIL."), name));
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
read_activate (Parser *self, guint line)
{
  g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func (free_secret_text);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_autofree char *instance = read_instance (self);
  const PosternUpopmailOperation *operation;
  PosternProcStatement *statement;

  if (instance == NULL || !is_known (self, instance) || !next (self) || !expect (self, "."))
    return;
  operation = read_operation (self);
  if (operation == NULL || !next (self) || !read_arguments (self, operation, arguments, names))
    return;

  statement = add_statement (self, POSTERN_PROC_CALL, line);
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
read_new_instance (Parser *self, guint line)
{
  g_autofree char *component = read_instance (self);
  g_autofree char *instance = NULL;
  PosternProcStatement *statement;

  if (component == NULL)
    return;
  if (strcmp (component, DEFAULT_INSTANCE) != 0)
    {
      fail (self, g_strdup (_ ("Only instances of “UPOPMAIL” can be made here.")));
      return;
    }
  if (!next (self) || !expect (self, ",") || (instance = read_instance (self)) == NULL)
    return;
  g_hash_table_add (self->instances, g_strdup (instance));
  next (self);
  statement = add_statement (self, POSTERN_PROC_NEW_INSTANCE, line);
  if (statement != NULL)
    statement->instance = g_steal_pointer (&instance);
}

static void
read_delete_instance (Parser *self, guint line)
{
  g_autofree char *instance = read_instance (self);
  PosternProcStatement *statement;

  if (instance == NULL || !is_known (self, instance))
    return;
  next (self);
  statement = add_statement (self, POSTERN_PROC_DELETE_INSTANCE, line);
  if (statement != NULL)
    statement->instance = g_steal_pointer (&instance);
}

/* --- Conditions --- */

static gboolean
read_condition (Parser *self, PosternProcStatement *statement)
{
  gboolean negative;

  if (!expect (self, "("))
    return FALSE;
  if (!is_word (self, "$status"))
    return fail (self, g_strdup (_ ("Only $status can be compared here, with a number.")));
  if (!next (self))
    return FALSE;
  if (self->token.kind != POSTERN_PROC_SIGN || strpbrk (self->token.text, "<>=!") == NULL ||
      strcmp (self->token.text, "!") == 0)
    return fail (self, g_strdup (_ ("Here a comparison is expected, such as “<”.")));
  g_strlcpy (statement->comparison, self->token.text, sizeof statement->comparison);
  if (!next (self))
    return FALSE;
  negative = is_sign (self, "-");
  if (negative && !next (self))
    return FALSE;
  if (self->token.kind != POSTERN_PROC_NUMBER || strlen (self->token.text) > 9)
    return fail (self, g_strdup (_ ("Only $status can be compared here, with a number.")));
  statement->number = g_ascii_strtoll (self->token.text, NULL, 10) * (negative ? -1 : 1);
  return next (self) && expect (self, ")");
}

static Block *
last_block (Parser *self)
{
  return self->blocks->len > 0 ? self->blocks->pdata[self->blocks->len - 1] : NULL;
}

static void
set_jump (Parser *self, guint index)
{
  PosternProcStatement *statement = self->script->statements->pdata[index];

  statement->jump = self->script->statements->len;
}

static void
end_block (Parser *self)
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
read_branch (Parser *self, Block *block, guint line)
{
  guint index = self->script->statements->len;
  PosternProcStatement *statement = add_statement (self, POSTERN_PROC_IF, line);

  if (statement == NULL)
    return;
  block->condition = (int) index;
  read_condition (self, statement);
}

static void
read_statement (Parser *self);

/* if (…) with its statement on the same line, or with an endif later. */
static void
read_if (Parser *self, guint line)
{
  Block *block;

  if (self->blocks->len >= MAX_DEPTH)
    {
      self->n_dropped_blocks++;
      fail (self, g_strdup_printf (_ ("More than %d conditions in each other."), MAX_DEPTH));
      return;
    }
  block = g_new0 (Block, 1);
  block->condition = -1;
  block->leaves = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (self->blocks, block);
  read_branch (self, block, line);
  if (self->failed || is_line_end (self))
    return;

  block->one_line = TRUE;
  read_statement (self);
  if (last_block (self) == block)
    end_block (self);
}

/* What is done before it leads to the end of all. */
static gboolean
leave_branch (Parser *self, guint line)
{
  Block *block = last_block (self);
  guint index = self->script->statements->len;

  if (block == NULL || block->condition < 0 || block->one_line)
    return fail (self, g_strdup (_ ("There is no “if” that this belongs to.")));
  if (add_statement (self, POSTERN_PROC_JUMP, line) == NULL)
    return FALSE;
  g_array_append_val (block->leaves, index);
  set_jump (self, (guint) block->condition);
  block->condition = -1;
  return TRUE;
}

static void
read_else (Parser *self, guint line, gboolean condition)
{
  if (!leave_branch (self, line))
    return;
  if (condition)
    read_branch (self, last_block (self), line);
}

static void
read_endif (Parser *self)
{
  if (self->n_dropped_blocks > 0)
    self->n_dropped_blocks--;
  else if (last_block (self) == NULL || last_block (self)->one_line)
    fail (self, g_strdup (_ ("There is no “if” that this belongs to.")));
  else
    end_block (self);
}

/* --- What is passed over --- */

static void
pass_over (Parser *self, guint line, guint column, const char *word)
{
  g_autofree char *name = quote (word);

  add_message (self, FALSE, line, column,
               g_strdup_printf (_ ("“%s” is passed over: it changes nothing here."), name));
}

/* A block of declarations, up to its end. */
static void
skip_declarations (Parser *self, const char *end)
{
  while (self->token.kind != POSTERN_PROC_END && !is_word (self, end))
    if (!next (self))
      return;
  if (self->token.kind == POSTERN_PROC_END)
    fail (self, g_strdup_printf (_ ("“%s” is missing."), end));
  else
    next (self);
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
read_assignment (Parser *self, const char *name)
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
  if (is_line_end (self) && g_hash_table_size (self->constants) < MAX_STATEMENTS)
    g_hash_table_replace (self->constants, g_steal_pointer (&key), g_steal_pointer (&value));
}

static void
read_other (Parser *self, guint line, guint column, const char *word)
{
  g_autofree char *name = NULL;

  if (*word != '$' && is_sign (self, "="))
    {
      pass_over (self, line, column, word);
      read_assignment (self, word);
      skip_statement (self);
      return;
    }
  self->token.line = line;
  self->token.column = column;
  name = quote (word);
  fail (self, g_strdup_printf (_ ("“%s” cannot be run here: only activations of UPOPMAIL, “if” on "
                                  "$status and “return”."),
                               name));
}

/* --- All of it --- */

static void
read_keyword (Parser *self, guint line, guint column, const char *word)
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
    read_else (self, line, TRUE);
  else if (g_ascii_strcasecmp (word, "else") == 0)
    read_else (self, line, FALSE);
  else if (g_ascii_strcasecmp (word, "endif") == 0)
    read_endif (self);
  else if (g_ascii_strcasecmp (word, "variables") == 0)
    skip_declarations (self, "endvariables");
  else if (g_ascii_strcasecmp (word, "params") == 0)
    skip_declarations (self, "endparams");
  else
    read_other (self, line, column, word);
}

static void
read_statement (Parser *self)
{
  guint line = self->token.line;
  guint column = self->token.column;
  g_autofree char *word = NULL;

  if (self->token.kind != POSTERN_PROC_WORD)
    {
      fail (self, g_strdup (_ ("Here a statement is expected.")));
      return;
    }
  word = g_strdup (self->token.text);
  if (is_harmless (word) || is_return (word))
    {
      if (is_return (word))
        add_statement (self, POSTERN_PROC_RETURN, line);
      else
        pass_over (self, line, column, word);
      skip_statement (self);
      return;
    }
  if (!next (self))
    return;
  read_keyword (self, line, column, word);
  if (!self->failed && !is_line_end (self))
    fail (self, g_strdup (_ ("The statement goes on after its end.")));
}

/* To the end of the line; what is wrong with the rest of it is not told. */
static void
recover (Parser *self)
{
  self->failed = TRUE;
  while (!is_line_end (self))
    next (self);
  self->failed = FALSE;
}

static void
read_lines (Parser *self)
{
  do
    {
      next (self);
      if (!self->failed && !is_line_end (self))
        read_statement (self);
      recover (self);
    }
  while (self->token.kind != POSTERN_PROC_END && self->script->n_errors < MAX_MESSAGES);
  if (self->blocks->len > 0)
    fail (self, g_strdup (_ ("“endif” is missing.")));
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
  Parser self = { .script = script };

  script->statements = g_ptr_array_new_with_free_func ((GDestroyNotify) statement_free);
  script->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) message_free);
  if (length > POSTERN_PROC_MAX_SCRIPT || !g_utf8_validate (text, (gssize) length, NULL))
    {
      add_message (&self, TRUE, 1, 1,
                   g_strdup (length > POSTERN_PROC_MAX_SCRIPT ? _ ("The script is too long.")
                                                              : _ ("The script is not UTF-8.")));
      return script;
    }

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
