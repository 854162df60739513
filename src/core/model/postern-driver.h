/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-secret.h"

G_BEGIN_DECLS

/**
 * PosternDriver:
 *
 * One call of Uniface's SetSecurity: the two arguments as the user wrote them, except that a
 * secret in the parameters (`PASSWORD=`, `TOKEN=`) was taken out when the driver was made and is
 * kept apart. Immutable and reference-counted. See spec/uniface.md section 7.
 */
typedef struct _PosternDriver PosternDriver;

#define POSTERN_TYPE_DRIVER (postern_driver_get_type ())

GType          postern_driver_get_type       (void);
PosternDriver *postern_driver_new            (const char    *properties,
                                              const char    *parameters);
PosternDriver *postern_driver_ref            (PosternDriver *self);
void           postern_driver_unref          (PosternDriver *self);
const char    *postern_driver_get_properties (PosternDriver *self);
const char    *postern_driver_get_parameters (PosternDriver *self);
gboolean       postern_driver_is_cut         (PosternDriver *self);
PosternSecret *postern_driver_get_password   (PosternDriver *self);
PosternSecret *postern_driver_get_token      (PosternDriver *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternDriver, postern_driver_unref)

G_END_DECLS
