/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "cli-forms.h"

#include <json-glib/json-glib.h>
#include <string.h>

static CliForms *
forms_new (void)
{
  CliForms *forms = g_new0 (CliForms, 1);

  forms->names = g_ptr_array_new_with_free_func (g_free);
  forms->needles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return forms;
}

void
cli_forms_free (CliForms *forms)
{
  g_ptr_array_unref (forms->names);
  g_ptr_array_unref (forms->needles);
  g_free (forms);
}

void
cli_forms_add (CliForms *forms, const char *name, const char *bytes, gsize length)
{
  if (length < 4)
    return;
  g_ptr_array_add (forms->names, g_strdup (name));
  g_ptr_array_add (forms->needles, g_bytes_new (bytes, length));
}

/* Which characters of Base64 depend on the secret alone when @offset bytes stand before it: those
 * that come out the same whatever stands around it. */
static void
add_base64 (CliForms *forms, const char *bytes, gsize length, gsize offset)
{
  guchar *padded[2];
  g_autofree char *zeros = NULL;
  g_autofree char *ones = NULL;
  gsize total = offset + length + 3;
  gsize first = 0;
  gsize last;

  for (int i = 0; i < 2; i++)
    {
      padded[i] = g_malloc (total);
      memset (padded[i], i == 0 ? 0 : 0xff, total);
      memcpy (padded[i] + offset, bytes, length);
    }
  zeros = g_base64_encode (padded[0], total);
  ones = g_base64_encode (padded[1], total);
  while (zeros[first] != ones[first])
    first++;
  last = first;
  while (zeros[last] != '\0' && zeros[last] == ones[last])
    last++;
  cli_forms_add (forms, "Base64", zeros + first, last - first);
  g_strdelimit (zeros, "+", '-');
  g_strdelimit (zeros, "/", '_');
  cli_forms_add (forms, "Base64 for URLs", zeros + first, last - first);
  g_free (padded[0]);
  g_free (padded[1]);
}

static void
add_coded (CliForms *forms, const char *bytes, gsize length)
{
  g_autoptr(GString) lower = g_string_new (NULL);
  g_autoptr(GString) upper = g_string_new (NULL);
  g_autoptr(GString) url = g_string_new (NULL);
  g_autoptr(GString) url_lower = g_string_new (NULL);
  g_autoptr(GString) every = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    {
      guchar byte = (guchar) bytes[i];
      gboolean plain = g_ascii_isalnum (byte) || strchr ("-._~", byte) != NULL;

      g_string_append_printf (lower, "%02x", byte);
      g_string_append_printf (upper, "%02X", byte);
      g_string_append_printf (every, "%%%02X", byte);
      if (plain)
        {
          g_string_append_c (url, (char) byte);
          g_string_append_c (url_lower, (char) byte);
        }
      else
        {
          g_string_append_printf (url, "%%%02X", byte);
          g_string_append_printf (url_lower, "%%%02x", byte);
        }
    }
  cli_forms_add (forms, "hexadecimal", lower->str, lower->len);
  cli_forms_add (forms, "hexadecimal, upper case", upper->str, upper->len);
  cli_forms_add (forms, "URL-coded", url->str, url->len);
  cli_forms_add (forms, "URL-coded, lower case", url_lower->str, url_lower->len);
  cli_forms_add (forms, "percent-coded", every->str, every->len);
}

/* As JSON writes it, and as the transcript writes bytes that cannot be shown. */
static void
add_escaped (CliForms *forms, const char *secret)
{
  g_autoptr(JsonNode) node = json_node_init_string (json_node_alloc (), secret);
  g_autofree char *json = json_to_string (node, FALSE);
  g_autofree char *upper = g_ascii_strup (secret, -1);
  g_autofree char *lower = g_ascii_strdown (secret, -1);
  g_autofree char *c = g_strescape (secret, NULL);

  cli_forms_add (forms, "JSON", json + 1, strlen (json) - 2);
  cli_forms_add (forms, "upper case", upper, strlen (upper));
  cli_forms_add (forms, "lower case", lower, strlen (lower));
  if (g_str_is_ascii (secret))
    cli_forms_add (forms, "escaped as in C", c, strlen (c));
}

static void
add_bytes (CliForms *forms, const char *name, const char *bytes, gsize length)
{
  cli_forms_add (forms, name, bytes, length);
  for (gsize offset = 0; offset < 3; offset++)
    add_base64 (forms, bytes, length, offset);
  add_coded (forms, bytes, length);
}

CliForms *
cli_forms_of (const char *secret)
{
  CliForms *forms = forms_new ();

  add_bytes (forms, "raw", secret, strlen (secret));
  add_escaped (forms, secret);
  return forms;
}

void
cli_forms_search (
  CliForms *forms, const char *place, const char *text, gsize length, const char *story)
{
  for (guint i = 0; i < forms->needles->len; i++)
    {
      gsize size;
      const char *needle = g_bytes_get_data (forms->needles->pdata[i], &size);
      const char *found = memmem (text, length, needle, size);

      if (found != NULL)
        {
          const char *from = MAX (text, found - 200);
          g_autofree char *around =
            g_strndup (from, MIN ((gsize) 600, length - (gsize) (from - text)));
          g_autofree char *shown = g_strescape (around, NULL);

          g_error ("LEAK (%s): %s holds the secret, %s form «%.*s»: …%s…", story, place,
                   (const char *) forms->names->pdata[i], (int) size, needle, shown);
        }
    }
}

void
cli_forms_search_folder (CliForms *forms, const char *path, const char *story)
{
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      g_autofree char *content = NULL;
      gsize length;

      cli_forms_search (forms, "the name of a file", name, strlen (name), story);
      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        cli_forms_search_folder (forms, child, story);
      else if (g_file_get_contents (child, &content, &length, NULL))
        cli_forms_search (forms, child, content, length, story);
    }
}

/* --- Random secrets --- */

static const char *const alphabets[] = {
  "abcdefghijklmnopqrstuvwxyz0123456789",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
  "ABCdef123+/=%&\"\\'<>#?",
  "abcXYZ789 !$()*,-.:@[]^_`{|}~",
  "0123456789abcdef",
  "aäöüßéñçøłžЖжΩω漢字𐌰",
};

/* Secrets that look as if they were coded already, or repeat themselves. */
const char *const cli_nasty_secrets[] = {
  "a\\\\b\\\\c\\nd",
  "10%25 of %2Bc%%d",
  "q=3D=41=q=3D3D",
  "\\x41\\u0041zz\\\\x5c",
  "aaaaaaaaab",
  "ababababababac",
  "+ + + +x+%20+",
  "\"quoted\\\"twice\"",
  "semi;colon!;x%;y%=",
  "=?3f&amp;&#38;<b>",
  "AAAAAAAAAAAAAAAA=",
  "cGFzc3dvcmQ=cGFzc3dvcmQ=",
  NULL,
};

char *
cli_make_secret (GRand *random, guint alphabet, gboolean token)
{
  const char *letters = alphabets[token ? alphabet % 2 : alphabet % G_N_ELEMENTS (alphabets)];
  glong n_letters = g_utf8_strlen (letters, -1);
  GString *secret = g_string_new (NULL);
  int n = g_rand_int_range (random, 8, 41);

  if (!token && g_rand_int_range (random, 0, 3) == 0)
    {
      g_string_append (
        secret,
        cli_nasty_secrets[g_rand_int_range (random, 0, G_N_ELEMENTS (cli_nasty_secrets) - 1)]);
      return g_string_free (secret, FALSE);
    }

  /* A secret is a word: no blank at an end, and nothing that a search finds by chance. */
  for (int i = 0; i < n; i++)
    {
      glong at = g_rand_int_range (random, 0, (gint32) n_letters);
      gunichar letter = g_utf8_get_char (g_utf8_offset_to_pointer (letters, at));

      g_string_append_unichar (secret, (i == 0 || i == n - 1) && letter < 0x80 ? 'q' : letter);
    }
  return g_string_free (secret, FALSE);
}
