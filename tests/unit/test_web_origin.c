/*
 * test_web_origin.c - did this form come from our own page? The whole table of DESIGN's rule.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "web/web.h"

enum { OWN = ORIGIN_OWN, FOREIGN = ORIGIN_FOREIGN, OTHER_NAME = ORIGIN_OTHER_NAME };

#define SITE "https://pbx.example"

static enum web_origin
check(const char *site_url, const char *site, const char *origin, const char *host)
{
    struct settings settings = { .site_url = site_url };
    struct web web = { .settings = &settings };
    struct http_pair params[3];
    struct http_request http = { .params = { params, 0 } };
    struct web_request request = { .web = &web, .http = &http };
    if (site != NULL)
        params[http.params.count++] = (struct http_pair){ "HTTP_SEC_FETCH_SITE", site };
    if (origin != NULL)
        params[http.params.count++] = (struct http_pair){ "HTTP_ORIGIN", origin };
    if (host != NULL)
        params[http.params.count++] = (struct http_pair){ "HTTP_HOST", host };
    return web_origin_check(&request);
}

static void
test_table(void **state)
{
    (void)state;
    static const struct {
        const char *site, *origin, *host;
        int expected;
    } rows[] = {
        /* Sec-Fetch-Site, Origin, Host */
        { NULL, NULL, "pbx.example", OWN }, /* no browser */
        { NULL, SITE, "pbx.example", OWN },
        { NULL, SITE, "10.0.0.7", OWN }, /* a proxy that changed Host */
        { NULL, "null", "pbx.example", FOREIGN },
        { NULL, "", "pbx.example", FOREIGN },
        { NULL, "https://evil.example", "pbx.example", FOREIGN },
        { NULL, "https://evil.example", NULL, FOREIGN },
        { NULL, "http://pbx.example", "pbx.example", OTHER_NAME },
        { NULL, "https://www.pbx.example", "www.pbx.example", OTHER_NAME },
        { NULL, "http://10.0.0.7:8080", "10.0.0.7:8080", OTHER_NAME },
        { NULL, "http://10.0.0.7:8080", "10.0.0.7", FOREIGN },
        { NULL, "https://PBX.example.", "pbx.example", FOREIGN },
        { NULL, "https://pbx.example.evil.example", "pbx.example", FOREIGN },
        { NULL, "https://pbx.example:444", "pbx.example", FOREIGN },
        { NULL, "https://evil.example/https://pbx.example", "pbx.example", FOREIGN },

        { "same-origin", NULL, "pbx.example", OWN },
        { "same-origin", SITE, "pbx.example", OWN },
        { "same-origin", "null", "pbx.example", OWN },
        { "same-origin", "https://www.pbx.example", "www.pbx.example", OTHER_NAME },
        { "same-origin", "http://127.0.0.1:8080", "127.0.0.1:8080", OTHER_NAME },
        { "none", NULL, "pbx.example", OWN },
        { "none", SITE, "pbx.example", OWN },

        { "cross-site", NULL, "pbx.example", FOREIGN },
        { "cross-site", SITE, "pbx.example", FOREIGN },
        { "cross-site", "null", "pbx.example", FOREIGN },
        { "cross-site", "https://evil.example", "pbx.example", FOREIGN },
        { "cross-site", "https://www.pbx.example", "www.pbx.example", FOREIGN },
        { "same-site", NULL, "pbx.example", FOREIGN },
        { "same-site", SITE, "pbx.example", FOREIGN },
        { "same-site", "https://shop.example", "pbx.example", FOREIGN },
        { "", NULL, "pbx.example", FOREIGN },
        { "", SITE, "pbx.example", FOREIGN },
        { "Same-Origin", SITE, "pbx.example", FOREIGN },
        { "same-origin, cross-site", SITE, "pbx.example", FOREIGN },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        enum web_origin got = check(SITE, rows[i].site, rows[i].origin, rows[i].host);
        if ((int)got != rows[i].expected)
            fail_msg("row %zu: %d, not %d", i, (int)got, rows[i].expected);
    }
}

static void
test_site_with_port(void **state)
{
    (void)state;
    static const char site[] = "http://[::1]:8080";
    assert_int_equal(check(site, NULL, site, "[::1]:8080"), OWN);
    assert_int_equal(check(site, "same-origin", site, "[::1]:8080"), OWN);
    assert_int_equal(check(site, NULL, "http://[::1]", "[::1]:8080"), FOREIGN);
    assert_int_equal(check(site, NULL, "http://localhost:8080", "localhost:8080"), OTHER_NAME);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_site_with_port),
    };
    return cmocka_run_group_tests_name("web/origin", tests, NULL, NULL);
}
