/* What django-tenants and its kin (django-tenant-schemas) say in the settings: which table lists the tenants. */
#pragma once

#include "django/package.h"

/* Fills in django_tenants, tenant_table and public_schema. What the text does not decide is left NULL, with a notice:
 * the tenants must be named in the configuration then. */
int django_tenants_read(struct django_settings *settings, const struct django_apps *apps,
                        const struct django_nodes *nodes, struct expected *ret, struct err *reterr);

/* Which table a model has, as the operations of its app's migrations say: fed with one migration after another. */
struct django_table {
    const char *model;   /* borrowed */
    bool created;        /* a CreateModel of that name was seen */
    bool renamed;        /* a RenameModel or something not understood: the table is not known */
    char *created_table; /* options["db_table"]; NULL: none */
    char *altered_table; /* of AlterModelTable */
    bool altered;
};

/* Looks for operations on the model in a migration's text. */
void django_table_scan(struct django_table *table, const char *text, size_t len);
/* The table's name, to be freed; NULL: not decided. */
char *django_table_name(const struct django_table *table, const char *label);
void django_table_done(struct django_table *table);
