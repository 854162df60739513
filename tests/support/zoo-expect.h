/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "zoo-pki.h"

G_BEGIN_DECLS

typedef enum
{
  ZOO_VERIFY,                           /* verify_server=yes */
  ZOO_IGNORE,                           /* verify_server=ignore */
  ZOO_NAME_OFF,                         /* verify_server=yes, verify_server_name=no */
  ZOO_N_POLICIES,
} ZooPolicy;

/* Of a fault: it ends the session; it would, if the policy looked; it never does. */
typedef enum
{
  ZOO_REFUSES,
  ZOO_HIDDEN,
  ZOO_WARNS,
} ZooWeight;

/* "cert.expired:0"; what is hidden begins with a question mark, a warning with a tilde. */
char      *zoo_fault_text      (const char     *code,
                                guint           index,
                                ZooWeight       weight);
/* What the table says of the chain, as the policy has it, each as above. */
GPtrArray *zoo_chain_expect    (const ZooChain *chain,
                                ZooPolicy       policy);
/* The same of what a report says. */
GPtrArray *zoo_chain_expect_found (const ZooChain *chain,
                                   ZooPolicy       policy);
gboolean   zoo_is_about_name   (const char     *code);
/* Whether one of them is heavy enough. */
gboolean   zoo_faults_have     (GPtrArray      *faults,
                                ZooWeight       at_least);
char      *zoo_faults_join     (GPtrArray      *faults);
/* The first one is the cause; of the others the order is not looked at. Where the policy hides
 * some, another may come first. */
gboolean   zoo_faults_equal    (GPtrArray      *expected,
                                GPtrArray      *told,
                                gboolean        first_too);

G_END_DECLS
