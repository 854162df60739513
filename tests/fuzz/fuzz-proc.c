/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "upopmail/postern-proc-script.h"

#include <stdint.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A jump leads into the script or to its end, and every call has what its operation needs. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(PosternProcScript) script = postern_proc_script_parse ((const char *) data, size);

  for (guint i = 0; i < script->statements->len && script->n_errors == 0; i++)
    {
      const PosternProcStatement *statement = script->statements->pdata[i];

      if (statement->kind == POSTERN_PROC_IF || statement->kind == POSTERN_PROC_JUMP)
        g_assert_true (statement->jump > i && statement->jump <= script->statements->len);
      if (statement->kind == POSTERN_PROC_CALL)
        g_assert_cmpuint (g_strv_length (statement->call->arguments), >=,
                          statement->call->operation->n_needed);
    }
  return 0;
}

#ifndef POSTERN_LIBFUZZER

/* Without a fuzzer: runs the files it is given, and every beginning of them. */
int
main (int argc, char *argv[])
{
  for (int i = 1; i < argc; i++)
    {
      g_autofree char *contents = NULL;
      g_autoptr(GError) error = NULL;
      gsize length;

      if (!g_file_get_contents (argv[i], &contents, &length, &error))
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      for (gsize n = 0; n <= length; n++)
        LLVMFuzzerTestOneInput ((const uint8_t *) contents, n);
    }
  return 0;
}

#endif
