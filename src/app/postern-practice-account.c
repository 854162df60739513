/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-practice-account.h"

#include <glib/gi18n.h>

struct _PosternPracticeAccount
{
  GObject parent_instance;

  PosternAccount *account;
  PosternPractice *server;
  guint scenario;
};

enum
{
  PROP_0,
  PROP_SCENARIO,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternPracticeAccount, postern_practice_account, G_TYPE_OBJECT)

static void
stop_server (PosternPracticeAccount *self)
{
  if (self->server != NULL)
    postern_practice_stop (self->server);
  g_clear_object (&self->server);
}

static void
postern_practice_account_finalize (GObject *object)
{
  PosternPracticeAccount *self = POSTERN_PRACTICE_ACCOUNT (object);

  stop_server (self);
  g_object_unref (self->account);

  G_OBJECT_CLASS (postern_practice_account_parent_class)->finalize (object);
}

static void
postern_practice_account_get_property (GObject *object,
                                       guint prop_id,
                                       GValue *value,
                                       GParamSpec *pspec)
{
  PosternPracticeAccount *self = POSTERN_PRACTICE_ACCOUNT (object);

  switch (prop_id)
    {
    case PROP_SCENARIO:
      g_value_set_uint (value, self->scenario);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_practice_account_class_init (PosternPracticeAccountClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = postern_practice_account_finalize;
  object_class->get_property = postern_practice_account_get_property;

  properties[PROP_SCENARIO] = g_param_spec_uint ("scenario", NULL, NULL, 0, G_MAXUINT, 0,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_practice_account_init (PosternPracticeAccount *self)
{
  self->account = postern_account_new (NULL);
  g_object_set (self->account, "name", _ ("Practice"), "system", POSTERN_SYSTEM_UNIFACE, NULL);
}

/* The account as a Uniface developer would write it for this server. */
static void
point_account (PosternPracticeAccount *self,
               const PosternPracticeScenario *scenario,
               const char *ca_file)
{
  g_autoptr(GPtrArray) drivers =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
  g_autofree char *options = g_strdup_printf ("verify_server=yes,ca_certificate=%s", ca_file);
  g_autofree char *connection = NULL;
  gboolean token = g_strcmp0 (scenario->mechanism, "XOAUTH2") == 0 ||
                   g_strcmp0 (scenario->mechanism, "OAUTHBEARER") == 0;

  if (scenario->implicit)
    {
      connection =
        g_strdup_printf ("TLS:localhost+%u", postern_practice_get_tls_port (self->server));
    }
  else
    {
      connection = g_strdup_printf ("localhost+%u", postern_practice_get_port (self->server));
      g_ptr_array_add (drivers, postern_driver_new ("SMTP=UStartTLSSMTP", ""));
    }
  g_ptr_array_add (drivers,
                   postern_driver_new (token ? "SMTP=UAuthXOAUTH2SMTP" : "SMTP=UAuthLoginSMTP",
                                       "USER=" POSTERN_PRACTICE_USER));

  g_object_set (self->account, "connection", connection, "tls-options", options, "user",
                POSTERN_PRACTICE_USER, "drivers", drivers, NULL);
}

/**
 * postern_practice_account_set_scenario:
 *
 * On failure the server that was there goes on.
 */
gboolean
postern_practice_account_set_scenario (PosternPracticeAccount *self, guint scenario, GError **error)
{
  const PosternPracticeScenario *scenarios;
  g_autoptr(PosternPractice) server = NULL;
  const char *ca_file;
  gsize n_scenarios;

  g_return_val_if_fail (POSTERN_IS_PRACTICE_ACCOUNT (self), FALSE);

  scenarios = postern_practice_list_scenarios (&n_scenarios);
  g_return_val_if_fail (scenario < n_scenarios, FALSE);

  server = postern_practice_new (scenarios[scenario].name, error);
  if (server == NULL || !postern_practice_start (server, 0, 0, error))
    return FALSE;
  ca_file = postern_practice_write_ca_file (server, error);
  if (ca_file == NULL)
    return FALSE;

  stop_server (self);
  self->server = g_steal_pointer (&server);
  self->scenario = scenario;
  point_account (self, &scenarios[scenario], ca_file);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SCENARIO]);
  return TRUE;
}

PosternPracticeAccount *
postern_practice_account_new (GError **error)
{
  g_autoptr(PosternPracticeAccount) self = g_object_new (POSTERN_TYPE_PRACTICE_ACCOUNT, NULL);

  if (!postern_practice_account_set_scenario (self, 0, error))
    return NULL;
  return g_steal_pointer (&self);
}

PosternAccount *
postern_practice_account_get_account (PosternPracticeAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE_ACCOUNT (self), NULL);

  return self->account;
}

guint
postern_practice_account_get_scenario (PosternPracticeAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_PRACTICE_ACCOUNT (self), 0);

  return self->scenario;
}
