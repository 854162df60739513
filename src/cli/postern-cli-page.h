/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text is wrapped to this many columns. */
#define POSTERN_CLI_PAGE_WIDTH 78

#define POSTERN_CLI_BOLD "\033[1m"
#define POSTERN_CLI_DIM "\033[2m"
#define POSTERN_CLI_RED "\033[31m"
#define POSTERN_CLI_GREEN "\033[32m"
#define POSTERN_CLI_YELLOW "\033[33m"
#define POSTERN_CLI_PLAIN "\033[0m"

/* Text for a terminal, or for a pipe. */
typedef struct
{
  GString  *text;
  gboolean  colour;
  gboolean  utf8;                       /* the terminal shows more than ASCII */
} PosternCliPage;

gboolean    postern_cli_page_wants_colour (int                   fd);
const char *postern_cli_page_paint        (const PosternCliPage *page,
                                           const char           *sequence);
guint       postern_cli_page_columns      (const char           *text);
void        postern_cli_page_pad          (GString              *text,
                                           guint                 have,
                                           guint                 want);
void        postern_cli_page_add_wrapped  (PosternCliPage       *page,
                                           const char           *text,
                                           guint                 indent);
char       *postern_cli_page_shorten      (const PosternCliPage *page,
                                           const char           *text,
                                           guint                 columns);

G_END_DECLS
