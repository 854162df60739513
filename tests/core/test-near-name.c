/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-near-name.h"

static void
test_near_names (void)
{
  static const struct
  {
    const char *asked;
    const char *names; /* separated by blanks */
    PosternNearness nearness;
    const char *nearest;
  } rows[] = {
    { "a.b.example.org", "x.test *.example.org", POSTERN_NEAR_WILDCARD_DEEP, "*.example.org" },
    { "example.org", "*.example.org", POSTERN_NEAR_WILDCARD_BARE, "*.example.org" },
    { "mail.example.org", "m*l.example.org", POSTERN_NEAR_WILDCARD_INSIDE, "m*l.example.org" },
    { "mail.example.org", "mail.*.org", POSTERN_NEAR_WILDCARD_INSIDE, "mail.*.org" },
    { "192.0.2.7", "mail.example.org 192.0.2.7", POSTERN_NEAR_ADDRESS, "192.0.2.7" },
    { "192.0.2.7", "mail.example.org 192.0.2.8", POSTERN_NEAR_NONE, NULL },
    { "mail.example.org", "example.org", POSTERN_NEAR_LABEL_MORE, "example.org" },
    { "www.mail.example.org", "mail.example.org", POSTERN_NEAR_LABEL_MORE, "mail.example.org" },
    { "example.org", "mail.example.org", POSTERN_NEAR_LABEL_LESS, "mail.example.org" },
    { "mail", "smtp.example.org mail.example.org", POSTERN_NEAR_SHORT, "mail.example.org" },
    { "mial.example.org", "imap.example.org mail.example.org", POSTERN_NEAR_SPELLING,
      "mail.example.org" },
    { "mail.exmple.org", "mail.example.org", POSTERN_NEAR_SPELLING, "mail.example.org" },
    { "smtp.example.org", "imap.hoster.test imap.example.org", POSTERN_NEAR_SIBLING,
      "imap.example.org" },
    { "mail.example.org", "mail.example.com", POSTERN_NEAR_ENDING, "mail.example.com" },
    { "a.b.example.org", "x.y.z.example.org", POSTERN_NEAR_DOMAIN, "x.y.z.example.org" },
    { "a.b.example.org", "*.eu.example.org", POSTERN_NEAR_DOMAIN, "*.eu.example.org" },
    { "mail.localhost", "*.localhost", POSTERN_NEAR_WILDCARD_TOP, "*.localhost" },
    { "a.b.lan", "*.lan", POSTERN_NEAR_WILDCARD_TOP, "*.lan" },
    { "lan", "*.lan", POSTERN_NEAR_WILDCARD_TOP, "*.lan" },
    { "mail.example.lan", "*.lan other.example.lan", POSTERN_NEAR_SIBLING, "other.example.lan" },
    { "mail.example.org", "*.lan", POSTERN_NEAR_NONE, NULL },
    { "mail.example.org", "server.hoster.test *.hoster.test", POSTERN_NEAR_NONE, NULL },
    { "mail.example.org", "", POSTERN_NEAR_NONE, NULL },
    { "MAIL.Example.org.", "Example.ORG", POSTERN_NEAR_LABEL_MORE, "Example.ORG" },
    { "a.test", "b.test", POSTERN_NEAR_NONE, NULL },
    { "pop.example.org", "imap.example.org pop3.example.org", POSTERN_NEAR_SIBLING,
      "imap.example.org" },
    { "ab.cd", "ax.yd", POSTERN_NEAR_NONE, NULL },
    { ".", ". * *. .. a", POSTERN_NEAR_WILDCARD_INSIDE, "*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) names = g_strsplit (rows[i].names, " ", -1);
      PosternNearness nearness;
      const char *nearest =
        postern_near_name_find ((const char *const *) names, rows[i].asked, &nearness);

      g_test_message ("%s: %s: %s", rows[i].asked, rows[i].names, nearest);
      g_assert_cmpstr (nearest, ==, rows[i].nearest);
      g_assert_cmpint (nearness, ==, rows[i].nearness);
    }
}

/* No name is too long, or has too many asterisks. */
static void
test_endless_names (void)
{
  g_autofree char *stars = g_strnfill (60000, '*');
  g_autofree char *letters = g_strnfill (60000, 'a');
  const char *const names[] = { stars, letters, "mail.example.org", NULL };
  PosternNearness nearness;

  g_assert_null (postern_near_name_find (names, letters + 59000, &nearness));
  g_assert_cmpstr (postern_near_name_find (names, "smtp.example.org", &nearness), ==,
                   "mail.example.org");
}

/* What the owner of a domain answers for. */
static void
test_related (void)
{
  static const struct
  {
    const char *name;
    const char *asked;
    gboolean related;
  } rows[] = {
    { "imap.example.org", "mail.example.org", TRUE },
    { "example.org", "mail.example.org", TRUE },
    { "mail.example.org", "Example.org.", TRUE },
    { "a.b.example.org", "mail.example.org", TRUE },
    { "mail.example.org", "a.b.example.org", TRUE },
    { "mail.hoster.test", "mail.example.org", FALSE },
    { "mail.example.com", "mail.example.org", FALSE },
    { "mail.exarnple.org", "mail.example.org", FALSE },
    { "mail.shop.co.uk", "mail.else.co.uk", FALSE },
    { "shop.co.uk", "else.co.uk", FALSE },
    { "mail.shop.co.uk", "shop.co.uk", TRUE },
    { "mail.org", "example.org", FALSE },
    { "example.org", "org", FALSE },
    { "mail.example.org", "192.0.2.1", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s %s", rows[i].name, rows[i].asked);
      g_assert_cmpint (postern_near_name_is_related (rows[i].name, rows[i].asked), ==,
                       rows[i].related);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/near-name/nearest", test_near_names);
  g_test_add_func ("/near-name/endless", test_endless_names);
  g_test_add_func ("/near-name/related", test_related);
  return g_test_run ();
}
