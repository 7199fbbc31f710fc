/* The commands: one file per verb, one table that names them. */
#pragma once

#include "base/environ.h"
#include "base/err.h"
#include "base/log.h"
#include "base/progress.h"
#include "cli/options.h"
#include "config/config.h"
#include "health/beacon.h"
#include "proc/signals.h"

struct cli {
    const struct options *options;
    struct environment env;
    struct signals *signals;
    struct log log;
    struct progress progress;
    struct log_tap tap;    /* lets the beacon hear the log */
    struct beacon *beacon; /* of `run`, or NULL */
    bool hurry;            /* a signal came after the verdict: no pause any more */
    struct config config; /* loaded where the command wants it */
    int64_t began_ms;
};

struct command {
    const char *name;
    unsigned bits;     /* enum command_bits: what configuration it acts on */
    bool wants_config;
    bool reports;      /* its outcome is a report: also when the configuration cannot be read */
    int (*run)(struct cli *cli); /* returns the exit code; NULL: not built yet */
    const char *usage;
    const char *summary;
    const char *help;
};

/* NULL for a word that is no command. */
const struct command *command_by_name(const char *name);
const struct command *command_rows(size_t *ret_count);

int cli_run(struct cli *cli);
int cli_wait(struct cli *cli);
int cli_verify(struct cli *cli);
int cli_status(struct cli *cli);
int cli_manifest(struct cli *cli);
int cli_healthcheck(struct cli *cli);
int cli_config(struct cli *cli);
int cli_help(struct cli *cli);
int cli_init(struct cli *cli);
int cli_version(struct cli *cli);

/* Prints help on the command to standard output, or the overview where it is NULL. */
void cli_print_help(const struct command *command);

/* Is standard error a terminal that understands more than plain lines? */
bool cli_can_wipe(const struct cli *cli);

/* Tells an error that comes with no report on standard error, and returns its exit code. */
int cli_fail(const struct cli *cli, const struct err *err);

/* Prints to standard output; a reader that is gone is no error. Returns 0, or the exit code for "cannot be written". */
int cli_print(const char *text, size_t len);

/* Shows what came of it, the way the command does (cli/show.c): the report on standard output where one was asked for,
 * the banner on standard error where the gate stays closed. Returns the exit code. */
struct report;
int cli_conclude(struct cli *cli, const struct command *command, struct report *report);

/* Tells everybody else (cli/tell.c): metrics, termination message, notice. Returns
 * the exit code: the report's, or 128+N where signal N ended a gate that would otherwise have gone on. */
int cli_tell(struct cli *cli, const struct command *command, const struct report *report);
/* Pauses before a fatal exit of `run`. */
void cli_pause(const struct cli *cli, const struct command *command, const struct report *report);

/* The whole program: returns the exit code. */
int cli_main(int argc, char *const *argv, char *const *environment);
