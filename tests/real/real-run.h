/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <json-glib/json-glib.h>

#include "real-values.h"

G_BEGIN_DECLS

/* One run of `postern-cli probe --format json`, or of `scan`; all but `command` is there when it is over. */
typedef struct
{
  char       *command;                  /* as one would type it */
  gboolean    over;
  int         status;
  char       *output;
  char       *errors;
  JsonNode   *root;
  JsonObject *report;                   /* of root; NULL when the output is no JSON object */
} RealRun;

RealRun    *real_run_start         (RealValues *values,
                                    const char *arguments,
                                    const char *input,
                                    const char *environment);
void        real_run_wait          (RealRun    *self);
RealRun    *real_run_new           (RealValues *values,
                                    const char *arguments,
                                    const char *input,
                                    const char *environment);
RealRun    *real_run_new_scan      (RealValues *values,
                                    const char *arguments);
void        real_run_free          (RealRun    *self);
/* The member at a path such as "native.result", or NULL. */
JsonNode   *real_run_get           (RealRun    *self,
                                    const char *path);
/* Scalars as text; "(none)" where there is no such member, "null" for null. */
char       *real_run_dup_text      (RealRun    *self,
                                    const char *path);
JsonArray  *real_run_get_array     (RealRun    *self,
                                    const char *path);
/* The finding with this code, or NULL. */
JsonObject *real_run_find          (RealRun    *self,
                                    const char *code);
const char *real_run_object_text   (JsonObject *object,
                                    const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RealRun, real_run_free)

G_END_DECLS
