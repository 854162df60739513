/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a setting stands in the text of an assignment file: the reading half of an edit. */

/* Positions are bytes of the text. For each byte of `value`, which is without escapes and joins,
 * `starts` and `ends` say where it is written. */
typedef struct
{
  gsize     start;
  gsize     end;                        /* after its last line end */
  gsize     name_end;
  gsize     value_at;
  gsize     value_end;
  gboolean  separated;                  /* something stands between the name and the value */
  gboolean  encrypted;
  char     *value;
  GArray   *starts;                     /* of gsize */
  GArray   *ends;                       /* of gsize */
} PosternAsnSpot;

/* The last setting of that name: the one that counts. */
gboolean  postern_asn_spot_find    (PosternAsnSpot  *spot,
                                    const GString   *text,
                                    const char      *section,
                                    const char      *name);
void      postern_asn_spot_clear   (PosternAsnSpot  *spot);

/* Where a new setting of a section belongs: after the last one that is there. */
typedef struct
{
  gboolean  found;                      /* there is such a section */
  gboolean  open;                       /* the line before waits for one that continues it */
  gsize     at;
  gsize     indent;                     /* blanks before the setting above */
} PosternAsnGap;

void      postern_asn_gap_find     (PosternAsnGap   *gap,
                                    const GString   *text,
                                    const char      *section);

/* One element between the commas of a list; positions are bytes of the list. */
typedef struct
{
  gsize     from;                       /* without blanks at its ends */
  gsize     to;
  gsize     name_to;
  gsize     value_from;                 /* `to` where there is no value */
  gsize     comma;                      /* that ends it, or the length of the list */
  gboolean  equals;
} PosternAsnElement;

GArray   *postern_asn_elements     (const char      *list);
/* Whether both are names of one option, the long one or the short one, in any case. */
gboolean  postern_asn_same_option  (const char      *a,
                                    gsize            length,
                                    const char      *b);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PosternAsnSpot, postern_asn_spot_clear)

G_END_DECLS
