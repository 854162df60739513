/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-proc-script.h"

#include <string.h>

#define UP "activate \"UPOPMAIL\"."

/* A script, and what is read of it: a word for each statement, an operation with its arguments
 * between bars; then each error as line:column. */
typedef struct
{
  const char *name;
  const char *script;
  const char *statements;
  const char *errors;
} Case;

static const Case cases[] = {
  /* Literals */
  { "call", UP "SetFrom(\"a@x.test\")", "SetFrom|a@x.test|", "" },
  { "case", "ACTIVATE \"upopmail\".setfrom (\"a\")", "SetFrom|a|", "" },
  { "empty", "", "", "" },
  { "no-arguments", UP "LogoffSMTP()", "LogoffSMTP|", "" },
  { "optional", UP "SetMessageId()", "SetMessageId||", "" },
  { "number", UP "SetPriority(3)", "SetPriority|3|", "" },
  { "negative", UP "SetPriority(-3)", "SetPriority|-3|", "" },
  { "gold",
    UP "SetToList(\"a\x1b"
       "b\")",
    "SetToList|a\x1b"
    "b|",
    "" },
  { "printed-gold", UP "SetToList(\"a·;b;c\")", "SetToList|a·;b;c|", "" },
  { "escapes", UP "SetSubject(\"a%%^b%%\"c%%;d%%%e\")",
    "SetSubject|a\r\nb\"c\x1b"
    "d%e|",
    "" },
  { "percent", UP "SetSubject(\"100 % of\")", "SetSubject|100 % of|", "" },
  { "comment", "; all of it\n" UP "ClearMail() ; the rest\n;", "ClearMail|", "" },
  { "comment-in-string", UP "SetSubject(\"a;b\")", "SetSubject|a;b|", "" },
  { "joined", UP "SetMessage(\"x\", %\\\n   \"\")", "SetMessage|x||", "" },
  { "joined-in-string", UP "SetSubject(\"ab%\\\ncd\")", "SetSubject|abcd|", "" },
  { "crlf", UP "ClearMail()\r\n" UP "ClearMail()\r\n", "ClearMail| ClearMail|", "" },
  { "bom", "\xef\xbb\xbf" UP "ClearMail()", "ClearMail|", "" },

  /* What is given back */
  { "out", UP "GetSMTPResponse(vCode, TEXT.ENTITY.MODEL)", "GetSMTPResponse|||", "" },
  { "out-literal", UP "GetSMTPResponse(\"x\", v)", "", "1:37" },
  { "inout", UP "GetSecurity(1, \"SMTP=\", vInfo)", "GetSecurity|1|SMTP=||", "" },
  { "inout-assigned", "vP = \"POP=\"\n" UP "GetSecurity(1, VP, vInfo)", "GetSecurity|1|POP=||",
    "" },
  { "inout-unknown", UP "GetSecurity(1, vP, vInfo)", "", "1:36" },
  { "inout-forgotten", "vP = \"POP=\"\nvP = x\n" UP "GetSecurity(1, vP, vInfo)", "", "3:36" },

  /* Conditions */
  { "if", "if ($status < 0)\n" UP "ClearMail()\nendif\n" UP "ClearMail()",
    "if<0:2 ClearMail| ClearMail|", "" },
  { "if-line", "if ($status <= -9) return -1\n" UP "ClearMail()", "if<=-9:2 return ClearMail|",
    "" },
  { "if-else", "if ($status != 0)\n" UP "ClearMail()\nelse\n" UP "LogoffSMTP()\nendif",
    "if!=0:3 ClearMail| jump:4 LogoffSMTP|", "" },
  { "elseif",
    "if ($status = 1)\n" UP "ClearMail()\nelseif ($status > 1)\nreturn\nelse\n" UP
    "LogoffSMTP()\nendif\nreturn",
    "if=1:3 ClearMail| jump:7 if>1:6 return jump:7 LogoffSMTP| return", "" },
  { "nested", "if ($status < 0)\nif ($status = -9) return\nendif", "if<0:3 if=-9:3 return", "" },
  { "if-variable", "if (vX < 0)\nendif", "", "1:5" },
  { "if-text", "if ($status < \"0\")\nendif", "", "1:15" },
  { "endif-missing", "if ($status < 0)\n", "", "2:1" },
  { "endif-alone", "endif", "", "1:1" },
  { "else-alone", "else\nendif", "", "1:1 2:1" },

  /* Passed over */
  { "variables", "variables\n string vA\n numeric vB\nendvariables\n" UP "ClearMail()",
    "ClearMail|", "" },
  { "putmess", "putmess \"%%vA and \" + $status\n" UP "ClearMail()", "ClearMail|", "" },
  { "assignment", "vA = \"%%vB\" + 1\n" UP "ClearMail()", "ClearMail|", "" },
  { "operation", "operation exec\n" UP "ClearMail()\nreturn 0\nend", "ClearMail| return", "" },

  /* Instances */
  { "instance",
    "newinstance \"UPOPMAIL\", \"MINE\"\nactivate \"mine\".ClearMail()\n"
    "deleteinstance \"MINE\"",
    "new ClearMail| delete", "" },
  { "instance-unknown", "activate \"MINE\".ClearMail()", "", "1:10" },
  { "instance-other", "newinstance \"OTHER\", \"MINE\"", "", "1:13" },
  { "instance-variable", "activate vInstance.ClearMail()", "", "1:10" },

  /* Errors: each line has one, and the lines after it are read. */
  { "variable", UP "SetFrom(vFrom)", "", "1:29" },
  { "variable-in-string", UP "SetFrom(\"%%vFrom\")", "", "1:30" },
  { "expression", UP "SetFrom(\"a\" + \"b\")", "", "1:33" },
  { "unknown", UP "Frobnicate()", "", "1:21" },
  { "left-out", UP "DeleteMail(1)", "", "1:21" },
  { "too-few", UP "SetMessage(\"x\")", "", "1:35" },
  { "too-many", UP "SetFrom(\"x\",\"y\")", "", "1:33" },
  { "no-end", UP "SetFrom(\"x", "", "1:29" },
  { "no-parenthesis", UP "SetFrom(\"x\"", "", "1:32" },
  { "no-arguments-at-all", UP "SetFrom", "", "1:28" },
  { "comma", UP "SetFrom(\"x\",)", "", "1:33" },
  { "no-end-joined", UP "SetFrom(\"x%\\\ny", "", "1:29" },
  { "rest", UP "ClearMail() x", "ClearMail|", "1:33" },
  { "call-other", "call SOMETHING()", "", "1:1" },
  { "while", "while ($status < 0)\n" UP "ClearMail()\nendwhile", "ClearMail|", "1:1 3:1" },
  { "status-set", "$status = 0", "", "1:1" },
  { "sign", ") x", "", "1:1" },
  { "two", UP "SetFrom(v)\n" UP "ClearMail()\n" UP "X()", "ClearMail|", "1:29 3:21" },
  { "columns", "activate \"UPOPMAIL\".SetMessage(\"äöü\", v)", "", "1:39" },
  { "escape", UP "SetFrom(\"a%%&\")", "", "1:31" },
  { "declarations-open", "variables\nstring x", "", "2:9" },
};

static void
describe (GString *text, const PosternProcStatement *statement)
{
  if (text->len > 0)
    g_string_append_c (text, ' ');
  switch (statement->kind)
    {
    case POSTERN_PROC_CALL:
      g_string_append_printf (text, "%s|", statement->call->operation->name);
      for (guint i = 0; statement->call->arguments[i] != NULL; i++)
        g_string_append_printf (text, "%s|", statement->call->arguments[i]);
      break;
    case POSTERN_PROC_IF:
      g_string_append_printf (text, "if%s%d:%u", statement->comparison, (int) statement->number,
                              statement->jump);
      break;
    case POSTERN_PROC_JUMP:
      g_string_append_printf (text, "jump:%u", statement->jump);
      break;
    case POSTERN_PROC_RETURN:
      g_string_append (text, "return");
      break;
    case POSTERN_PROC_NEW_INSTANCE:
      g_string_append (text, "new");
      break;
    case POSTERN_PROC_DELETE_INSTANCE:
    default:
      g_string_append (text, "delete");
    }
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr(PosternProcScript) script =
               postern_proc_script_parse (test->script, strlen (test->script));
  g_autoptr(GString) statements = g_string_new (NULL);
  g_autoptr(GString) errors = g_string_new (NULL);
  guint n_errors = 0;

  for (guint i = 0; i < script->statements->len; i++)
    describe (statements, script->statements->pdata[i]);
  for (guint i = 0; i < script->messages->len; i++)
    {
      const PosternProcMessage *message = script->messages->pdata[i];

      g_test_message ("%u:%u: %s", message->line, message->column, message->text);
      if (!message->is_error)
        continue;
      n_errors++;
      g_string_append_printf (errors, "%s%u:%u", errors->len > 0 ? " " : "", message->line,
                              message->column);
    }
  if (*test->statements != '\0' || *test->errors == '\0')
    g_assert_cmpstr (statements->str, ==, test->statements);
  g_assert_cmpstr (errors->str, ==, test->errors);
  g_assert_cmpuint (script->n_errors, ==, n_errors);
}

/* A secret is taken out of the arguments, and no message has it. */
static void
test_secret (void)
{
  const char text[] = UP "SetSecurity(\"SMTP=UAuthLoginSMTP\", \"USER=u;PASSWORD=hunter2\")\n" UP
                         "LogonMail(\"h\", \"u\", \"hunter3\")\n" UP "Foo(\"hunter4\" x";
  g_autoptr(PosternProcScript) script = postern_proc_script_parse (text, strlen (text));
  const PosternProcStatement *first = script->statements->pdata[0];
  const PosternProcStatement *second = script->statements->pdata[1];

  g_assert_true (script->has_secret);
  g_assert_cmpstr (first->call->arguments[1], ==, "");
  g_assert_cmpuint (postern_secret_get_length (postern_driver_get_password (first->call->driver)),
                    ==, 7);
  g_assert_cmpstr (second->call->arguments[2], ==, "");
  g_assert_cmpuint (postern_secret_get_length (second->call->password), ==, 7);
  for (guint i = 0; i < script->messages->len; i++)
    g_assert_null (strstr (((PosternProcMessage *) script->messages->pdata[i])->text, "hunter"));
}

/* What an export puts in place of a secret is none. */
static void
test_placeholder (void)
{
  const char text[] =
    UP "SetSecurity(\"SMTP=UAuthLoginSMTP\", \"USER=u·;PASSWORD=<password>\")\n" UP
       "SetSecurity(\"POP=UAuthXOAUTH2POP\", \"TOKEN=<token>·;USER=u\")\n" UP
       "LogonMail(\"h\", \"u\", \"<password>\")";
  g_autoptr(PosternProcScript) script = postern_proc_script_parse (text, strlen (text));

  g_assert_cmpuint (script->n_errors, ==, 0);
  g_assert_cmpuint (script->statements->len, ==, 3);
  g_assert_false (script->has_secret);
}

static void
test_not_text (void)
{
  static const struct
  {
    const char *text;
    gsize length;
  } texts[] = { { "a\0b", 3 },
                { "\xff\xfe"
                  "a",
                  3 },
                { UP "SetFrom(\"a\0b\")", 33 } };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(PosternProcScript) script =
                   postern_proc_script_parse (texts[i].text, texts[i].length);

      g_assert_cmpuint (script->n_errors, >, 0);
    }
}

/* The place is that of the first byte that is no UTF-8. */
static void
test_place_of_byte (void)
{
  g_autoptr(PosternProcScript) script = postern_proc_script_parse ("return\n; \xc3\xbc \xff", 13);
  const PosternProcMessage *message = script->messages->pdata[0];

  g_assert_cmpuint (message->line, ==, 2);
  g_assert_cmpuint (message->column, ==, 5);
}

/* Whatever it is given, its answer is bounded, and it is not long in coming. */
static void
test_bounds (void)
{
  static const char *const pieces[] = { "if ($status < 0)\n", "x\n",   "((((", "\"\n", "%%",
                                        UP "ClearMail()\n",   "else\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(PosternProcScript) script = NULL;
      gint64 begun = g_get_monotonic_time ();

      while (text->len < 512 * 1024)
        g_string_append (text, pieces[i]);
      script = postern_proc_script_parse (text->str, text->len);
      g_assert_cmpuint (script->n_errors, >, 0);
      g_assert_cmpuint (script->messages->len, <=, 200);
      g_assert_cmpuint (script->statements->len, <=, 10000);
      g_assert_cmpint (g_get_monotonic_time () - begun, <, 10 * G_USEC_PER_SEC);
    }
}

static void
test_holds (void)
{
  static const struct
  {
    const char *comparison;
    gint64 number;
    int status;
    gboolean holds;
  } rows[] = {
    { "<", 0, -1, TRUE },   { "<", 0, 0, FALSE },   { "<=", 0, 0, TRUE },
    { ">", 0, 1, TRUE },    { ">=", 0, -1, FALSE }, { "=", -9, -9, TRUE },
    { "==", -9, 0, FALSE }, { "!=", 0, 0, FALSE },  { "<>", 0, -1, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      PosternProcStatement statement = { .number = rows[i].number };

      g_strlcpy (statement.comparison, rows[i].comparison, sizeof statement.comparison);
      g_assert_cmpint (postern_proc_statement_holds (&statement, rows[i].status), ==,
                       rows[i].holds);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/proc-script/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/proc-script/secret", test_secret);
  g_test_add_func ("/proc-script/placeholder", test_placeholder);
  g_test_add_func ("/proc-script/not-text", test_not_text);
  g_test_add_func ("/proc-script/place-of-byte", test_place_of_byte);
  g_test_add_func ("/proc-script/bounds", test_bounds);
  g_test_add_func ("/proc-script/holds", test_holds);
  return g_test_run ();
}
