/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-imap.h"

struct _PosternImap
{
  PosternLogon parent_instance;
};

G_DEFINE_FINAL_TYPE (PosternImap, postern_imap, POSTERN_TYPE_LOGON)

static void
postern_imap_class_init (PosternImapClass *klass)
{
}

static void
postern_imap_init (PosternImap *self)
{
}

PosternMachine *
postern_imap_new (PosternPlan *plan)
{
  return g_object_new (POSTERN_TYPE_IMAP, "plan", plan, NULL);
}
