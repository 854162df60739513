/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a file is that was named where certificates in PEM form belong. */
typedef enum
{
  POSTERN_FILE_CERTIFICATES,            /* at least one block of PEM that is a certificate */
  POSTERN_FILE_EMPTY,
  POSTERN_FILE_KEY,                     /* a private key, in whichever form */
  POSTERN_FILE_CERTIFICATE_DER,
  POSTERN_FILE_TRUSTED,                 /* OpenSSL's own form of PEM, with trust settings */
  POSTERN_FILE_PKCS7,
  POSTERN_FILE_PKCS7_DER,
  POSTERN_FILE_PKCS12,
  POSTERN_FILE_CRL,
  POSTERN_FILE_CRL_DER,
  POSTERN_FILE_REQUEST,                 /* a request for a certificate */
  POSTERN_FILE_PUBLIC_KEY,
  POSTERN_FILE_PEM_OTHER,
  POSTERN_FILE_BASE64,                  /* PEM without its first and last line */
  POSTERN_FILE_UTF16,                   /* PEM, but two bytes a character */
  POSTERN_FILE_KEYSTORE,                /* of Java */
  POSTERN_FILE_HTML,
  POSTERN_FILE_UNKNOWN,
} PosternFileKind;

/* Looks at how the bytes begin and at the labels of PEM; nothing is decoded. */
PosternFileKind  postern_file_kind_of          (gconstpointer    bytes,
                                                gsize            length);
/* One translated sentence that begins with "It"; what the file is, and why it is no use here. */
const char      *postern_file_kind_describe    (PosternFileKind  self);
/* The shell command that makes certificates in PEM form of the file; NULL where there is none. */
char            *postern_file_kind_dup_command (PosternFileKind  self,
                                                const char      *path);

G_END_DECLS
