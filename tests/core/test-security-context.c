/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "runtime/postern-security-context.h"

#include <glib/gstdio.h>
#include <string.h>

#define A "SMTP=UStartTLSSMTP"
#define B "SMTP=UAuthLoginSMTP"
#define C "SMTP=UAuthXOAUTH2SMTP"

/* One call: S PROPERTIES, G NUMBER, L STATUS (of the logon), O STATUS (of the logoff), X (lost) and
 * the status that is due; then the state and the queue. */
typedef struct
{
  const char *call;
  int status;
} Call;

typedef struct
{
  const char *name;
  Call calls[8];
  PosternContextState state;
  const char *queue; /* properties, blanks between */
} Case;

static const Case cases[] = {
  /* The table of section 5: from, event, to. */
  { "empty/accepted", { { "S" A, 0 } }, POSTERN_CONTEXT_OPEN, A },
  { "open/accepted", { { "S" A, 0 }, { "S" B, 0 } }, POSTERN_CONTEXT_OPEN, A " " B },
  { "used/accepted",
    { { "S" A, 0 }, { "L", 0 }, { "O", 0 }, { "S" B, 0 } },
    POSTERN_CONTEXT_OPEN,
    B },
  { "used/appends-again",
    { { "S" A, 0 }, { "L", 0 }, { "O", 0 }, { "S" B, 0 }, { "S" C, 0 } },
    POSTERN_CONTEXT_OPEN,
    B " " C },
  { "empty/refused", { { "SSMTP=UNothing", -5 } }, POSTERN_CONTEXT_EMPTY, "" },
  { "open/refused",
    { { "S" A, 0 }, { "SSMTP=UNothing", -5 }, { "SSMTP", -2 } },
    POSTERN_CONTEXT_OPEN,
    A },
  { "used/refused",
    { { "S" A, 0 }, { "L", -8 }, { "SSMTP=;USE=OPT", -2 } },
    POSTERN_CONTEXT_USED,
    A },
  { "empty/removed", { { "SSMTP=", 0 } }, POSTERN_CONTEXT_EMPTY, "" },
  { "open/removed", { { "S" A, 0 }, { "SSMTP=", 0 } }, POSTERN_CONTEXT_EMPTY, "" },
  { "used/removed", { { "S" A, 0 }, { "L", -7 }, { "Ssmtp=", 0 } }, POSTERN_CONTEXT_EMPTY, "" },
  { "locked/set", { { "S" A, 0 }, { "L", 0 }, { "S" B, -3 } }, POSTERN_CONTEXT_LOCKED, A },
  { "locked/removed", { { "S" A, 0 }, { "L", 0 }, { "SSMTP=", -3 } }, POSTERN_CONTEXT_LOCKED, A },
  { "locked/refused",
    { { "S" A, 0 }, { "L", 0 }, { "SSMTP=UNothing", -3 } },
    POSTERN_CONTEXT_LOCKED,
    A },
  { "empty/logon", { { "L", 0 } }, POSTERN_CONTEXT_LOCKED, "" },
  { "empty/logon/set", { { "L", 0 }, { "S" A, -3 } }, POSTERN_CONTEXT_LOCKED, "" },
  { "open/logon", { { "S" A, 0 }, { "L", 0 } }, POSTERN_CONTEXT_LOCKED, A },
  { "used/logon", { { "S" A, 0 }, { "L", -8 }, { "L", 0 } }, POSTERN_CONTEXT_LOCKED, A },
  { "empty/logon-7", { { "L", -7 } }, POSTERN_CONTEXT_USED, "" },
  { "empty/logon-8", { { "L", -8 } }, POSTERN_CONTEXT_USED, "" },
  { "open/logon-7", { { "S" A, 0 }, { "L", -7 }, { "S" B, 0 } }, POSTERN_CONTEXT_OPEN, B },
  { "open/logon-8", { { "S" A, 0 }, { "L", -8 }, { "S" B, 0 } }, POSTERN_CONTEXT_OPEN, B },
  { "used/logon-8", { { "S" A, 0 }, { "L", -8 }, { "L", -8 } }, POSTERN_CONTEXT_USED, A },
  { "empty/logon-9", { { "L", -9 } }, POSTERN_CONTEXT_EMPTY, "" },
  { "open/logon-9", { { "S" A, 0 }, { "L", -9 }, { "S" B, 0 } }, POSTERN_CONTEXT_OPEN, A " " B },
  { "open/logon-2", { { "S" A, 0 }, { "L", -2 }, { "S" B, 0 } }, POSTERN_CONTEXT_OPEN, A " " B },
  { "open/logon-5", { { "S" A, 0 }, { "L", -5 } }, POSTERN_CONTEXT_OPEN, A },
  { "used/logon-9",
    { { "S" A, 0 }, { "L", -8 }, { "L", -9 }, { "S" B, 0 } },
    POSTERN_CONTEXT_OPEN,
    B },
  { "locked/logoff", { { "S" A, 0 }, { "L", 0 }, { "O", 0 } }, POSTERN_CONTEXT_USED, A },
  { "locked/logoff-9", { { "S" A, 0 }, { "L", 0 }, { "O", -9 } }, POSTERN_CONTEXT_USED, A },
  { "locked/lost", { { "S" A, 0 }, { "L", 0 }, { "X", 0 } }, POSTERN_CONTEXT_USED, A },
  { "empty/logoff", { { "O", -8 } }, POSTERN_CONTEXT_EMPTY, "" },
  { "open/logoff", { { "S" A, 0 }, { "O", -8 } }, POSTERN_CONTEXT_OPEN, A },
  { "used/logoff", { { "S" A, 0 }, { "L", -8 }, { "O", -8 } }, POSTERN_CONTEXT_USED, A },
  { "open/lost", { { "S" A, 0 }, { "X", 0 } }, POSTERN_CONTEXT_OPEN, A },

  /* Section 12. */
  { "get",
    { { "S" A, 0 }, { "S" B, 0 }, { "G1", 0 }, { "G2", 0 }, { "G3", -1 }, { "G0", -1 } },
    POSTERN_CONTEXT_OPEN,
    A " " B },
  { "get-after-removal",
    { { "S" A, 0 }, { "SSMTP=", 0 }, { "G1", -1 } },
    POSTERN_CONTEXT_EMPTY,
    "" },
  { "twice", { { "S" B, 0 }, { "S" B, 0 } }, POSTERN_CONTEXT_OPEN, B " " B },

  /* What SetSecurity takes. */
  { "case",
    { { "Ssmtp=UAuthLoginSMTP;use=opt", 0 }, { "SSMTP=uauthloginsmtp", -5 } },
    POSTERN_CONTEXT_OPEN,
    "smtp=UAuthLoginSMTP;use=opt" },
  { "use",
    { { "S" B ";USE=MAND", 0 }, { "S" B ";USE=MAYBE", -2 }, { "S" B ";USED=OPT", -2 } },
    POSTERN_CONTEXT_OPEN,
    B ";USE=MAND" },
  { "gold",
    { { "S" B "\x1b"
        "USE=OPT",
        0 } },
    POSTERN_CONTEXT_OPEN,
    B "\x1b"
      "USE=OPT" },
  { "other-type",
    { { "SPOP=UAuthLoginSMTP", -5 }, { "SSMTP=UAuthXOAUTH2POP", -5 } },
    POSTERN_CONTEXT_EMPTY,
    "" },
  { "keyword",
    { { "S", -2 }, { "SSMTP", -2 }, { "SIMAP=UAuthLoginSMTP", -2 } },
    POSTERN_CONTEXT_EMPTY,
    "" },
};

static void
play (PosternSecurityContext *context, const Call *call)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternDriver) driver = postern_driver_new (call->call + 1, "USER=u;PASSWORD=p");
  g_autofree char *info = NULL;
  const char *properties;

  g_test_message ("%s", call->call);
  switch (*call->call)
    {
    case 'S':
      g_assert_cmpint (postern_security_context_set (context, driver, NULL, findings), ==,
                       call->status);
      g_assert_cmpint (findings->len > 0, ==, call->status != 0 && call->status != -3);
      break;

    case 'G':
      g_assert_cmpint (
        postern_security_context_get (context, (guint) atoi (call->call + 1), &properties, &info),
        ==, call->status);
      g_assert_cmpstr (info, ==, call->status == 0 ? "INUSE=FALSE" : NULL);
      break;

    case 'L':
      postern_security_context_logon (context, call->status, NULL);
      break;

    case 'O':
      postern_security_context_logoff (context, call->status);
      break;

    default:
      postern_security_context_lost (context);
    }
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr(PosternSecurityContext) context = postern_security_context_new ();
  g_autoptr(GString) queue = g_string_new (NULL);
  GPtrArray *drivers = postern_security_context_get_drivers (context);

  for (guint i = 0; i < G_N_ELEMENTS (test->calls) && test->calls[i].call != NULL; i++)
    play (context, &test->calls[i]);
  for (guint i = 0; i < drivers->len; i++)
    g_string_append_printf (queue, "%s%s", i > 0 ? " " : "",
                            postern_driver_get_properties (drivers->pdata[i]));
  g_assert_cmpint (postern_security_context_get_state (context), ==, test->state);
  g_assert_cmpstr (queue->str, ==, test->queue);
}

static int
set (PosternSecurityContext *context, const char *properties, PosternAsn *asn)
{
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PosternDriver) driver = postern_driver_new (properties, "");

  return postern_security_context_set (context, driver, asn, findings);
}

/* 255 bytes, and not one more. */
static void
test_length (void)
{
  g_autoptr(PosternSecurityContext) context = postern_security_context_new ();
  g_autoptr(GString) properties = g_string_new (B ";USE=");

  while (properties->len < 255 - strlen ("OPT"))
    g_string_append_c (properties, ' ');
  g_string_append (properties, "OPT");
  g_assert_cmpint (set (context, properties->str, NULL), ==, 0);
  g_string_append_c (properties, ' ');
  g_assert_cmpint (set (context, properties->str, NULL), ==, -2);
}

/* [USER_3GL] decides, where there is an assignment file with names in it. */
static void
test_assignment_file (void)
{
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(PosternAsn) asn = NULL;
  g_autoptr(PosternSecurityContext) context = postern_security_context_new ();
  int fd = g_file_open_tmp ("postern-XXXXXX.asn", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (path, "[USER_3GL]\nlib/ustarttls(UStartTLSSMTP)\n", -1, &error);
  g_assert_no_error (error);
  asn = postern_asn_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (set (context, A, asn), ==, 0);
  g_assert_cmpint (set (context, B, asn), ==, -5);
  g_assert_cmpint (set (context, "SMTP=", asn), ==, 0);
  g_unlink (path);
}

/* What the drivers learned is told while there is a connection, and after it. */
static void
test_runtime_info (void)
{
  g_autoptr(PosternSecurityContext) context = postern_security_context_new ();
  g_autoptr(GPtrArray) uses =
               g_ptr_array_new_with_free_func ((GDestroyNotify) postern_driver_use_free);
  PosternDriverUse *first = postern_driver_use_new ("UStartTLSSMTP");
  PosternDriverUse *second = postern_driver_use_new ("UAuthNTLMSMTP");
  const char *properties;
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *after = NULL;

  first->in_use = FALSE;
  second->in_use = TRUE;
  g_strfreev (second->items);
  second->items = g_strsplit ("CHARSET=UNICODE,TARGETINFO=TRUE,X=a\x1b"
                              "b",
                              ",", -1);
  g_ptr_array_add (uses, first);
  g_ptr_array_add (uses, second);
  set (context, A ";USE=OPT", NULL);
  set (context, B, NULL);
  postern_security_context_logon (context, 0, uses);

  g_assert_cmpint (postern_security_context_get (context, 1, &properties, &one), ==, 0);
  g_assert_cmpstr (one, ==, "INUSE=FALSE");
  g_assert_cmpstr (properties, ==, A ";USE=OPT");
  g_assert_cmpint (postern_security_context_get (context, 2, &properties, &two), ==, 0);
  g_assert_cmpstr (two, ==,
                   "INUSE=TRUE\x1b"
                   "CHARSET=UNICODE\x1b"
                   "TARGETINFO=TRUE\x1b"
                   "X=a!\x1b"
                   "b");
  postern_security_context_logoff (context, 0);
  g_assert_cmpint (postern_security_context_get (context, 2, &properties, &after), ==, 0);
  g_assert_true (g_str_has_prefix (after, "INUSE=FALSE\x1b"
                                          "CHARSET=UNICODE"));
}

static void
test_find (void)
{
  PosternProtocol protocol = POSTERN_PROTOCOL_IMAP;

  g_assert_true (postern_security_context_find ("pop=", &protocol));
  g_assert_cmpint (protocol, ==, POSTERN_PROTOCOL_POP3);
  g_assert_true (postern_security_context_find ("Smtp=x", &protocol));
  g_assert_cmpint (protocol, ==, POSTERN_PROTOCOL_SMTP);
  g_assert_false (postern_security_context_find ("", &protocol));
  g_assert_false (postern_security_context_find ("SMTP", &protocol));
  g_assert_false (postern_security_context_find ("IMAP=x", &protocol));
  g_assert_false (postern_security_context_find ("\xff", &protocol));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/security-context/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/security-context/length", test_length);
  g_test_add_func ("/security-context/assignment-file", test_assignment_file);
  g_test_add_func ("/security-context/runtime-info", test_runtime_info);
  g_test_add_func ("/security-context/find", test_find);
  return g_test_run ();
}
