/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "session/postern-transcript.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_TRANSCRIPT_VIEW (postern_transcript_view_get_type ())
G_DECLARE_FINAL_TYPE (PosternTranscriptView, postern_transcript_view, POSTERN, TRANSCRIPT_VIEW, AdwBin)

/* What was said: time, who, what, and on which channel; with a filter, and Copy. */
void postern_transcript_view_set_transcript (PosternTranscriptView *self,
                                             PosternTranscript     *transcript);
void postern_transcript_view_focus_filter   (PosternTranscriptView *self);

G_END_DECLS
