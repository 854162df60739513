/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-kerberos.h"

#include "protocol/postern-text.h"

#include <string.h>

/* 1.2.840.113554.1.2.2 and, below it, the name of a principal: RFC 1964 sections 1 and 2.1.1. */
static gss_OID_desc mechanism = { 9, (void *) "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" };
static gss_OID_desc principal = { 10, (void *) "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01" };

#define FLAGS (GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_INTEG_FLAG)

static gboolean
fail (PosternKerberos *self, OM_uint32 major, OM_uint32 minor)
{
  gboolean own = minor != 0 && GSS_CALLING_ERROR (major) == 0;
  OM_uint32 ignored;
  OM_uint32 more = 0;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

  g_clear_pointer (&self->reason, g_free);
  if (gss_display_status (&ignored, own ? minor : major, own ? GSS_C_MECH_CODE : GSS_C_GSS_CODE,
                          &mechanism, &more, &text) == GSS_S_COMPLETE)
    self->reason = postern_text_show (NULL, text.value, text.length);
  gss_release_buffer (&ignored, &text);
  return FALSE;
}

static gboolean
import_name (PosternKerberos *self, const char *text, gss_name_t *name)
{
  gss_buffer_desc buffer = { .length = strlen (text), .value = (void *) text };
  OM_uint32 minor;
  OM_uint32 major = gss_import_name (&minor, &buffer, &principal, name);

  return !GSS_ERROR (major) || fail (self, major, minor);
}

/* "Domain\User" is a user of the realm that the library takes for granted. */
static gboolean
acquire (PosternKerberos *self, const char *user)
{
  const char *backslash = strchr (user, '\\');
  gss_OID_set_desc set = { 1, &mechanism };
  gss_name_t name = GSS_C_NO_NAME;
  OM_uint32 minor;
  OM_uint32 major;

  if (!import_name (self, backslash != NULL ? backslash + 1 : user, &name))
    return FALSE;
  major = gss_acquire_cred (&minor, name, GSS_C_INDEFINITE, &set, GSS_C_INITIATE, &self->credential,
                            NULL, NULL);
  if (GSS_ERROR (major))
    fail (self, major, minor);
  gss_release_name (&minor, &name);
  return !GSS_ERROR (major);
}

/**
 * postern_kerberos_new:
 * @service: the principal of the service
 * @user: (nullable): whose tickets are used
 *
 * Returns: (transfer full): a context; where it cannot begin, its first step says so
 */
PosternKerberos *
postern_kerberos_new (const char *service, const char *user)
{
  PosternKerberos *self = g_new0 (PosternKerberos, 1);

  self->context = GSS_C_NO_CONTEXT;
  self->credential = GSS_C_NO_CREDENTIAL;
  if (!import_name (self, service, &self->target))
    self->target = GSS_C_NO_NAME;
  else if (user != NULL && !acquire (self, user))
    {
      OM_uint32 minor;

      gss_release_name (&minor, &self->target);
      self->target = GSS_C_NO_NAME;
    }
  return self;
}

void
postern_kerberos_free (PosternKerberos *self)
{
  OM_uint32 minor;

  if (self == NULL)
    return;

  if (self->context != GSS_C_NO_CONTEXT)
    gss_delete_sec_context (&minor, &self->context, GSS_C_NO_BUFFER);
  if (self->target != GSS_C_NO_NAME)
    gss_release_name (&minor, &self->target);
  if (self->credential != GSS_C_NO_CREDENTIAL)
    gss_release_cred (&minor, &self->credential);
  g_free (self->initiator);
  g_free (self->reason);
  g_free (self);
}

static void
take_buffer (gss_buffer_t buffer, GByteArray *bytes)
{
  OM_uint32 minor;

  if (buffer->length > 0)
    g_byte_array_append (bytes, buffer->value, (guint) buffer->length);
  gss_release_buffer (&minor, buffer);
}

static void
read_initiator (PosternKerberos *self)
{
  gss_name_t name = GSS_C_NO_NAME;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
  OM_uint32 minor;

  if (gss_inquire_context (&minor, self->context, &name, NULL, NULL, NULL, NULL, NULL, NULL) !=
      GSS_S_COMPLETE)
    return;
  if (gss_display_name (&minor, name, &text, NULL) == GSS_S_COMPLETE)
    self->initiator = postern_text_show (NULL, text.value, text.length);
  gss_release_buffer (&minor, &text);
  gss_release_name (&minor, &name);
}

gboolean
postern_kerberos_step (PosternKerberos *self, const char *token, gsize length, GByteArray *answer)
{
  gss_buffer_desc input = { .length = length, .value = (void *) token };
  gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
  OM_uint32 minor;
  OM_uint32 major;

  if (self->target == GSS_C_NO_NAME)
    return FALSE;

  major = gss_init_sec_context (
    &minor, self->credential, &self->context, self->target, &mechanism, FLAGS, 0,
    GSS_C_NO_CHANNEL_BINDINGS, token != NULL ? &input : GSS_C_NO_BUFFER, NULL, &output, NULL, NULL);
  if (GSS_ERROR (major))
    fail (self, major, minor);
  take_buffer (&output, answer);
  if (GSS_ERROR (major))
    return FALSE;

  self->established = major == GSS_S_COMPLETE;
  if (self->established)
    read_initiator (self);
  return TRUE;
}

gboolean
postern_kerberos_unwrap (PosternKerberos *self, const char *bytes, gsize length, GByteArray *plain)
{
  gss_buffer_desc input = { .length = length, .value = (void *) bytes };
  gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
  OM_uint32 minor;
  OM_uint32 major = gss_unwrap (&minor, self->context, &input, &output, NULL, NULL);

  if (GSS_ERROR (major))
    return fail (self, major, minor);
  take_buffer (&output, plain);
  return TRUE;
}

gboolean
postern_kerberos_wrap (PosternKerberos *self, const char *bytes, gsize length, GByteArray *wrapped)
{
  gss_buffer_desc input = { .length = length, .value = (void *) bytes };
  gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
  OM_uint32 minor;
  OM_uint32 major = gss_wrap (&minor, self->context, 0, GSS_C_QOP_DEFAULT, &input, NULL, &output);

  if (GSS_ERROR (major))
    return fail (self, major, minor);
  take_buffer (&output, wrapped);
  return TRUE;
}
