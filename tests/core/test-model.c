/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-account.h"
#include "model/postern-redactor.h"

#include "postern-enum-types.h"

#include <string.h>

static void
test_nicks (void)
{
  int value = -1;

  g_assert_cmpstr (postern_enum_to_nick (POSTERN_TYPE_STEP_ID, POSTERN_STEP_CAPABILITIES_TLS), ==,
                   "capabilities-tls");
  g_assert_cmpstr (
    postern_enum_to_nick (POSTERN_TYPE_TLS_START, POSTERN_TLS_START_STARTTLS_IF_OFFERED), ==,
    "starttls-if-offered");
  g_assert_cmpstr (postern_enum_to_nick (POSTERN_TYPE_STEP_STATE, POSTERN_STATE_NOT_REACHED), ==,
                   "not-reached");
  g_assert_cmpstr (postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, POSTERN_PROTOCOL_SMTP), ==, "smtp");
  g_assert_cmpstr (postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, 99), ==, "unknown");
  g_assert_true (postern_enum_from_nick (POSTERN_TYPE_SYSTEM, "uniface", &value));
  g_assert_cmpint (value, ==, POSTERN_SYSTEM_UNIFACE);
  g_assert_false (postern_enum_from_nick (POSTERN_TYPE_SYSTEM, "UNIFACE", &value));
  g_assert_false (postern_enum_from_nick (POSTERN_TYPE_SYSTEM, NULL, &value));
}

static void
test_secret (void)
{
  PosternSecret *secret = postern_secret_new ("open\0sesame", 11);
  gsize length;

  g_assert_cmpmem (postern_secret_peek (secret, &length), 11, "open\0sesame", 11);
  g_assert_cmpuint (length, ==, 11);
  g_assert_false (postern_secret_is_empty (secret));
  postern_secret_unref (postern_secret_ref (secret));
  postern_secret_unref (secret);

  secret = postern_secret_new ("", 0);
  g_assert_true (postern_secret_is_empty (secret));
  postern_secret_unref (secret);
  g_assert_true (postern_secret_is_empty (NULL));
}

static void
test_driver (void)
{
  static const struct
  {
    const char *parameters;
    const char *kept;
    const char *password;
    const char *token;
    gboolean cut;
  } rows[] = {
    { "", "", NULL, NULL },
    { "USER=me", "USER=me", NULL, NULL },
    { "USER=me;PASSWORD=pw", "USER=me", "pw", NULL },
    { "password=pw\x1buser=me", "user=me", "pw", NULL },
    { "USER=me·;PASSWORD=p=w", "USER=me", "p=w", NULL },
    { "USER=me;PASSWORD=a!;b", "USER=me", "a;b", NULL },
    { "USER=me;Token=abc;domain=y", "USER=me;domain=y", NULL, "abc" },
    /* A semicolon that was not escaped: the rest may be secret. */
    { "USER=me;PASSWORD=a;b;DOMAIN=d;x=y", "USER=me;DOMAIN=d;x=y", "a", NULL, TRUE },
    { "PASSWORD=a;b=c;d\x1b", "", "a", NULL, TRUE },
    { "PASSWORD=a;;b", "", "a", NULL, TRUE },
    { "x=y;PASSWORD=a", "x=y", "a", NULL },
    { " PASSWORD =pw", "", "pw", NULL },
    { "PASSWORD=", "", NULL, NULL },
    { "PASSWORDS=x", "PASSWORDS=x", NULL, NULL },
    { "PASSWORD=one;PASSWORD=two", "", "two", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PosternDriver) driver = postern_driver_new ("SMTP=X", rows[i].parameters);
      PosternSecret *password = postern_driver_get_password (driver);
      PosternSecret *token = postern_driver_get_token (driver);

      g_assert_cmpstr (postern_driver_get_parameters (driver), ==, rows[i].kept);
      g_assert_cmpstr (password ? postern_secret_peek (password, NULL) : NULL, ==,
                       rows[i].password);
      g_assert_cmpstr (token ? postern_secret_peek (token, NULL) : NULL, ==, rows[i].token);
      g_assert_cmpint (postern_driver_is_cut (driver), ==, rows[i].cut);
    }
}

static void
notify_cb (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  guint *n = user_data;

  (*n)++;
}

static void
test_account (void)
{
  static const char *const mechanisms[] = { "PLAIN", "LOGIN", NULL };
  g_autoptr(PosternAccount) account = postern_account_new (NULL);
  g_autoptr(PosternAccount) copy = NULL;
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  guint n = 0;

  g_assert_nonnull (postern_account_get_id (account));
  g_assert_cmpstr (postern_account_get_connection (account), ==, "");
  g_assert_null (postern_account_get_ehlo_name (account));

  g_signal_connect (account, "notify::connection", G_CALLBACK (notify_cb), &n);
  g_object_set (account, "connection", "TLS:host+465", NULL);
  g_object_set (account, "connection", "TLS:host+465", NULL);
  g_assert_cmpuint (n, ==, 1);

  g_ptr_array_add (drivers, postern_driver_new ("SMTP=UStartTLSSMTP", ""));
  g_object_set (account, "system", POSTERN_SYSTEM_UNIFACE, "mechanisms", mechanisms, "drivers",
                drivers, "ehlo-name", "", "total-timeout", 5000, NULL);
  g_assert_null (postern_account_get_ehlo_name (account));

  copy = postern_account_duplicate (account, NULL);
  g_assert_cmpstr (postern_account_get_id (copy), !=, postern_account_get_id (account));
  g_assert_cmpint (postern_account_get_system (copy), ==, POSTERN_SYSTEM_UNIFACE);
  g_assert_cmpstr (postern_account_get_connection (copy), ==, "TLS:host+465");
  g_assert_cmpstr (postern_account_get_mechanisms (copy)[1], ==, "LOGIN");
  g_assert_cmpuint (postern_account_get_drivers (copy)->len, ==, 1);
  g_assert_cmpuint (postern_account_get_total_timeout (copy), ==, 5000);
}

static void
assert_hidden (PosternRedactor *redactor, const char *text, const char *result)
{
  g_autofree char *shown = postern_redactor_apply (redactor, text, strlen (text), NULL);

  g_assert_cmpstr (shown, ==, result);
  g_assert_true (postern_redactor_matches (redactor, text, strlen (text)) ==
                 (strcmp (text, result) != 0));
}

static void
test_redactor_forms (void)
{
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternSecret) secret = postern_secret_new ("S3cr+t w", -1);

  postern_redactor_add (redactor, secret);
  postern_redactor_add (redactor, secret);
  postern_redactor_add (redactor, NULL);
  assert_hidden (redactor, "250 ok", "250 ok");
  assert_hidden (redactor, "you said S3cr+t w", "you said <hidden, 8 bytes>");
  assert_hidden (redactor, "S3CR+T W!", "<hidden, 8 bytes>!");
  assert_hidden (redactor, "q=S3cr%2Bt%20w&", "q=<hidden, 12 bytes>&");
  assert_hidden (redactor, "q=S3cr%2bt+w", "q=<hidden, 10 bytes>");
  assert_hidden (redactor, "x 533363722b742077 y", "x <hidden, 16 bytes> y");
  assert_hidden (redactor, "x 53:33:63:72:2B:74:20:77", "x <hidden, 23 bytes>");
  assert_hidden (redactor, "S=33cr+t w", "<hidden, 10 bytes>");
  assert_hidden (redactor, "\\x53\\u0033cr+t w", "<hidden, 16 bytes>");
  assert_hidden (redactor, "S3cr+t wS3cr+t w", "<hidden, 16 bytes>");
}

/* Whatever stands before and after it in the encoded text, nothing of the secret stays. */
static void
test_redactor_base64 (void)
{
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternSecret) secret = postern_secret_new ("\xfbp\xff"
                                                         "assw\xc3\xb6rd",
                                                         -1);

  postern_redactor_add (redactor, secret);
  for (gsize before = 0; before < 7; before++)
    for (gsize after = 0; after < 7; after++)
      {
        g_autofree char *plain =
          g_strdup_printf ("%.*s%s%.*s", (int) before, "abcdefg",
                           postern_secret_peek (secret, NULL), (int) after, "hijklmn");
        g_autofree char *encoded = g_base64_encode ((const guchar *) plain, strlen (plain));
        g_autofree char *shown = postern_redactor_apply (redactor, encoded, strlen (encoded), NULL);
        gsize core = 8 * postern_secret_get_length (secret) / 6;

        g_assert_nonnull (strstr (shown, "<hidden, "));
        /* What is left of the encoded text is what stood around it. */
        g_assert_cmpuint (strlen (shown), <=,
                          strlen (encoded) - (core - 1) + strlen ("<hidden, 99 bytes>"));
        g_strdelimit (encoded, "+", '-');
        g_strdelimit (encoded, "/", '_');
        g_assert_true (postern_redactor_matches (redactor, encoded, strlen (encoded)));
      }
}

static void
test_redactor_short (void)
{
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternSecret) secret = postern_secret_new ("ok", -1);

  postern_redactor_add (redactor, secret);
  assert_hidden (redactor, "250 token broken", "250 token broken");
  assert_hidden (redactor, "250 ok", "250 <hidden, 2 bytes>");
}

static void
test_redactor_bytes (void)
{
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  const char text[] = "a\0\xff\xfesecret\0b";
  g_autofree char *shown = NULL;
  gsize length;

  postern_redactor_add_bytes (redactor, "secret", 6);
  shown = postern_redactor_apply (redactor, text, sizeof text - 1, &length);
  g_assert_cmpmem (shown, length, "a\0\xff\xfe<hidden, 6 bytes>\0b", 23);

  g_clear_pointer (&shown, g_free);
  shown = postern_redactor_apply (NULL, "abc", 3, NULL);
  g_assert_cmpstr (shown, ==, "abc");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/model/nicks", test_nicks);
  g_test_add_func ("/model/secret", test_secret);
  g_test_add_func ("/model/driver", test_driver);
  g_test_add_func ("/model/account", test_account);
  g_test_add_func ("/model/redactor/forms", test_redactor_forms);
  g_test_add_func ("/model/redactor/base64", test_redactor_base64);
  g_test_add_func ("/model/redactor/short", test_redactor_short);
  g_test_add_func ("/model/redactor/bytes", test_redactor_bytes);

  return g_test_run ();
}
