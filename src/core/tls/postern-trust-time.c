/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tls/postern-trust-look.h"

#include <glib/gi18n.h>

#define SOON_DAYS 30

static char *
format_date (GDateTime *when)
{
  return when != NULL ? g_date_time_format (when, "%Y-%m-%d %H:%M UTC") : g_strdup ("?");
}

/* The sentence that fits the place of a certificate in the chain. */
static char *
place_text (const PosternPathLink *link,
            const char *own,
            const char *sent,
            const char *trusted,
            const char *fact)
{
  const char *format = link->anchor && link->index + !link->sent > 0 ? trusted
                       : link->index == 0                            ? own
                                                                     : sent;

  return g_strdup_printf (format, postern_look_get_label (link), fact);
}

static void
look_at_unreadable (PosternLook *look, const PosternPathLink *link)
{
  postern_look_add (look, "cert.malformed", link, "verify_server",
                    g_strdup_printf (_ ("The dates of “%s” are not written as those of a "
                                        "certificate must be."),
                                     postern_look_get_label (link)));
}

static void
look_at_order_of_dates (PosternLook *look,
                        const PosternPathLink *link,
                        const char *from,
                        const char *until)
{
  postern_look_add (look, "cert.expired", link, "verify_server",
                    g_strdup_printf (_ ("“%s” is never valid: its time begins on %s, after it has "
                                        "ended on %s."),
                                     postern_look_get_label (link), from, until));
}

/* Both dates belong to the time of validity (RFC 5280, section 4.1.2.5). */
static void
look_at_link (PosternLook *look, const PosternPathLink *link)
{
  GDateTime *not_before = postern_certificate_get_not_before (link->certificate);
  GDateTime *not_after = postern_certificate_get_not_after (link->certificate);
  g_autofree char *from = format_date (not_before);
  g_autofree char *until = format_date (not_after);

  if (not_before == NULL || not_after == NULL)
    look_at_unreadable (look, link);
  else if (g_date_time_compare (not_before, not_after) > 0)
    look_at_order_of_dates (look, link, from, until);
  else if (g_date_time_to_unix (not_after) < look->now)
    postern_look_add (look, "cert.expired", link, "verify_server",
                      place_text (link, _ ("The server’s certificate, “%s”, expired on %s."),
                                  _ ("The certificate “%s” in the server’s chain expired on %s."),
                                  _ ("The trusted certificate “%s” expired on %s."), until));
  else if (g_date_time_to_unix (not_before) > look->now)
    postern_look_add (
      look, "cert.not-yet-valid", link, "verify_server",
      place_text (link, _ ("The server’s certificate, “%s”, is not valid before %s."),
                  _ ("The certificate “%s” in the server’s chain is not valid before %s."),
                  _ ("The trusted certificate “%s” is not valid before %s."), from));
  else if (!link->anchor && g_date_time_to_unix (not_after) - look->now < SOON_DAYS * 24 * 60 * 60)
    postern_look_warn (look, "cert.expires-soon", link, "verify_server",
                       g_strdup_printf (_ ("The certificate “%s” expires soon, on %s."),
                                        postern_look_get_label (link), until));
}

void
postern_look_at_dates (PosternLook *look)
{
  for (guint i = 0; i < look->path->n_links; i++)
    look_at_link (look, &look->path->links[i]);
}
