/* One round of reading and judging. */
#include "verify/round.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/progress.h"
#include "verify/opinion.h"
#include "verify/select.h"
#include "verify/survey.h"

/* Tables whose rows are read in one transaction: bounds the memory that answers take, and the locks. */
#define CHUNK 80
/* Fewer tables than this are sooner read than compared first. */
#define SURVEY_LEAST 16
/* Looks at a table that changes or is locked before that is the finding, and the pause between them. */
#define CHANGED_TRIES 4
#define CHANGED_PAUSE_MS 300

/* The units of one source. */
struct group {
    const struct round *round;
    const struct verify_source *source;
    struct history_reading reading;
};

/* A verdict, and what it is about. */
struct known {
    struct history history;
    struct verdict verdict;
};

static void known_done(struct known *known)
{
    history_done(&known->history);
    verdict_done(&known->verdict);
}

/* Takes over what was read, and judges it unless it says the same as the last: most tenants do. */
static void know(struct known *known, const struct judge *judge, struct history *history)
{
    bool same = known->history.state == HISTORY_READ && history->state == HISTORY_READ &&
                known->history.recorded.applied != NULL &&
                recorded_equal(judge, &known->history.recorded, &history->recorded);
    if (!same)
        verdict_done(&known->verdict);
    history_done(&known->history);
    known->history = *history;
    *history = (struct history){0};
    if (!same && known->history.state == HISTORY_READ)
        judge_tenant(judge, &known->history.recorded, &known->verdict);
}

static void conclude(const struct verify_source *source, const struct known *known, struct unit *unit)
{
    findings_done(&unit->findings);
    unit->applied = unit->pending = unit->unknown = 0;
    unit->rows = known->history.rows;
    unit->absent = known->history.state == HISTORY_NO_SCHEMA;
    if (known->history.state == HISTORY_READ)
        opinion_on_verdict(source, &known->history.recorded, &known->verdict, unit);
    else
        opinion_on_state(source, &known->history, unit);
}

/* Reads the rows of at most CHUNK units; where a table changes or is locked meanwhile, some times again. */
static int read_chunk(const struct group *g, struct unit *const *units, size_t count, struct history *ret, struct err *reterr)
{
    const char *schemas[CHUNK];
    for (size_t i = 0; i < count; i++)
        schemas[i] = units[i]->tenant;
    for (int attempt = 1;; attempt++) {
        if (history_read(*g->round->crew->first, &g->reading, schemas, count, ret, reterr) != 0)
            return -1;
        size_t changed = 0;
        for (size_t i = 0; i < count; i++)
            changed += ret[i].state == HISTORY_CHANGED;
        if (changed == 0 || attempt == CHANGED_TRIES)
            return 0;
        for (size_t i = 0; i < count; i++)
            history_done(&ret[i]);
        if (watch_wait(g->round->watch, -1, 0, deadline_min(g->round->until, deadline_in(CHANGED_PAUSE_MS)), reterr) < 0)
            return -1;
    }
}

/* Reads and judges each unit by its rows. */
static int judge_each(const struct group *g, struct unit **list, size_t count, struct err *reterr)
{
    struct known known = {0};
    int code = 0;
    for (size_t at = 0; at < count && code == 0; at += CHUNK) {
        size_t size = count - at < CHUNK ? count - at : CHUNK;
        struct history histories[CHUNK];
        code = read_chunk(g, list + at, size, histories, reterr);
        for (size_t i = 0; i < size && code == 0; i++) {
            know(&known, g->source->judge, &histories[i]);
            conclude(g->source, &known, list[at + i]);
        }
        progress_add_tenants(g->round->log, size);
    }
    known_done(&known);
    return code;
}

/* A unit and its table's fingerprint. */
struct printed {
    struct unit *unit;
    const char *print;
};

static int by_print(const void *a, const void *b)
{
    return strcmp(((const struct printed *)a)->print, ((const struct printed *)b)->print);
}

static size_t alike(const struct printed *printed, size_t from, size_t count)
{
    size_t to = from + 1;
    while (to < count && strcmp(printed[to].print, printed[from].print) == 0)
        to++;
    return to - from;
}

/* Reads the rows of the first of each kind, and judges all of the kind by them. Where those rows have another fingerprint by
 * now they say nothing of the others: these go to `rest`. */
static int judge_kinds(const struct group *g, const struct printed *printed, size_t count, struct unit **rest,
                       size_t *rest_count, struct err *reterr)
{
    struct known known = {0};
    int code = 0;
    for (size_t at = 0; at < count && code == 0;) {
        struct unit *firsts[CHUNK];
        struct history histories[CHUNK];
        size_t kinds = 0, end = at;
        for (; kinds < CHUNK && end < count; end += alike(printed, end, count))
            firsts[kinds++] = printed[end].unit;
        code = read_chunk(g, firsts, kinds, histories, reterr);
        for (size_t k = 0; k < kinds && code == 0; k++) {
            size_t size = alike(printed, at, count);
            know(&known, g->source->judge, &histories[k]);
            bool same = known.history.print != NULL && strcmp(known.history.print, printed[at].print) == 0;
            conclude(g->source, &known, printed[at].unit);
            for (size_t i = 1; i < size; i++) {
                if (same)
                    conclude(g->source, &known, printed[at + i].unit);
                else
                    rest[(*rest_count)++] = printed[at + i].unit;
            }
            at += size;
        }
    }
    known_done(&known);
    return code;
}

/* Compares the tables first, and reads the rows of one of each kind. */
static int judge_by_kind(struct group *g, struct unit **list, size_t count, struct err *reterr)
{
    const char **schemas = mem_alloc(count * sizeof *schemas);
    struct surveyed *surveyed = mem_alloc(count * sizeof *surveyed);
    struct printed *printed = mem_alloc(count * sizeof *printed);
    struct unit **rest = mem_alloc(count * sizeof *rest);
    size_t printed_count = 0, rest_count = 0;
    for (size_t i = 0; i < count; i++)
        schemas[i] = list[i]->tenant;
    int code = survey(g->round->crew, &g->reading, schemas, count, surveyed, reterr);
    for (size_t i = 0; i < count && code == 0; i++) {
        struct known state = {.history = {.state = surveyed[i].state}};
        if (surveyed[i].print != NULL) {
            printed[printed_count++] = (struct printed){.unit = list[i], .print = surveyed[i].print};
        } else if (surveyed[i].state == HISTORY_READ || surveyed[i].state == HISTORY_CHANGED) {
            rest[rest_count++] = list[i];
        } else {
            conclude(g->source, &state, list[i]);
            progress_add_tenants(g->round->log, 1);
        }
    }
    if (printed_count > 1)
        qsort(printed, printed_count, sizeof *printed, by_print);
    if (code == 0)
        code = judge_kinds(g, printed, printed_count, rest, &rest_count, reterr);
    if (code == 0)
        code = judge_each(g, rest, rest_count, reterr);
    for (size_t i = 0; i < count; i++)
        free(surveyed[i].print);
    free(surveyed);
    free(schemas);
    free(printed);
    free(rest);
    return code;
}

static int judge_group(const struct round *round, struct unit **list, size_t count, struct err *reterr)
{
    const struct verify_source *source = &round->sources[list[0]->source];
    const struct history_table table = {
        .query = source->query, .table = source->table, .columns = source->framework->columns, .column_count = framework_column_count(source->framework)};
    struct group g = {
        .round = round,
        .source = source,
        .reading = {.table = &table, .judge = source->judge, .options = round->db, .watch = round->watch, .until = round->until,
                    .log = round->log},
    };
    if (count < SURVEY_LEAST || source->query != NULL || db_server_version(*round->crew->first) < SELECT_PRINT_SERVER)
        return judge_each(&g, list, count, reterr);
    g.reading.print = true;
    while (getrandom(&g.reading.seed, sizeof g.reading.seed, 0) != (ssize_t)sizeof g.reading.seed)
        if (errno != EINTR)
            return err_set(reterr, ERR_INTERNAL, "no random numbers: %s", strerror(errno));
    return judge_by_kind(&g, list, count, reterr);
}

int round_judge(const struct round *round, struct unit **list, size_t count, struct err *reterr)
{
    for (size_t at = 0, size = 0; at < count; at += size) {
        size = 1;
        while (at + size < count && list[at + size]->source == list[at]->source)
            size++;
        if (judge_group(round, list + at, size, reterr) != 0)
            return -1;
    }
    return 0;
}
