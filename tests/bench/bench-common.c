/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "bench-common.h"

#include <stdio.h>
#include <stdlib.h>

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double first = *(const double *) a;
  double second = *(const double *) b;

  return (first > second) - (first < second);
}

double
bench_median (double *values, gsize n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return values[n / 2];
}

double
bench_milliseconds (gint64 microseconds)
{
  return (double) microseconds / 1000.0;
}

gboolean
bench_tell (const char *what, double value, double target, const char *unit)
{
  gboolean met = value <= target;

  printf ("%-52s %8.2f %s (target: at most %.2f) %s\n", what, value, unit, target,
          met ? "met" : "MISSED");
  return met;
}
