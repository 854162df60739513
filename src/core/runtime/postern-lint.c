/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-lint.h"

#include <glib/gi18n.h>
#include <string.h>

#define QUOTE_LENGTH 60

/**
 * postern_lint_add:
 * @field: (nullable): the property of the account that the finding is about
 * @column: 1-based character position in @field, 0 for none
 * @explanation: (transfer full): one or more translated sentences
 *
 * Returns: (transfer none): the finding, so that a remedy can be added
 */
PosternFinding *
postern_lint_add (GPtrArray *findings,
                  const char *code,
                  PosternSeverity severity,
                  const char *field,
                  guint column,
                  const char *title,
                  char *explanation)
{
  PosternFinding *finding = postern_finding_new (code, severity, title, explanation);

  postern_finding_set_place (finding, field, column);
  g_ptr_array_add (findings, finding);
  g_free (explanation);

  return finding;
}

gboolean
postern_lint_has_error (GPtrArray *findings, guint from)
{
  for (guint i = from; i < findings->len; i++)
    {
      if (postern_finding_get_severity (findings->pdata[i]) == POSTERN_SEVERITY_ERROR)
        return TRUE;
    }

  return FALSE;
}

char *
postern_lint_quote (const char *text)
{
  gsize length = strnlen (text, QUOTE_LENGTH * 6);
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) length);
  GString *quoted = g_string_new (NULL);
  guint n = 0;

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (n++ == QUOTE_LENGTH)
        {
          g_string_append (quoted, "…");
          break;
        }
      g_string_append_unichar (quoted, g_unichar_isprint (c) ? c : 0xfffd);
    }

  return g_string_free (quoted, FALSE);
}

typedef enum
{
  STRAY_NONE,
  STRAY_LINE_BREAK, /* CR, LF, NUL: the worst, so found wherever it is */
  STRAY_CONTROL,
  STRAY_NOT_UTF8,
  STRAY_INVISIBLE,
  STRAY_OUTER_BLANK,
  STRAY_INNER_BLANK,
  STRAY_LOOK_ALIKE,
  STRAY_NON_ASCII,
} Stray;

static gboolean
is_look_alike (gunichar c)
{
  GUnicodeScript script = g_unichar_get_script (c);

  return script == G_UNICODE_SCRIPT_CYRILLIC || script == G_UNICODE_SCRIPT_GREEK ||
         script == G_UNICODE_SCRIPT_ARMENIAN || (c >= 0xff01 && c <= 0xff5e) ||
         (c >= 0x2010 && c <= 0x2015) || (c >= 0x2018 && c <= 0x201f) || c == 0x2212;
}

static Stray
classify (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  if (c < 0x20 || type == G_UNICODE_CONTROL)
    return STRAY_CONTROL;
  if (type == G_UNICODE_FORMAT || (c != ' ' && g_unichar_isspace (c)))
    return STRAY_INVISIBLE;
  if (c == ' ')
    return STRAY_INNER_BLANK;
  if (c < 0x80)
    return STRAY_NONE;

  return is_look_alike (c) ? STRAY_LOOK_ALIKE : STRAY_NON_ASCII;
}

/* The worst thing in the text, and the 1-based character position of its first. */
static Stray
find_stray (const char *text, gsize length, guint *column)
{
  Stray worst = STRAY_NONE;
  guint n = 0;

  *column = 0;
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '\r' || text[i] == '\n' || text[i] == '\0')
        {
          *column = (guint) g_utf8_strlen (text, (gssize) i) + 1;
          return STRAY_LINE_BREAK;
        }
    }
  if (!g_utf8_validate (text, (gssize) length, NULL))
    return STRAY_NOT_UTF8;

  for (const char *p = text; p < text + length; p = g_utf8_next_char (p))
    {
      Stray stray = classify (g_utf8_get_char (p));

      n++;
      if (stray == STRAY_INNER_BLANK && (p == text || p == text + length - 1))
        stray = STRAY_OUTER_BLANK;
      if (stray != STRAY_NONE && (worst == STRAY_NONE || stray < worst))
        {
          worst = stray;
          *column = n;
        }
    }

  return worst;
}

static const char *
describe_stray (Stray stray)
{
  switch (stray)
    {
    case STRAY_LINE_BREAK:
      return _ ("It holds a line break or a zero byte, which would end the command. "
                "Nothing is sent; remove it.");
    case STRAY_CONTROL:
      return _ ("It holds a control character, which often comes with pasted text. Type it anew.");
    case STRAY_NOT_UTF8:
      return _ ("It holds bytes that are not UTF-8. The server may read other characters.");
    case STRAY_INVISIBLE:
      return _ ("It holds an invisible character or a special blank, which often comes with pasted "
                "text. Type it anew.");
    case STRAY_OUTER_BLANK:
      return _ ("It begins or ends with a blank. Remove the blank if it is not meant.");
    case STRAY_INNER_BLANK:
      return _ ("It holds a blank. Remove the blank if it is not meant.");
    case STRAY_LOOK_ALIKE:
      return _ ("It holds a character that looks like one of ASCII and is another one. "
                "Type it anew.");
    case STRAY_NON_ASCII:
      return _ ("It holds characters outside ASCII. The server may expect another encoding.");
    case STRAY_NONE:
    default:
      return "";
    }
}

static void
add_stray (GPtrArray *findings, const char *field, guint column, Stray stray, const char *title)
{
  postern_lint_add (findings, "settings.stray-character",
                    stray == STRAY_LINE_BREAK ? POSTERN_SEVERITY_ERROR : POSTERN_SEVERITY_WARNING,
                    field, column, title, g_strdup (describe_stray (stray)));
}

void
postern_lint_user (GPtrArray *findings, const char *field, const char *user)
{
  guint column;
  Stray stray = find_stray (user, strlen (user), &column);

  if (stray != STRAY_NONE)
    add_stray (findings, field, column, stray, _ ("Stray character in the user name"));
}

/* Says what kind of character it is, neither which nor where. A blank inside is nothing unusual
 * in a passphrase. */
void
postern_lint_secret (GPtrArray *findings, const char *field, PosternSecret *secret)
{
  gsize length;
  guint column;
  const char *bytes;
  Stray stray;

  if (secret == NULL)
    return;

  bytes = postern_secret_peek (secret, &length);
  stray = find_stray (bytes, length, &column);
  if (stray != STRAY_NONE && stray != STRAY_INNER_BLANK)
    add_stray (findings, field, 0, stray, _ ("Stray character in the password or token"));
}

/* For an address in MAIL FROM or RCPT TO. */
void
postern_lint_address (GPtrArray *findings, const char *field, const char *address)
{
  guint column;
  Stray stray = find_stray (address, strlen (address), &column);

  if (stray == STRAY_CONTROL || strpbrk (address, "<>") != NULL)
    stray = STRAY_LINE_BREAK;
  if (stray == STRAY_LINE_BREAK)
    postern_lint_add (
      findings, "settings.stray-character", POSTERN_SEVERITY_ERROR, field, column,
      _ ("Stray character in an address"),
      g_strdup (_ ("The address holds a control character, a line break or an angle "
                   "bracket. Nothing is sent; write the bare address.")));
  else if (stray != STRAY_NONE)
    add_stray (findings, field, column, stray, _ ("Stray character in an address"));
}

/* A check or message that only SMTP has, asked for with another protocol. */
void
postern_lint_mail (GPtrArray *findings, const char *option, const char *protocol)
{
  postern_lint_add (
    findings, "settings.not-supported", POSTERN_SEVERITY_ERROR, option, 0,
    _ ("Mail is sent by SMTP alone"),
    g_strdup_printf (_ ("Senders, recipients and messages are checked over SMTP, and this account "
                        "uses %s. Nothing is sent; leave the check out, or test the SMTP server."),
                     protocol));
}

/* A blank in the argument of EHLO would begin a second argument. */
void
postern_lint_ehlo_name (GPtrArray *findings, const char *name)
{
  guint column;
  Stray stray = find_stray (name, strlen (name), &column);

  if (stray == STRAY_NONE)
    return;

  postern_lint_add (findings, "settings.stray-character", POSTERN_SEVERITY_ERROR, "ehlo-name",
                    column, _ ("Stray character in the EHLO name"),
                    g_strdup (_ ("The name given with EHLO can hold printable ASCII characters "
                                 "and no blank. Nothing is sent; change the name.")));
}

void
postern_lint_host (
  GPtrArray *findings, const char *field, guint column, const char *host, const char *ascii)
{
  guint position;
  Stray stray = find_stray (host, strlen (host), &position);
  const char *text;

  if (stray == STRAY_NONE || ascii == NULL)
    return;

  /* Translators: the %s is the ASCII form of the name, beginning with xn--. */
  text = stray == STRAY_LOOK_ALIKE ? _ ("The server name holds a character that looks like one of "
                                        "ASCII and is another one. It is looked up as “%s”.")
                                   : _ ("The server name holds characters outside ASCII. "
                                        "It is looked up as “%s”.");
  postern_lint_add (findings, "settings.stray-character", POSTERN_SEVERITY_WARNING, field,
                    column + position - 1, _ ("Stray character in the server name"),
                    g_strdup_printf (text, ascii));
}
