/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define POSTERN_ASN_EXPRESSION_MAX_LENGTH   4096
#define POSTERN_ASN_EXPRESSION_MAX_DEPTH    16
#define POSTERN_ASN_EXPRESSION_MAX_OPERANDS 64

/* What a logical stands for, its name in any case; NULL where there is none. */
typedef const char *(*PosternAsnLogical) (const char *name,
                                          gpointer    data);

/**
 * postern_asn_expression_expand:
 * @raw: a value as it stands in the file, escapes and all
 * @encrypted: (out) (optional): whether there is encrypted text beside the expressions
 * @at: (out) (optional): the byte of @raw that the error is about
 *
 * Evaluates each “%%(…)” of a value, spec/uniface.md section 9.1: numbers, logicals, `$VARIABLE`,
 * `+ - * / %`, brackets, substrings, tokens. What the specification leaves open is an error:
 * fractions, remainders of negative numbers, indices that are no plain numbers, escapes.
 *
 * Inferred: `[x,y]` are the characters from x to y, `[x:y]` are y characters from x, `[x]` is the
 * rest from x, `[?x]` is part x of what "?" sets apart; all begin with 1.
 *
 * Returns: (transfer full) (nullable): the value, without escapes, or %NULL with the reason, which
 *   tells no value
 */
char *postern_asn_expression_expand (const char         *raw,
                                     PosternAsnLogical   logical,
                                     gpointer            data,
                                     gboolean           *encrypted,
                                     gsize              *at,
                                     GError            **error);

G_END_DECLS
