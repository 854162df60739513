/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "document/postern-safe-file.h"

#include "runtime/postern-asn.h"
#include "runtime/postern-file.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* How a save goes, in the folder of the file, while nobody else here saves into it:
 *
 * 1. What a save that was killed may have left is removed. There is one name for it, ".NAME.save~",
 *    so that there is never more than one.
 * 2. The new bytes are written to a file without a name, and brought to the disk. Killed until
 *    here, nothing is left at all.
 * 3. It gets the name above, and trades names with the old file. From here on the new one is there.
 * 4. What came away under the other name has to be the file that was read. If not, somebody
 * replaced it in the last moment: they trade names again, and the save is refused.
 * 5. The old file is removed. */

#define LOCK_TRIES 300
#define LOCK_WAIT_US 10000
#define MAX_XATTR (64 * 1024)

/* One save. */
typedef struct
{
  const char *path; /* of the file itself, past symbolic links */
  char *name;
  char *spare;
  int folder;
  int file;
  struct stat old;
  gboolean replaces;
} Save;

static gboolean
fail_errno (GError **error, const char *path, int code)
{
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (code), "%s: %s", path,
               g_strerror (code));

  return FALSE;
}

static gboolean
fail_changed (GError **error, const char *path)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG,
               _ ("%s: The file was changed by somebody else since it was opened. Nothing is "
                  "written; open it again, or save under another name."),
               path);

  return FALSE;
}

void
postern_file_state_take (PosternFileState *state, gconstpointer bytes, gsize length)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size = sizeof state->sum;

  g_checksum_update (checksum, bytes, (gssize) length);
  state->exists = TRUE;
  state->length = length;
  g_checksum_get_digest (checksum, state->sum, &size);
}

static gboolean
is_same (const PosternFileState *a, const PosternFileState *b)
{
  if (a->exists != b->exists)
    return FALSE;

  return !a->exists || (a->length == b->length && memcmp (a->sum, b->sum, sizeof a->sum) == 0);
}

gboolean
postern_file_state_check (const PosternFileState *state,
                          const char *path,
                          gboolean *same,
                          GError **error)
{
  PosternFileState now = { 0 };
  g_autoptr(GError) local = NULL;
  gsize length = 0;
  g_autofree char *bytes = postern_file_read (path, POSTERN_ASN_MAX_SIZE, TRUE, &length, &local);

  if (bytes != NULL)
    postern_file_state_take (&now, bytes, length);
  else if (!g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  *same = is_same (state, &now);

  return TRUE;
}

static gboolean
write_all (Save *save, const char *bytes, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n = write (save->file, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (error, save->path, errno);
      bytes += n;
      length -= (gsize) n;
    }

  return fsync (save->file) == 0 || fail_errno (error, save->path, errno);
}

/* Access lists and what else a file system keeps beside a file; as far as it lets us. */
static void
copy_attributes (Save *save)
{
  char *names = g_malloc (MAX_XATTR);
  char *value = g_malloc (MAX_XATTR);
  gssize length = listxattr (save->path, names, MAX_XATTR);

  for (gssize i = 0; i < length; i += (gssize) strlen (names + i) + 1)
    {
      gssize n = getxattr (save->path, names + i, value, MAX_XATTR);

      if (n >= 0 && fsetxattr (save->file, names + i, value, (gsize) n, 0) != 0)
        g_debug ("%s: %s is not kept", save->path, names + i);
    }
  g_free (names);
  g_free (value);
}

static gboolean
keep_owner (Save *save, GError **error)
{
  struct stat status;

  if (!save->replaces)
    return TRUE;
  if (fstat (save->file, &status) != 0)
    return fail_errno (error, save->path, errno);

  copy_attributes (save);
  if ((status.st_uid != save->old.st_uid || status.st_gid != save->old.st_gid) &&
      fchown (save->file, save->old.st_uid, save->old.st_gid) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   _ ("%s: The file belongs to somebody else, and its owner could not be kept. "
                      "Nothing is written; save under another name."),
                   save->path);
      return FALSE;
    }

  return fchmod (save->file, save->old.st_mode & 07777) == 0 ||
         fail_errno (error, save->path, errno);
}

/* A file without a name where the file system knows how; otherwise under the spare name. */
static gboolean
make_file (Save *save, gboolean *named, GError **error)
{
  const int flags = O_WRONLY | O_CLOEXEC;
  const mode_t mode = save->replaces ? 0600 : 0666;

  if (unlinkat (save->folder, save->spare, 0) != 0 && errno != ENOENT)
    return fail_errno (error, save->path, errno);
  *named = FALSE;
  save->file = openat (save->folder, ".", flags | O_TMPFILE, mode);
  if (save->file >= 0 && access ("/proc/self/fd", X_OK) == 0)
    return TRUE; /* it can be given a name */
  if (save->file >= 0)
    close (save->file);

  *named = TRUE;
  save->file = openat (save->folder, save->spare, flags | O_CREAT | O_EXCL | O_NOFOLLOW, mode);

  return save->file >= 0 || fail_errno (error, save->path, errno);
}

static gboolean
name_file (Save *save, const char *name)
{
  g_autofree char *source = g_strdup_printf ("/proc/self/fd/%d", save->file);

  return linkat (AT_FDCWD, source, save->folder, name, AT_SYMLINK_FOLLOW) == 0;
}

/* Whether the file under @name is the one that was looked at. A write to it in place has left its
 * time. */
static gboolean
is_old (Save *save, const char *name)
{
  struct stat status;

  return fstatat (save->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         status.st_dev == save->old.st_dev && status.st_ino == save->old.st_ino &&
         status.st_size == save->old.st_size && status.st_mtim.tv_sec == save->old.st_mtim.tv_sec &&
         status.st_mtim.tv_nsec == save->old.st_mtim.tv_nsec;
}

static gboolean
trade (Save *save, GError **error)
{
  int folder = save->folder;

  if (renameat2 (folder, save->spare, folder, save->name, RENAME_EXCHANGE) != 0)
    {
      if (errno == ENOENT)
        return fail_changed (error, save->path);
      if (errno != EINVAL && errno != ENOSYS)
        return fail_errno (error, save->path, errno);
      /* A file system that cannot trade: looked at once more, and then replaced. */
      if (!is_old (save, save->name))
        return fail_changed (error, save->path);
      return renameat (folder, save->spare, folder, save->name) == 0 ||
             fail_errno (error, save->path, errno);
    }
  if (is_old (save, save->spare))
    {
      unlinkat (folder, save->spare, 0);
      return TRUE;
    }

  if (renameat2 (folder, save->spare, folder, save->name, RENAME_EXCHANGE) != 0)
    {
      /* Their file stays under the spare name: it is theirs, and not to be removed. */
      g_clear_pointer (&save->spare, g_free);
      return fail_errno (error, save->path, errno);
    }

  return fail_changed (error, save->path);
}

static gboolean
put (Save *save, gboolean named, GError **error)
{
  if (save->replaces)
    {
      if (!named && !name_file (save, save->spare))
        return fail_errno (error, save->path, errno);
      if (!trade (save, error))
        return FALSE;
    }
  else
    {
      int result = named ? linkat (save->folder, save->spare, save->folder, save->name, 0)
                         : (name_file (save, save->name) ? 0 : -1);

      if (result != 0)
        return errno == EEXIST ? fail_changed (error, save->path)
                               : fail_errno (error, save->path, errno);
    }

  return fsync (save->folder) == 0 || fail_errno (error, save->path, errno);
}

/* Two of our own programs never save into one folder at the same moment. A lock of a process that
 * was killed is gone with it. */
static gboolean
lock_folder (Save *save, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (save->path);

  save->folder = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (save->folder < 0)
    return fail_errno (error, folder, errno);

  for (guint i = 0; i < LOCK_TRIES; i++)
    {
      if (flock (save->folder, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
      if (errno != EWOULDBLOCK && errno != EINTR)
        return TRUE; /* a file system without locks */
      g_usleep (LOCK_WAIT_US);
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
               _ ("%s: Somebody else is saving into the folder"), save->path);

  return FALSE;
}

static gboolean
look_at_old (Save *save, const PosternFileState *expected, GError **error)
{
  gboolean same = FALSE;

  save->replaces = fstatat (save->folder, save->name, &save->old, AT_SYMLINK_NOFOLLOW) == 0;
  if (!save->replaces && errno != ENOENT)
    return fail_errno (error, save->path, errno);
  if (save->replaces && !S_ISREG (save->old.st_mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, _ ("%s: Not a regular file"),
                   save->path);
      return FALSE;
    }
  if (!postern_file_state_check (expected, save->path, &same, error))
    return FALSE;
  if (!same)
    return fail_changed (error, save->path);
  if (save->replaces && access (save->path, W_OK) != 0)
    return fail_errno (error, save->path, errno);
  if (save->replaces && save->old.st_nlink > 1)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("%s: The file has several names (hard links), which replacing it would "
                      "part. Nothing is written; save under another name."),
                   save->path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
run (Save *save, const char *bytes, gsize length, const PosternFileState *expected, GError **error)
{
  gboolean named = FALSE;

  return lock_folder (save, error) && look_at_old (save, expected, error) &&
         make_file (save, &named, error) && write_all (save, bytes, length, error) &&
         keep_owner (save, error) && put (save, named, error);
}

/**
 * postern_safe_file_write:
 * @path: a file, or a symbolic link to it
 * @expected: what the file is now, as far as the caller knows
 *
 * Replaces the file as a whole: whoever reads it, and whenever this program is killed, finds it as
 * it was or as it is to be. Mode, owner and access lists stay; where they cannot, and where the
 * file is not what was expected, nothing is written. Afterwards the bytes are on the disk. Blocks
 * for as long as the disk takes.
 */
gboolean
postern_safe_file_write (const char *path,
                         gconstpointer bytes,
                         gsize length,
                         const PosternFileState *expected,
                         GError **error)
{
  char *target = realpath (path, NULL);
  g_autofree char *absolute = target == NULL ? g_canonicalize_filename (path, NULL) : NULL;
  Save save = { .path = target != NULL ? target : absolute, .folder = -1, .file = -1 };
  gboolean written;

  save.name = g_path_get_basename (save.path);
  save.spare = g_strdup_printf (".%s.save~", save.name);
  written = run (&save, bytes, length, expected, error);

  if (save.file >= 0)
    close (save.file);
  if (save.file >= 0 && save.spare != NULL)
    unlinkat (save.folder, save.spare, 0);
  if (save.folder >= 0)
    close (save.folder);
  g_free (save.name);
  g_free (save.spare);
  free (target);

  return written;
}
