/* Drizzle's two formats. */
#include "files/drizzle.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "expected/paths.h"
#include "files/files.h"

#define TIME_DIGITS 14 /* yyyymmddhhmmss */

static int part(const char *digits, size_t len)
{
    int value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

char *drizzle_time_of(const char *folder)
{
    if (strspn(folder, "0123456789") < TIME_DIGITS)
        return NULL;
    struct tm when = {.tm_year = part(folder, 4) - 1900, .tm_mon = part(folder + 4, 2) - 1, .tm_mday = part(folder + 6, 2),
                      .tm_hour = part(folder + 8, 2), .tm_min = part(folder + 10, 2), .tm_sec = part(folder + 12, 2)};
    return mem_printf("%lld", (long long)timegm(&when) * 1000);
}

static int bad(const char *name, const char *what, struct err *reterr)
{
    char _cleanup_free_ *shown = text_escaped(name);
    err_set(reterr, ERR_NO_EXPECTED, "%s: %s", shown, what);
    return err_hint(reterr, "It is what drizzle-kit generate writes; see that it comes into the image whole.");
}

int drizzle_journal(const char *name, const char *text, size_t len, struct expected *ret, struct err *reterr)
{
    json_error_t why;
    json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    const json_t *entries = json_object_get(document, "entries");
    const char *wrong = NULL;
    ret->framework = FRAMEWORK_DRIZZLE;
    if (document == NULL) {
        char _cleanup_free_ *reason = text_escaped(why.text), *what = mem_printf("line %d: is damaged: %s", why.line, reason);
        return bad(name, what, reterr);
    }
    if (!json_is_array(entries))
        wrong = "is no journal of Drizzle's: it has no list of entries";
    for (size_t i = 0; i < json_array_size(entries) && wrong == NULL; i++) {
        const json_t *entry = json_array_get(entries, i), *when = json_object_get(entry, "when");
        const char *tag = json_string_value(json_object_get(entry, "tag"));
        if (tag == NULL || *tag == '\0' || !json_is_integer(when)) {
            wrong = "is damaged: an entry without a tag or a time";
            break;
        }
        struct migration *migration = expected_add(ret, tag);
        migration->label = mem_printf("%lld", (long long)json_integer_value(when));
        migration->place = i + 1;
    }
    json_decref(document);
    if (wrong != NULL)
        return bad(name, wrong, reterr);
    return ret->count > 0 ? 0 : bad(name, "lists no entries", reterr);
}

/* The text of every entry is OUT/TAG.sql. */
static int read_texts(const char *out, struct expected *ret, struct err *reterr)
{
    for (size_t i = 0; i < ret->count; i++) {
        struct migration *migration = &ret->items[i];
        struct buf _cleanup_buf_ text = BUF_INIT;
        char _cleanup_free_ *name = mem_printf("%s.sql", migration->id);
        migration->file = path_join(out, name);
        if (path_read(migration->file, &text, reterr) != 0)
            return err_hint(reterr, "The journal (meta/_journal.json) names it.");
        strv_take(&migration->checksums, digest_hex(DIGEST_SHA256, buf_text(&text), text.len));
    }
    return 0;
}

/* Folders of 1.0 beside a journal: 1.0 stops at the journal, and what is older passes over the folders. */
static int check_folders(const struct source *source, const char *out, const char *journal, struct err *reterr)
{
    struct strv _cleanup_strv_ found = STRV_INIT;
    paths_match(out, "*/migration.sql", &found);
    for (size_t i = 0; i < source->paths.count; i++)
        paths_match(source->paths.items[i], "drizzle/*/migration.sql", &found);
    if (found.count == 0)
        return 0;
    char _cleanup_free_ *one = text_escaped(journal), *two = text_escaped(found.items[0]);
    err_set(reterr, ERR_NO_EXPECTED, "%s is a journal as Drizzle had it before 1.0, and %s is a migration of 1.0", one, two);
    return err_hint(reterr, "Convert all of them with `npx drizzle-kit up`, or take out what is left over.");
}

/* The journal of a path: there or at most two folders below. */
static int find_journal(const char *path, struct strv *ret)
{
    static const char *const places[] = {"meta/_journal.json", "*/meta/_journal.json", "*/*/meta/_journal.json"};
    struct strv _cleanup_strv_ found = STRV_INIT;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        paths_match(path, places[i], &found);
    for (size_t i = 0; i < found.count; i++)
        if (strstr(found.items[i], "node_modules/") == NULL)
            strv_add(ret, found.items[i]);
    return ret->count > 0;
}

/* Folders of 1.0; files of the version before without their journal are told as such. */
static int read_folders(const struct source *source, struct expected *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ folders = STRV_INIT, found = STRV_INIT;
    if (files_read(source, FRAMEWORK_DRIZZLE, &files_drizzle, ret, reterr) == 0)
        return 0;
    struct err _cleanup_err_ ignored = ERR_INIT;
    if (ret->count > 0 || files_folders(source, &files_drizzle, &folders, &ignored) != 0)
        return -1;
    for (size_t i = 0; i < folders.count; i++)
        paths_match(folders.items[i], "[0-9]*_*.sql", &found);
    return found.count > 0 ? bad(found.items[0], "has no journal (meta/_journal.json beside it), by which Drizzle finds it", reterr)
                           : -1;
}

int drizzle_read(const struct source *source, struct expected *ret, struct err *reterr)
{
    struct strv _cleanup_strv_ journals = STRV_INIT;
    struct buf _cleanup_buf_ text = BUF_INIT;
    for (size_t i = 0; i < source->paths.count; i++)
        find_journal(source->paths.items[i], &journals);
    if (journals.count == 0)
        return read_folders(source, ret, reterr);
    if (journals.count > 1) {
        struct buf _cleanup_buf_ names = BUF_INIT;
        text_join(&names, &journals, 4);
        err_set(reterr, ERR_NO_EXPECTED, "there is more than one journal of Drizzle's: %s", buf_text(&names));
        return err_hint(reterr, "Set migrations.path to the folder of the one that is meant.");
    }
    const char *journal = journals.items[0];
    char _cleanup_free_ *out = mem_strndup(journal, strlen(journal) - strlen("meta/_journal.json"));
    const char *folder = *out != '\0' ? out : ".";
    if (check_folders(source, folder, journal, reterr) != 0 || path_read(journal, &text, reterr) != 0 ||
        drizzle_journal(journal, buf_text(&text), text.len, ret, reterr) != 0 || read_texts(folder, ret, reterr) != 0 ||
        files_table(source, &files_drizzle, ret, reterr) != 0)
        return -1;
    return expected_finish(ret, reterr);
}
