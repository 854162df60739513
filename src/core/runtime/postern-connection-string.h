/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-enums.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_CONNECTOR_TCP,
  POSTERN_CONNECTOR_TLS,
} PosternConnector;

/**
 * PosternConnectionString:
 *
 * Uniface's network connection string in its mail form, spec/uniface.md section 3:
 * `[TCP:|TLS:]host[+port][:profile]`. `port` is the default of the protocol where none is given.
 * `ascii_host` is the form to look up. Columns are 1-based characters in the text as written.
 */
typedef struct
{
  PosternConnector  connector;
  gboolean          connector_given;
  char             *host;
  char             *ascii_host;
  guint16           port;
  gboolean          port_given;
  char             *profile;            /* or NULL */
  guint             host_column;
  guint             port_column;        /* 0 where none is given */
  guint             profile_column;     /* 0 where none is given */
} PosternConnectionString;

PosternConnectionString *postern_connection_string_parse   (const char        *text,
                                                            PosternProtocol    protocol,
                                                            guint             *column,
                                                            GError           **error);
void                     postern_connection_string_free    (PosternConnectionString *self);
char                    *postern_connection_string_to_text (const PosternConnectionString *self);
guint16                  postern_connection_string_default_port (PosternConnector connector,
                                                            PosternProtocol    protocol);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternConnectionString, postern_connection_string_free)

G_END_DECLS
