/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-ca-contents.h"

#include "tls/postern-certificate-private.h"
#include "tls/postern-trust-store.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_FILES 2000
#define MAX_ENTRIES 20000

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char tail[] = "-----";

/* One block of PEM: from its BEGIN up to its END, which ends the line as well unless it is glued
 * to what follows, as where a file without a last line feed was put before another one. */
typedef struct
{
  const char *start;
  gsize length;
  guint line;
  guint last_line;
  gboolean glued;
} Block;

static void
entry_free (PosternCaEntry *entry)
{
  g_object_unref (entry->certificate);
  g_free (entry->file);
  g_free (entry);
}

static PosternCaContents *
contents_new (const char *path)
{
  PosternCaContents *self = g_new0 (PosternCaContents, 1);

  self->path = g_strdup (path);
  self->kind = POSTERN_FILE_UNKNOWN;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  self->crls = g_ptr_array_new_with_free_func (g_free);

  return self;
}

void
postern_ca_contents_free (PosternCaContents *self)
{
  if (self == NULL)
    return;

  g_free (self->path);
  g_free (self->reason);
  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->crls);
  g_free (self->broken_file);
  g_free (self);
}

static gboolean
starts_with (const Block *block, const char *label)
{
  gsize length = strlen (label);

  return block->length >= length && memcmp (block->start, label, length) == 0;
}

static gboolean
is_certificate (const Block *block)
{
  return starts_with (block, "-----BEGIN CERTIFICATE-----") ||
         starts_with (block, "-----BEGIN X509 CERTIFICATE-----");
}

static gboolean
is_blank (const char *text, const char *end)
{
  while (text < end && g_ascii_isspace (*text))
    text++;

  return text == end;
}

/* Where the block ends whose END is at @stop: at the end of the line, or before what is glued to
 * it. */
static const char *
find_last (const char *stop, const char *end, gboolean *glued)
{
  const char *feed = memchr (stop, '\n', (gsize) (end - stop));
  const char *line_end = feed != NULL ? feed : end;
  const char *label = stop + strlen (end_mark);
  const char *mark = memmem (label, (gsize) (line_end - label), tail, strlen (tail));

  if (mark == NULL || is_blank (mark + strlen (tail), line_end))
    return line_end;
  *glued = TRUE;

  return mark + strlen (tail);
}

static gboolean
next_block (const char **at, const char *end, guint *line, Block *block)
{
  const char *start = memmem (*at, (gsize) (end - *at), begin_mark, strlen (begin_mark));
  const char *stop;
  const char *last;

  if (start == NULL)
    return FALSE;

  for (const char *p = *at; p < start; p++)
    *line += *p == '\n';
  block->start = start;
  block->line = *line;
  block->glued = FALSE;

  stop = memmem (start, (gsize) (end - start), end_mark, strlen (end_mark));
  last = stop != NULL ? find_last (stop, end, &block->glued) : end;
  block->length = (gsize) (last - start);
  for (const char *p = start; p < last; p++)
    *line += *p == '\n';
  block->last_line = *line;
  *at = last;

  return TRUE;
}

static PosternCertificate *
read_certificate (const Block *block)
{
  gnutls_datum_t pem = { (unsigned char *) block->start, (unsigned int) block->length };
  gnutls_datum_t der = { NULL, 0 };
  g_autoptr(GBytes) bytes = NULL;

  if (gnutls_pem_base64_decode2 (NULL, &pem, &der) < 0)
    return NULL;

  bytes = g_bytes_new (der.data, der.size);
  gnutls_free (der.data);

  return postern_certificate_new_from_der (bytes, NULL);
}

/* A root of version 1 cannot say that it is an authority. */
static gboolean
may_issue (PosternCertificate *certificate)
{
  return postern_certificate_is_ca (certificate) ||
         postern_certificate_is_self_issued (certificate);
}

static gboolean
is_link (const char *file)
{
  return g_file_test (file, G_FILE_TEST_IS_SYMLINK);
}

/* Links with hashes for names lead to the same certificate: it counts once, where it really is. */
static gboolean
is_again (GHashTable *seen, PosternCertificate *certificate, const char *file, guint line)
{
  PosternCaEntry *entry =
    seen != NULL ? g_hash_table_lookup (seen, postern_certificate_get_sha256 (certificate)) : NULL;

  if (entry == NULL)
    return FALSE;
  if (is_link (entry->file) && !is_link (file))
    {
      g_free (entry->file);
      entry->file = g_strdup (file);
      entry->line = line;
    }

  return TRUE;
}

static void
add_entry (PosternCaContents *self,
           GHashTable *seen,
           PosternCertificate *certificate,
           const char *file,
           guint line)
{
  PosternCaEntry *entry;

  if (is_again (seen, certificate, file, line))
    {
      g_object_unref (certificate);
      return;
    }

  entry = g_new0 (PosternCaEntry, 1);

  entry->certificate = certificate;
  entry->file = g_strdup (file);
  entry->line = line;
  g_ptr_array_add (self->entries, entry);
  if (seen != NULL)
    g_hash_table_insert (seen, g_strdup (postern_certificate_get_sha256 (certificate)), entry);
  self->n_authorities += may_issue (certificate) ? 1 : 0;
}

static void
add_crl (PosternCaContents *self, GHashTable *seen, const Block *block)
{
  char *crl = g_strdup_printf ("%.*s\n", (int) block->length, block->start);

  if (seen != NULL && !g_hash_table_add (seen, g_strdup (crl)))
    g_free (crl);
  else
    g_ptr_array_add (self->crls, crl);
}

static void
note_broken (PosternCaContents *self, const char *file, guint line, gboolean glued)
{
  if (self->n_broken++ > 0)
    return;

  self->broken_file = g_strdup (file);
  self->broken_line = line;
  self->glued = glued;
}

static void
read_block (PosternCaContents *self, GHashTable *seen, const char *file, const Block *block)
{
  PosternCertificate *certificate;

  if (block->glued)
    note_broken (self, file, block->last_line, TRUE);
  if (starts_with (block, "-----BEGIN X509 CRL-----"))
    add_crl (self, seen, block);
  if (memmem (block->start, MIN (block->length, 64), "PRIVATE KEY-----", 16) != NULL)
    self->has_key = TRUE;
  if (!is_certificate (block) || self->entries->len >= MAX_ENTRIES)
    return;

  certificate = read_certificate (block);
  if (certificate != NULL)
    add_entry (self, seen, certificate, file, block->line);
  else if (!block->glued)
    note_broken (self, file, block->line, FALSE);
}

/* @seen: what a folder has held so far, by fingerprint, and lists by their text; NULL: a file, in
 * which everything counts. */
static void
read_bytes (PosternCaContents *self, GHashTable *seen, const char *file, GBytes *bytes)
{
  gsize length = 0;
  const char *at = g_bytes_get_data (bytes, &length);
  const char *end = at + length;
  guint line = 1;
  Block block;

  self->kind = postern_file_kind_of (at, length);
  self->has_key |= self->kind == POSTERN_FILE_KEY;
  while (at != NULL && next_block (&at, end, &line, &block))
    read_block (self, seen, file, &block);
}

static void
conclude (PosternCaContents *self)
{
  if (self->code == NULL && self->entries->len == 0)
    self->code = "settings.file-not-pem";
}

PosternCaContents *
postern_ca_contents_new (const char *path, GBytes *bytes)
{
  PosternCaContents *self = contents_new (path);

  read_bytes (self, NULL, path, bytes);
  conclude (self);

  return self;
}

/* What cannot be read, or is something else, is passed over, as TLS libraries do in a folder. */
static void
read_folder (PosternCaContents *self, GDir *dir)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *name;

  self->folder = TRUE;
  for (guint i = 0; i < MAX_FILES && (name = g_dir_read_name (dir)) != NULL; i++)
    {
      g_autofree char *file = g_build_filename (self->path, name, NULL);
      GBytes *bytes = postern_trust_read_file (file, NULL);

      if (bytes == NULL)
        continue;
      read_bytes (self, seen, file, bytes);
      postern_trust_wipe_bytes (bytes);
    }
  self->kind = self->entries->len > 0 ? POSTERN_FILE_CERTIFICATES : POSTERN_FILE_EMPTY;
}

/**
 * postern_ca_contents_read:
 * @path: a file or a folder
 *
 * Reads all of a file of at most 16 MiB, or the files of a folder. Blocks for no longer than the
 * disk takes.
 *
 * Returns: (transfer full): what is there; `code` is %NULL where there is a certificate
 */
PosternCaContents *
postern_ca_contents_read (const char *path)
{
  PosternCaContents *self = contents_new (path);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = NULL;
  GBytes *bytes = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      dir = g_dir_open (path, 0, &error);
      if (dir != NULL)
        read_folder (self, dir);
    }
  else
    {
      bytes = postern_trust_read_file (path, &error);
      if (bytes != NULL)
        {
          read_bytes (self, NULL, path, bytes);
          postern_trust_wipe_bytes (bytes); /* it may be a key */
        }
    }

  if (error != NULL)
    {
      self->code = "settings.file-missing";
      self->reason = g_strdup (error->message);
    }
  conclude (self);

  return self;
}

char *
postern_ca_contents_list (const PosternCaContents *self, guint limit)
{
  GString *list = g_string_new (NULL);
  guint n = MIN (self->entries->len, limit);

  for (guint i = 0; i < n; i++)
    {
      const PosternCaEntry *entry = g_ptr_array_index (self->entries, i);

      /* Translators: the name of a certificate, one of several with commas between them */
      g_string_append_printf (list, _ ("%s“%s”"), i > 0 ? ", " : "",
                              postern_certificate_get_label (entry->certificate));
    }
  if (self->entries->len > n)
    g_string_append_printf (list, ngettext (" and %u more", " and %u more", self->entries->len - n),
                            self->entries->len - n);

  return g_string_free (list, FALSE);
}

static char *
describe_entries (const PosternCaContents *self)
{
  g_autofree char *list = postern_ca_contents_list (self, 5);
  guint n = self->entries->len;

  if (self->n_authorities == 0)
    return g_strdup_printf (
      _ ("“%s” holds %s, which is not the certificate of an authority: a certificate issued by "
         "another one is no use here, and that of its issuer is needed."),
      self->path, list);

  return g_strdup_printf (self->folder ? ngettext ("The folder “%s” holds %u certificate: %s.",
                                                   "The folder “%s” holds %u certificates: %s.", n)
                                       : ngettext ("“%s” holds %u certificate: %s.",
                                                   "“%s” holds %u certificates: %s.", n),
                          self->path, n, list);
}

/* What else there is to say, each a sentence with a blank before it. */
static void
add_notes (const PosternCaContents *self, GString *text)
{
  if (self->glued)
    g_string_append_printf (text,
                            _ (" Line %u of “%s” goes on after its “-----END …-----”, where a line "
                               "break is missing, and programs may refuse the whole file for it."),
                            self->broken_line, self->broken_file);
  else if (self->n_broken > 0)
    g_string_append_printf (text,
                            _ (" The certificate in line %u of “%s” cannot be read, and programs "
                               "may refuse the whole file for it."),
                            self->broken_line, self->broken_file);
  if (self->has_key && self->kind != POSTERN_FILE_KEY)
    g_string_append (text, _ (" There is a private key, too, which does not belong into a file "
                              "that others read."));
  if (self->crls->len > 0 && self->entries->len > 0)
    g_string_append_printf (text,
                            ngettext (" It also holds %u list of revoked certificates.",
                                      " It also holds %u lists of revoked certificates.",
                                      self->crls->len),
                            self->crls->len);
}

/**
 * postern_ca_contents_describe:
 *
 * Returns: (transfer full): what is there, in sentences; nothing of a private key is in them
 */
char *
postern_ca_contents_describe (const PosternCaContents *self)
{
  g_autofree char *holds = NULL;
  GString *text;

  if (self->reason != NULL)
    return g_strdup (self->reason);
  if (self->entries->len > 0)
    holds = describe_entries (self);
  else if (self->folder)
    holds = g_strdup_printf (_ ("The folder “%s” holds no certificate in PEM form."), self->path);
  else if (self->n_broken == 0)
    holds = g_strdup_printf ("%s: %s", self->path, postern_file_kind_describe (self->kind));
  else
    holds = g_strdup_printf (_ ("“%s” holds no certificate that can be read."), self->path);

  text = g_string_new (holds);
  add_notes (self, text);

  return g_string_free (text, FALSE);
}

char *
postern_ca_contents_dup_command (const PosternCaContents *self)
{
  if (self->folder || self->entries->len > 0 || self->reason != NULL)
    return NULL;

  return postern_file_kind_dup_command (self->kind, self->path);
}
