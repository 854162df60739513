/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-sasl.h"

#include <glib/gi18n.h>
#include <gsasl.h>
#include <string.h>

static gboolean
is_ascii (const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar) bytes[i] >= 0x80)
      return FALSE;
  return TRUE;
}

/* What SASLprep (RFC 4013) does to the password. */
static const char *
explain_preparation (const char *password)
{
  char *prepared = NULL;
  gboolean allowed = gsasl_saslprep (password, GSASL_ALLOW_UNASSIGNED, &prepared, NULL) == GSASL_OK;
  gboolean changed = allowed && strcmp (prepared, password) != 0;

  if (prepared != NULL)
    postern_wipe (prepared, strlen (prepared));
  gsasl_free (prepared);
  if (!allowed)
    return _ ("It is to be prepared with SASLprep first (RFC 4013), which does not allow one of "
              "the characters.");
  return changed ? _ ("It is prepared with SASLprep first (RFC 4013), which changes it here: "
                      "another way to write the same character, or a special blank.")
                 : _ ("It is prepared with SASLprep first (RFC 4013), which changes nothing "
                      "here.");
}

static const char *
explain_mechanism (const char *mechanism, const char *password)
{
  const char *const prepared[] = { "SCRAM-", "CRAM-MD5" };

  for (gsize i = 0; i < G_N_ELEMENTS (prepared); i++)
    if (g_str_has_prefix (mechanism, prepared[i]))
      return explain_preparation (password);
  if (strcmp (mechanism, "DIGEST-MD5") == 0)
    return _ ("DIGEST-MD5 makes its digest of Latin-1 where the characters allow it, and of UTF-8 "
              "where not (RFC 2831). Many servers use UTF-8 always, and refuse the password then.");
  if (strcmp (mechanism, "NTLM") == 0)
    return _ ("NTLM makes its answer of UTF-16.");
  if (strcmp (mechanism, POSTERN_MECHANISM_LOGIN_COMMAND) == 0)
    return _ ("The command LOGIN sends it as a literal, since a quoted string is ASCII. A server "
              "that keeps it in another coding, such as Latin-1, refuses it.");
  if (strcmp (mechanism, POSTERN_MECHANISM_APOP) == 0)
    return _ ("APOP makes its digest of these bytes. A server that keeps the password in another "
              "coding, such as Latin-1, refuses it.");
  return _ ("These bytes are sent as they are. A server that keeps the password in another coding, "
            "such as Latin-1, refuses it.");
}

/**
 * postern_sasl_explain_encoding:
 * @mechanism: the mechanism that was used, in upper case
 * @password: (nullable): the password
 *
 * Returns: (nullable) (transfer full): sentences that show nothing of the password but its length;
 *   NULL for a password in ASCII, which no mechanism codes in more than one way
 */
char *
postern_sasl_explain_encoding (const char *mechanism, PosternSecret *password)
{
  gsize length = 0;
  const char *bytes = password != NULL ? postern_secret_peek (password, &length) : NULL;
  const char *const without[] = { "EXTERNAL", "ANONYMOUS",   "GSSAPI", "GS2-KRB5",
                                  "XOAUTH2",  "OAUTHBEARER", NULL };
  g_autofree char *size = NULL;

  if (bytes == NULL || is_ascii (bytes, length) || g_strv_contains (without, mechanism))
    return NULL;
  if (!g_utf8_validate (bytes, (gssize) length, NULL))
    return g_strdup (_ ("The password is not UTF-8. Its bytes are used as they are; most servers "
                        "expect UTF-8."));

  size = g_strdup_printf (_ ("The password has characters outside ASCII: %" G_GSIZE_FORMAT
                             " characters, %" G_GSIZE_FORMAT " bytes in UTF-8."),
                          (gsize) g_utf8_strlen (bytes, (gssize) length), length);
  return g_strdup_printf ("%s %s", size, explain_mechanism (mechanism, bytes));
}
