/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One command `asn`, as its parts see it. */
typedef struct
{
  char     *format;
  char     *usys;
  char     *protocol;
  gboolean  starttls;
  gboolean  json;
  GStrv     rest;                       /* CHECK|… FILE … */
} PosternCliAsn;

/* postern-cli-asn-show.c: those that change nothing. What is returned is the exit status. */
int postern_cli_asn_check   (const PosternCliAsn *o);
int postern_cli_asn_list    (const PosternCliAsn *o);
int postern_cli_asn_explain (const PosternCliAsn *o);

/* Says why on standard error; 1. */
int postern_cli_asn_fail    (const char          *message);

G_END_DECLS
