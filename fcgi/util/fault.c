/*
 * fault.c - sentences about what is wrong, and the two ways to end the process.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <stdlib.h>

#include "util/util.h"

bool
fault_set(struct fault *fault, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    return false;
}

static void PRINTF_LIKE(2, 0) report(const char *what, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    log_event(LOG_AT_ERROR, what, "detail", text, NULL);
    fprintf(stderr, "callgate: %s: %s\n", what, text);
}

_Noreturn void
fatal(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report("fatal", format, args);
    va_end(args);
    exit(1);
}

_Noreturn void
panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report("panic", format, args);
    va_end(args);
    abort();
}
