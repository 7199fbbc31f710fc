/* How to reach a database. */
#include "db/conninfo.h"

#include <ctype.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/text.h"

void conninfo_done(struct conninfo *info)
{
    strv_done(&info->keywords);
    strv_done(&info->values);
    strv_done(&info->dropped);
    free(info->schema);
    free(info->shown);
    *info = CONNINFO_INIT;
}

const char *conninfo_get(const struct conninfo *info, const char *keyword)
{
    for (size_t i = 0; i < info->keywords.count; i++)
        if (strcmp(info->keywords.items[i], keyword) == 0)
            return info->values.items[i];
    return NULL;
}

void conninfo_set(struct conninfo *info, const char *keyword, const char *value)
{
    for (size_t i = 0; i < info->keywords.count; i++) {
        if (strcmp(info->keywords.items[i], keyword) == 0) {
            mem_set(&info->values.items[i], value);
            return;
        }
    }
    strv_add(&info->keywords, keyword);
    strv_add(&info->values, value);
}

/* The schemes of the ecosystems' URLs that mean PostgreSQL: SQLAlchemy's postgresql+DRIVER, dj-database-url's and
 * django-environ's aliases, Ecto's, golang-migrate's drivers. Returns what follows "://", or NULL. */
static const char *url_rest(const char *url)
{
    static const char *const schemes[] = {"postgres", "postgresql", "postgis", "psql", "pgsql", "ecto", "timescale",
                                          "timescaledb", "timescalegis", "cockroach", "cockroachdb", "pgx", "pgx4", "pgx5"};
    if (strncasecmp(url, "jdbc:", 5) == 0)
        url += 5;
    size_t len = strcspn(url, "+:/");
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strlen(schemes[i]) != len || strncasecmp(url, schemes[i], len) != 0)
            continue;
        const char *rest = url + len;
        if (*rest == '+')
            rest += strcspn(rest, ":/");
        return strncmp(rest, "://", 3) == 0 ? rest + 3 : NULL;
    }
    return NULL;
}

/* The longer forms first: "jdbc:postgresql:name" and "jdbc:postgresql:/" name a database on this host. */
static char *normal_url(const char *url)
{
    const char *rest = url_rest(url);
    if (rest != NULL)
        return mem_printf("postgresql://%s", rest);
    if (strncasecmp(url, "jdbc:postgresql:", 16) == 0) {
        const char *name = url + 16;
        while (*name == '/')
            name++;
        return mem_printf("postgresql://localhost/%s", name);
    }
    return NULL;
}

static bool is_libpq_keyword(const char *key, size_t len)
{
    PQconninfoOption *options = PQconndefaults();
    bool found = false;
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL && !found; option++)
        found = strlen(option->keyword) == len && strncmp(option->keyword, key, len) == 0;
    PQconninfoFree(options);
    return found;
}

/* Adds the percent-decoded text. */
static char *percent_decoded(const char *text, size_t len)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && i + 2 < len && isxdigit((unsigned char)text[i + 1]) && isxdigit((unsigned char)text[i + 2])) {
            const char hex[3] = {text[i + 1], text[i + 2], '\0'};
            buf_putc(&out, (char)strtol(hex, NULL, 16));
            i += 2;
        } else {
            buf_putc(&out, text[i]);
        }
    }
    return buf_steal(&out);
}

/* Other drivers' names of what libpq has too. */
static void keep_parameter(const char *key, size_t key_len, const char *value, size_t value_len, struct buf *kept)
{
    static const char *const modes[] = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
    if (key_len == 3 && strncmp(key, "ssl", 3) == 0) { /* asyncpg, node-postgres, JDBC */
        const char *mode = NULL;
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
            if (strlen(modes[i]) == value_len && strncmp(modes[i], value, value_len) == 0)
                mode = modes[i];
        bool yes = value_len == 0 || (value_len == 4 && strncasecmp(value, "true", 4) == 0) ||
                   (value_len == 1 && *value == '1');
        buf_printf(kept, "%csslmode=%s", kept->len ? '&' : '?', mode ? mode : yes ? "require" : "prefer");
        return;
    }
    buf_putc(kept, kept->len ? '&' : '?');
    buf_add(kept, key, key_len);
    buf_putc(kept, '=');
    buf_add(kept, value, value_len);
}

/* Drops the query parameters that libpq does not know and keeps Prisma's schema. */
static char *filter_query(const char *url, struct conninfo *info)
{
    const char *query = strchr(url, '?');
    if (query == NULL)
        return mem_strdup(url);
    struct buf _cleanup_buf_ kept = BUF_INIT;
    for (const char *p = query + 1; *p != '\0';) {
        size_t len = strcspn(p, "&");
        const char *equals = memchr(p, '=', len);
        size_t key_len = equals ? (size_t)(equals - p) : len;
        const char *value = equals ? equals + 1 : p + len;
        size_t value_len = (size_t)(p + len - value);
        bool is_schema = key_len == 6 && strncmp(p, "schema", 6) == 0;
        if (is_schema && value_len > 0) {
            free(info->schema);
            info->schema = percent_decoded(value, value_len);
        } else if (equals != NULL && (is_libpq_keyword(p, key_len) || (key_len == 3 && strncmp(p, "ssl", 3) == 0))) {
            keep_parameter(p, key_len, value, value_len, &kept);
        } else if (key_len > 0) {
            strv_take(&info->dropped, mem_strndup(p, key_len));
        }
        p += len + (p[len] == '&');
    }
    return mem_printf("%.*s%s", (int)(query - url), url, buf_text(&kept));
}

/* Does the URL look as if its password held a '@', '/' or '?' that is not percent-encoded? libpq would take the rest of
 * the password for a host, a database or a parameter, and messages would show it as such. */
static bool password_spills(const char *url)
{
    const char *authority = strstr(url, "://") + 3;
    const char *query = authority + strcspn(authority, "?");
    const char *path = authority + strcspn(authority, "/?");
    const char *at = memchr(authority, '@', (size_t)(path - authority));
    const char *after = at ? at + 1 : path;
    if (memchr(after, '@', (size_t)(query - after)) != NULL)
        return true;
    for (const char *p = query; *p != '\0';) {
        p++; /* '?' or '&' */
        size_t len = strcspn(p, "&"), key_len = strcspn(p, "=&");
        if (memchr(p, '@', key_len) != NULL || memchr(p, '/', key_len) != NULL)
            return true;
        p += len;
    }
    return false;
}

static int parse(const char *text, struct conninfo *info, struct err *reterr)
{
    char _cleanup_free_ *url = normal_url(text);
    if (url != NULL && password_spills(url))
        return err_set(reterr, ERR_CONFIG, "the database URL cannot be read: there is a '@', '/' or '?' where none can be; is it "
                                           "part of the password?");
    char _cleanup_free_ *clean = url ? filter_query(url, info) : mem_strdup(text);
    const char *scheme_end = strstr(text, "://");
    if (url == NULL && scheme_end != NULL && scheme_end < text + strcspn(text, "= \t\n"))
        return err_set(reterr, ERR_CONFIG, "the database URL is not one of PostgreSQL");
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(clean, &why);
    if (options == NULL) {
        /* libpq quotes the text, the password with it: not repeated here. */
        PQfreemem(why);
        return err_set(reterr, ERR_CONFIG, "the database URL cannot be read");
    }
    for (PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (option->val != NULL)
            conninfo_set(info, option->keyword, option->val);
    PQconninfoFree(options);
    return 0;
}

static bool any_pg_variable(const struct environment *env)
{
    static const char *const names[] = {"PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE", "PGUSER", "PGPORT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (environment_get(env, names[i]) != NULL)
            return true;
    return false;
}

static bool is_set(const char *text)
{
    return text != NULL && *text != '\0';
}

/* "db:5432/app" from the parameters and, for what they leave open, libpq's defaults (PG* variables). */
static char *shown_as(const struct conninfo *info)
{
    const char *host = conninfo_get(info, "host"), *port = conninfo_get(info, "port"), *name = conninfo_get(info, "dbname");
    const char *address = conninfo_get(info, "hostaddr"), *service = conninfo_get(info, "service");
    PQconninfoOption *defaults = PQconndefaults();
    for (PQconninfoOption *option = defaults; option != NULL && option->keyword != NULL; option++) {
        if (strcmp(option->keyword, "host") == 0 && !is_set(host) && !is_set(service))
            host = option->val;
        if (strcmp(option->keyword, "port") == 0 && !is_set(port) && !is_set(service))
            port = option->val;
        if (strcmp(option->keyword, "dbname") == 0 && !is_set(name) && !is_set(service))
            name = option->val;
    }
    if (!is_set(host))
        host = is_set(address) ? address : is_set(service) ? service : "the local socket";
    struct buf out = BUF_INIT;
    buf_puts(&out, host);
    if (is_set(port) && *host != '/' && strchr(host, ',') == NULL)
        buf_printf(&out, ":%s", port);
    if (is_set(name))
        buf_printf(&out, "/%s", name);
    PQconninfoFree(defaults);
    char _cleanup_free_ *raw = buf_steal(&out);
    char _cleanup_free_ *safe = redact(raw);
    return text_escaped(safe);
}

void conninfo_show(struct conninfo *info)
{
    free(info->shown);
    info->shown = shown_as(info);
}

int conninfo_make(const struct conninfo_parts *parts, const struct environment *env, struct conninfo *ret,
                  struct err *reterr)
{
    struct conninfo _cleanup_conninfo_ info = CONNINFO_INIT;
    const struct {
        const char *keyword, *value;
    } given[] = {{"host", parts->host}, {"port", parts->port}, {"dbname", parts->name}, {"user", parts->user},
                 {"password", parts->password}};
    bool has_parts = false;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        has_parts = has_parts || is_set(given[i].value);
    const char *url = is_set(parts->url) ? parts->url : environment_get(env, "DATABASE_URL");
    if (is_set(url)) {
        if (parse(url, &info, reterr) != 0) {
            if (!is_set(parts->url))
                err_wrap(reterr, "DATABASE_URL");
            return err_hint(reterr, "Expected is postgresql://USER:PASSWORD@HOST:PORT/NAME (special characters in the "
                                    "password percent-encoded), or key=value pairs as libpq takes them.");
        }
    } else if (!has_parts && !any_pg_variable(env)) {
        err_set(reterr, ERR_CONFIG, "nothing says which database to check");
        return err_hint(reterr, "Set DATABASE_URL (or TENANTGATE_DATABASE_URL, [database] url, or libpq's PGHOST, "
                                "PGDATABASE, PGUSER).");
    }
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (is_set(given[i].value))
            conninfo_set(&info, given[i].keyword, given[i].value);
    /* A host given by name must not lose against the URL's address. */
    if (is_set(parts->host) && conninfo_get(&info, "hostaddr") != NULL)
        conninfo_set(&info, "hostaddr", "");
    if (conninfo_get(&info, "fallback_application_name") == NULL)
        conninfo_set(&info, "fallback_application_name", "tenantgate");
    info.shown = shown_as(&info);
    *ret = info;
    info = CONNINFO_INIT;
    return 0;
}

/* Percent-encodes all but what needs it nowhere in a URL. */
static void encode(struct buf *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        if (isalnum(*p) || strchr("-._~", *p) != NULL)
            buf_putc(out, (char)*p);
        else
            buf_printf(out, "%%%02X", *p);
}

/* What other programs have no use for, or what stands elsewhere in the URL. */
static bool is_parameter(const char *keyword, bool plain_host)
{
    static const char *const elsewhere[] = {"user", "password", "dbname", "fallback_application_name", "application_name"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcmp(keyword, elsewhere[i]) == 0)
            return false;
    return !plain_host || (strcmp(keyword, "host") != 0 && strcmp(keyword, "port") != 0);
}

static char *url_of(const struct conninfo *info)
{
    const char *user = conninfo_get(info, "user"), *password = conninfo_get(info, "password");
    const char *host = conninfo_get(info, "host"), *port = conninfo_get(info, "port"), *name = conninfo_get(info, "dbname");
    /* Several hosts are libpq's own; as parameters libpq understands them and others at least see no wrong one. */
    bool plain_host = is_set(host) && strchr(host, ',') == NULL && strchr(host, ':') == NULL;
    struct buf out = BUF_INIT;
    buf_puts(&out, "postgresql://");
    if (is_set(user))
        encode(&out, user);
    if (is_set(user) && is_set(password)) {
        buf_putc(&out, ':');
        encode(&out, password);
    }
    buf_puts(&out, is_set(user) ? "@" : "");
    if (plain_host)
        encode(&out, host);
    if (plain_host && is_set(port))
        buf_printf(&out, ":%s", port);
    buf_putc(&out, '/');
    encode(&out, is_set(name) ? name : "");
    char sign = '?';
    for (size_t i = 0; i < info->keywords.count; i++) {
        if (!is_parameter(info->keywords.items[i], plain_host) || !is_set(info->values.items[i]))
            continue;
        buf_printf(&out, "%c%s=", sign, info->keywords.items[i]);
        encode(&out, info->values.items[i]);
        sign = '&';
    }
    return buf_steal(&out);
}

void conninfo_variables(const struct conninfo *info, struct strv *ret)
{
    PQconninfoOption *options = PQconndefaults();
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++) {
        const char *value = conninfo_get(info, option->keyword);
        if (option->envvar != NULL && is_set(value) && strcmp(option->keyword, "application_name") != 0)
            strv_take(ret, mem_printf("%s=%s", option->envvar, value));
    }
    PQconninfoFree(options);
    char _cleanup_free_ *url = url_of(info);
    strv_take(ret, mem_printf("DATABASE_URL=%s", url));
}

void conninfo_copy(const struct conninfo *info, struct conninfo *ret)
{
    strv_add_all(&ret->keywords, &info->keywords);
    strv_add_all(&ret->values, &info->values);
    strv_add_all(&ret->dropped, &info->dropped);
    ret->schema = mem_strdup(info->schema);
    ret->shown = mem_strdup(info->shown);
}
