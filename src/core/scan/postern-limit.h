/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What stops a connection: the caller, or its time limit. */
typedef struct
{
  GCancellable *stop;
  GCancellable *caller;
  gulong        caller_id;
  GSource      *deadline;
  gboolean      timed_out;
} PosternLimit;

void    postern_limit_init  (PosternLimit  *self,
                             guint          timeout_ms,
                             GCancellable  *caller,
                             GMainContext  *context);
void    postern_limit_clear (PosternLimit  *self);
/* @error, or where the time limit was the cause one that says so. */
GError *postern_limit_take  (PosternLimit  *self,
                             GError        *error);

G_END_DECLS
