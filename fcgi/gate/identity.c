/*
 * identity.c - who calls, for the back-end: one header, a dictionary of RFC 8941.
 *
 * Keys that do not apply are left out. Texts hold only what a structured string may: what is not
 * printable ASCII is percent-encoded, and so is the percent sign.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <inttypes.h>

#include "gate/gate_int.h"

static void
add_id(struct buf *out, const char *key, int64_t id)
{
    if (id != 0)
        buf_printf(out, ", %s=%" PRId64, key, id);
}

static bool
is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '%' && c != '"' && c != '\\';
}

static void
add_text(struct buf *out, const char *key, const char *text)
{
    buf_text(out, ", ");
    buf_text(out, key);
    buf_text(out, "=\"");
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
        const unsigned char *start = p;
        while (is_plain(*p))
            p++;
        buf_add(out, (const char *)start, (size_t)(p - start));
        if (*p != '\0')
            buf_printf(out, "%%%02X", *p++);
    }
    buf_char(out, '"');
}

const char *
gate_identity(struct arena *arena, const struct bearer_facts *facts, const char *request_id)
{
    const struct user *user = &facts->user;
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    buf_printf(&out, "user=%" PRId64, user->id);
    add_text(&out, "login", user->login);
    add_id(&out, "client", user->client_id);
    add_id(&out, "group", user->extension_group_id);
    add_id(&out, "extension", user->extension_id);
    add_id(&out, "dealer", user->dealer_id);
    add_id(&out, "tenant", user->tenant_id);
    buf_printf(&out, ", admin=?%d, access=%s", user->admin, user_access_names[user->access]);
    add_text(&out, "app", facts->app_id);
    buf_printf(&out, ", level=%s", app_level_names[facts->level]);
    add_text(&out, "request", request_id);
    return out.data;
}
