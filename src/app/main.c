/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "session/postern-session.h"

#include "postern-application.h"

#include <glib/gi18n.h>
#include <locale.h>

int
main (int argc, char *argv[])
{
  PosternApplication *application;
  int status;

  postern_session_init_process ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  g_set_application_name (_ ("Postern"));
  application = postern_application_new ();
  status = g_application_run (G_APPLICATION (application), argc, argv);
  g_object_unref (application);
  postern_session_end_process (status);
}
