/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <json-glib/json-glib.h>

#include "cli-run.h"

G_BEGIN_DECLS

#define CLI_N_STEPS 13

/* Parses the report of spec/cli.md and stops the test unless it keeps the contract to the letter:
 * every key, every type, words out of their lists, the whole ladder in order, evidence inside the
 * transcript, and an outcome that goes with findings, steps and exit status. */
JsonNode   *cli_report_parse       (const char       *text,
                                    const CliResult  *result);

/* What follows takes the parsed report. */
const char *cli_report_get_string  (JsonNode         *report,
                                    const char       *object,
                                    const char       *key);
/* NULL where there is no finding. */
const char *cli_report_first_code  (JsonNode         *report);
gboolean    cli_report_has_code    (JsonNode         *report,
                                    const char       *code);
const char *cli_report_step_state  (JsonNode         *report,
                                    const char       *step);
double      cli_report_step_end    (JsonNode         *report,
                                    const char       *step);
double      cli_report_step_duration (JsonNode       *report,
                                    const char       *step);
JsonArray  *cli_report_transcript  (JsonNode         *report);
/* Names of the ladder, in the order of a run that begins in clear text or, with @implicit, with
 * TLS. */
const char *const *cli_report_ladder (gboolean        implicit);

G_END_DECLS
