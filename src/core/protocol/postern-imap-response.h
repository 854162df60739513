/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-redactor.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_IMAP_CONTINUATION,            /* "+ …" */
  POSTERN_IMAP_STATUS,                  /* "* OK …", "* BYE …", and so on */
  POSTERN_IMAP_TAGGED,                  /* "A001 OK …" */
  POSTERN_IMAP_DATA,                    /* "* CAPABILITY …", "* 3 EXISTS" */
  POSTERN_IMAP_NEITHER,
} PosternImapKind;

typedef enum
{
  POSTERN_IMAP_NONE,
  POSTERN_IMAP_OK,
  POSTERN_IMAP_NO,
  POSTERN_IMAP_BAD,
  POSTERN_IMAP_PREAUTH,
  POSTERN_IMAP_BYE,
} PosternImapCondition;

/* What a response says. `rest` is what follows status and code, or kind and keyword; it is in the
 * line that was parsed. */
typedef struct
{
  PosternImapKind       kind;
  PosternImapCondition  condition;
  char                 *tag;            /* of TAGGED */
  char                 *code;           /* in brackets, upper case: "ALERT", "CAPABILITY"; or NULL */
  char                 *code_arguments; /* what follows it within the brackets; or NULL */
  char                 *keyword;        /* of DATA, upper case: "CAPABILITY", "EXISTS" */
  guint64               number;         /* before the keyword */
  const char           *rest;
  gsize                 n_rest;
} PosternImapResponse;

void     postern_imap_response_parse   (PosternImapResponse *self,
                                        const char          *line,
                                        gsize                length);
void     postern_imap_response_clear   (PosternImapResponse *self);
/* Whether a line ends by announcing a literal, and of how many octets; G_MAXUINT64 for more than
 * can be counted. */
gboolean postern_imap_response_literal (const char          *line,
                                        gsize                length,
                                        guint64             *n_octets);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternImapResponse, postern_imap_response_clear)

G_END_DECLS
