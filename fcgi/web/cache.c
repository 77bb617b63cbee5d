/*
 * cache.c - what tokens stand for, kept in this process for a few seconds.
 *
 * Only what was found is kept, and only while the connection tells of changes: a change evicts at
 * once, and a lost connection all. A slot holds the last token that fell on it; there is no order
 * to keep and nothing to free.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdlib.h>
#include <string.h>

#include "web/web.h"

enum { SLOTS = 4096, LOGIN_MAX = 256 };

struct slot {
    bool used;
    struct digest token;
    int64_t until; /* monotonic */
    struct bearer_facts facts;
    char app_id[APP_ID_LENGTH + 1], login[LOGIN_MAX];
};

struct web_cache {
    int64_t longest_ms;
    struct slot slots[SLOTS];
};

struct web_cache *
web_cache_open(int64_t longest_ms)
{
    struct web_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        fatal("out of memory");
    cache->longest_ms = longest_ms;
    return cache;
}

void
web_cache_close(struct web_cache *cache)
{
    free(cache);
}

/* A digest is as random as can be: its first bytes are a hash. */
static struct slot *
slot_of(struct web_cache *cache, const struct digest *token)
{
    return &cache->slots[(token->bytes[0] << 8 | token->bytes[1]) % SLOTS];
}

bool
web_cache_find(struct web_cache *cache, const struct digest *token, int64_t now,
               struct bearer_facts *out)
{
    const struct slot *slot = slot_of(cache, token);
    if (!slot->used || now >= slot->until || !digest_equal(&slot->token, token))
        return false;
    *out = slot->facts;
    return true;
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void
web_cache_insert(struct web_cache *cache, const struct digest *token, int64_t now,
                 const struct bearer_facts *facts)
{
    struct slot *slot = slot_of(cache, token);
    size_t length = strlen(facts->user.login);
    if (length >= sizeof slot->login || strlen(facts->app_id) != APP_ID_LENGTH)
        return;
    int64_t keep = earlier(cache->longest_ms, facts->left_ms);
    if (facts->level_left_ms > 0)
        keep = earlier(keep, facts->level_left_ms);
    *slot = (struct slot){ .used = true, .token = *token, .until = now + keep, .facts = *facts };
    memcpy(slot->login, facts->user.login, length + 1);
    memcpy(slot->app_id, facts->app_id, sizeof slot->app_id);
    slot->facts.app_id = slot->app_id;
    slot->facts.user.login = slot->login;
    /* The gate looks at none of these. */
    slot->facts.user.name = slot->facts.user.email = slot->facts.user.timezone = "";
    slot->facts.user.extra_params = NULL;
}

static bool
concerns(const struct slot *slot, const struct dao_notice *notice)
{
    switch (notice->kind) {
    case NOTICE_ALL:
        return true;
    case NOTICE_APP:
        return slot->facts.app_row == notice->id;
    case NOTICE_USER:
        return slot->facts.user.id == notice->id;
    case NOTICE_GRANT:
        return slot->facts.grant_id == notice->id;
    case NOTICE_TOKEN:
        return digest_equal(&slot->token, &notice->token);
    }
    return true;
}

void
web_cache_evict(void *context, const struct dao_notice *notice)
{
    struct web_cache *cache = context;
    for (size_t i = 0; i < SLOTS; i++)
        if (cache->slots[i].used && concerns(&cache->slots[i], notice))
            cache->slots[i].used = false;
}
