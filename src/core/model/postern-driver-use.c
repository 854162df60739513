/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-driver-use.h"

PosternDriverUse *
postern_driver_use_new (const char *driver)
{
  PosternDriverUse *self = g_new0 (PosternDriverUse, 1);

  self->driver = g_strdup (driver);
  self->items = g_new0 (char *, 1);
  return self;
}

PosternDriverUse *
postern_driver_use_copy (const PosternDriverUse *self)
{
  PosternDriverUse *copy = g_new0 (PosternDriverUse, 1);

  copy->driver = g_strdup (self->driver);
  copy->in_use = self->in_use;
  copy->items = g_strdupv (self->items);
  return copy;
}

void
postern_driver_use_free (PosternDriverUse *self)
{
  if (self == NULL)
    return;

  g_free (self->driver);
  g_strfreev (self->items);
  g_free (self);
}
