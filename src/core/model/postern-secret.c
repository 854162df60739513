/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct _PosternSecret
{
  gatomicrefcount ref_count;
  gsize length;
  gsize map_length;
  char *bytes; /* pages of its own, locked where the limits of the process allow it */
};

GType
postern_secret_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_boxed_type_register_static ("PosternSecret",
                                                            (GBoxedCopyFunc) postern_secret_ref,
                                                            (GBoxedFreeFunc) postern_secret_unref));
  return type;
}

static char *
pages_new (gsize n_bytes, gsize *map_length)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  char *pages;

  *map_length = (n_bytes / page + 1) * page;
  pages = mmap (NULL, *map_length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    g_error ("No memory for a secret of %" G_GSIZE_FORMAT " bytes", n_bytes);

  /* A small RLIMIT_MEMLOCK is no reason to fail: the pages are still kept out of core dumps and
   * wiped. */
  (void) mlock (pages, *map_length);
  (void) madvise (pages, *map_length, MADV_DONTDUMP);
  return pages;
}

/**
 * postern_secret_new:
 * @bytes: the secret
 * @length: its length in bytes, or -1 if it ends with a NUL
 *
 * Copies @bytes; wiping the original is left to the caller.
 *
 * Returns: (transfer full): a secret
 */
PosternSecret *
postern_secret_new (const char *bytes, gssize length)
{
  PosternSecret *self;

  g_return_val_if_fail (bytes != NULL || length == 0, NULL);

  self = g_new0 (PosternSecret, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->length = length < 0 ? strlen (bytes) : (gsize) length;
  self->bytes = pages_new (self->length + 1, &self->map_length);
  if (self->length > 0)
    memcpy (self->bytes, bytes, self->length);
  return self;
}

/**
 * postern_secret_new_take:
 * @text: (transfer full): the secret, from g_malloc()
 *
 * Wipes and frees @text.
 *
 * Returns: (transfer full): a secret
 */
PosternSecret *
postern_secret_new_take (char *text)
{
  PosternSecret *self = postern_secret_new (text, -1);

  postern_wipe_free (text);
  return self;
}

PosternSecret *
postern_secret_ref (PosternSecret *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
postern_secret_unref (PosternSecret *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  postern_wipe (self->bytes, self->map_length);
  munmap (self->bytes, self->map_length);
  g_free (self);
}

/**
 * postern_secret_peek:
 * @self: a secret
 * @length: (out) (optional): its length in bytes
 *
 * Returns: (transfer none): the bytes, followed by a NUL. Whoever copies them wipes the copy.
 */
const char *
postern_secret_peek (PosternSecret *self, gsize *length)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (length != NULL)
    *length = self->length;
  return self->bytes;
}

gsize
postern_secret_get_length (PosternSecret *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->length;
}

gboolean
postern_secret_is_empty (PosternSecret *self)
{
  return self == NULL || self->length == 0;
}

/**
 * postern_wipe:
 * @bytes: (nullable): memory that held a secret
 * @length: in bytes
 *
 * Overwrites memory in a way that the compiler may not leave out.
 */
void
postern_wipe (gpointer bytes, gsize length)
{
  if (bytes != NULL && length > 0)
    explicit_bzero (bytes, length);
}

/**
 * postern_wipe_free:
 * @text: (nullable) (transfer full): a NUL-terminated copy of a secret, from g_malloc()
 */
void
postern_wipe_free (char *text)
{
  if (text == NULL)
    return;

  postern_wipe (text, strlen (text));
  g_free (text);
}
