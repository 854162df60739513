/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "protocol/postern-machine.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_SESSION_LINES 10000
#define MAX_OPERATION_LINES 50000

typedef struct
{
  PosternPlan *plan;
  PosternRedactor *redactor;
  PosternOutput *output;
  PosternStepFunc step_func;
  gpointer step_data;
  char *local_address;
  PosternBindings bindings;

  PosternAction action; /* the last answer */
  gboolean started;
  gboolean tls;
  guint n_lines;
  gsize n_octets;              /* wanted after READ_OCTETS */
  PosternOperation *operation; /* or NULL */
  PosternStepId step;
  PosternStepState states[POSTERN_N_STEPS];

  PosternFailure *failure;
  GStrv clear_capabilities;
  GStrv tls_capabilities;
  GStrv mechanisms;
  char *mechanism;
  char *choice;
  guint attempts;
  gboolean authenticated;
  gboolean preauthenticated;
  gboolean starttls_skipped;
  GPtrArray *uses; /* PosternDriverUse */
} PosternMachinePrivate;

enum
{
  PROP_0,
  PROP_PLAN,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PosternMachine, postern_machine, G_TYPE_OBJECT)

static PosternMachinePrivate *
get_private (PosternMachine *self)
{
  return postern_machine_get_instance_private (self);
}

static void
postern_machine_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  PosternMachinePrivate *priv = get_private (POSTERN_MACHINE (object));

  switch (prop_id)
    {
    case PROP_PLAN:
      priv->plan = postern_plan_ref (g_value_get_pointer (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

/* From here on a server that repeats a secret is not repeated by us. */
static void
postern_machine_constructed (GObject *object)
{
  PosternMachinePrivate *priv = get_private (POSTERN_MACHINE (object));

  G_OBJECT_CLASS (postern_machine_parent_class)->constructed (object);

  for (guint i = 0; i < priv->plan->steps->len; i++)
    {
      const PosternPlanStep *step = priv->plan->steps->pdata[i];

      g_ptr_array_add (priv->uses, postern_driver_use_new (step->driver));
      postern_redactor_add (priv->redactor, step->password);
      postern_redactor_add (priv->redactor, step->token);
    }
}

static void
postern_machine_finalize (GObject *object)
{
  PosternMachinePrivate *priv = get_private (POSTERN_MACHINE (object));

  g_clear_pointer (&priv->plan, postern_plan_unref);
  g_clear_pointer (&priv->redactor, postern_redactor_unref);
  g_clear_pointer (&priv->output, postern_output_free);
  g_clear_pointer (&priv->local_address, g_free);
  g_clear_pointer (&priv->failure, postern_failure_free);
  g_clear_pointer (&priv->clear_capabilities, g_strfreev);
  g_clear_pointer (&priv->tls_capabilities, g_strfreev);
  g_clear_pointer (&priv->mechanisms, g_strfreev);
  g_clear_pointer (&priv->mechanism, g_free);
  g_clear_pointer (&priv->choice, g_free);
  g_clear_pointer (&priv->uses, g_ptr_array_unref);
  g_clear_pointer (&priv->operation, postern_operation_unref);
  postern_bindings_clear (&priv->bindings);

  G_OBJECT_CLASS (postern_machine_parent_class)->finalize (object);
}

static void
postern_machine_class_init (PosternMachineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = postern_machine_set_property;
  object_class->constructed = postern_machine_constructed;
  object_class->finalize = postern_machine_finalize;

  properties[PROP_PLAN] = g_param_spec_pointer (
    "plan", NULL, NULL, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_machine_init (PosternMachine *self)
{
  PosternMachinePrivate *priv = get_private (self);

  priv->action = POSTERN_ACTION_READ;
  priv->step = POSTERN_STEP_GREETING;
  priv->redactor = postern_redactor_new ();
  priv->output = postern_output_new ();
  priv->uses = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_use_free);
}

/**
 * postern_machine_set_step_func:
 * @self: a machine that was not started
 * @func: (nullable): told of every step that begins or ends; must not call the machine
 * @user_data: for @func
 */
void
postern_machine_set_step_func (PosternMachine *self, PosternStepFunc func, gpointer user_data)
{
  PosternMachinePrivate *priv = get_private (self);

  priv->step_func = func;
  priv->step_data = user_data;
}

/**
 * postern_machine_set_local_address:
 * @self: a machine that was not started
 * @literal: the client's own address as RFC 5321 section 4.1.3 writes it, "[127.0.0.1]" or
 *   "[IPv6:::1]"
 */
void
postern_machine_set_local_address (PosternMachine *self, const char *literal)
{
  PosternMachinePrivate *priv = get_private (self);

  g_free (priv->local_address);
  priv->local_address = g_strdup (literal);
}

static gboolean
is_over (PosternMachinePrivate *priv)
{
  return priv->action == POSTERN_ACTION_DONE || priv->action == POSTERN_ACTION_FAILED;
}

/**
 * postern_machine_start:
 * @self: a machine
 * @tls: whether the connection has TLS from the first byte
 *
 * Returns: what to do first
 */
PosternAction
postern_machine_start (PosternMachine *self, gboolean tls)
{
  PosternMachinePrivate *priv = get_private (self);

  g_return_val_if_fail (!priv->started, priv->action);

  priv->started = TRUE;
  priv->tls = tls;
  return priv->action = POSTERN_MACHINE_GET_CLASS (self)->start (self);
}

/* Whether the peer may say something now. What it says while a handshake is due was sent in clear
 * text, and wants to be taken for an answer under TLS. */
static gboolean
accepts_input (PosternMachine *self, PosternAction expected)
{
  PosternMachinePrivate *priv = get_private (self);
  PosternFailure *failure = NULL;
  guint max_lines = priv->operation != NULL ? MAX_OPERATION_LINES : MAX_SESSION_LINES;

  if (!priv->started || is_over (priv))
    return FALSE;

  if (priv->action == POSTERN_ACTION_START_TLS)
    failure = postern_failure_new ("starttls.injected", POSTERN_STEP_STARTTLS);
  else if (priv->action == POSTERN_ACTION_PREPARE ||
           (priv->action == POSTERN_ACTION_READ_OCTETS) != (expected == POSTERN_ACTION_READ_OCTETS))
    failure = postern_failure_new ("protocol.malformed", priv->step);
  else if (++priv->n_lines > max_lines)
    {
      failure = postern_failure_new ("protocol.too-long", priv->step);
      failure->detail = g_strdup_printf (_ ("More than %u lines in one session."), max_lines);
    }

  postern_output_clear (priv->output);
  if (failure == NULL)
    return TRUE;
  postern_machine_fail (self, failure);
  return FALSE;
}

/**
 * postern_machine_feed:
 * @self: a machine
 * @line: a line of the peer without its line end; any bytes
 * @length: in bytes
 *
 * A line that comes while a TLS handshake is due fails the run: it was sent in clear text and
 * wants to be taken for an answer under TLS. A line after the end changes nothing.
 *
 * Returns: what to do next
 */
PosternAction
postern_machine_feed (PosternMachine *self, const char *line, gsize length)
{
  PosternMachinePrivate *priv = get_private (self);

  if (!priv->started || is_over (priv))
    return priv->action;

  if (!accepts_input (self, POSTERN_ACTION_READ))
    return priv->action;
  return priv->action = POSTERN_MACHINE_GET_CLASS (self)->feed (self, line != NULL ? line : "",
                                                                line != NULL ? length : 0);
}

/* How many bytes READ_OCTETS asks for. */
gsize
postern_machine_get_n_octets (PosternMachine *self)
{
  return get_private (self)->n_octets;
}

/**
 * postern_machine_feed_octets:
 * @self: a machine that answered READ_OCTETS
 * @bytes: what came; any bytes
 * @length: as many as it asked for
 *
 * Returns: what to do next
 */
PosternAction
postern_machine_feed_octets (PosternMachine *self, const char *bytes, gsize length)
{
  PosternMachinePrivate *priv = get_private (self);

  g_return_val_if_fail (priv->action != POSTERN_ACTION_READ_OCTETS || length == priv->n_octets,
                        priv->action);

  if (!accepts_input (self, POSTERN_ACTION_READ_OCTETS))
    return priv->action;
  priv->n_octets = 0;
  return priv->action = POSTERN_MACHINE_GET_CLASS (self)->feed_octets (self, bytes, length);
}

/**
 * postern_machine_dup_preparation:
 * @self: a machine that answered PREPARE
 *
 * Returns: (transfer full): what is to be run in a thread
 */
PosternPreparation *
postern_machine_dup_preparation (PosternMachine *self)
{
  g_return_val_if_fail (get_private (self)->action == POSTERN_ACTION_PREPARE, NULL);

  return POSTERN_MACHINE_GET_CLASS (self)->dup_preparation (self);
}

/**
 * postern_machine_prepared:
 * @self: a machine that answered PREPARE
 *
 * To be called when the preparation has been run.
 *
 * Returns: what to do next
 */
PosternAction
postern_machine_prepared (PosternMachine *self)
{
  PosternMachinePrivate *priv = get_private (self);

  if (priv->action != POSTERN_ACTION_PREPARE)
    return priv->action;

  postern_output_clear (priv->output);
  return priv->action = POSTERN_MACHINE_GET_CLASS (self)->prepared (self);
}

/**
 * postern_machine_set_bindings:
 * @self: a machine
 * @bindings: what ties an exchange to the TLS connection; copied
 *
 * To be called when a handshake is done, before the machine is told of it.
 */
void
postern_machine_set_bindings (PosternMachine *self, const PosternBindings *bindings)
{
  PosternMachinePrivate *priv = get_private (self);

  postern_bindings_clear (&priv->bindings);
  postern_bindings_copy (&priv->bindings, bindings);
}

const PosternBindings *
postern_machine_get_bindings (PosternMachine *self)
{
  return &get_private (self)->bindings;
}

/**
 * postern_machine_tls_started:
 * @self: a machine that answered START_TLS
 *
 * To be called when the handshake is done and the certificate was accepted.
 *
 * Returns: what to do next
 */
PosternAction
postern_machine_tls_started (PosternMachine *self)
{
  PosternMachinePrivate *priv = get_private (self);

  if (priv->action != POSTERN_ACTION_START_TLS)
    return priv->action;

  priv->tls = TRUE;
  postern_output_clear (priv->output);
  return priv->action = POSTERN_MACHINE_GET_CLASS (self)->tls_started (self);
}

/**
 * postern_machine_closed:
 * @self: a machine
 *
 * To be called when the peer closed the connection.
 *
 * Returns: DONE where that was the end anyway, else FAILED
 */
PosternAction
postern_machine_closed (PosternMachine *self)
{
  PosternMachinePrivate *priv = get_private (self);

  if (!priv->started || is_over (priv))
    return priv->action;

  postern_output_clear (priv->output);
  return priv->action = POSTERN_MACHINE_GET_CLASS (self)->closed (self);
}

/**
 * postern_machine_operate:
 * @self: a machine that answered PAUSE
 * @operation: what to do; a reference is kept until it is done
 *
 * Returns: what to do first; PAUSE again when the operation is done
 */
PosternAction
postern_machine_operate (PosternMachine *self, PosternOperation *operation)
{
  PosternMachinePrivate *priv = get_private (self);

  g_return_val_if_fail (priv->action == POSTERN_ACTION_PAUSE, priv->action);
  g_return_val_if_fail (POSTERN_MACHINE_GET_CLASS (self)->operate != NULL, priv->action);

  postern_output_clear (priv->output);
  g_clear_pointer (&priv->operation, postern_operation_unref);
  priv->operation = postern_operation_ref (operation);
  priv->n_lines = 0;
  return priv->action = POSTERN_MACHINE_GET_CLASS (self)->operate (self, operation);
}

PosternOperation *
postern_machine_get_operation (PosternMachine *self)
{
  return get_private (self)->operation;
}

/**
 * postern_machine_pause:
 * @self: a machine that has nothing to do for now
 *
 * Returns: PAUSE
 */
PosternAction
postern_machine_pause (PosternMachine *self)
{
  g_clear_pointer (&get_private (self)->operation, postern_operation_unref);
  return POSTERN_ACTION_PAUSE;
}

/**
 * postern_machine_farewell:
 * @self: a machine whose run failed, here or in the session
 *
 * Returns: TRUE if there is a last word in the output; no answer to it matters
 */
gboolean
postern_machine_farewell (PosternMachine *self)
{
  PosternMachinePrivate *priv = get_private (self);

  postern_output_clear (priv->output);
  if (!priv->started || priv->action == POSTERN_ACTION_DONE ||
      priv->action == POSTERN_ACTION_START_TLS || priv->action == POSTERN_ACTION_READ_OCTETS)
    return FALSE;
  return POSTERN_MACHINE_GET_CLASS (self)->farewell (self);
}

PosternOutput *
postern_machine_get_output (PosternMachine *self)
{
  return get_private (self)->output;
}

/* The step that began last: what is written and read belongs to it. */
PosternStepId
postern_machine_get_step (PosternMachine *self)
{
  return get_private (self)->step;
}

PosternStepState
postern_machine_get_step_state (PosternMachine *self, PosternStepId step)
{
  return get_private (self)->states[step];
}

PosternPlan *
postern_machine_get_plan (PosternMachine *self)
{
  return get_private (self)->plan;
}

PosternRedactor *
postern_machine_get_redactor (PosternMachine *self)
{
  return get_private (self)->redactor;
}

gboolean
postern_machine_get_tls (PosternMachine *self)
{
  return get_private (self)->tls;
}

const PosternFailure *
postern_machine_get_failure (PosternMachine *self)
{
  return get_private (self)->failure;
}

const char *const *
postern_machine_get_clear_capabilities (PosternMachine *self)
{
  return (const char *const *) get_private (self)->clear_capabilities;
}

const char *const *
postern_machine_get_tls_capabilities (PosternMachine *self)
{
  return (const char *const *) get_private (self)->tls_capabilities;
}

/* The mechanism of the last attempt, or NULL. */
const char *
postern_machine_get_mechanism (PosternMachine *self)
{
  return get_private (self)->mechanism;
}

/* Why this mechanism and no other, in a translated sentence; NULL where nothing was chosen. */
const char *
postern_machine_get_choice (PosternMachine *self)
{
  return get_private (self)->choice;
}

/* What the server offered last, under TLS if there is TLS: mechanisms, and the protocol's own ways
 * to log on. */
const char *const *
postern_machine_get_mechanisms (PosternMachine *self)
{
  return (const char *const *) get_private (self)->mechanisms;
}

guint
postern_machine_get_attempts (PosternMachine *self)
{
  return get_private (self)->attempts;
}

GPtrArray *
postern_machine_get_uses (PosternMachine *self)
{
  return get_private (self)->uses;
}

gboolean
postern_machine_is_authenticated (PosternMachine *self)
{
  return get_private (self)->authenticated;
}

gboolean
postern_machine_starttls_was_skipped (PosternMachine *self)
{
  return get_private (self)->starttls_skipped;
}

/* IMAP: the server greeted with PREAUTH, and no credentials were asked for. */
gboolean
postern_machine_was_preauthenticated (PosternMachine *self)
{
  return get_private (self)->preauthenticated;
}

const char *
postern_machine_get_local_address (PosternMachine *self)
{
  return get_private (self)->local_address;
}

/* A line for the ladder: the peer's first words where it said something. */
static char *
failure_summary (const PosternFailure *failure)
{
  static const struct
  {
    const char *code;
    const char *text;
  } texts[] = {
    { "greeting.closed", N_ ("Closed without a greeting") },
    { "protocol.closed", N_ ("The server closed the connection") },
    { "protocol.too-long", N_ ("The server said too much") },
    { "starttls.not-offered", N_ ("STARTTLS not offered") },
    { "starttls.injected", N_ ("Bytes in clear text after the answer to STARTTLS") },
    { "middlebox.mangled", N_ ("Overwritten on the way") },
    { "auth.not-offered", N_ ("AUTH not offered") },
    { "auth.mechanism-not-offered", N_ ("Mechanism not offered") },
    { "auth.needs-tls", N_ ("No TLS, so nothing was sent") },
    { "starttls.preauth", N_ ("Logged on already, without TLS") },
  };

  if (failure->text != NULL && *failure->text != '\0')
    {
      gsize length = strcspn (failure->text, "\n");

      return g_strndup (failure->text, length);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i].code, failure->code) == 0)
      return g_strdup (_ (texts[i].text));
  return g_strdup (failure->detail);
}

/**
 * postern_machine_fail:
 * @self: a machine
 * @failure: (transfer full): why; its step ends as failed
 *
 * Returns: FAILED
 */
PosternAction
postern_machine_fail (PosternMachine *self, PosternFailure *failure)
{
  PosternMachinePrivate *priv = get_private (self);
  g_autofree char *summary = failure_summary (failure);

  postern_output_clear (priv->output);
  postern_failure_free (priv->failure);
  priv->failure = failure;
  priv->action = POSTERN_ACTION_FAILED;
  postern_machine_end_step (self, failure->step, POSTERN_STATE_FAILED, summary);
  return priv->action;
}

void
postern_machine_begin_step (PosternMachine *self, PosternStepId step)
{
  PosternMachinePrivate *priv = get_private (self);

  priv->step = step;
  priv->states[step] = POSTERN_STATE_RUNNING;
  if (priv->step_func != NULL)
    priv->step_func (step, POSTERN_STATE_RUNNING, NULL, priv->step_data);
}

void
postern_machine_end_step (PosternMachine *self,
                          PosternStepId step,
                          PosternStepState state,
                          const char *summary)
{
  PosternMachinePrivate *priv = get_private (self);

  priv->states[step] = state;
  if (priv->step_func != NULL)
    priv->step_func (step, state, summary, priv->step_data);
}

/**
 * postern_machine_set_capabilities:
 * @self: a machine
 * @capabilities: (transfer full): without secrets; those of the clear session or those under TLS,
 *   by the state of the machine
 */
void
postern_machine_set_capabilities (PosternMachine *self, GStrv capabilities)
{
  PosternMachinePrivate *priv = get_private (self);
  GStrv *place = priv->tls ? &priv->tls_capabilities : &priv->clear_capabilities;

  g_strfreev (*place);
  *place = capabilities;
}

void
postern_machine_note_attempt (PosternMachine *self, const char *mechanism)
{
  PosternMachinePrivate *priv = get_private (self);

  g_free (priv->mechanism);
  priv->mechanism = g_strdup (mechanism);
  priv->attempts++;
}

/**
 * postern_machine_set_mechanisms:
 * @self: a machine
 * @mechanisms: (transfer full): what is offered now
 */
void
postern_machine_set_mechanisms (PosternMachine *self, GStrv mechanisms)
{
  PosternMachinePrivate *priv = get_private (self);

  g_strfreev (priv->mechanisms);
  priv->mechanisms = mechanisms;
}

void
postern_machine_set_choice (PosternMachine *self, const char *reason)
{
  PosternMachinePrivate *priv = get_private (self);

  g_free (priv->choice);
  priv->choice = g_strdup (reason);
}

/**
 * postern_machine_want_octets:
 * @self: a machine
 * @n_octets: how many, from 1 to %POSTERN_MAX_LITERAL
 *
 * Returns: READ_OCTETS
 */
PosternAction
postern_machine_want_octets (PosternMachine *self, gsize n_octets)
{
  g_return_val_if_fail (n_octets > 0 && n_octets <= POSTERN_MAX_LITERAL, POSTERN_ACTION_READ);

  get_private (self)->n_octets = n_octets;
  return POSTERN_ACTION_READ_OCTETS;
}

void
postern_machine_note_preauthenticated (PosternMachine *self)
{
  get_private (self)->preauthenticated = TRUE;
}

void
postern_machine_set_authenticated (PosternMachine *self)
{
  get_private (self)->authenticated = TRUE;
}

void
postern_machine_note_starttls_skipped (PosternMachine *self)
{
  get_private (self)->starttls_skipped = TRUE;
}
