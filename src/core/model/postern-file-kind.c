/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-file-kind.h"

#include "model/postern-secret.h"

#include <glib/gi18n.h>
#include <string.h>

/* How much of a file is looked at where it is a text of another sort. */
#define MAX_BEGINNING 1024

/* The kinds that a label of PEM stands for. The first in this table that a file holds is what it
 * is. */
static const struct
{
  const char *label; /* or the end of one */
  PosternFileKind kind;
} labels[] = {
  { "-----BEGIN CERTIFICATE-----", POSTERN_FILE_CERTIFICATES },
  { "-----BEGIN X509 CERTIFICATE-----", POSTERN_FILE_CERTIFICATES },
  { "-----BEGIN TRUSTED CERTIFICATE-----", POSTERN_FILE_TRUSTED },
  { "PRIVATE KEY-----", POSTERN_FILE_KEY },
  { "-----BEGIN PKCS7-----", POSTERN_FILE_PKCS7 },
  { "-----BEGIN CMS-----", POSTERN_FILE_PKCS7 },
  { "-----BEGIN X509 CRL-----", POSTERN_FILE_CRL },
  { "-----BEGIN CERTIFICATE REQUEST-----", POSTERN_FILE_REQUEST },
  { "-----BEGIN NEW CERTIFICATE REQUEST-----", POSTERN_FILE_REQUEST },
  { "PUBLIC KEY-----", POSTERN_FILE_PUBLIC_KEY },
  { "-----BEGIN ", POSTERN_FILE_PEM_OTHER },
};

/* How DER of each kind goes on after the header of the outer sequence; with @inner, after that of
 * the sequence in it, too. The serial number of a certificate of version 1 may look like the
 * version of a list of revoked certificates: nobody has either in DER where PEM belongs. */
static const struct
{
  gboolean inner;
  guint8 bytes[12];
  gsize length;
  PosternFileKind kind;
} beginnings[] = {
  { FALSE,
    { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 },
    11,
    POSTERN_FILE_PKCS7_DER },
  { FALSE, { 0x02, 0x01, 0x03, 0x30 }, 4, POSTERN_FILE_PKCS12 },
  { FALSE, { 0x02, 0x01, 0x00 }, 3, POSTERN_FILE_KEY },       /* RFC 5208, RFC 8017 */
  { FALSE, { 0x02, 0x01, 0x01, 0x04 }, 4, POSTERN_FILE_KEY }, /* RFC 5915 */
  { TRUE,
    { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05 },
    10,
    POSTERN_FILE_KEY }, /* RFC 8018: encrypted */
  { TRUE,
    { 0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c },
    10,
    POSTERN_FILE_KEY }, /* RFC 7292: the same in the older way */
  { TRUE, { 0x06 }, 1, POSTERN_FILE_PUBLIC_KEY },
  { TRUE, { 0xa0, 0x03, 0x02, 0x01 }, 4, POSTERN_FILE_CERTIFICATE_DER },
  { TRUE, { 0x02, 0x01, 0x00, 0x30 }, 4, POSTERN_FILE_REQUEST },
  { TRUE, { 0x02, 0x01, 0x01, 0x30 }, 4, POSTERN_FILE_CRL_DER },
  { TRUE, { 0x02 }, 1, POSTERN_FILE_CERTIFICATE_DER },
};

/* Past the tag and length of a sequence; 0 where there is none. */
static gsize
skip_header (const guint8 *bytes, gsize length)
{
  gsize size;

  if (length < 2 || bytes[0] != 0x30)
    return 0;

  size = bytes[1] > 0x80 ? 2 + (gsize) (bytes[1] & 0x7f) : 2;

  return size <= 6 && size < length ? size : 0;
}

static PosternFileKind
kind_of_der (const guint8 *bytes, gsize length)
{
  gsize outer = skip_header (bytes, length);
  gsize inner = outer > 0 ? skip_header (bytes + outer, length - outer) : 0;

  if (outer == 0)
    return POSTERN_FILE_UNKNOWN;

  for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      gsize at = beginnings[i].inner ? outer + inner : outer;

      if ((beginnings[i].inner && inner == 0) || length - at < beginnings[i].length)
        continue;
      if (memcmp (bytes + at, beginnings[i].bytes, beginnings[i].length) == 0)
        return beginnings[i].kind;
    }

  return POSTERN_FILE_UNKNOWN;
}

static gboolean
holds (const char *bytes, gsize length, const char *text)
{
  return memmem (bytes, length, text, strlen (text)) != NULL;
}

static PosternFileKind
kind_of_pem (const char *bytes, gsize length)
{
  if (!holds (bytes, length, "-----BEGIN "))
    return POSTERN_FILE_UNKNOWN;

  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    if (holds (bytes, length, labels[i].label))
      return labels[i].kind;

  return POSTERN_FILE_UNKNOWN;
}

static gboolean
is_html (const char *text)
{
  char *lower = g_ascii_strdown (text, -1);
  gboolean html = g_str_has_prefix (lower, "<") &&
                  (strstr (lower, "<html") != NULL || strstr (lower, "<!doctype html") != NULL ||
                   strstr (lower, "<head") != NULL || strstr (lower, "<body") != NULL);

  postern_wipe_free (lower);

  return html;
}

/* "MII…" and nothing but base64: what is left of PEM when the lines around it are lost. */
static gboolean
is_base64 (const char *text, gsize length)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
                                 " \t\r\n";

  return length > 64 && strncmp (text, "MI", 2) == 0 && strspn (text, alphabet) == strlen (text);
}

static PosternFileKind
kind_of_beginning (const char *beginning, gsize length)
{
  const char *text = g_str_has_prefix (beginning, "\xef\xbb\xbf") ? beginning + 3 : beginning;

  text += strspn (text, " \t\r\n\v\f");
  if (*text == '\0' && length == strlen (beginning))
    return POSTERN_FILE_EMPTY;
  if (is_html (text))
    return POSTERN_FILE_HTML;
  if (is_base64 (text, length))
    return POSTERN_FILE_BASE64;

  return POSTERN_FILE_UNKNOWN;
}

/* A key may have lost the lines around it, and no copy of it stays. */
static PosternFileKind
kind_of_text (const guint8 *bytes, gsize length)
{
  gsize size = MIN (length, MAX_BEGINNING);
  char *beginning = g_strndup ((const char *) bytes, size);
  PosternFileKind kind = kind_of_beginning (beginning, length);

  postern_wipe (beginning, size);
  g_free (beginning);

  return kind;
}

PosternFileKind
postern_file_kind_of (gconstpointer bytes, gsize length)
{
  const guint8 *data = bytes;
  PosternFileKind kind = length > 0 ? kind_of_pem (bytes, length) : POSTERN_FILE_EMPTY;

  if (kind != POSTERN_FILE_UNKNOWN)
    return kind;
  if (length >= 4 && memcmp (data, "\xfe\xed\xfe\xed", 4) == 0)
    return POSTERN_FILE_KEYSTORE;
  if (length >= 2 && (memcmp (data, "\xff\xfe", 2) == 0 || memcmp (data, "\xfe\xff", 2) == 0))
    return POSTERN_FILE_UTF16;

  kind = kind_of_der (data, length);

  return kind != POSTERN_FILE_UNKNOWN ? kind : kind_of_text (data, length);
}

const char *
postern_file_kind_describe (PosternFileKind self)
{
  switch (self)
    {
    case POSTERN_FILE_CERTIFICATES:
      return _ ("It holds certificates in PEM form.");
    case POSTERN_FILE_EMPTY:
      return _ ("It is empty.");
    case POSTERN_FILE_KEY:
      return _ ("It holds a private key where a certificate is expected.");
    case POSTERN_FILE_CERTIFICATE_DER:
      return _ ("It is a certificate in DER form, and PEM is needed.");
    case POSTERN_FILE_TRUSTED:
      return _ ("It holds certificates in a form of OpenSSL’s own (TRUSTED CERTIFICATE), which "
                "other programs do not read.");
    case POSTERN_FILE_PKCS7:
    case POSTERN_FILE_PKCS7_DER:
      return _ ("It is a PKCS #7 file (.p7b), and the certificates in it are needed as PEM.");
    case POSTERN_FILE_PKCS12:
      return _ ("It is a PKCS #12 file (.p12, .pfx), and the certificates in it are needed as "
                "PEM.");
    case POSTERN_FILE_CRL:
    case POSTERN_FILE_CRL_DER:
      return _ ("It is a list of revoked certificates, and holds no certificate.");
    case POSTERN_FILE_REQUEST:
      return _ ("It is a request for a certificate, which an authority has yet to sign.");
    case POSTERN_FILE_PUBLIC_KEY:
      return _ ("It is a bare public key, and no certificate.");
    case POSTERN_FILE_PEM_OTHER:
      return _ ("It is a PEM file without a certificate.");
    case POSTERN_FILE_BASE64:
      return _ ("It lacks the lines “-----BEGIN CERTIFICATE-----” and “-----END CERTIFICATE-----” "
                "around its text.");
    case POSTERN_FILE_UTF16:
      return _ ("Its text has two bytes a character (UTF-16), as some editors save it.");
    case POSTERN_FILE_KEYSTORE:
      return _ ("It is a keystore of Java, and the certificates in it are needed as PEM.");
    case POSTERN_FILE_HTML:
      return _ ("It is a web page, such as a download saves that wanted a logon first.");
    case POSTERN_FILE_UNKNOWN:
    default:
      return _ ("It holds no line that begins with “-----BEGIN ”.");
    }
}

/* Each %s is the file, then the one to make. */
static const char *
command_of (PosternFileKind kind)
{
  switch ((int) kind)
    {
    case POSTERN_FILE_CERTIFICATE_DER:
      return "openssl x509 -inform DER -in %s -out %s";
    case POSTERN_FILE_TRUSTED:
      return "openssl x509 -in %s -out %s";
    case POSTERN_FILE_PKCS7:
      return "openssl pkcs7 -in %s -print_certs -out %s";
    case POSTERN_FILE_PKCS7_DER:
      return "openssl pkcs7 -inform DER -in %s -print_certs -out %s";
    case POSTERN_FILE_PKCS12:
      return "openssl pkcs12 -in %s -nokeys -out %s";
    case POSTERN_FILE_BASE64:
      return "openssl base64 -d -in %s | openssl x509 -inform DER -out %s";
    case POSTERN_FILE_UTF16:
      return "iconv -f UTF-16 -t US-ASCII %s > %s";
    case POSTERN_FILE_KEYSTORE:
      return "keytool -list -rfc -keystore %s > %s";
    default:
      return NULL;
    }
}

char *
postern_file_kind_dup_command (PosternFileKind self, const char *path)
{
  const char *format = command_of (self);
  const char *slash = strrchr (path, '/');
  const char *dot = strrchr (path, '.');
  gboolean extension = dot != NULL && dot > path && (slash == NULL || dot > slash + 1);
  gboolean pem = extension && g_ascii_strcasecmp (dot, ".pem") == 0;
  g_autofree char *stem = extension ? g_strndup (path, (gsize) (dot - path)) : g_strdup (path);
  g_autofree char *made = g_strconcat (stem, pem ? "-converted.pem" : ".pem", NULL);
  g_autofree char *quoted = g_shell_quote (path);
  g_autofree char *quoted_made = g_shell_quote (made);
  gboolean plain = strpbrk (path, " \t'\"\\$&;|<>()*?[]{}!#`~\n") == NULL;

  if (format == NULL)
    return NULL;

  return plain ? g_strdup_printf (format, path, made)
               : g_strdup_printf (format, quoted, quoted_made);
}
