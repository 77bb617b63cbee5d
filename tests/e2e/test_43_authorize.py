# test_43_authorize.py - a request at the authorization endpoint: whose it is, where its answer may
# go, what is refused by a page and what by redirect, and that state, iss and code come back right.
# ATTACKS 1-11 and 62.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import re
import secrets
from urllib.parse import urlencode

import pytest

import callgate
import oauth
from callgate import FORM_TYPE, URL, Client, make_app, make_user, register, registered, send, signed_in
from oauth import (AUTHORIZE, CALLBACK, LOOPBACK, SCHEME, answer_of, authorize, code_for, consent, is_consent,
                   make_public, parameters, permit, place_of, proof)

QUERY_URL = "https://client.example/back?app=1"
CODE_ALONE = re.compile(r"code=[0-9A-Za-z]{30}")


@pytest.fixture(scope="module")
def world():
    """A user, signed in, who has allowed an application: its requests get their code at once."""
    user = make_user()
    app = make_public(user)
    permit(user, app)
    return user, signed_in(user), app


@pytest.fixture(scope="module")
def native(world):
    user, _, _ = world
    app = make_public(user, [CALLBACK, LOOPBACK, SCHEME], native=True)
    permit(user, app)
    return app


@pytest.fixture(scope="module")
def many(world):
    user, _, _ = world
    app = make_public(user, [CALLBACK, QUERY_URL, LOOPBACK])
    permit(user, app)
    return app


def by_body(client, fields):
    """The same request as a form's body; no browser's, so nothing but the body speaks for it."""
    return client.send("POST", AUTHORIZE, urlencode(fields).encode(), {"Content-Type": FORM_TYPE})


def refused_by_page(answer):
    assert answer.status == 400, answer
    assert answer.all("Location") == [], answer
    # A server in front may answer for itself what it takes for no address at all.
    if answer.get("Content-Security-Policy"):
        links = [node.get(name, "") for node in answer.page.walk() for name in ("href", "src", "action")]
        assert [link for link in links if "evil" in link or "client.example" in link] == []
        assert "evil" not in answer.get("Content-Security-Policy")
        assert AUTHORIZE not in links and not answer.page.all("input", name="consent")
    return answer


def refused_by_redirect(answer, error, place=CALLBACK, state=None):
    fields = answer_of(answer)
    assert fields["error"] == error and place_of(answer) == place and "code" not in fields
    assert fields.get("state") == state
    # RFC 6749 §4.1.2.1: these characters and no others.
    assert re.fullmatch(r"[\x20\x21\x23-\x5B\x5D-\x7E]+", fields["error_description"])
    assert set(fields) - {"state", "iss"} == {"error", "error_description"}
    return fields


# ---- 1: whose ----

UNKNOWN = {
    "none": None,
    "empty": "",
    "made up": "0" * 32,
    "short": "0" * 31,
    "long": "0" * 33,
    "very long": "0" * 5000,
    "a word": "nobody",
    "SQL": "' OR '1'='1",
    "pattern": "%",
    "markup": "<script>alert(1)</script>",
    "UTF-8": "ключ",
}


@pytest.mark.parametrize("client_id", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_01_unknown_client_gets_a_page(world, client_id):
    _, client, app = world
    fields = parameters(app, client_id=client_id, state="s")
    for who in (client, Client()):
        refused_by_page(who.get(oauth.target(fields)))
        answer = refused_by_page(by_body(who, fields))
        assert answer.page.all("script") == []


def variants(app):
    row_id = str(oauth.id_of(app))
    return [app.app_id.upper() if app.app_id.upper() != app.app_id else "A" * 32, app.app_id + " x", row_id,
            app.app_id[:-1], app.app_id + "0", app.app_id[:-1] + "%"]


def test_01_nearly_the_client_is_unknown(world):
    _, client, app = world
    for client_id in variants(app):
        refused_by_page(authorize(client, app, client_id=client_id))


def test_01_disabled_and_deleted_applications_get_a_page(world):
    user, client, _ = world
    app = make_public(user)
    permit(user, app)
    oauth.set_app(app, status="disabled")
    refused_by_page(authorize(client, app))
    refused_by_page(authorize(Client(), app))
    callgate.sql("DELETE FROM app WHERE app_id = %s", app.app_id)
    refused_by_page(authorize(client, app))


def test_01_the_page_comes_before_any_other_mistake(world):
    """A request wrong in every way: who asks and where to answer are settled first."""
    _, client, app = world
    wrong = {"response_type": "token", "scope": "root", "code_challenge_method": "plain"}
    refused_by_page(authorize(client, app, client_id="0" * 32, **wrong))
    refused_by_page(authorize(client, app, redirect_uri="https://evil.example/", **wrong))


# ---- 2: where to ----

HOSTILE = {
    "other host": "https://evil.example/callback",
    "host behind": "https://client.example.evil.example/callback",
    "host joined": "https://client.exampleevil.example/callback",
    "host before": "https://evilclient.example/callback",
    "subdomain": "https://evil.client.example/callback",
    "dot behind the host": "https://client.example./callback",
    "userinfo": "https://client.example@evil.example/callback",
    "userinfo and password": "https://client.example:x@evil.example/callback",
    "user of ours": "https://evil@client.example/callback",
    "empty user": "https://@client.example/callback",
    "userinfo by escape": "https://client.example%40evil.example/callback",
    "two at": "https://a@client.example@evil.example/callback",
    "backslash at": "https://evil.example\\@client.example/callback",
    "backslash host": "https://client.example\\.evil.example/callback",
    "backslashes": "https:\\\\client.example\\callback",
    "slash at": "https://evil.example/@client.example/callback",
    "fragment host": "https://evil.example#client.example/callback",
    "query host": "https://evil.example?client.example/callback",
    "semicolon host": "https://evil.example;client.example/callback",
    "another query": CALLBACK + "?x=1",
    "empty query": CALLBACK + "?",
    "parameter": CALLBACK + ";x=1",
    "fragment": CALLBACK + "#x",
    "empty fragment": CALLBACK + "#",
    "last slash": CALLBACK + "/",
    "doubled slash": "https://client.example//callback",
    "longer path": CALLBACK + "/evil",
    "longer word": CALLBACK + "s",
    "shorter word": CALLBACK[:-1],
    "no path": "https://client.example",
    "root": "https://client.example/",
    "capital in the path": "https://client.example/Callback",
    "capitals": CALLBACK.upper(),
    "capital host": "https://CLIENT.example/callback",
    "capital scheme": "HTTPS://client.example/callback",
    "escaped letter": "https://client.example/%63allback",
    "escaped dots": "https://client.example/%2e%2e/callback",
    "dot dot": "https://client.example/callback/../callback",
    "dot dot out": "https://client.example/callback/../../evil",
    "dot": "https://client.example/./callback",
    "escaped slash": "https://client.example%2fcallback",
    "twice escaped": "https://client.example/callback%252f..%252fevil",
    "semicolon dots": "https://client.example/callback/..;/evil",
    "default port": "https://client.example:443/callback",
    "other port": "https://client.example:8443/callback",
    "empty port": "https://client.example:/callback",
    "port at": "https://client.example:443@evil.example/callback",
    "http": "http://client.example/callback",
    "no scheme": "//client.example/callback",
    "path alone": "/callback",
    "scheme without slashes": "https:client.example/callback",
    "three slashes": "https:///client.example/callback",
    "javascript": "javascript:alert(1)//https://client.example/callback",
    "data": "data:text/html,https://client.example/callback",
    "blank before": " " + CALLBACK,
    "two addresses": CALLBACK + " https://evil.example/",
    "comma": CALLBACK + ",https://evil.example/",
    "wildcard": "https://*.example/callback",
    "pattern of SQL": "https://client.example/callbac_",
    "homograph": "https://сlient.example/callback",
    "full width": "https://client.example\uff0fcallback",
    "full-width stop": "https://client\u3002example/callback",
    "zero width": "https://client.example\u200b/callback",
    "IPv6": "https://[client.example]/callback",
    "long": CALLBACK + "x" * 3000,
    "array": "{" + CALLBACK + "}",
}

# Bytes that not every server in front lets through in an address; in a body they reach the program.
CONTROLS = {
    "tab before": "\t" + CALLBACK,
    "newline before": "\n" + CALLBACK,
    "newline behind": CALLBACK + "\n",
    "CR LF and header": CALLBACK + "\r\nLocation: https://evil.example/",
    "tab in the scheme": "ht\ttps://client.example/callback",
    "tab in the host": "https://client.example\t.evil.example/callback",
    "NUL": CALLBACK + "\0",
    "NUL and host": "https://client.example/callback\0.evil.example",
    "escape character": CALLBACK + "\x1b",
    "DEL": CALLBACK + "\x7f",
    "invalid UTF-8": CALLBACK.encode() + b"\xff",
    "overlong slash": b"https://client.example\xc0\xafcallback",
    "overlong dot": b"https://client.example/\xc0\xae\xc0\xae/callback",
}


@pytest.mark.parametrize("url", [*HOSTILE.values(), *CONTROLS.values()], ids=[*HOSTILE, *CONTROLS])
def test_02_a_redirect_that_is_not_registered_gets_a_page(world, url):
    _, client, app = world
    fields = parameters(app, redirect_uri=url, state="s")
    refused_by_page(client.get(oauth.target(fields)))
    answer = refused_by_page(by_body(client, fields))
    assert answer.get("Content-Security-Policy") is not None
    refused_by_page(by_body(Client(), fields))


def test_02_another_applications_address_is_not_ones_own(world):
    user, client, app = world
    other = make_public(user, ["https://other.example/callback"])
    refused_by_page(authorize(client, app, redirect_uri=other.redirect_url))


def test_02_addresses_with_a_query_are_compared_wholly(world, many):
    _, client, _ = world
    for url in ("https://client.example/back", QUERY_URL + "&x=1", QUERY_URL + "1", "https://client.example/back?app=2",
                "https://client.example/back?APP=1", "https://client.example/back?app=%31"):
        refused_by_page(authorize(client, many, redirect_uri=url))
    answer = authorize(client, many, redirect_uri=QUERY_URL)
    assert re.fullmatch(re.escape(QUERY_URL) + "&" + CODE_ALONE.pattern, answer.get("Location"))


def test_02_an_address_no_longer_registered(world):
    user, client, _ = world
    app = make_public(user)
    permit(user, app)
    assert authorize(client, app).status == 303
    oauth.set_app(app, redirect_urls=["https://client.example/new"])
    refused_by_page(authorize(client, app))


# ---- 3: loopback ----

LOOPBACKS = [
    # registered, asked, whether it is the same
    (LOOPBACK, "http://127.0.0.1/callback", True),
    (LOOPBACK, "http://127.0.0.1:51004/callback", True),
    (LOOPBACK, "http://127.0.0.1:1/callback", True),
    (LOOPBACK, "http://127.0.0.1:65535/callback", True),
    ("http://127.0.0.1:8080/callback", "http://127.0.0.1:51004/callback", True),
    ("http://127.0.0.1:8080/callback", "http://127.0.0.1:8080/callback", True),
    ("http://[::1]/callback", "http://[::1]/callback", True),
    ("http://[::1]/callback", "http://[::1]:51004/callback", True),
    ("http://127.0.0.1/callback?a=1", "http://127.0.0.1:9/callback?a=1", True),
    (LOOPBACK, "http://localhost:51004/callback", False),
    (LOOPBACK, "http://localhost/callback", False),
    (LOOPBACK, "http://[::1]:51004/callback", False),
    ("http://[::1]/callback", "http://127.0.0.1:51004/callback", False),
    ("http://[::1]/callback", "http://[::2]:51004/callback", False),
    ("http://[::1]/callback", "http://[::ffff:127.0.0.1]:51004/callback", False),
    (LOOPBACK, "http://127.0.0.1@evil.example/callback", False),
    (LOOPBACK, "http://127.0.0.1:51004@evil.example/callback", False),
    (LOOPBACK, "http://evil@127.0.0.1:51004/callback", False),
    (LOOPBACK, "http://127.0.0.1.evil.example/callback", False),
    (LOOPBACK, "http://127.0.0.1.evil.example:51004/callback", False),
    (LOOPBACK, "http://127.0.0.1:51004.evil.example/callback", False),
    (LOOPBACK, "http://127.0.0.1:x/callback", False),
    (LOOPBACK, "http://127.0.0.1:65536/callback", False),
    (LOOPBACK, "http://127.0.0.1:-1/callback", False),
    (LOOPBACK, "http://127.0.0.1:51004:1/callback", False),
    (LOOPBACK, "http://127.0.0.1:５１/callback", False),
    (LOOPBACK, "http://127.0.0.1:51004\\@evil.example/callback", False),
    (LOOPBACK, "http://127.0.0.2/callback", False),
    (LOOPBACK, "http://127.1:51004/callback", False),
    (LOOPBACK, "http://2130706433:51004/callback", False),
    (LOOPBACK, "http://0x7f.0.0.1:51004/callback", False),
    (LOOPBACK, "http://0.0.0.0:51004/callback", False),
    (LOOPBACK, "https://127.0.0.1:51004/callback", False),
    (LOOPBACK, "http://127.0.0.1:51004/", False),
    (LOOPBACK, "http://127.0.0.1:51004/callback/", False),
    (LOOPBACK, "http://127.0.0.1:51004/Callback", False),
    (LOOPBACK, "http://127.0.0.1:51004/callback?x=1", False),
    (LOOPBACK, "http://127.0.0.1:51004/callback#x", False),
    (LOOPBACK, "http://127.0.0.1:51004/../callback", False),
    (LOOPBACK, "http://127.0.0.1:51004callback", False),
    ("https://127.0.0.1/callback", "https://127.0.0.1:51004/callback", False),
    ("https://[::1]/callback", "https://[::1]:51004/callback", False),
]


@pytest.mark.parametrize("registered_url, url, same", LOOPBACKS, ids=[f"{r} {u}" for r, u, _ in LOOPBACKS])
def test_03_any_port_of_a_loopback_address_and_nothing_else(world, registered_url, url, same):
    user, client, _ = world
    app = make_public(user, [registered_url])
    answer = authorize(client, app, redirect_uri=url)
    if not same:
        refused_by_page(answer)
        return
    assert is_consent(answer)
    answer = consent(client, answer)
    assert CODE_ALONE.fullmatch(answer.get("Location")[len(url) + 1:]), answer
    assert answer.get("Location").startswith(url)


# ---- 4: which addresses may be registered (all of them: test_31_register.py) ----

@pytest.mark.parametrize("url", ["http://client.example/callback", "http://localhost/callback", "javascript:alert(1)",
                                 "data:text/html,x", "https://*.client.example/callback", CALLBACK + "#x", "https:///x",
                                 "https:", "https://u@client.example/", "app:/callback", "/callback"])
def test_04_addresses_that_cannot_be_registered(shared_member, url):
    user, client = shared_member
    before = callgate.app_count(user)
    assert register(client, redirect_url=url).status == 422
    assert callgate.app_count(user) == before


@pytest.mark.parametrize("url", [SCHEME, LOOPBACK, "http://[::1]:8080/callback", QUERY_URL])
def test_04_addresses_that_can_be_registered_work(shared_member, url):
    _, client = shared_member
    app = registered(register(client, redirect_url=url))
    answer = consent(client, authorize(client, app))
    assert re.fullmatch(re.escape(url) + "[?&]" + CODE_ALONE.pattern, answer.get("Location"))


# ---- 5: several, one, none ----

def test_05_several_registered_and_none_sent(world, many):
    _, client, _ = world
    refused_by_page(authorize(client, many, redirect_uri=None))
    refused_by_page(authorize(client, many, redirect_uri=""))
    refused_by_page(authorize(client, many, redirect_uri=None, response_type="token"))


@pytest.mark.parametrize("sent", [None, ""], ids=["none", "empty"])
def test_05_the_only_one_need_not_be_sent(world, sent):
    _, client, app = world
    assert place_of(authorize(client, app, redirect_uri=sent)) == CALLBACK


def test_05_none_registered_and_one_sent(world):
    user, client, _ = world
    app = make_public(user, [])
    for url in (CALLBACK, LOOPBACK, SCHEME, "oob", "urn:ietf:wg:oauth:2.0:oob", URL + "/app/"):
        refused_by_page(authorize(client, app, redirect_uri=url))


# ---- 6: response types ----

RESPONSE_TYPES = [None, "", "token", "code token", "token code", "code id_token", "id_token", "none", "CODE", "Code",
                  "code code", "code,token", "codetoken", "ü"]


@pytest.mark.parametrize("response_type", RESPONSE_TYPES)
def test_06_response_type_other_than_code(world, response_type):
    _, client, app = world
    for who in (client, Client()):
        answer = authorize(who, app, response_type=response_type, state="s")
        refused_by_redirect(answer, "unsupported_response_type", state="s")
        # Nothing of the implicit grant, not even its place for answers.
        assert "#" not in answer.get("Location")


# ---- other mistakes that go back by redirect ----

@pytest.mark.parametrize("scope", ["read", "all read", "read all", "ALL", "all,read", "alll", "al", "*", "<b>", "ü"])
def test_scope_other_than_all(world, scope):
    _, client, app = world
    for who in (client, Client()):
        refused_by_redirect(authorize(who, app, scope=scope, state="s"), "invalid_scope", state="s")


@pytest.mark.parametrize("scope", [None, "", "all"], ids=["none", "empty", "all"])
def test_scopes_that_are_right(world, scope):
    _, client, app = world
    assert set(answer_of(authorize(client, app, scope=scope))) == {"code"}


@pytest.mark.parametrize("kind", ["trusted", "password_credentials"])
def test_an_application_that_is_not_public(world, kind):
    user, client, _ = world
    app = make_app(user, type=kind, redirect_urls=[CALLBACK])
    for who in (client, Client()):
        answer = authorize(who, app, redirect_uri=CALLBACK, state="s")
        refused_by_redirect(answer, "unauthorized_client", state="s")
        assert place_of(authorize(who, app)) == CALLBACK
    without = make_app(user, type=kind)
    for who in (client, Client()):
        refused_by_page(authorize(who, without, state="s"))


# ---- 7: PKCE ----

GOOD = oauth.challenge_of("v" * 43)
BAD_PROOFS = {
    "plain": {"code_challenge": GOOD, "code_challenge_method": "plain"},
    "no method": {"code_challenge": GOOD},
    "empty method": {"code_challenge": GOOD, "code_challenge_method": ""},
    "small letters": {"code_challenge": GOOD, "code_challenge_method": "s256"},
    "S512": {"code_challenge": GOOD, "code_challenge_method": "S512"},
    "42 characters": {"code_challenge": GOOD[:-1], "code_challenge_method": "S256"},
    "44 characters": {"code_challenge": GOOD + "A", "code_challenge_method": "S256"},
    "padded": {"code_challenge": GOOD + "=", "code_challenge_method": "S256"},
    "128 characters": {"code_challenge": "A" * 128, "code_challenge_method": "S256"},
    "hex": {"code_challenge": "0" * 64, "code_challenge_method": "S256"},
    "plus": {"code_challenge": "+" + GOOD[1:], "code_challenge_method": "S256"},
    "slash": {"code_challenge": "/" + GOOD[1:], "code_challenge_method": "S256"},
    "dot": {"code_challenge": "." + GOOD[1:], "code_challenge_method": "S256"},
    "blank": {"code_challenge": GOOD[:-1] + " ", "code_challenge_method": "S256"},
    "UTF-8": {"code_challenge": GOOD[:-2] + "ü", "code_challenge_method": "S256"},
    "plain without challenge": {"code_challenge_method": "plain"},
}


@pytest.mark.parametrize("asked", BAD_PROOFS.values(), ids=BAD_PROOFS.keys())
def test_07_only_S256_and_only_well_formed(world, native, asked):
    _, client, app = world
    for one in (app, native):
        refused_by_redirect(authorize(client, one, state="s", **asked), "invalid_request", state="s")


@pytest.mark.parametrize("asked", [{}, {"code_challenge": "", "code_challenge_method": ""},
                                   {"code_challenge_method": "S256"}], ids=["none", "empty", "method alone"])
def test_07_native_needs_a_challenge(world, native, asked):
    _, client, _ = world
    for who in (client, Client()):
        refused_by_redirect(authorize(who, native, state="s", **asked), "invalid_request", state="s")
        refused_by_redirect(authorize(who, native, redirect_uri=SCHEME, **asked), "invalid_request", SCHEME)


def test_07_native_with_challenge(world, native):
    _, client, _ = world
    for url in (LOOPBACK, SCHEME):
        answer = authorize(client, native, redirect_uri=url, **proof().asked)
        assert is_consent(answer)
        assert "code" in answer_of(consent(client, answer))


def test_07_challenge_of_an_application_with_a_secret(world):
    _, client, app = world
    assert set(answer_of(authorize(client, app, **proof().asked))) == {"code", "iss"}


# ---- 8: twice ----

NAMES = ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"]


@pytest.mark.parametrize("name", NAMES)
def test_08_a_parameter_twice(world, name):
    _, client, app = world
    fields = parameters(app, scope="all", state="s", **proof().asked)
    for value in (fields[name], "", "other"):
        for twice in ([*fields.items(), (name, value)], [(name, value), *fields.items()]):
            refused_by_page(client.get(oauth.target(twice)))
            refused_by_page(by_body(client, twice))
        # Once in the address, once in the body.
        query = urlencode({name: value})
        answer = client.send("POST", f"{AUTHORIZE}?{query}", urlencode(fields).encode(), {"Content-Type": FORM_TYPE})
        refused_by_page(answer)


def test_08_client_twice_never_redirects_to_either(world):
    user, client, app = world
    other = make_public(user, ["https://evil.example/callback"])
    pairs = [*parameters(app).items(), ("client_id", other.app_id), ("redirect_uri", other.redirect_url)]
    refused_by_page(client.get(oauth.target(pairs)))


def test_08_an_empty_value_is_none(world):
    _, client, app = world
    empty = dict.fromkeys(("scope", "state", "code_challenge", "code_challenge_method"), "")
    assert set(answer_of(authorize(client, app, **empty))) == {"code"}


def test_parameters_that_nobody_knows_are_ignored(world):
    _, client, app = world
    answer = authorize(client, app, prompt="none", nonce="n", access_type="offline", display="popup")
    assert set(answer_of(answer)) == {"code"}


def test_parameters_as_parts(world):
    _, client, app = world
    kind, body = callgate.multipart(parameters(app, state="ü +%"))
    answer = client.send("POST", AUTHORIZE, body, {"Content-Type": kind})
    assert answer_of(answer)["state"] == "ü +%"


# ---- 9: state ----

STATES = {
    "plain": "abc",
    "one character": "0",
    "separators": "a&b=c;d?e/f#g",
    "percent": "100% %41 %25 %zz %",
    "plus and blank": "a+b c",
    "blanks around": "  x  ",
    "UTF-8": "Привет ü € 🔑",
    "markup": "<script>alert(1)</script>\"'",
    "base64": "eyJhIjoiYiJ9+/==",
    "JSON": '{"a":["b","c\\"d"]}',
    "dots": "../../..",
    "templates": "{{site_name}}{{#app}}",
    "combining": "e\u0301 \u202e\u200b",
    "4 KiB": "x" * 4096,
    "signs": "&%+=" * 500,
    "much UTF-8": "ü" * 1000,
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_09_state_comes_back_byte_for_byte(world, state):
    user, client, app = world
    asking = make_public(user)
    for ask in (lambda app, **more: by_body(client, parameters(app, state=state, **more)),
                lambda app, **more: authorize(client, app, state=state, **more)):
        assert answer_of(ask(app))["state"] == state
        refused_by_redirect(ask(app, scope="x"), "invalid_scope", state=state)
        for decision in ("deny", "allow"):
            asked = ask(asking)
            if is_consent(asked):
                asked = consent(client, asked, decision)
            assert answer_of(asked)["state"] == state


# By a body comes what no address has room for, escaped; nor has the answer.
@pytest.mark.parametrize("state", ["x" * 4097, "x" * 60000, "&%+=" * 1024, "ü" * 2048],
                         ids=["4097", "60,000", "signs", "UTF-8"])
def test_09_a_longer_state_gets_a_page(world, state):
    _, client, app = world
    for who in (client, Client()):
        refused_by_page(by_body(who, parameters(app, state=state)))
    if len(state) == 4097:
        refused_by_page(authorize(client, app, state=state))


# ---- 10: iss ----

def issuer():
    answer = send("GET", "/.well-known/oauth-authorization-server")
    assert answer.status == 200
    return answer.json["issuer"]


def test_10_iss_is_the_metadata_issuer_in_success_and_error(world):
    user, client, app = world
    asked = proof().asked
    answers = [authorize(client, app, state="s"), authorize(client, app, **asked),
               authorize(client, app, state="s", **asked), authorize(client, app, state="s", scope="x"),
               authorize(client, app, state="s", response_type="token"), authorize(client, app, scope="x", **asked),
               authorize(Client(), app, state="s", scope="x")]
    for decision in ("deny", "allow"):
        answers.append(consent(client, authorize(client, make_public(user), state="s"), decision))
    assert issuer() == URL
    assert [answer_of(answer)["iss"] for answer in answers] == [URL] * len(answers)


def test_10_order_of_the_answer(world):
    """DESIGN §5: clients in the field cut at the first `=`."""
    _, client, app = world
    assert list(answer_of(authorize(client, app, state="s"))) == ["code", "state", "iss"]
    assert list(answer_of(authorize(client, app, state="s", **proof().asked))) == ["code", "state", "iss"]


def test_10_neither_state_nor_challenge_gets_the_code_alone(world):
    user, client, app = world
    other = make_public(user)
    for answer in (authorize(client, app), consent(client, authorize(client, other))):
        assert re.fullmatch(re.escape(CALLBACK) + r"\?" + CODE_ALONE.pattern, answer.get("Location"))
        assert answer.get("Location").partition("=")[2] == answer_of(answer)["code"]
    denied = consent(client, authorize(client, make_public(user)), "deny")
    assert set(answer_of(denied)) == {"error", "error_description"}
    assert set(answer_of(authorize(client, app, scope="x"))) == {"error", "error_description"}


def test_a_scheme_gets_its_answer(world):
    user, client, _ = world
    for url in (SCHEME, "com.example.app://back", "com.example.app:/back?x=1", "com.example.app:back"):
        app = make_public(user, [url])
        answer = consent(client, authorize(client, app, state="s t"))
        assert answer.get("Location").startswith(url + ("&" if "?" in url else "?") + "code=")
        assert answer_of(answer)["state"] == "s t"


# ---- 11: what leaks, and by which status ----

def test_11_redirects_are_303_and_not_kept(world):
    user, client, app = world
    other = make_public(user)
    answers = [authorize(client, app), by_body(client, parameters(app)), authorize(Client(), app),
               authorize(client, app, scope="x"), consent(client, authorize(client, other), "deny"),
               consent(client, authorize(client, other))]
    for answer in answers:
        assert answer.status == 303 and re.match(r"https?://", answer.get("Location")), answer
        assert answer.get("Cache-Control") == "no-store"
        assert answer.get("Referrer-Policy") == "same-origin"
        assert answer.body == b"" or "code" not in answer.text


def test_11_pages_on_the_way_tell_nobody(world):
    """No third party's content; no referrer to one."""
    user, client, app = world
    page_app = make_public(user, [])
    asked = authorize(client, page_app)
    answers = {"consent": authorize(client, make_public(user), state="s"), "asked for a page": asked,
               "code": consent(client, asked), "refusal": authorize(client, app, client_id="x"),
               "login": client.get("/login"), "authorized": client.get("/app/authorized")}
    stranger = Client()
    answers["login on the way"] = stranger.follow(authorize(stranger, app))
    for what, answer in answers.items():
        if what == "login":
            continue  # who is signed in is sent on
        assert answer.get("Referrer-Policy") == "same-origin", what
        assert answer.get("Cache-Control") == "no-store", what
        assert answer.page.all("script", "iframe", "object", "embed", "base") == [], what
        for node in answer.page.walk():
            for name in ("src", "href", "action", "formaction", "srcset", "ping", "data", "poster"):
                address = node.get(name)
                assert address is None or address[:1] == "#" or address == URL or (
                    address[:1] == "/" and address[:2] != "//"), (what, address)


# ---- 62: what is echoed splits no header and no line ----

INJECTED = ["\r\nX-Evil: 1", "\nX-Evil: 1", "\r\n\r\n<script>alert(1)</script>", "\rX-Evil: 1", "\x00X-Evil: 1",
            "\u2028X-Evil: 1", "\x85X-Evil: 1", "\x1b[31mX-Evil", "%0d%0aX-Evil: 1", "%250d%250aX-Evil: 1"]


@pytest.mark.parametrize("text", INJECTED, ids=[repr(text) for text in INJECTED])
@pytest.mark.parametrize("name", NAMES)
def test_62_no_value_splits_a_header(world, name, text):
    _, client, app = world
    value = parameters(app, scope="all", state="s", **proof().asked).get(name) + text
    for answer in (by_body(client, parameters(app, **{"scope": "x", "state": "s", name: value})),
                   by_body(client, parameters(app, **{"state": "s", name: value})),
                   by_body(Client(), parameters(app, **{name: value}))):
        assert answer.status in (303, 400), answer
        assert not [header for header, _ in answer.headers if "evil" in header]
        for header, content in answer.headers:
            assert content.isprintable() and content.isascii(), header
        if answer.status == 303 and "/login?" not in answer.get("Location") and "state" in answer_of(answer):
            assert answer_of(answer)["state"] == (value if name == "state" else "s")
        if answer.status == 303:
            assert "<" not in answer.get("Location")


def test_62_no_value_makes_a_line_of_the_log(world):
    _, client, app = world
    word, last = "evil" + secrets.token_hex(6), secrets.token_hex(6)
    for name in NAMES:
        by_body(client, parameters(app, **{name: f"x\r\n{word} status=200\n{word}"}))
    client.get(f"/{last}")
    callgate.wait_for(lambda: last in callgate.log_text(), "the last line is written")
    assert not [line for line in callgate.log_text().splitlines() if line.startswith(word)]


# ---- methods, types, sizes ----

@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods(world, method):
    _, client, app = world
    answer = client.send(method, oauth.target(parameters(app)), None if method == "OPTIONS" else b"")
    assert answer.status == 405 and {"GET", "POST"} <= set(re.split(r",\s*", answer.get("Allow")))
    assert answer.get("Location") is None


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml"])
def test_other_content_types(world, kind):
    _, client, app = world
    body = urlencode(parameters(app)).encode()
    assert client.send("POST", AUTHORIZE, body, {"Content-Type": kind}).status == 415


def test_body_limit(world):
    _, client, app = world
    body = urlencode(parameters(app, x="x" * 70000)).encode()
    assert client.send("POST", AUTHORIZE, body, {"Content-Type": FORM_TYPE}).status == 413


def test_with_and_without_the_last_slash(world):
    _, client, app = world
    answer = client.get(AUTHORIZE + "/?" + urlencode(parameters(app)))
    assert set(answer_of(answer)) == {"code"}


def test_a_plain_visit_gets_a_page():
    for who in (Client(), signed_in(make_user())):
        refused_by_page(who.get(AUTHORIZE))


def test_no_other_origin_may_read_it(world):
    """A browser's page asks here by navigation only (BCP 9700 §2.6)."""
    _, client, app = world
    answer = client.get(oauth.target(parameters(app)), {"Origin": "https://client.example"})
    assert [name for name, _ in answer.headers if name.startswith("access-control-")] == []


def test_addresses_come_from_the_settings(world):
    _, client, app = world
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert Client().get(oauth.target(parameters(app)), evil).location.startswith("/login?")
    other = Client()
    other.cookies = dict(client.cookies)
    assert answer_of(other.get(oauth.target(parameters(app, state="s")), evil))["iss"] == URL


def test_each_code_is_another(world):
    _, client, app = world
    codes = {code_for(client, app) for _ in range(20)}
    assert len(codes) == 20
    # Only digests are kept.
    rows = callgate.sql("SELECT code FROM auth_code WHERE app = %s", oauth.id_of(app))
    kept = {bytes(row["code"]) for row in rows}
    assert {callgate.digest(code) for code in codes} <= kept
