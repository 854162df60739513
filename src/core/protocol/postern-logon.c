/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-logon-private.h"
#include "protocol/postern-mangling.h"
#include "protocol/postern-personality.h"

#include <glib/gi18n.h>
#include <string.h>

/* A server names so many mechanisms at most; RFC 4422 section 3.1 limits the length of a name. */
#define MAX_MECHANISMS 64
#define MAX_MECHANISM_LENGTH 20

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PosternLogon, postern_logon, POSTERN_TYPE_MACHINE)

PosternLogonPrivate *
postern_logon_get_private (PosternLogon *self)
{
  return postern_logon_get_instance_private (self);
}

PosternPlan *
postern_logon_plan (PosternLogon *self)
{
  return postern_machine_get_plan (POSTERN_MACHINE (self));
}

PosternOutput *
postern_logon_output (PosternLogon *self)
{
  return postern_machine_get_output (POSTERN_MACHINE (self));
}

gboolean
postern_logon_has_tls (PosternLogon *self)
{
  return postern_machine_get_tls (POSTERN_MACHINE (self));
}

/* The step of the plan that is being done, or NULL. */
const PosternPlanStep *
postern_logon_get_current (PosternLogon *self)
{
  return postern_logon_get_private (self)->current;
}

/* What is told of the step that is being done. */
PosternDriverUse *
postern_logon_get_use (PosternLogon *self)
{
  guint index = postern_logon_get_private (self)->next - 1;

  return postern_machine_get_uses (POSTERN_MACHINE (self))->pdata[index];
}

/* What is offered now: for the protocol to fill in. */
PosternOffer *
postern_logon_get_offer (PosternLogon *self)
{
  return &postern_logon_get_private (self)->offer;
}

void
postern_logon_forget_offer (PosternLogon *self)
{
  PosternOffer *offer = postern_logon_get_offer (self);

  g_strfreev (offer->mechanisms);
  *offer = (PosternOffer){ .mechanisms = g_new0 (char *, 1) };
}

void
postern_logon_skip_if_not_reached (PosternLogon *self, PosternStepId step)
{
  if (postern_machine_get_step_state (POSTERN_MACHINE (self), step) == POSTERN_STATE_NOT_REACHED)
    postern_machine_end_step (POSTERN_MACHINE (self), step, POSTERN_STATE_SKIPPED, NULL);
}

/* --- What servers say of themselves --- */

static gboolean
is_mechanism_name (const char *name)
{
  gsize n = strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

  return n > 0 && n <= MAX_MECHANISM_LENGTH && name[n] == '\0';
}

/**
 * postern_logon_add_mechanisms:
 * @mechanisms: (element-type utf8): what is known already
 * @list: names with blanks, commas or "=" between them
 *
 * Adds each name once, in upper case, and leaves out what is no name of a mechanism.
 */
void
postern_logon_add_mechanisms (GPtrArray *mechanisms, const char *list)
{
  g_auto (GStrv) names = g_strsplit_set (list, " \t,=", -1);

  for (gsize i = 0; names[i] != NULL && mechanisms->len < MAX_MECHANISMS; i++)
    {
      g_autofree char *name = g_ascii_strup (names[i], -1);

      if (is_mechanism_name (name) &&
          !g_ptr_array_find_with_equal_func (mechanisms, name, g_str_equal, NULL))
        g_ptr_array_add (mechanisms, g_steal_pointer (&name));
    }
}

/**
 * postern_logon_describe_offer:
 * @self: a machine that knows what is offered
 * @n_capabilities: how many lines or words said so
 *
 * Returns: (transfer full): a summary for the step
 */
char *
postern_logon_describe_offer (PosternLogon *self, guint n_capabilities)
{
  const PosternOffer *offer = postern_logon_get_offer (self);
  g_autofree char *count =
    g_strdup_printf (ngettext ("%u capability", "%u capabilities", n_capabilities), n_capabilities);
  g_autofree char *mechanisms = NULL;

  if (!offer->has_auth)
    return g_strdup_printf (_ ("%s, no way to log on"), count);
  mechanisms = g_strjoinv (" ", offer->mechanisms);
  return g_strdup_printf ("%s, %s", count, mechanisms);
}

/**
 * postern_logon_note_mangled:
 * @self: a machine
 * @text: what was overwritten, as it can be shown; the first one is kept
 */
void
postern_logon_note_mangled (PosternLogon *self, const char *text)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);

  if (priv->mangled == NULL && !postern_logon_has_tls (self))
    priv->mangled = g_strdup (text);
}

const char *
postern_logon_get_mangled (PosternLogon *self)
{
  return postern_logon_get_private (self)->mangled;
}

/**
 * postern_logon_judge_refused_tls:
 * @self: a machine whose server did not agree to STARTTLS
 * @reply: what it said, as it can be shown
 *
 * A firewall that overwrites commands makes the server answer to "XXXXXXXX".
 */
const char *
postern_logon_judge_refused_tls (PosternLogon *self, const char *reply)
{
  return postern_logon_get_mangled (self) != NULL || postern_mangling_of_command (reply)
           ? "middlebox.mangled"
           : "starttls.refused";
}

/* --- Failures --- */

/* A failure of the step at hand, without a reply. */
PosternFailure *
postern_logon_failure_new (PosternLogon *self, const char *code)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  PosternFailure *failure =
    postern_failure_new (code, postern_machine_get_step (POSTERN_MACHINE (self)));

  if (priv->current != NULL)
    failure->driver = g_strdup (priv->current->driver);
  if (failure->step == POSTERN_STEP_AUTHENTICATE)
    failure->mechanism = g_strdup (priv->mechanism);
  return failure;
}

PosternAction
postern_logon_fail_by_reply (PosternLogon *self, const char *code)
{
  PosternFailure *failure = postern_logon_failure_new (self, code);

  POSTERN_LOGON_GET_CLASS (self)->describe (self, failure);
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

PosternAction
postern_logon_fail_locally (PosternLogon *self, const char *code, const char *detail)
{
  PosternFailure *failure = postern_logon_failure_new (self, code);

  failure->detail = g_strdup (detail);
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

/**
 * postern_logon_fail_malformed:
 * @self: a machine that was fed a line that is none of its protocol
 * @line: that line
 * @length: in bytes
 * @text: what is quoted of the reply that it belongs to
 *
 * Returns: FAILED, or DONE when there was nothing left to do but to hear the answer to QUIT
 */
PosternAction
postern_logon_fail_malformed (PosternLogon *self, const char *line, gsize length, const char *text)
{
  PosternStepId step = postern_machine_get_step (POSTERN_MACHINE (self));
  const char *own = POSTERN_LOGON_GET_CLASS (self)->protocol;
  PosternPersonality personality = step == POSTERN_STEP_GREETING
                                     ? postern_personality_of (line, length)
                                     : POSTERN_PERSONALITY_OTHER;
  const char *protocol = postern_personality_name (personality);
  /* What begins like TLS is for a counter-test to prove. */
  gboolean other =
    protocol != NULL && personality != POSTERN_PERSONALITY_TLS && strcmp (protocol, own) != 0;
  PosternFailure *failure;

  if (step == POSTERN_STEP_LOGOFF)
    {
      /* Translators: %s is a protocol */
      g_autofree char *summary = g_strdup_printf (_ ("The answer is no reply of %s"), own);

      return postern_logon_end (self, FALSE, summary);
    }
  failure =
    postern_logon_failure_new (self, other ? "greeting.other-protocol" : "protocol.malformed");
  failure->text = g_strdup (text);
  if (other)
    failure->detail = g_strdup (protocol);
  return postern_machine_fail (POSTERN_MACHINE (self), failure);
}

/* --- The end --- */

/**
 * postern_logon_end:
 * @self: a machine that has said its last word
 * @well: whether the server agreed
 * @summary: how
 *
 * Returns: DONE: how a server takes its leave fails no session
 */
PosternAction
postern_logon_end (PosternLogon *self, gboolean well, const char *summary)
{
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_LOGOFF,
                            well ? POSTERN_STATE_PASSED : POSTERN_STATE_WARNING, summary);
  return POSTERN_ACTION_DONE;
}

/**
 * postern_logon_closed:
 * @self: a machine whose server hung up
 *
 * Returns: FAILED, or DONE when the last word had been said
 */
PosternAction
postern_logon_closed (PosternLogon *self)
{
  PosternStepId step = postern_machine_get_step (POSTERN_MACHINE (self));

  if (step == POSTERN_STEP_LOGOFF)
    return postern_logon_end (self, FALSE, _ ("Closed without an answer"));
  if (postern_logon_is_cancelled (self))
    return postern_logon_cancelled (self);
  return postern_logon_fail_locally (
    self, step == POSTERN_STEP_GREETING ? "greeting.closed" : "protocol.closed", NULL);
}

/**
 * postern_logon_stay:
 * @self: a machine that has logged on
 *
 * Returns: PAUSE
 */
PosternAction
postern_logon_stay (PosternLogon *self)
{
  postern_logon_skip_if_not_reached (self, POSTERN_STEP_USABLE);
  postern_logon_skip_if_not_reached (self, POSTERN_STEP_SENDER);
  return postern_machine_pause (POSTERN_MACHINE (self));
}

/**
 * postern_logon_interrupted:
 * @self: a machine that nobody asked anything, and whose server said something all the same
 * @closing: whether that was its goodbye
 *
 * Returns: FAILED
 */
PosternAction
postern_logon_interrupted (PosternLogon *self, gboolean closing)
{
  return postern_logon_fail_by_reply (self,
                                      closing ? "protocol.closed" : "protocol.unexpected-reply");
}

/* --- The steps of the plan --- */

static const PosternPlanStep *
get_plan_step (PosternLogon *self, guint index)
{
  return postern_logon_plan (self)->steps->pdata[index];
}

/* A server that lists nothing is asked all the same, where TLS must be. */
static gboolean
can_start_tls (PosternLogon *self, const PosternPlanStep *step)
{
  const PosternOffer *offer = postern_logon_get_offer (self);

  return !postern_logon_has_tls (self) &&
         (offer->has_starttls || (offer->starttls_unknown && step->mandatory));
}

/* NULL when the step can be done. */
static PosternFailure *
verify_step (PosternLogon *self, const PosternPlanStep *step)
{
  const char *mangled = postern_logon_get_mangled (self);
  PosternFailure *failure;

  if (step->kind == POSTERN_PLAN_AUTHENTICATE)
    return postern_logon_verify_auth (self, step);
  if (can_start_tls (self, step))
    return NULL;

  failure = postern_failure_new (mangled != NULL ? "middlebox.mangled" : "starttls.not-offered",
                                 POSTERN_STEP_STARTTLS);
  failure->driver = g_strdup (step->driver);
  failure->text = g_strdup (mangled);
  if (postern_logon_has_tls (self))
    failure->detail = g_strdup (_ ("The session has TLS already."));
  return failure;
}

static void
skip_step (PosternLogon *self, guint index, const PosternPlanStep *step)
{
  PosternMachine *machine = POSTERN_MACHINE (self);

  g_array_index (postern_logon_get_private (self)->skip, gboolean, index) = TRUE;
  if (step->kind == POSTERN_PLAN_AUTHENTICATE)
    {
      if (postern_machine_get_step_state (machine, POSTERN_STEP_AUTHENTICATE) ==
          POSTERN_STATE_NOT_REACHED)
        postern_machine_end_step (machine, POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_WARNING,
                                  _ ("Not offered, going on without logging on"));
    }
  else if (!postern_logon_has_tls (self))
    {
      static const PosternStepId without_tls[] = {
        POSTERN_STEP_TLS,
        POSTERN_STEP_CERTIFICATE,
        POSTERN_STEP_CAPABILITIES_TLS,
      };

      for (gsize i = 0; i < G_N_ELEMENTS (without_tls); i++)
        postern_machine_end_step (machine, without_tls[i], POSTERN_STATE_SKIPPED, NULL);
      postern_machine_note_starttls_skipped (machine);
      postern_machine_end_step (machine, POSTERN_STEP_STARTTLS, POSTERN_STATE_WARNING,
                                _ ("Not offered, going on in clear text"));
    }
}

/**
 * postern_logon_begin:
 * @self: a machine that knows what is offered now
 *
 * spec/uniface.md section 6.1: all steps of a segment are looked up before the first is done.
 *
 * Returns: what to do for the first step of the segment
 */
PosternAction
postern_logon_begin (PosternLogon *self)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);
  guint n_steps = postern_logon_plan (self)->steps->len;

  postern_machine_set_mechanisms (POSTERN_MACHINE (self), g_strdupv (priv->offer.mechanisms));
  priv->current = NULL;
  priv->segment_end = n_steps;
  for (guint i = priv->next; i < n_steps; i++)
    {
      const PosternPlanStep *step = get_plan_step (self, i);

      if (step->kind == POSTERN_PLAN_STARTTLS && can_start_tls (self, step))
        {
          priv->segment_end = i + 1;
          break;
        }
    }

  for (guint i = priv->next; i < priv->segment_end; i++)
    {
      const PosternPlanStep *step = get_plan_step (self, i);
      g_autoptr(PosternFailure) failure = verify_step (self, step);

      if (failure == NULL)
        continue;
      if (step->mandatory)
        return postern_machine_fail (POSTERN_MACHINE (self), g_steal_pointer (&failure));
      skip_step (self, i, step);
    }
  return postern_logon_next_step (self);
}

static PosternAction
do_step (PosternLogon *self, const PosternPlanStep *step)
{
  gboolean starttls = step->kind == POSTERN_PLAN_STARTTLS;

  if (starttls || step->local_fault != NULL)
    postern_machine_begin_step (POSTERN_MACHINE (self),
                                starttls ? POSTERN_STEP_STARTTLS : POSTERN_STEP_AUTHENTICATE);
  if (step->local_fault != NULL)
    return postern_logon_fail_locally (self, "auth.local", step->local_fault);
  if (starttls)
    return POSTERN_LOGON_GET_CLASS (self)->send_starttls (self);
  return postern_logon_start_auth (self);
}

/**
 * postern_logon_next_step:
 * @self: a machine that is done with a step of its plan
 *
 * Returns: what to do for the next one, or after the last
 */
PosternAction
postern_logon_next_step (PosternLogon *self)
{
  PosternLogonPrivate *priv = postern_logon_get_private (self);

  while (priv->next < priv->segment_end)
    {
      guint index = priv->next++;

      if (g_array_index (priv->skip, gboolean, index) ||
          (get_plan_step (self, index)->fallback &&
           postern_machine_is_authenticated (POSTERN_MACHINE (self))))
        continue;
      priv->current = get_plan_step (self, index);
      return do_step (self, priv->current);
    }

  priv->current = NULL;
  postern_logon_skip_if_not_reached (self, POSTERN_STEP_STARTTLS);
  postern_logon_skip_if_not_reached (self, POSTERN_STEP_CAPABILITIES_TLS);
  postern_logon_skip_if_not_reached (self, POSTERN_STEP_AUTHENTICATE);
  return POSTERN_LOGON_GET_CLASS (self)->plan_done (self);
}

/**
 * postern_logon_preauthenticated:
 * @self: a machine whose server took it for a user at once, and that knows what is offered
 *
 * Credentials are not sent any more, so they are not checked either. Where TLS must be, there is
 * no way to it from here: the run fails.
 *
 * Returns: what to do
 */
PosternAction
postern_logon_preauthenticated (PosternLogon *self)
{
  PosternMachine *machine = POSTERN_MACHINE (self);
  PosternPlan *plan = postern_logon_plan (self);
  PosternLogonPrivate *priv = postern_logon_get_private (self);

  for (guint i = 0; i < plan->steps->len && !postern_logon_has_tls (self); i++)
    if (get_plan_step (self, i)->kind == POSTERN_PLAN_STARTTLS)
      {
        if (get_plan_step (self, i)->mandatory)
          {
            postern_machine_begin_step (machine, POSTERN_STEP_STARTTLS);
            return postern_logon_fail_by_reply (self, "starttls.preauth");
          }
        skip_step (self, i, get_plan_step (self, i));
      }

  postern_machine_note_preauthenticated (machine);
  postern_machine_end_step (machine, POSTERN_STEP_AUTHENTICATE, POSTERN_STATE_WARNING,
                            _ ("Logged on already, without credentials"));
  priv->next = priv->segment_end = plan->steps->len;
  return postern_logon_next_step (self);
}

/**
 * postern_logon_start_tls:
 * @self: a machine whose server agreed to STARTTLS
 * @summary: what it said
 *
 * Returns: START_TLS
 */
PosternAction
postern_logon_start_tls (PosternLogon *self, const char *summary)
{
  postern_machine_end_step (POSTERN_MACHINE (self), POSTERN_STEP_STARTTLS, POSTERN_STATE_PASSED,
                            summary);
  return POSTERN_ACTION_START_TLS;
}

/* RFC 3207 section 4.2, RFC 2595 section 2: nothing that was learned in clear text is used from
 * here on. */
static PosternAction
postern_logon_tls_started (PosternMachine *machine)
{
  PosternLogon *self = POSTERN_LOGON (machine);

  postern_logon_get_use (self)->in_use = TRUE;
  postern_logon_forget_offer (self);
  g_clear_pointer (&postern_logon_get_private (self)->mangled, g_free);
  postern_logon_get_private (self)->current = NULL;
  return POSTERN_LOGON_GET_CLASS (self)->ask_capabilities (self);
}

static PosternAction
postern_logon_prepared (PosternMachine *machine)
{
  return postern_logon_continue_auth (POSTERN_LOGON (machine));
}

static PosternPreparation *
postern_logon_dup_preparation (PosternMachine *machine)
{
  return postern_sasl_dup_preparation (postern_logon_get_sasl (POSTERN_LOGON (machine)));
}

static void
postern_logon_finalize (GObject *object)
{
  PosternLogonPrivate *priv = postern_logon_get_private (POSTERN_LOGON (object));

  g_clear_pointer (&priv->offer.mechanisms, g_strfreev);
  g_clear_pointer (&priv->mangled, g_free);
  g_clear_pointer (&priv->skip, g_array_unref);
  g_clear_pointer (&priv->mechanism, g_free);
  g_clear_pointer (&priv->sasl, postern_sasl_free);
  g_clear_pointer (&priv->cancelled, postern_failure_free);

  G_OBJECT_CLASS (postern_logon_parent_class)->finalize (object);
}

static void
postern_logon_constructed (GObject *object)
{
  PosternLogon *self = POSTERN_LOGON (object);
  PosternLogonPrivate *priv = postern_logon_get_private (self);

  G_OBJECT_CLASS (postern_logon_parent_class)->constructed (object);

  priv->skip = g_array_new (FALSE, TRUE, sizeof (gboolean));
  g_array_set_size (priv->skip, postern_logon_plan (self)->steps->len);
  postern_logon_forget_offer (self);
}

static void
postern_logon_class_init (PosternLogonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  PosternMachineClass *machine_class = POSTERN_MACHINE_CLASS (klass);

  object_class->constructed = postern_logon_constructed;
  object_class->finalize = postern_logon_finalize;
  machine_class->tls_started = postern_logon_tls_started;
  machine_class->dup_preparation = postern_logon_dup_preparation;
  machine_class->prepared = postern_logon_prepared;
}

static void
postern_logon_init (PosternLogon *self)
{
}
