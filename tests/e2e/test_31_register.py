# test_31_register.py - registering an application: who may choose what, what is shown after it, a
# form sent twice, and every input that is refused.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import json
import re
import subprocess
from urllib.parse import parse_qs, quote, urlsplit

import pytest

import callgate
from callgate import (API, FIELDS, FORM_NAMES, URL, App, app_count, audit_rows, register,
                      registered, sql)

TYPES = ["public", "trusted", "password_credentials"]
LEVELS = ["call_api", "all"]


def app_row(app):
    (row,) = sql("SELECT * FROM app WHERE app_id = %s", app.app_id)
    return row


# ---- the form ----

@pytest.mark.parametrize("who, forbidden", [
    pytest.param("shared_member", {"password_credentials", "all"}, id="user"),
    pytest.param("shared_admin", set(), id="administrator"),
])
def test_form_offers_what_one_may_set(request, who, forbidden):
    _, client = request.getfixturevalue(who)
    answer = client.get("/app/register")
    form = answer.form(*FORM_NAMES)
    assert form.fields["type"] == "public" and form.fields["level"] == "call_api"
    assert "native" not in form.fields and callgate.TOKEN.fullmatch(form.fields["form_key"])
    assert form.choices["type"] == {name: name not in forbidden for name in TYPES}
    assert form.choices["level"] == {name: name not in forbidden for name in LEVELS}
    whys = [node.text for node in answer.page.all("span", class_="why")]
    assert len(whys) == len(forbidden) and all("administrator" in why for why in whys)


def test_forms_have_keys_of_their_own(shared_member):
    _, client = shared_member
    keys = {client.get("/app/register").form("form_key").fields["form_key"] for _ in range(3)}
    assert len(keys) == 3


# ---- what it makes ----

COMBINATIONS = [("shared_member", kind, "call_api") for kind in ("public", "trusted")] \
    + [("shared_admin", kind, level) for kind in TYPES for level in LEVELS]


@pytest.mark.parametrize("who, kind, level", COMBINATIONS)
def test_registers(request, who, kind, level):
    user, client = request.getfixturevalue(who)
    app = registered(register(client, name="Ünïcode & more", redirect_url="https://a.example/cb",
                              type=kind, level=level, description="Line one\r\nline two"))
    assert callgate.HEX32.fullmatch(app.secret) and app.secret != app.app_id
    row = app_row(app)
    assert (row["owner_id"], row["name"], row["type"], row["level"], row["status"], row["native"]) == (
        user.id, "Ünïcode & more", kind, level, "active", False)
    assert row["redirect_urls"] == ["https://a.example/cb"]
    assert row["description"].splitlines() == ["Line one", "line two"]
    # Only the digest and the last four characters are kept.
    (secret,) = sql("SELECT * FROM app_secret WHERE app = %s", row["id"])
    assert (bytes(secret["secret"]), secret["tail"]) == (callgate.digest(app.secret), app.secret[-4:])


def test_a_native_application_has_no_secret(member):
    _, client = member
    app = registered(register(client, native="1", redirect_url="com.example.app:/cb"))
    assert app.secret == "" and app_row(app)["native"] is True
    assert sql("SELECT 1 FROM app_secret s JOIN app a ON a.id = s.app WHERE a.app_id = %s", app.app_id) == []


def test_a_scripted_client_needs_the_name_only(member):
    user, client = member
    first = registered(client.post("/app/register", {"name": "Scripted"}))
    second = registered(client.post("/app/register", {"name": "Scripted"}))
    assert first.secret and second.secret and app_count(user) == 2
    row = app_row(first)
    assert (row["type"], row["level"], row["redirect_urls"]) == ("public", "call_api", [])


def test_multipart_form(member):
    _, client = member
    urls = "https://a.example/\r\nhttps://b.example/"
    kind, body = callgate.multipart({**FIELDS, "name": "As parts", "redirect_url": urls})
    app = registered(client.post("/app/register", body, {"Content-Type": kind}))
    assert app_row(app)["redirect_urls"] == ["https://a.example/", "https://b.example/"]


def test_71_secret_is_shown_this_once(member):
    _, client = member
    app = registered(register(client, type="trusted"))
    for target in ("/app/", f"/app/{app.app_id}/", "/app/register"):
        answer = client.get(target)
        assert answer.status == 200 and app.secret not in answer.text


def test_answer_with_the_secret_is_easy_to_copy(member):
    """Without scripts: each value alone in a read-only field."""
    _, client = member
    answer = register(client, type="trusted")
    app = registered(answer)
    for identity, value in (("app-id", app.app_id), ("app-secret", app.secret)):
        field = answer.page.one("input", id=identity)
        assert field.get("value") == value and "readonly" in field.attributes
        assert answer.page.one("label", for_=identity).text
    assert answer.page.all("script") == []


# ---- the next steps ----

def shell(command):
    """Runs a line that the page shows, as a newcomer would."""
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    return json.loads(result.stdout)


def commands(answer):
    return [node.raw for node in answer.page.all("pre")]


def test_the_shown_commands_work(member):
    user, client = member
    answer = register(client, type="trusted")
    app = registered(answer)
    token_line, user_line = commands(answer)
    assert f"{URL}/oauth/token" in token_line and f"{URL}{API}/user/" in user_line
    assert app.app_id in token_line and app.secret in token_line
    token = shell(token_line)["access_token"]
    callgate.keep(token)
    assert shell(user_line.replace("ACCESS_TOKEN", token))["login"] == user.login


STEPS = [
    # who, fields, what the commands must say, and what not
    pytest.param("shared_member", {"type": "public", "redirect_url": "https://a.example/cb"},
                 ["/oauth/authorize?", "grant_type=authorization_code", "grant_type=refresh_token"],
                 ["client_credentials", "grant_type=password", "code_challenge"], id="public"),
    pytest.param("shared_member", {"type": "public", "native": "1", "redirect_url": "com.example.app:/cb"},
                 ["/oauth/authorize?", "code_challenge", "code_verifier"],
                 ["client_credentials", "client_secret", "grant_type=password"], id="native"),
    pytest.param("shared_member", {"type": "trusted"}, ["grant_type=client_credentials"],
                 ["authorize", "refresh_token", "grant_type=password"], id="trusted"),
    pytest.param("shared_admin", {"type": "password_credentials"},
                 ["grant_type=password", "grant_type=refresh_token"],
                 ["authorize", "client_credentials"], id="password_credentials"),
]


@pytest.mark.parametrize("who, fields, expected, unexpected", STEPS)
def test_next_steps_are_those_of_the_type(request, who, fields, expected, unexpected):
    _, client = request.getfixturevalue(who)
    answer = register(client, **fields)
    app = registered(answer)
    for shown in (answer, client.get(f"/app/{app.app_id}/")):
        text = "\n".join(commands(shown))
        assert app.app_id in text and f"{URL}/oauth/token" in text and f"{URL}{API}/user/" in text
        assert [words for words in expected if words not in text] == []
        assert [words for words in unexpected if words in text] == []
    # The page that can be opened again has no secret to show in them.
    assert not app.secret or app.secret not in text


# Every character here is allowed in a URL, and each means something to a shell, a form or a query.
AWKWARD = "https://a.example/cb;x?a=1&b='$(id)'*!&c=%26+#".rstrip("#")


def test_the_commands_survive_an_awkward_redirect_url(member):
    """The browser's address and the form field both give back the URL as registered; a shell sees words."""
    _, client = member
    answer = register(client, redirect_url=AWKWARD)
    registered(answer)
    address, exchange = commands(answer)[:2]
    assert parse_qs(urlsplit(address.strip()).query)["redirect_uri"] == [AWKWARD]
    words = subprocess.run(["sh", "-c", exchange.replace("curl ", "printf '%s\\n' ", 1)],
                           capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    (field,) = [word for word in words if word.startswith("redirect_uri=")]
    assert parse_qs(field) == {"redirect_uri": [AWKWARD]}


# ---- sent twice ----

def test_a_form_sent_twice_makes_one_application(member):
    user, client = member
    page = client.get("/app/register")
    first = registered(client.submit(page, FORM_NAMES, {**FIELDS, "type": "trusted"}))
    answer = client.submit(page, FORM_NAMES, {**FIELDS, "type": "trusted", "name": "Changed"})
    second = registered(answer)
    assert first.secret and second == App(first.app_id, "")
    assert "already been sent" in answer.page.text
    assert app_count(user) == 1 and app_row(first)["name"] == FIELDS["name"]
    # The first secret is still the good one.
    callgate.make_token(first)
    assert len(audit_rows(act="app.register", actor_login=user.login)) == 1


def test_a_form_sent_twice_at_once_makes_one_application(member):
    user, client = member
    form = client.get("/app/register").form(*FORM_NAMES)
    fields = {**form.fields, **FIELDS}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post("/app/register", fields), range(4)))
    apps = [registered(answer) for answer in answers]
    assert len({app.app_id for app in apps}) == 1 and app_count(user) == 1
    assert len([app for app in apps if app.secret]) == 1


def test_a_form_key_is_the_users_own(member, shared_member):
    _, client = member
    _, other = shared_member
    fields = {**client.get("/app/register").form(*FORM_NAMES).fields, **FIELDS}
    mine, theirs = (registered(who.post("/app/register", fields)) for who in (client, other))
    assert mine.app_id != theirs.app_id and mine.secret and theirs.secret


def test_a_corrected_form_registers(member):
    user, client = member
    refused = register(client, name="")
    assert refused.status == 422
    registered(client.submit(refused, FORM_NAMES, {"name": "Corrected"}))
    assert app_count(user) == 1


# ---- forged ----

FORGED = {
    "type": {"type": "password_credentials"},
    "level": {"level": "all"},
    "type and level": {"type": "password_credentials", "level": "all"},
    "trusted with level": {"type": "trusted", "level": "all"},
}


@pytest.mark.parametrize("as_parts", [False, True], ids=["urlencoded", "multipart"])
@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_65_a_forged_choice_is_refused_and_audited(member, forged, as_parts):
    user, client = member
    fields = {**client.get("/app/register").form(*FORM_NAMES).fields, **FIELDS, **forged}
    kind, body = callgate.multipart(fields) if as_parts else (callgate.FORM_TYPE, fields)
    answer = client.post("/app/register", body, {"Content-Type": kind})
    assert answer.status == 403 and answer.page.one("h1").text
    assert app_count(user) == 0
    (row,) = audit_rows(act="app.register.refused", actor_login=user.login)
    assert row["actor_id"] == user.id
    assert row["detail"]["type"] == fields["type"] and row["detail"]["level"] == fields["level"]


@pytest.mark.parametrize("extra", [
    pytest.param({"owner": "1", "owner_id": "1", "user": "admin"}, id="owner"),
    pytest.param({"app_id": "0" * 32, "secret": "0" * 32, "client_secret": "0" * 32}, id="credentials"),
    pytest.param({"status": "disabled", "api_backend": "1", "created_by_app": "1"}, id="state"),
    pytest.param({"Type": "password_credentials", "LEVEL": "all", "level[]": "all"}, id="other spelling"),
])
def test_65_fields_that_a_form_does_not_have_are_ignored(member, extra):
    user, client = member
    app = registered(client.post("/app/register", {**FIELDS, **extra}))
    row = app_row(app)
    assert (row["owner_id"], row["type"], row["level"], row["status"]) == (user.id, "public", "call_api", "active")
    assert app.app_id != "0" * 32 and app.secret != "0" * 32


@pytest.mark.parametrize("name", ["name", "redirect_url", "type", "level", "description", "native", "form_key"])
def test_65_a_field_sent_twice_is_refused(shared_member, name):
    user, client = shared_member
    before = app_count(user)
    values = {"type": ["public", "password_credentials"], "level": ["call_api", "all"]}.get(name, ["1", "2"])
    for first, second in (values, reversed(values)):
        pairs = [(key, value) for key, value in FIELDS.items() if key != name]
        answer = client.post("/app/register", [*pairs, (name, first), (name, second)])
        assert answer.status in (400, 422), answer
    assert app_count(user) == before


# ---- bad input ----

def error_of(answer, field):
    """The message beside a field, which must be tied to it for a screen reader."""
    message = answer.page.one(id=f"{field}-error")
    holder = answer.page.one(id=f"field-{field}")
    assert f"{field}-error" in holder.get("aria-describedby").split()
    (entry,) = [link for link in answer.page.all("a") if link.get("href") == f"#field-{field}"]
    assert entry.text == message.text
    return message.text


BAD_FIELDS = [
    # field, value, words of the message
    pytest.param("name", "", "name", id="name empty"),
    pytest.param("name", " \t ", "name", id="name blank"),
    pytest.param("name", "x" * 101, "100", id="name over 100"),
    pytest.param("name", "ü" * 101, "100", id="name over 100 not bytes"),
    pytest.param("name", "a\x01b", "printable", id="name control character"),
    pytest.param("name", "a\nb", "printable", id="name newline"),
    pytest.param("name", "a\tb", "printable", id="name tab"),
    pytest.param("name", "a\x7fb", "printable", id="name DEL"),
    pytest.param("name", "a\x85b", "printable", id="name C1 control"),
    pytest.param("name", "a\u202eb", "printable", id="name right-to-left override"),
    pytest.param("name", "a\u200bb", "printable", id="name zero-width space"),
    pytest.param("type", "Public", "type", id="type other case"),
    pytest.param("type", "confidential", "type", id="type unknown"),
    pytest.param("level", "root", "access", id="level unknown"),
    pytest.param("level", "All", "access", id="level other case"),
    pytest.param("native", "2", "device", id="native unknown"),
    pytest.param("description", "x" * 1001, "1000", id="description over 1,000"),
    pytest.param("description", "a\x1bb", "control", id="description control character"),
]


@pytest.mark.parametrize("field, value, words", BAD_FIELDS)
def test_bad_field_comes_back(shared_member, field, value, words):
    user, client = shared_member
    before = app_count(user)
    typed = {**FIELDS, "name": "Kept name", "redirect_url": "https://kept.example/",
             "description": "Kept description", "type": "trusted", field: value}
    answer = client.submit(client.get("/app/register"), FORM_NAMES, typed)
    assert answer.status == 422
    assert words in error_of(answer, field)
    form = answer.form(*FORM_NAMES)
    for name in ("name", "redirect_url", "description"):
        # A browser drops control characters of a one-line field itself.
        if typed[name].isprintable() and typed[name] == typed[name].strip():
            assert form.fields[name] == typed[name]
    if field != "type":
        assert form.fields["type"] == "trusted"
    assert app_count(user) == before


def test_several_mistakes_are_told_at_once(shared_member):
    _, client = shared_member
    answer = register(client, name="", redirect_url="word", description="x" * 1001)
    assert answer.status == 422
    assert all(error_of(answer, field) for field in ("name", "redirect_url", "description"))


@pytest.mark.parametrize("kind", ["trusted", "password_credentials"])
def test_native_is_for_public_applications(shared_admin, kind):
    user, client = shared_admin
    before = app_count(user)
    answer = register(client, type=kind, native="1")
    assert answer.status == 422 and "ublic" in error_of(answer, "native")
    assert app_count(user) == before


@pytest.mark.parametrize("name", ["x", "x" * 100, "ü" * 100, "👨‍🦱"[0] * 100, "مثال", "a  b", "0"])
def test_good_names(shared_member, name):
    _, client = shared_member
    assert app_row(registered(register(client, name=name)))["name"] == name


def test_name_is_trimmed(shared_member):
    _, client = shared_member
    assert app_row(registered(register(client, name="  Trimmed \r\n")))["name"] == "Trimmed"


def test_description_of_the_longest_kind(shared_member):
    _, client = shared_member
    text = ("ü\n" * 500)[:-1]
    assert app_row(registered(register(client, description=text)))["description"].replace("\r\n", "\n") == text


BAD_URLS = {
    # what is wrong: the field, words of the message
    "relative": ("/relative", "complete"),
    "relative to scheme": ("//a.example/cb", "complete"),
    "bare word": ("word", "complete"),
    "bare host": ("a.example/cb", "complete"),
    "fragment": ("https://a.example/#frag", "#"),
    "empty fragment": ("https://a.example/#", "#"),
    "credentials": ("https://user:pw@a.example/", "@"),
    "user only": ("https://user@a.example/", "@"),
    "empty user": ("https://@a.example/", "@"),
    "javascript": ("javascript:alert(1)", ""),
    "javascript in capitals": ("JavaScript:alert(1)", ""),
    "data": ("data:text/html,x", ""),
    "vbscript": ("vbscript:x", ""),
    "file": ("file:///etc/passwd", ""),
    "ftp": ("ftp://a.example/", ""),
    "scheme without dot": ("myapp:/cb", "dot"),
    "scheme ending with dot": ("myapp.:/cb", ""),
    "http to a host": ("http://plain.example/cb", "https"),
    "http to localhost by name": ("http://localhost/cb", "https"),
    "http to loopback lookalike": ("http://127.0.0.1.evil.example/", "https"),
    "http to loopback as user": ("http://127.0.0.1@evil.example/", ""),
    "http to all addresses": ("http://0.0.0.0/cb", "https"),
    "http to another loopback": ("http://127.0.0.2/cb", "https"),
    "http in capitals": ("HTTP://plain.example/cb", "https"),
    "no host": ("https:///cb", ""),
    "scheme only": ("https:", ""),
    "no host but port": ("https://:8443/cb", ""),
    "over 2,000 characters": ("https://a.example/" + "x" * 1983, "2000"),
    "over 20": (" ".join(f"https://a.example/{i}" for i in range(21)), "20"),
    "twice the same": ("https://a.example/cb https://b.example/ https://a.example/cb", "twice"),
    "wildcard host": ("https://*.example/cb", ""),
    "markup": ("https://a.example/<script>alert(1)</script>", ""),
    "quote": ('https://a.example/"onmouseover="alert(1)', ""),
    "backslash": ("https://a.example\\@evil.example/", ""),
    "control character": ("https://a.example/\x01", ""),
    "not ASCII": ("https://a.example/ü", ""),
    "broken escape": ("https://a.example/%zz", ""),
    "port that is none": ("https://a.example:port/", ""),
    "brackets": ("https://[::1/cb", ""),
    "one bad among good": ("https://a.example/ /bad https://b.example/", "/bad"),
}


@pytest.mark.parametrize("urls, words", BAD_URLS.values(), ids=BAD_URLS.keys())
def test_bad_redirect_url(shared_member, urls, words):
    user, client = shared_member
    before = app_count(user)
    answer = register(client, name="Kept name", redirect_url=urls)
    assert answer.status == 422, answer
    assert words in error_of(answer, "redirect_url")
    form = answer.form(*FORM_NAMES)
    assert form.fields["name"] == "Kept name" and form.fields["redirect_url"] == urls
    assert answer.page.all("script") == [] and app_count(user) == before


GOOD_URLS = {
    "none": ("", []),
    "blank": (" \r\n ", []),
    "https": ("https://a.example/cb", None),
    "host only": ("https://a.example", None),
    "port": ("https://a.example:8443/cb", None),
    "query": ("https://a.example/cb?x=1&y=2", None),
    "escapes": ("https://a.example/%C3%BC?x=%20", None),
    "capitals": ("HTTPS://A.example/CB", None),
    "IPv6": ("https://[2001:db8::1]/cb", None),
    "loopback": ("http://127.0.0.1/cb", None),
    "loopback with port": ("http://127.0.0.1:8080/cb", None),
    "IPv6 loopback": ("http://[::1]/cb", None),
    "IPv6 loopback with port": ("http://[::1]:51004/cb", None),
    "private scheme": ("com.example.app:/cb", None),
    "private scheme with host": ("com.example.app://cb/x", None),
    "private scheme, path only": ("com.example.app:cb", None),
    "2,000 characters": ("https://a.example/" + "x" * 1982, None),
    "20": (" ".join(f"https://a.example/{i}" for i in range(20)), None),
    "all kinds of white space": (" https://a.example/ \t\r\n\nhttps://b.example/ ", None),
    "alike but not the same": ("https://a.example/ https://a.example https://A.example/", None),
}


@pytest.mark.parametrize("urls, expected", GOOD_URLS.values(), ids=GOOD_URLS.keys())
def test_good_redirect_url(shared_member, urls, expected):
    _, client = shared_member
    app = registered(register(client, redirect_url=urls))
    assert app_row(app)["redirect_urls"] == (urls.split() if expected is None else expected)


# ---- text is shown as text ----

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": "\"><img src=x onerror=alert(1)>",
    "quote": "' autofocus onfocus='alert(1)",
    "end of a textarea": "</textarea></title></pre><script>alert(1)</script>",
    "template": "{{app.app_id}} {{#secret}} {{{name}}} {{>top}} {{!",
    "message": "{name_max} {url} %s %n",
    "entity": "&lt;script&gt; &#60;b&#62; &amp;amp;",
    "SQL": "'); DROP TABLE app; --",
    "comment": "<!-- --> <![CDATA[ x ]]>",
}


def assert_only_text(answer):
    assert answer.page.all("script", "img", "iframe", "style", "object", "base") == []
    wild = [name for node in answer.page.walk() for name in node.attributes
            if name.startswith("on") or name == "style"]
    assert wild == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_66_hostile_text_is_shown_as_text(shared_member, text):
    _, client = shared_member
    answer = register(client, name=text, description=text)
    app = registered(answer)
    own_page, listed = client.get(f"/app/{app.app_id}/"), client.get("/app/")
    for shown in (answer, own_page, listed):
        assert_only_text(shown)
        assert text in [node.raw for node in shown.page.all("bdi")]


@pytest.mark.parametrize("field", ["name", "redirect_url", "type", "level", "description", "native", "form_key"])
@pytest.mark.parametrize("text", [HOSTILE["script"], HOSTILE["attribute"], HOSTILE["end of a textarea"],
                                  HOSTILE["template"]], ids=["script", "attribute", "textarea", "template"])
def test_66_hostile_text_comes_back_as_text(shared_member, field, text):
    user, client = shared_member
    # Another field is wrong for certain, so that each comes back.
    wrong = {"name": ""} if field != "name" else {"redirect_url": "word"}
    answer = client.submit(client.get("/app/register"), FORM_NAMES, {**FIELDS, **wrong, field: text})
    assert answer.status == 422
    assert_only_text(answer)
    if field not in ("type", "level", "native"):
        assert answer.form(*FORM_NAMES).fields[field] == text


# ---- bodies and methods that are refused ----

@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get"])
def test_other_methods(shared_member, method):
    _, client = shared_member
    answer = client.send(method, "/app/register", callgate.encode(FIELDS) if method != "OPTIONS" else None,
                         {"Content-Type": callgate.FORM_TYPE})
    if method in ("PROPFIND", "get") and answer.status in (400, 501):
        return  # the web server's own answer
    assert answer.status == 405 and answer.get("Allow") == "GET, HEAD, POST"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml", "multipart/form-data",
                                  "application/octet-stream"])
def test_other_content_types(shared_member, kind):
    user, client = shared_member
    before = app_count(user)
    answer = client.post("/app/register", json.dumps(FIELDS).encode(), {"Content-Type": kind})
    assert answer.status == 415 and answer.page.one("h1").text
    assert app_count(user) == before


BAD_BODIES = {
    "broken escape": b"name=100%&type=public",
    "cut escape": b"name=a%4",
    "escape that is no hex": b"name=%zz",
    "broken escape in a name": b"na%mme=x",
    "NUL": b"name=a%00b",
    "raw NUL": b"name=a\0b",
    "invalid UTF-8": b"name=%ff",
    "raw invalid UTF-8": b"name=\xff",
    "overlong UTF-8": b"name=%c0%af",
    "surrogate": b"name=%ed%a0%80",
    "cut UTF-8": b"name=%e2%82",
    "invalid UTF-8 in a field not known": b"name=x&other=%ff",
    "too many fields": b"name=x" + b"&a=1" * 128,
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_66_a_body_that_cannot_be_read(shared_member, body):
    user, client = shared_member
    before = app_count(user)
    answer = client.post("/app/register", body)
    assert answer.status == 400 and answer.page.one("h1").text
    assert app_count(user) == before


BAD_PARTS = {
    "no closing boundary": b"--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n",
    "bare newlines": b"--b\nContent-Disposition: form-data; name=\"name\"\n\nx\n--b--\n",
    "a file": b"--b\r\nContent-Disposition: form-data; name=\"name\"; filename=\"x\"\r\n\r\nx\r\n--b--\r\n",
    "no name": b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    "another boundary": b"--c\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--c--\r\n",
    "invalid UTF-8": b"--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n\xff\r\n--b--\r\n",
    "NUL": b"--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n\0\r\n--b--\r\n",
}


@pytest.mark.parametrize("body", BAD_PARTS.values(), ids=BAD_PARTS.keys())
def test_parts_that_cannot_be_read(shared_member, body):
    user, client = shared_member
    before = app_count(user)
    answer = client.post("/app/register", body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status == 400
    assert app_count(user) == before


LIMIT = 64 * 1024


@pytest.mark.parametrize("size, status", [
    pytest.param(LIMIT, 422, id="64 KiB"),
    pytest.param(LIMIT + 1, 413, id="a byte more"),
    pytest.param(100 * 1024, 413, id="100 KiB"),
    pytest.param(1024 * 1024, 413, id="1 MiB"),
])
def test_66_body_limit(shared_member, size, status):
    _, client = shared_member
    start = b"name=Long&description="
    answer = client.post("/app/register", start + b"x" * (size - len(start)))
    assert answer.status == status
    assert answer.page.one("h1").text  # our page, not the web server's


def test_nothing_at_all(shared_member):
    _, client = shared_member
    answer = client.post("/app/register", b"")
    assert answer.status == 422 and error_of(answer, "name")


def test_a_stranger_learns_nothing_of_the_form(client):
    answer = client.post("/app/register", {"name": "", "level": "root"})
    assert urlsplit(answer.location).path == "/login"
    assert re.search(r"next=([^&]*)", answer.location)[1] == quote("/app/register", safe="")
