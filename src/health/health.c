/* Is the app healthy? */
#include "health/health.h"

void health_done(struct health *health)
{
    net_target_done(&health->target);
}

int health_read(const struct section *section, const char *url, const struct environment *env, struct health *ret,
                struct err *reterr)
{
    const char *from = url != NULL ? url : config_text(section, KEY_HEALTH_url);
    *ret = (struct health){
        .expect = {.status = (long)config_number(section, KEY_HEALTH_expect_status),
                   .text = config_text(section, KEY_HEALTH_expect_text)},
        .options = net_options(env, config_number(section, KEY_HEALTH_timeout)),
    };
    if (*from == '\0')
        return 0;
    if (net_target_parse(from, &ret->target, reterr) != 0)
        return err_wrap(reterr, "%s", url != NULL ? "the URL to check" : "health.url");
    return 1;
}

int health_check(const struct health *health, const struct watch *watch, char **ret_words, struct err *reterr)
{
    return net_check(&health->target, &health->expect, &health->options, watch, ret_words, reterr);
}
