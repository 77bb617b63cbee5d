# conftest.py - what concerns all end-to-end tests: which files are for which web server or need npm's
# packages, which comes last, and the users, clients and browsers that tests are handed.
#
# The environment is proved by callgate.py, which every file but test_10_worker.py imports.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os

import pytest

FOR_ONE_SERVER = {"test_56_npm_clients.py": "lighttpd", "test_57_accessibility.py": "lighttpd",
                  "test_58_looks.py": "lighttpd",
                  "test_90_apache.py": "apache", "test_91_nginx.py": "nginx"}
# What asks no web server need not be asked behind each.
BEHIND_NONE = {"test_10_worker.py", "test_11_pools.py", "test_12_reload.py", "test_20_store.py",
               "test_62_cli_rules.py"}
# Behind nginx what is different there: the gate's way, and that all else arrives as it should.
NGINX = {"test_41_api_user.py", "test_42_api_application.py", "test_42b_api_permission.py", "test_42_oauth_client.py",
         "test_63_gate_matrix.py", "test_64_gate_answers.py", "test_65_gate_freshness.py", "test_66_gate_faults.py",
         "test_67_gate_web_server.py", "test_68_doctor.py", "test_77_openapi.py", "test_91_nginx.py"}
SERVERS = {"lighttpd", "apache", "nginx"}
# CALLGATE_TEST_NPM names the folder in which tests/npm is installed (scripts/test --with-npm).
WITH_NPM = {"test_56_npm_clients.py", "test_57_accessibility.py"}
# What a browser makes of the pages is the same over either build (CALLGATE_TEST_FLAVOUR), and takes long.
LOOKS = {"test_57_accessibility.py", "test_58_looks.py"}
# It looks for secrets of the whole run in logs and database.
LAST = "test_80_audit_and_logs.py"


def pytest_collection_modifyitems(config, items):
    server = os.environ.get("CALLGATE_TEST_SERVER")
    if server is not None and server not in SERVERS:
        raise pytest.UsageError(f"CALLGATE_TEST_SERVER is {server}, not one of {sorted(SERVERS)}")
    npm = os.environ.get("CALLGATE_TEST_NPM")
    others = [item for item in items if FOR_ONE_SERVER.get(item.path.name, server) != server
              or (item.path.name in WITH_NPM and not npm)
              or (item.path.name in LOOKS and os.environ.get("CALLGATE_TEST_FLAVOUR") == "sanitizers")
              or (item.path.name in BEHIND_NONE and server == "apache")
              or (server == "nginx" and item.path.name not in NGINX)]
    if others:
        config.hook.pytest_deselected(items=others)
    kept = [item for item in items if item not in others]
    items[:] = sorted(kept, key=lambda item: item.path.name == LAST)


@pytest.fixture(scope="module", autouse=True)
def nobody_failed_before(request):
    """All tests come from one address, and many come with wrong passwords."""
    if hasattr(request.module, "callgate"):
        request.module.callgate.sql("DELETE FROM throttle")


def make_member(maker="make_user"):
    import callgate

    user = getattr(callgate, maker)()
    return user, callgate.signed_in(user)


@pytest.fixture
def member():
    """A user of the test's own, and a client signed in as that user."""
    return make_member()


@pytest.fixture(scope="module")
def shared_member():
    """The same for tables of refusals, which leave nothing behind."""
    return make_member()


@pytest.fixture(scope="module")
def shared_admin():
    return make_member("make_admin")


@pytest.fixture
def served(tmp_path):
    """Makes programs of the test's own (served.py), and ends them after it."""
    import served as module

    made = []

    def make(**settings):
        made.append(module.Served(tmp_path, settings))
        return made[-1]

    yield make
    for one in made:
        one.clean_up()


@pytest.fixture
def client():
    import callgate

    return callgate.Client()


@pytest.fixture(scope="module")
def driver():
    """A file may have its own, started otherwise."""
    import chromium

    with chromium.started() as started:
        yield started


@pytest.fixture
def browser(driver):
    import chromium

    with chromium.watched(driver) as view:
        yield view
