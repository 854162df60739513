/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "model/postern-driver.h"
#include "model/postern-enums.h"

G_BEGIN_DECLS

#define POSTERN_TYPE_ACCOUNT (postern_account_get_type ())
G_DECLARE_FINAL_TYPE (PosternAccount, postern_account, POSTERN, ACCOUNT, GObject)

/**
 * PosternAccount:
 *
 * What a user configures. Everything is a property (with notify), and no property is a secret:
 *
 * - `id` (string, construct-only): the name of the group in the accounts file and the attribute
 *   of the secret in the keyring; a UUID when not given.
 * - `name` (string): what the sidebar and `--account` call it.
 * - `system` ([enum@System]), `protocol` ([enum@Protocol]).
 * - `connection` (string): as typed, in the grammar of the system.
 * - `tls` ([enum@TlsStart]): for systems whose connection does not say it; else DEFAULT.
 * - `tls-options` (string): a TLS option list, spec/uniface.md section 8. For Uniface it stands
 *   for `USYS$TLS_PARAMS` and goes before the assignment file's.
 * - `asn-file`, `usys-dir` (string): Uniface's assignment file and USYS folder.
 * - `drivers` (boxed GPtrArray of PosternDriver): SetSecurity calls in order.
 * - `user` (string).
 * - `mechanisms` (GStrv): wanted, in order; empty means the strongest offered.
 * - `ehlo-name`, `connect-to`, `crl-file` (string, may be NULL); `family` ([enum@Family]).
 * - `pin` (string, may be NULL): an exception for one certificate, see [struct@TlsPin].
 * - `connect-timeout`, `step-timeout`, `total-timeout` (uint, milliseconds; 0 is the default).
 *
 * Strings are never NULL except where said; setting NULL stores "".
 */
PosternAccount     *postern_account_new            (const char          *id);
const char         *postern_account_get_id         (PosternAccount      *self);
const char         *postern_account_get_name       (PosternAccount      *self);
PosternSystem       postern_account_get_system     (PosternAccount      *self);
PosternProtocol     postern_account_get_protocol   (PosternAccount      *self);
const char         *postern_account_get_connection (PosternAccount      *self);
PosternTlsStart     postern_account_get_tls        (PosternAccount      *self);
const char         *postern_account_get_tls_options(PosternAccount      *self);
const char         *postern_account_get_asn_file   (PosternAccount      *self);
const char         *postern_account_get_usys_dir   (PosternAccount      *self);
const char         *postern_account_get_user       (PosternAccount      *self);
const char *const  *postern_account_get_mechanisms (PosternAccount      *self);
GPtrArray          *postern_account_get_drivers    (PosternAccount      *self);
const char         *postern_account_get_ehlo_name  (PosternAccount      *self);
const char         *postern_account_get_connect_to (PosternAccount      *self);
const char         *postern_account_get_crl_file   (PosternAccount      *self);
const char         *postern_account_get_pin        (PosternAccount      *self);
PosternFamily       postern_account_get_family     (PosternAccount      *self);
guint               postern_account_get_connect_timeout (PosternAccount *self);
guint               postern_account_get_step_timeout    (PosternAccount *self);
guint               postern_account_get_total_timeout   (PosternAccount *self);
void                postern_account_assign         (PosternAccount      *self,
                                                    PosternAccount      *other);
PosternAccount     *postern_account_duplicate      (PosternAccount      *self,
                                                    const char          *new_id);

G_END_DECLS
