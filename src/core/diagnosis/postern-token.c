/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-token.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* Claims longer than this are not looked at. Bytes of Base64. */
#define MAX_CLAIMS 16384

/* The second part of a JSON Web Token (RFC 7519), decoded, or NULL where the token is none. The
 * caller wipes it. */
static char *
decode_claims (PosternSecret *token)
{
  const char *text = postern_secret_peek (token, NULL);
  const char *first = strchr (text, '.');
  const char *second = first != NULL ? strchr (first + 1, '.') : NULL;
  gsize length = second != NULL ? (gsize) (second - first - 1) : 0;
  char *base64;
  gsize n = 0;

  if (length == 0 || length > MAX_CLAIMS)
    return NULL;

  /* The alphabet for URLs, without padding (RFC 4648, section 5). */
  base64 = g_strnfill (length + 4, '\0');
  memcpy (base64, first + 1, length);
  for (gsize i = 0; i < length; i++)
    base64[i] = base64[i] == '-' ? '+' : base64[i] == '_' ? '/' : base64[i];
  for (gsize i = length; i % 4 != 0; i++)
    base64[i] = '=';
  g_base64_decode_inplace (base64, &n);
  base64[n] = '\0';
  return base64;
}

static JsonObject *
parse_claims (JsonParser *parser, const char *claims)
{
  JsonNode *root;

  if (!json_parser_load_from_data (parser, claims, -1, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
}

static const char *
claim_text (JsonObject *claims, const char *name)
{
  JsonNode *node = json_object_get_member (claims, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
             json_node_get_value_type (node) == G_TYPE_STRING
           ? json_node_get_string (node)
           : NULL;
}

static gboolean
claim_number (JsonObject *claims, const char *name, gint64 *number)
{
  JsonNode *node = json_object_get_member (claims, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      (json_node_get_value_type (node) != G_TYPE_INT64 &&
       json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return FALSE;
  *number = json_node_get_int (node);
  return TRUE;
}

static char *
explain_expiry (gint64 expiry)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (expiry);
  g_autofree char *text =
    time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup ("?");

  return g_strdup_printf (_ ("The token itself says that it expired at %s."), text);
}

/* Tokens that Microsoft makes for its other services; mail wants one for Outlook. */
static gboolean
is_for_other_service (const char *audience)
{
  static const char *const others[] = { "https://graph.microsoft.com",
                                        "https://graph.microsoft.com/",
                                        "00000003-0000-0000-c000-000000000000",
                                        "https://management.azure.com/", NULL };

  return g_strv_contains (others, audience);
}

/* The permission that Microsoft's mail servers want for a protocol, when @scopes lack it. */
static const char *
find_missing_scope (PosternProtocol protocol, const char *audience, const char *scopes)
{
  static const char *const wanted[] = {
    [POSTERN_PROTOCOL_SMTP] = "SMTP.Send",
    [POSTERN_PROTOCOL_POP3] = "POP.AccessAsUser.All",
    [POSTERN_PROTOCOL_IMAP] = "IMAP.AccessAsUser.All",
  };

  if (audience == NULL || scopes == NULL || strstr (audience, "outlook.office") == NULL ||
      strstr (scopes, wanted[protocol]) != NULL)
    return NULL;
  return wanted[protocol];
}

/* Whether the token says that it is for somebody else: by the claim of Microsoft, by those of
 * OpenID Connect, and by that of RFC 7519, which need not be an address, and is looked at where it
 * is. */
static gboolean
is_for_other_user (JsonObject *claims, const char *user)
{
  static const char *const names[] = { "upn", "preferred_username", "email", "sub" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *name = claim_text (claims, names[i]);

      if (name != NULL && (i == 0 || (strchr (name, '@') != NULL && strchr (user, '@') != NULL)))
        return g_ascii_strcasecmp (name, user) != 0;
    }
  return FALSE;
}

static const char *
examine_claims (
  JsonObject *claims, PosternProtocol protocol, const char *user, gint64 now, char **reason)
{
  const char *audience = claim_text (claims, "aud");
  const char *scope = find_missing_scope (protocol, audience, claim_text (claims, "scp"));
  gint64 expiry;

  if (claim_number (claims, "exp", &expiry) && expiry <= now)
    {
      *reason = explain_expiry (expiry);
      return "auth.token-expired";
    }
  if (audience != NULL && is_for_other_service (audience))
    {
      *reason = g_strdup (_ ("The token was made for another service than mail."));
      return "auth.token-audience";
    }
  if (scope != NULL)
    {
      *reason = g_strdup_printf (_ ("The token does not hold the permission %s."), scope);
      return "auth.token-scope";
    }
  if (user != NULL && *user != '\0' && is_for_other_user (claims, user))
    {
      *reason = g_strdup (_ ("The token was made for another user than the one who logs on."));
      return "auth.token-user";
    }
  return NULL;
}

/**
 * postern_token_examine:
 * @token: an OAuth 2.0 access token that a server refused
 * @protocol: what it was to log on to
 * @user: (nullable): who logs on with it
 * @now: seconds since the epoch
 * @reason: (out): one translated sentence, when there is a reason
 *
 * Looks at the claims of a token that is a JSON Web Token (RFC 7519); other tokens say nothing.
 * The signature is not checked: this only explains a refusal.
 *
 * Returns: (transfer none) (nullable): a code of spec/findings.md, or NULL
 */
const char *
postern_token_examine (
  PosternSecret *token, PosternProtocol protocol, const char *user, gint64 now, char **reason)
{
  g_autoptr(JsonParser) parser = NULL;
  JsonObject *object;
  const char *code = NULL;
  char *claims;

  g_return_val_if_fail (token != NULL, NULL);

  *reason = NULL;
  claims = decode_claims (token);
  if (claims == NULL)
    return NULL;

  parser = json_parser_new ();
  object = parse_claims (parser, claims);
  if (object != NULL)
    code = examine_claims (object, protocol, user, now, reason);
  postern_wipe_free (claims);
  return code;
}
