/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-failure.h"

/**
 * postern_failure_new:
 * @code: a code of spec/findings.md, a static string
 * @step: where it happened
 *
 * Returns: (transfer full): a failure without facts; the caller fills in those it has
 */
PosternFailure *
postern_failure_new (const char *code, PosternStepId step)
{
  PosternFailure *self = g_new0 (PosternFailure, 1);

  self->code = code;
  self->step = step;
  self->first_event = -1;
  self->last_event = -1;
  return self;
}

PosternFailure *
postern_failure_copy (const PosternFailure *self)
{
  PosternFailure *copy;

  if (self == NULL)
    return NULL;

  copy = postern_failure_new (self->code, self->step);
  copy->reply_code = self->reply_code;
  copy->enhanced = g_strdup (self->enhanced);
  copy->response_code = g_strdup (self->response_code);
  copy->refused = self->refused;
  copy->text = g_strdup (self->text);
  copy->mechanism = g_strdup (self->mechanism);
  copy->driver = g_strdup (self->driver);
  copy->wanted = g_strdupv (self->wanted);
  copy->offered = g_strdupv (self->offered);
  copy->detail = g_strdup (self->detail);
  copy->first_event = self->first_event;
  copy->last_event = self->last_event;
  return copy;
}

void
postern_failure_free (PosternFailure *self)
{
  if (self == NULL)
    return;

  g_free (self->enhanced);
  g_free (self->response_code);
  g_free (self->text);
  g_free (self->mechanism);
  g_free (self->driver);
  g_strfreev (self->wanted);
  g_strfreev (self->offered);
  g_free (self->detail);
  g_free (self);
}
