/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "scan/postern-full-look.h"
#include "scan/postern-hello.h"
#include "scan/postern-scan.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_TRACK_SUITES,
  POSTERN_TRACK_ORDER,
  POSTERN_TRACK_GROUPS,
  POSTERN_TRACK_SIGNATURES,
  POSTERN_TRACK_SOME_SIGNATURES, /* in TLS 1.3, where the answer names none: all, or half of them */
  POSTERN_TRACK_ALPN,
  /* Handshakes that are finished: */
  POSTERN_TRACK_FULL,
  POSTERN_TRACK_RESUME_TICKET,
  POSTERN_TRACK_FULL_ID,         /* without tickets */
  POSTERN_TRACK_RESUME_ID,
  POSTERN_TRACK_NO_NAME,         /* without SNI */
  POSTERN_TRACK_KEY_ECDSA,       /* with a certificate for this kind of key */
  POSTERN_TRACK_KEY_RSA,
  POSTERN_TRACK_KEY_EDDSA,
} PosternTrackKind;

/* Connections that have to come one after the other. */
typedef struct
{
  PosternTrackKind    kind;
  PosternScanVersion *version;
  GArray             *left;             /* what is still offered of that which the track eliminates */
  GBytes             *session;          /* to resume, or NULL */
  gboolean            without_alpn;
  GError             *doubt;            /* why the last connection told nothing */
  guint               n_doubts;         /* while others were answered */
} PosternTrack;

/* What a track adds to what is waiting: the caller puts it there. */
typedef void (*PosternTrackFunc) (PosternTrack *track,
                                  gpointer      user_data);

/* @left: (transfer full) (nullable) */
PosternTrack *postern_track_new         (PosternTrackKind     kind,
                                         PosternScanVersion  *version,
                                         GArray              *left);
void          postern_track_free        (PosternTrack        *self);
/* The track that every version begins with. */
PosternTrack *postern_track_new_first   (PosternScanVersion  *version);
gboolean      postern_track_is_full     (const PosternTrack  *self);
GBytes       *postern_track_make_hello  (const PosternTrack  *self,
                                         const char          *server_name,
                                         const char          *alpn);
/* What one answer tells. Returns whether the track has another connection to make. */
gboolean      postern_track_take_flight (PosternTrack              *self,
                                         const PosternServerFlight *flight);
/* The track is at its end: what depends on it is next. */
void          postern_track_follow      (PosternTrack        *self,
                                         PosternTrackFunc     add,
                                         gpointer             user_data);

/* postern-scan-track-full.c: the handshakes that are finished. @priority: (out) (transfer full) */
void          postern_track_make_wish   (const PosternTrack    *self,
                                         PosternFullLookWish   *wish,
                                         char                 **priority);
/* The first handshakes of a version, where GnuTLS can do one. */
void          postern_track_add_full    (PosternScanVersion    *version,
                                         PosternTrackFunc       add,
                                         gpointer               user_data);
/* As postern_track_take_flight(), and adds what comes of it. */
gboolean      postern_track_take_full   (PosternTrack          *self,
                                         PosternScanResult     *result,
                                         const PosternFullLook *found,
                                         PosternTrackFunc       add,
                                         gpointer               user_data);
/* Once it is known which versions are spoken: the tracks that look at the highest. */
void          postern_track_add_last    (PosternScanResult     *result,
                                         gboolean               named,
                                         PosternTrackFunc       add,
                                         gpointer               user_data);

G_END_DECLS
