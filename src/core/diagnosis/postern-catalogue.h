/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-failure.h"

G_BEGIN_DECLS

/* What is fixed about a code of spec/findings.md. */
typedef struct
{
  const char      *code;
  int              exit_status;
  PosternSeverity  severity;
  const char      *title;               /* translated when asked for */
} PosternCatalogueEntry;

const PosternCatalogueEntry *postern_catalogue_find        (const char           *code);
const char                  *postern_catalogue_get_title   (const char           *code);
int                          postern_catalogue_exit_status (const PosternFailure *failure);

G_END_DECLS
