/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-port-words.h"

#include "postern-enum-types.h"
#include "runtime/postern-runtime.h"

#include <glib/gi18n.h>
#include <string.h>

/* The ports of the standards: RFC 8314 and RFC 6409, RFC 2595. */
static const struct
{
  guint starttls;
  guint implicit;
} standard_ports[] = {
  [POSTERN_PROTOCOL_SMTP] = { 587, 465 },
  [POSTERN_PROTOCOL_POP3] = { 110, 995 },
  [POSTERN_PROTOCOL_IMAP] = { 143, 993 },
};

static gboolean
is_mail (const char *protocol)
{
  static const char *const names[] = { "SMTP", "POP3", "IMAP", NULL };

  return protocol != NULL && g_strv_contains (names, protocol);
}

/* The nick of @name where it is a mail protocol, and another one than the account's; or NULL. */
static const char *
other_mail_protocol (const PosternFacts *facts, const char *name)
{
  static const PosternProtocol protocols[] = { POSTERN_PROTOCOL_SMTP, POSTERN_PROTOCOL_POP3,
                                               POSTERN_PROTOCOL_IMAP };

  for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++)
    if (protocols[i] != facts->plan->protocol &&
        g_strcmp0 (name, postern_runtime_protocol_name (protocols[i])) == 0)
      return postern_enum_to_nick (POSTERN_TYPE_PROTOCOL, (int) protocols[i]);
  return NULL;
}

static gboolean
has_capability (const PosternFacts *facts, const char *name)
{
  const char *const *capabilities = facts->clear_capabilities;
  gsize length = strlen (name);

  for (gsize i = 0; capabilities != NULL && capabilities[i] != NULL; i++)
    if (g_ascii_strncasecmp (capabilities[i], name, length) == 0 &&
        (capabilities[i][length] == '\0' || capabilities[i][length] == ' '))
      return TRUE;
  return FALSE;
}

static gboolean
offers_starttls (const PosternFacts *facts)
{
  return has_capability (facts, "STARTTLS") || has_capability (facts, "STLS");
}

/* Where the run has connected: the account may send it somewhere else than its name says. */
static guint
asked_port (const PosternFacts *facts)
{
  return facts->plan->connect_port != 0 ? facts->plan->connect_port : facts->plan->port;
}

/* --- Explanations --- */

/* One more sentence. */
static char *
join (const char *text, char *more)
{
  g_autofree char *sentence = more;

  return sentence != NULL ? g_strdup_printf ("%s %s", text, sentence) : g_strdup (text);
}

/* What the counter-test heard that has no name. */
static char *
quote_heard (const PosternFacts *facts)
{
  if (facts->counter_heard == NULL || facts->counter_protocol != NULL)
    return NULL;
  /* Translators: what a server said, word for word */
  return g_strdup_printf (_ ("The counter-test heard “%s”."), facts->counter_heard);
}

char *
postern_port_explain_implicit_expected (const PosternFacts *facts)
{
  const char *protocol = facts->counter_protocol;
  char *more = NULL;
  g_autofree char *text = g_strdup_printf (
    _ (
      "Port %u was asked in clear text and stayed silent; a counter-test without credentials found "
      "that it speaks TLS from the first byte. Each side was waiting for the other."),
    asked_port (facts));

  if (protocol != NULL && !is_mail (protocol))
    more =
      g_strdup_printf (_ ("Within TLS it answers as %s, which is no protocol of mail."), protocol);
  else if (protocol != NULL)
    more = g_strdup_printf (_ ("Within TLS it answers as %s."), protocol);
  return join (text, more);
}

/* A server that greets with a refusal says no more than that: RFC 5321 section 3.1, RFC 9051
 * section 7.1.5. */
static gboolean
turned_away (const PosternFacts *facts)
{
  const char *heard = facts->counter_heard;

  if (facts->counter != POSTERN_COUNTER_PLAIN || heard == NULL ||
      !is_mail (facts->counter_protocol))
    return FALSE;
  return *heard == '4' || *heard == '5' || g_str_has_prefix (heard, "-ERR") ||
         g_ascii_strncasecmp (heard, "* BYE", 5) == 0;
}

static char *
quote_refusal (const PosternFacts *facts)
{
  /* Translators: what a server said, word for word */
  return g_strdup_printf (_ ("It said: “%s”."), facts->counter_heard);
}

char *
postern_port_explain_plain_first (const PosternFacts *facts)
{
  const char *protocol =
    facts->counter_protocol != NULL ? facts->counter_protocol : facts->failure->detail;
  g_autofree char *text = NULL;

  if (protocol == NULL)
    {
      text = g_strdup_printf (_ ("Port %u was asked for TLS and did not answer with TLS. Programs "
                                 "often report this as “wrong version number”."),
                              asked_port (facts));
      return join (text, quote_heard (facts));
    }
  if (turned_away (facts))
    {
      text =
        g_strdup_printf (_ ("The server turns connections away. It said so in plain text, where "
                            "port %u was asked for "
                            "TLS. It speaks %s; whether it offers STARTTLS was not to be learnt."),
                         asked_port (facts), protocol);
      return join (text, facts->failure->text == NULL ? quote_refusal (facts) : NULL);
    }
  if (facts->counter_starttls)
    return g_strdup_printf (
      _ ("Port %u was asked for TLS and answered in plain text; a counter-test without credentials "
         "found a server that speaks %s and offers STARTTLS. Programs often report this as “wrong "
         "version number”."),
      asked_port (facts), protocol);
  text = g_strdup_printf (
    _ ("Port %u was asked for TLS and answered in plain text; a counter-test without credentials "
       "found a server that speaks %s. Programs often report this as “wrong version number”."),
    asked_port (facts), protocol);
  if (!is_mail (protocol))
    return join (text, g_strdup_printf (_ ("%s is no protocol of mail."), protocol));
  return join (text,
               g_strdup (facts->counter_listed ? _ ("It does not offer STARTTLS.")
                                               : _ ("It did not say whether it offers STARTTLS.")));
}

char *
postern_port_explain_silent (const PosternFacts *facts)
{
  if (facts->counter_heard == NULL)
    return g_strdup_printf (
      _ (
        "The connection to port %u stands, but nothing came, and a counter-test on a connection of "
        "its own got no answer either. Whether the port speaks TLS is not known. A firewall may "
        "hold the data back, or the server is stuck, or it serves one connection at a time."),
      asked_port (facts));
  return g_strdup_printf (
    _ ("The connection to port %u stands, but nothing came, and a counter-test found neither TLS "
       "nor a web server. A firewall may hold the data back, or the server is stuck."),
    asked_port (facts));
}

char *
postern_port_explain_other_protocol (const PosternFacts *facts)
{
  const char *protocol =
    facts->failure->detail != NULL ? facts->failure->detail : facts->counter_protocol;
  /* Translators: the name of a protocol, a port number, and the name of another protocol */
  g_autofree char *text =
    g_strdup_printf (_ ("The session was to be %s, and port %u answers as %s."),
                     postern_runtime_protocol_name (facts->plan->protocol), asked_port (facts),
                     protocol != NULL ? protocol : _ ("something else"));

  return join (text, facts->counter != POSTERN_COUNTER_NONE && facts->counter_heard != NULL
                       ? g_strdup_printf (_ ("It waits to be spoken to: a counter-test without "
                                             "credentials did so, and heard “%s”."),
                                          facts->counter_heard)
                       : NULL);
}

/* What shows that this server has TLS, though it does not list STARTTLS. */
static char *
hint_at_stripping (const PosternFacts *facts)
{
  if (has_capability (facts, "LOGINDISABLED"))
    return g_strdup (_ ("It lists LOGINDISABLED, so that nobody could log on here without TLS: "
                        "something on the way has probably taken STARTTLS out."));
  if (has_capability (facts, "X-ANONYMOUSTLS"))
    return g_strdup (_ ("It lists X-ANONYMOUSTLS, so it knows TLS: either no certificate is "
                        "assigned to this service, or something on the way has taken STARTTLS "
                        "out."));
  if (facts->plan->protocol == POSTERN_PROTOCOL_POP3 && facts->clear_capabilities != NULL &&
      facts->clear_capabilities[0] != NULL && !has_capability (facts, "USER") &&
      !has_capability (facts, "SASL"))
    return g_strdup (_ ("It lists no way to log on either, so that nobody could do so here without "
                        "TLS: something on the way has probably taken STLS out."));
  return NULL;
}

char *
postern_port_explain_no_starttls (const PosternFacts *facts)
{
  g_autofree char *offered =
    facts->clear_capabilities != NULL && facts->clear_capabilities[0] != NULL
      ? g_strjoinv (", ", (char **) facts->clear_capabilities)
      : g_strdup (_ ("nothing"));
  g_autofree char *listed = facts->tls_capabilities != NULL
                              ? g_strjoinv (", ", (char **) facts->tls_capabilities)
                              : g_strdup ("");
  g_autofree char *text = NULL;

  if (facts->plan->tls == POSTERN_TLS_START_IMPLICIT)
    return g_strdup_printf (
      _ (
        "“TLS:” and the driver UStartTLSSMTP exclude each other: the connection had TLS from the "
        "first byte, and under TLS no server offers STARTTLS. Nothing more was sent. Offered: %s."),
      *listed != '\0' ? listed : _ ("nothing"));

  text = g_strdup_printf (
    facts->plan->protocol == POSTERN_PROTOCOL_POP3
      ? _ ("The account wants TLS by STARTTLS, which is STLS in POP3, and the server does not list "
           "it. Nothing more was sent. Either this port has TLS from the first byte or none, or "
           "something on the way removed it. Offered: %s.")
      : _ ("The account wants TLS by STARTTLS, and the server does not list it. Nothing more was "
           "sent. Either this port has TLS from the first byte or none, or something on the way "
           "removed it. Offered: %s."),
    offered);

  return join (text, hint_at_stripping (facts));
}

gboolean
postern_port_starttls_was_lost (const PosternFacts *facts)
{
  return facts->failure != NULL && strcmp (facts->failure->code, "starttls.refused") == 0 &&
         facts->failure->reply_code == 500 && offers_starttls (facts);
}

char *
postern_port_explain_refused_starttls (const PosternFacts *facts)
{
  const char *text =
    _ ("The account wants TLS, so the session ended here and no credentials were sent.");

  return join (text, postern_port_starttls_was_lost (facts)
                       ? g_strdup (_ ("The server had listed STARTTLS, and did not know the "
                                      "command when it came."))
                       : NULL);
}

/* --- Remedies --- */

/* The change to another start of TLS: on @port, or on whatever port there is when that is 0, and
 * for another protocol where @protocol names one. */
static GVariant *
change_tls (PosternTlsStart tls, guint port, const char *protocol)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "tls", "s",
                         tls == POSTERN_TLS_START_IMPLICIT ? "implicit" : "starttls");
  if (port != 0)
    g_variant_dict_insert (&dict, "port", "q", (guint16) port);
  if (protocol != NULL)
    g_variant_dict_insert (&dict, "protocol", "s", protocol);
  return g_variant_dict_end (&dict);
}

/* The account's port, where that is the one that was tried; else 0. */
static guint
proved_port (const PosternFacts *facts)
{
  return asked_port (facts) == facts->plan->port ? facts->plan->port : 0;
}

static gboolean
is_uniface (const PosternFacts *facts)
{
  return facts->runtime != NULL && facts->runtime == postern_runtime_get (POSTERN_SYSTEM_UNIFACE);
}

static gboolean
has_starttls_driver (PosternPlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    if (((const PosternPlanStep *) plan->steps->pdata[i])->kind == POSTERN_PLAN_STARTTLS)
      return TRUE;
  return FALSE;
}

/* The same in what Uniface calls it: spec/uniface.md sections 3, 7 and 10. */
static char *
say_in_uniface (const PosternFacts *facts, PosternTlsStart tls, guint port)
{
  const char *host = facts->plan->host;

  if (tls != POSTERN_TLS_START_IMPLICIT && facts->plan->protocol != POSTERN_PROTOCOL_SMTP)
    return g_strdup (_ ("In Uniface LogonMail cannot begin TLS later; only “TLS:” does it."));
  if (tls != POSTERN_TLS_START_IMPLICIT)
    /* Translators: a host name, and a port number */
    return g_strdup_printf (
      _ ("In Uniface: drop “TLS:”, so that the server is “%s+%u”, and put the "
         "driver SMTP=UStartTLSSMTP first."),
      host, port);
  if (has_starttls_driver (facts->plan))
    return g_strdup_printf (_ ("In Uniface: write the server as “TLS:%s+%u”, and take the driver "
                               "SMTP=UStartTLSSMTP out."),
                            host, port);
  return g_strdup_printf (_ ("In Uniface: write the server as “TLS:%s+%u”."), host, port);
}

/* Another start of TLS, in the words of the account's system as well. */
static void
add_tls_remedy (const PosternFacts *facts,
                PosternFinding *finding,
                const char *text,
                PosternTlsStart tls,
                guint port,
                const char *protocol)
{
  g_autofree char *whole = join (
    text,
    is_uniface (facts) ? say_in_uniface (facts, tls, port != 0 ? port : facts->plan->port) : NULL);

  postern_finding_add_remedy (finding, whole, change_tls (tls, port, protocol));
}

/* Nobody has tried that port: the text says so. */
static void
remedy_implicit_port (const PosternFacts *facts, PosternFinding *finding)
{
  guint port = standard_ports[facts->plan->protocol].implicit;
  g_autofree char *text =
    g_strdup_printf (_ ("Use the port with TLS from the first byte: %u by the standard. It was not "
                        "tested."),
                     port);

  if (facts->plan->port != port)
    add_tls_remedy (facts, finding, text, POSTERN_TLS_START_IMPLICIT, port, NULL);
}

/* The same, for the start of TLS that the account has. */
static void
remedy_standard_port (const PosternFacts *facts, PosternFinding *finding)
{
  guint port = standard_ports[facts->plan->protocol].starttls;
  g_autofree char *text = NULL;

  if (facts->plan->tls == POSTERN_TLS_START_IMPLICIT)
    {
      remedy_implicit_port (facts, finding);
      return;
    }
  if (facts->plan->port == port)
    return;
  /* Translators: the name of a protocol, and a port number */
  text = g_strdup_printf (_ ("Use the port of %s: %u by the standard, with STARTTLS. It was not "
                             "tested."),
                          postern_runtime_protocol_name (facts->plan->protocol), port);
  add_tls_remedy (facts, finding, text, POSTERN_TLS_START_STARTTLS, port, NULL);
}

static void
remedy_implicit_expected (const PosternFacts *facts, PosternFinding *finding)
{
  const char *protocol = other_mail_protocol (facts, facts->counter_protocol);
  g_autofree char *text = NULL;

  if (facts->counter_protocol != NULL && !is_mail (facts->counter_protocol))
    {
      remedy_standard_port (facts, finding);
      return;
    }
  if (protocol != NULL)
    text = g_strdup_printf (
      _ ("Use TLS from the first byte on this port, and %s as the protocol: a counter-test has "
         "proved it."),
      facts->counter_protocol);
  add_tls_remedy (
    facts, finding,
    text != NULL
      ? text
      : _ ("Use TLS from the first byte on this port: a counter-test has proved that it does so."),
    POSTERN_TLS_START_IMPLICIT, proved_port (facts), protocol);
}

/* @name is another protocol, whose port for TLS nobody has tried. */
static void
remedy_protocol_at_tls (PosternFinding *finding, const char *name, const char *nick)
{
  int protocol = POSTERN_PROTOCOL_SMTP;
  g_autofree char *text = NULL;

  postern_enum_from_nick (POSTERN_TYPE_PROTOCOL, nick, &protocol);
  /* Translators: the name of a protocol, and a port number */
  text = g_strdup_printf (_ ("Change the protocol of the account to %s, and use its port with TLS "
                             "from the first byte: %u by the standard. It was not tested."),
                          name, standard_ports[protocol].implicit);
  postern_finding_add_remedy (
    finding, text,
    change_tls (POSTERN_TLS_START_IMPLICIT, standard_ports[protocol].implicit, nick));
}

static void
remedy_plain_first (const PosternFacts *facts, PosternFinding *finding)
{
  const char *name =
    facts->counter_protocol != NULL ? facts->counter_protocol : facts->failure->detail;
  const char *protocol = other_mail_protocol (facts, name);
  g_autofree char *text = NULL;

  if (turned_away (facts))
    postern_finding_add_remedy (finding,
                                _ ("Try again later. If it stays so, ask the server’s "
                                   "administrator why this address is turned away."),
                                NULL);
  if (!facts->counter_starttls)
    {
      if (protocol != NULL)
        remedy_protocol_at_tls (finding, name, protocol);
      else
        remedy_implicit_port (facts, finding);
      return;
    }
  if (protocol != NULL)
    text = g_strdup_printf (
      _ ("Use STARTTLS on this port, and %s as the protocol: a counter-test has seen it offered."),
      name);
  add_tls_remedy (
    facts, finding,
    text != NULL ? text : _ ("Use STARTTLS on this port: a counter-test has seen it offered."),
    POSTERN_TLS_START_STARTTLS, proved_port (facts), protocol);
}

/* No change: nothing is proved. */
static void
remedy_silent (const PosternFacts *facts, PosternFinding *finding)
{
  if (facts->counter_heard == NULL)
    postern_finding_add_remedy (
      finding,
      _ ("Try TLS from the first byte on this port: a server that waits for it is silent."), NULL);
}

/* Where it is a mail server, only of another kind, the account can follow; else its port is
 * wrong. */
static void
remedy_other_protocol (const PosternFacts *facts, PosternFinding *finding)
{
  const char *name =
    facts->failure->detail != NULL ? facts->failure->detail : facts->counter_protocol;
  const char *protocol = other_mail_protocol (facts, name);

  if (protocol != NULL)
    {
      g_autofree char *text =
        g_strdup_printf (_ ("Change the protocol of the account to %s."), name);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "protocol", "s", protocol);
      postern_finding_add_remedy (finding, text, g_variant_dict_end (&dict));
    }
  remedy_standard_port (facts, finding);
}

/* Under TLS there is nothing left to start. */
static void
remedy_not_offered (const PosternFacts *facts, PosternFinding *finding)
{
  if (facts->plan->tls != POSTERN_TLS_START_IMPLICIT)
    remedy_implicit_port (facts, finding);
  else
    postern_finding_add_remedy (
      finding,
      _ ("Take UStartTLSSMTP out of the security drivers: “TLS:” protects the session already."),
      change_tls (POSTERN_TLS_START_IMPLICIT, 0, NULL));
}

void
postern_port_add_middlebox_remedies (const PosternFacts *facts, PosternFinding *finding)
{
  remedy_implicit_port (facts, finding);
  postern_finding_add_remedy (
    finding,
    _ ("Ask the administrator of the network to switch off the inspection of mail; on firewalls of "
       "Cisco it is called “inspect esmtp” or “fixup protocol smtp”. Trying from another network "
       "shows whether that is the reason."),
    NULL);
}

/**
 * postern_port_add_remedies:
 * @facts: a run that failed
 * @finding: the first cause; nothing is added where it is about something else
 *
 * A change is either proved by a counter-test, or the port of the standard; the text tells which.
 */
void
postern_port_add_remedies (const PosternFacts *facts, PosternFinding *finding)
{
  static const struct
  {
    const char *code;
    void (*add) (const PosternFacts *facts, PosternFinding *finding);
  } remedies[] = {
    { "tls.implicit-expected", remedy_implicit_expected },
    { "tls.plain-first", remedy_plain_first },
    { "greeting.silent", remedy_silent },
    { "greeting.other-protocol", remedy_other_protocol },
    { "middlebox.mangled", postern_port_add_middlebox_remedies },
    { "starttls.not-offered", remedy_not_offered },
    { "starttls.refused", remedy_implicit_port },
    { "starttls.injected", remedy_implicit_port },
    { "starttls.preauth", remedy_implicit_port },
  };
  const char *code = facts->failure->code;

  for (gsize i = 0; i < G_N_ELEMENTS (remedies); i++)
    if (strcmp (remedies[i].code, code) == 0)
      remedies[i].add (facts, finding);
  if (strcmp (code, "auth.needs-tls") == 0 && facts->plan->tls != POSTERN_TLS_START_IMPLICIT &&
      !offers_starttls (facts))
    remedy_implicit_port (facts, finding);
  if ((strcmp (code, "auth.not-offered") == 0 || strcmp (code, "auth.needs-tls") == 0) &&
      offers_starttls (facts))
    add_tls_remedy (facts, finding, _ ("Start TLS with STARTTLS before logging on."),
                    POSTERN_TLS_START_STARTTLS, proved_port (facts), NULL);
}
