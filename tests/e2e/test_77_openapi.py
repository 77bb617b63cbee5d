# test_77_openapi.py - /oauth/openapi.json says what the program does: every path and method in it is asked,
# in the good way and in bad ones, and what comes back is a status and a body that it describes; and every
# route that is no page is in it.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import json
import re

import jsonschema
import pytest

import callgate
from callgate import API, URL, answered, api, make_admin, make_app, make_token, make_user, send, signed_in, token_request
from oauth import CALLBACK, code_for, credentials, make_public, parameters, permit, target, tokens_for
from routes import all_routes
from test_42_api_application import Door

PLACE = "/oauth/openapi.json"


@pytest.fixture(scope="module")
def document():
    answer = send("GET", PLACE)
    assert answer.status == 200 and answer.get("Content-Type") == "application/json"
    assert answer.body.isascii()
    return answer.json


@pytest.fixture(scope="module")
def door():
    return Door()


def resolved(document, value):
    while "$ref" in value:
        found = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def operation(document, method, path):
    return document["paths"][path][method.lower()]


def check(document, method, path, answer):
    """The answer is one that the document has for this operation."""
    described = operation(document, method, path)["responses"]
    assert str(answer.status) in described or "default" in described, f"{method} {path}: {answer}"
    response = resolved(document, described.get(str(answer.status), described.get("default")))
    for name, header in response.get("headers", {}).items():
        for value in answer.all(name):
            jsonschema.Draft202012Validator(header["schema"]).validate(value)
    content = response.get("content")
    if content is None:
        assert "default" in described or answer.body == b""
        return
    kind = answer.get("Content-Type").split(";")[0]
    assert kind in content, f"{method} {path}: {answer}"
    if kind != "application/json":
        return
    assert answer.body.isascii()
    schema = {**content[kind]["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer.json)


# ---- the document itself ----

def test_it_is_for_this_site(document):
    assert document["openapi"].startswith("3.1.") and document["servers"] == [{"url": URL}]
    flows = document["components"]["securitySchemes"]["oauth"]["flows"]
    assert flows["authorizationCode"]["authorizationUrl"] == URL + "/oauth/authorize"
    assert "callgate.example" not in json.dumps(document)


def test_another_prefix_and_site():
    with callgate.Server(CALLGATE_GATE_PREFIX='/pbx/v"2/', CALLGATE_SITE_URL="https://pbx.example.net:8443") as server:
        document = json.loads(server.send("GET", PLACE).body)
    assert '/pbx/v"2/user/' in document["paths"] and "/api/ver1.0/" not in json.dumps(document)
    assert document["servers"] == [{"url": "https://pbx.example.net:8443"}]


def test_it_may_be_kept_and_read_from_anywhere():
    answer = send("GET", PLACE)
    assert "max-age" in answer.get("Cache-Control") and answer.all("Set-Cookie") == []
    assert send("HEAD", PLACE).status == 200
    assert send("POST", PLACE, b"").status == 405


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else []:
        yield from references(item)


def test_it_holds_together(document):
    seen = {json.dumps(resolved(document, value)) for value in references(document)}
    used = {value["$ref"] for value in references(document)}
    for kind in ("schemas", "responses", "parameters"):
        assert {f"#/components/{kind}/{name}" for name in document["components"][kind]} <= used
    assert seen
    names = [one["operationId"] for path in document["paths"].values() for name, one in path.items()
             if name != "parameters"]
    assert len(names) == len(set(names))
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path, item in document["paths"].items():
        declared = {resolved(document, one)["name"] for one in item.get("parameters", [])}
        for method, one in item.items():
            own = {resolved(document, value)["name"] for value in one.get("parameters", [])} if method != "parameters" else set()
            if method != "parameters":
                assert set(re.findall(r"{(\w+)}", path)) <= declared | own


def test_every_route_is_in_it(document):
    """Pages are not, but for the one that OAuth2 begins at."""
    routes = {(route.method.lower(), API + route.path if route.under_prefix else route.path)
              for route in all_routes() if route.kind or route.path == "/oauth/authorize"}
    assert len(routes) > 10
    written = {(method, re.sub(r"{\w+}", "{}", path)) for path, item in document["paths"].items()
               for method in item if method != "parameters"}
    assert {one for one in written if one[1] != API + "/{}"} == routes


# ---- against the program ----

def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def json_of(token, method, path, fields, kind="application/json"):
    return send(method, path, json.dumps(fields).encode(), {**bearer(token), "Content-Type": kind})


def asks(door):
    """Of each operation: answers as they come, with the statuses that this must bring."""
    user, token = door.user, door.token
    app, made = make_app(user), door.make(redirect_uris=[CALLBACK])
    public, admin_app = make_public(user), make_app(make_admin(), api_backend=True)
    place = API + "/application/"
    consents = [permit(user, make_public(make_user())) for _ in range(2)]
    maker = Door(user)
    maker.make()
    maker_consent = callgate.one("SELECT id FROM permission WHERE user_id = %s AND app ="
                                 " (SELECT id FROM app WHERE app_id = %s)", user.id, maker.app.app_id)
    yield "GET", "/oauth/authorize", [
        door.client.get(target(parameters(public))), callgate.Client().get(target(parameters(public))),
        door.client.get(target({"client_id": "x"})), door.client.get(target(parameters(public, response_type="token")))
    ], {200, 303, 400}
    yield "POST", "/oauth/authorize", [
        door.client.post(target(parameters(public))), door.client.post(target(parameters(public)), {"decision": "deny"}),
        door.client.post("/oauth/authorize", parameters(public), {"Sec-Fetch-Site": "cross-site"}),
    ], {200, 403}
    whole = credentials(app)
    yield "POST", "/oauth/token", [
        token_request({"grant_type": "client_credentials", **whole}),
        token_request({"grant_type": "authorization_code", "code": code_for(door.client, public),
                       "redirect_uri": public.redirect_url, **credentials(public)}),
        token_request({"grant_type": "client_credentials", **whole, "client_secret": "x"}),
        token_request({"grant_type": "refresh_token", "refresh_token": "x" * 30, **credentials(public)}),
        token_request({"grant_type": "magic", **whole}), token_request({}),
        send("POST", "/oauth/token", b"{}", {"Content-Type": "application/json"}),
        token_request({"x": "x" * 70000}),
    ], {200, 400, 401, 413, 415}
    yield "POST", "/oauth/revoke", [
        answered("revoke", app, make_token(app)), answered("revoke", app, "unknown"), answered("revoke", app, None),
        answered("revoke", app._replace(secret="x"), "unknown"),
    ], {200, 400, 401}
    yield "POST", "/oauth/introspect", [
        answered("introspect", app, make_token(app)), answered("introspect", app, "unknown"),
        answered("introspect", admin_app, token),
        answered("introspect", admin_app, tokens_for(signed_in(user), public)["refresh_token"]),
        answered("introspect", app, None), answered("introspect", app._replace(secret="x"), "unknown"),
    ], {200, 400, 401}
    yield "GET", "/.well-known/oauth-authorization-server", [send("GET", "/.well-known/oauth-authorization-server")], {200}
    yield "GET", PLACE, [send("GET", PLACE)], {200}
    for path in (API + "/user/", API + "/user/oauth/session/"):
        yield "GET", path, [api(token, path), api(make_token(app), path), api("x" * 30, path),
                            api(token, path + "?access_token=x"), send("GET", path)], {200, 400, 401}
    yield "GET", place, [door.get(place), door.get(place + "?per_page=1"), door.get(place + "?page=2"), api("x" * 30, place),
                         door.get(place + "?page=1&page=1")], {200, 400, 401, 422}
    yield "POST", place, [
        json_of(token, "POST", place, {"name": "Zoë", "redirect_uris": [CALLBACK]}),
        json_of(token, "POST", place, {"name": "x", "native": True}), json_of(token, "POST", place, {}),
        json_of(token, "POST", place, {"name": "x", "level": "all"}), json_of(token, "POST", place, []),
        json_of(token, "POST", place, {}, "text/plain"), json_of(token, "POST", place, {"x": "x" * 70000}),
        json_of(make_token(app), "POST", place, {"name": "x"}), json_of("x" * 30, "POST", place, {}),
    ], {201, 400, 401, 403, 413, 415, 422}
    yield "GET", place + "{app_id}", [door.get(place + app.app_id), door.get(place + made.app_id), door.get(place + "0" * 32),
                                      api("x" * 30, place + app.app_id)], {200, 401, 404}
    yield "PUT", place + "{app_id}", [
        json_of(token, "PUT", place + made.app_id, {"name": "y"}), json_of(token, "PUT", place + made.app_id, {"name": ""}),
        json_of(token, "PUT", place + made.app_id, {"owner": "admin"}), json_of(token, "PUT", place + app.app_id, {}),
        json_of(token, "PUT", place + "0" * 32, {}), json_of("x" * 30, "PUT", place + made.app_id, {}),
    ], {200, 401, 403, 404, 422}
    yield "PUT", place + "{app_id}/reset_secret/", [
        json_of(token, "PUT", place + made.app_id + "/reset_secret/", {"overlap_days": 1}),
        json_of(token, "PUT", place + made.app_id + "/reset_secret/", {"overlap_days": 9}),
        json_of(token, "PUT", place + app.app_id + "/reset_secret/", {}),
        json_of(token, "PUT", place + "x/reset_secret/", {}),
    ], {200, 403, 404, 422}
    yield "DELETE", place + "{app_id}", [
        door.send("DELETE", place + made.app_id), door.send("DELETE", place + made.app_id),
        api(make_token(app), place + app.app_id, "DELETE"),
    ], {204, 403, 404}
    place += "permission/"
    yield "GET", place, [door.get(place), door.get(place + "?per_page=1"), door.get(place + "?before=x")], {200, 422}
    yield "GET", place + "{id}", [door.get(f"{place}{consents[0]}"), door.get(place + "0")], {200, 404}
    yield "DELETE", place + "{id}", [
        door.send("DELETE", f"{place}{consents[0]}"), door.send("DELETE", f"{place}{consents[0]}"),
        door.send("DELETE", f"{place}{consents[1]}?end_created=x"),
        door.send("DELETE", f"{place}{maker_consent}?end_created=true"),
        api(make_token(app), f"{place}{consents[1]}", "DELETE"),
    ], {200, 204, 403, 404, 422}
    low = make_token(app)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        body = [] if method == "GET" else [("Content-Length", "0")]
        config = API + "/extension/7/queue/"
        yield method, API + "/{path}", [
            api(token, config, method, body), api("x" * 30, config, method, body), api(low, config, method, body),
            api(token, API + "/a;b", method, body), send(method, config, headers=body),
        ], {200, 400, 401, *([] if method == "GET" else [403])}


def test_the_program_does_what_it_says(document, door):
    asked = set()
    for method, path, answers, statuses in asks(door):
        for answer in answers:
            check(document, method, path, answer)
        assert statuses <= {answer.status for answer in answers}, f"{method} {path}: {answers}"
        asked.add((method.lower(), path))
    assert asked == {(method, path) for path, item in document["paths"].items() for method in item if method != "parameters"}


def test_other_methods_are_405(document):
    """Allow is what the document has, and HEAD."""
    fill = {"{app_id}": "0" * 32, "{id}": "1"}
    for path, item in document["paths"].items():
        if "{path}" in path:
            continue
        for word, value in fill.items():
            path = path.replace(word, value)
        answer = send("PATCH", path, b"")
        methods = {name.upper() for name in item if name != "parameters"}
        assert answer.status == 405
        assert set(answer.get("Allow").split(", ")) == methods | ({"HEAD"} if "GET" in methods else set())
        if path != "/oauth/authorize":
            schema = {"$ref": "#/components/schemas/Error", "components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(answer.json)


def test_too_many_attempts(document):
    app = make_app(make_user())
    with callgate.Server(CALLGATE_THROTTLE_ADDRESS="1") as server:
        fields = {"grant_type": "client_credentials", **credentials(app), "client_secret": "wrong"}
        answers = [server.post("/oauth/token", fields, address="192.0.2.77") for _ in range(3)]
    for answer in answers:
        check(document, "POST", "/oauth/token", answer)
    assert answers[-1].status == 429


def test_the_database_is_away(document):
    """Nothing listens where this server looks for it."""
    away = "host=/nonexistent dbname=callgate user=callgate"
    door_token = "x" * 30
    with callgate.Server(CALLGATE_DATABASE_CONNINFO=away) as server:
        kind = {"Content-Type": "application/json", **bearer(door_token)}
        for method, path in (("GET", API + "/user/"), ("GET", API + "/application/"), ("POST", API + "/application/")):
            answer = server.send(method, path, b"{}" if method == "POST" else None, kind)
            check(document, method, path, answer)
            assert answer.status == 503
        fields = {"grant_type": "client_credentials", "client_id": "0" * 32, "client_secret": "x"}
        answer = server.post("/oauth/token", fields)
        check(document, "POST", "/oauth/token", answer)
        assert answer.status == 503
