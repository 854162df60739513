/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <atspi/atspi.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* libatspi 2.46 has none of its own. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiAccessible, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiStateSet, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiText, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiEditableText, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiAction, g_object_unref)

/* The real program in a home of its own, seen through AT-SPI and moved by keys, as a user with a
 * screen reader has it. Whatever is waited for has to come within a limit, else the test fails
 * and says what there was instead. */
typedef struct
{
  GSubprocess     *process;
  char            *home;
  AtspiAccessible *application;
} WindowDriver;

WindowDriver    *window_driver_start       (const char        *program,
                                            const char *const *arguments);
void             window_driver_stop        (WindowDriver      *self);
/* All texts of the tree, for searching and for failures. */
char            *window_driver_read        (WindowDriver      *self);
AtspiAccessible *window_driver_wait_for    (WindowDriver      *self,
                                            AtspiRole          role,
                                            const char        *name);
void             window_driver_wait_text   (WindowDriver      *self,
                                            const char        *text);
/* The named entry, its text replaced through EditableText. */
void             window_driver_fill        (WindowDriver      *self,
                                            const char        *name,
                                            const char        *text);
void             window_driver_click       (WindowDriver      *self,
                                            const char        *button);
/* For the newest window of the program: without a window manager nobody gives it away. */
void             window_driver_take_keyboard (WindowDriver    *self);
void             window_driver_key         (WindowDriver      *self,
                                            const char        *key);
void             window_driver_type        (WindowDriver      *self,
                                            const char        *text);
/* Presses Tab until the focus is on something of that name. */
void             window_driver_tab_to      (WindowDriver      *self,
                                            const char        *name);
/* Whether any file below the home has these bytes. */
gboolean         window_driver_home_holds  (WindowDriver      *self,
                                            const char        *bytes);

G_END_DECLS
