/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-transcript.h"

#include "session/postern-event-private.h"
#include "tls/postern-printable.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_EVENTS 5000
#define MAX_TEXT (2 * 1024 * 1024)
#define MAX_SHOWN 4096 /* characters of one line */

struct _PosternTranscript
{
  GObject parent_instance;

  GPtrArray *events;
  gsize n_bytes;
  gint64 start;
  gboolean full;
};

static GType
postern_transcript_get_item_type (GListModel *model)
{
  return POSTERN_TYPE_EVENT;
}

static guint
postern_transcript_get_n_items (GListModel *model)
{
  return POSTERN_TRANSCRIPT (model)->events->len;
}

static gpointer
postern_transcript_get_item (GListModel *model, guint position)
{
  PosternTranscript *self = POSTERN_TRANSCRIPT (model);

  if (position >= self->events->len)
    return NULL;

  return g_object_ref (g_ptr_array_index (self->events, position));
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = postern_transcript_get_item_type;
  iface->get_n_items = postern_transcript_get_n_items;
  iface->get_item = postern_transcript_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PosternTranscript,
                               postern_transcript,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static void
postern_transcript_finalize (GObject *object)
{
  PosternTranscript *self = POSTERN_TRANSCRIPT (object);

  g_clear_pointer (&self->events, g_ptr_array_unref);

  G_OBJECT_CLASS (postern_transcript_parent_class)->finalize (object);
}

static void
postern_transcript_class_init (PosternTranscriptClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_transcript_finalize;
}

static void
postern_transcript_init (PosternTranscript *self)
{
  self->events = g_ptr_array_new_with_free_func (g_object_unref);
  self->start = g_get_monotonic_time ();
}

PosternTranscript *
postern_transcript_new (void)
{
  return g_object_new (POSTERN_TYPE_TRANSCRIPT, NULL);
}

static void
add_event (PosternTranscript *self,
           PosternDirection direction,
           PosternChannel channel,
           PosternStepId step,
           char *text)
{
  guint index = self->events->len;

  g_ptr_array_add (self->events, postern_event_new_take (index, postern_transcript_get_clock (self),
                                                         direction, channel, step, text));
  g_list_model_items_changed (G_LIST_MODEL (self), index, 0, 1);
}

/* @text is fit to be shown; @n_bytes is the length of the line that it stands for. */
static void
add_line (PosternTranscript *self,
          PosternDirection direction,
          PosternChannel channel,
          PosternStepId step,
          char *text,
          gsize n_bytes)
{
  g_autofree char *line = text;
  gsize length;

  if (self->full)
    return;

  if (strlen (line) > MAX_SHOWN && g_utf8_strlen (line, -1) > MAX_SHOWN)
    {
      /* Translators: the end of a line that is too long to be shown whole */
      g_autofree char *end = g_strdup_printf (_ (" … (%" G_GSIZE_FORMAT " bytes)"), n_bytes);
      g_autofree char *beginning = g_utf8_substring (line, 0, MAX_SHOWN);

      g_free (line);
      line = g_strconcat (beginning, end, NULL);
    }

  length = strlen (line);
  self->full = self->events->len + 1 >= MAX_EVENTS || self->n_bytes + length > MAX_TEXT;
  if (self->full)
    {
      add_event (self, POSTERN_DIRECTION_NOTE, channel, step,
                 g_strdup (_ ("The rest of the session is not kept: there is too much of it.")));
      return;
    }

  self->n_bytes += length;
  add_event (self, direction, channel, step, g_steal_pointer (&line));
}

/* An event a line; a line end is LF, or CR and LF. Returns the index of the first. */
static guint
add_lines (PosternTranscript *self,
           PosternDirection direction,
           PosternChannel channel,
           PosternStepId step,
           const char *bytes,
           gsize length)
{
  guint first = self->full ? self->events->len - 1 : self->events->len;
  const char *end = bytes + length;
  const char *line = bytes;

  do
    {
      const char *lf = line < end ? memchr (line, '\n', (gsize) (end - line)) : NULL;
      const char *line_end = lf != NULL ? lf : end;

      if (line_end > line && line_end[-1] == '\r' && lf != NULL)
        line_end--;
      add_line (self, direction, channel, step, postern_printable (line, (gsize) (line_end - line)),
                (gsize) (line_end - line));
      line = lf != NULL ? lf + 1 : end;
    }
  while (line < end && !self->full);

  return first;
}

/**
 * postern_transcript_append_client:
 * @output: what is sent; only its display is looked at, which holds no secret
 *
 * Returns: the index of the first event that was added; past the limit, of the last one kept
 */
guint
postern_transcript_append_client (PosternTranscript *self,
                                  PosternChannel channel,
                                  PosternStepId step,
                                  PosternOutput *output)
{
  const char *display;

  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), 0);
  g_return_val_if_fail (output != NULL, 0);

  display = postern_output_get_display (output);

  return add_lines (self, POSTERN_DIRECTION_CLIENT, channel, step, display, strlen (display));
}

/**
 * postern_transcript_append_server:
 * @redactor: (nullable): what is searched for in @bytes before anything of them is kept
 * @bytes: one line without its end, or several with theirs
 *
 * Returns: as postern_transcript_append_client()
 */
guint
postern_transcript_append_server (PosternTranscript *self,
                                  PosternChannel channel,
                                  PosternStepId step,
                                  PosternRedactor *redactor,
                                  const char *bytes,
                                  gsize length)
{
  g_autofree char *clean = NULL;
  gsize n_clean = length;

  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), 0);
  g_return_val_if_fail (bytes != NULL || length == 0, 0);

  if (redactor != NULL && length > 0)
    clean = postern_redactor_apply (redactor, bytes, length, &n_clean);

  return add_lines (self, POSTERN_DIRECTION_SERVER, channel, step, clean != NULL ? clean : bytes,
                    n_clean);
}

/**
 * postern_transcript_append_note:
 * @format: what we have to say ourselves, translated
 *
 * Returns: as postern_transcript_append_client()
 */
guint
postern_transcript_append_note (
  PosternTranscript *self, PosternChannel channel, PosternStepId step, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), 0);

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  return add_lines (self, POSTERN_DIRECTION_NOTE, channel, step, text, strlen (text));
}

guint
postern_transcript_get_n_events (PosternTranscript *self)
{
  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), 0);

  return self->events->len;
}

/**
 * postern_transcript_get_event:
 *
 * Returns: (transfer none) (nullable): the event, %NULL when there is none at @index
 */
PosternEvent *
postern_transcript_get_event (PosternTranscript *self, guint index)
{
  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), NULL);

  return index < self->events->len ? g_ptr_array_index (self->events, index) : NULL;
}

/**
 * postern_transcript_get_clock:
 *
 * Returns: the time since the start, in microseconds
 */
gint64
postern_transcript_get_clock (PosternTranscript *self)
{
  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), 0);

  return MAX (0, g_get_monotonic_time () - self->start);
}

void
postern_transcript_restart_clock (PosternTranscript *self)
{
  g_return_if_fail (POSTERN_IS_TRANSCRIPT (self));

  self->start = g_get_monotonic_time ();
}

char *
postern_transcript_to_text (PosternTranscript *self)
{
  static const char marks[] = { 'C', 'S', '-' };
  GString *text;

  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), NULL);

  text = g_string_new (NULL);
  for (guint i = 0; i < self->events->len; i++)
    {
      PosternEvent *event = g_ptr_array_index (self->events, i);
      gint64 time = postern_event_get_time (event);

      g_string_append_printf (
        text, "%" G_GINT64_FORMAT ".%03d  %c  %s  %s\n", time / G_USEC_PER_SEC,
        (int) (time % G_USEC_PER_SEC / 1000), marks[postern_event_get_direction (event)],
        postern_event_get_channel (event) == POSTERN_CHANNEL_TLS ? "[tls]  " : "[clear]",
        postern_event_get_text (event));
    }

  return g_string_free (text, FALSE);
}

const char *
postern_transcript_get_greeting (PosternTranscript *self)
{
  g_return_val_if_fail (POSTERN_IS_TRANSCRIPT (self), NULL);

  for (guint i = 0; i < postern_transcript_get_n_events (self); i++)
    {
      PosternEvent *event = postern_transcript_get_event (self, i);

      if (postern_event_get_direction (event) == POSTERN_DIRECTION_SERVER)
        return postern_event_get_step (event) == POSTERN_STEP_GREETING
                 ? postern_event_get_text (event)
                 : NULL;
    }

  return NULL;
}
