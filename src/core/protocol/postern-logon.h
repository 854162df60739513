/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "protocol/postern-machine.h"
#include "protocol/postern-sasl.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_LOGON (postern_logon_get_type ())
G_DECLARE_DERIVABLE_TYPE (PosternLogon, postern_logon, POSTERN, LOGON, PosternMachine)

/* What a server offers now. */
typedef struct
{
  GStrv    mechanisms;                  /* also the protocol's own: "USER", "APOP", … */
  gboolean has_auth;                    /* logging on is offered at all */
  gboolean has_starttls;
  gboolean starttls_unknown;            /* it does not list what it can do: ask, if it must be */
  gboolean needs_tls;                   /* it takes no passwords here (LOGINDISABLED) */
} PosternOffer;

/**
 * PosternLogon:
 *
 * What the mail protocols have in common: the steps of the plan, done in segments, and the
 * exchange of a SASL mechanism with its end. How a command looks and what a reply means is for
 * the protocol to say.
 *
 * The functions of the class that return an action write to the output, note what they wait for
 * from then on, and return SEND. The others:
 *
 * @protocol: as people call it: "SMTP"
 * @service: the service name of the protocol (GSS-API, DIGEST-MD5): "smtp", "pop", "imap"
 * @max_initial: the longest initial response, in Base64, that may go with the command; 0 where
 *   none may
 * @send_auth: @initial is NULL where none is sent with the command: the server speaks first, the
 *   response does not fit, or it is not allowed
 * @log_on: by a mechanism of the protocol's own; the reply ends with postern_logon_accept() or
 *   postern_logon_refuse()
 * @plan_done: every step of the plan is done: the checks asked for, then the end of the session
 * @describe: copies the reply at hand into a failure: codes, text, whether it is a refusal
 * @classify_refusal: the code of a refused logon as far as reply and response codes tell it; what
 *   the words mean is for the diagnosis to say
 */
struct _PosternLogonClass
{
  PosternMachineClass parent_class;

  const char    *protocol;
  const char    *service;
  gsize         (*max_initial)      (PosternLogon   *self,
                                     const char     *mechanism);
  PosternAction (*ask_capabilities) (PosternLogon   *self);
  PosternAction (*send_starttls)    (PosternLogon   *self);
  PosternAction (*send_auth)        (PosternLogon   *self,
                                     const char     *mechanism,
                                     PosternOutput  *initial);
  PosternAction (*send_response)    (PosternLogon   *self,
                                     PosternOutput  *response);
  PosternAction (*send_cancel)      (PosternLogon   *self);
  PosternAction (*log_on)           (PosternLogon   *self,
                                     const char     *mechanism,
                                     const PosternPlanStep *step);
  PosternAction (*plan_done)        (PosternLogon   *self);
  void          (*describe)         (PosternLogon   *self,
                                     PosternFailure *failure);
  const char   *(*classify_refusal) (PosternLogon   *self);
};

/* Capabilities: set when they are known, forgotten when TLS has started. Begin: work through the
 * plan with them. */
PosternOffer          *postern_logon_get_offer        (PosternLogon   *self);
char                  *postern_logon_describe_offer   (PosternLogon   *self,
                                                       guint           n_capabilities);
void                   postern_logon_forget_offer     (PosternLogon   *self);
PosternAction          postern_logon_begin            (PosternLogon   *self);
PosternAction          postern_logon_next_step        (PosternLogon   *self);
/* The reply to STARTTLS is yes. */
PosternAction          postern_logon_start_tls        (PosternLogon   *self,
                                                       const char     *summary);
/* The server says that we are logged on already: what the plan would do for that is skipped, and
 * where TLS was required the run fails. */
PosternAction          postern_logon_preauthenticated (PosternLogon   *self);

/* For the commands of an exchange. */
void                   postern_logon_append_auth      (PosternLogon   *self,
                                                       const char     *mechanism,
                                                       PosternOutput  *initial);
gboolean               postern_logon_append_response  (PosternLogon   *self,
                                                       PosternOutput  *response);

/* Replies to the commands of an exchange. The challenge is Base64 as it came. */
PosternAction          postern_logon_challenge        (PosternLogon   *self,
                                                       const char     *challenge,
                                                       gsize           length);
PosternAction          postern_logon_break_off        (PosternLogon   *self,
                                                       const char     *detail);
PosternAction          postern_logon_accept           (PosternLogon   *self);
PosternAction          postern_logon_refuse           (PosternLogon   *self);
PosternAction          postern_logon_cancelled        (PosternLogon   *self);
gboolean               postern_logon_is_cancelled     (PosternLogon   *self);
PosternSasl           *postern_logon_get_sasl         (PosternLogon   *self);
const PosternPlanStep *postern_logon_get_current      (PosternLogon   *self);

/* Failures of the step at hand. */
PosternFailure        *postern_logon_failure_new      (PosternLogon   *self,
                                                       const char     *code);
PosternAction          postern_logon_fail_by_reply    (PosternLogon   *self,
                                                       const char     *code);
PosternAction          postern_logon_fail_locally     (PosternLogon   *self,
                                                       const char     *code,
                                                       const char     *detail);

PosternAction          postern_logon_fail_malformed   (PosternLogon   *self,
                                                       const char     *line,
                                                       gsize           length,
                                                       const char     *text);

/* The end of a session: the answer to QUIT or LOGOUT, or none. */
PosternAction          postern_logon_end              (PosternLogon   *self,
                                                       gboolean        well,
                                                       const char     *summary);
PosternAction          postern_logon_closed           (PosternLogon   *self);
/* The plan is done, and the session stays open; and what a server says while nothing was asked. */
PosternAction          postern_logon_stay             (PosternLogon   *self);
PosternAction          postern_logon_interrupted      (PosternLogon   *self,
                                                       gboolean        closing);

/* Something on the way overwrites what is said in clear text. No failure yet: some programs do log
 * on through such a firewall. It explains what is missing later. */
void                   postern_logon_note_mangled     (PosternLogon   *self,
                                                       const char     *text);
/* What was overwritten first, or NULL. */
const char            *postern_logon_get_mangled      (PosternLogon   *self);
/* The code of a refused STARTTLS that @reply, or what came before it, explains. */
const char            *postern_logon_judge_refused_tls (PosternLogon  *self,
                                                       const char     *reply);

/* Small things that every protocol needs. */
PosternPlan           *postern_logon_plan             (PosternLogon   *self);
PosternOutput         *postern_logon_output           (PosternLogon   *self);
gboolean               postern_logon_has_tls          (PosternLogon   *self);
void                   postern_logon_skip_if_not_reached (PosternLogon  *self,
                                                       PosternStepId   step);
/* Upper-case names of mechanisms in @list, at most 64 in all, added to @mechanisms. */
void                   postern_logon_add_mechanisms   (GPtrArray      *mechanisms,
                                                       const char     *list);

G_END_DECLS
