/*
 * throttle.c - whom a failed attempt is counted against.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <arpa/inet.h>
#include <string.h>

#include "rules/rules.h"

/* Whoever has one IPv6 address has the 2^64 of its network; a mapped one is an IPv4 address. */
static const char *
network_of(struct arena *arena, const char *address)
{
    struct in6_addr all;
    char hex[17];
    if (inet_pton(AF_INET6, address, &all) != 1)
        return address;
    if (IN6_IS_ADDR_V4MAPPED(&all))
        return arena_printf(arena, "%d.%d.%d.%d", all.s6_addr[12], all.s6_addr[13], all.s6_addr[14],
                            all.s6_addr[15]);
    hex_encode(all.s6_addr, 8, hex);
    return arena_printf(arena, "%s/64", hex);
}

/* A line break is in no login, App ID or address that could be right, so no two share a key. */
enum status
throttle_login_key(struct arena *arena, const char *login, const char *address, struct digest *out)
{
    return digest_of(arena_printf(arena, "login\n%s\n%s", network_of(arena, address), login), out);
}

enum status
throttle_address_key(struct arena *arena, const char *address, struct digest *out)
{
    return digest_of(arena_printf(arena, "address\n%s", network_of(arena, address)), out);
}

enum status
throttle_client_key(struct arena *arena, const char *app_id, const char *address,
                    struct digest *out)
{
    return digest_of(arena_printf(arena, "client\n%s\n%s", network_of(arena, address), app_id),
                     out);
}
