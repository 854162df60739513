/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "postern-mail-session.h"

#include <glib/gi18n.h>

struct _PosternOperationItem
{
  GObject parent_instance;

  char *name;
  int status;
  char *text;
  char *said;
};

G_DEFINE_FINAL_TYPE (PosternOperationItem, postern_operation_item, G_TYPE_OBJECT)

struct _PosternMailSession
{
  GObject parent_instance;

  PosternUpopmail *upopmail;
  PosternProtocol protocol;
  GListStore *operations;
  GQueue calls;              /* PosternUpopmailCall: what is still to be done */
  PosternUpopmailCall *call; /* the one that is done now */
  GCancellable *cancellable;
  gboolean open;
};

enum
{
  PROP_0,
  PROP_OPEN,
  PROP_RUNNING,
  N_PROPS
};

enum
{
  ENDED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PosternMailSession, postern_mail_session, G_TYPE_OBJECT)

/* --- One operation --- */

static void
postern_operation_item_finalize (GObject *object)
{
  PosternOperationItem *self = POSTERN_OPERATION_ITEM (object);

  g_free (self->name);
  g_free (self->text);
  g_free (self->said);

  G_OBJECT_CLASS (postern_operation_item_parent_class)->finalize (object);
}

static void
postern_operation_item_class_init (PosternOperationItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = postern_operation_item_finalize;
}

static void
postern_operation_item_init (PosternOperationItem *self)
{
}

const char *
postern_operation_item_get_name (PosternOperationItem *self)
{
  return self->name;
}

int
postern_operation_item_get_status (PosternOperationItem *self)
{
  return self->status;
}

const char *
postern_operation_item_get_text (PosternOperationItem *self)
{
  return self->text;
}

const char *
postern_operation_item_get_said (PosternOperationItem *self)
{
  return self->said;
}

static void
add (PosternMailSession *self, const char *name, int status, const char *text, char *said)
{
  g_autoptr(PosternOperationItem) item = g_object_new (POSTERN_TYPE_OPERATION_ITEM, NULL);

  item->name = g_strdup (name);
  item->status = status;
  item->text = g_strdup (text);
  item->said = said;
  g_list_store_append (self->operations, item);
}

/* --- All of them --- */

static void
end (PosternMailSession *self)
{
  if (!self->open)
    return;

  self->open = FALSE;
  g_queue_clear_full (&self->calls, (GDestroyNotify) postern_upopmail_call_free);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OPEN]);
  g_signal_emit (self, signals[ENDED], 0);
}

static void
next (PosternMailSession *self);

/* What was said, and what came of it where there is something to be read. */
static char *
describe (PosternUpopmailResult *result)
{
  GString *said = g_string_new (NULL);

  for (guint i = 0; i < result->transcripts->len; i++)
    {
      g_autofree char *text = postern_transcript_to_text (result->transcripts->pdata[i]);

      g_string_append (said, text);
    }
  for (guint i = 0; result->outputs[i] != NULL; i++)
    if (*result->outputs[i] != '\0')
      g_string_append_printf (said, "%s%s", said->len > 0 ? "\n" : "", result->outputs[i]);
  g_strchomp (said->str);

  return g_string_free (said, FALSE);
}

static void
called_cb (GObject *source, GAsyncResult *task, gpointer user_data)
{
  g_autoptr(PosternMailSession) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternUpopmailResult) result =
               postern_upopmail_call_finish (POSTERN_UPOPMAIL (source), task, &error);

  g_clear_pointer (&self->call, postern_upopmail_call_free);
  if (result == NULL)
    {
      g_queue_clear_full (&self->calls, (GDestroyNotify) postern_upopmail_call_free);
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        add (self, _ ("Stopped"), -10, error->message, NULL);
    }
  else
    {
      add (self, result->operation->name, result->status, result->text, describe (result));
      if (result->status < 0)
        g_queue_clear_full (&self->calls, (GDestroyNotify) postern_upopmail_call_free);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  if (!postern_upopmail_is_logged_on (self->upopmail, self->protocol))
    end (self);
  else
    next (self);
}

static void
next (PosternMailSession *self)
{
  self->call = g_queue_pop_head (&self->calls);
  if (self->call == NULL)
    return;

  postern_upopmail_call_async (self->upopmail, self->call, self->cancellable, called_cb,
                               g_object_ref (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

static void
push (PosternMailSession *self, const char *name, const char *first, const char *second)
{
  const char *const arguments[] = { first, first != NULL ? second : NULL, NULL };

  g_queue_push_tail (&self->calls,
                     postern_upopmail_call_new (postern_upopmail_operation_find (name), arguments));
}

static gboolean
is_running (PosternMailSession *self)
{
  gboolean running;

  g_object_get (self->upopmail, "running", &running, NULL);
  return running;
}

static void
lost_cb (PosternMailSession *self)
{
  add (self, _ ("Connection"), -9, _ ("The server ended the connection."), NULL);
  end (self);
}

static void
postern_mail_session_dispose (GObject *object)
{
  PosternMailSession *self = POSTERN_MAIL_SESSION (object);

  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (&self->calls, (GDestroyNotify) postern_upopmail_call_free);
  g_clear_object (&self->upopmail);
  g_clear_object (&self->operations);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (postern_mail_session_parent_class)->dispose (object);
}

static void
postern_mail_session_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternMailSession *self = POSTERN_MAIL_SESSION (object);

  switch (prop_id)
    {
    case PROP_OPEN:
      g_value_set_boolean (value, self->open);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, is_running (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_mail_session_class_init (PosternMailSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = postern_mail_session_dispose;
  object_class->get_property = postern_mail_session_get_property;

  properties[PROP_OPEN] = g_param_spec_boolean ("open", NULL, NULL, FALSE, flags);
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[ENDED] = g_signal_new ("ended", POSTERN_TYPE_MAIL_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
postern_mail_session_init (PosternMailSession *self)
{
  self->operations = g_list_store_new (POSTERN_TYPE_OPERATION_ITEM);
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->calls);
}

/**
 * postern_mail_session_new:
 * @upopmail: that is logged on
 * @report: of the logon
 */
PosternMailSession *
postern_mail_session_new (PosternUpopmail *upopmail,
                          PosternProtocol protocol,
                          PosternReport *report)
{
  PosternMailSession *self = g_object_new (POSTERN_TYPE_MAIL_SESSION, NULL);
  const PosternNative *native = postern_report_get_native (report);

  self->upopmail = g_object_ref (upopmail);
  self->protocol = protocol;
  self->open = TRUE;
  g_signal_connect_object (upopmail, "lost", G_CALLBACK (lost_cb), self, G_CONNECT_SWAPPED);
  add (self, native->call, native->result, NULL, NULL);

  return self;
}

GListModel *
postern_mail_session_get_operations (PosternMailSession *self)
{
  g_return_val_if_fail (POSTERN_IS_MAIL_SESSION (self), NULL);

  return G_LIST_MODEL (self->operations);
}

gboolean
postern_mail_session_is_open (PosternMailSession *self)
{
  g_return_val_if_fail (POSTERN_IS_MAIL_SESSION (self), FALSE);

  return self->open;
}

PosternProtocol
postern_mail_session_get_protocol (PosternMailSession *self)
{
  g_return_val_if_fail (POSTERN_IS_MAIL_SESSION (self), POSTERN_PROTOCOL_SMTP);

  return self->protocol;
}

void
postern_mail_session_send (
  PosternMailSession *self, const char *from, const char *to, const char *subject, const char *text)
{
  g_return_if_fail (POSTERN_IS_MAIL_SESSION (self));

  if (!self->open || is_running (self))
    return;
  push (self, "ClearMail", NULL, NULL);
  push (self, "SetFrom", from, NULL);
  push (self, "SetToList", to, NULL);
  push (self, "SetSubject", subject, NULL);
  push (self, "SetMessage", text, "");
  push (self, "Send", "", NULL);
  next (self);
}

void
postern_mail_session_list (PosternMailSession *self)
{
  g_return_if_fail (POSTERN_IS_MAIL_SESSION (self));

  if (!self->open || is_running (self))
    return;
  push (self, "ListMail", "", NULL);
  next (self);
}

void
postern_mail_session_log_off (PosternMailSession *self)
{
  g_return_if_fail (POSTERN_IS_MAIL_SESSION (self));

  if (!self->open || is_running (self))
    return;
  push (self, self->protocol == POSTERN_PROTOCOL_SMTP ? "LogoffSMTP" : "LogoffMail", NULL, NULL);
  next (self);
}
