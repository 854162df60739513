/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-mail.h"

#include "probe/postern-message.h"
#include "runtime/postern-file.h"
#include "runtime/postern-uniface-list.h"

#include <gio/gio.h>
#include <gmime/gmime.h>
#include <string.h>

/* What an operation returns for an argument that cannot be used; the vendor says no more than
 * "another negative value" (inferred). */
#define STATUS_MEMORY (-18)
#define STATUS_OTHER (-10)
#define STATUS_FILE (-13)
#define STATUS_MIME (-14)

/* RFC 2047 section 2 allows 76 characters for a line with an encoded word; so many bytes fit in
 * Base64, behind "Subject: ". */
#define ENCODED_WORD_BYTES 39

typedef struct
{
  char *name;
  char *type;
  char *content_id;
  gboolean is_inline;
  GBytes *bytes;
} MailFile;

struct _PosternMail
{
  GPtrArray *addresses[POSTERN_MAIL_N_ROLES];
  char *subject;
  guint priority; /* 0: none */
  char *id;
  char *text;
  char *html;
  GPtrArray *files;
};

static void
mail_file_free (MailFile *file)
{
  g_free (file->name);
  g_free (file->type);
  g_free (file->content_id);
  g_bytes_unref (file->bytes);
  g_free (file);
}

PosternMail *
postern_mail_new (void)
{
  PosternMail *self = g_new0 (PosternMail, 1);

  for (guint i = 0; i < POSTERN_MAIL_N_ROLES; i++)
    self->addresses[i] = g_ptr_array_new_with_free_func (g_free);
  self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) mail_file_free);
  return self;
}

void
postern_mail_clear (PosternMail *self)
{
  for (guint i = 0; i < POSTERN_MAIL_N_ROLES; i++)
    g_ptr_array_set_size (self->addresses[i], 0);
  g_ptr_array_set_size (self->files, 0);
  g_clear_pointer (&self->subject, g_free);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->html, g_free);
  self->priority = 0;
}

void
postern_mail_free (PosternMail *self)
{
  postern_mail_clear (self);
  for (guint i = 0; i < POSTERN_MAIL_N_ROLES; i++)
    g_ptr_array_unref (self->addresses[i]);
  g_ptr_array_unref (self->files);
  g_free (self);
}

/* A line break or another control character would end a header. */
static char *
one_line (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (char *p = valid; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f)
      *p = ' ';
  return g_strdup (g_strstrip (valid));
}

/* An address with "=" in it is no item with a value. */
static char *
item_text (const PosternUnifaceItem *item)
{
  return item->has_value ? g_strdup_printf ("%s=%s", item->id, item->value) : g_strdup (item->id);
}

/**
 * postern_mail_set_addresses:
 * @list: addresses, a Uniface list; one address for From and Reply-To. Replaces what was set
 */
int
postern_mail_set_addresses (PosternMail *self, PosternMailRole role, const char *list)
{
  gboolean single = role == POSTERN_MAIL_FROM || role == POSTERN_MAIL_REPLY_TO;
  g_autoptr(GPtrArray) items = NULL;

  if (strlen (list) > (single ? POSTERN_MAIL_MAX_ADDRESS : POSTERN_MAIL_MAX_LIST))
    return STATUS_MEMORY;

  items = postern_uniface_list_parse (list);
  g_ptr_array_set_size (self->addresses[role], 0);
  for (guint i = 0; i < items->len && (!single || i == 0); i++)
    {
      g_autofree char *text = item_text (items->pdata[i]);
      g_autofree char *address = one_line (text);

      if (*address != '\0')
        g_ptr_array_add (self->addresses[role], g_steal_pointer (&address));
    }
  return 0;
}

int
postern_mail_set_subject (PosternMail *self, const char *subject)
{
  if (strlen (subject) > POSTERN_MAIL_MAX_LIST)
    return STATUS_MEMORY;

  g_free (self->subject);
  self->subject = one_line (subject);
  return 0;
}

/* 1 is the highest, 5 the lowest. */
int
postern_mail_set_priority (PosternMail *self, const char *priority)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (priority, 10, 1, 5, &value, NULL))
    return STATUS_OTHER;
  self->priority = (guint) value;
  return 0;
}

int
postern_mail_set_id (PosternMail *self, const char *id)
{
  if (strlen (id) > POSTERN_MAIL_MAX_ADDRESS)
    return STATUS_MEMORY;

  g_free (self->id);
  self->id = one_line (id);
  return 0;
}

/* The value of an option, whose key is in any case; NULL where it is not given. */
static char *
find_option (const char *options, const char *key)
{
  g_autoptr(GPtrArray) items = postern_uniface_list_parse (options);

  for (guint i = 0; i < items->len; i++)
    {
      const PosternUnifaceItem *item = items->pdata[i];

      if (item->has_value && g_ascii_strcasecmp (item->id, key) == 0)
        return one_line (item->value);
    }
  return NULL;
}

/**
 * postern_mail_set_text:
 * @options: only `MIMEType`, text/plain or text/html
 *
 * One text a type: a second call with the same type replaces the first.
 */
int
postern_mail_set_text (PosternMail *self, const char *text, const char *options)
{
  g_autofree char *type = NULL;
  char **place = &self->text;

  if (strlen (text) > POSTERN_MAIL_MAX_TEXT || strlen (options) > POSTERN_MAIL_MAX_LIST)
    return STATUS_MEMORY;

  type = find_option (options, "MIMEType");
  if (type != NULL && g_ascii_strcasecmp (type, "text/html") == 0)
    place = &self->html;
  else if (type != NULL && g_ascii_strcasecmp (type, "text/plain") != 0)
    return STATUS_OTHER;

  g_free (*place);
  *place = g_utf8_make_valid (text, -1);
  return 0;
}

/* From the extension, as the operation says. */
static char *
guess_type (const char *name)
{
  g_autofree char *type = g_content_type_guess (name, NULL, 0, NULL);
  char *mime = type != NULL ? g_content_type_get_mime_type (type) : NULL;

  return mime != NULL ? mime : g_strdup ("application/octet-stream");
}

static gboolean
is_type (const char *type)
{
  const char *slash = strchr (type, '/');

  return slash != NULL && slash != type && slash[1] != '\0' && strchr (slash + 1, '/') == NULL &&
         strpbrk (type, " \t\"()<>@,;:\\") == NULL;
}

/**
 * postern_mail_add_file:
 * @path: of a regular file; read now
 * @options: `MIMEType`, and for an inline file `ContentID`
 * @error: why it cannot be read
 */
int
postern_mail_add_file (
  PosternMail *self, const char *path, const char *options, gboolean is_inline, GError **error)
{
  g_autofree char *type = NULL;
  g_autofree char *base = NULL;
  char *bytes;
  gsize length;
  MailFile *file;

  if (strlen (path) > POSTERN_MAIL_MAX_ADDRESS || strlen (options) > POSTERN_MAIL_MAX_LIST ||
      self->files->len >= POSTERN_MAIL_MAX_FILES)
    return STATUS_MEMORY;
  type = find_option (options, "MIMEType");
  if (type != NULL && *type != '\0' && !is_type (type))
    return STATUS_MIME;
  bytes = postern_file_read (path, POSTERN_MAIL_MAX_FILE, TRUE, &length, error);
  if (bytes == NULL)
    return STATUS_FILE;

  file = g_new0 (MailFile, 1);
  file->bytes = g_bytes_new_take (bytes, length);
  base = g_path_get_basename (path);
  file->name = one_line (base);
  file->type = type != NULL && *type != '\0' ? g_steal_pointer (&type) : guess_type (file->name);
  file->is_inline = is_inline;
  file->content_id = is_inline ? find_option (options, "ContentID") : NULL;
  g_ptr_array_add (self->files, file);
  return 0;
}

GPtrArray *
postern_mail_get_addresses (PosternMail *self, PosternMailRole role)
{
  return self->addresses[role];
}

static InternetAddressMailbox *
parse_address (const char *address)
{
  InternetAddressList *list = internet_address_list_parse (NULL, address);
  InternetAddress *first = NULL;

  if (list == NULL)
    return NULL;
  if (internet_address_list_length (list) == 1)
    first = internet_address_list_get_address (list, 0);
  if (first != NULL && INTERNET_ADDRESS_IS_MAILBOX (first))
    g_object_ref (first);
  else
    first = NULL;
  g_object_unref (list);
  return INTERNET_ADDRESS_MAILBOX (first);
}

char *
postern_mail_bare_address (const char *address)
{
  InternetAddressMailbox *mailbox;
  char *bare;

  postern_message_init ();
  mailbox = parse_address (address);
  if (mailbox == NULL)
    return NULL;
  bare = g_strdup (internet_address_mailbox_get_addr (mailbox));
  g_object_unref (mailbox);
  if (bare != NULL && *bare == '\0')
    g_clear_pointer (&bare, g_free);
  return bare;
}

/* --- The message --- */

static void
add_addresses (PosternMail *self,
               GMimeMessage *message,
               PosternMailRole role,
               GMimeAddressType type,
               GPtrArray *refused)
{
  InternetAddressList *list = g_mime_message_get_addresses (message, type);

  for (guint i = 0; i < self->addresses[role]->len; i++)
    {
      InternetAddressMailbox *mailbox = parse_address (self->addresses[role]->pdata[i]);

      if (mailbox == NULL)
        continue;
      if (refused == NULL ||
          !g_ptr_array_find_with_equal_func (refused, internet_address_mailbox_get_addr (mailbox),
                                             g_str_equal, NULL))
        internet_address_list_add (list, INTERNET_ADDRESS (mailbox));
      g_object_unref (mailbox);
    }
}

/* Uniface encodes what it sends as UTF-8 in Base64: encoded words (RFC 2047), cut between
 * characters. */
static char *
encode_subject (const char *subject)
{
  GString *header = g_string_new (NULL);

  while (*subject != '\0')
    {
      gsize n = 0;
      g_autofree char *coded = NULL;

      while (subject[n] != '\0')
        {
          gsize next = (gsize) (g_utf8_next_char (subject + n) - subject);

          if (next > ENCODED_WORD_BYTES)
            break;
          n = next;
        }
      coded = g_base64_encode ((const guchar *) subject, n);
      g_string_append_printf (header, "%s=?UTF-8?B?%s?=", header->len > 0 ? "\n " : "", coded);
      subject += n;
    }
  return g_string_free (header, FALSE);
}

static void
set_raw_header (GMimeObject *object, const char *name, const char *value)
{
  GMimeHeaderList *headers = g_mime_object_get_header_list (object);
  GMimeHeader *header;
  g_autofree char *line = g_strdup_printf (" %s\n", value);

  g_mime_object_set_header (object, name, "x", NULL);
  header = g_mime_header_list_get_header (headers, name);
  g_mime_header_set_raw_value (header, line);
}

/* <TimeStamp.XXXXXXXXXXXXXXXX@HostName>, with 16 random letters and digits. */
static char *
make_id (void)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d%H%M%S");
  char random[17] = { 0 };

  for (guint i = 0; i < 16; i++)
    random[i] = alphabet[g_random_int_range (0, (gint32) strlen (alphabet))];
  return g_strdup_printf ("<%s.%s@%s>", stamp, random, g_get_host_name ());
}

static void
add_headers (PosternMail *self, GMimeMessage *message)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *id = self->id != NULL && *self->id != '\0' ? g_strdup (self->id) : make_id ();

  g_mime_message_set_date (message, now);
  set_raw_header (GMIME_OBJECT (message), "Message-ID", id);
  if (self->subject != NULL && *self->subject != '\0')
    {
      g_autofree char *subject = encode_subject (self->subject);

      set_raw_header (GMIME_OBJECT (message), "Subject", subject);
    }
  if (self->priority > 0)
    {
      g_autofree char *priority = g_strdup_printf ("%u", self->priority);

      g_mime_object_set_header (GMIME_OBJECT (message), "X-Priority", priority, NULL);
    }
}

static GMimeObject *
make_text (const char *text, const char *subtype)
{
  GMimeTextPart *part = g_mime_text_part_new_with_subtype (subtype);

  g_mime_text_part_set_text (part, text);
  g_mime_text_part_set_charset (part, "utf-8"); /* also where it is ASCII */
  g_mime_part_set_content_encoding (GMIME_PART (part), GMIME_CONTENT_ENCODING_BASE64);
  return GMIME_OBJECT (part);
}

static GMimeObject *
make_file (const MailFile *file)
{
  g_auto (GStrv) type = g_strsplit (file->type, "/", 2);
  GMimePart *part = g_mime_part_new_with_type (type[0], type[1]);
  gsize length;
  const char *bytes = g_bytes_get_data (file->bytes, &length);
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer (bytes, length);
  GMimeDataWrapper *content =
    g_mime_data_wrapper_new_with_stream (stream, GMIME_CONTENT_ENCODING_DEFAULT);

  g_mime_part_set_content (part, content);
  g_mime_part_set_content_encoding (part, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_object_set_disposition (GMIME_OBJECT (part), file->is_inline ? "inline" : "attachment");
  g_mime_part_set_filename (part, file->name);
  if (file->content_id != NULL && *file->content_id != '\0')
    g_mime_object_set_content_id (GMIME_OBJECT (part), file->content_id);
  g_object_unref (content);
  g_object_unref (stream);
  return GMIME_OBJECT (part);
}

/* @first and the files that belong to it, in one part; @first itself where there are none. */
static GMimeObject *
wrap_files (PosternMail *self, GMimeObject *first, const char *subtype, gboolean is_inline)
{
  GMimeMultipart *multipart = NULL;

  for (guint i = 0; i < self->files->len; i++)
    {
      const MailFile *file = self->files->pdata[i];
      GMimeObject *part;

      if (file->is_inline != is_inline)
        continue;
      if (multipart == NULL)
        {
          multipart = g_mime_multipart_new_with_subtype (subtype);
          g_mime_multipart_add (multipart, first);
          g_object_unref (first);
        }
      part = make_file (file);
      g_mime_multipart_add (multipart, part);
      g_object_unref (part);
    }
  return multipart != NULL ? GMIME_OBJECT (multipart) : first;
}

/* Text and HTML are alternatives; what HTML shows inline is related to it; the rest is mixed. */
static GMimeObject *
make_body (PosternMail *self)
{
  GMimeObject *html = self->html != NULL ? make_text (self->html, "html") : NULL;
  GMimeObject *text = self->text != NULL || html == NULL
                        ? make_text (self->text != NULL ? self->text : "", "plain")
                        : NULL;
  GMimeObject *body;

  if (html != NULL)
    html = wrap_files (self, html, "related", TRUE);
  if (html != NULL && text != NULL)
    {
      GMimeMultipart *both = g_mime_multipart_new_with_subtype ("alternative");

      g_mime_multipart_add (both, text);
      g_mime_multipart_add (both, html);
      g_object_unref (text);
      g_object_unref (html);
      body = GMIME_OBJECT (both);
    }
  else
    {
      body = html != NULL ? html : text;
    }
  return wrap_files (self, body, "mixed", FALSE);
}

/**
 * postern_mail_build:
 * @refused: (nullable) (element-type utf8): bare addresses that the server does not take
 *
 * Returns: (transfer full): the message, its last line ended
 */
GBytes *
postern_mail_build (PosternMail *self, GPtrArray *refused)
{
  GMimeMessage *message;
  GMimeObject *body;
  GBytes *bytes;

  postern_message_init ();
  message = g_mime_message_new (TRUE);
  add_addresses (self, message, POSTERN_MAIL_FROM, GMIME_ADDRESS_TYPE_FROM, NULL);
  add_addresses (self, message, POSTERN_MAIL_REPLY_TO, GMIME_ADDRESS_TYPE_REPLY_TO, NULL);
  add_addresses (self, message, POSTERN_MAIL_TO, GMIME_ADDRESS_TYPE_TO, refused);
  add_addresses (self, message, POSTERN_MAIL_CC, GMIME_ADDRESS_TYPE_CC, refused);
  add_headers (self, message);
  body = make_body (self);
  g_mime_message_set_mime_part (message, body);
  g_object_unref (body);
  bytes = postern_message_to_bytes (message);
  g_object_unref (message);
  return bytes;
}
