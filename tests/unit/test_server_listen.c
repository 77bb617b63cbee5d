/*
 * test_server_listen.c - listening sockets: made, replaced, refused, recognised.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/server.h"

static char directory[] = "/tmp/callgate-listen-XXXXXX";
static struct fault fault;

static int
make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static const char *
path_of(const char *file)
{
    static char path[108]; /* sun_path has no more */
    snprintf(path, sizeof path, "%s/%s", directory, file);
    return path;
}

static int
connect_unix(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = connect(fd, (const struct sockaddr *)&address, sizeof address);
    close(fd);
    return result;
}

static void
assert_says(const char *word)
{
    if (strstr(fault.text, word) == NULL)
        fail_msg("\"%s\" is missing in: %s", word, fault.text);
}

static void
makes_a_private_unix_socket(void **state)
{
    (void)state;
    const char *path = path_of("web.sock");
    mode_t before = umask(0);
    int fd = server_listen("server.web_listen", path, &fault);
    mode_t after = umask(before);
    assert_true(fd >= 0);
    assert_int_equal(after, 0);

    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0660);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_true(server_is_listening(fd));
    assert_int_equal(connect_unix(path), 0);
    close(fd);
    unlink(path);
}

static void
replaces_a_stale_socket_only(void **state)
{
    (void)state;
    const char *path = path_of("stale.sock");
    int first = server_listen("server.web_listen", path, &fault);
    assert_true(first >= 0);
    assert_int_equal(server_listen("server.web_listen", path, &fault), -1);
    assert_says("server.web_listen");
    assert_says(path);
    assert_says("another process listens there");
    assert_int_equal(connect_unix(path), 0);

    close(first);
    assert_int_equal(connect_unix(path), -1);
    int second = server_listen("server.web_listen", path, &fault);
    assert_true(second >= 0);
    assert_int_equal(connect_unix(path), 0);
    close(second);
    unlink(path);
}

static void
takes_a_full_queue_for_a_living_server(void **state)
{
    (void)state;
    const char *path = path_of("full.sock");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 0), 0);
    int waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(waiting, (const struct sockaddr *)&address, sizeof address), 0);

    assert_int_equal(server_listen("server.web_listen", path, &fault), -1);
    assert_says("another process listens there");
    close(waiting);
    close(fd);
    unlink(path);
}

static void
leaves_what_is_no_socket_alone(void **state)
{
    (void)state;
    const char *path = path_of("file");
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(server_listen("server.web_listen", path, &fault), -1);
    assert_says("no socket");
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
}

static void
names_setting_and_cure(void **state)
{
    (void)state;
    char long_path[200] = "/tmp/";
    memset(long_path + 5, 'x', 120);
    const struct {
        const char *address, *says;
    } rows[] = {
        { path_of("missing/web.sock"), "make its directory" },
        { long_path, "107 bytes" },
        { "web.sock", "unix socket's path" },
        { "", "unix socket's path" },
        { "9000", "unix socket's path" },
        { ":9000", "unix socket's path" },
        { "localhost:9000", "127.0.0.1:PORT" },
        { "127.0.0.1:0", "127.0.0.1:PORT" },
        { "127.0.0.1:65536", "127.0.0.1:PORT" },
        { "127.0.0.1:90x", "127.0.0.1:PORT" },
        { "::1:9000", "127.0.0.1:PORT" },
        { "[::1:9000", "127.0.0.1:PORT" },
        { "[]:9000", "127.0.0.1:PORT" },
        { "0.0.0.0:9000", "only loopback" },
        { "192.0.2.1:9000", "only loopback" },
        { "[::]:9000", "only loopback" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        memset(&fault, 0, sizeof fault);
        assert_int_equal(server_listen("server.web_listen", rows[i].address, &fault), -1);
        assert_true(text_starts(fault.text, "server.web_listen: "));
        assert_says(rows[i].says);
    }
}

/* A port that was free a moment ago. */
static unsigned
free_port(int family)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = { .any.sa_family = (sa_family_t)family };
    socklen_t length = sizeof address;
    if (family == AF_INET)
        address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        address.v6.sin6_addr = in6addr_loopback;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned port = 0;
    if (fd >= 0 && bind(fd, &address.any, length) == 0 &&
        getsockname(fd, &address.any, &length) == 0)
        port = ntohs(family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    close(fd);
    return port;
}

static void
listens_on_loopback(void **state)
{
    (void)state;
    const struct {
        int family;
        const char *host;
    } rows[] = { { AF_INET, "127.0.0.1" }, { AF_INET6, "[::1]" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        unsigned port = free_port(rows[i].family);
        if (port == 0 && rows[i].family == AF_INET6)
            continue; /* a machine without IPv6 */
        char address[64];
        snprintf(address, sizeof address, "%s:%u", rows[i].host, port);
        int fd = server_listen("server.web_listen", address, &fault);
        assert_true(fd >= 0);
        assert_true(server_is_listening(fd));
        assert_false(server_is_managed(fd));
        assert_int_equal(server_listen("server.web_listen", address, &fault), -1);
        assert_says("choose another port");
        close(fd);
    }
}

static void
knows_what_does_not_listen(void **state)
{
    (void)state;
    int plain = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_false(server_is_listening(plain));
    assert_false(server_is_listening(file));
    assert_false(server_is_listening(-1));
    assert_false(server_is_managed(plain));
    assert_false(server_is_managed(file));
    assert_false(server_is_managed(-1));
    close(plain);
    close(file);
}

static void
knows_the_sockets_of_mod_fcgid(void **state)
{
    (void)state;
    const struct {
        const char *file;
        bool managed;
    } rows[] = {
        { "4711.0", true }, { "1.23", true }, { "web.sock", false },    { "4711", false },
        { "4711.", false }, { ".0", false },  { "4711.0.sock", false }, { "a4711.0", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *path = path_of(rows[i].file);
        int fd = server_listen("server.web_listen", path, &fault);
        assert_true(fd >= 0);
        if (server_is_managed(fd) != rows[i].managed)
            fail_msg("%s", rows[i].file);
        close(fd);
        unlink(path);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_private_unix_socket),
        cmocka_unit_test(replaces_a_stale_socket_only),
        cmocka_unit_test(takes_a_full_queue_for_a_living_server),
        cmocka_unit_test(leaves_what_is_no_socket_alone),
        cmocka_unit_test(names_setting_and_cure),
        cmocka_unit_test(listens_on_loopback),
        cmocka_unit_test(knows_what_does_not_listen),
        cmocka_unit_test(knows_the_sockets_of_mod_fcgid),
    };
    return cmocka_run_group_tests_name("server_listen", tests, make_directory, remove_directory);
}
