/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-account.h"

#include "postern-enum-types.h"

struct _PosternAccount
{
  GObject parent_instance;

  char *id;
  char *name;
  PosternSystem system;
  PosternProtocol protocol;
  char *connection;
  PosternTlsStart tls;
  char *tls_options;
  char *asn_file;
  char *usys_dir;
  GPtrArray *drivers;
  char *user;
  GStrv mechanisms;
  char *ehlo_name;
  char *connect_to;
  char *crl_file;
  char *pin;
  PosternFamily family;
  guint connect_timeout;
  guint step_timeout;
  guint total_timeout;
};

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_SYSTEM,
  PROP_PROTOCOL,
  PROP_CONNECTION,
  PROP_TLS,
  PROP_TLS_OPTIONS,
  PROP_ASN_FILE,
  PROP_USYS_DIR,
  PROP_DRIVERS,
  PROP_USER,
  PROP_MECHANISMS,
  PROP_EHLO_NAME,
  PROP_CONNECT_TO,
  PROP_CRL_FILE,
  PROP_PIN,
  PROP_FAMILY,
  PROP_CONNECT_TIMEOUT,
  PROP_STEP_TIMEOUT,
  PROP_TOTAL_TIMEOUT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternAccount, postern_account, G_TYPE_OBJECT)

static GPtrArray *
drivers_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_unref);
}

static gboolean
take_string (char **place, const char *value)
{
  if (g_strcmp0 (*place, value) == 0)
    return FALSE;

  g_free (*place);
  *place = g_strdup (value);
  return TRUE;
}

/* A property that is a text, never NULL. */
static gboolean
take_text (char **place, const char *value)
{
  return take_string (place, value != NULL ? value : "");
}

/* A property that may be NULL, for "not given"; an empty text is not given either. */
static gboolean
take_optional (char **place, const char *value)
{
  return take_string (place, value != NULL && *value != '\0' ? value : NULL);
}

static gboolean
take_words (GStrv *place, const char *const *value)
{
  const char *const none[] = { NULL };

  if (value == NULL)
    value = none;
  if (g_strv_equal ((const char *const *) *place, value))
    return FALSE;

  g_strfreev (*place);
  *place = g_strdupv ((GStrv) value);
  return TRUE;
}

static gboolean
take_number (guint *place, guint value)
{
  gboolean changed = *place != value;

  *place = value;
  return changed;
}

static gboolean
take_drivers (GPtrArray **place, GPtrArray *value)
{
  g_ptr_array_unref (*place);
  *place = value != NULL ? g_ptr_array_ref (value) : drivers_new ();
  return TRUE;
}

static void
postern_account_constructed (GObject *object)
{
  PosternAccount *self = POSTERN_ACCOUNT (object);

  if (self->id == NULL)
    self->id = g_uuid_string_random ();

  G_OBJECT_CLASS (postern_account_parent_class)->constructed (object);
}

static void
postern_account_finalize (GObject *object)
{
  PosternAccount *self = POSTERN_ACCOUNT (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->connection);
  g_free (self->tls_options);
  g_free (self->asn_file);
  g_free (self->usys_dir);
  g_ptr_array_unref (self->drivers);
  g_free (self->user);
  g_strfreev (self->mechanisms);
  g_free (self->ehlo_name);
  g_free (self->connect_to);
  g_free (self->crl_file);
  g_free (self->pin);

  G_OBJECT_CLASS (postern_account_parent_class)->finalize (object);
}

static void
postern_account_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternAccount *self = POSTERN_ACCOUNT (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SYSTEM:
      g_value_set_enum (value, (int) self->system);
      break;
    case PROP_PROTOCOL:
      g_value_set_enum (value, (int) self->protocol);
      break;
    case PROP_CONNECTION:
      g_value_set_string (value, self->connection);
      break;
    case PROP_TLS:
      g_value_set_enum (value, (int) self->tls);
      break;
    case PROP_TLS_OPTIONS:
      g_value_set_string (value, self->tls_options);
      break;
    case PROP_ASN_FILE:
      g_value_set_string (value, self->asn_file);
      break;
    case PROP_USYS_DIR:
      g_value_set_string (value, self->usys_dir);
      break;
    case PROP_DRIVERS:
      g_value_set_boxed (value, self->drivers);
      break;
    case PROP_USER:
      g_value_set_string (value, self->user);
      break;
    case PROP_MECHANISMS:
      g_value_set_boxed (value, self->mechanisms);
      break;
    case PROP_EHLO_NAME:
      g_value_set_string (value, self->ehlo_name);
      break;
    case PROP_CONNECT_TO:
      g_value_set_string (value, self->connect_to);
      break;
    case PROP_CRL_FILE:
      g_value_set_string (value, self->crl_file);
      break;
    case PROP_PIN:
      g_value_set_string (value, self->pin);
      break;
    case PROP_FAMILY:
      g_value_set_enum (value, (int) self->family);
      break;
    case PROP_CONNECT_TIMEOUT:
      g_value_set_uint (value, self->connect_timeout);
      break;
    case PROP_STEP_TIMEOUT:
      g_value_set_uint (value, self->step_timeout);
      break;
    case PROP_TOTAL_TIMEOUT:
      g_value_set_uint (value, self->total_timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_account_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  PosternAccount *self = POSTERN_ACCOUNT (object);
  gboolean changed = FALSE;

  switch (prop_id)
    {
    case PROP_ID:
      self->id = g_value_dup_string (value);
      break;
    case PROP_NAME:
      changed = take_text (&self->name, g_value_get_string (value));
      break;
    case PROP_SYSTEM:
      changed = (int) self->system != g_value_get_enum (value);
      self->system = (PosternSystem) g_value_get_enum (value);
      break;
    case PROP_PROTOCOL:
      changed = (int) self->protocol != g_value_get_enum (value);
      self->protocol = (PosternProtocol) g_value_get_enum (value);
      break;
    case PROP_CONNECTION:
      changed = take_text (&self->connection, g_value_get_string (value));
      break;
    case PROP_TLS:
      changed = (int) self->tls != g_value_get_enum (value);
      self->tls = (PosternTlsStart) g_value_get_enum (value);
      break;
    case PROP_TLS_OPTIONS:
      changed = take_text (&self->tls_options, g_value_get_string (value));
      break;
    case PROP_ASN_FILE:
      changed = take_text (&self->asn_file, g_value_get_string (value));
      break;
    case PROP_USYS_DIR:
      changed = take_text (&self->usys_dir, g_value_get_string (value));
      break;
    case PROP_DRIVERS:
      changed = take_drivers (&self->drivers, g_value_get_boxed (value));
      break;
    case PROP_USER:
      changed = take_text (&self->user, g_value_get_string (value));
      break;
    case PROP_MECHANISMS:
      changed = take_words (&self->mechanisms, g_value_get_boxed (value));
      break;
    case PROP_EHLO_NAME:
      changed = take_optional (&self->ehlo_name, g_value_get_string (value));
      break;
    case PROP_CONNECT_TO:
      changed = take_optional (&self->connect_to, g_value_get_string (value));
      break;
    case PROP_CRL_FILE:
      changed = take_optional (&self->crl_file, g_value_get_string (value));
      break;
    case PROP_PIN:
      changed = take_optional (&self->pin, g_value_get_string (value));
      break;
    case PROP_FAMILY:
      changed = (int) self->family != g_value_get_enum (value);
      self->family = (PosternFamily) g_value_get_enum (value);
      break;
    case PROP_CONNECT_TIMEOUT:
      changed = take_number (&self->connect_timeout, g_value_get_uint (value));
      break;
    case PROP_STEP_TIMEOUT:
      changed = take_number (&self->step_timeout, g_value_get_uint (value));
      break;
    case PROP_TOTAL_TIMEOUT:
      changed = take_number (&self->total_timeout, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }

  if (changed)
    g_object_notify_by_pspec (object, pspec);
}

static void
postern_account_class_init (PosternAccountClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->constructed = postern_account_constructed;
  object_class->finalize = postern_account_finalize;
  object_class->get_property = postern_account_get_property;
  object_class->set_property = postern_account_set_property;

  properties[PROP_ID] =
    g_param_spec_string ("id", NULL, NULL, NULL, flags | G_PARAM_CONSTRUCT_ONLY);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", flags);
  properties[PROP_SYSTEM] =
    g_param_spec_enum ("system", NULL, NULL, POSTERN_TYPE_SYSTEM, POSTERN_SYSTEM_GENERIC, flags);
  properties[PROP_PROTOCOL] =
    g_param_spec_enum ("protocol", NULL, NULL, POSTERN_TYPE_PROTOCOL, POSTERN_PROTOCOL_SMTP, flags);
  properties[PROP_CONNECTION] = g_param_spec_string ("connection", NULL, NULL, "", flags);
  properties[PROP_TLS] =
    g_param_spec_enum ("tls", NULL, NULL, POSTERN_TYPE_TLS_START, POSTERN_TLS_START_DEFAULT, flags);
  properties[PROP_TLS_OPTIONS] = g_param_spec_string ("tls-options", NULL, NULL, "", flags);
  properties[PROP_ASN_FILE] = g_param_spec_string ("asn-file", NULL, NULL, "", flags);
  properties[PROP_USYS_DIR] = g_param_spec_string ("usys-dir", NULL, NULL, "", flags);
  properties[PROP_DRIVERS] = g_param_spec_boxed ("drivers", NULL, NULL, G_TYPE_PTR_ARRAY, flags);
  properties[PROP_USER] = g_param_spec_string ("user", NULL, NULL, "", flags);
  properties[PROP_MECHANISMS] = g_param_spec_boxed ("mechanisms", NULL, NULL, G_TYPE_STRV, flags);
  properties[PROP_EHLO_NAME] = g_param_spec_string ("ehlo-name", NULL, NULL, NULL, flags);
  properties[PROP_CONNECT_TO] = g_param_spec_string ("connect-to", NULL, NULL, NULL, flags);
  properties[PROP_CRL_FILE] = g_param_spec_string ("crl-file", NULL, NULL, NULL, flags);
  properties[PROP_PIN] = g_param_spec_string ("pin", NULL, NULL, NULL, flags);
  properties[PROP_FAMILY] =
    g_param_spec_enum ("family", NULL, NULL, POSTERN_TYPE_FAMILY, POSTERN_FAMILY_ANY, flags);
  properties[PROP_CONNECT_TIMEOUT] =
    g_param_spec_uint ("connect-timeout", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_STEP_TIMEOUT] =
    g_param_spec_uint ("step-timeout", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_TOTAL_TIMEOUT] =
    g_param_spec_uint ("total-timeout", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_account_init (PosternAccount *self)
{
  self->name = g_strdup ("");
  self->connection = g_strdup ("");
  self->tls_options = g_strdup ("");
  self->asn_file = g_strdup ("");
  self->usys_dir = g_strdup ("");
  self->drivers = drivers_new ();
  self->user = g_strdup ("");
  self->mechanisms = g_new0 (char *, 1);
}

/**
 * postern_account_new:
 * @id: (nullable): the identity of a stored account, or NULL for a new one
 *
 * Returns: (transfer full): an account with nothing filled in
 */
PosternAccount *
postern_account_new (const char *id)
{
  return g_object_new (POSTERN_TYPE_ACCOUNT, "id", id, NULL);
}

const char *
postern_account_get_id (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->id;
}

const char *
postern_account_get_name (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->name;
}

PosternSystem
postern_account_get_system (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), POSTERN_SYSTEM_GENERIC);

  return self->system;
}

PosternProtocol
postern_account_get_protocol (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), POSTERN_PROTOCOL_SMTP);

  return self->protocol;
}

const char *
postern_account_get_connection (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->connection;
}

PosternTlsStart
postern_account_get_tls (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), POSTERN_TLS_START_DEFAULT);

  return self->tls;
}

const char *
postern_account_get_tls_options (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->tls_options;
}

const char *
postern_account_get_asn_file (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->asn_file;
}

const char *
postern_account_get_usys_dir (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->usys_dir;
}

/**
 * postern_account_get_drivers:
 * @self: an account
 *
 * Returns: (transfer none) (element-type PosternDriver): SetSecurity calls in order; to change
 *   them set the property to a new array
 */
GPtrArray *
postern_account_get_drivers (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->drivers;
}

const char *
postern_account_get_user (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->user;
}

const char *const *
postern_account_get_mechanisms (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return (const char *const *) self->mechanisms;
}

const char *
postern_account_get_ehlo_name (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->ehlo_name;
}

const char *
postern_account_get_connect_to (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->connect_to;
}

const char *
postern_account_get_crl_file (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->crl_file;
}

/**
 * postern_account_get_pin:
 *
 * Returns: (nullable): the exception for a certificate, as [struct@TlsPin] is written
 */
const char *
postern_account_get_pin (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  return self->pin;
}

PosternFamily
postern_account_get_family (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), POSTERN_FAMILY_ANY);

  return self->family;
}

guint
postern_account_get_connect_timeout (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), 0);

  return self->connect_timeout;
}

guint
postern_account_get_step_timeout (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), 0);

  return self->step_timeout;
}

guint
postern_account_get_total_timeout (PosternAccount *self)
{
  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), 0);

  return self->total_timeout;
}

/**
 * postern_account_assign:
 * @self: an account
 * @other: whose settings it gets; its own identity stays
 */
void
postern_account_assign (PosternAccount *self, PosternAccount *other)
{
  g_return_if_fail (POSTERN_IS_ACCOUNT (self));
  g_return_if_fail (POSTERN_IS_ACCOUNT (other));

  for (guint i = PROP_0 + 1; i < N_PROPS; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if (i == PROP_ID)
        continue;
      g_object_get_property (G_OBJECT (other), properties[i]->name, &value);
      g_object_set_property (G_OBJECT (self), properties[i]->name, &value);
    }
}

/**
 * postern_account_duplicate:
 * @self: an account
 * @new_id: (nullable): the identity of the copy, or NULL for a new one
 *
 * Returns: (transfer full): an account with the same settings
 */
PosternAccount *
postern_account_duplicate (PosternAccount *self, const char *new_id)
{
  PosternAccount *copy;

  g_return_val_if_fail (POSTERN_IS_ACCOUNT (self), NULL);

  copy = postern_account_new (new_id);
  postern_account_assign (copy, self);
  return copy;
}
