/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-certificate-fields.h"

G_BEGIN_DECLS

/* Of names and addresses, which may be thousands, no more are written out. */
#define POSTERN_MAX_SHOWN 100

/* Appends one field; takes @value, and leaves it out where it is NULL or empty. */
void  postern_certificate_take_field     (GListStore          *fields,
                                          PosternFieldSection  section,
                                          const char          *name,
                                          char                *value,
                                          gboolean             code,
                                          gboolean             critical);
/* A name of a subjectAltName, a name constraint or a location: "DNS: mail.example.org". */
char *postern_certificate_dup_general_name (unsigned int       type,
                                            const char        *bytes,
                                            gsize              length);
/* @names: the subject's alternative names too, as bytes; else they have a place of their own. */
void  postern_certificate_add_extensions (PosternCertificate  *self,
                                          GListStore          *fields,
                                          gboolean             names);

G_END_DECLS
