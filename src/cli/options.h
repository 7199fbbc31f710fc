/* The command line. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/strv.h"

enum format {
    FORMAT_NONE, /* not asked for */
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_JUNIT,
};

enum color {
    COLOR_AUTO,
    COLOR_ALWAYS,
    COLOR_NEVER,
};

struct options {
    const char *command;      /* the word, or "run" where there was only "-- APP"; NULL where there was nothing */
    const char *config_file;
    struct strv settings;     /* "section.key=value" */
    struct strv wheres;       /* the option each came from */
    struct strv tenants;
    enum format format;
    enum color color;
    bool quiet, verbose, help;
    /* manifest */
    const char *output;       /* -o */
    const char *from;         /* --from */
    const char *script;       /* --script */
    bool check;               /* --check */
    bool force;               /* --force */
    struct strv operands;     /* words that are neither command nor option */
    char *const *app;         /* what stands behind "--", or NULL; borrowed from argv */
};

void options_done(struct options *options);
#define _cleanup_options_ __attribute__((cleanup(options_done)))

/* Reads the command line. Fails with ERR_USAGE. */
int options_parse(int argc, char *const *argv, struct options *ret, struct err *reterr);
