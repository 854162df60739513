/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-private.h"

#include "tls/postern-trust-look.h"
#include "tls/postern-trust-pin.h"

#include <glib/gi18n.h>
#include <string.h>

/* The order in which a person would name the cause: what ended the certificate for good; its
 * dates, which mend most; then who vouches for it; then the rest of the chain; then for whom it
 * is; then what it may be used for, and how strong it is. Dates of certificates other than the
 * server's own come after the questions of trust. */
static const char *const ranking[] = {
  "cert.malformed",
  "cert.revoked",
  "cert.expired",
  "cert.not-yet-valid",
  "cert.self-signed",
  "cert.untrusted-root",
  "cert.incomplete-chain",
  "cert.bad-signature",
  "cert.key-id-mismatch",
  "", /* dates of the others */
  "cert.not-a-ca",
  "cert.name-constraints",
  "cert.critical-extension",
  "cert.no-san",
  "cert.name-mismatch",
  "cert.wrong-purpose",
  "cert.weak-key",
  "cert.weak-signature",
  "cert.not-conforming",
  "cert.clients-differ",
  "cert.chain-order",
  "cert.chain-too-long",
  "cert.expires-soon",
};

static guint
fault_rank (const PosternCertFault *fault)
{
  gboolean date =
    strcmp (fault->code, "cert.expired") == 0 || strcmp (fault->code, "cert.not-yet-valid") == 0;
  const char *code = date && (fault->certificate > 0 || fault->in_store) ? "" : fault->code;

  for (guint i = 0; i < G_N_ELEMENTS (ranking); i++)
    if (strcmp (ranking[i], code) == 0)
      return i;

  return G_N_ELEMENTS (ranking);
}

static int
compare_faults (gconstpointer a, gconstpointer b)
{
  const PosternCertFault *first = *(const PosternCertFault *const *) a;
  const PosternCertFault *second = *(const PosternCertFault *const *) b;

  if (first->warning != second->warning)
    return first->warning ? 1 : -1;
  if (first->hidden != second->hidden)
    return first->hidden ? -1 : 1;
  if (fault_rank (first) != fault_rank (second))
    return fault_rank (first) < fault_rank (second) ? -1 : 1;
  if (first->certificate != second->certificate)
    return first->certificate < second->certificate ? -1 : 1;

  return 0;
}

static void
apply_policy (PosternVerdict *verdict, const PosternLook *look)
{
  const PosternTlsPolicy *policy = look->policy;

  verdict->verified = verdict->accepted = TRUE;

  for (guint i = 0; i < verdict->faults->len; i++)
    {
      PosternCertFault *fault = g_ptr_array_index (verdict->faults, i);
      gboolean name = strcmp (fault->governed_by, "verify_server_name") == 0;

      fault->warning |= !name && postern_look_is_softened (look, fault);
      if (fault->warning)
        continue;

      verdict->verified = FALSE;
      fault->hidden =
        policy->verify == POSTERN_VERIFY_IGNORE || postern_look_is_softened (look, fault);
      fault->warning = fault->hidden;
      if (!fault->hidden)
        verdict->accepted = FALSE;
    }
  postern_trust_pin_apply (verdict, policy, look->host, look->now);

  g_ptr_array_sort (verdict->faults, compare_faults);
}

typedef struct
{
  PosternLook look;
  PosternPath path;  /* the best so far */
  GPtrArray *faults; /* of it */
  guint cost;
} Choice;

/* How far a path is from a good one. A signature that does not hold is the last thing to believe of
 * a chain that has another way to be read. */
static guint
get_cost (const PosternPath *path, GPtrArray *faults)
{
  guint cost = path->end == POSTERN_PATH_TRUSTED ? 0 : 100;

  for (guint i = 0; i < faults->len; i++)
    {
      const PosternCertFault *fault = faults->pdata[i];

      if (!fault->warning)
        cost += strcmp (fault->code, "cert.bad-signature") == 0 ? 200 : 1;
    }

  return cost;
}

static gboolean
weigh_path_cb (const PosternPath *path, gpointer user_data)
{
  Choice *choice = user_data;
  PosternLook *look = &choice->look;
  g_autoptr(GPtrArray) faults =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_cert_fault_free);
  guint cost;

  look->path = path;
  look->faults = faults;
  postern_look_at_end (look);
  postern_look_at_signatures (look);
  postern_look_at_dates (look);
  postern_look_at_authorities (look);
  postern_look_at_purpose (look);
  postern_look_at_constraints (look);
  postern_look_at_strength (look);
  postern_look_at_form (look);
  postern_look_at_policies (look);

  cost = get_cost (path, faults);
  if (choice->faults == NULL || cost < choice->cost)
    {
      postern_path_copy (&choice->path, path);
      g_clear_pointer (&choice->faults, g_ptr_array_unref);
      choice->faults = g_steal_pointer (&faults);
      choice->cost = cost;
    }

  return choice->cost == 0 || !postern_look_spend (look, 0);
}

static void
look_at_length (PosternLook *look, GPtrArray *ders)
{
  gsize size = 0;

  for (guint i = 0; i < ders->len; i++)
    size += g_bytes_get_size (ders->pdata[i]);

  if (size > POSTERN_MAX_CHAIN_BYTES)
    postern_look_add (look, "cert.chain-too-long", NULL, "verify_server",
                      g_strdup_printf (_ ("The server sends %u certificates of %" G_GSIZE_FORMAT
                                          " bytes in all; OpenSSL takes %d bytes at most."),
                                       ders->len, size, POSTERN_MAX_CHAIN_BYTES));
  else if (ders->len > POSTERN_MAX_CHAIN)
    postern_look_warn (look, "cert.chain-too-long", NULL, "verify_server",
                       g_strdup_printf (_ ("The server sends %u certificates, and those after the "
                                           "first %d were not looked at; GnuTLS takes 16 at most."),
                                        ders->len, POSTERN_MAX_CHAIN));
}

/* Whether it is told already what its form is to blame for. */
static gboolean
is_malformed (const PosternLook *look, guint index)
{
  for (guint i = 0; i < look->faults->len; i++)
    {
      const PosternCertFault *fault = look->faults->pdata[i];

      if (fault->certificate == index && !fault->in_store && !fault->warning &&
          (strcmp (fault->code, "cert.malformed") == 0 ||
           strcmp (fault->code, "cert.not-conforming") == 0))
        return TRUE;
    }

  return FALSE;
}

/* A client meets these before it looks for a path, so it does not matter whether it needs them. */
static void
look_for_unreadable (PosternLook *look)
{
  for (guint i = 0; i < look->chain->len; i++)
    {
      PosternPathLink link = { .certificate = look->chain->pdata[i], .index = i, .sent = TRUE };
      const char *problem = postern_certificate_get_problem (link.certificate);

      if (problem == NULL && postern_certificate_peek_x509 (link.certificate) == NULL)
        problem = _ ("The certificate cannot be read: OpenSSL makes nothing of it");
      if (problem != NULL && !is_malformed (look, i))
        postern_look_add (
          look, "cert.malformed", &link, "verify_server",
          g_strdup_printf (_ ("%s (certificate %u of %u)."), problem, i + 1, look->n_sent));
    }
}

static GPtrArray *
read_chain (GPtrArray *ders)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < MIN (ders->len, POSTERN_MAX_CHAIN); i++)
    g_ptr_array_add (chain, postern_certificate_new_as_sent (ders->pdata[i]));

  return chain;
}

static void
judge_path (Choice *choice, PosternVerdict *verdict)
{
  PosternLook *look = &choice->look;

  postern_path_search (look->chain, look->store, weigh_path_cb, choice);
  look->path = &choice->path;
  look->faults = choice->faults;

  postern_revocation_judge (&verdict->revocation, look->path, look->chain, look->store,
                            verdict->staples, look->now, look->faults);
  postern_look_at_name (look);
  postern_look_at_order (look);
  postern_look_beside (look);
}

void
postern_trust_judge (PosternVerdict *verdict,
                     PosternTrustStore *store,
                     const PosternTlsPolicy *policy,
                     const char *host,
                     GPtrArray *ders,
                     gint64 now)
{
  g_autoptr(PosternTrustStore) empty = NULL;
  g_autoptr(GPtrArray) nothing = g_ptr_array_new ();
  Choice choice = { .look = { .policy = policy, .host = host, .now = now, .n_sent = ders->len } };
  PosternLook *look = &choice.look;

  if (store == NULL)
    store = empty = postern_trust_store_new_from_ders (nothing, NULL, NULL);
  look->store = store;
  look->chain = verdict->chain = read_chain (ders);
  verdict->path = g_ptr_array_new_with_free_func (g_object_unref);

  if (look->chain->len > 0 && postern_certificate_peek_x509 (look->chain->pdata[0]) != NULL)
    judge_path (&choice, verdict);
  else
    look->faults = g_ptr_array_new_with_free_func ((GDestroyNotify) postern_cert_fault_free);
  look_for_unreadable (look);
  look_at_length (look, ders);
  if (ders->len == 0)
    postern_look_add (look, "cert.malformed", NULL, "verify_server",
                      g_strdup (_ ("The server sent no certificate.")));
  if (look->path != NULL)
    postern_look_at_others (look);

  verdict->faults = look->faults;
  verdict->matched_name = look->matched_name;
  for (guint i = 0; i < choice.path.n_links; i++)
    g_ptr_array_add (verdict->path, g_object_ref (choice.path.links[i].certificate));
  apply_policy (verdict, look);
  postern_path_clear (&choice.path);
}

void
postern_verdict_clear (PosternVerdict *self)
{
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  g_clear_pointer (&self->path, g_ptr_array_unref);
  g_clear_pointer (&self->faults, g_ptr_array_unref);
  g_clear_pointer (&self->staples, g_ptr_array_unref);
  g_clear_pointer (&self->matched_name, g_free);
  self->revocation = (PosternRevocation){ POSTERN_STAPLE_NONE, POSTERN_CRL_NONE };
  self->verified = self->accepted = FALSE;
}
