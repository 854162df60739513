/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-cert-name.h"

#include "diagnosis/postern-near-name.h"
#include "runtime/postern-tls-options.h"

#include <glib/gi18n.h>
#include <string.h>

/* Several names may lead to the server: more than a few are no help. */
#define MAX_REMEDIES 2

/* The names of the server's own certificate; the common name where it has no other, and
 * @with_common_name. */
static GStrv
dup_names (const PosternTlsInfo *tls, gboolean with_common_name)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  PosternCertificate *own;
  const char *const *names;

  if (tls == NULL || tls->chain->len == 0)
    return g_strv_builder_end (builder);

  own = tls->chain->pdata[0];
  names = postern_certificate_get_dns_names (own);
  g_strv_builder_addv (builder, (const char **) names);
  if (names[0] == NULL && with_common_name && *postern_certificate_get_common_name (own) != '\0')
    g_strv_builder_add (builder, postern_certificate_get_common_name (own));
  return g_strv_builder_end (builder);
}

/* What was asked for that is nearest to a name of the certificate, and that name. */
static char *
find_nearest (const PosternPlan *plan,
              const PosternTlsInfo *tls,
              const char **asked,
              PosternNearness *nearness)
{
  g_auto (GStrv) names = dup_names (tls, TRUE);
  GPtrArray *wanted = plan->tls_policy->names;
  const char *nearest;

  *asked = plan->host;
  if (wanted == NULL || wanted->len == 0)
    return g_strdup (postern_near_name_find ((const char *const *) names, plan->host, nearness));

  nearest = NULL;
  *nearness = POSTERN_NEAR_NONE;
  for (guint i = 0; i < wanted->len; i++)
    {
      const PosternPeerName *name = wanted->pdata[i];
      PosternNearness near;
      const char *found = postern_near_name_find ((const char *const *) names, name->name, &near);

      if (near < *nearness)
        {
          *nearness = near;
          *asked = name->name;
          nearest = found;
        }
    }
  return g_strdup (nearest);
}

char *
postern_cert_name_nearest (const PosternPlan *plan, const PosternTlsInfo *tls)
{
  const char *asked;
  PosternNearness nearness;

  return find_nearest (plan, tls, &asked, &nearness);
}

/* Translators: in each, the first %s is the name in the certificate, the second the one that was
 * asked for. */
static const char *const near_texts[] = {
  [POSTERN_NEAR_WILDCARD_DEEP] =
    N_ ("Nearest is “%s”; but “*” stands for one part of a name, and “%s” has more in its place."),
  [POSTERN_NEAR_WILDCARD_BARE] =
    N_ ("Nearest is “%s”; but “*” stands for one part of a name, and “%s” has none in its place."),
  [POSTERN_NEAR_WILDCARD_INSIDE] =
    N_ ("Nearest is “%s”; but “*” counts only as the whole first part of a name, so it does not "
        "stand for “%s”."),
  [POSTERN_NEAR_ADDRESS] =
    N_ ("The certificate writes the address “%s” where host names stand; there it does not count "
        "for %s."),
  [POSTERN_NEAR_LABEL_MORE] = N_ ("Nearest is “%s”, which is “%s” without its first part."),
  [POSTERN_NEAR_LABEL_LESS] = N_ ("Nearest is “%s”, which is “%s” with one more part before it."),
  [POSTERN_NEAR_SHORT] = N_ ("Nearest is “%s”; “%s” lacks the domain."),
  [POSTERN_NEAR_SPELLING] =
    N_ ("Nearest is “%s”, a letter or two from “%s”: one of them may be misspelt."),
  [POSTERN_NEAR_SIBLING] = N_ ("Nearest is “%s”, another host in the domain of “%s”."),
  [POSTERN_NEAR_ENDING] = N_ ("Nearest is “%s”, which differs from “%s” in its ending alone."),
  [POSTERN_NEAR_DOMAIN] = N_ ("Nearest is “%s”, in the same domain as “%s”."),
};

static void
append (GString *text, char *sentence)
{
  if (sentence == NULL)
    return;
  if (text->len > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, sentence);
  g_free (sentence);
}

/* RFC 6066 section 3: an address is not sent. */
static char *
explain_sni (const PosternFacts *facts)
{
  if (facts->tls->sni == NULL)
    return NULL;
  if (*facts->tls->sni == '\0')
    return g_strdup (_ ("No server name was sent in the handshake (SNI), for the account has an "
                        "address in place of a name."));
  return g_strdup_printf (_ ("The server name sent in the handshake (SNI) was “%s”."),
                          facts->tls->sni);
}

static char *
explain_nearest (const PosternFacts *facts)
{
  PosternNearness nearness;
  const char *asked;
  g_autofree char *nearest = find_nearest (facts->plan, facts->tls, &asked, &nearness);
  gboolean address = g_hostname_is_ip_address (facts->plan->host);

  if (nearest != NULL && nearness == POSTERN_NEAR_WILDCARD_TOP)
    return NULL; /* the fault says why it does not count */
  if (nearest != NULL)
    return g_strdup_printf (_ (near_texts[nearness]), nearest, asked);
  if (facts->tls->chain->len == 0 || address)
    return NULL;
  return g_strdup (_ ("None of its names resembles the one that was asked for."));
}

static char *
join_checks (const PosternFacts *facts, PosternNameState state)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < facts->names->len; i++)
    {
      const PosternNameCheck *check = facts->names->pdata[i];

      if (check->state == state && g_ascii_strcasecmp (check->name, facts->plan->host) != 0)
        g_ptr_array_add (names, check->name);
    }
  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}

static char *
explain_checks (const PosternFacts *facts, PosternNameState state, const char *format)
{
  g_autofree char *names = facts->names != NULL ? join_checks (facts, state) : NULL;

  return names != NULL ? g_strdup_printf (format, names) : NULL;
}

char *
postern_cert_name_explain (const PosternFacts *facts)
{
  GString *text = g_string_new (NULL);

  append (text, explain_sni (facts));
  append (text, explain_nearest (facts));
  /* Translators: %s is one host name or more */
  append (text, explain_checks (facts, POSTERN_NAME_SAME, _ ("The same server as: %s.")));
  append (text, explain_checks (facts, POSTERN_NAME_OTHER, _ ("At another address: %s.")));
  append (text, explain_checks (facts, POSTERN_NAME_NOWHERE, _ ("Does not exist: %s.")));
  append (text, explain_checks (facts, POSTERN_NAME_UNKNOWN, _ ("Not found out about: %s.")));
  return g_string_free (text, FALSE);
}

static GVariant *
change_of (const char *key, const char *value)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, key, "s", value);
  return g_variant_dict_end (&dict);
}

/* The list of names is what the account looks for: the connection may stay as it is. NULL where the
 * options stand in a file, or hold a secret, which the plan does not know. */
static GVariant *
change_list (const PosternPlan *plan, const char *name)
{
  g_autofree char *options = NULL;

  if (!postern_diagnosis_owns_options (plan) || plan->tls_options_text == NULL ||
      strstr (plan->tls_options_text, "<hidden>") != NULL)
    return NULL;

  options = postern_tls_names_replace (plan->tls_options_text, name);
  return change_of ("tls-options", options);
}

/* Whoever stands in between may have a good certificate for a name of their own, at their own
 * address: only the user knows whose a name of another domain is. */
static gboolean
is_stranger (const PosternFacts *facts, const char *name)
{
  return !g_hostname_is_ip_address (name) && g_ascii_strcasecmp (name, "localhost") != 0 &&
         !postern_near_name_is_related (name, facts->plan->host);
}

/* Adds a remedy that names another host, with a word of care where that is a stranger's. */
static void
add_remedy (const PosternFacts *facts,
            PosternFinding *finding,
            const char *text,
            const char *name,
            GVariant *change)
{
  g_autofree char *warned = NULL;

  if (is_stranger (facts, name))
    warned = g_strdup_printf (
      "%s %s", text, _ ("The name is of another domain: make sure that it is your provider’s."));
  postern_finding_add_remedy (finding, warned != NULL ? warned : text, change);
}

static void
remedy_list (const PosternFacts *facts, PosternFinding *finding, const PosternNameCheck *check)
{
  gboolean host = g_ascii_strcasecmp (check->name, facts->plan->host) == 0;
  g_autofree char *typed = postern_tls_names_typed (check->name);
  g_autofree char *text = NULL;

  if (host)
    text = g_strdup_printf (_ ("Take verify_server_name out of the TLS options: the certificate is "
                               "for the server name itself, %s."),
                            check->name);
  else
    text = g_strdup_printf (check->verified
                              ? _ ("Set verify_server_name=%s in the TLS options: it is the "
                                   "same server, and the certificate is verified for that name.")
                              : _ ("Set verify_server_name=%s in the TLS options: it is the "
                                   "same server. The certificate has other faults as well."),
                            typed);
  add_remedy (facts, finding, text, check->name,
              change_list (facts->plan, host ? NULL : check->name));
}

static void
remedy_host (const PosternFacts *facts, PosternFinding *finding, const PosternNameCheck *check)
{
  g_autofree char *text = g_strdup_printf (
    check->verified
      ? _ ("Use %s as the server name: it is the same server, and the certificate is verified for "
           "that name.")
      : _ ("Use %s as the server name: it is the same server, and the certificate is for that "
           "name, but has other faults."),
    check->name);

  add_remedy (facts, finding, text, check->name, change_of ("host", check->name));
}

/* The name of a server that cannot be reached by it: the account may look for it all the same. */
static void
remedy_count (const PosternFacts *facts, PosternFinding *finding, const char *name)
{
  g_autofree char *typed = postern_tls_names_typed (name);
  g_autofree char *text =
    g_strdup_printf (_ ("If this is the server that is meant, let the name in its certificate "
                        "count: verify_server_name=%s in the TLS options."),
                     typed);

  postern_finding_add_remedy (finding, text, change_list (facts->plan, name));
}

/* Nobody knows whether it leads here. */
static void
remedy_guess (const PosternFacts *facts, PosternFinding *finding, const char *name)
{
  g_autofree char *text = g_strdup_printf (_ ("Use %s as the server name, if it is the same "
                                              "server: the certificate is for that name."),
                                           name);

  postern_finding_add_remedy (finding, text, change_of ("host", name));
}

/* Whether a name was looked up and may exist. Of a long list only a few are: that the others were
 * not found missing says nothing for them. */
static gboolean
may_exist (const PosternFacts *facts, const char *name)
{
  for (guint i = 0; facts->names != NULL && i < facts->names->len; i++)
    {
      const PosternNameCheck *check = facts->names->pdata[i];

      if (check->state != POSTERN_NAME_NOWHERE && strcmp (check->name, name) == 0)
        return TRUE;
    }
  return FALSE;
}

/* A name that is no wildcard; one that may exist, if there is one. */
static const char *
first_plain_name (const PosternFacts *facts, GStrv names)
{
  const char *plain = NULL;

  for (gsize i = 0; names[i] != NULL; i++)
    if (strchr (names[i], '*') == NULL &&
        (plain == NULL || (!may_exist (facts, plain) && may_exist (facts, names[i]))))
      plain = names[i];
  return plain;
}

/* No name is known to lead to the server. */
static void
remedy_unknown (const PosternFacts *facts,
                PosternFinding *finding,
                const char *name,
                gboolean listed)
{
  if (!listed && may_exist (facts, name))
    remedy_guess (facts, finding, name);
  remedy_count (facts, finding, name);
}

/**
 * postern_cert_name_remedies:
 * @facts: a run that failed
 * @finding: that the certificate is for another name; what mends it is added, the best first
 */
void
postern_cert_name_remedies (const PosternFacts *facts, PosternFinding *finding)
{
  GPtrArray *wanted = facts->plan->tls_policy->names;
  gboolean listed = wanted != NULL && wanted->len > 0;
  g_auto (GStrv) names = dup_names (facts->tls, facts->plan->tls_policy->cn_fallback);
  const char *name;
  guint n_remedies = 0;

  for (guint pass = 0; pass < 2; pass++) /* those that are verified come first */
    for (guint i = 0; facts->names != NULL && i < facts->names->len; i++)
      {
        const PosternNameCheck *check = facts->names->pdata[i];

        if (check->state != POSTERN_NAME_SAME || check->verified != (pass == 0) ||
            n_remedies == MAX_REMEDIES)
          continue;
        if (listed)
          remedy_list (facts, finding, check);
        else
          remedy_host (facts, finding, check);
        n_remedies++;
      }

  name = first_plain_name (facts, names);
  if (n_remedies == 0 && name != NULL)
    remedy_unknown (facts, finding, name, listed);
  postern_finding_add_remedy (finding,
                              _ ("The server’s administrator can install a certificate for the "
                                 "name that is asked for."),
                              NULL);
}
