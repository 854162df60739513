/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "real-matrix.h"

#include <stdlib.h>
#include <string.h>

/* A cell in its place. They are a list, nearly in the order in which the tests run, and stay as
 * long as the program. */
typedef struct _Place Place;

struct _Place
{
  const RealTable *table;
  const RealRow *row;
  RealStart start;
  RealValues *values;
  RealCell cell;
  char *arguments;
  RealRun *run; /* NULL: not started, or over */
  gboolean over;
  Place *next;
};

static Place *first_place;

static const char *const starts[REAL_N_STARTS] = { "none", "starttls", "implicit" };

static char *
make_arguments (const Place *place)
{
  const RealTable *table = place->table;
  const char *options = place->row->credentials->options;
  gboolean choose = strcmp (place->row->mechanism, REAL_STRONGEST) == 0;

  return g_strdup_printf (
    "--protocol %s --tls %s %s %s %s "
    "--tls-options 'verify_server=yes,ca_certificate=@CA@%s%s' localhost:@%s@",
    table->protocol, starts[place->start], choose ? "" : "--mechanism",
    choose ? "" : place->row->mechanism, table->options, options != NULL ? "," : "",
    options != NULL ? options : "", place->start == REAL_IMPLICIT ? table->implicit : table->clear);
}

/* What the report has to say of the mechanism; NULL: not looked at. */
static const char *
wanted_mechanism (const RealRow *row, RealStart start)
{
  if (strcmp (row->mechanism, REAL_STRONGEST) == 0)
    return row->chosen[start];
  return atoi (row->expected[start]) == 0 ? row->mechanism : NULL;
}

static Place *
place_new (const RealTable *table, const RealRow *row, RealStart start, RealValues *values)
{
  Place *self = g_new0 (Place, 1);
  const RealCredentials *credentials = row->credentials;
  const char *finding = strchr (row->expected[start], ' ');

  self->table = table;
  self->row = row;
  self->start = start;
  self->values = values;
  self->arguments = make_arguments (self);
  self->cell = (const RealCell){
    .arguments = self->arguments,
    .user = credentials->user,
    .secret = credentials->secret,
    .token = credentials->token,
    .environment = credentials->environment,
    .status = atoi (row->expected[start]),
    .native = REAL_NO_NATIVE,
    .tls = starts[start],
    .finding = finding != NULL ? finding + 1 : NULL,
    .mechanism = wanted_mechanism (row, start),
  };
  return self;
}

static void
start_ahead (Place *place)
{
  const RealTable *table = place->table;

  for (guint i = 0; place != NULL && i <= table->ahead && place->table == table; i++)
    {
      if (place->run == NULL && !place->over)
        place->run = real_cell_start (&place->cell, place->values);
      place = place->next;
    }
}

static void
test_place (gconstpointer data)
{
  Place *place = (Place *) data;
  g_autofree char *label =
    g_strdup_printf ("%-4s  %-8s  %-18s  %-28s", place->table->protocol, starts[place->start],
                     place->row->mechanism, place->row->credentials->name);

  start_ahead (place);
  real_cell_finish (&place->cell, place->values, place->run, label);
  g_clear_pointer (&place->run, real_run_free);
  place->over = TRUE;
}

static void
add_place (const char *server, Place *place)
{
  g_autofree char *path =
    g_strdup_printf ("/%s/%s/%s/%s/%s", server, place->table->protocol, starts[place->start],
                     place->row->mechanism, place->row->credentials->name);

  g_strdelimit (path, " ", '-');
  g_test_add_data_func (path, place, test_place);
}

void
real_matrix_add (const char *server, const RealTable *table, RealValues *values)
{
  Place **end = &first_place;

  while (*end != NULL)
    end = &(*end)->next;
  for (guint start = 0; start < REAL_N_STARTS; start++)
    for (gsize i = 0; i < G_N_ELEMENTS (table->rows) && table->rows[i] != NULL; i++)
      for (const RealRow *row = table->rows[i]; row->mechanism != NULL; row++)
        if (row->expected[start] != NULL)
          {
            *end = place_new (table, row, start, values);
            add_place (server, *end);
            end = &(*end)->next;
          }
}
