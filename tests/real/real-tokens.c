/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-tokens.h"

#include "real-files.h"

#include <gio/gio.h>
#include <string.h>

#define AUDIENCE "postern"
#define SCOPE "mail"
#define ISSUER "https://issuer.postern.test"

/* Without those that say what a token is for, each token is good for everything. Some patch levels
 * of Dovecot 2.3.19 do not compare the audience: no test depends on it. */
static const char oauth2_conf[] = "introspection_mode = local\n"
                                  "local_validation_key_dict = fs:posix:prefix=@TOKEN_KEYS@/\n"
                                  "username_attribute = sub\n"
                                  "client_id = " AUDIENCE "\n"
                                  "scope = " SCOPE "\n"
                                  "issuers = " ISSUER "\n";

typedef struct
{
  const char *name; /* of the value */
  const char *user;
  const char *scope;
  const char *issuer;
  int seconds; /* from now */
  const char *key;
} Token;

static const Token tokens[] = {
  { "TOKEN", "@USER@", SCOPE, ISSUER, 3600, "@TOKEN_KEY@" },
  { "EXPIRED_TOKEN", "@USER@", SCOPE, ISSUER, -3600, "@TOKEN_KEY@" },
  { "OTHER_SCOPE_TOKEN", "@USER@", "calendar", ISSUER, 3600, "@TOKEN_KEY@" },
  { "OTHER_ISSUER_TOKEN", "@USER@", SCOPE, "https://other.test", 3600, "@TOKEN_KEY@" },
  { "OTHER_USER_TOKEN", "bert@postern.test", SCOPE, ISSUER, 3600, "@TOKEN_KEY@" },
  { "FORGED_TOKEN", "@USER@", SCOPE, ISSUER, 3600, "@WRONG_PASSWORD@" },
};

static char *
base64url (const void *data, gsize length)
{
  char *text = g_base64_encode (data, length);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

/* RFC 7519, signed with HMAC-SHA-256. */
static char *
make_token (RealValues *values, const Token *token)
{
  const char *header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
  g_autofree char *user = real_values_expand (values, token->user);
  g_autofree char *key = real_values_expand (values, token->key);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *claims =
    g_strdup_printf ("{\"sub\":\"%s\",\"aud\":\"%s\",\"scope\":\"%s\",\"iss\":\"%s\","
                     "\"iat\":%" G_GINT64_FORMAT ",\"exp\":%" G_GINT64_FORMAT "}",
                     user, AUDIENCE, token->scope, token->issuer, now - 7200, now + token->seconds);
  g_autofree char *first = base64url (header, strlen (header));
  g_autofree char *second = base64url (claims, strlen (claims));
  g_autofree char *text = g_strconcat (first, ".", second, NULL);
  g_autoptr(GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) key, strlen (key));
  g_autofree char *signature = NULL;
  guint8 digest[32];
  gsize length = sizeof digest;

  g_hmac_update (hmac, (const guchar *) text, -1);
  g_hmac_get_digest (hmac, digest, &length);
  signature = base64url (digest, length);
  return g_strconcat (text, ".", signature, NULL);
}

void
real_tokens_make (RealValues *values)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      g_autofree char *token = make_token (values, &tokens[i]);

      real_values_set (values, tokens[i].name, token);
    }
}

gboolean
real_tokens_write_keys (RealValues *values, const char *folder, GError **error)
{
  static const char *const folders[] = { "keys", "keys/default", "keys/default/HS256" };
  const char *key = real_values_get (values, "TOKEN_KEY");
  g_autofree char *encoded = g_base64_encode ((const guchar *) key, strlen (key));
  g_autofree char *keys =
    g_build_filename (real_values_get (values, "FOLDER"), folder, "keys", NULL);
  g_autofree char *conf = g_build_filename (folder, "oauth2.conf", NULL);
  g_autofree char *file = g_build_filename (folder, "keys/default/HS256/default", NULL);
  uid_t user = 0;
  gid_t group = 0;

  if (*folder != '\0')
    real_files_get_user (&user, &group);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *name = g_build_filename (folder, folders[i], NULL);

      if (!real_files_make_folder (values, name, user, group, 0755, error))
        return FALSE;
    }
  real_values_set (values, "TOKEN_KEYS", keys);
  return real_files_write (values, conf, oauth2_conf, error) &&
         real_files_write (values, file, encoded, error);
}
