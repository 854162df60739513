/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RealValues:
 *
 * What is different in every run, by name: folder, ports, user, password. Configuration files and
 * the arguments of the tests are written with "@NAME@" in place of it. The process that starts
 * the servers leaves the values in a file, for the one that runs the tests.
 */
typedef struct _RealValues RealValues;

RealValues *real_values_new         (void);
RealValues *real_values_load        (const char  *folder,
                                     GError     **error);
gboolean    real_values_save        (RealValues  *self,
                                     GError     **error);
void        real_values_free        (RealValues  *self);
void        real_values_set         (RealValues  *self,
                                     const char  *name,
                                     const char  *value);
void        real_values_set_port    (RealValues  *self,
                                     const char  *name,
                                     guint        port);
void        real_values_set_random  (RealValues  *self,
                                     const char  *name);
gboolean    real_values_has         (RealValues  *self,
                                     const char  *name);
const char *real_values_get         (RealValues  *self,
                                     const char  *name);
guint       real_values_get_port    (RealValues  *self,
                                     const char  *name);
char       *real_values_expand      (RealValues  *self,
                                     const char  *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RealValues, real_values_free)

G_END_DECLS
