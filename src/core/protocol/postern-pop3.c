/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-pop3.h"

struct _PosternPop3
{
  PosternLogon parent_instance;
};

G_DEFINE_FINAL_TYPE (PosternPop3, postern_pop3, POSTERN_TYPE_LOGON)

static void
postern_pop3_class_init (PosternPop3Class *klass)
{
}

static void
postern_pop3_init (PosternPop3 *self)
{
}

PosternMachine *
postern_pop3_new (PosternPlan *plan)
{
  return g_object_new (POSTERN_TYPE_POP3, "plan", plan, NULL);
}
