/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-asn-expression.h"

#include <string.h>

static const char *
logical (const char *name, gpointer data)
{
  static const struct
  {
    const char *name;
    const char *value;
  } rows[] = {
    { "a", "7" },         { "b", "-3" },          { "path", "C:\\Program\\3.0.4" },
    { "word", "wörter" }, { "zeros", "007" },     { "empty", "" },
    { "expr", "%%(a)" },  { "words", "one two" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (g_ascii_strcasecmp (rows[i].name, name) == 0)
        return rows[i].value;
    }

  return NULL;
}

static void
test_values (void)
{
  static const struct
  {
    const char *raw;
    const char *value;
  } rows[] = {
    { "", "" },
    { "plain ^; text", "plain ; text" },
    { "%%(a)", "7" },
    { "x%%( A )y%%(a)z", "x7y7z" },
    { "%%(2+3)", "5" },
    { "%%(a-9)", "-2" },
    { "%%(2*3)", "6" },
    { "%%(6/3)", "2" },
    { "%%(7%4)", "3" },
    { "%%(2+3*4)", "14" },
    { "%%((2+3)*4)", "20" },
    { "%%(20-5-4)", "11" },
    { "%%(24/4/2)", "3" },
    { "%%(b*b)", "9" },
    { "%%(b/3)", "-1" },
    { "%%(zeros)", "007" },
    { "%%(zeros+1)", "8" },
    { "%%(999999999999999999)", "999999999999999999" },
    { "%%(word[2,3])", "ör" },
    { "%%(word[2:3])", "ört" },
    { "%%(word[5])", "er" },
    { "%%(word[6,6])", "r" },
    { "%%(path[\\1])", "C:" },
    { "%%(path[\\3][.2])", "0" },
    { "%%(words[ 2])", "two" },
    { "%%((path[\\3])[1,1]+1)", "4" },
    { "%%($POSTERN_TEST)", "from outside" },
    { "%%($POSTERN_TEST[ 1])", "from" },
    { "^%%(a)", "%%(a)" },
    { "%^%(a)", "%%(a)" },
    { "%(a)", "%(a)" },
    { "%%(expr)", "%%(a)" },
  };

  g_setenv ("POSTERN_TEST", "from outside", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      gboolean encrypted = TRUE;
      g_autofree char *value =
        postern_asn_expression_expand (rows[i].raw, logical, NULL, &encrypted, NULL, &error);

      g_test_message ("%s", rows[i].raw);
      g_assert_no_error (error);
      g_assert_cmpstr (value, ==, rows[i].value);
      g_assert_false (encrypted);
    }
}

static void
test_faults (void)
{
  static const struct
  {
    const char *raw;
    guint at;
  } rows[] = {
    { "%%(", 3 },
    { "%%()", 3 },
    { "%%(a", 4 },
    { "x %%(nosuch)", 5 },
    { "%%($POSTERN_NONE)", 3 },
    { "%%($)", 3 },
    { "%%(1/0)", 4 },
    { "%%(1%0)", 4 },
    { "%%(7/2)", 4 },
    { "%%(b%2)", 4 },
    { "%%(1+word)", 4 },
    { "%%(empty*1)", 8 },
    { "%%(1+)", 5 },
    { "%%(-1)", 3 },
    { "%%(1 2)", 5 },
    { "%%(1.5)", 4 },
    { "%%(\"text\")", 3 },
    { "%%((a)", 6 },
    { "%%(1000000000000000000+1)", 22 },
    { "%%(999999999999999999*999999999999999999)", 21 },
    { "%%(word[0])", 7 },
    { "%%(word[7])", 7 },
    { "%%(word[3,2])", 7 },
    { "%%(word[1,7])", 7 },
    { "%%(word[4:4])", 7 },
    { "%%(word[1:0])", 7 },
    { "%%(word[99999999999999999999999])", 7 },
    { "%%(word[a])", 8 },
    { "%%(word[])", 8 },
    { "%%(word[1,)", 10 },
    { "%%(word[1)", 9 },
    { "%%(path[\\4])", 7 },
    { "%%(path[\\0])", 7 },
    { "%%(empty[,1])", 8 },
    { "%%(path[\\])", 9 },
    { "%%(path[^^1])", 8 },
    { "%%((((((((((((((((((1))))))))))))))))))", 19 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      gsize at = 0;
      g_autofree char *value =
        postern_asn_expression_expand (rows[i].raw, logical, NULL, NULL, &at, &error);

      g_test_message ("%s", rows[i].raw);
      g_assert_null (value);
      g_assert_nonnull (error);
      g_assert_cmpuint (at, ==, rows[i].at);
    }
}

/* Encrypted text beside an expression stays what it is; brackets in one are none. */
static void
test_encrypted (void)
{
  gboolean encrypted = FALSE;
  g_autofree char *beside =
    postern_asn_expression_expand ("%%(a)(!00!)", logical, NULL, &encrypted, NULL, NULL);
  g_autofree char *within = NULL;

  g_assert_cmpstr (beside, ==, "7(!00!)");
  g_assert_true (encrypted);
  within = postern_asn_expression_expand ("%%((a))", logical, NULL, &encrypted, NULL, NULL);
  g_assert_false (encrypted);
  g_assert_cmpstr (within, ==, "7");
}

static const char *
long_logical (const char *name, gpointer data)
{
  return data;
}

static void
test_bounds (void)
{
  g_autofree char *max = g_strnfill (POSTERN_ASN_EXPRESSION_MAX_LENGTH, 'x');
  g_autofree char *more = g_strconcat (max, "x", NULL);
  g_autoptr(GString) sum = g_string_new ("%%(1");
  g_autofree char *fits =
    postern_asn_expression_expand ("%%(a)", long_logical, max, NULL, NULL, NULL);

  g_assert_cmpstr (fits, ==, max);
  g_assert_null (postern_asn_expression_expand ("%%(a)y", long_logical, max, NULL, NULL, NULL));
  g_assert_null (postern_asn_expression_expand ("%%(a)", long_logical, more, NULL, NULL, NULL));
  g_assert_null (postern_asn_expression_expand (more, logical, NULL, NULL, NULL, NULL));
  for (guint i = 0; i < POSTERN_ASN_EXPRESSION_MAX_OPERANDS; i++)
    g_string_append (sum, "+1");
  g_string_append_c (sum, ')');
  g_assert_null (postern_asn_expression_expand (sum->str, logical, NULL, NULL, NULL, NULL));
}

/* Anything gives a value or a reason at a place within the text. */
static void
test_random (void)
{
  static const char *const units[] = {
    "%%(", "%%(", ")",     "(",     "a",  "b", "path", "word", "$POSTERN_TEST",
    "$",   "[",   "]",     "1",     "0",  "2", "+",    "-",    "*",
    "/",   "%",   ",",     ":",     "\\", "^", " ",    ".",    "ö",
    "]",   ")",   "[\\1]", "[1,2]",
  };
  guint n_values = 0;

  for (guint i = 0; i < 50000; i++)
    {
      g_autoptr(GString) raw = g_string_new (i % 2 == 0 ? "%%(" : NULL);
      g_autoptr(GError) error = NULL;
      g_autofree char *value = NULL;
      gsize at = 0;
      int n = g_test_rand_int_range (0, 12);

      while (n-- > 0)
        g_string_append (raw, units[g_test_rand_int_range (0, G_N_ELEMENTS (units))]);
      value = postern_asn_expression_expand (raw->str, logical, NULL, NULL, &at, &error);
      g_assert_true ((value == NULL) == (error != NULL));
      g_assert_cmpuint (at, <=, raw->len);
      if (value != NULL)
        g_assert_true (g_utf8_validate (value, -1, NULL));
      n_values += value != NULL;
    }
  g_assert_cmpuint (n_values, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/asn-expression/values", test_values);
  g_test_add_func ("/asn-expression/faults", test_faults);
  g_test_add_func ("/asn-expression/encrypted", test_encrypted);
  g_test_add_func ("/asn-expression/bounds", test_bounds);
  g_test_add_func ("/asn-expression/random", test_random);

  return g_test_run ();
}
