/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "scan/postern-scan-track.h"

#include "scan/postern-tls-numbers.h"

#include <string.h>

PosternTrack *
postern_track_new (PosternTrackKind kind, PosternScanVersion *version, GArray *left)
{
  PosternTrack *self = g_new0 (PosternTrack, 1);

  self->kind = kind;
  self->version = version;
  self->left = left;
  return self;
}

void
postern_track_free (PosternTrack *self)
{
  g_clear_pointer (&self->left, g_array_unref);
  g_clear_pointer (&self->session, g_bytes_unref);
  g_clear_error (&self->doubt);
  g_free (self);
}

/* --- What is offered --- */

static GArray *
list_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (guint16));
}

static GArray *
all_of (const PosternTlsNumber *numbers, gsize n)
{
  GArray *list = list_new ();

  for (gsize i = 0; i < n; i++)
    g_array_append_val (list, numbers[i].number);
  return list;
}

static GArray *
all_suites (guint16 version)
{
  GArray *list = list_new ();
  gsize n;
  const PosternTlsNumber *numbers = postern_tls_suites (&n);

  for (gsize i = 0; i < n; i++)
    if (postern_tls_suite_is_1_3 (numbers[i].number) == (version >= POSTERN_HELLO_1_3))
      g_array_append_val (list, numbers[i].number);
  return list;
}

static GArray *
all_groups (void)
{
  gsize n;
  const PosternTlsNumber *numbers = postern_tls_groups (&n);

  return all_of (numbers, n);
}

static GArray *
all_signatures (void)
{
  gsize n;
  const PosternTlsNumber *numbers = postern_tls_signatures (&n);

  return all_of (numbers, n);
}

/* Those of the suites found in which the server names a group, or signs. */
static GArray *
suites_with (const PosternScanVersion *version, gboolean group)
{
  GArray *list = list_new ();

  for (guint i = 0; i < version->suites->len; i++)
    {
      guint16 suite = g_array_index (version->suites, guint16, i);
      const char *name = postern_tls_suite_name (suite);

      if (version->version >= POSTERN_HELLO_1_3 ||
          (group ? g_str_has_prefix (name, "TLS_ECDH")
                 : strstr (name, "DHE_") != NULL && strstr (name, "_anon_") == NULL))
        g_array_append_val (list, suite);
    }
  return list;
}

static gboolean
take_number (GArray *list, guint16 number)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, guint16, i) == number)
      {
        g_array_remove_index (list, i);
        return TRUE;
      }
  return FALSE;
}

/* A group of the server's for which a key can be made without a secret, or 0. */
static guint16
group_to_share (const PosternScanVersion *version)
{
  for (guint i = 0; i < version->groups->len; i++)
    if (postern_hello_can_share (g_array_index (version->groups, guint16, i)))
      return g_array_index (version->groups, guint16, i);
  return 0;
}

gboolean
postern_track_is_full (const PosternTrack *self)
{
  return self->kind >= POSTERN_TRACK_FULL;
}

GBytes *
postern_track_make_hello (const PosternTrack *self, const char *server_name, const char *alpn)
{
  gboolean some_signatures =
    self->kind == POSTERN_TRACK_SIGNATURES || self->kind == POSTERN_TRACK_SOME_SIGNATURES;
  g_autoptr(GArray) suites = NULL;
  g_autoptr(GArray) groups = NULL;
  g_autoptr(GArray) signatures = NULL;
  g_autoptr(GArray) in_certificates = NULL;
  PosternHello hello = { .version = self->version->version, .server_name = server_name };

  if (self->kind == POSTERN_TRACK_SUITES || self->kind == POSTERN_TRACK_ORDER)
    suites = g_array_ref (self->left);
  else if (self->kind == POSTERN_TRACK_GROUPS || self->kind == POSTERN_TRACK_SIGNATURES)
    suites = suites_with (self->version, self->kind == POSTERN_TRACK_GROUPS);
  else
    suites = g_array_ref (self->version->suites);
  groups = self->kind == POSTERN_TRACK_GROUPS ? g_array_ref (self->left) : all_groups ();
  signatures = some_signatures ? g_array_ref (self->left) : all_signatures ();
  if (some_signatures)
    in_certificates = all_signatures ();

  hello.suites = suites;
  hello.groups = groups;
  hello.signatures = signatures;
  hello.certificate_signatures = in_certificates;
  if (self->kind == POSTERN_TRACK_SOME_SIGNATURES)
    hello.share = group_to_share (self->version);
  if (self->kind == POSTERN_TRACK_ALPN)
    hello.alpn = alpn;
  return postern_hello_write (&hello);
}

/* --- What is found --- */

static void
keep_flight (PosternScanVersion *version, const PosternServerFlight *flight)
{
  version->renegotiation |= flight->renegotiation;
  version->extended_master_secret |= flight->extended_master_secret;
  version->heartbeat |= flight->heartbeat;
  if (flight->stapled)
    version->stapled = POSTERN_SCAN_YES;
  if (flight->dh_bits > 0 && (version->dh_bits == 0 || flight->dh_bits < version->dh_bits))
    version->dh_bits = flight->dh_bits;
}

static gboolean
take_suite (PosternTrack *self, const PosternServerFlight *flight)
{
  if (!take_number (self->left, flight->suite))
    {
      self->version->complete = TRUE;
      return FALSE;
    }
  self->version->spoken = TRUE;
  g_array_append_val (self->version->suites, flight->suite);
  self->version->complete = self->left->len == 0;
  return self->left->len > 0;
}

static gboolean
take_listed (PosternTrack *self, GArray *found, guint16 number)
{
  if (number == 0 || !take_number (self->left, number))
    return FALSE;
  g_array_append_val (found, number);
  return self->left->len > 0;
}

static void
take_order (PosternTrack *self, guint16 suite)
{
  if (suite == g_array_index (self->left, guint16, 0))
    self->version->order = POSTERN_SCAN_ORDER_CLIENT;
  else if (postern_scan_has (self->left, suite))
    self->version->order = POSTERN_SCAN_ORDER_SERVER;
}

gboolean
postern_track_take_flight (PosternTrack *self, const PosternServerFlight *flight)
{
  PosternScanVersion *version = self->version;

  version->looked = TRUE;
  if (!flight->hello || flight->version != version->version)
    {
      version->complete |= self->kind == POSTERN_TRACK_SUITES;
      if (self->kind == POSTERN_TRACK_SOME_SIGNATURES)
        g_array_set_size (self->left, 0);
      return FALSE;
    }

  keep_flight (version, flight);
  if (self->kind == POSTERN_TRACK_SUITES)
    return take_suite (self, flight);
  if (self->kind == POSTERN_TRACK_GROUPS)
    return take_listed (self, version->groups, flight->group);
  if (self->kind == POSTERN_TRACK_SIGNATURES)
    return take_listed (self, version->signatures, flight->signature);

  if (self->kind == POSTERN_TRACK_ORDER)
    take_order (self, flight->suite);
  else if (self->kind == POSTERN_TRACK_SOME_SIGNATURES && flight->retry)
    g_array_set_size (self->left, 0);
  else if (self->kind == POSTERN_TRACK_ALPN)
    memcpy (version->alpn, flight->alpn, sizeof version->alpn);
  return FALSE;
}

/* --- What is next --- */

PosternTrack *
postern_track_new_first (PosternScanVersion *version)
{
  return postern_track_new (POSTERN_TRACK_SUITES, version, all_suites (version->version));
}

/* The suites are known. */
static void
follow_suites (PosternScanVersion *version, PosternTrackFunc add, gpointer user_data)
{
  g_autoptr(GArray) with_group = suites_with (version, TRUE);
  g_autoptr(GArray) with_signature = suites_with (version, FALSE);

  if (version->suites->len == 0)
    return;
  if (version->suites->len > 1)
    {
      GArray *reversed = list_new ();

      for (guint i = version->suites->len; i > 0; i--)
        g_array_append_val (reversed, g_array_index (version->suites, guint16, i - 1));
      add (postern_track_new (POSTERN_TRACK_ORDER, version, reversed), user_data);
    }
  if (version->version < POSTERN_HELLO_1_3)
    add (postern_track_new (POSTERN_TRACK_ALPN, version, NULL), user_data);
  postern_track_add_full (version, add, user_data);
  if (with_group->len > 0)
    add (postern_track_new (POSTERN_TRACK_GROUPS, version, all_groups ()), user_data);
  if (version->version == POSTERN_HELLO_1_2 && with_signature->len > 0)
    add (postern_track_new (POSTERN_TRACK_SIGNATURES, version, all_signatures ()), user_data);
}

/* A part of the list: whether the server can sign with any of it is asked next. */
static void
add_signatures (PosternScanVersion *version,
                const GArray *list,
                guint from,
                guint to,
                PosternTrackFunc add,
                gpointer user_data)
{
  GArray *part = list_new ();

  g_array_append_vals (part, &g_array_index (list, guint16, from), to - from);
  add (postern_track_new (POSTERN_TRACK_SOME_SIGNATURES, version, part), user_data);
}

/* Where the server could sign with some of several, each half of them is next. */
static void
follow_signatures (PosternTrack *self, PosternTrackFunc add, gpointer user_data)
{
  guint n = self->left->len;

  if (n == 1)
    g_array_append_val (self->version->signatures, g_array_index (self->left, guint16, 0));
  if (n < 2)
    return;
  add_signatures (self->version, self->left, 0, n / 2, add, user_data);
  add_signatures (self->version, self->left, n / 2, n, add, user_data);
}

void
postern_track_follow (PosternTrack *self, PosternTrackFunc add, gpointer user_data)
{
  PosternScanVersion *version = self->version;

  if (self->kind == POSTERN_TRACK_SUITES)
    follow_suites (version, add, user_data);
  else if (self->kind == POSTERN_TRACK_SOME_SIGNATURES)
    follow_signatures (self, add, user_data);
  else if (self->kind == POSTERN_TRACK_GROUPS && version->version >= POSTERN_HELLO_1_3 &&
           group_to_share (version) != 0)
    {
      g_autoptr(GArray) all = all_signatures ();

      add_signatures (version, all, 0, all->len / 4, add, user_data);
      add_signatures (version, all, all->len / 4, all->len / 2, add, user_data);
      add_signatures (version, all, all->len / 2, all->len, add, user_data);
    }
}
