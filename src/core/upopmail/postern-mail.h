/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The limits of UPOPMAIL's arguments, in bytes (spec/uniface.md section 4). */
#define POSTERN_MAIL_MAX_LIST    10240
#define POSTERN_MAIL_MAX_ADDRESS 1024
#define POSTERN_MAIL_MAX_TEXT    10240000

/* What this program reads of one file; UPOPMAIL names no limit. */
#define POSTERN_MAIL_MAX_FILE    (25 * 1024 * 1024)
#define POSTERN_MAIL_MAX_FILES   100

/**
 * PosternMail:
 *
 * The message that an UPOPMAIL instance composes, until ClearMail or the end of the instance. Its
 * functions are the Set… operations, and return their $status.
 */
typedef struct _PosternMail PosternMail;

typedef enum
{
  POSTERN_MAIL_TO,
  POSTERN_MAIL_CC,
  POSTERN_MAIL_BCC,
  POSTERN_MAIL_FROM,
  POSTERN_MAIL_REPLY_TO,
} PosternMailRole;

#define POSTERN_MAIL_N_ROLES (POSTERN_MAIL_REPLY_TO + 1)

PosternMail *postern_mail_new           (void);
void         postern_mail_free          (PosternMail     *self);
void         postern_mail_clear         (PosternMail     *self);
int          postern_mail_set_addresses (PosternMail     *self,
                                         PosternMailRole  role,
                                         const char      *list);
int          postern_mail_set_subject   (PosternMail     *self,
                                         const char      *subject);
int          postern_mail_set_priority  (PosternMail     *self,
                                         const char      *priority);
int          postern_mail_set_id        (PosternMail     *self,
                                         const char      *id);
int          postern_mail_set_text      (PosternMail     *self,
                                         const char      *text,
                                         const char      *options);
int          postern_mail_add_file      (PosternMail     *self,
                                         const char      *path,
                                         const char      *options,
                                         gboolean         is_inline,
                                         GError         **error);

/* As they were given: element-type utf8. */
GPtrArray   *postern_mail_get_addresses (PosternMail     *self,
                                         PosternMailRole  role);
/* "b@example.org" of "B <b@example.org>"; NULL where it is no address. */
char        *postern_mail_bare_address  (const char      *address);
/* The message with CRLF line ends. Addresses in @refused (bare) are left out of To and Cc. */
GBytes      *postern_mail_build         (PosternMail     *self,
                                         GPtrArray       *refused);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternMail, postern_mail_free)

G_END_DECLS
