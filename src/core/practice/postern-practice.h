/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "model/postern-enums.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_PRACTICE (postern_practice_get_type ())
G_DECLARE_FINAL_TYPE (PosternPractice, postern_practice, POSTERN, PRACTICE, GObject)

#define POSTERN_PRACTICE_USER     "practice"
#define POSTERN_PRACTICE_PASSWORD "open sesame"
#define POSTERN_PRACTICE_TOKEN    "ya29.practice-token"

/**
 * PosternPractice:
 *
 * A mail server to practise on: SMTP, POP3 or IMAP with STARTTLS on one port and TLS from the first
 * byte on another, on 127.0.0.1 alone, with a certificate authority of its own made at start. A scenario
 * decides what goes wrong. It serves from threads of its own, keeps nothing, delivers nothing,
 * and bounds what it reads.
 */
PosternPractice    *postern_practice_new             (const char       *scenario,
                                                      GError          **error);
PosternPractice    *postern_practice_new_for         (PosternProtocol   protocol,
                                                      const char       *scenario,
                                                      GError          **error);
PosternProtocol     postern_practice_get_protocol    (PosternPractice  *self);
gboolean            postern_practice_start           (PosternPractice  *self,
                                                      guint16           port,
                                                      guint16           tls_port,
                                                      GError          **error);
void                postern_practice_stop            (PosternPractice  *self);
guint16             postern_practice_get_port        (PosternPractice  *self);
guint16             postern_practice_get_tls_port    (PosternPractice  *self);
const char         *postern_practice_get_scenario    (PosternPractice  *self);
const char         *postern_practice_get_ca_pem      (PosternPractice  *self);
/* Writes the authority's certificate where an account can name it; the file and its folder, in
 * the user's runtime folder, go with the server. */
const char         *postern_practice_write_ca_file   (PosternPractice  *self,
                                                      GError          **error);
guint               postern_practice_get_n_connections (PosternPractice *self);

typedef struct
{
  const char *name;
  const char *description;              /* translated */
  const char *first_finding;            /* NULL where the logon passes */
  gboolean    implicit;                 /* met on the port with TLS from the first byte */
  const char *mechanism;                /* to use; NULL for any */
  guint       protocols;                /* a bit each that it exists for */
  const char *tls;                      /* how the client has to start TLS; NULL: the usual way */
  gboolean    check_usable;             /* met only by who opens the mailbox */
} PosternPracticeScenario;

const PosternPracticeScenario *postern_practice_list_scenarios (gsize *n_scenarios);

G_END_DECLS
