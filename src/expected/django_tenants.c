/* What django-tenants and its kin say in the settings. */
#include "expected/django_tenants.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static bool has_tenant_app(const struct django_apps *apps)
{
    static const char *const names[] = {"django_tenants", "tenant_schemas"};
    for (size_t i = 0; i < apps->count; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (apps->items[i].name != NULL && strcmp(apps->items[i].name, names[k]) == 0)
                return true;
    return false;
}

int django_tenants_read(struct django_settings *settings, const struct django_apps *apps, const struct django_nodes *nodes,
                        struct expected *ret, struct err *reterr)
{
    (void)settings; (void)nodes; (void)reterr;
    ret->django_tenants = has_tenant_app(apps);
    return 0;
}
