/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-runtime-common.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *
lookup (PosternPlan *plan, PosternTlsOptionId id)
{
  return g_hash_table_lookup (plan->tls_options, postern_tls_option_get_name (id));
}

/* Who is trusted: a file, a folder, or both, or else what the system trusts. */
static void
add_authorities (PosternGoverning *self, PosternPlan *plan)
{
  const char *file = lookup (plan, POSTERN_TLS_OPTION_CA_CERTIFICATE);
  const char *folder = lookup (plan, POSTERN_TLS_OPTION_CA_LOCATION);
  PosternTlsOptionId id = file == NULL && folder != NULL ? POSTERN_TLS_OPTION_CA_LOCATION
                                                         : POSTERN_TLS_OPTION_CA_CERTIFICATE;
  const char *path = file != NULL ? file : folder;

  self->also = g_strdup (postern_tls_option_get_name (id));
  self->also_value = g_strdup (path);
}

static char *
describe_authorities (const PosternGoverning *self)
{
  if (self->also_value == NULL)
    return g_strdup_printf (_ ("%s is not given, so the authorities of the system are trusted."),
                            self->also);

  /* Translators: a TLS option and its value, such as ca_certificate=ca.pem */
  return g_strdup_printf (_ ("%s=%s names the authorities that are trusted."), self->also,
                          self->also_value);
}

static PosternGoverning *
govern_name (PosternPlan *plan, gboolean hidden)
{
  const char *option = postern_tls_option_get_name (POSTERN_TLS_OPTION_VERIFY_SERVER_NAME);
  const char *value = lookup (plan, POSTERN_TLS_OPTION_VERIFY_SERVER_NAME);
  PosternGoverning *self = postern_governing_new (option, value);

  if (value == NULL)
    self->text = g_strdup_printf (_ ("The TLS option %s is not given, so the certificate must be "
                                     "for the server name itself."),
                                  option);
  else if (hidden)
    self->text = g_strdup_printf (_ ("The TLS option %s=%s hides this."), option, value);
  else
    self->text =
      g_strdup_printf (_ ("The TLS option %s=%s says which names count."), option, value);

  return self;
}

static PosternGoverning *
govern_chain (PosternPlan *plan, gboolean trust, gboolean hidden)
{
  const char *option = postern_tls_option_get_name (POSTERN_TLS_OPTION_VERIFY_SERVER);
  const char *value = lookup (plan, POSTERN_TLS_OPTION_VERIFY_SERVER);
  PosternGoverning *self = postern_governing_new (option, value != NULL ? value : "yes");

  self->text = g_strdup_printf (hidden ? _ ("The TLS option %s=%s hides this.")
                                       : _ ("The TLS option %s=%s decides about this."),
                                option, self->value);
  if (trust)
    {
      g_autofree char *first = g_steal_pointer (&self->text);
      g_autofree char *second = NULL;

      add_authorities (self, plan);
      second = describe_authorities (self);
      self->text = g_strdup_printf ("%s %s", first, second);
    }

  return self;
}

PosternGoverning *
postern_tls_options_govern (PosternPlan *plan, PosternGoverned governed, gboolean hidden)
{
  gboolean everything = hidden && plan->tls_policy->verify == POSTERN_VERIFY_IGNORE;

  /* Where nothing of the certificate counts, the name does not either. */
  if (governed == POSTERN_GOVERNED_NAME && !everything)
    return govern_name (plan, hidden);

  return govern_chain (plan, governed == POSTERN_GOVERNED_TRUST, hidden);
}
