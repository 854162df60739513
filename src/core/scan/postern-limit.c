/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-limit.h"

#include <glib/gi18n.h>

static gboolean
deadline_cb (gpointer user_data)
{
  PosternLimit *self = user_data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

static void
caller_cancelled_cb (GCancellable *caller, GCancellable *stop)
{
  g_cancellable_cancel (stop);
}

void
postern_limit_init (PosternLimit *self,
                    guint timeout_ms,
                    GCancellable *caller,
                    GMainContext *context)
{
  self->stop = g_cancellable_new ();
  self->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_callback (self->deadline, deadline_cb, self, NULL);
  g_source_attach (self->deadline, context);
  if (caller == NULL)
    return;
  self->caller = g_object_ref (caller);
  self->caller_id =
    g_cancellable_connect (caller, G_CALLBACK (caller_cancelled_cb), self->stop, NULL);
}

void
postern_limit_clear (PosternLimit *self)
{
  if (self->caller != NULL)
    g_cancellable_disconnect (self->caller, self->caller_id);
  g_clear_object (&self->caller);
  g_source_destroy (self->deadline);
  g_clear_pointer (&self->deadline, g_source_unref);
  g_clear_object (&self->stop);
}

GError *
postern_limit_take (PosternLimit *self, GError *error)
{
  if (!self->timed_out)
    return error;
  g_error_free (error);
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("No answer in time"));
}
