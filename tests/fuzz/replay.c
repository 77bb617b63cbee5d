/*
 * replay.c - feeds every file of a directory to a fuzz target, without a fuzzer.
 *
 * Usage: fuzz_NAME DIRECTORY. A directory without files is an error: it would prove nothing. Each
 * input lies in a heap block of exactly its size, so that a sanitizer sees one byte too many.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
replay(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size);
    bool is_read =
        file != NULL && (data != NULL || size == 0) && fread(data, 1, size, file) == size;
    if (is_read)
        LLVMFuzzerTestOneInput(data, size);
    else
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    free(data);
    if (file != NULL)
        fclose(file);
    return is_read;
}

/* Files replayed, -1 if one can't be read. */
static int
replay_all(const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, NULL, alphasort), done = 0;
    if (count < 0) {
        fprintf(stderr, "%s: %s\n", directory, strerror(errno));
        return -1;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat about;
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        free(entries[i]);
        if (done < 0 || stat(path, &about) != 0 || !S_ISREG(about.st_mode))
            continue;
        done = replay(path, (size_t)about.st_size) ? done + 1 : -1;
    }
    free(entries);
    return done;
}

int
main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    int done = replay_all(argv[1]);
    if (done == 0)
        fprintf(stderr, "%s: no file to replay\n", argv[1]);
    if (done > 0)
        printf("%s: %d inputs\n", argv[1], done);
    return done > 0 ? 0 : 1;
}
