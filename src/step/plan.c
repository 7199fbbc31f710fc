/* What of a step there is to run. */
#include "step/plan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/words.h"

void step_state_done(struct step_state *state)
{
    strv_done(&state->behind);
    strv_done(&state->databases);
}

void step_commands_done(struct step_commands *commands)
{
    for (size_t i = 0; i < commands->count; i++) {
        free(commands->items[i].tenant);
        free(commands->items[i].database);
        strv_done(&commands->items[i].variables);
        strv_done(&commands->items[i].argv);
        strv_done(&commands->items[i].recover);
    }
    free(commands->items);
    *commands = (struct step_commands){0};
}

bool step_needs_state(const struct step *step, const struct step_state *state)
{
    return !state->known && (step->each_tenant || (step->pending_only && !state->was_pending));
}

static void add(const struct step *step, const char *tenant, const char *database, struct step_commands *ret)
{
    MEM_GROW(ret->items, ret->count, ret->cap);
    struct step_command *command = &ret->items[ret->count++];
    *command = (struct step_command){.tenant = mem_strdup(tenant), .database = mem_strdup(database)};
    if (tenant == NULL) {
        strv_add_all(&command->argv, &step->run);
        strv_add_all(&command->recover, &step->recover);
        return;
    }
    const struct words_value values[] = {{STEP_TENANT, tenant}, {STEP_DATABASE, database}};
    words_fill_all(&step->run, values, database ? 2 : 1, &command->argv);
    words_fill_all(&step->recover, values, database ? 2 : 1, &command->recover);
}

void step_plan(const struct step *step, const struct step_state *state, struct step_commands *ret)
{
    if (step->pending_only && !state->was_pending)
        return;
    if (!step->each_tenant) {
        add(step, NULL, NULL, ret);
        return;
    }
    for (size_t i = 0; i < state->behind.count; i++)
        add(step, state->behind.items[i], state->databases.count > i ? state->databases.items[i] : NULL, ret);
}
