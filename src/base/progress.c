/* How far verification has come. */
#include "base/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* What takes no longer shows no progress. */
#define QUIET_MS 1000
/* Between two drawings, and between two lines in the log. */
#define DRAW_MS 100
#define LINE_MS 3000
#define COLUMNS 80
#define BAR_COLUMNS 30
/* Back to the head of the line, which is emptied. */
#define WIPE "\r\033[K"

void progress_init(struct progress *progress, bool bar)
{
    *progress = (struct progress){.bar = bar};
    pthread_mutex_init(&progress->mutex, NULL);
}

void progress_done(struct progress *progress)
{
    pthread_mutex_destroy(&progress->mutex);
}

static size_t terminal_columns(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS;
}

/* How much of it is done, in 1/1000. */
static size_t share(const struct progress *progress)
{
    size_t done = progress->databases > 0 ? progress->databases_done : progress->tenants_done;
    size_t all = progress->databases > 0 ? progress->databases : progress->tenants;
    return all > 0 ? (size_t)((double)done / (double)all * 1000) : 0;
}

void progress_text(const struct progress *progress, size_t columns, struct buf *out)
{
    struct buf _cleanup_buf_ text = BUF_INIT;
    if (progress->databases > 0)
        buf_printf(&text, "verifying: %zu of %zu databases, %zu tenants", progress->databases_done, progress->databases,
                   progress->tenants_done);
    else
        buf_printf(&text, "verifying: %zu of %zu tenants", progress->tenants_done, progress->tenants);
    if (columns > 0 && text.len + BAR_COLUMNS + 3 <= columns) {
        size_t full = share(progress) * BAR_COLUMNS / 1000;
        buf_puts(&text, " [");
        buf_fill(&text, '#', full);
        buf_fill(&text, '.', BAR_COLUMNS - full);
        buf_putc(&text, ']');
    }
    buf_add(out, buf_text(&text), columns > 0 ? text_fit(buf_text(&text), columns) : text.len);
}

/* The progress of a log that takes it, locked; or NULL. */
static struct progress *lock(const struct log *log)
{
    struct progress *progress = log->least <= LOG_INFO ? log->progress : NULL;
    if (progress != NULL)
        pthread_mutex_lock(&progress->mutex);
    return progress;
}

static void draw(struct progress *progress)
{
    struct buf _cleanup_buf_ line = BUF_INIT;
    size_t wide = terminal_columns();
    buf_puts(&line, WIPE);
    progress_text(progress, wide > 1 ? wide - 1 : 1, &line); /* the last column would wrap the line */
    log_write(buf_text(&line), line.len);
    progress->drawn = true;
}

/* Shows it where it is time to, and unlocks. */
static void show(const struct log *log, struct progress *progress)
{
    struct buf _cleanup_buf_ line = BUF_INIT;
    int64_t now = clock_now_ms(), since = progress->told_ms > 0 ? progress->told_ms : progress->began_ms;
    bool drawing = progress->bar && now - progress->began_ms >= QUIET_MS && now - since >= DRAW_MS;
    bool telling = !progress->bar && now - since >= LINE_MS;
    if (drawing || telling)
        progress->told_ms = now;
    if (drawing)
        draw(progress);
    if (telling)
        progress_text(progress, 0, &line);
    pthread_mutex_unlock(&progress->mutex);
    if (telling) /* unlocked: the log asks for the lock itself */
        log_event(log, LOG_INFO, "progress", "%s", buf_text(&line));
}

static void add(const struct log *log, size_t expected_tenants, size_t expected_databases, size_t tenants, size_t databases)
{
    struct progress *progress = lock(log);
    if (progress == NULL)
        return;
    if (progress->began_ms == 0)
        progress->began_ms = clock_now_ms();
    progress->tenants += expected_tenants;
    progress->databases += expected_databases;
    progress->tenants_done += tenants;
    progress->databases_done += databases;
    /* One that is looked at again counts once. */
    if (progress->tenants_done > progress->tenants)
        progress->tenants_done = progress->tenants;
    show(log, progress);
}

void progress_expect_tenants(const struct log *log, size_t count)
{
    add(log, count, 0, 0, 0);
}

void progress_expect_databases(const struct log *log, size_t count)
{
    add(log, 0, count, 0, 0);
}

void progress_add_tenants(const struct log *log, size_t count)
{
    add(log, 0, 0, count, 0);
}

void progress_add_databases(const struct log *log, size_t count)
{
    add(log, 0, 0, 0, count);
}

void progress_over(const struct log *log)
{
    struct progress *progress = lock(log);
    if (progress == NULL)
        return;
    if (progress->drawn)
        log_write(WIPE, sizeof WIPE - 1);
    progress->drawn = false;
    progress->tenants = progress->tenants_done = progress->databases = progress->databases_done = 0;
    progress->began_ms = progress->told_ms = 0;
    pthread_mutex_unlock(&progress->mutex);
}

void progress_wipe_for(struct progress *progress, const char *text, size_t len)
{
    if (progress == NULL) {
        log_write(text, len);
        return;
    }
    pthread_mutex_lock(&progress->mutex);
    if (progress->drawn)
        log_write(WIPE, sizeof WIPE - 1);
    log_write(text, len);
    if (progress->drawn)
        draw(progress);
    pthread_mutex_unlock(&progress->mutex);
}
