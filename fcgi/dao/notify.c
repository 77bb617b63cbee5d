/*
 * notify.c - what a notification says: "a 7", "u 20", "g 31", "t <digest in hex>".
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

void
notice_parse(const char *payload, struct dao_notice *out)
{
    *out = (struct dao_notice){ .kind = NOTICE_ALL };
    if (payload[0] == '\0' || payload[1] != ' ')
        return;
    const char *value = payload + 2;
    if (payload[0] == 't') {
        if (hex_decode(value, out->token.bytes, sizeof out->token.bytes))
            out->kind = NOTICE_TOKEN;
        return;
    }
    if (!text_to_int(value, INT64_MAX, &out->id))
        return;
    if (payload[0] == 'a')
        out->kind = NOTICE_APP;
    else if (payload[0] == 'u')
        out->kind = NOTICE_USER;
    else if (payload[0] == 'g')
        out->kind = NOTICE_GRANT;
}
