# oauth.py - what the end-to-end tests of OAuth2 share: public applications, the way from a request
# at the authorization endpoint to a code, and from there to tokens.
#
# Nothing here asserts more than its name says, so that a test of refusals may use it too; functions
# that end in _for expect success. Fields and parameters that are None are left out.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import hashlib
import secrets
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import callgate
from callgate import keep, make_app, one, sql, token_request

CALLBACK = "https://client.example/callback"
LOOPBACK = "http://127.0.0.1/callback"
SCHEME = "com.example.app:/callback"
AUTHORIZE = "/oauth/authorize"


# ---- applications, and what users allowed ----

class Public(NamedTuple):
    app_id: str
    secret: str
    redirect_url: str | None  # the first, which requests name unless told otherwise


def make_public(owner, redirect_urls=(CALLBACK,), native=False, secret=True, **columns):
    """A public application by SQL; a native one, or one without `secret`, has secret ""."""
    app = make_app(owner, type="public", redirect_urls=list(redirect_urls), native=native, **columns)
    if native or not secret:
        sql("DELETE FROM app_secret WHERE app = %s", id_of(app))
        app = app._replace(secret="")
    return Public(*app, redirect_urls[0] if redirect_urls else None)


def id_of(app):
    return one("SELECT id FROM app WHERE app_id = %s", app.app_id)


def set_app(app, **columns):
    """Changes columns, past every act of the program; `generation` takes what was given along."""
    pairs = ", ".join(f"{name} = %s" for name in columns)
    sql(f"UPDATE app SET {pairs} WHERE app_id = %s", *columns.values(), app.app_id)


def permit(user, app, level=None, redirect_urls=None):
    """What a consent leaves behind: for the application as it is, unless told otherwise."""
    return one("INSERT INTO permission (app, user_id, level, redirect_urls, generation)"
               " SELECT id, %s, COALESCE(%s, level), COALESCE(%s, redirect_urls), generation"
               " FROM app WHERE app_id = %s RETURNING id", user.id, level, redirect_urls, app.app_id)


def permissions(user, app):
    return sql("SELECT * FROM permission WHERE user_id = %s AND app = %s", user.id, id_of(app))


def grants(user, app):
    return sql("SELECT * FROM token_grant WHERE user_id = %s AND app = %s ORDER BY id", user.id, id_of(app))


# ---- PKCE ----

class Proof(NamedTuple):
    verifier: str
    challenge: str

    @property
    def asked(self):
        """The parameters of a request."""
        return {"code_challenge": self.challenge, "code_challenge_method": "S256"}


def challenge_of(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def proof(length=43):
    verifier = secrets.token_urlsafe(length)[:length]
    keep(verifier)
    return Proof(verifier, challenge_of(verifier))


# ---- the authorization endpoint ----

def parameters(app, **changes):
    """An ordinary request, as a dict."""
    fields = {"response_type": "code", "client_id": app.app_id,
              "redirect_uri": getattr(app, "redirect_url", None), **changes}
    return {name: value for name, value in fields.items() if value is not None}


def target(fields):
    """Path and query of these parameters: a dict or pairs."""
    return f"{AUTHORIZE}?{urlencode(fields)}"


def authorize(client, app, **changes):
    return client.get(target(parameters(app, **changes)))


def is_consent(answer):
    return answer.status == 200 and bool(answer.page.all("input", name="consent"))


def consent(client, answer, decision="allow", **changes):
    """Presses a button of the consent page."""
    return client.submit(answer, ["consent"], {"decision": decision, **changes})


def place_of(answer):
    """Where a redirect leads, without the query."""
    return answer.get("Location").partition("?")[0]


def answer_of(answer):
    """The parameters of a redirect to an application, each there once."""
    assert answer.status == 303, answer
    location = answer.get("Location")
    assert location is not None and not urlsplit(location).fragment, answer
    pairs = parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    assert len(fields) == len(pairs), answer
    keep(fields.get("code", ""))
    return fields


def code_on(answer):
    """The code of a code page."""
    assert answer.status == 200, answer
    found = [node.get("value") or node.text for node in answer.page.walk()
             if callgate.TOKEN.fullmatch(node.get("value") or (node.text if not node.all() else ""))]
    assert len(set(found)) == 1, answer
    keep(found[0])
    return found[0]


def code_for(client, app, **changes):
    """A code, with the consent on the way if it is asked for."""
    answer = authorize(client, app, **changes)
    if is_consent(answer):
        answer = consent(client, answer)
    if answer.status == 200:
        return code_on(answer)
    fields = answer_of(answer)
    assert callgate.TOKEN.fullmatch(fields.get("code", "")), answer
    return fields["code"]


# ---- the token endpoint ----

def credentials(app):
    """An application in the body; one without secret names itself."""
    return {"client_id": app.app_id, **({"client_secret": app.secret} if app.secret else {})}


def exchange(app, code, headers=(), **changes):
    fields = {"grant_type": "authorization_code", "code": code,
              "redirect_uri": getattr(app, "redirect_url", None), **credentials(app), **changes}
    return token_request({name: value for name, value in fields.items() if value is not None}, headers)


def refresh(app, token, headers=(), **changes):
    fields = {"grant_type": "refresh_token", "refresh_token": token, **credentials(app), **changes}
    return token_request({name: value for name, value in fields.items() if value is not None}, headers)


def tokens_for(client, app, **changes):
    """The whole way: what the token endpoint says, as a dict. A native application proves itself."""
    pair = proof()
    code = code_for(client, app, **{**pair.asked, **changes})
    answer = exchange(app, code, redirect_uri=changes.get("redirect_uri", app.redirect_url),
                      code_verifier=pair.verifier)
    assert answer.status == 200, answer
    return answer.json
