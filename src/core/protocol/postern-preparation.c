/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-preparation.h"

#include "protocol/postern-kerberos.h"

#include <gsasl.h>

struct _PosternPreparation
{
  char *mechanism; /* NULL: service is a name of Kerberos' own */
  char *service;
  char *host;
  char *user;
};

/**
 * postern_preparation_new:
 * @mechanism: "GSSAPI" or "GS2-KRB5"
 * @service: the service name of the protocol, "imap"
 * @host: the server
 *
 * Returns: (transfer full): what is to be fetched
 */
PosternPreparation *
postern_preparation_new (const char *mechanism, const char *service, const char *host)
{
  PosternPreparation *self = g_new0 (PosternPreparation, 1);

  self->mechanism = g_strdup (mechanism);
  self->service = g_strdup (service);
  self->host = g_strdup (host);
  return self;
}

PosternPreparation *
postern_preparation_new_for_service (const char *service, const char *user)
{
  PosternPreparation *self = g_new0 (PosternPreparation, 1);

  self->service = g_strdup (service);
  self->user = g_strdup (user);
  return self;
}

static void
run_for_service (PosternPreparation *self)
{
  g_autoptr(PosternKerberos) kerberos = postern_kerberos_new (self->service, self->user);
  g_autoptr(GByteArray) answer = g_byte_array_new ();

  postern_kerberos_step (kerberos, NULL, 0, answer);
}

/**
 * postern_preparation_run:
 * @self: what is to be fetched
 *
 * Makes the first step of an exchange that goes nowhere: what it fetched stays in the cache of the
 * library.
 */
void
postern_preparation_run (PosternPreparation *self)
{
  Gsasl *context = NULL;
  Gsasl_session *session = NULL;
  char *output = NULL;
  gsize length = 0;

  if (self->mechanism == NULL)
    {
      run_for_service (self);
      return;
    }
  if (gsasl_init (&context) != GSASL_OK)
    return;
  if (gsasl_client_start (context, self->mechanism, &session) == GSASL_OK &&
      gsasl_property_set (session, GSASL_SERVICE, self->service) == GSASL_OK &&
      gsasl_property_set (session, GSASL_HOSTNAME, self->host) == GSASL_OK)
    gsasl_step (session, NULL, 0, &output, &length);

  gsasl_free (output);
  if (session != NULL)
    gsasl_finish (session);
  gsasl_done (context);
}

void
postern_preparation_free (PosternPreparation *self)
{
  if (self == NULL)
    return;

  g_free (self->mechanism);
  g_free (self->service);
  g_free (self->host);
  g_free (self->user);
  g_free (self);
}

static GBytes *
ref_bytes (GBytes *bytes)
{
  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

void
postern_bindings_copy (PosternBindings *self, const PosternBindings *other)
{
  self->tls_unique = ref_bytes (other->tls_unique);
  self->tls_exporter = ref_bytes (other->tls_exporter);
  self->tls_server_end_point = ref_bytes (other->tls_server_end_point);
}

void
postern_bindings_clear (PosternBindings *self)
{
  g_clear_pointer (&self->tls_unique, g_bytes_unref);
  g_clear_pointer (&self->tls_exporter, g_bytes_unref);
  g_clear_pointer (&self->tls_server_end_point, g_bytes_unref);
}
