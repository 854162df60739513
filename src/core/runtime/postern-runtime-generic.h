/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "runtime/postern-runtime.h"

G_BEGIN_DECLS

/**
 * PosternRuntimeGeneric:
 *
 * A mail program of no special system: what RFC 8314 would have it do with a URL or `host:port`.
 * It has no verdict of its own.
 */
#define POSTERN_TYPE_RUNTIME_GENERIC (postern_runtime_generic_get_type ())
G_DECLARE_FINAL_TYPE (PosternRuntimeGeneric, postern_runtime_generic, POSTERN, RUNTIME_GENERIC, GObject)

G_END_DECLS
