/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-expression.h"

#include "model/postern-error.h"
#include "runtime/postern-asn-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_DIGITS 18 /* they fit into 64 bits */

typedef struct
{
  const char *start;
  const char *p;
  const char *end;
  PosternAsnLogical logical;
  gpointer data;
  guint depth;
  guint n_operands;
  const char *fault;
  GError **error;
} Parser;

static char *
parse_sum (Parser *self);

static char *
fail (Parser *self, const char *at, const char *message)
{
  self->fault = at;
  g_set_error_literal (self->error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS, message);

  return NULL;
}

static void
skip_blanks (Parser *self)
{
  while (self->p < self->end && (*self->p == ' ' || *self->p == '\t'))
    self->p++;
}

static char
peek (const Parser *self)
{
  return self->p < self->end ? *self->p : '\0';
}

static gboolean
read_number (const char *text, gint64 *number)
{
  const char *digits = *text == '-' ? text + 1 : text;
  gsize n = strspn (digits, "0123456789");

  *number = g_ascii_strtoll (text, NULL, 10);

  return n > 0 && n <= MAX_DIGITS && digits[n] == '\0';
}

static char *
divide (Parser *self, const char *at, char sign, gint64 a, gint64 b)
{
  if (b == 0)
    return fail (self, at, _ ("Division by zero"));
  if (sign == '%' && (a < 0 || b < 0))
    return fail (self, at, _ ("The remainder of a negative number is not documented"));
  if (sign == '%')
    return g_strdup_printf ("%" G_GINT64_FORMAT, a % b);
  if (a % b != 0)
    return fail (self, at, _ ("What a division with a remainder gives is not documented"));

  return g_strdup_printf ("%" G_GINT64_FORMAT, a / b);
}

static char *
calculate (Parser *self, const char *at, char sign, const char *left, const char *right)
{
  gint64 a;
  gint64 b;
  gint64 result = 0;
  gboolean overflow = FALSE;

  if (!read_number (left, &a) || !read_number (right, &b))
    return fail (self, at, _ ("Only whole numbers of at most 18 digits can be calculated with"));

  switch (sign)
    {
    case '+':
      overflow = __builtin_add_overflow (a, b, &result);
      break;
    case '-':
      overflow = __builtin_sub_overflow (a, b, &result);
      break;
    case '*':
      overflow = __builtin_mul_overflow (a, b, &result);
      break;
    default:
      return divide (self, at, sign, a, b);
    }
  if (overflow)
    return fail (self, at, _ ("The number is too large"));

  return g_strdup_printf ("%" G_GINT64_FORMAT, result);
}

/* An index: FALSE where there is none. More than any text has becomes G_MAXINT. */
static gboolean
take_index (Parser *self, gint64 *number)
{
  const char *from = self->p;

  *number = 0;
  for (; g_ascii_isdigit (peek (self)); self->p++)
    *number = MIN (*number * 10 + (*self->p - '0'), G_MAXINT);

  return self->p > from;
}

static char *
take_token (Parser *self, const char *at, const char *text, char separator)
{
  const char separators[] = { separator, '\0' };
  g_auto (GStrv) parts = NULL;
  gint64 index;

  if (!take_index (self, &index))
    return fail (self, self->p, _ ("The index must be a plain number"));
  if (peek (self) != ']')
    return fail (self, self->p, _ ("“]” is missing"));
  self->p++;
  parts = g_strsplit (text, separators, -1);
  if (index < 1 || index > (gint64) g_strv_length (parts))
    return fail (self, at, _ ("There is no part with that index"));

  return g_strdup (parts[index - 1]);
}

/* After "[". */
static char *
take_substring (Parser *self, const char *at, const char *text)
{
  gint64 length = g_utf8_strlen (text, -1);
  gint64 first;
  gint64 last = length;
  char mark;

  if (!take_index (self, &first))
    return fail (self, self->p, _ ("The index must be a plain number"));
  mark = peek (self);
  if (mark == ',' || mark == ':')
    {
      self->p++;
      if (!take_index (self, &last))
        return fail (self, self->p, _ ("The index must be a plain number"));
      if (mark == ':')
        last += first - 1;
    }
  if (peek (self) != ']')
    return fail (self, self->p, _ ("“]” is missing"));
  self->p++;
  if (first < 1 || first > length || last < first || last > length)
    return fail (self, at, _ ("The index is outside of the text"));

  return g_utf8_substring (text, first - 1, last);
}

static char *
take_indices (Parser *self, char *text)
{
  while (text != NULL && peek (self) == '[')
    {
      const char *at = self->p++;
      g_autofree char *whole = text;
      char c = peek (self);

      if (c >= ' ' && c < 0x7f && !g_ascii_isalnum (c) && c != ']' && c != '^')
        {
          self->p++;
          text = take_token (self, at, whole, c);
        }
      else
        text = take_substring (self, at, whole);
    }

  return text;
}

static char *
take_name (Parser *self)
{
  const char *from = self->p;

  while (g_ascii_isalnum (peek (self)) || peek (self) == '_')
    self->p++;

  return g_strndup (from, (gsize) (self->p - from));
}

static char *
take_variable (Parser *self)
{
  const char *at = self->p;
  gboolean environment = peek (self) == '$';
  g_autofree char *name = NULL;
  g_autofree char *message = NULL;
  const char *value;

  if (environment)
    self->p++;
  name = take_name (self);
  if (*name == '\0')
    return fail (self, at, _ ("A number, a logical, “$VARIABLE” or “(” is missing"));
  value = environment ? g_getenv (name) : self->logical (name, self->data);
  if (value == NULL)
    {
      message = g_strdup_printf (environment ? _ ("There is no environment variable “%.64s”")
                                             : _ ("No logical “%.64s” with a value stands before"),
                                 name);
      return fail (self, at, message);
    }
  if (strlen (value) > POSTERN_ASN_EXPRESSION_MAX_LENGTH || !g_utf8_validate (value, -1, NULL))
    return fail (self, at, _ ("The value is too long, or no UTF-8"));

  return g_strdup (value);
}

static char *
parse_operand (Parser *self)
{
  const char *at;
  char *inner;

  skip_blanks (self);
  at = self->p;
  if (++self->n_operands > POSTERN_ASN_EXPRESSION_MAX_OPERANDS)
    return fail (self, at, _ ("The expression is too long"));
  if (g_ascii_isdigit (peek (self)))
    {
      while (g_ascii_isdigit (peek (self)))
        self->p++;
      return g_strndup (at, (gsize) (self->p - at));
    }
  if (peek (self) != '(')
    return take_indices (self, take_variable (self));

  self->p++;
  if (++self->depth > POSTERN_ASN_EXPRESSION_MAX_DEPTH)
    return fail (self, at, _ ("Brackets are nested too deeply"));
  inner = parse_sum (self);
  if (inner == NULL)
    return NULL;
  self->depth--;
  if (peek (self) != ')')
    {
      g_free (inner);
      return fail (self, self->p, _ ("“)” is missing"));
    }
  self->p++;

  return take_indices (self, inner);
}

/* Operands with one of @operators between two, from the left to the right. */
static char *
parse_level (Parser *self, const char *operators, char *(*parse) (Parser *self))
{
  char *left = parse (self);

  skip_blanks (self);
  while (left != NULL && peek (self) != '\0' && strchr (operators, peek (self)) != NULL)
    {
      const char *at = self->p++;
      g_autofree char *before = left;
      g_autofree char *right = parse (self);

      left = right != NULL ? calculate (self, at, *at, before, right) : NULL;
      skip_blanks (self);
    }

  return left;
}

static char *
parse_product (Parser *self)
{
  return parse_level (self, "*/%", parse_operand);
}

static char *
parse_sum (Parser *self)
{
  return parse_level (self, "+-", parse_product);
}

/* From "%%(" to its ")". */
static gboolean
expand_one (Parser *self, GString *value)
{
  g_autofree char *result = NULL;

  self->p += strlen ("%%(");
  result = parse_sum (self);
  if (result == NULL)
    return FALSE;
  if (peek (self) != ')')
    return fail (self, self->p, _ ("An operator or “)” is missing")) != NULL;
  self->p++;
  g_string_append (value, result);

  return TRUE;
}

static gboolean
expand (Parser *self, GString *value, GString *beside)
{
  while (self->p < self->end)
    {
      const char *at = self->p;

      if (g_str_has_prefix (at, "%%("))
        {
          if (!expand_one (self, value))
            return FALSE;
        }
      else
        {
          self->p += postern_asn_escaped (at, 1);
          g_string_append_c (value, self->p[-1]);
          g_string_append_len (beside, at, self->p - at);
        }
      if (value->len > POSTERN_ASN_EXPRESSION_MAX_LENGTH)
        return fail (self, at, _ ("The value is too long")) != NULL;
    }

  return TRUE;
}

char *
postern_asn_expression_expand (const char *raw,
                               PosternAsnLogical logical,
                               gpointer data,
                               gboolean *encrypted,
                               gsize *at,
                               GError **error)
{
  Parser self = {
    .start = raw,
    .p = raw,
    .end = raw + strlen (raw),
    .logical = logical,
    .data = data,
    .error = error,
  };
  g_autoptr(GString) value = g_string_new (NULL);
  g_autoptr(GString) beside = g_string_new (NULL);
  gboolean expanded = expand (&self, value, beside);

  if (encrypted != NULL)
    *encrypted = postern_asn_is_encrypted (beside->str);
  if (at != NULL)
    *at = expanded ? 0 : (gsize) (self.fault - raw);

  return expanded ? g_string_free (g_steal_pointer (&value), FALSE) : NULL;
}
