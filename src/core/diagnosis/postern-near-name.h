/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a name of a certificate is related to the one that was asked for; the nearest first. */
typedef enum
{
  POSTERN_NEAR_WILDCARD_DEEP,           /* *.example.org, and more than one label in its place */
  POSTERN_NEAR_WILDCARD_BARE,           /* *.example.org, and none: example.org */
  POSTERN_NEAR_WILDCARD_INSIDE,         /* m*l.example.org or mail.*.org: it does not count there */
  POSTERN_NEAR_ADDRESS,                 /* an address, written where names stand */
  POSTERN_NEAR_LABEL_MORE,              /* the certificate has one label less: mail., www. */
  POSTERN_NEAR_LABEL_LESS,              /* the certificate has one label more */
  POSTERN_NEAR_SHORT,                   /* the same host, asked for without its domain */
  POSTERN_NEAR_SPELLING,                /* a letter or two */
  POSTERN_NEAR_SIBLING,                 /* another host of the same domain */
  POSTERN_NEAR_ENDING,                  /* the same but for the top-level domain */
  POSTERN_NEAR_DOMAIN,                  /* the same domain, further away */
  POSTERN_NEAR_WILDCARD_TOP,            /* *.org: it counts for nothing */
  POSTERN_NEAR_NONE,
} PosternNearness;

const char *postern_near_name_find (const char *const *names,
                                    const char        *asked,
                                    PosternNearness   *nearness);
gboolean    postern_near_name_is_related (const char  *name,
                                          const char  *other);

G_END_DECLS
