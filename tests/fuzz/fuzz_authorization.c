/*
 * fuzz_authorization.c - two lines: Authorization, the body of a token request. However a client
 * shows who it is, it does so in one way, and what it means comes back from being sent again.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "web/web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct web_field fields[] = {
    { .name = "client_id" },
    { .name = "client_secret", .is_secret = true },
    { 0 },
};

static const struct web_route route = { .path = "/oauth/token", .fields = fields };

/* Fills *client from the header (NULL: none) and the body's two fields. */
static enum oauth_error
load(struct arena *arena, const char *authorization, const char *id, const char *secret,
     struct web_client *client)
{
    struct http_pair header = { "HTTP_AUTHORIZATION", authorization };
    struct http_request http = { .arena = arena, .params = { &header, authorization != NULL } };
    struct web_request request = { .http = &http, .arena = arena, .route = &route };
    const char *text;
    request.values[0].value = id;
    request.values[1].value = secret;
    enum oauth_error error = web_client_load(&request, &text);
    assert((error == OAUTH_NONE) == (text == NULL));
    assert(http.log_app == NULL || text_is_hex(http.log_app, APP_ID_LENGTH));
    *client = request.client;
    return error;
}

static const char *
encode(struct arena *arena, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    for (size_t left = strlen(text); left > 0;) {
        size_t take = left < 3 ? left : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < take ? (unsigned char)text[i] : 0);
        for (size_t i = 0; i < 4; i++)
            buf_char(&out, i > take ? '=' : digits[bits >> (18 - 6 * i) & 63]);
        text += take;
        left -= take;
    }
    return out.data;
}

/* RFC 6749 §2.3.1, as a client writes it; base64 is taken up to 64 KiB. */
static void
check_again(struct arena *arena, const struct web_client *client)
{
    struct web_client again;
    const char *pair = arena_printf(arena, "%s:%s", uri_escape(arena, client->app_id),
                                    uri_escape(arena, client->secret));
    const char *header = arena_printf(arena, "Basic %s", encode(arena, pair));
    if (strlen(header) > 60000)
        return;
    enum oauth_error error = load(arena, header, "", "", &again);
    assert(error == OAUTH_NONE && again.by_basic);
    assert(text_equal(again.app_id, client->app_id) && text_equal(again.secret, client->secret));
}

static void
check_credentials(struct arena *arena, const char *authorization)
{
    static const char *const schemes[] = { "Basic", "Bearer" };
    size_t count = 0;
    for (size_t i = 0; i < LENGTH_OF(schemes); i++) {
        const char *found = http_credentials(arena, authorization, schemes[i]);
        count += found != NULL;
        for (; found != NULL && *found != '\0'; found++)
            assert(*found > ' ' && *found <= '~');
    }
    assert(count <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    const char *text = arena_strndup(arena, (const char *)data, size);
    const char *line = arena_strndup(arena, text, strcspn(text, "\n"));
    const char *body = text + strlen(line) + (text[strlen(line)] == '\n');
    const char *authorization = *line == '\0' ? NULL : line;
    struct http_pairs form;
    struct web_client client;
    if (authorization != NULL)
        check_credentials(arena, authorization);
    if (http_form_parse_urlencoded(arena, body, strlen(body), &form) == HTTP_FINE) {
        const char *id = http_pairs_find(&form, "client_id");
        const char *secret = http_pairs_find(&form, "client_secret");
        id = id == NULL ? "" : id;
        secret = secret == NULL ? "" : secret;
        if (load(arena, authorization, id, secret, &client) == OAUTH_NONE) {
            assert(*client.app_id != '\0' && client.by_basic == (authorization != NULL));
            assert(utf8_valid(client.app_id, strlen(client.app_id)));
            assert(utf8_valid(client.secret, strlen(client.secret)));
            assert(!client.by_basic || *secret == '\0');
            assert(*id == '\0' || text_equal(id, client.app_id));
            check_again(arena, &client);
        }
    }
    arena_close(arena);
    return 0;
}
