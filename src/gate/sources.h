/* The sources of expected migrations that the configuration names, read and ready to judge by. */
#pragma once

#include "base/environ.h"
#include "base/log.h"
#include "config/config.h"
#include "framework/framework.h"
#include "verify/judge.h"

struct gate_source {
    const struct section *section; /* borrowed */
    struct expected expected;
    struct judge judge; /* points to expected: a gate_source must not move once read */
    char *digest;
    const char *table; /* history table; borrowed */
    const char *query; /* framework = sql: the query for what is applied; or NULL. Borrowed */
    bool asks;         /* framework = sql: what is expected is not known before the database was asked (gate/queries.h) */
};

struct gate_sources {
    struct gate_source **items;
    size_t count, cap;
};

void gate_sources_done(struct gate_sources *sources);
#define _cleanup_gate_sources_ __attribute__((cleanup(gate_sources_done)))

/* What one [migrations] section says, from its files or its manifest; fills in an empty `ret`. With both given they must
 * agree. Fails with ERR_NO_EXPECTED or ERR_CONFIG. */
int gate_source_read(const struct section *section, const struct environment *env, struct expected *ret,
                     struct err *reterr);

/* The same from the files alone, whatever manifest is set. */
int gate_source_read_files(const struct section *section, const struct environment *env, struct expected *ret,
                           struct err *reterr);

/* Reads all sources and checks each by itself. */
int gate_sources_read(const struct config *config, const struct environment *env, const struct log *log,
                      struct gate_sources *ret, struct err *reterr);
