/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "model/postern-finding.h"

#include "postern-enum-types.h"

struct _PosternFinding
{
  GObject parent_instance;

  char *code;
  PosternSeverity severity;
  char *title;
  char *explanation;
  int first_event;
  int last_event;
  char *field;
  guint column;
  char *file;
  guint line;
  int certificate;
  PosternGoverning *governing;
  GPtrArray *remedies;
};

enum
{
  PROP_0,
  PROP_CODE,
  PROP_SEVERITY,
  PROP_TITLE,
  PROP_EXPLANATION,
  PROP_FIRST_EVENT,
  PROP_LAST_EVENT,
  PROP_FIELD,
  PROP_COLUMN,
  PROP_FILE,
  PROP_LINE,
  PROP_CERTIFICATE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PosternFinding, postern_finding, G_TYPE_OBJECT)

PosternGoverning *
postern_governing_new (const char *option, const char *value)
{
  PosternGoverning *self = g_new0 (PosternGoverning, 1);

  self->option = g_strdup (option);
  self->value = g_strdup (value);

  return self;
}

void
postern_governing_free (PosternGoverning *self)
{
  g_free (self->option);
  g_free (self->value);
  g_free (self->also);
  g_free (self->also_value);
  g_free (self->text);
  g_free (self);
}

static void
remedy_free (PosternRemedy *remedy)
{
  g_free (remedy->text);
  g_clear_pointer (&remedy->change, g_variant_unref);
  g_free (remedy);
}

static void
postern_finding_finalize (GObject *object)
{
  PosternFinding *self = POSTERN_FINDING (object);

  g_free (self->code);
  g_free (self->title);
  g_free (self->explanation);
  g_free (self->field);
  g_free (self->file);
  g_clear_pointer (&self->governing, postern_governing_free);
  g_ptr_array_unref (self->remedies);

  G_OBJECT_CLASS (postern_finding_parent_class)->finalize (object);
}

static void
postern_finding_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PosternFinding *self = POSTERN_FINDING (object);

  switch (prop_id)
    {
    case PROP_CODE:
      g_value_set_string (value, self->code);
      break;
    case PROP_SEVERITY:
      g_value_set_enum (value, (int) self->severity);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_EXPLANATION:
      g_value_set_string (value, self->explanation);
      break;
    case PROP_FIRST_EVENT:
      g_value_set_int (value, self->first_event);
      break;
    case PROP_LAST_EVENT:
      g_value_set_int (value, self->last_event);
      break;
    case PROP_FIELD:
      g_value_set_string (value, self->field);
      break;
    case PROP_COLUMN:
      g_value_set_uint (value, self->column);
      break;
    case PROP_FILE:
      g_value_set_string (value, self->file);
      break;
    case PROP_LINE:
      g_value_set_uint (value, self->line);
      break;
    case PROP_CERTIFICATE:
      g_value_set_int (value, self->certificate);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
postern_finding_class_init (PosternFindingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = postern_finding_finalize;
  object_class->get_property = postern_finding_get_property;

  properties[PROP_CODE] = g_param_spec_string ("code", NULL, NULL, NULL, flags);
  properties[PROP_SEVERITY] = g_param_spec_enum ("severity", NULL, NULL, POSTERN_TYPE_SEVERITY,
                                                 POSTERN_SEVERITY_ERROR, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_EXPLANATION] = g_param_spec_string ("explanation", NULL, NULL, NULL, flags);
  properties[PROP_FIRST_EVENT] =
    g_param_spec_int ("first-event", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_LAST_EVENT] =
    g_param_spec_int ("last-event", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_FIELD] = g_param_spec_string ("field", NULL, NULL, NULL, flags);
  properties[PROP_COLUMN] = g_param_spec_uint ("column", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_FILE] = g_param_spec_string ("file", NULL, NULL, NULL, flags);
  properties[PROP_LINE] = g_param_spec_uint ("line", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_CERTIFICATE] =
    g_param_spec_int ("certificate", NULL, NULL, -1, G_MAXINT, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
postern_finding_init (PosternFinding *self)
{
  self->first_event = -1;
  self->last_event = -1;
  self->certificate = -1;
  self->remedies = g_ptr_array_new_with_free_func ((GDestroyNotify) remedy_free);
}

/**
 * postern_finding_new:
 * @code: a code of spec/findings.md
 * @severity: an error refuses the run or ended it; a warning does not
 * @title: one translated line that names the thing
 * @explanation: what was seen and what to do, translated, without secrets
 *
 * Returns: (transfer full): a finding without evidence
 */
PosternFinding *
postern_finding_new (const char *code,
                     PosternSeverity severity,
                     const char *title,
                     const char *explanation)
{
  PosternFinding *self = g_object_new (POSTERN_TYPE_FINDING, NULL);

  self->code = g_strdup (code);
  self->severity = severity;
  self->title = g_strdup (title);
  self->explanation = g_strdup (explanation);
  return self;
}

const char *
postern_finding_get_code (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), NULL);

  return self->code;
}

PosternSeverity
postern_finding_get_severity (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), POSTERN_SEVERITY_ERROR);

  return self->severity;
}

const char *
postern_finding_get_title (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), NULL);

  return self->title;
}

const char *
postern_finding_get_explanation (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), NULL);

  return self->explanation;
}

/**
 * postern_finding_set_evidence:
 * @self: a finding
 * @first_event: index of the first line of the transcript that shows it, -1 for none
 * @last_event: index of the last
 */
void
postern_finding_set_evidence (PosternFinding *self, int first_event, int last_event)
{
  g_return_if_fail (POSTERN_IS_FINDING (self));

  self->first_event = first_event;
  self->last_event = last_event;
}

int
postern_finding_get_first_event (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), -1);

  return self->first_event;
}

int
postern_finding_get_last_event (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), -1);

  return self->last_event;
}

/**
 * postern_finding_set_place:
 * @self: a finding about a setting
 * @field: (nullable): the account property it is about
 * @column: the character in that property, counted from 1; 0 for the whole
 */
void
postern_finding_set_place (PosternFinding *self, const char *field, guint column)
{
  g_return_if_fail (POSTERN_IS_FINDING (self));

  g_free (self->field);
  self->field = g_strdup (field);
  self->column = column;
}

/**
 * postern_finding_set_line:
 * @self: a finding about a line of a file
 * @file: the file
 * @line: the line, counted from 1
 * @column: the character in the line, counted from 1; 0 for the whole
 */
void
postern_finding_set_line (PosternFinding *self, const char *file, guint line, guint column)
{
  g_return_if_fail (POSTERN_IS_FINDING (self));

  g_free (self->file);
  self->file = g_strdup (file);
  self->line = line;
  self->column = column;
}

const char *
postern_finding_get_file (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), NULL);

  return self->file;
}

guint
postern_finding_get_line (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), 0);

  return self->line;
}

const char *
postern_finding_get_field (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), NULL);

  return self->field;
}

guint
postern_finding_get_column (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), 0);

  return self->column;
}

/**
 * postern_finding_set_certificate:
 * @self: a finding about a certificate
 * @certificate: its index in the chain of the report, 0 for the server's own; -1 for none
 * @governing: (transfer full) (nullable): what decides about it
 */
void
postern_finding_set_certificate (PosternFinding *self, int certificate, PosternGoverning *governing)
{
  g_return_if_fail (POSTERN_IS_FINDING (self));

  self->certificate = certificate;
  g_clear_pointer (&self->governing, postern_governing_free);
  self->governing = governing;
}

int
postern_finding_get_certificate (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), -1);

  return self->certificate;
}

const PosternGoverning *
postern_finding_get_governing (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), NULL);

  return self->governing;
}

/**
 * postern_finding_add_remedy:
 * @self: a finding
 * @text: a translated sentence that says what to do
 * @change: (nullable): the same as a change of the account; a floating reference is sunk
 */
void
postern_finding_add_remedy (PosternFinding *self, const char *text, GVariant *change)
{
  PosternRemedy *remedy;

  g_return_if_fail (POSTERN_IS_FINDING (self));

  remedy = g_new0 (PosternRemedy, 1);
  remedy->text = g_strdup (text);
  remedy->change = change != NULL ? g_variant_ref_sink (change) : NULL;
  g_ptr_array_add (self->remedies, remedy);
}

/**
 * postern_finding_get_remedies:
 * @self: a finding
 *
 * Returns: (transfer none) (element-type PosternRemedy): the best first
 */
GPtrArray *
postern_finding_get_remedies (PosternFinding *self)
{
  g_return_val_if_fail (POSTERN_IS_FINDING (self), NULL);

  return self->remedies;
}
