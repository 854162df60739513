/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <json-glib/json-glib.h>

#include "cli-peer.h"
#include "cli-run.h"

G_BEGIN_DECLS

/* What every run against a hostile peer has in common: the program ends in time, in bounds, with an
 * exit status and a cause that fit, and shows no password. */

#define HOSTILE_TIMEOUT_S 2
#define HOSTILE_FLOOD_TIMEOUT_S 5
#define HOSTILE_SLACK_S (1 + 3) /* what the contract allows, and a slow machine */
#define HOSTILE_PASSWORD "correct-horse-7"

typedef struct
{
  const char *args[6];                  /* besides the usual */
  int         statuses[4];              /* those allowed; all but 1 when there is none */
  const char *codes;                    /* prefixes of first findings allowed; "-": none */
  guint       timeout_s;                /* 0: HOSTILE_TIMEOUT_S */
} HostileWant;

CliResult *hostile_run          (const HostileWant *want,
                                 const char        *scheme,
                                 CliPeer           *peer);
/* (transfer full): the report. */
JsonNode  *hostile_check        (const HostileWant *want,
                                 const CliResult   *result);
/* Each run may take so much memory more than this one, which was an ordinary logon. */
void       hostile_set_ordinary (const CliResult   *result);

/* Text of a table: byte 1 stands for NUL. */
gboolean   hostile_say          (CliTalk           *talk,
                                 const char        *text);
void       hostile_drop_line    (CliTalk           *talk);
/* For ever: as fast as it goes, or a byte at a time. */
void       hostile_flood        (CliTalk           *talk,
                                 const char        *text);
void       hostile_drip         (CliTalk           *talk,
                                 const char        *text);
/* One line of this many bytes. */
void       hostile_say_long     (CliTalk           *talk,
                                 const char        *start,
                                 gsize              length);

/* A logon in clear text: what a server says, command by command. */
typedef struct
{
  const char        *scheme;
  const char        *args[6];
  const char *const *logon;             /* greeting, capabilities, logon, end */
  const char *const *refusal;           /* the same, but refused: exit status 16 */
} HostileDialogue;

/* Hangs up, or resets, after each byte. */
void       hostile_hang_up      (const HostileDialogue *dialogue,
                                 gboolean               reset);
/* A pause before each byte, and before every byte: the report is the same. */
void       hostile_split        (const HostileDialogue *dialogue);

G_END_DECLS
