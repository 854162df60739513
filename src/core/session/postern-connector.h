/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "session/postern-session.h"

G_BEGIN_DECLS

PosternAddress *postern_address_new  (GInetSocketAddress *address);
void            postern_address_free (PosternAddress     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PosternAddress, postern_address_free)

#define POSTERN_TYPE_CONNECTOR (postern_connector_get_type ())
G_DECLARE_FINAL_TYPE (PosternConnector, postern_connector, POSTERN, CONNECTOR, GObject)

/**
 * PosternConnector:
 *
 * Finds the addresses of a host and races them (RFC 8305), with a verdict for each. At most 16
 * addresses are looked at. It asks no proxy, as the systems that Postern stands for ask none.
 * Time limits are the caller's: postern_connector_stop() ends the race at once.
 */
PosternConnector  *postern_connector_new            (PosternPlan          *plan,
                                                     GPtrArray            *addresses);
void               postern_connector_set_step_func  (PosternConnector     *self,
                                                     PosternStepFunc       func,
                                                     gpointer              user_data);
void               postern_connector_connect_async  (PosternConnector     *self,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
GSocketConnection *postern_connector_connect_finish (PosternConnector     *self,
                                                     GAsyncResult         *result,
                                                     GError              **error);
/* The addresses still tried become timed out, or not tried. */
void               postern_connector_stop           (PosternConnector     *self,
                                                     gboolean              timed_out);
/* After a failure: its code in spec/findings.md, and the step in which it came. */
const char        *postern_connector_get_code       (PosternConnector     *self);
PosternStepId      postern_connector_get_step       (PosternConnector     *self);

G_END_DECLS
