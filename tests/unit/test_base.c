/* The ground everything stands on: buffers, lists, maps, errors, time, files, the environment. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/environ.h"
#include "base/file.h"
#include "base/jsontext.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/signame.h"
#include "base/strmap.h"
#include "base/watch.h"

static void a_buffer_always_holds_a_text(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    assert_string_equal(buf_text(&buf), "");
    buf_puts(&buf, "one");
    buf_putc(&buf, ' ');
    buf_printf(&buf, "%d%%", 2);
    buf_fill(&buf, '.', 3);
    assert_string_equal(buf_text(&buf), "one 2%...");
    assert_int_equal(buf.len, strlen("one 2%..."));
    buf_clear(&buf);
    assert_string_equal(buf_text(&buf), "");
    char _cleanup_free_ *empty = buf_steal(&buf);
    assert_string_equal(empty, "");
    buf_done(&buf);
}

static void a_buffer_never_holds_more_than_its_maximum(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ buf = {.max = 5};
    buf_puts(&buf, "abcde");
    assert_false(buf.truncated);
    buf_puts(&buf, "f");
    assert_true(buf.truncated);
    buf_clear(&buf);
    assert_false(buf.truncated);
    buf_puts(&buf, "abc");
    buf_puts(&buf, "defgh");
    assert_string_equal(buf_text(&buf), "abcde");
    assert_true(buf.truncated);
    buf_puts(&buf, "x");
    assert_int_equal(buf.len, 5);
    char _cleanup_free_ *text = buf_steal(&buf);
    assert_string_equal(text, "abcde");
    assert_int_equal(buf.max, 5);
}

static void a_buffer_keeps_nul_bytes(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ buf = BUF_INIT;
    buf_add(&buf, "a\0b", 3);
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf_text(&buf), "a\0b", 4);
}

static void a_list_is_ordered_by_bytes_and_made_unique(void **state)
{
    (void)state;
    struct strv _cleanup_strv_ list = STRV_INIT, more = STRV_INIT;
    strv_sort(&list);
    assert_int_equal(strv_unique(&list), 0);
    strv_add(&more, "b");
    strv_add(&more, "\xc3\xa4");
    strv_add(&more, "B");
    strv_add(&more, "b");
    strv_add_all(&list, &more);
    strv_take(&list, mem_strdup("a"));
    assert_true(strv_has(&list, "B"));
    assert_false(strv_has(&list, "A"));
    assert_int_equal(strv_unique(&list), 1);
    check_list(&list, "b|\xc3\xa4|B|a");
    strv_sort(&list);
    check_list(&list, "B|a|b|\xc3\xa4");
}

static void a_map_finds_what_was_put_and_nothing_else(void **state)
{
    (void)state;
    struct strmap _cleanup_strmap_ map = STRMAP_INIT;
    struct strv _cleanup_strv_ names = STRV_INIT;
    assert_true(strmap_get(&map, "x") == STRMAP_NONE);
    for (size_t i = 0; i < 3000; i++)
        strv_take(&names, mem_printf("name%zu", i));
    for (size_t i = 0; i < names.count; i++)
        strmap_put(&map, names.items[i], i);
    strmap_put(&map, "name7", 70);
    assert_int_equal(map.count, 3000);
    for (size_t i = 0; i < names.count; i++)
        assert_int_equal(strmap_get(&map, names.items[i]), i == 7 ? 70 : i);
    assert_true(strmap_get(&map, "name3000") == STRMAP_NONE);
    assert_true(strmap_get(&map, "") == STRMAP_NONE);
}

static void an_error_is_set_wrapped_and_moved(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT, other = ERR_INIT;
    assert_int_equal(err_set(&err, ERR_CONFIG, "no %s", "good"), -1);
    assert_int_equal(err_hint(&err, "do %d", 1), -1);
    assert_int_equal(err_wrap(&err, "acme"), -1);
    assert_string_equal(err.msg, "acme: no good");
    assert_string_equal(err.hint, "Do 1.");
    err_move(&other, &err);
    assert_null(err.msg);
    assert_int_equal(err.kind, ERR_NONE);
    assert_string_equal(other.msg, "acme: no good");
    err_move(&other, &other);
    assert_string_equal(other.msg, "acme: no good");
    /* A new error may be made of the old one's words. */
    err_set(&other, ERR_QUERY, "again: %s", other.msg);
    assert_string_equal(other.msg, "again: acme: no good");
    assert_null(other.hint);
    err_hint(&other, "is it there?");
    assert_string_equal(other.hint, "Is it there?");
    err_hint(&other, "%s", "");
    assert_string_equal(other.hint, "");
}

static void a_deadline_of_nothing_never_comes(void **state)
{
    (void)state;
    assert_int_equal(deadline_in(0).at_ms, DEADLINE_NEVER.at_ms);
    assert_int_equal(deadline_in(-1).at_ms, DEADLINE_NEVER.at_ms);
    assert_int_equal(deadline_in(INT64_MAX).at_ms, INT64_MAX);
    assert_false(deadline_passed(DEADLINE_NEVER));
    assert_int_equal(deadline_poll_ms(DEADLINE_NEVER), -1);
    assert_int_equal(deadline_left_ms(DEADLINE_NEVER), INT64_MAX);
}

static void a_deadline_passes_and_the_earlier_one_counts(void **state)
{
    (void)state;
    struct deadline past = {clock_now_ms() - 5}, future = deadline_in(60000), far = deadline_in(INT64_C(100) * 86400000);
    assert_true(deadline_passed(past));
    assert_false(deadline_passed(future));
    assert_int_equal(deadline_left_ms(past), 0);
    assert_int_equal(deadline_poll_ms(past), 0);
    assert_in_range(deadline_poll_ms(future), 50000, 60000);
    assert_int_equal(deadline_poll_ms(far), INT32_MAX);
    assert_int_equal(deadline_min(past, future).at_ms, past.at_ms);
    assert_int_equal(deadline_min(DEADLINE_NEVER, future).at_ms, future.at_ms);
}

static void the_environment_is_read_by_whole_names(void **state)
{
    (void)state;
    char one[] = "NAME=1", two[] = "NAMES=2", three[] = "EMPTY=", four[] = "NAME=again", five[] = "BARE";
    char *const vars[] = {two, one, three, four, five, NULL};
    const struct environment env = {.vars = vars}, none = {.vars = NULL};
    assert_string_equal(environment_get(&env, "NAME"), "1");
    assert_string_equal(environment_get(&env, "EMPTY"), "");
    assert_null(environment_get(&env, "NAM"));
    assert_null(environment_get(&env, "BARE"));
    assert_null(environment_get(&none, "NAME"));
}

static void sha256_is_the_known_one(void **state)
{
    (void)state;
    struct sha256 sum;
    sha256_start(&sum);
    sha256_add(&sum, "a", 1);
    sha256_add(&sum, "bc", 2);
    char _cleanup_free_ *text = sha256_end(&sum);
    assert_string_equal(text, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void signals_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(signal_name(SIGTERM), "SIGTERM");
    assert_string_equal(signal_name(SIGHUP), "SIGHUP");
    assert_null(signal_name(0));
    assert_null(signal_name(-1));
    assert_null(signal_name(SIGRTMIN + 1));
    assert_null(signal_name(1000000));
}

static void text_that_is_not_utf8_is_escaped_in_json(void **state)
{
    (void)state;
    struct strv _cleanup_strv_ list = STRV_INIT;
    strv_add(&list, "\xff\"");
    strv_add(&list, "\xc3\xa4");
    json_t *document = json_object();
    json_object_set_new(document, "list", json_text_array(&list));
    json_object_set_new(document, "none", json_text(NULL));
    char _cleanup_free_ *text = json_finish(document);
    check_has(text, "\"\\\\xff\\\"\"");
    check_has(text, "\"\xc3\xa4\"");
    check_has(text, "\"none\": null");
    assert_int_equal(text[strlen(text) - 1], '\n');
}

/* A folder for one test. */
static char *make_folder(void)
{
    char *path = mem_strdup("/tmp/tenantgate-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static void remove_folder(const char *path)
{
    char _cleanup_free_ *command = mem_printf("rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

static void a_file_is_written_whole_and_read_back(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ text = BUF_INIT;
    char _cleanup_free_ *folder = make_folder();
    char _cleanup_free_ *path = mem_printf("%s/file", folder);
    assert_int_equal(file_write(path, "a\0b\n", 4, &err), 0);
    assert_int_equal(file_write(path, "new\0b\n", 6, &err), 0);
    assert_int_equal(file_read(path, 6, ERR_CONFIG, &text, &err), 0);
    assert_int_equal(text.len, 6);
    assert_memory_equal(text.data, "new\0b\n", 6);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
    char _cleanup_free_ *listing = mem_printf("test \"$(ls -A '%s')\" = file", folder);
    assert_int_equal(system(listing), 0);
    remove_folder(folder);
}

static void files_of_any_size_are_read_whole(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ text = BUF_INIT, much = BUF_INIT, procfs = BUF_INIT;
    char _cleanup_free_ *folder = make_folder();
    char _cleanup_free_ *path = mem_printf("%s/file", folder);
    for (int i = 0; i < 20000; i++)
        buf_printf(&much, "%d\n", i);
    assert_int_equal(file_write(path, buf_text(&much), much.len, &err), 0);
    buf_puts(&text, "before ");
    assert_int_equal(file_read(path, much.len, ERR_CONFIG, &text, &err), 0);
    assert_int_equal(text.len, much.len + strlen("before "));
    assert_string_equal(buf_text(&text) + strlen("before "), buf_text(&much));
    check_err(file_read(path, much.len - 1, ERR_CONFIG, &text, &err), &err, ERR_CONFIG, "larger than");
    /* One that does not know its size. */
    assert_int_equal(file_read("/proc/self/status", 100000, ERR_CONFIG, &procfs, &err), 0);
    check_has(buf_text(&procfs), "Threads:");
    remove_folder(folder);
}

static void only_a_file_is_put_in_another_ones_place(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ text = BUF_INIT;
    char _cleanup_free_ *folder = make_folder();
    char _cleanup_free_ *path = mem_printf("%s/file", folder), *link = mem_printf("%s/link", folder), *fifo = mem_printf("%s/fifo", folder);
    struct stat info;
    assert_int_equal(file_write("/dev/null", "x", 1, &err), 0);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(file_write(path, "old", 3, &err), 0);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(file_write(link, "ne", 2, &err), 0);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(file_read(path, 9, ERR_CONFIG, &text, &err), 0);
    assert_string_equal(buf_text(&text), "ne");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    check_err(file_write(fifo, "x", 1, &err), &err, ERR_INTERNAL, "cannot be written"); /* nobody reads it */
    check_err(file_write("/dev/full", "x", 1, &err), &err, ERR_INTERNAL, "/dev/full: cannot be written: No space left");
    remove_folder(folder);
}

static void writing_waits_for_a_slow_reader(void **state)
{
    (void)state;
    int ends[2], status = 0;
    char *much = mem_alloc(300000);
    memset(much, 'x', 300000);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    pid_t child = fork();
    if (child == 0) {
        char chunk[5000];
        size_t total = 0;
        close(ends[1]);
        fcntl(ends[0], F_SETFL, 0);
        for (ssize_t got; (got = read(ends[0], chunk, sizeof chunk)) > 0; total += (size_t)got)
            usleep(200);
        _exit(total == 300000 ? 0 : 1);
    }
    close(ends[0]);
    assert_int_equal(file_write_fd(ends[1], much, 300000), 0);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(file_write_fd(-1, much, 1), -1);
    assert_int_equal(errno, EBADF);
    free(much);
}

static void what_cannot_be_read_is_said_and_nothing_blocks(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct buf _cleanup_buf_ text = BUF_INIT;
    char _cleanup_free_ *folder = make_folder();
    char _cleanup_free_ *path = mem_printf("%s/f\nile", folder), *fifo = mem_printf("%s/fifo", folder);
    check_err(file_read(path, 9, ERR_NO_EXPECTED, &text, &err), &err, ERR_NO_EXPECTED, "/f\\nile: cannot be opened: No such file");
    assert_int_equal(file_write(path, "0123456789", 10, &err), 0);
    check_err(file_read(path, 9, ERR_CONFIG, &text, &err), &err, ERR_CONFIG, "larger than 9 bytes");
    check_err(file_read(folder, 9, ERR_CONFIG, &text, &err), &err, ERR_CONFIG, "is a folder");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    check_err(file_read(fifo, 9, ERR_CONFIG, &text, &err), &err, ERR_CONFIG, "is special");
    check_err(file_read("/proc/self/status", 9, ERR_CONFIG, &text, &err), &err, ERR_CONFIG, "larger than 9 bytes");
    char _cleanup_free_ *nowhere = mem_printf("%s/none/file", folder);
    check_err(file_write(nowhere, "x", 1, &err), &err, ERR_INTERNAL, "cannot be written: No such file");
    remove_folder(folder);
}

/* Runs `act` in a child whose standard error is read back; returns its exit status. */
static int in_child(void (*act)(void), struct buf *ret_stderr)
{
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        act();
        _exit(0);
    }
    close(ends[1]);
    char chunk[4096];
    for (ssize_t got; (got = read(ends[0], chunk, sizeof chunk)) > 0;)
        buf_add(ret_stderr, chunk, (size_t)got);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void ask_for_too_much(void)
{
    mem_resize(NULL, SIZE_MAX / 2, 4);
}

static void assume_wrongly(void)
{
    BUG("the sky is green");
}

static void out_of_memory_and_broken_assumptions_end_with_70(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ memory = BUF_INIT, bug = BUF_INIT;
    assert_int_equal(in_child(ask_for_too_much, &memory), 70);
    assert_string_equal(buf_text(&memory), "tenantgate: out of memory; the gate stays closed\n");
    assert_int_equal(in_child(assume_wrongly, &bug), 70);
    check_has(buf_text(&bug), "tenantgate: internal error: the sky is green (");
    check_has(buf_text(&bug), "the gate stays closed\n");
}

static void log_something(void)
{
    const struct log text = {.least = LOG_INFO}, json = {.least = LOG_WARNING, .json = true};
    log_event(&text, LOG_DEBUG, "quiet", "not shown");
    log_event(&text, LOG_INFO, "said", "%s", "one\ntwo \x1b[31m \xff");
    log_event(&text, LOG_ERROR, "said", "bad");
    log_event(&json, LOG_INFO, "quiet", "not shown");
    log_event(&json, LOG_WARNING, "seen", "%s", "\"quoted\" \x1b\xff");
}

static void log_lines_are_single_lines_without_control_characters(void **state)
{
    (void)state;
    struct buf _cleanup_buf_ text = BUF_INIT;
    assert_int_equal(in_child(log_something, &text), 0);
    const char *json = strchr(buf_text(&text), '{');
    assert_non_null(json);
    char _cleanup_free_ *plain = mem_strndup(buf_text(&text), (size_t)(json - buf_text(&text)));
    assert_string_equal(plain, "tenantgate: one\\ntwo \\x1b[31m \\xff\ntenantgate: error: bad\n");
    json_t *line = json_loads(json, 0, NULL);
    assert_non_null(line);
    assert_int_equal(json_object_size(line), 4);
    assert_string_equal(json_string_value(json_object_get(line, "level")), "warning");
    assert_string_equal(json_string_value(json_object_get(line, "event")), "seen");
    assert_string_equal(json_string_value(json_object_get(line, "message")), "\"quoted\" \\x1b\\xff");
    const char *time = json_string_value(json_object_get(line, "time"));
    assert_int_equal(strlen(time), strlen("2024-02-29T12:00:00.000Z"));
    assert_int_equal(time[10], 'T');
    assert_int_equal(time[23], 'Z');
    json_decref(line);
}

static void a_reader_that_has_stopped_reading_does_not_hold_the_log_up(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    char *much = mem_alloc(200000);
    memset(much, 'x', 200000);
    int64_t began = clock_now_ms();
    log_write(much, 200000);
    int64_t took = clock_now_ms() - began;
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    free(much);
    assert_in_range(took, 900, 5000);
}

/* A descriptor for SIGUSR1 and SIGPIPE, which are blocked. */
static struct watch watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return (struct watch){.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
}

static void waiting_ends_with_the_descriptor_the_deadline_or_a_signal(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct watch watch = watch_signals();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int64_t began = clock_now_ms();
    assert_int_equal(watch_wait(&watch, ends[0], POLLIN, deadline_in(50), &err), 0);
    assert_in_range(clock_now_ms() - began, 49, 2000);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(watch_wait(&watch, ends[0], POLLIN, DEADLINE_NEVER, &err), 1);
    assert_int_equal(watch_check(&watch, &err), 0);
    kill(getpid(), SIGUSR1);
    check_err(watch_wait(&watch, ends[0], POLLIN, DEADLINE_NEVER, &err), &err, ERR_SIGNALLED, "(SIGUSR1)");
    assert_int_equal(err.signal, SIGUSR1);
    close(ends[0]);
    close(ends[1]);
    close(watch.signal_fd);
}

static void our_own_write_to_a_closed_pipe_is_no_signal_to_end(void **state)
{
    (void)state;
    struct err _cleanup_err_ err = ERR_INIT;
    struct watch watch = watch_signals();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(watch_check(&watch, &err), 0);
    assert_int_equal(watch_wait(&watch, -1, 0, deadline_in(1), &err), 0);
    kill(getpid(), SIGUSR1);
    check_err(watch_check(&watch, &err), &err, ERR_SIGNALLED, "SIGUSR1");
    close(ends[1]);
    close(watch.signal_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_always_holds_a_text),
        cmocka_unit_test(a_buffer_never_holds_more_than_its_maximum),
        cmocka_unit_test(a_buffer_keeps_nul_bytes),
        cmocka_unit_test(a_list_is_ordered_by_bytes_and_made_unique),
        cmocka_unit_test(a_map_finds_what_was_put_and_nothing_else),
        cmocka_unit_test(an_error_is_set_wrapped_and_moved),
        cmocka_unit_test(a_deadline_of_nothing_never_comes),
        cmocka_unit_test(a_deadline_passes_and_the_earlier_one_counts),
        cmocka_unit_test(the_environment_is_read_by_whole_names),
        cmocka_unit_test(sha256_is_the_known_one),
        cmocka_unit_test(signals_have_their_names),
        cmocka_unit_test(text_that_is_not_utf8_is_escaped_in_json),
        cmocka_unit_test(a_file_is_written_whole_and_read_back),
        cmocka_unit_test(files_of_any_size_are_read_whole),
        cmocka_unit_test(only_a_file_is_put_in_another_ones_place),
        cmocka_unit_test(writing_waits_for_a_slow_reader),
        cmocka_unit_test(what_cannot_be_read_is_said_and_nothing_blocks),
        cmocka_unit_test(out_of_memory_and_broken_assumptions_end_with_70),
        cmocka_unit_test(log_lines_are_single_lines_without_control_characters),
        cmocka_unit_test(a_reader_that_has_stopped_reading_does_not_hold_the_log_up),
        cmocka_unit_test(waiting_ends_with_the_descriptor_the_deadline_or_a_signal),
        cmocka_unit_test(our_own_write_to_a_closed_pipe_is_no_signal_to_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
