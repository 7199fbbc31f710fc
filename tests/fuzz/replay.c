/* Feeds every file of the folders in argv to a harness, so that what fuzzing once found is tested everywhere. TAP. */
#include <dirent.h>

#include "base/file.h"
#include "fuzz.h"

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    int number = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **entries = NULL;
        int count = scandir(argv[i], &entries, is_file, by_name);
        for (int e = 0; e < count; e++) {
            char _cleanup_free_ *path = mem_printf("%s/%s", argv[i], entries[e]->d_name);
            struct buf _cleanup_buf_ content = BUF_INIT;
            struct err _cleanup_err_ err = ERR_INIT;
            if (file_read(path, (size_t)16 << 20, ERR_INTERNAL, &content, &err) != 0) {
                printf("Bail out! %s\n", err.msg);
                return 1;
            }
            LLVMFuzzerTestOneInput((const uint8_t *)buf_text(&content), content.len);
            printf("ok %d - %s\n", ++number, entries[e]->d_name);
            fflush(stdout);
            free(entries[e]);
        }
        free(entries);
    }
    if (number == 0)
        printf("Bail out! no corpus\n");
    printf("1..%d\n", number);
    return 0;
}
