/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-file.h"

#include "model/postern-error.h"
#include "model/postern-secret.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_PEM (1024 * 1024)

static void
set_errno (GError **error, const char *path, int code)
{
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (code), "%s: %s", path,
               g_strerror (code));
}

/* Never waits: a FIFO or a device is no file for us. */
static int
open_regular (const char *path, goffset *size, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0);
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      set_errno (error, path, errno);
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (!S_ISREG (status.st_mode))
    {
      close (fd);
      if (S_ISDIR (status.st_mode))
        set_errno (error, path, EISDIR);
      else
        g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, _ ("%s: Not a regular file"), path);
      return -1;
    }
  *size = status.st_size;

  return fd;
}

/**
 * postern_file_read:
 * @limit: the most bytes that are read
 * @whole: whether a file that has more is an error; else its beginning is read
 *
 * Reads a regular file. Blocks for no longer than the disk takes.
 *
 * Returns: (transfer full) (nullable): the bytes and a NUL after them, or %NULL with @error, which
 *   names the file and why
 */
char *
postern_file_read (const char *path, gsize limit, gboolean whole, gsize *length, GError **error)
{
  goffset size = 0;
  int fd = open_regular (path, &size, error);
  g_autofree char *bytes = NULL;
  gsize n = 0;
  gsize want;

  if (fd < 0)
    return NULL;
  if (whole && size > (goffset) limit)
    {
      close (fd);
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                   _ ("%s: The file has more than %" G_GSIZE_FORMAT " bytes"), path, limit);
      return NULL;
    }

  want = (gsize) MIN (size, (goffset) limit);
  bytes = g_malloc (want + 1);
  while (n < want)
    {
      gssize got = read (fd, bytes + n, want - n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          set_errno (error, path, errno);
          close (fd);
          return NULL;
        }
      if (got == 0)
        break;
      n += (gsize) got;
    }
  close (fd);
  bytes[n] = '\0';
  *length = n;

  return g_steal_pointer (&bytes);
}

/* What stands between "-----BEGIN " and "-----". */
static PosternPemContents
label_contents (const char *label, gsize length)
{
  if (g_strstr_len (label, (gssize) length, "ENCRYPTED PRIVATE KEY") != NULL)
    return POSTERN_PEM_KEY | POSTERN_PEM_ENCRYPTED;
  if (g_strstr_len (label, (gssize) length, "PRIVATE KEY") != NULL)
    return POSTERN_PEM_KEY;
  if (g_str_has_prefix (label, "CERTIFICATE-----") ||
      g_str_has_prefix (label, "X509 CERTIFICATE-----") ||
      g_str_has_prefix (label, "TRUSTED CERTIFICATE-----"))
    return POSTERN_PEM_CERTIFICATE;

  return POSTERN_PEM_OTHER;
}

/**
 * postern_file_look:
 *
 * Looks into the first MiB of @path for PEM blocks.
 */
gboolean
postern_file_look (const char *path,
                   PosternPemContents *contents,
                   PosternFileKind *kind,
                   GError **error)
{
  static const char marker[] = "-----BEGIN ";
  gsize length = 0;
  g_autofree char *bytes = postern_file_read (path, MAX_PEM, FALSE, &length, error);
  const char *p;
  const char *end;

  *contents = POSTERN_PEM_NONE;
  if (bytes == NULL)
    return FALSE;

  end = bytes + length;
  if (kind != NULL)
    *kind = postern_file_kind_of (bytes, length);
  if (length > 2 && (guchar) bytes[0] == 0x30 && ((guchar) bytes[1] & 0x80) != 0)
    *contents |= POSTERN_PEM_DER;
  for (p = bytes; (p = memmem (p, (gsize) (end - p), marker, strlen (marker))) != NULL;)
    {
      p += strlen (marker);
      *contents |= label_contents (p, MIN ((gsize) (end - p), 40));
    }
  if (g_strstr_len (bytes, (gssize) length, "Proc-Type: 4,ENCRYPTED") != NULL)
    *contents |= POSTERN_PEM_ENCRYPTED;
  postern_wipe (bytes, length); /* it may be a key */

  return TRUE;
}

/* "usys:", "USYSADM:" and kin at the beginning of a name: the length with the colon, or 0. */
static gsize
logical_length (const char *name)
{
  gsize n = 0;

  if (g_ascii_strncasecmp (name, "usys", 4) != 0)
    return 0;
  for (n = 4; g_ascii_isalnum (name[n]) || name[n] == '_'; n++)
    ;

  return name[n] == ':' ? n + 1 : 0;
}

/* Section 9.6: a variable of that name in capitals; USYS itself also by the setting, or below
 * USYSINS. */
static char *
logical_folder (const char *name, gsize length, const char *usys_dir)
{
  g_autofree char *variable = g_ascii_strup (name, (gssize) length - 1);
  gboolean usys = strcmp (variable, "USYS") == 0;
  const char *value = g_getenv (variable);

  if (usys && usys_dir != NULL && *usys_dir != '\0')
    return g_strdup (usys_dir);
  if (value != NULL && *value != '\0')
    return g_strdup (value);
  value = usys ? g_getenv ("USYSINS") : NULL;

  return value != NULL && *value != '\0' ? g_build_filename (value, "common", "usys", NULL) : NULL;
}

/* A name written on Windows, on a system where that file would have slashes (inferred). */
static char *
prefer_existing (char *path)
{
  g_autofree char *other = NULL;

  if (strchr (path, '\\') == NULL || g_file_test (path, G_FILE_TEST_EXISTS))
    return path;

  other = g_strdelimit (g_strdup (path), "\\", '/');
  if (!g_file_test (other, G_FILE_TEST_EXISTS))
    return path;
  g_free (path);

  return g_steal_pointer (&other);
}

char *
postern_file_resolve (const char *name, const char *base_dir, const char *usys_dir, GError **error)
{
  gsize length = logical_length (name);
  g_autofree char *folder = NULL;
  g_autofree char *joined = NULL;

  if (length > 0)
    {
      folder = logical_folder (name, length, usys_dir);
      if (folder == NULL)
        {
          g_set_error (
            error, POSTERN_ERROR, POSTERN_ERROR_SETTINGS,
            _ ("%s: The folder that “%.*s” stands for is not known: set the USYS folder"), name,
            (int) MIN (length, 40), name);
          return NULL;
        }
      name += length;
      while (*name == '/' || *name == '\\')
        name++;
      joined = g_build_filename (folder, name, NULL);
      name = joined;
    }

  return prefer_existing (g_canonicalize_filename (name, base_dir));
}
