/* Steps: the model. */
#include "step/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/words.h"

void steps_done(struct steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        strv_done(&steps->items[i].run);
        strv_done(&steps->items[i].recover);
    }
    free(steps->items);
    *steps = (struct steps){0};
}

static bool names_tenant(const struct strv *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (strstr(words->items[i], STEP_TENANT) != NULL)
            return true;
    return false;
}

static int split(const struct section *section, enum key_id key, struct strv *ret, struct err *reterr)
{
    if (words_split(config_text(section, key), ret, reterr) == 0)
        return 0;
    return err_wrap(reterr, "step.%s.%s", section->name, key_rows[key].name);
}

/* What cannot be meant. */
static int check(const struct step *step, struct err *reterr)
{
    const char *name = step->name;
    if (step->run.count == 0 || *step->run.items[0] == '\0') {
        err_set(reterr, ERR_CONFIG, "step.%s.run is empty: the step has no command", name);
        return err_hint(reterr, "Write the command after `run =`; to leave the step out remove its section.");
    }
    if (step->each_tenant && !names_tenant(&step->run)) {
        err_set(reterr, ERR_CONFIG, "step.%s.each = tenant, but its command does not hold %s", name, STEP_TENANT);
        return err_hint(reterr, "The tenant's name is put in its place; without it every run would be the same.");
    }
    if (!step->each_tenant && (names_tenant(&step->run) || names_tenant(&step->recover))) {
        err_set(reterr, ERR_CONFIG, "step.%s: its command holds %s, but it does not run for each tenant", name, STEP_TENANT);
        return err_hint(reterr, "Set step.%s.each = tenant.", name);
    }
    if (!step->each_tenant && step->jobs > 1)
        return err_set(reterr, ERR_CONFIG, "step.%s.jobs needs step.%s.each = tenant: there is only one command to run", name,
                       name);
    if (step->after && (step->each_tenant || step->pending_only))
        return err_set(reterr, ERR_CONFIG, "step.%s would never run: after verification no tenant is behind any more "
                       "(at = after with %s)", name, step->each_tenant ? "each = tenant" : "when = pending");
    if ((*step->recover_on != '\0') != (step->recover.count > 0))
        return err_set(reterr, ERR_CONFIG, "step.%s: recover_on and recover belong together, but only %s is set", name,
                       step->recover.count > 0 ? "recover" : "recover_on");
    return 0;
}

int steps_read(const struct config *config, struct steps *ret, struct err *reterr)
{
    struct steps _cleanup_steps_ steps = {0};
    for (const struct section *s = config_next(config, SECTION_STEP, NULL); s != NULL;
         s = config_next(config, SECTION_STEP, s)) {
        if (strcmp(s->name, "default") == 0)
            continue; /* a step has a name */
        MEM_GROW(steps.items, steps.count, steps.cap);
        struct step *step = &steps.items[steps.count++];
        *step = (struct step){
            .name = s->name,
            .recover_on = config_text(s, KEY_STEP_recover_on),
            .after = strcmp(config_choice(s, KEY_STEP_at), "after") == 0,
            .pending_only = strcmp(config_choice(s, KEY_STEP_when), "pending") == 0,
            .each_tenant = strcmp(config_choice(s, KEY_STEP_each), "tenant") == 0,
            .required = config_bool(s, KEY_STEP_required),
            .lock = config_bool(s, KEY_STEP_lock),
            .jobs = (size_t)config_number(s, KEY_STEP_jobs),
            .retries = (size_t)config_number(s, KEY_STEP_retries),
            .timeout_ms = config_number(s, KEY_STEP_timeout),
        };
        if (split(s, KEY_STEP_run, &step->run, reterr) != 0 || split(s, KEY_STEP_recover, &step->recover, reterr) != 0 ||
            check(step, reterr) != 0)
            return -1;
    }
    *ret = steps;
    steps = (struct steps){0};
    return 0;
}

bool steps_any(const struct steps *steps, bool after)
{
    for (size_t i = 0; i < steps->count; i++)
        if (steps->items[i].after == after)
            return true;
    return false;
}

bool steps_any_pending(const struct steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        if (!steps->items[i].after && (steps->items[i].pending_only || steps->items[i].each_tenant))
            return true;
    return false;
}
