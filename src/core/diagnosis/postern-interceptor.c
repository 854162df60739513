/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "diagnosis/postern-interceptor.h"

#include <string.h>

/* Products that open TLS connections to look into them, and whole words by which their authorities
 * call themselves, in lower case. A maker that has had public authorities as well (Symantec,
 * Cisco, Cloudflare) is known by the words of the product alone. */
static const struct
{
  const char *product;
  const char *words[4];
} products[] = {
  { "AdGuard", { "adguard personal ca", "adguard" } },
  { "Avast", { "avast", "avast!", "avast! web/mail shield" } },
  { "AVG", { "avg web/mail shield", "avg technologies" } },
  { "Barracuda", { "barracuda", "barracuda networks" } },
  { "Bitdefender", { "bitdefender" } },
  { "Blue Coat", { "blue coat", "bluecoat", "proxysg" } },
  { "BullGuard", { "bullguard" } },
  { "Burp Suite", { "portswigger", "burp suite" } },
  { "Cato Networks", { "cato networks" } },
  { "Charles", { "charles proxy", "charles proxy ca", "charles proxy custom root certificate" } },
  { "Check Point", { "check point", "check point software technologies" } },
  { "Cisco Secure Web Appliance", { "cisco web security appliance", "ironport", "cisco wsa" } },
  { "Cisco Umbrella", { "cisco umbrella", "opendns", "cisco secure access" } },
  { "Cloudflare Gateway", { "gateway ca - cloudflare", "cloudflare for teams" } },
  { "ContentKeeper", { "contentkeeper" } },
  { "Cyberoam", { "cyberoam" } },
  { "Dr.Web", { "dr.web", "drweb", "doctor web" } },
  { "Emsisoft", { "emsisoft" } },
  { "ESET", { "eset", "eset ssl filter" } },
  { "F-Secure", { "f-secure" } },
  { "Fiddler", { "do_not_trust_fiddlerroot", "fiddlerroot", "fiddler root" } },
  { "Forcepoint", { "forcepoint", "websense" } },
  { "Fortinet", { "fortinet", "fortigate", "fortigate ca", "fortinet_ca_ssl" } },
  { "G DATA", { "g data", "gdata software", "g data software" } },
  { "HTTP Toolkit", { "http toolkit", "http toolkit ca" } },
  { "iboss", { "iboss" } },
  { "Kaspersky", { "kaspersky", "kaspersky lab", "kaspersky anti-virus" } },
  { "Lightspeed", { "lightspeed systems", "lightspeed rocket" } },
  { "McAfee", { "mcafee", "mcafee web gateway" } },
  { "mitmproxy", { "mitmproxy" } },
  { "Netskope", { "netskope", "goskope" } },
  { "Norton", { "norton web/mail shield", "norton safe web" } },
  { "OWASP ZAP", { "owasp zed attack proxy", "owasp root ca", "zap root ca" } },
  { "Palo Alto Networks", { "palo alto networks", "globalprotect", "prisma access" } },
  { "Panda", { "panda security" } },
  { "Proxyman", { "proxyman" } },
  { "Quick Heal", { "quick heal", "seqrite" } },
  { "Sangfor", { "sangfor" } },
  { "Securly", { "securly" } },
  { "Skyhigh", { "skyhigh", "skyhigh security" } },
  { "Smoothwall", { "smoothwall" } },
  { "SonicWall", { "sonicwall", "sonicwall firewall dpi-ssl", "dpi-ssl" } },
  { "Sophos", { "sophos", "sophos ssl ca", "astaro" } },
  { "Squid", { "squid", "squid proxy", "squid-cache", "squidca" } },
  { "Stormshield", { "stormshield", "netasq" } },
  { "Superfish", { "superfish", "superfish, inc.", "komodia" } },
  { "Symantec Web Security", { "symantec web security", "symantec wss", "symantec proxysg" } },
  { "Trend Micro", { "trend micro web security", "iwsva", "interscan web security" } },
  { "Untangle", { "untangle" } },
  { "WatchGuard", { "watchguard", "fireware", "fireware https proxy" } },
  { "Zscaler", { "zscaler" } },
};

/* A name is longer than this only where somebody plays tricks. */
#define MAX_NAME 8192

/* One value of a name: from @text to the next comma or plus that is not escaped, in lower case.
 * Returns where the next begins, or NULL at the end. RFC 4514, section 2.4. */
static const char *
read_value (const char *text, GString *value)
{
  g_string_truncate (value, 0);
  for (; *text != '\0' && *text != ',' && *text != '+'; text++)
    {
      int high = *text == '\\' ? g_ascii_xdigit_value (text[1]) : -1;
      int low = high >= 0 ? g_ascii_xdigit_value (text[2]) : -1;

      if (low >= 0)
        {
          g_string_append_c (value, (char) (high * 16 + low));
          text += 2;
        }
      else
        {
          if (*text == '\\' && text[1] != '\0')
            text++;
          g_string_append_c (value, g_ascii_tolower (*text));
        }
    }
  return *text != '\0' ? text + 1 : NULL;
}

static gboolean
is_boundary (char c)
{
  return c == '\0' || !(g_ascii_isalnum (c) || (c & 0x80) != 0);
}

static gboolean
has_words (const char *value, const char *words)
{
  gsize length = strlen (words);

  for (const char *p = strstr (value, words); p != NULL; p = strstr (p + 1, words))
    if ((p == value || is_boundary (p[-1])) &&
        (is_boundary (p[length]) || !g_ascii_isalnum (words[length - 1])))
      return TRUE;
  return FALSE;
}

static const char *
find_product (const char *value)
{
  for (gsize i = 0; i < G_N_ELEMENTS (products); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (products[i].words) && products[i].words[j] != NULL; j++)
      if (has_words (value, products[i].words[j]))
        return products[i].product;
  return NULL;
}

/* @types: the attributes that count. */
static const char *
find_in_name (const char *name, const char *const *types)
{
  g_autoptr(GString) value = g_string_new (NULL);
  const char *p = strlen (name) <= MAX_NAME ? name : NULL;

  while (p != NULL)
    {
      const char *equals;
      g_autofree char *type = NULL;
      const char *product;

      p += strspn (p, " ");
      equals = strchr (p, '=');
      if (equals == NULL)
        return NULL;
      type = g_ascii_strup (p, equals - p);
      p = read_value (equals + 1, value);
      product = g_strv_contains (types, type) ? find_product (value->str) : NULL;
      if (product != NULL)
        return product;
    }
  return NULL;
}

const char *
postern_interceptor_find_issuer (const char *issuer)
{
  static const char *const types[] = { "CN", "O", "OU", NULL };

  return find_in_name (issuer, types);
}

/* The device's own certificate, from its maker, is nobody else's. */
static gboolean
is_of_maker (PosternCertificate *own)
{
  static const char *const types[] = { "O", NULL };

  return find_in_name (postern_certificate_get_subject (own), types) != NULL;
}

static gboolean
is_self_issued (PosternCertificate *certificate)
{
  return g_str_equal (postern_certificate_get_subject (certificate),
                      postern_certificate_get_issuer (certificate));
}

const char *
postern_interceptor_find (const PosternTlsInfo *tls, guint *certificate)
{
  GPtrArray *path = tls->path != NULL && tls->path->len > 0 ? tls->path : tls->chain;

  if (path->len == 0 || is_of_maker (path->pdata[0]) || is_self_issued (path->pdata[0]))
    return NULL;

  for (guint i = 0; i < path->len; i++)
    {
      const char *product =
        postern_interceptor_find_issuer (postern_certificate_get_issuer (path->pdata[i]));

      if (product != NULL)
        {
          *certificate = MIN (i + 1, tls->chain->len - 1);
          return product;
        }
    }
  return NULL;
}
