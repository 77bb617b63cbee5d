# conftest.py - what concerns all end-to-end tests: which files are for which web server or need npm's
# packages, which comes last, and the users, clients and browsers that tests are handed.
#
# The environment is proved by callgate.py, which every file but test_10_worker.py imports.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os

import pytest

FOR_ONE_SERVER = {"test_90_apache.py": "apache", "test_91_nginx.py": "nginx"}
# What asks no web server need not be asked behind each.
BEHIND_NONE = {"test_10_worker.py", "test_11_pools.py", "test_12_reload.py", "test_20_store.py",
               "test_60_cli.py", "test_61_cli_app.py", "test_62_cli_rules.py", "test_69_cli_request.py"}
# A browser takes long, and sends the same whatever the build is (CALLGATE_TEST_FLAVOUR): it looks at one
# of them; through Apache at what is different there, the headers of signing in and out and of OAuth2.
BROWSER = {"test_50_browser.py", "test_51_oauth_browser.py", "test_56_npm_clients.py", "test_57_accessibility.py",
           "test_58_looks.py", "test_58_manage_browser.py", "test_58_tenant_browser.py", "test_58_user_browser.py",
           "test_59_level_browser.py", "test_77_admin_browser.py", "test_77_admin_user_browser.py"}
BROWSER_BEHIND_APACHE = {"test_50_browser.py", "test_51_oauth_browser.py"}
# Behind nginx what is different there: the gate's way, and that all else arrives as it should.
NGINX = {"test_41_api_user.py", "test_42_api_application.py", "test_42b_api_permission.py", "test_42_oauth_client.py",
         "test_63_gate_matrix.py", "test_64_gate_answers.py", "test_65_gate_freshness.py", "test_66_gate_faults.py",
         "test_67_gate_web_server.py", "test_68_doctor.py", "test_77_openapi.py", "test_91_nginx.py"}
SERVERS = {"lighttpd", "apache", "nginx"}
# CALLGATE_TEST_NPM names the folder in which tests/npm is installed (scripts/test --with-npm).
WITH_NPM = {"test_56_npm_clients.py", "test_57_accessibility.py"}
# It looks for secrets of the whole run in logs and database.
LAST = "test_80_audit_and_logs.py"


def is_for_another(name, server):
    """Whether a file is not for this web server, build, or lack of npm's packages."""
    if name in WITH_NPM and not os.environ.get("CALLGATE_TEST_NPM"):
        return True
    if server == "nginx":
        return name not in NGINX
    if server == "apache" and (name in BEHIND_NONE or name in BROWSER - BROWSER_BEHIND_APACHE):
        return True
    if server == "lighttpd" and name in BROWSER and os.environ.get("CALLGATE_TEST_FLAVOUR") == "plain":
        return True
    return FOR_ONE_SERVER.get(name, server) != server


def pytest_collection_modifyitems(config, items):
    server = os.environ.get("CALLGATE_TEST_SERVER")
    if server is not None and server not in SERVERS:
        raise pytest.UsageError(f"CALLGATE_TEST_SERVER is {server}, not one of {sorted(SERVERS)}")
    others = [item for item in items if is_for_another(item.path.name, server)]
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
