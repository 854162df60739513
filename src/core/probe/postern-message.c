/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "probe/postern-message.h"

#include <glib/gi18n.h>
#include <string.h>

/* Before anything of GMime is used. */
void
postern_message_init (void)
{
  static gsize done;

  if (g_once_init_enter (&done))
    {
      g_mime_init ();
      g_once_init_leave (&done, 1);
    }
}

static void
add_address (GMimeMessage *message, GMimeAddressType type, const char *address)
{
  InternetAddressList *list = g_mime_message_get_addresses (message, type);
  InternetAddress *mailbox = internet_address_mailbox_new (NULL, address);

  internet_address_list_add (list, mailbox);
  g_object_unref (mailbox);
}

/* The sender's domain: the right half of a Message-ID is to be one that the sender may use. */
static const char *
domain_of (const char *address)
{
  const char *at = strrchr (address, '@');

  return at != NULL && at[1] != '\0' ? at + 1 : "localhost";
}

static void
set_text (GMimeMessage *message, const char *server)
{
  /* Translators: %s is the host name of a mail server */
  g_autofree char *text = g_strdup_printf (
    _ ("This is a test message. Postern sent it through %s to find out whether mail can be sent "
       "with an account. It can be deleted.\n"),
    server);
  GMimeTextPart *part = g_mime_text_part_new_with_subtype ("plain");

  g_mime_text_part_set_charset (part, "utf-8");
  g_mime_text_part_set_text (part, text);
  g_mime_part_set_content_encoding (GMIME_PART (part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  g_mime_message_set_mime_part (message, GMIME_OBJECT (part));
  g_object_unref (part);
}

/**
 * postern_message_to_bytes:
 *
 * Returns: (transfer full): the message with CRLF line ends, its last line ended
 */
GBytes *
postern_message_to_bytes (GMimeMessage *message)
{
  GMimeFormatOptions *format = g_mime_format_options_clone (NULL);
  char *text;

  g_mime_format_options_set_newline_format (format, GMIME_NEWLINE_FORMAT_DOS);
  text = g_mime_object_to_string (GMIME_OBJECT (message), format);
  g_mime_format_options_free (format);
  return g_bytes_new_take (text, strlen (text));
}

/**
 * postern_message_new_test:
 * @from: the sender's address
 * @to: the recipient's address
 * @server: the host that is tested, named in the text
 *
 * Writes one test message (RFC 5322, RFC 2045), all of it in ASCII.
 *
 * Returns: (transfer full): the message with CRLF line ends, its last line ended
 */
GBytes *
postern_message_new_test (const char *from, const char *to, const char *server)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *id = NULL;
  GMimeMessage *message;
  GBytes *bytes;

  postern_message_init ();
  message = g_mime_message_new (TRUE);
  add_address (message, GMIME_ADDRESS_TYPE_FROM, from);
  add_address (message, GMIME_ADDRESS_TYPE_TO, to);
  g_mime_message_set_subject (message, _ ("Test message of Postern"), "utf-8");
  g_mime_message_set_date (message, now);
  id = g_mime_utils_generate_message_id (domain_of (from));
  g_mime_message_set_message_id (message, id);
  /* RFC 3834: nobody needs to answer this. */
  g_mime_object_set_header (GMIME_OBJECT (message), "Auto-Submitted", "auto-generated", NULL);
  set_text (message, server);

  bytes = postern_message_to_bytes (message);
  g_object_unref (message);
  return bytes;
}
