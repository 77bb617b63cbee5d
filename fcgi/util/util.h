/*
 * util.h - what every room stands on: status, arena, buf, text, uri, file, csv, colour, zone,
 * clock, log.
 *
 * Nothing here knows HTTP, SQL or Callgate's business. Strings are UTF-8, NUL-terminated and never
 * NULL unless a function says so.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_UTIL_H
#define CALLGATE_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define LENGTH_OF(array)  (sizeof(array) / sizeof((array)[0]))

/*
 * What our own machine could not do. "Not found", "name taken", "code used" are outcomes, not
 * failures: those are OK with an out parameter. Whoever first knows the reason logs it, once.
 */
enum status {
    OK,
    E_DB,      /* the database answered with an error that is our bug or its set-up */
    E_DB_DOWN, /* no database: 503, try again */
    E_CRYPTO,  /* no random bytes, no hash: never go on with something weaker */
    E_IO,      /* a file or a socket failed */
};

/* ---- fault.c: one sentence for a human about settings, templates, migrations ---- */

struct fault {
    char text[1024];
};

/* Writes the sentence; always returns false, so that `return fault_set(...)` reads well. */
bool fault_set(struct fault *fault, const char *format, ...) PRINTF_LIKE(2, 3);

/* The environment is unusable (settings, memory, files): says why on stderr and in the log, exit 1.
 */
_Noreturn void fatal(const char *format, ...) PRINTF_LIKE(1, 2);

/* Our own bug: says where and aborts, so that a core is left. */
_Noreturn void panic(const char *format, ...) PRINTF_LIKE(1, 2);

/* ---- arena.c: memory with the lifetime of a request, a load or a command ---- */

struct arena;

/* Never NULL: allocation succeeds or the process ends by fatal(). */
struct arena *arena_open(void);

/* `size` bytes, zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
/* Copies `length` bytes (which may hold any byte) and ends them with a NUL. */
char *arena_strndup(struct arena *arena, const char *text, size_t length)
    __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3)
    __attribute__((returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0)
    __attribute__((returns_nonnull));

/* Calls `undo(pointer)` at the next reset, last in first out: the way library handles get released.
 */
void arena_defer(struct arena *arena, void (*undo)(void *pointer), void *pointer);

/* Runs what was deferred, wipes all that was handed out, keeps one block for the next request. */
void arena_reset(struct arena *arena);

/* arena_reset() and frees everything; NULL is allowed. */
void arena_close(struct arena *arena);

/* ---- buf.c: text that grows; its failure sticks, so only the end needs a check ---- */

struct buf {
    struct arena *arena;
    char *data; /* always NUL-terminated */
    size_t length, size, limit;
    bool failed; /* something would have gone past `limit`; nothing after it was written */
};

/* Starts empty; at most `limit` bytes (not counting the NUL), SIZE_MAX for no limit. */
void buf_init(struct buf *buf, struct arena *arena, size_t limit);
void buf_add(struct buf *buf, const char *data, size_t length);
void buf_text(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- text.c: small questions about strings ---- */

bool text_equal(const char *a, const char *b);
bool text_equal_nocase(const char *a, const char *b); /* ASCII only */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_is_empty(const char *text);    /* NULL or "" */
bool text_has_control(const char *text); /* a byte below 0x20 or 0x7f */
/* Decimal digits only, no sign, no blank, at most `max`; false leaves *out alone. */
bool text_to_int(const char *text, int64_t max, int64_t *out);
/* Exactly `length` characters of 0-9 a-f. */
bool text_is_hex(const char *text, size_t length);
/* A copy without blanks (space, \t, \n, \r) at both ends. */
char *text_trim(struct arena *arena, const char *text);

/* The next word of *cursor (white space as in text_trim), copied; NULL at the end. */
char *text_word(struct arena *arena, const char **cursor);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(const char *text, size_t length);
size_t utf8_length(const char *text); /* code points of valid UTF-8 */
/* U+0000-001F, U+007F-009F, the bidirectional controls and the zero-width ones: never in a name. */
bool utf8_has_invisible(const char *text);

/* ---- encode.c ---- */

/* Writes 2 * length lower-case digits and a NUL. */
void hex_encode(const unsigned char *bytes, size_t length, char *out);
/* Exactly 2 * length digits, either case; false if not. */
bool hex_decode(const char *text, unsigned char *out, size_t length);

extern const char BASE62[63]; /* 0-9 A-Z a-z */

/* RFC 3986 unreserved characters stay, every other byte becomes %XX: fits a query value. */
char *uri_escape(struct arena *arena, const char *text);

/* ---- uri.c: RFC 3986 by liburiparser ---- */

struct uri {
    const char *scheme;   /* lower case; never NULL */
    const char *userinfo; /* NULL: none */
    const char *host;     /* lower case, an IPv6 address without brackets; NULL: no authority */
    bool host_is_ipv6;
    const char *port;     /* NULL: none */
    const char *path;     /* as written */
    const char *query;    /* as written; NULL: none */
    const char *fragment; /* as written; NULL: none */
};

/* An absolute URI with a scheme; false for anything that RFC 3986 does not call one. */
bool uri_parse(struct arena *arena, const char *text, struct uri *out);

/* ---- file.c ---- */

enum { FILE_TEXT_MAX = 1024 * 1024 };

/* A whole file of UTF-8 without NUL; NULL if it can't be read, is larger, or is something else. */
const char *file_read_text(struct arena *arena, const char *path, struct fault *fault) MUST_CHECK;

/* The same of any bytes, at most `max`. */
const char *file_read_bytes(struct arena *arena, const char *path, size_t max, size_t *length,
                            struct fault *fault) MUST_CHECK;

/* ---- colour.c ---- */

struct colour {
    unsigned char red, green, blue;
};

/* "#0b6a63"; false for anything else. */
bool colour_parse(const char *text, struct colour *out);
void colour_format(struct colour colour, char out[static 8]);
/* From `a` (share 0) to `b` (share 1). */
struct colour colour_mix(struct colour a, struct colour b, double share);
/* 1 to 21, as WCAG 2.2 has it. */
double colour_contrast(struct colour a, struct colour b);

/* ---- zone.c: time zones that the system knows ---- */

struct zone_time {
    int year, month, day, hour, minute;
    char name[16]; /* "MSK", "UTC+04" */
};

/* "Europe/Moscow": a name without tricks, and the system has it. */
bool zone_is_known(const char *name);
/* UTC if the zone is unknown. Until zone_forget() the process has that zone: say so at the end. */
void zone_break_down(const char *zone, int64_t wall_ms, struct zone_time *out);
void zone_forget(void);
/* What people choose from: each country's zones, sorted, and UTC; only that if there is no list. */
const char *const *zone_list(struct arena *arena, size_t *count);

/* ---- csv.c: RFC 4180 ---- */

enum { CSV_COLUMNS_MAX = 64, CSV_FIELD_MAX = 8 * 1024 };

enum csv_fault {
    CSV_FINE,
    CSV_BAD_QUOTE,  /* a quote inside of a field, or something behind the closing one */
    CSV_UNENDED,    /* the closing quote is missing */
    CSV_TOO_LONG,   /* a field over CSV_FIELD_MAX bytes */
    CSV_TOO_MANY,   /* a row over CSV_COLUMNS_MAX fields */
    CSV_NOT_TEXT,   /* no UTF-8, a NUL, a CR alone as an end of line */
    CSV_UNREADABLE, /* read failed */
};

/* As http_read: bytes read, 0 at the end, -1 for a failure. */
typedef long (*csv_read)(void *context, char *data, size_t size);

struct csv {
    csv_read read;
    void *context;
    char buffer[16 * 1024];
    size_t at, have;
    bool ended;
    size_t line; /* where it is, from 1 */
    enum csv_fault fault;
};

struct csv_row {
    size_t line; /* where it begins */
    size_t count;
    const char *fields[CSV_COLUMNS_MAX];
};

void csv_init(struct csv *csv, csv_read read, void *context);
/* The next row, its texts in `arena`; false at the end, or csv->fault. */
bool csv_next(struct csv *csv, struct arena *arena, struct csv_row *out);
/* One field, in quotes if it needs them; commas and line ends are the caller's. */
void csv_field(struct buf *out, const char *text);
/* With a ' before what a spreadsheet would take for a formula. */
const char *csv_defused(struct arena *arena, const char *text);

/* ---- clock.c ---- */

int64_t clock_wall_ms(void);      /* since 1970, UTC */
int64_t clock_monotonic_ms(void); /* only goes forward */
/* 2026-01-31T12:34:56Z, and a NUL. */
void clock_format_utc(int64_t wall_ms, char out[static 21]);
/* The same back, or 2026-01-31: the beginning of that day. False: it is neither, or no such day. */
bool clock_parse_utc(const char *text, int64_t *wall_ms);

/* ---- log.c: one line a happening, never a secret ---- */

enum log_level { LOG_AT_ERROR, LOG_AT_WARNING, LOG_AT_INFO, LOG_AT_DEBUG, LOG_AT__MAX };
enum log_format { LOG_KEY_VALUE, LOG_JSON };

struct log_options {
    const char *target; /* "stderr", "syslog" or a file's absolute path */
    enum log_level level;
    enum log_format format;
};

/* Before the first call lines go to stderr. May be called again; false: the file can't be opened.
 */
bool log_open(const struct log_options *options, struct fault *fault);

/* Opens the file again (after log rotation); nothing for the other targets. */
void log_reopen(void);

/* The id that every line carries from now on; NULL ends it. The text must outlive the request. */
void log_set_request(const char *id);

/*
 * time=… level=… id=… what="…" name=value …: pairs of const char *, ended by NULL; a NULL value
 * leaves its pair out. Values are quoted where needed and hold no line break, whatever comes in.
 */
void log_event(enum log_level level, const char *what, ...) __attribute__((sentinel));

/* The access line: the pairs as above, without level and what. */
void log_access(const char *name, ...) __attribute__((sentinel));

#endif
