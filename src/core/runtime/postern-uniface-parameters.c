/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-uniface-drivers.h"

#include "runtime/postern-lint.h"
#include "runtime/postern-uniface-list.h"

#include <glib/gi18n.h>
#include <string.h>

/* DriverParameters, spec/uniface.md section 7.2. A driver looks at them when its turn comes, so
 * what is wrong with them makes its step fail (-8), and not SetSecurity. */

#define MAX_PARAMETERS 4095

/* What each kind of driver takes besides its secret. */
static const char *const keywords[][8] = {
  [POSTERN_UNIFACE_DRIVER_STARTTLS] = { NULL },
  [POSTERN_UNIFACE_DRIVER_LOGIN] = { "USER", NULL },
  [POSTERN_UNIFACE_DRIVER_XOAUTH2] = { "USER", NULL },
  [POSTERN_UNIFACE_DRIVER_NTLM] = { "USER", "DOMAIN", "WORKSTATION", "CHARSET", "POLICY", NULL },
  [POSTERN_UNIFACE_DRIVER_SSPI] = { "SSP", "SPN_SERVER", "SPN_USER", "USER", "DOMAIN", NULL },
};

static const char *const mechanisms[] = {
  [POSTERN_UNIFACE_DRIVER_LOGIN] = "LOGIN",
  [POSTERN_UNIFACE_DRIVER_XOAUTH2] = "XOAUTH2",
  [POSTERN_UNIFACE_DRIVER_NTLM] = "NTLM",
};

/* The parameters of one driver on their way into a step. */
typedef struct
{
  const PosternUnifaceDriver *driver;
  PosternPlanStep *step;
  PosternAccount *account;
  const PosternCredentials *credentials;
  PosternAsn *asn;  /* or NULL */
  GPtrArray *items; /* PosternUnifaceItem */
  GPtrArray *findings;
} Filling;

static void
warn (const Filling *self, const char *title, const char *text)
{
  g_autofree char *field = postern_uniface_driver_field (self->driver->number);

  postern_lint_add (self->findings, "settings.driver-parameters", POSTERN_SEVERITY_WARNING, field,
                    0, title,
                    g_strdup_printf (_ ("Driver %u, %s: %s"), self->driver->number,
                                     self->driver->entry_point, text));
}

static void
set_local_fault (const Filling *self, gboolean tell, const char *text)
{
  if (self->step->local_fault != NULL)
    return;
  self->step->local_fault = g_strdup (text);
  if (tell)
    warn (self, _ ("The driver parameters cannot work"), text);
}

static void
set_fault_about (const Filling *self, const char *format, const char *value)
{
  g_autofree char *quoted = postern_lint_quote (value);
  g_autofree char *text = g_strdup_printf (format, quoted);

  set_local_fault (self, TRUE, text);
}

static const char *
get_secret_keyword (const Filling *self)
{
  return self->driver->kind == POSTERN_UNIFACE_DRIVER_XOAUTH2 ? "TOKEN" : "PASSWORD";
}

/* --- The list --- */

static gboolean
is_keyword (const Filling *self, const char *id)
{
  const char *const *known = keywords[self->driver->kind];

  for (gsize i = 0; known[i] != NULL; i++)
    if (g_ascii_strcasecmp (known[i], id) == 0)
      return TRUE;
  return g_ascii_strcasecmp (get_secret_keyword (self), id) == 0;
}

static void
warn_keywords (const Filling *self)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      const PosternUnifaceItem *item = self->items->pdata[i];
      g_autofree char *quoted = NULL;
      g_autofree char *text = NULL;

      if (*item->id == '\0' || is_keyword (self, item->id))
        continue;
      quoted = postern_lint_quote (item->id);
      text = g_strdup_printf (_ ("“%s” is no parameter of this driver."), quoted);
      warn (self, _ ("Unknown driver parameter"), text);
    }
}

/* The value of a keyword, of the last one where it is given twice; NULL where it is not or empty.
 */
static const char *
find_value (const Filling *self, const char *keyword)
{
  const char *value = NULL;

  for (guint i = 0; i < self->items->len; i++)
    {
      const PosternUnifaceItem *item = self->items->pdata[i];

      if (item->has_value && g_ascii_strcasecmp (item->id, keyword) == 0)
        value = *item->value != '\0' ? item->value : NULL;
    }
  return value;
}

/* --- NTLM --- */

/* The names of a policy, with single blanks. */
static gboolean
find_policy (const char *text, gsize length, PosternNtlmPolicy *policy)
{
  static const struct
  {
    const char *name;
    PosternNtlmPolicy policy;
  } policies[] = {
    { "LM NTLM VERSION 1", POSTERN_NTLM_LM_V1 },
    { "LM NTLM V1", POSTERN_NTLM_LM_V1 },
    { "LM NTLM", POSTERN_NTLM_LM_V1 },
    { "LM NTLM VERSION 2", POSTERN_NTLM_LM_V2 },
    { "LM NTLM V2", POSTERN_NTLM_LM_V2 },
    { "NTLM", POSTERN_NTLM_ALONE },
    { "SESSION SECURITY", POSTERN_NTLM_SESSION },
  };
  g_autofree char *copy = g_strstrip (g_strndup (text, length));

  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    if (g_ascii_strcasecmp (policies[i].name, copy) == 0)
      {
        *policy = policies[i].policy;
        return TRUE;
      }
  return FALSE;
}

/* Only SESSION SECURITY can have another one behind a comma. */
static gboolean
read_policy (const char *text, PosternNtlmSettings *settings)
{
  gsize n_first = strcspn (text, ",");

  if (!find_policy (text, n_first, &settings->policy))
    return FALSE;
  settings->fallback = settings->policy;
  if (text[n_first] == '\0')
    return TRUE;
  return settings->policy == POSTERN_NTLM_SESSION &&
         find_policy (text + n_first + 1, strlen (text + n_first + 1), &settings->fallback) &&
         settings->fallback != POSTERN_NTLM_SESSION;
}

/* NTLM_INITIAL_RESPONSE in [LOGICALS]. */
static gboolean
is_deferred (const Filling *self)
{
  const PosternAsnSetting *setting =
    self->asn != NULL ? postern_asn_lookup (self->asn, "LOGICALS", "NTLM_INITIAL_RESPONSE") : NULL;
  g_autofree char *place = NULL;
  g_autofree char *text = NULL;

  if (setting == NULL || g_ascii_strcasecmp (setting->value, "IMMEDIATE") == 0)
    return FALSE;
  if (g_ascii_strcasecmp (setting->value, "DEFERRED") == 0)
    return TRUE;

  place = postern_asn_setting_dup_place (setting);
  text = g_strdup_printf (_ ("NTLM_INITIAL_RESPONSE is IMMEDIATE or DEFERRED (%s)."), place);
  warn (self, _ ("The logical has no meaning"), text);
  return FALSE;
}

static void
fill_ntlm (const Filling *self)
{
  PosternNtlmSettings *settings = self->step->ntlm = postern_ntlm_settings_new ();
  const char *charset = find_value (self, "CHARSET");
  const char *policy = find_value (self, "POLICY");

  settings->policy = settings->fallback = POSTERN_NTLM_LM_V1;
  settings->domain = g_strdup (find_value (self, "DOMAIN"));
  settings->workstation = g_strdup (find_value (self, "WORKSTATION"));
  settings->deferred = is_deferred (self);
  settings->oem = charset != NULL && g_ascii_strcasecmp (charset, "OEM") == 0;
  if (charset != NULL && !settings->oem && g_ascii_strcasecmp (charset, "Unicode") != 0)
    set_fault_about (self, _ ("CHARSET is Unicode or OEM, and not “%s”."), charset);
  if (policy != NULL && !read_policy (policy, settings))
    set_fault_about (self, _ ("“%s” is no POLICY of NTLM."), policy);
  if (settings->domain == NULL && self->step->user != NULL &&
      strchr (self->step->user, '\\') != NULL)
    warn (self, _ ("The domain is in the user name"),
          _ ("NTLM sends the domain apart from the name: write DOMAIN= for it (inferred)."));
}

/* --- User and secret --- */

static void
lint_user (const Filling *self)
{
  g_autofree char *field = postern_uniface_driver_field (self->driver->number);

  if (self->step->user != NULL)
    postern_lint_user (self->findings, field, self->step->user);
}

static PosternSecret *
choose_secret (PosternSecret *own, PosternSecret *given)
{
  if (own != NULL && !postern_secret_is_empty (own))
    return postern_secret_ref (own);
  if (given != NULL && !postern_secret_is_empty (given))
    return postern_secret_ref (given);

  return NULL;
}

/* What SetSecurity would be given: with the user and the secret, where they are kept apart. */
static void
check_length (const Filling *self, PosternSecret *secret)
{
  gsize length = strlen (postern_driver_get_parameters (self->driver->driver));

  if (length > MAX_PARAMETERS)
    {
      set_local_fault (self, TRUE, _ ("SetSecurity takes parameters of at most 4095 bytes."));
      return;
    }
  if (self->step->user != NULL && find_value (self, "USER") == NULL)
    length += strlen ("USER=;") + strlen (self->step->user);
  if (secret != NULL)
    length += strlen (get_secret_keyword (self)) + strlen ("=") +
              postern_secret_get_length (secret) + (length > 0);

  if (length > MAX_PARAMETERS)
    set_local_fault (self, TRUE,
                     _ ("With user and secret the parameters have more than the 4095 bytes that "
                        "SetSecurity takes."));
}

static PosternSecret *
fill_secret (const Filling *self)
{
  PosternDriver *driver = self->driver->driver;
  const PosternCredentials *given = self->credentials;
  gboolean oauth = self->driver->kind == POSTERN_UNIFACE_DRIVER_XOAUTH2;

  if (oauth)
    return self->step->token =
             choose_secret (postern_driver_get_token (driver), given != NULL ? given->token : NULL);
  return self->step->password = choose_secret (postern_driver_get_password (driver),
                                               given != NULL ? given->password : NULL);
}

/* Section 4: Unicode works for subject and body alone. */
static void
check_ascii (const Filling *self, PosternSecret *secret)
{
  gsize length = 0;
  const char *bytes = secret != NULL ? postern_secret_peek (secret, &length) : NULL;
  gboolean ascii = self->step->user == NULL || g_str_is_ascii (self->step->user);

  for (gsize i = 0; i < length; i++)
    ascii = ascii && (guchar) bytes[i] < 0x80;
  if (!ascii)
    warn (self, _ ("Characters outside ASCII"),
          _ ("UPOPMAIL takes Unicode for subject and text alone, not for user names and passwords; "
             "which bytes Uniface sends for them is not documented."));
}

/* The list ends a value at a semicolon; the driver took care that no more of it is shown. */
static void
check_cut (const Filling *self)
{
  if (postern_driver_is_cut (self->driver->driver))
    warn (self, _ ("Something follows the password or token"),
          _ ("What stands behind a semicolon after it is no parameter, and is left out. Where it "
             "belongs to the secret, write the semicolon as !; there."));
}

/* --- SSPI --- */

static const char *
find_in (PosternDriver *driver, const char *keyword, GPtrArray **items)
{
  Filling filling = { .items = *items =
                        postern_uniface_list_parse (postern_driver_get_parameters (driver)) };

  return find_value (&filling, keyword);
}

gboolean
postern_uniface_driver_shows_password (const PosternUnifaceDriver *driver)
{
  g_autoptr(GPtrArray) items = NULL;
  const char *ssp;

  if (driver->kind != POSTERN_UNIFACE_DRIVER_SSPI)
    return driver->kind != POSTERN_UNIFACE_DRIVER_STARTTLS;
  ssp = find_in (driver->driver, "SSP", &items);
  return ssp == NULL || g_ascii_strcasecmp (ssp, "Kerberos") != 0;
}

static void
warn_windows (const Filling *self)
{
  g_autofree char *field = postern_uniface_driver_field (self->driver->number);

  postern_lint_add (
    self->findings, "settings.windows-only", POSTERN_SEVERITY_WARNING, field, 0,
    _ ("This driver runs on Windows alone"),
    g_strdup_printf (
      _ ("Driver %u: Uniface has %s on Windows alone. What is tested here stands for "
         "a client on Windows, with the Kerberos tickets of this computer (klist) in "
         "place of those of the Windows user."),
      self->driver->number, self->driver->entry_point));
}

/* The user of Windows logs on without a password being there: nothing here could do the same. */
static void
refuse_windows (const Filling *self)
{
  g_autofree char *field = postern_uniface_driver_field (self->driver->number);

  postern_lint_add (
    self->findings, "settings.not-supported", POSTERN_SEVERITY_ERROR, field, 0,
    _ ("Only Windows can do this"),
    g_strdup_printf (
      _ ("Driver %u, %s: NTLM without SPN_USER, USER, PASSWORD and DOMAIN logs on as "
         "the user of Windows, whose password only Windows has. It cannot be tested "
         "here; give the credentials, or a SPN_SERVER for Kerberos."),
      self->driver->number, self->driver->entry_point));
}

static void
check_names (const Filling *self, gboolean kerberos)
{
  const PosternSspi *sspi = self->step->sspi;

  if (kerberos && sspi->server == NULL)
    set_local_fault (self, TRUE, _ ("Kerberos needs SPN_SERVER, such as SMTPSVC/host@REALM."));
  if (sspi->server != NULL && strchr (sspi->server, '/') == NULL)
    set_fault_about (self, _ ("SPN_SERVER is written SMTPSVC/host@REALM, and not “%s”."),
                     sspi->server);
  else if (sspi->server != NULL && strchr (sspi->server, '@') == NULL)
    warn (self, _ ("The realm is missing"),
          _ ("SPN_SERVER is written SMTPSVC/host@REALM. Without the realm that of this computer "
             "counts."));
}

/* USER, PASSWORD and DOMAIN come only and always with SPN_USER. */
static void
fill_other_user (const Filling *self)
{
  PosternPlanStep *step = self->step;
  const char *domain = find_value (self, "DOMAIN");

  if (step->sspi->user == NULL)
    {
      if (find_value (self, "USER") != NULL || domain != NULL ||
          postern_driver_get_password (self->driver->driver) != NULL)
        set_local_fault (self, TRUE, _ ("USER, PASSWORD and DOMAIN need SPN_USER with them."));
      return;
    }

  step->user = g_strdup (find_value (self, "USER"));
  fill_secret (self);
  if (step->user == NULL || domain == NULL)
    set_local_fault (self, TRUE, _ ("SPN_USER needs USER, PASSWORD and DOMAIN with it."));
  if (step->password == NULL)
    set_local_fault (self, self->credentials != NULL, _ ("The parameter PASSWORD is missing."));
  lint_user (self);
  postern_lint_secret (self->findings, "password", step->password);
  check_ascii (self, step->password);
  step->ntlm = postern_ntlm_settings_new ();
  step->ntlm->domain = g_strdup (domain);
}

/* Kerberos where there can be a ticket, else NTLM where there is a password. */
static void
fill_sspi (const Filling *self)
{
  PosternPlanStep *step = self->step;
  const char *ssp = find_value (self, "SSP");
  gboolean negotiate = ssp != NULL && g_ascii_strcasecmp (ssp, "Negotiate") == 0;
  gboolean kerberos = ssp != NULL && g_ascii_strcasecmp (ssp, "Kerberos") == 0;
  gboolean ntlm = ssp != NULL && g_ascii_strcasecmp (ssp, "NTLM") == 0;
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  warn_windows (self);
  step->sspi = postern_sspi_new (find_value (self, "SPN_SERVER"), find_value (self, "SPN_USER"));
  if (ssp == NULL)
    set_local_fault (self, TRUE, _ ("The parameter SSP is missing."));
  else if (!negotiate && !kerberos && !ntlm)
    set_fault_about (self, _ ("SSP is Negotiate, NTLM or Kerberos, and not “%s”."), ssp);
  check_names (self, kerberos);
  fill_other_user (self);
  check_length (self, step->password);

  if (kerberos || (negotiate && step->sspi->server != NULL))
    g_strv_builder_add (names, "GSSAPI");
  if (ntlm || (negotiate && step->sspi->user != NULL))
    g_strv_builder_add (names, "NTLM");
  g_strfreev (step->mechanisms);
  step->mechanisms = g_strv_builder_end (names);
  if (step->local_fault == NULL && step->sspi->user == NULL &&
      (ntlm || (negotiate && step->sspi->server == NULL)))
    refuse_windows (self);
  if (kerberos && step->sspi->user != NULL)
    warn (
      self, _ ("The ticket has to be there"),
      _ ("Windows gets a ticket for SPN_USER with USER and PASSWORD. Here it is taken from those "
         "of this computer: get it with kinit."));
}

static void
fill_authentication (const Filling *self)
{
  PosternPlanStep *step = self->step;
  gboolean oauth = self->driver->kind == POSTERN_UNIFACE_DRIVER_XOAUTH2;
  const char *user = find_value (self, "USER");
  PosternSecret *secret;

  g_strfreev (step->mechanisms);
  step->mechanisms = g_new0 (char *, 2);
  step->mechanisms[0] = g_strdup (mechanisms[self->driver->kind]);
  if (user == NULL)
    user = postern_account_get_user (self->account);
  step->user = *user != '\0' ? g_strdup (user) : NULL;
  secret = fill_secret (self);
  check_length (self, secret);

  if (self->driver->kind == POSTERN_UNIFACE_DRIVER_NTLM)
    fill_ntlm (self);
  if (step->user == NULL)
    set_local_fault (self, TRUE, _ ("The parameter USER is missing."));
  lint_user (self);
  /* Without credentials the plan is for looking at: they may still come. */
  if (secret == NULL)
    set_local_fault (self, self->credentials != NULL,
                     oauth ? _ ("The parameter TOKEN is missing.")
                           : _ ("The parameter PASSWORD is missing."));
  postern_lint_secret (self->findings, oauth ? "token" : "password", secret);
  check_ascii (self, secret);
}

static void
fill_step (const Filling *self)
{
  PosternDriver *driver = self->driver->driver;

  if (self->driver->kind == POSTERN_UNIFACE_DRIVER_STARTTLS)
    {
      if (*postern_driver_get_parameters (driver) != '\0' ||
          postern_driver_get_password (driver) != NULL || postern_driver_get_token (driver) != NULL)
        set_local_fault (self, TRUE, _ ("UStartTLSSMTP takes no parameters."));
      return;
    }
  warn_keywords (self);
  check_cut (self);
  if (self->driver->kind == POSTERN_UNIFACE_DRIVER_SSPI)
    fill_sspi (self);
  else
    fill_authentication (self);
}

/**
 * postern_uniface_drivers_plan:
 * @queue: (element-type PosternUnifaceDriver): a context
 * @credentials: (nullable): %NULL for a plan to look at
 * @asn: (nullable): the assignment file
 */
void
postern_uniface_drivers_plan (GPtrArray *queue,
                              PosternAccount *account,
                              const PosternCredentials *credentials,
                              PosternAsn *asn,
                              PosternPlan *plan,
                              GPtrArray *findings)
{
  for (guint i = 0; i < queue->len; i++)
    {
      const PosternUnifaceDriver *driver = queue->pdata[i];
      gboolean starttls = driver->kind == POSTERN_UNIFACE_DRIVER_STARTTLS;
      g_autoptr(GPtrArray) items =
                   postern_uniface_list_parse (postern_driver_get_parameters (driver->driver));
      Filling filling = {
        .driver = driver,
        .step = postern_plan_add_step (
          plan, starttls ? POSTERN_PLAN_STARTTLS : POSTERN_PLAN_AUTHENTICATE, driver->mandatory),
        .account = account,
        .credentials = credentials,
        .asn = asn,
        .items = items,
        .findings = findings,
      };

      filling.step->driver = g_strdup (driver->entry_point);
      fill_step (&filling);
    }
}
