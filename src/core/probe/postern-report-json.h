/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-finding.h"
#include "session/postern-transcript.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Parts of a report that other documents have as well: elements of an array. */
void postern_report_json_add_finding (JsonBuilder       *builder,
                                      PosternFinding    *finding);
void postern_report_json_add_events  (JsonBuilder       *builder,
                                      PosternTranscript *transcript);

G_END_DECLS
