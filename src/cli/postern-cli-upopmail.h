/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "upopmail/postern-proc-script.h"
#include "upopmail/postern-upopmail.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Where the results of a script go, one after the other. */
typedef struct
{
  gboolean     transcript;              /* text: the wire log, too */
  JsonBuilder *json;                    /* NULL: text */
} PosternCliUpopmailOutput;

void postern_cli_upopmail_begin    (PosternCliUpopmailOutput   *self,
                                    const PosternProcScript    *script);
void postern_cli_upopmail_result   (PosternCliUpopmailOutput   *self,
                                    const PosternProcStatement *statement,
                                    PosternUpopmailResult      *result);
/* FALSE: what there is to say could not be written. */
gboolean postern_cli_upopmail_end  (PosternCliUpopmailOutput   *self,
                                    int                         exit_status);

G_END_DECLS
