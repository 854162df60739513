/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define POSTERN_HELLO_1_0 0x0301
#define POSTERN_HELLO_1_2 0x0303
#define POSTERN_HELLO_1_3 0x0304

/* What a ClientHello offers. The lists are of guint16, in order of preference. */
typedef struct
{
  guint16     version;                  /* this one alone, where it is TLS 1.3 */
  GArray     *suites;
  GArray     *groups;
  GArray     *signatures;
  GArray     *certificate_signatures;   /* in certificates, where these are others; or NULL */
  const char *server_name;              /* or NULL */
  const char *alpn;                     /* one protocol, or NULL */
  guint16     share;                    /* TLS 1.3: the group that a key is for, or 0 */
} PosternHello;

/**
 * postern_hello_write:
 *
 * Writes the first record of a client. It does no cryptography: in TLS 1.3 the list of keys is
 * empty, so that the server answers with the group that it wants (RFC 8446, 4.2.8), unless
 * `share` names one of those that postern_hello_can_share() knows.
 */
GBytes   *postern_hello_write     (const PosternHello *hello);
gboolean  postern_hello_can_share (guint16             group);

typedef enum
{
  POSTERN_HELLO_MORE,    /* not all is there yet */
  POSTERN_HELLO_DONE,    /* all that is sent without encryption */
  POSTERN_HELLO_ALERT,
  POSTERN_HELLO_NOT_TLS, /* or TLS that is out of order */
} PosternHelloState;

/* What the server's first flight says. */
typedef struct
{
  gboolean hello;                       /* a ServerHello came */
  guint16  version;
  guint16  suite;
  guint16  group;                       /* 0: none named */
  guint16  signature;                   /* 0: none named */
  guint    dh_bits;                     /* of a group without a name */
  gboolean retry;                       /* a HelloRetryRequest */
  gboolean renegotiation;               /* RFC 5746 */
  gboolean session_id;
  gboolean ticket;
  gboolean stapled;                     /* an OCSP response came */
  gboolean extended_master_secret;
  gboolean heartbeat;
  char     alpn[32];                    /* empty: none chosen */
  guint8   alert;
} PosternServerFlight;

/* Reads it, in pieces of any size. It keeps at most 256 KiB. */
typedef struct
{
  GByteArray          *record;
  GByteArray          *messages;
  gsize                n_read;
  guint                n_warnings;
  PosternHelloState    state;
  PosternServerFlight  flight;
  GPtrArray           *chain;           /* element-type GBytes: before TLS 1.3, where it is clear */
} PosternHelloReader;

PosternHelloReader *postern_hello_reader_new  (void);
void                postern_hello_reader_free (PosternHelloReader *self);
PosternHelloState   postern_hello_reader_feed (PosternHelloReader *self,
                                               const guint8       *bytes,
                                               gsize               n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternHelloReader, postern_hello_reader_free)

G_END_DECLS
