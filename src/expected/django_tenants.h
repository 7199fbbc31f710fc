/* What django-tenants and its kin (django-tenant-schemas) say in the settings: which table lists the tenants. */
#pragma once

#include "expected/django_package.h"

/* Fills in django_tenants, tenant_table and public_schema. What the text does not decide stays NULL, with a notice. */
int django_tenants_read(struct django_settings *settings, const struct django_apps *apps, const struct django_nodes *nodes,
                        struct expected *ret, struct err *reterr);
