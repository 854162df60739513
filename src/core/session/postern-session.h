/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-machine.h"
#include "session/postern-transcript.h"
#include "tls/postern-trust.h"

G_BEGIN_DECLS

typedef enum
{
  POSTERN_ADDRESS_NOT_TRIED,
  POSTERN_ADDRESS_CONNECTED,
  POSTERN_ADDRESS_REFUSED,
  POSTERN_ADDRESS_TIMEOUT,
  POSTERN_ADDRESS_UNREACHABLE,
} PosternAddressState;

/* One address that the host has, and what came of it. */
typedef struct
{
  char                *address;         /* "127.0.0.1", "::1" */
  guint16              port;
  GSocketFamily        family;
  PosternAddressState  state;
  gint64               duration;        /* µs */
  char                *message;         /* the system's words, or NULL */
} PosternAddress;

/* What TLS came to. Version and cipher are NULL before a handshake; the name of the cipher is
 * that of the library which did it. */
typedef struct
{
  char      *version;                   /* "TLS 1.3" */
  char      *cipher;
  gboolean   verified;                  /* without any fault that counts */
  gboolean   accepted;                  /* the policy let the session go on */
  gboolean   shared_key;                /* in place of a certificate */
  GPtrArray *chain;                     /* element-type PosternCertificate, leaf first */
  GPtrArray *path;                      /* the same, to the root; with those of the store */
  GPtrArray *faults;                    /* element-type PosternCertFault */
  char      *matched_name;              /* the name in the certificate that matched, or NULL */
  PosternTrust *trust;                  /* what judged it, to be asked again; or NULL */
  char      *sni;                       /* the name that the server was asked for, "" for none */
  PosternRevocation revocation;
} PosternTlsInfo;

/**
 * PosternLostFunc:
 *
 * The connection of a session that stays open was lost while nothing was asked for:
 * postern_session_get_failure() tells more.
 */
typedef void (*PosternLostFunc) (gpointer user_data);

#define POSTERN_TYPE_SESSION (postern_session_get_type ())
G_DECLARE_FINAL_TYPE (PosternSession, postern_session, POSTERN, SESSION, GObject)

/**
 * PosternSession:
 *
 * The one driver: connects, does TLS, moves bytes between a machine and a peer, keeps the time
 * limits, writes the transcript. Runs in the thread-default main context of the caller and
 * blocks nothing.
 *
 * The run ends at once when @cancellable fires or a limit runs out, whatever is still pending
 * below it.
 *
 * Where the plan says `stay`, the run returns after the logon and the connection is kept: then
 * postern_session_operate_async() does one thing after the other, until QUIT or a failure. The
 * limits of the plan are those of each operation.
 */
/* At the very start of main(), before any thread: what an environment must not decide (GnuTLS's
 * priorities, OpenSSL's configuration, a file for the keys of TLS sessions) is taken out of it, and SIGPIPE is ignored. */
void                  postern_session_init_process  (void);
/* At the very end of main(), instead of returning: writes out what the C library buffers and ends
 * the process without the destructors of libraries. A thread that nothing can end (a name is
 * looked up, certificates are loaded) may still be at work in them. */
void                  postern_session_end_process   (int                   status) G_GNUC_NORETURN;

PosternSession       *postern_session_new           (PosternMachine       *machine,
                                                     PosternTranscript    *transcript);
void                  postern_session_set_step_func (PosternSession       *self,
                                                     PosternStepFunc       func,
                                                     gpointer              user_data);
/* So much of the limit for all is gone already. */
void                  postern_session_set_elapsed   (PosternSession       *self,
                                                     guint                 ms);
void                  postern_session_run_async     (PosternSession       *self,
                                                     GCancellable         *cancellable,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
gboolean              postern_session_run_finish    (PosternSession       *self,
                                                     GAsyncResult         *result,
                                                     GError              **error);
/* What the peer has said by now of its first line, or in a handshake that runs; empty: nothing. */
GBytes               *postern_session_dup_heard     (PosternSession       *self);
/* Whether the connection is there, and nothing is being done on it. */
gboolean              postern_session_is_ready      (PosternSession       *self);
void                  postern_session_set_lost_func (PosternSession       *self,
                                                     PosternLostFunc       func,
                                                     gpointer              user_data);
/* Where what follows is written down. */
void                  postern_session_set_transcript (PosternSession      *self,
                                                     PosternTranscript    *transcript);
void                  postern_session_operate_async (PosternSession       *self,
                                                     PosternOperation     *operation,
                                                     GCancellable         *cancellable,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
gboolean              postern_session_operate_finish (PosternSession      *self,
                                                     GAsyncResult         *result,
                                                     GError              **error);
/* Hangs up without a word. */
void                  postern_session_close         (PosternSession       *self);
PosternMachine       *postern_session_get_machine   (PosternSession       *self);
const PosternFailure *postern_session_get_failure   (PosternSession       *self);
GPtrArray            *postern_session_get_addresses (PosternSession       *self);
const PosternTlsInfo *postern_session_get_tls_info  (PosternSession       *self);

G_END_DECLS
