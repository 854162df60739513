/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-redactor.h"
#include "protocol/postern-output.h"
#include "session/postern-event.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_TRANSCRIPT (postern_transcript_get_type ())
G_DECLARE_FINAL_TYPE (PosternTranscript, postern_transcript, POSTERN, TRANSCRIPT, GObject)

/**
 * PosternTranscript:
 *
 * What was said in one run, as a GListModel of PosternEvent. It keeps at most 5,000 events and
 * 2 MiB of text; past that one note says that the rest is not kept, and nothing more is stored.
 * Time runs from postern_transcript_new(), or postern_transcript_restart_clock().
 */
PosternTranscript *postern_transcript_new           (void);
guint              postern_transcript_append_client (PosternTranscript *self,
                                                     PosternChannel     channel,
                                                     PosternStepId      step,
                                                     PosternOutput     *output);
guint              postern_transcript_append_server (PosternTranscript *self,
                                                     PosternChannel     channel,
                                                     PosternStepId      step,
                                                     PosternRedactor   *redactor,
                                                     const char        *bytes,
                                                     gsize              length);
guint              postern_transcript_append_note   (PosternTranscript *self,
                                                     PosternChannel     channel,
                                                     PosternStepId      step,
                                                     const char        *format,
                                                     ...) G_GNUC_PRINTF (4, 5);
guint              postern_transcript_get_n_events  (PosternTranscript *self);
/* What the server said first, if that was its greeting. */
const char        *postern_transcript_get_greeting  (PosternTranscript *self);
PosternEvent      *postern_transcript_get_event     (PosternTranscript *self,
                                                     guint              index);
gint64             postern_transcript_get_clock     (PosternTranscript *self);
void               postern_transcript_restart_clock (PosternTranscript *self);

/* As text, a line an event: "0.031  S  [tls]  250 ok". */
char              *postern_transcript_to_text       (PosternTranscript *self);

G_END_DECLS
