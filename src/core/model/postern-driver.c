/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-driver.h"

#include <string.h>

struct _PosternDriver
{
  gatomicrefcount ref_count;
  char *properties;
  char *parameters;
  PosternSecret *password;
  PosternSecret *token;
  gboolean cut;
};

GType
postern_driver_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_boxed_type_register_static ("PosternDriver",
                                                            (GBoxedCopyFunc) postern_driver_ref,
                                                            (GBoxedFreeFunc) postern_driver_unref));
  return type;
}

/* The length of the list separator at @text: GOLD ;, "·;" or ";", see spec/uniface.md section 2. */
static gsize
separator_length (const char *text)
{
  if (*text == '\x1b' || *text == ';')
    return 1;
  return g_str_has_prefix (text, "\xc2\xb7;") ? 3 : 0;
}

/* The length of the item at @text: up to a separator that no "!" makes literal. */
static gsize
item_length (const char *text)
{
  const char *p = text;

  while (*p != '\0')
    {
      gsize escaped = *p == '!' ? separator_length (p + 1) : 0;

      if (escaped > 0)
        p += 1 + escaped;
      else if (separator_length (p) > 0)
        break;
      else
        p++;
    }
  return (gsize) (p - text);
}

/* The value of a secret item, with "!;" turned back into ";". */
static PosternSecret *
secret_from_value (const char *value, gsize length)
{
  PosternSecret *secret;
  char *plain = g_malloc (length + 1);
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (value[i] == '!' && i + 1 < length && separator_length (value + i + 1) > 0)
        continue;
      plain[n++] = value[i];
    }
  secret = n > 0 ? postern_secret_new (plain, (gssize) n) : NULL;
  postern_wipe (plain, length);
  g_free (plain);
  return secret;
}

/* Whether an item is "keyword=…", in any case. */
static gboolean
has_keyword (const char *item, gsize length, const char *keyword)
{
  const char *equals = memchr (item, '=', length);
  const char *end = equals;

  if (equals == NULL)
    return FALSE;
  while (end > item && g_ascii_isspace (end[-1]))
    end--;
  while (item < end && g_ascii_isspace (*item))
    item++;
  return (gsize) (end - item) == strlen (keyword) &&
         g_ascii_strncasecmp (item, keyword, strlen (keyword)) == 0;
}

/* Whether an item is one of the parameters that there are, spec/uniface.md section 7.2. */
static gboolean
is_parameter (const char *item, gsize length)
{
  static const char *const known[] = {
    "USER",    "PASSWORD", "TOKEN", "DOMAIN",     "WORKSTATION",
    "CHARSET", "POLICY",   "SSP",   "SPN_SERVER", "SPN_USER",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (has_keyword (item, length, known[i]))
      return TRUE;
  return FALSE;
}

/* What follows a secret and is no parameter may be the rest of it, with a separator in it that was
 * to be escaped: it is not kept. */
static void
take_secrets (PosternDriver *self, const char *text)
{
  g_autoptr(GString) rest = g_string_new (NULL);
  gboolean after_secret = FALSE;

  while (*text != '\0')
    {
      gsize length = item_length (text);
      const char *value = memchr (text, '=', length);
      PosternSecret **place = NULL;

      if (has_keyword (text, length, "password"))
        place = &self->password;
      else if (has_keyword (text, length, "token"))
        place = &self->token;

      if (place != NULL)
        {
          g_clear_pointer (place, postern_secret_unref);
          *place = secret_from_value (value + 1, length - (gsize) (value + 1 - text));
          after_secret = TRUE;
        }
      else if (after_secret && length > 0 && !is_parameter (text, length))
        self->cut = TRUE;
      else
        {
          after_secret = after_secret && length == 0;
          if (rest->len > 0)
            g_string_append_c (rest, ';');
          g_string_append_len (rest, text, (gssize) length);
        }

      text += length;
      text += separator_length (text);
    }
  self->parameters = g_strdup (rest->str);
}

/**
 * postern_driver_new:
 * @properties: (nullable): DriverProperties of SetSecurity, such as "SMTP=UAuthLoginSMTP;USE=MAND"
 * @parameters: (nullable): DriverParameters, such as "USER=me;PASSWORD=…"; the caller wipes it
 *
 * Checks nothing: what is wrong with the text is for the runtime to say.
 *
 * Returns: (transfer full): a driver
 */
PosternDriver *
postern_driver_new (const char *properties, const char *parameters)
{
  PosternDriver *self = g_new0 (PosternDriver, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->properties = g_strdup (properties != NULL ? properties : "");
  take_secrets (self, parameters != NULL ? parameters : "");
  return self;
}

PosternDriver *
postern_driver_ref (PosternDriver *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
postern_driver_unref (PosternDriver *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->properties);
  g_free (self->parameters);
  g_clear_pointer (&self->password, postern_secret_unref);
  g_clear_pointer (&self->token, postern_secret_unref);
  g_free (self);
}

const char *
postern_driver_get_properties (PosternDriver *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->properties;
}

/**
 * postern_driver_get_parameters:
 * @self: a driver
 *
 * Returns: (transfer none): the parameters without the secret ones
 */
const char *
postern_driver_get_parameters (PosternDriver *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->parameters;
}

/**
 * postern_driver_is_cut:
 * @self: a driver
 *
 * Returns: TRUE if something stood behind a secret that was no parameter, and was left out
 */
gboolean
postern_driver_is_cut (PosternDriver *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->cut;
}

PosternSecret *
postern_driver_get_password (PosternDriver *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->password;
}

PosternSecret *
postern_driver_get_token (PosternDriver *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->token;
}
