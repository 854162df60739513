/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-asn-document.h"

#include "document/postern-asn-spot.h"
#include "document/postern-safe-file.h"
#include "model/postern-error.h"
#include "runtime/postern-asn-text.h"
#include "runtime/postern-asn.h"
#include "runtime/postern-file.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PosternAsnDocument
{
  GObject parent_instance;

  char *path;
  GString *text;
  char *saved; /* the text on the disk */
  PosternAsnEncoding encoding;
  PosternAsnEncoding saved_encoding;
  PosternFileState state;
  gboolean modified;
};

enum
{
  PROP_0,
  PROP_PATH,
  PROP_TEXT,
  PROP_MODIFIED,
  PROP_ENCODING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];
static guint changed_signal;

G_DEFINE_FINAL_TYPE (PosternAsnDocument, postern_asn_document, G_TYPE_OBJECT)

static const struct
{
  const char *charset; /* NULL: the text as it is */
  const char *mark;
  gsize mark_length;
} encodings[] = {
  [POSTERN_ASN_ENCODING_PLAIN] = { NULL, "", 0 },
  [POSTERN_ASN_ENCODING_UTF8] = { NULL, "\xef\xbb\xbf", 3 },
  [POSTERN_ASN_ENCODING_UTF16LE] = { "UTF-16LE", "\xff\xfe", 2 },
  [POSTERN_ASN_ENCODING_UTF16BE] = { "UTF-16BE", "\xfe\xff", 2 },
  [POSTERN_ASN_ENCODING_LATIN1] = { "ISO-8859-1", "", 0 },
};

static void
update_modified (PosternAsnDocument *self)
{
  gboolean modified =
    self->encoding != self->saved_encoding || strcmp (self->text->str, self->saved) != 0;

  if (modified == self->modified)
    return;

  self->modified = modified;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MODIFIED]);
}

static void
announce (PosternAsnDocument *self)
{
  update_modified (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
  g_signal_emit (self, changed_signal, 0);
}

/* Takes @text for the text of the document, where it is another one. */
static void
take_text (PosternAsnDocument *self, GString *text)
{
  if (text->len == self->text->len && memcmp (text->str, self->text->str, text->len) == 0)
    {
      g_string_free (text, TRUE);
      return;
    }
  g_string_free (self->text, TRUE);
  self->text = text;
  announce (self);
}

static void
postern_asn_document_finalize (GObject *object)
{
  PosternAsnDocument *self = POSTERN_ASN_DOCUMENT (object);

  g_free (self->path);
  g_string_free (self->text, TRUE);
  g_free (self->saved);

  G_OBJECT_CLASS (postern_asn_document_parent_class)->finalize (object);
}

static void
postern_asn_document_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternAsnDocument *self = POSTERN_ASN_DOCUMENT (object);

  switch (prop_id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->text->str);
      break;
    case PROP_MODIFIED:
      g_value_set_boolean (value, self->modified);
      break;
    case PROP_ENCODING:
      g_value_set_int (value, (int) self->encoding);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_asn_document_set_property (GObject *object,
                                   guint prop_id,
                                   const GValue *value,
                                   GParamSpec *pspec)
{
  PosternAsnDocument *self = POSTERN_ASN_DOCUMENT (object);

  switch (prop_id)
    {
    case PROP_TEXT:
      postern_asn_document_set_text (self, g_value_get_string (value), NULL);
      break;
    case PROP_ENCODING:
      postern_asn_document_set_encoding (self, (PosternAsnEncoding) g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_asn_document_class_init (PosternAsnDocumentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags writable = readable | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = postern_asn_document_finalize;
  object_class->get_property = postern_asn_document_get_property;
  object_class->set_property = postern_asn_document_set_property;

  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, readable);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, writable);
  properties[PROP_MODIFIED] = g_param_spec_boolean ("modified", NULL, NULL, FALSE, readable);
  properties[PROP_ENCODING] =
    g_param_spec_int ("encoding", NULL, NULL, 0, (int) G_N_ELEMENTS (encodings) - 1, 0, writable);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
postern_asn_document_init (PosternAsnDocument *self)
{
  self->text = g_string_new (NULL);
  self->saved = g_strdup ("");
}

PosternAsnDocument *
postern_asn_document_new (void)
{
  return g_object_new (POSTERN_TYPE_ASN_DOCUMENT, NULL);
}

/* How postern_asn_decode() reads these bytes. */
static PosternAsnEncoding
find_encoding (const char *bytes, gsize length)
{
  static const PosternAsnEncoding marked[] = {
    POSTERN_ASN_ENCODING_UTF16LE,
    POSTERN_ASN_ENCODING_UTF16BE,
    POSTERN_ASN_ENCODING_UTF8,
  };

  for (guint i = 0; i < G_N_ELEMENTS (marked); i++)
    {
      gsize n = encodings[marked[i]].mark_length;

      if (length >= n && memcmp (bytes, encodings[marked[i]].mark, n) == 0)
        return marked[i];
    }

  return g_utf8_validate_len (bytes, length, NULL) ? POSTERN_ASN_ENCODING_PLAIN
                                                   : POSTERN_ASN_ENCODING_LATIN1;
}

static GBytes *
encode (const char *text, gsize length, PosternAsnEncoding encoding, GError **error)
{
  GByteArray *bytes = g_byte_array_new ();
  g_autofree char *converted = NULL;
  gsize n = length;

  g_byte_array_append (bytes, (const guint8 *) encodings[encoding].mark,
                       (guint) encodings[encoding].mark_length);
  if (encodings[encoding].charset != NULL)
    {
      converted =
        g_convert (text, (gssize) length, encodings[encoding].charset, "UTF-8", NULL, &n, NULL);
      if (converted == NULL)
        {
          g_byte_array_unref (bytes);
          g_set_error (
            error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
            _ ("The file is in %s, which does not have every character of the text. Save "
               "it as UTF-8 with a byte order mark."),
            encodings[encoding].charset);
          return NULL;
        }
    }
  g_byte_array_append (bytes, (const guint8 *) (converted != NULL ? converted : text), (guint) n);

  return g_byte_array_free_to_bytes (bytes);
}

/* Refuses what it could not write again byte for byte. */
static char *
decode (const char *bytes, gsize length, PosternAsnEncoding encoding, GError **error)
{
  gsize n = 0;
  gboolean needs_bom;
  g_autofree char *text = postern_asn_decode (bytes, length, &n, &needs_bom, error);
  g_autoptr(GBytes) again = NULL;
  g_autoptr(GBytes) before = g_bytes_new_static (bytes, length);

  if (text == NULL)
    return NULL;
  if (encodings[encoding].charset == NULL)
    return g_steal_pointer (&text); /* it is the bytes themselves */
  again = encode (text, n, encoding, error);
  if (again == NULL)
    return NULL;
  if (!g_bytes_equal (again, before))
    {
      g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                           _ ("The file cannot be read without loss"));
      return NULL;
    }

  return g_steal_pointer (&text);
}

static void
mark_saved (PosternAsnDocument *self,
            const char *text,
            PosternAsnEncoding encoding,
            const PosternFileState *state)
{
  g_free (self->saved);
  self->saved = g_strdup (text);
  self->saved_encoding = encoding;
  self->state = *state;
  update_modified (self);
}

static gboolean
read_path (PosternAsnDocument *self, const char *path, GError **error)
{
  gsize length = 0;
  g_autofree char *bytes = postern_file_read (path, POSTERN_ASN_MAX_SIZE, TRUE, &length, error);
  g_autofree char *text = NULL;
  PosternAsnEncoding encoding;
  PosternFileState state;

  if (bytes == NULL)
    return FALSE;
  encoding = find_encoding (bytes, length);
  text = decode (bytes, length, encoding, error);
  if (text == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }

  postern_file_state_take (&state, bytes, length);
  if (self->encoding != encoding)
    {
      self->encoding = encoding;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENCODING]);
    }
  mark_saved (self, text, encoding, &state);
  take_text (self, g_string_new (text));

  return TRUE;
}

static void
set_path (PosternAsnDocument *self, const char *path)
{
  if (g_strcmp0 (self->path, path) == 0)
    return;

  g_free (self->path);
  self->path = g_strdup (path);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
}

PosternAsnDocument *
postern_asn_document_open (const char *path, GError **error)
{
  g_autoptr(PosternAsnDocument) self = postern_asn_document_new ();
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);

  if (!read_path (self, absolute, error))
    return NULL;
  set_path (self, absolute);

  return g_steal_pointer (&self);
}

static gboolean
has_path (PosternAsnDocument *self, GError **error)
{
  if (self->path != NULL)
    return TRUE;

  g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                       _ ("The file has no name yet"));

  return FALSE;
}

gboolean
postern_asn_document_reload (PosternAsnDocument *self, GError **error)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  return has_path (self, error) && read_path (self, self->path, error);
}

/* One save: a copy of what it needs, so that a thread can do it. */
typedef struct
{
  char *path;
  char *text;
  GBytes *bytes;
  PosternAsnEncoding encoding;
  PosternFileState before;
  PosternFileState after;
} Job;

static void
job_free (Job *job)
{
  g_free (job->path);
  g_free (job->text);
  g_bytes_unref (job->bytes);
  g_free (job);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

static Job *
job_new (PosternAsnDocument *self, GError **error)
{
  GBytes *bytes;
  Job *job;

  if (!has_path (self, error))
    return NULL;
  bytes = postern_asn_document_to_bytes (self, error);
  if (bytes == NULL)
    return NULL;

  job = g_new0 (Job, 1);
  job->path = g_strdup (self->path);
  job->text = g_strdup (self->text->str);
  job->bytes = bytes;
  job->encoding = self->encoding;
  job->before = self->state;

  return job;
}

static gboolean
job_run (Job *job, GError **error)
{
  gsize length;
  const char *bytes = g_bytes_get_data (job->bytes, &length);

  if (!postern_safe_file_write (job->path, bytes, length, &job->before, error))
    return FALSE;
  postern_file_state_take (&job->after, bytes, length);

  return TRUE;
}

gboolean
postern_asn_document_save (PosternAsnDocument *self, GError **error)
{
  g_autoptr(Job) job = NULL;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  job = job_new (self, error);
  if (job == NULL || !job_run (job, error))
    return FALSE;
  mark_saved (self, job->text, job->encoding, &job->after);

  return TRUE;
}

gboolean
postern_asn_document_save_as (PosternAsnDocument *self,
                              const char *path,
                              gboolean overwrite,
                              GError **error)
{
  g_autofree char *absolute = NULL;
  g_autofree char *old_path = NULL;
  PosternFileState old_state;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  absolute = g_canonicalize_filename (path, NULL);
  old_path = g_strdup (self->path);
  old_state = self->state;
  if (g_strcmp0 (old_path, absolute) != 0)
    {
      gsize length = 0;
      g_autofree char *bytes =
        overwrite ? postern_file_read (absolute, POSTERN_ASN_MAX_SIZE, TRUE, &length, NULL) : NULL;

      memset (&self->state, 0, sizeof self->state);
      if (bytes != NULL)
        postern_file_state_take (&self->state, bytes, length);
    }
  set_path (self, absolute);
  if (postern_asn_document_save (self, error))
    return TRUE;

  self->state = old_state;
  set_path (self, old_path);

  return FALSE;
}

static void
save_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (job_run (task_data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
postern_asn_document_save_async (PosternAsnDocument *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr(GTask) task = NULL;
  GError *error = NULL;
  Job *job;

  g_return_if_fail (POSTERN_IS_ASN_DOCUMENT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  /* Once begun it is carried through: what was written is told. */
  g_task_set_check_cancellable (task, FALSE);
  job = job_new (self, &error);
  if (job == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, save_thread);
}

gboolean
postern_asn_document_save_finish (PosternAsnDocument *self, GAsyncResult *result, GError **error)
{
  Job *job;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  job = g_task_get_task_data (G_TASK (result));
  mark_saved (self, job->text, job->encoding, &job->after);

  return TRUE;
}

gboolean
postern_asn_document_is_stale (PosternAsnDocument *self)
{
  gboolean same = FALSE;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  return self->path != NULL &&
         !(postern_file_state_check (&self->state, self->path, &same, NULL) && same);
}

const char *
postern_asn_document_get_path (PosternAsnDocument *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  return self->path;
}

gboolean
postern_asn_document_is_modified (PosternAsnDocument *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  return self->modified;
}

PosternAsnEncoding
postern_asn_document_get_encoding (PosternAsnDocument *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), POSTERN_ASN_ENCODING_PLAIN);

  return self->encoding;
}

void
postern_asn_document_set_encoding (PosternAsnDocument *self, PosternAsnEncoding encoding)
{
  g_return_if_fail (POSTERN_IS_ASN_DOCUMENT (self));

  if (self->encoding == encoding)
    return;

  self->encoding = encoding;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENCODING]);
  update_modified (self);
}

const char *
postern_asn_document_get_text (PosternAsnDocument *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  return self->text->str;
}

const char *
postern_asn_document_get_saved_text (PosternAsnDocument *self)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  return self->saved;
}

gboolean
postern_asn_document_set_text (PosternAsnDocument *self, const char *text, GError **error)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error_literal (error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
                           _ ("The text is not UTF-8."));
      return FALSE;
    }
  take_text (self, g_string_new (text));

  return TRUE;
}

GBytes *
postern_asn_document_to_bytes (PosternAsnDocument *self, GError **error)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  return encode (self->text->str, self->text->len, self->encoding, error);
}

GPtrArray *
postern_asn_document_check (PosternAsnDocument *self, const char *usys_dir, GError **error)
{
  g_autoptr(PosternAsn) asn = NULL;
  g_autofree char *marked = NULL;
  gboolean mark;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  mark = encodings[self->encoding].mark_length > 0;
  marked =
    g_strconcat (mark ? encodings[POSTERN_ASN_ENCODING_UTF8].mark : "", self->text->str, NULL);
  asn = postern_asn_check (self->path != NULL ? self->path : "new.asn", marked, usys_dir, error);

  return asn != NULL ? g_ptr_array_ref (postern_asn_get_findings (asn)) : NULL;
}

GPtrArray *
postern_asn_document_list (PosternAsnDocument *self, const char *section)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  return postern_asn_edit_list (self->text, section);
}

char *
postern_asn_document_dup_setting (PosternAsnDocument *self, const char *section, const char *name)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  return postern_asn_edit_dup (self->text, section, name);
}

GPtrArray *
postern_asn_document_list_options (PosternAsnDocument *self, const char *section, const char *name)
{
  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  return postern_asn_edit_list_options (self->text, section, name);
}

char *
postern_asn_document_dup_option (PosternAsnDocument *self,
                                 const char *section,
                                 const char *name,
                                 const char *option)
{
  g_autoptr(GPtrArray) pairs = NULL;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), NULL);

  pairs = postern_asn_edit_list_options (self->text, section, name);
  for (guint i = 0; i < pairs->len; i++)
    {
      const PosternAsnPair *pair = pairs->pdata[i];

      if (postern_asn_same_option (pair->name, strlen (pair->name), option))
        return g_strdup (pair->value);
    }

  return NULL;
}

/* An edit works on a copy, and the copy is taken when it succeeded. */
static GString *
begin_edit (PosternAsnDocument *self)
{
  return g_string_new_len (self->text->str, (gssize) self->text->len);
}

static gboolean
end_edit (PosternAsnDocument *self, GString *text, gboolean done)
{
  if (done)
    take_text (self, text);
  else
    g_string_free (text, TRUE);

  return done;
}

gboolean
postern_asn_document_set_setting (PosternAsnDocument *self,
                                  const char *section,
                                  const char *name,
                                  const char *value,
                                  GError **error)
{
  GString *text;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  text = begin_edit (self);

  return end_edit (self, text, postern_asn_edit_set (text, section, name, value, error));
}

gboolean
postern_asn_document_remove_setting (PosternAsnDocument *self,
                                     const char *section,
                                     const char *name,
                                     GError **error)
{
  GString *text;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  text = begin_edit (self);

  return end_edit (self, text, postern_asn_edit_remove (text, section, name, error));
}

gboolean
postern_asn_document_set_option (PosternAsnDocument *self,
                                 const char *section,
                                 const char *name,
                                 const char *option,
                                 const char *value,
                                 GError **error)
{
  GString *text;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  text = begin_edit (self);

  return end_edit (self, text,
                   postern_asn_edit_set_option (text, section, name, option, value, error));
}

gboolean
postern_asn_document_remove_option (PosternAsnDocument *self,
                                    const char *section,
                                    const char *name,
                                    const char *option,
                                    GError **error)
{
  GString *text;

  g_return_val_if_fail (POSTERN_IS_ASN_DOCUMENT (self), FALSE);

  text = begin_edit (self);

  return end_edit (self, text, postern_asn_edit_remove_option (text, section, name, option, error));
}
