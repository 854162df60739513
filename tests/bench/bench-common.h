/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sorts the values. */
double   bench_median       (double     *values,
                             gsize       n);
double   bench_milliseconds (gint64      microseconds);
/* A line of the result; whether the target is met. */
gboolean bench_tell         (const char *what,
                             double      value,
                             double      target,
                             const char *unit);

G_END_DECLS
