/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PosternDriverUse:
 *
 * What became of one step of a plan, for whoever asks (RuntimeInfo of Uniface's GetSecurity). A
 * machine keeps an array of them, one for each step of its plan and in that order
 * (postern_machine_get_uses()), and the report a copy (postern_report_get_uses()).
 *
 * `in_use` is TRUE from when the step was done: TLS has started, or the server accepted. FALSE: not
 * offered and skipped, failed, or not reached. It says nothing of the connection, which may have
 * ended since.
 *
 * `items` are "NAME=value", in the order of spec/uniface.md section 7.2, without INUSE and without
 * secrets: what the driver learned, also where the server refused then. Never NULL. Values are
 * UTF-8 as they are, nothing in them is escaped for a Uniface list.
 */
typedef struct
{
  char     *driver;                     /* "UAuthNTLMSMTP", or NULL for a step without a driver */
  gboolean  in_use;
  GStrv     items;
} PosternDriverUse;

PosternDriverUse *postern_driver_use_new  (const char             *driver);
PosternDriverUse *postern_driver_use_copy (const PosternDriverUse *self);
void              postern_driver_use_free (PosternDriverUse       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternDriverUse, postern_driver_use_free)

G_END_DECLS
