/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-sasl-private.h"

#include <string.h>

typedef struct
{
  PosternPlan *plan;
  PosternPlanStep *step;
  PosternOutput *output;
} Fixture;

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  self->plan = postern_plan_new ();
  self->step = postern_plan_add_step (self->plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
  self->step->user = g_strdup ("user");
  self->step->password = postern_secret_new ("pencil", -1);
  self->step->token = postern_secret_new ("vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==", -1);
  self->output = postern_output_new ();
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  postern_plan_unref (self->plan);
  postern_output_free (self->output);
}

static PosternSasl *
make (Fixture *self, const char *mechanism)
{
  return postern_sasl_new (mechanism, self->step, "smtp", "server.example.com", 587, NULL);
}

/* The bytes in the output, decoded. */
static char *
take_decoded (Fixture *self, gsize *length)
{
  gsize n;
  const char *text = postern_output_get_bytes (self->output, &n);
  char *decoded = postern_sasl_decode (text, n, length);

  g_assert_nonnull (decoded);
  postern_output_clear (self->output);
  return decoded;
}

static PosternSaslResult
challenge (Fixture *self, PosternSasl *sasl, const char *text, gssize length)
{
  g_autofree char *encoded =
    g_base64_encode ((const guchar *) text, length < 0 ? strlen (text) : (gsize) length);

  postern_output_clear (self->output);
  return postern_sasl_step (sasl, encoded, strlen (encoded), self->output);
}

#define assert_sent(self, bytes, n)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gsize sent_length;                                                                             \
    g_autofree char *sent_bytes = take_decoded ((self), &sent_length);                             \
    g_assert_cmpmem (sent_bytes, sent_length, (bytes), (n));                                       \
  }                                                                                                \
  G_STMT_END

static void
test_plain (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = make (self, "plain");

  g_assert_true (postern_sasl_is_client_first (sasl));
  g_assert_cmpstr (postern_sasl_get_mechanism (sasl), ==, "PLAIN");
  g_assert_false (postern_sasl_is_complete (sasl));
  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (postern_output_get_display (self->output), ==, "<hidden, 16 bytes>");
  assert_sent (self, "\0user\0pencil", 12);
  g_assert_true (postern_sasl_is_complete (sasl));

  /* A server that did not take it from the command asks once more, and once only. */
  g_assert_cmpint (postern_sasl_step (sasl, "", 0, self->output), ==, POSTERN_SASL_CONTINUE);
  assert_sent (self, "\0user\0pencil", 12);
  g_assert_true (postern_sasl_is_complete (sasl));
  g_assert_cmpint (postern_sasl_step (sasl, "", 0, self->output), ==, POSTERN_SASL_CANCEL);
  g_assert_nonnull (postern_sasl_get_detail (sasl));
  g_assert_false (postern_sasl_is_complete (sasl));
}

static void
test_utf8 (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = NULL;

  g_clear_pointer (&self->step->password, postern_secret_unref);
  self->step->password = postern_secret_new ("Schl\xc3\xbcssel\xe2\x82\xac", -1);
  sasl = make (self, "PLAIN");
  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  assert_sent (self, "\0user\0Schl\xc3\xbcssel\xe2\x82\xac", 19);
}

static void
test_login (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = make (self, "LOGIN");

  g_assert_false (postern_sasl_is_client_first (sasl));
  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (postern_output_get_display (self->output), ==, "");
  g_assert_cmpint (challenge (self, sasl, "Username:", -1), ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (postern_output_get_display (self->output), ==, "<hidden, 8 bytes>");
  assert_sent (self, "user", 4);
  g_assert_false (postern_sasl_is_complete (sasl));
  g_assert_cmpint (challenge (self, sasl, "Password:", -1), ==, POSTERN_SASL_CONTINUE);
  assert_sent (self, "pencil", 6);
  g_assert_true (postern_sasl_is_complete (sasl));
  g_assert_cmpint (challenge (self, sasl, "Again:", -1), ==, POSTERN_SASL_CANCEL);
  g_assert_false (postern_sasl_is_complete (sasl));
}

static void
test_cram (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternSasl) sasl = NULL;
  g_autofree char *said = NULL;

  /* RFC 2195 section 2 */
  g_free (self->step->user);
  self->step->user = g_strdup ("tim");
  g_clear_pointer (&self->step->password, postern_secret_unref);
  self->step->password = postern_secret_new ("tanstaaftanstaaf", -1);
  sasl = make (self, "CRAM-MD5");
  postern_sasl_set_redactor (sasl, redactor);
  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpint (challenge (self, sasl, "<1896.697170952@postoffice.reston.mci.net>", -1), ==,
                   POSTERN_SASL_CONTINUE);
  assert_sent (self, "tim b913a602c7eda7a495b4e6e7334d3890", 36);
  g_assert_true (postern_sasl_is_complete (sasl));

  /* The digest is as good as a secret: a password can be tried on it. */
  said = postern_redactor_apply (redactor, "no: b913a602c7eda7a495b4e6e7334d3890", 36, NULL);
  g_assert_null (strstr (said, "b913"));
}

/* The server's side of SCRAM is GNU SASL's. */
static int
server_cb (Gsasl *context, Gsasl_session *session, Gsasl_property property)
{
  if (property == GSASL_PASSWORD)
    return gsasl_property_set (session, property, gsasl_callback_hook_get (context));
  return GSASL_NO_CALLBACK;
}

/* Returns the last result of the client: the server accepted, or gave up. @spoil changes the
 * server's last word. */
static PosternSaslResult
run_scram (Fixture *self,
           PosternSasl *sasl,
           const char *mechanism,
           const char *server_password,
           gboolean spoil)
{
  Gsasl *context = NULL;
  Gsasl_session *session = NULL;
  PosternSaslResult result = POSTERN_SASL_CONTINUE;
  int state = GSASL_NEEDS_MORE;

  g_assert_cmpint (gsasl_init (&context), ==, GSASL_OK);
  gsasl_callback_set (context, server_cb);
  gsasl_callback_hook_set (context, (gpointer) server_password);
  g_assert_cmpint (gsasl_server_start (context, mechanism, &session), ==, GSASL_OK);

  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  for (int i = 0; i < 4 && state == GSASL_NEEDS_MORE && result == POSTERN_SASL_CONTINUE; i++)
    {
      gsize length;
      g_autofree char *response = take_decoded (self, &length);
      char *output = NULL;
      gsize n_output = 0;

      state = gsasl_step (session, response, length, &output, &n_output);
      if (spoil && n_output > 2 && output[0] == 'v')
        output[4] = output[4] == 'A' ? 'B' : 'A';
      if (n_output > 0)
        result = challenge (self, sasl, output, (gssize) n_output);
      gsasl_free (output);
    }

  gsasl_finish (session);
  gsasl_done (context);
  return result;
}

static void
test_scram (Fixture *self, gconstpointer data)
{
  const char *const mechanisms[] = { "SCRAM-SHA-1", "SCRAM-SHA-256" };

  for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    {
      g_autoptr(PosternSasl) good = make (self, mechanisms[i]);
      g_autoptr(PosternSasl) wrong = make (self, mechanisms[i]);
      g_autoptr(PosternSasl) spoilt = make (self, mechanisms[i]);

      g_assert_true (postern_sasl_proves_server (good));
      g_assert_cmpint (run_scram (self, good, mechanisms[i], "pencil", FALSE), ==,
                       POSTERN_SASL_CONTINUE);
      g_assert_true (postern_sasl_is_complete (good));

      run_scram (self, wrong, mechanisms[i], "eraser", FALSE);
      g_assert_false (postern_sasl_is_complete (wrong));

      g_assert_cmpint (run_scram (self, spoilt, mechanisms[i], "pencil", TRUE), ==,
                       POSTERN_SASL_CANCEL);
      g_assert_false (postern_sasl_is_complete (spoilt));
      g_assert_true (postern_sasl_is_refuted (spoilt));
    }
}

static void
test_scram_bounds (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = make (self, "SCRAM-SHA-256");
  g_autoptr(PosternSasl) refused = make (self, "SCRAM-SHA-256");
  g_autofree char *first = NULL;
  g_autofree char *answer = NULL;
  gsize length;
  gint64 start = g_get_monotonic_time ();

  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  first = take_decoded (self, &length);
  answer = g_strdup_printf ("%sXYZ,s=c2FsdA==,i=2147483647", strstr (first, "r="));
  g_assert_cmpint (challenge (self, sasl, answer, -1), ==, POSTERN_SASL_CANCEL);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);

  /* RFC 5802 section 7: an error is acknowledged; the reply that follows tells the rest. */
  g_assert_cmpint (postern_sasl_initial (refused, self->output), ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpint (challenge (self, refused, "e=invalid-proof", -1), ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (postern_output_get_display (self->output), ==, "");
  g_assert_false (postern_sasl_is_complete (refused));
}

static void
test_xoauth2 (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = NULL;

  /* The example of Google's and Microsoft's pages. */
  g_free (self->step->user);
  self->step->user = g_strdup ("someuser@example.com");
  g_clear_pointer (&self->step->token, postern_secret_unref);
  self->step->token = postern_secret_new ("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", -1);
  sasl = make (self, "XOAUTH2");
  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (
    postern_output_get_bytes (self->output, NULL), ==,
    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNr"
    "QmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
  g_assert_true (postern_sasl_is_complete (sasl));

  g_assert_cmpint (
    challenge (
      self, sasl,
      "{\"status\":\"401\",\"schemes\":\"bearer mac\",\"scope\":\"https://mail.google.com/\"}", -1),
    ==, POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (postern_output_get_bytes (self->output, NULL), ==, "");
  g_assert_cmpstr (postern_sasl_get_oauth_error (sasl), ==,
                   "status 401, schemes bearer mac, scope https://mail.google.com/");
  g_assert_false (postern_sasl_is_complete (sasl));
  g_assert_cmpint (challenge (self, sasl, "{}", -1), ==, POSTERN_SASL_CANCEL);
}

static void
test_oauthbearer (Fixture *self, gconstpointer data)
{
  const char expected[] = "n,a=user@example.com,\x01host=server.example.com\x01port=587\x01"
                          "auth=Bearer vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==\x01\x01";
  g_autoptr(PosternSasl) sasl = NULL;
  g_autoptr(PosternSasl) odd = NULL;
  g_autofree char *sent = NULL;
  gsize length;

  /* RFC 7628 section 4.1, with another port */
  g_free (self->step->user);
  self->step->user = g_strdup ("user@example.com");
  sasl = make (self, "OAUTHBEARER");
  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
  assert_sent (self, expected, strlen (expected));
  g_assert_cmpint (challenge (self, sasl, "{\"status\":\"invalid_token\"}", -1), ==,
                   POSTERN_SASL_CONTINUE);
  g_assert_cmpstr (postern_output_get_bytes (self->output, NULL), ==, "AQ==");
  g_assert_cmpstr (postern_sasl_get_oauth_error (sasl), ==, "status invalid_token");

  g_free (self->step->user);
  self->step->user = g_strdup ("a,b=c");
  odd = make (self, "OAUTHBEARER");
  postern_output_clear (self->output);
  g_assert_cmpint (postern_sasl_initial (odd, self->output), ==, POSTERN_SASL_CONTINUE);
  sent = take_decoded (self, &length);
  g_assert_true (g_str_has_prefix (sent, "n,a=a=2Cb=3Dc,\x01host="));
}

static void
test_oauth_error (void)
{
  static const struct
  {
    const char *json;
    const char *text;
  } cases[] = {
    { "{}", "{}" },
    { "", NULL },
    { "not json", "not json" },
    { "{\"a\":1,\"b\":true,\"c\":null}", "a 1, b true, c null" },
    { " { \"a\" : \"x\\\"y\\\\z\\n\\u00fc\" } ", "a x\"y\\z \xc3\xbc" },
    { "{\"a\":{\"b\":[1,2]},\"c\":\"d\"}", "a {\"b\":[1,2]}, c d" },
    { "{\"a", "a " },
    { "{\"a\"", "a " },
    { "{\"a\":", "a " },
    { "{\"a\":\"b", "a b" },
    { "{\"a\":\"\\", "a \\" },
    { "{\"a\":\"\\u12", "a " },
    { "{\"a\":\"\\ud800\"}", "a \xef\xbf\xbd" },
    { "[1]", "[1]" },
    { "{\"a\":\"\x01\"}", "a \\x01" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
        postern_sasl_read_oauth_error (NULL, cases[i].json, strlen (cases[i].json));

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_oauth_error_bounds (void)
{
  g_autoptr(PosternRedactor) redactor = postern_redactor_new ();
  g_autoptr(PosternSecret) secret = postern_secret_new ("ya29.secret-token", -1);
  g_autoptr(GString) flood = g_string_new ("{");
  const char *echo = "{\"error\":\"ya29.s\\u0065cret-token is no good\"}";
  g_autofree char *text = NULL;
  g_autofree char *long_text = NULL;

  postern_redactor_add (redactor, secret);
  text = postern_sasl_read_oauth_error (redactor, echo, strlen (echo));
  g_assert_cmpstr (text, ==, "error <hidden, 17 bytes> is no good");

  for (int i = 0; i < 10000; i++)
    g_string_append (flood, "\"k\":\"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\",");
  long_text = postern_sasl_read_oauth_error (redactor, flood->str, flood->len);
  g_assert_cmpuint (strlen (long_text), <=, 1024);
}

static void
test_incomplete (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *mechanism;
    const char *user;
    const char *password;
    const char *token;
  } cases[] = {
    { "PLAIN", NULL, "p", NULL },          { "PLAIN", "", "p", NULL },
    { "PLAIN", "u", NULL, "t" },           { "LOGIN", "u", NULL, NULL },
    { "LOGIN", NULL, "p", NULL },          { "XOAUTH2", "u", "p", NULL },
    { "XOAUTH2", NULL, NULL, "t" },        { "OAUTHBEARER", "u", "p", NULL },
    { "SCRAM-SHA-256", "u", NULL, "" },    { "NO-SUCH", "u", "p", "t" },
    { "PLAIN", "u\r\nQUIT", "p", "t" },    { "XOAUTH2", "u\n", "p", "t" },
    { "PLAIN", "u", "p\r", "t" },          { "XOAUTH2", "u", "p", "t\n" },
    { "XOAUTH2", "u\x01", "p", "t" },      { "OAUTHBEARER", "u", "p", "t\x01" },
    { "SCRAM-SHA-1-PLUS", "u", "p", "t" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      PosternPlanStep *step = postern_plan_add_step (self->plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
      g_autoptr(PosternSasl) sasl = NULL;

      step->user = g_strdup (cases[i].user);
      step->password =
        cases[i].password != NULL ? postern_secret_new (cases[i].password, -1) : NULL;
      step->token = cases[i].token != NULL ? postern_secret_new (cases[i].token, -1) : NULL;
      sasl = postern_sasl_new (cases[i].mechanism, step, "smtp", "host", 25, NULL);
      g_test_message ("%s", cases[i].mechanism);
      g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_FAILED);
      g_assert_cmpstr (postern_output_get_bytes (self->output, NULL), ==, "");
      g_assert_nonnull (postern_sasl_get_detail (sasl));
      g_assert_false (postern_sasl_is_complete (sasl));
    }
}

static void
test_nul_password (Fixture *self, gconstpointer data)
{
  g_autoptr(PosternSasl) sasl = NULL;

  g_clear_pointer (&self->step->password, postern_secret_unref);
  self->step->password = postern_secret_new ("pen\0cil", 7);
  sasl = make (self, "PLAIN");
  g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_FAILED);
}

static void
test_bad_challenge (Fixture *self, gconstpointer data)
{
  const char *const bad[] = { "Username:",
                              "VXN",
                              "VX=lcm==",
                              "====",
                              "VXNlcm5hbWU6\x80",
                              "VXNl\xff===",
                              "VXNlcm5hbWU6 VXNlcm5hbWU6" };
  g_autofree char *flood = g_strnfill (70000, 'A');
  g_autoptr(PosternSasl) patient = make (self, "LOGIN");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(PosternSasl) sasl = make (self, "LOGIN");

      g_assert_cmpint (postern_sasl_step (sasl, bad[i], strlen (bad[i]), self->output), ==,
                       POSTERN_SASL_CANCEL);
      g_assert_cmpstr (postern_output_get_bytes (self->output, NULL), ==, "");
      g_assert_nonnull (postern_sasl_get_detail (sasl));
    }

  /* A blank at the end is harmless. */
  g_assert_cmpint (postern_sasl_step (patient, "VXNlcm5hbWU6 ", 13, self->output), ==,
                   POSTERN_SASL_CONTINUE);
  g_assert_cmpint (postern_sasl_step (patient, flood, 70000, self->output), ==,
                   POSTERN_SASL_CANCEL);
}

static void
test_choose (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *offered;
    const char *wanted; /* "" for no list */
    gboolean password;
    gboolean token;
    gboolean clear_text;
    const char *chosen;
  } cases[] = {
    { "PLAIN LOGIN", "", TRUE, FALSE, TRUE, "PLAIN" },
    { "LOGIN", "", TRUE, FALSE, TRUE, "LOGIN" },
    { "LOGIN PLAIN XOAUTH2", "", TRUE, TRUE, TRUE, "XOAUTH2" },
    { "XOAUTH2 OAUTHBEARER", "", TRUE, TRUE, TRUE, "OAUTHBEARER" },
    { "XOAUTH2 LOGIN", "", TRUE, FALSE, TRUE, "LOGIN" },
    { "XOAUTH2", "", TRUE, FALSE, TRUE, NULL },
    { "PLAIN", "", FALSE, TRUE, TRUE, NULL },
    { "PLAIN SCRAM-SHA-1 SCRAM-SHA-256", "", TRUE, FALSE, TRUE, "SCRAM-SHA-256" },
    { "PLAIN SCRAM-SHA-1", "", TRUE, FALSE, FALSE, "SCRAM-SHA-1" },
    { "PLAIN LOGIN CRAM-MD5", "", TRUE, FALSE, FALSE, NULL },
    { "CRAM-MD5", "", TRUE, FALSE, TRUE, "CRAM-MD5" },
    { "NTLM GSSAPI", "", TRUE, TRUE, TRUE, NULL },
    { "", "", TRUE, TRUE, TRUE, NULL },
    { "PLAIN LOGIN", "LOGIN", TRUE, FALSE, TRUE, "LOGIN" },
    { "PLAIN LOGIN", "login", TRUE, FALSE, TRUE, "login" },
    { "PLAIN LOGIN", "XOAUTH2,LOGIN,PLAIN", TRUE, FALSE, FALSE, "LOGIN" },
    { "PLAIN LOGIN", "XOAUTH2", TRUE, TRUE, TRUE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      PosternPlanStep *step = postern_plan_add_step (self->plan, POSTERN_PLAN_AUTHENTICATE, TRUE);
      g_auto (GStrv) offered = g_strsplit (cases[i].offered, " ", -1);

      g_strfreev (step->mechanisms);
      step->mechanisms = g_strsplit (cases[i].wanted, ",", -1);
      step->password = cases[i].password ? postern_secret_new ("p", 1) : NULL;
      step->token = cases[i].token ? postern_secret_new ("t", 1) : NULL;
      g_assert_cmpstr (postern_sasl_choose ((const char *const *) offered, step,
                                            cases[i].clear_text ? POSTERN_SASL_MAY_SHOW : 0, NULL),
                       ==, cases[i].chosen);
    }
  g_assert_null (postern_sasl_choose (NULL, self->step, POSTERN_SASL_MAY_SHOW, NULL));
}

static void
test_traits (void)
{
  g_assert_true (postern_sasl_shows_password ("PLAIN"));
  g_assert_true (postern_sasl_shows_password ("login"));
  g_assert_true (postern_sasl_shows_password ("XOAUTH2"));
  g_assert_true (postern_sasl_shows_password ("CRAM-MD5"));
  g_assert_true (postern_sasl_shows_password ("UNHEARD-OF"));
  g_assert_false (postern_sasl_shows_password ("SCRAM-SHA-256"));
  g_assert_true (postern_sasl_is_supported ("PLAIN"));
  g_assert_true (postern_sasl_is_supported ("xoauth2"));
  g_assert_false (postern_sasl_is_supported ("UNHEARD-OF"));
  g_assert_false (postern_sasl_is_supported (""));
}

/* Whatever a server sends in whatever place: an answer or a refusal to answer, and an end. */
static void
test_noise (Fixture *self, gconstpointer data)
{
  const char *const mechanisms[] = { "PLAIN",         "LOGIN",       "XOAUTH2",  "OAUTHBEARER",
                                     "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "DIGEST-MD5" };
  const char *const pieces[] = { "r=",       "s=", ",i=",      "4096",         "v=",  "e=",
                                 "nonce=\"", "\"", "realm=",   "qop=\"auth\"", "{\"", "\":",
                                 "\\u",      "\\", "rspauth=", "=,",           "\x80" };
  g_autoptr(GRand) random = g_rand_new_with_seed (20260101);

  for (int i = 0; i < 4000; i++)
    {
      g_autoptr(PosternSasl) sasl =
                   make (self, mechanisms[g_rand_int_range (random, 0, G_N_ELEMENTS (mechanisms))]);
      int n_steps = 0;

      postern_output_clear (self->output);
      g_assert_cmpint (postern_sasl_initial (sasl, self->output), ==, POSTERN_SASL_CONTINUE);
      for (;;)
        {
          g_autoptr(GString) text = g_string_new (NULL);

          for (int n = g_rand_int_range (random, 0, 8); n > 0; n--)
            {
              if (g_rand_boolean (random))
                g_string_append (text, pieces[g_rand_int_range (random, 0, G_N_ELEMENTS (pieces))]);
              else
                g_string_append_c (text, (char) g_rand_int_range (random, 0, 256));
            }
          if (challenge (self, sasl, text->str, (gssize) text->len) != POSTERN_SASL_CONTINUE)
            break;
          g_assert_cmpint (++n_steps, <=, 20);
        }
      g_assert_false (postern_sasl_is_complete (sasl));
    }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/sasl/plain", test_plain);
  ADD ("/sasl/utf8", test_utf8);
  ADD ("/sasl/login", test_login);
  ADD ("/sasl/cram", test_cram);
  ADD ("/sasl/scram", test_scram);
  ADD ("/sasl/scram-bounds", test_scram_bounds);
  ADD ("/sasl/xoauth2", test_xoauth2);
  ADD ("/sasl/oauthbearer", test_oauthbearer);
  g_test_add_func ("/sasl/oauth-error", test_oauth_error);
  g_test_add_func ("/sasl/oauth-error-bounds", test_oauth_error_bounds);
  ADD ("/sasl/incomplete", test_incomplete);
  ADD ("/sasl/nul-password", test_nul_password);
  ADD ("/sasl/bad-challenge", test_bad_challenge);
  ADD ("/sasl/choose", test_choose);
  g_test_add_func ("/sasl/traits", test_traits);
  ADD ("/sasl/noise", test_noise);

  return g_test_run ();
}
