/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "tls/postern-certificate.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_FIELD_SUBJECT,
  POSTERN_FIELD_ISSUER,
  POSTERN_FIELD_CERTIFICATE,            /* version, serial number, dates, signature */
  POSTERN_FIELD_NAMES,
  POSTERN_FIELD_KEY,
  POSTERN_FIELD_EXTENSIONS,
  POSTERN_FIELD_FINGERPRINTS,
} PosternFieldSection;

#define POSTERN_TYPE_CERTIFICATE_FIELD (postern_certificate_field_get_type ())
G_DECLARE_FINAL_TYPE (PosternCertificateField, postern_certificate_field, POSTERN, CERTIFICATE_FIELD, GObject)

/**
 * PosternCertificateField:
 *
 * One thing that a certificate says, for showing: a name and a value, which may have several
 * lines. Printable whatever the certificate holds. `is_code`: the value is bytes, a number or a
 * name for machines. `is_critical`: of an extension, that who does not understand it has to refuse
 * the certificate.
 */
PosternFieldSection  postern_certificate_field_get_section (PosternCertificateField *self);
const char          *postern_certificate_field_get_name    (PosternCertificateField *self);
const char          *postern_certificate_field_get_value   (PosternCertificateField *self);
gboolean             postern_certificate_field_is_code     (PosternCertificateField *self);
gboolean             postern_certificate_field_is_critical (PosternCertificateField *self);

const char          *postern_field_section_get_title       (PosternFieldSection      section);
/* All of them, section by section; @now in seconds since the epoch. */
GListModel          *postern_certificate_list_fields       (PosternCertificate      *self,
                                                            gint64                   now);
/* "89 days left", "expired 3 days ago", "begins in 2 days". */
char                *postern_certificate_dup_time_left     (PosternCertificate      *self,
                                                            gint64                   now);

G_END_DECLS
