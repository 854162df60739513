/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-output.h"

#include <string.h>

/* A message may be large; the next command is not. */
#define MAX_KEPT 65536

struct _PosternOutput
{
  char *bytes;
  gsize length;
  gsize allocated;
  GString *display;
  gboolean line_ended; /* a line end stands before what is shown next */
};

/**
 * postern_output_new:
 *
 * Returns: (transfer full): an empty output
 */
PosternOutput *
postern_output_new (void)
{
  PosternOutput *self = g_new0 (PosternOutput, 1);

  self->display = g_string_new (NULL);
  return self;
}

void
postern_output_free (PosternOutput *self)
{
  if (self == NULL)
    return;

  postern_wipe (self->bytes, self->allocated);
  g_free (self->bytes);
  g_string_free (self->display, TRUE);
  g_free (self);
}

/**
 * postern_output_clear:
 * @self: an output
 *
 * Wipes what was written and starts anew.
 */
void
postern_output_clear (PosternOutput *self)
{
  g_return_if_fail (self != NULL);

  postern_wipe (self->bytes, self->length);
  self->length = 0;
  if (self->allocated > MAX_KEPT)
    {
      g_clear_pointer (&self->bytes, g_free);
      self->allocated = 0;
      g_string_free (self->display, TRUE);
      self->display = g_string_new (NULL);
    }
  g_string_truncate (self->display, 0);
  self->line_ended = FALSE;
}

/* Not g_realloc(): it may leave the old bytes behind in freed memory. */
static void
output_reserve (PosternOutput *self, gsize n_more)
{
  gsize allocated = MAX (self->allocated, 128);
  char *bytes;

  while (allocated - self->length <= n_more)
    allocated *= 2;
  if (allocated == self->allocated)
    return;

  bytes = g_malloc0 (allocated);
  if (self->length > 0)
    memcpy (bytes, self->bytes, self->length);
  postern_wipe (self->bytes, self->allocated);
  g_free (self->bytes);
  self->bytes = bytes;
  self->allocated = allocated;
}

static void
output_append_bytes (PosternOutput *self, const char *bytes, gsize length)
{
  output_reserve (self, length);
  if (length > 0)
    memcpy (self->bytes + self->length, bytes, length);
  self->length += length;
  self->bytes[self->length] = '\0';
}

static void
output_show (PosternOutput *self, char c)
{
  if (self->line_ended)
    g_string_append_c (self->display, '\n');
  self->line_ended = FALSE;
  g_string_append_c (self->display, c);
}

/**
 * postern_output_append:
 * @self: an output
 * @text: what may be shown as it is
 */
void
postern_output_append (PosternOutput *self, const char *text)
{
  g_return_if_fail (self != NULL);

  output_append_bytes (self, text, strlen (text));
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '\n')
        self->line_ended = TRUE;
      else if (*p != '\r')
        output_show (self, *p);
    }
}

/**
 * postern_output_append_hidden:
 * @self: an output
 * @bytes: a secret, or something made of one; the caller wipes it
 * @length: in bytes
 *
 * Only the length is shown. Nothing at all is shown of nothing.
 */
void
postern_output_append_hidden (PosternOutput *self, const char *bytes, gsize length)
{
  g_autofree char *shown = NULL;

  g_return_if_fail (self != NULL);

  if (length == 0)
    return;

  output_append_bytes (self, bytes, length);
  shown = g_strdup_printf ("<hidden, %" G_GSIZE_FORMAT " bytes>", length);
  for (const char *p = shown; *p != '\0'; p++)
    output_show (self, *p);
}

/**
 * postern_output_append_as:
 * @self: an output
 * @bytes: whole lines
 * @length: in bytes
 * @shown: what is shown in their place, on a line of its own
 */
void
postern_output_append_as (PosternOutput *self, const char *bytes, gsize length, const char *shown)
{
  g_return_if_fail (self != NULL);

  output_append_bytes (self, bytes, length);
  for (const char *p = shown; *p != '\0'; p++)
    output_show (self, *p);
  self->line_ended = TRUE;
}

/**
 * postern_output_get_bytes:
 * @self: an output
 * @length: (out) (optional): in bytes
 *
 * Returns: (transfer none): what to write, until the output is changed
 */
const char *
postern_output_get_bytes (PosternOutput *self, gsize *length)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (length != NULL)
    *length = self->length;
  return self->bytes != NULL ? self->bytes : "";
}

const char *
postern_output_get_display (PosternOutput *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->display->str;
}
