/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "document/postern-asn-document.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_ASN_ITEM (postern_asn_item_get_type ())
G_DECLARE_FINAL_TYPE (PosternAsnItem, postern_asn_item, POSTERN, ASN_ITEM, GObject)

/* An assignment file that is open, as a widget can bind to it: the document, and what is wrong with
 * its text as it is now, looked at in a thread a moment after each change.
 *
 * Properties: title (string), subtitle (string: problems, or the folder), usys-dir (string: the
 * folder that usys: stands for), modified (boolean). */
PosternAsnItem     *postern_asn_item_new          (const char      *path,
                                                   GError         **error);
PosternAsnDocument *postern_asn_item_get_document (PosternAsnItem  *self);
const char         *postern_asn_item_get_title    (PosternAsnItem  *self);
const char         *postern_asn_item_get_usys_dir (PosternAsnItem  *self);
/* PosternFinding, in the order of the lines. */
GListModel         *postern_asn_item_get_findings (PosternAsnItem  *self);

G_END_DECLS
