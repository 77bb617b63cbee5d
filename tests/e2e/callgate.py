# callgate.py - what the end-to-end tests share: a client that sends bytes as they are written, a
# reader of pages, the database, the program's commands, users and applications of one's own.
#
# Importing it fails if the environment of `scripts/test` is not there: nothing is ever skipped.
# Whatever grants access and passes through here is kept in SEEN, for test_80_audit_and_logs.py.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import contextlib
import hashlib
import html.parser
import http.client
import json
import os
import re
import secrets
import shutil
import socket
import string
import subprocess
import tempfile
import time
from typing import NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

import psycopg2
import psycopg2.extras

import fcgi_client

NEEDED = """CALLGATE_URL DATABASE_URL ADMIN_LOGIN ADMIN_PASSWORD USER_LOGIN USER_PASSWORD
READONLY_LOGIN READONLY_PASSWORD EXTENSION_LOGIN EXTENSION_PASSWORD CALLGATE CALLGATE_CONF
CALLGATE_TEST_SERVER CALLGATE_TEST_LOGS CALLGATE_STATE""".split()
MISSING = [name for name in NEEDED if not os.environ.get(name)]
if MISSING:
    raise RuntimeError("not in the environment (scripts/test sets them): " + " ".join(MISSING))

URL = os.environ["CALLGATE_URL"].rstrip("/")
HOST, PORT = urlsplit(URL).hostname, urlsplit(URL).port or 80
AUTHORITY = urlsplit(URL).netloc
API = "/api/ver1.0"
COOKIE = "__Host-callgate" if URL.startswith("https://") else "callgate"
BINARY = os.environ["CALLGATE"]
SERVER = os.environ["CALLGATE_TEST_SERVER"]
DEADLINE = 30.0

HEX32 = re.compile(r"\b[0-9a-f]{32}\b")
TOKEN = re.compile(r"[0-9A-Za-z]{30}")
FORM_TYPE = "application/x-www-form-urlencoded"

# Passwords, App secrets, access tokens, session ids of the whole run.
SEEN = {os.environ[name] for name in NEEDED if name.endswith("_PASSWORD")}


def keep(*words):
    """Into SEEN, but for what may be in a log by chance: short words, "xxxx…"."""
    SEEN.update(word for word in words if len(word) >= 12 and len(set(word)) >= 5)


def wait_for(question, what, deadline=DEADLINE):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline} s: {what}")


# ---- pages ----

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Node:
    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    def walk(self):
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.walk()

    def all(self, *tags, **attributes):
        """Elements below with one of the tags (any, if none) and these attributes (class_ for class)."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [node for node in self.walk()
                if (not tags or node.tag in tags)
                and all(node.get(name) == value for name, value in wanted.items())]

    def one(self, *tags, **attributes):
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} elements {tags} {attributes}"
        return found[0]

    @property
    def raw(self):
        return "".join(child.raw if isinstance(child, Node) else child for child in self.children)

    @property
    def text(self):
        return " ".join(self.raw.split())


OWN_SCRIPT = re.compile(r"/app/app\.js\?v=[0-9a-f]{8}")


class Page(html.parser.HTMLParser):
    """A page as a tree; `mistakes` lists ends without a beginning and beginnings without an end.

    The frame's own script is left out of the tree, so that any <script> in it is one too many.
    """

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = self.open = Node("", {}, None)
        self.mistakes, self.own_scripts = [], []
        self.feed(text)
        self.close()
        if self.open is not self.root:
            self.mistakes.append(f"<{self.open.tag}> never ends")

    def handle_starttag(self, tag, attrs):
        attributes = {}
        for name, value in attrs:
            if name in attributes:
                self.mistakes.append(f"<{tag}> has {name} twice")
            attributes[name] = "" if value is None else value
        node = Node(tag, attributes, self.open)
        is_own = tag == "script" and set(attributes) == {"src", "defer"} and OWN_SCRIPT.fullmatch(attributes["src"])
        if is_own and self.open.tag == "head" and not self.own_scripts:
            self.own_scripts.append(node)
        else:
            self.open.children.append(node)
        if tag not in VOID:
            self.open = node

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open = self.open.parent

    def handle_endtag(self, tag):
        if self.open.tag == tag:
            self.open = self.open.parent
        else:
            self.mistakes.append(f"</{tag}> inside <{self.open.tag}>")

    def handle_data(self, data):
        self.open.children.append(data)


class Form:
    """A form as a browser would send it: `fields` holds what is preset, in order."""

    def __init__(self, node):
        self.node = node
        self.method, self.action = node.get("method", "get").upper(), node.get("action", "")
        self.fields, self.choices = {}, {}
        for field in node.all("input", "textarea", "select"):
            name, kind = field.get("name"), field.get("type", "text")
            if name is None or kind == "submit":
                continue
            if field.tag == "select":
                options = field.all("option")
                self.choices[name] = {option.get("value"): True for option in options}
                chosen = [option for option in options if "selected" in option.attributes] or options
                self.fields[name] = chosen[0].get("value")
                continue
            if kind in ("radio", "checkbox"):
                self.choices.setdefault(name, {})[field.get("value")] = "disabled" not in field.attributes
                if "checked" in field.attributes and "disabled" not in field.attributes:
                    self.fields[name] = field.get("value")
            elif field.tag == "textarea":
                self.fields[name] = field.raw.removeprefix("\n")
            else:
                self.fields[name] = field.get("value", "")


# ---- answers ----

class Answer:
    def __init__(self, status, headers, body, target=""):
        self.status, self.body, self.target = status, body, target
        self.headers = [(name.lower(), value) for name, value in headers]
        self._page = None
        remember(self)

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    def get(self, name):
        """A header that comes once or not at all (None)."""
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        assert self.get("Content-Type").split(";")[0] == "application/json", self
        return json.loads(self.body.decode("ascii"))

    @property
    def page(self):
        if self._page is None:
            assert self.get("Content-Type") == "text/html; charset=utf-8", self
            self._page = Page(self.text)
            assert self._page.mistakes == [], self
        return self._page.root

    @property
    def location(self):
        """The path that a redirect to this very site leads to."""
        location = self.get("Location")
        assert self.status == 303 and location is not None and location.startswith(URL + "/"), self
        return location[len(URL):]

    def form(self, *names):
        """The form that has all these fields."""
        for node in self.page.all("form"):
            form = Form(node)
            if all(name in form.fields or name in form.choices for name in names):
                return form
        raise AssertionError(f"no form with {names}: {self}")

    def __repr__(self):
        return f"{self.status} {self.target} {self.headers} {self.body[:600]!r}"


def remember(answer):
    """Keeps what grants access, wherever an answer shows it."""
    keep(*(line.split(";")[0].partition("=")[2] for line in answer.all("Set-Cookie")))
    text = answer.body.decode("utf-8", "replace")
    keep(*re.findall(r'"(?:access|refresh)_token"\s*:\s*"([^"]+)"', text))
    keep(*re.findall(r'id="app-secret"[^>]*\bvalue="([^"]+)"', text))
    keep(*re.findall(r'"secret"\s*:\s*"([0-9a-f]{32})"', text))


# ---- sending ----

def head_bytes(method, target, headers):
    """A request's head. Latin-1: a character is the byte of that number."""
    lines = [f"{method} {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def exchange(data, method="GET", target="", half_close=False):
    """Sends these bytes on a connection of their own. None: the server just closed it."""
    with socket.create_connection((HOST, PORT), DEADLINE) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        try:
            return read_answer(connection, method, target)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return None


def read_answer(connection, method="GET", target=""):
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return Answer(response.status, response.getheaders(), response.read(), target)


def send(method, target, body=None, headers=()):
    """One request; `headers` (pairs or a dict) replace the default ones, None leaves one out."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    keep(*(value.rpartition(" ")[2] for _, value in pairs if str(value).lower().startswith("basic ")))
    given = {name.lower() for name, _ in pairs}
    defaults = [("Host", AUTHORITY), ("Connection", "close")]
    if body is not None:
        defaults.append(("Content-Length", str(len(body))))
    pairs = [(name, value) for name, value in defaults if name.lower() not in given] + pairs
    head = head_bytes(method, target, [(name, value) for name, value in pairs if value is not None])
    answer = exchange(head + (body or b""), method, target)
    assert answer is not None, f"{method} {target}: no answer"
    return answer


def encode(fields):
    """Urlencoded bytes of a dict or a list of pairs; bytes as they are."""
    return fields if isinstance(fields, bytes) else urlencode(fields).encode()


def multipart(fields, boundary="callgate-e2e-boundary"):
    """Content-Type and body of fields as multipart/form-data."""
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
             for name, value in fields.items()]
    body = "".join(parts) + f"--{boundary}--\r\n"
    return f"multipart/form-data; boundary={boundary}", body.encode()


class Client:
    """Keeps cookies as a browser does; follows nothing by itself."""

    def __init__(self):
        self.cookies = {}

    def send(self, method, target, body=None, headers=()):
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        if self.cookies and not any(name.lower() == "cookie" for name, _ in pairs):
            pairs.append(("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items())))
        answer = send(method, target, body, pairs)
        for line in answer.all("Set-Cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if value == "" or "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, target, headers=()):
        return self.send("GET", target, None, headers)

    def post(self, target, fields=(), headers=()):
        """A form posted from a page of this site; `headers` may say otherwise."""
        given = {"Content-Type": FORM_TYPE, "Origin": URL, "Sec-Fetch-Site": "same-origin"}
        given.update(headers)
        return self.send("POST", target, encode(fields), given)

    def submit(self, answer, names, values=(), headers=()):
        """Fills in and sends the form that has the fields `names`."""
        form = answer.form(*names)
        assert form.method == "POST", answer
        target = urljoin(URL + answer.target, form.action)
        assert target.startswith(URL + "/"), answer
        return self.post(target[len(URL):], {**form.fields, **dict(values)}, headers)

    def follow(self, answer):
        return self.get(answer.location)

    def sign_in(self, login, password, target="/login"):
        keep(password)
        return self.submit(self.get(target), ["username", "password"],
                           {"username": login, "password": password})

    @property
    def is_signed_in(self):
        answer = self.get("/app/")
        assert answer.status in (200, 303), answer
        return answer.status == 200


def api(token, target=API + "/user/", method="GET", headers=()):
    return send(method, target, None, [("Authorization", f"Bearer {token}"), *dict(headers).items()])


def token_request(fields=(), headers=(), target="/oauth/token"):
    """A post to the token endpoint, by a client that is no browser."""
    return send("POST", target, encode(fields), {"Content-Type": FORM_TYPE, **dict(headers)})


def answered(function, app, token, headers=(), **changes):
    fields = {"token": token, "client_id": app.app_id, "client_secret": app.secret or None, **changes}
    return token_request({name: value for name, value in fields.items() if value is not None}, headers,
                         f"/oauth/{function}")


def revoke(app, token, headers=(), **changes):
    return answered("revoke", app, token, headers, **changes)


def introspect(app, token, headers=(), **changes):
    return answered("introspect", app, token, headers, **changes)


def refused(answer, status, error):
    """The error's description, of an answer that is exactly DESIGN §5's."""
    fields = answer.json
    assert (answer.status, fields["error"]) == (status, error), answer
    assert set(fields) == {"error", "error_description", "message"}
    assert all(isinstance(value, str) and value for value in fields.values())
    # RFC 6749 §5.2
    assert all(0x20 <= ord(char) <= 0x7e and char not in '"\\' for char in fields["error_description"])
    assert answer.get("Cache-Control") == "no-store" and answer.all("Set-Cookie") == []
    return fields["error_description"]


# ---- the database, as its owner ----

def sql(statement, *values):
    """Rows as dicts; committed. Connects anew each time, so that tests may stop PostgreSQL."""
    with contextlib.closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, \
            connection, \
            connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute(statement, values or None)
        # Rows without columns would be no rows.
        assert cursor.description or not cursor.statusmessage.startswith("SELECT"), statement
        return [dict(row) for row in cursor.fetchall()] if cursor.description else []


def one(statement, *values):
    """The only column of the only row."""
    (row,) = sql(statement, *values)
    (value,) = row.values()
    return value


def audit_rows(**wanted):
    """Rows of audit_log with these columns, oldest first."""
    where = " AND ".join(f"{name} = %s" for name in wanted)
    return sql(f"SELECT * FROM audit_log WHERE {where} ORDER BY id", *wanted.values())


# ---- the program's commands ----

def log_text():
    """All that this site's logs hold."""
    folder = os.environ["CALLGATE_TEST_LOGS"]
    text = ""
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
                text += file.read()
    return text


def run(*words, stdin="", conf=None, env=()):
    """`callgate WORDS`; `env` changes the environment, None takes a name out of it."""
    environment = {**os.environ, **dict(env)}
    if conf is not None:
        environment["CALLGATE_CONF"] = conf
    environment = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run([BINARY, *words], input=stdin, env=environment, capture_output=True,
                          text=True, timeout=60, check=False)


def run_fine(*words, **options):
    result = run(*words, **options)
    assert result.returncode == 0, result
    return result.stdout


# ---- a server with settings of a test's own ----

class Server:
    """`callgate serve` beside the site, on the same database; spoken to as a web server would.

    Settings are CALLGATE_<SECTION>_<NAME>. What a client can't choose is chosen here: its address.
    """

    def __init__(self, **settings):
        self.folder = tempfile.mkdtemp(prefix="callgate-serve-")
        self.socket = os.path.join(self.folder, "web.sock")
        log = os.path.join(os.path.realpath(os.environ["CALLGATE_TEST_LOGS"]), "callgate-serve.log")
        self.process = subprocess.Popen(
            [BINARY, "serve"], stdin=subprocess.DEVNULL,
            env={**os.environ, "CALLGATE_SERVER_WEB_LISTEN": self.socket, "CALLGATE_LOG_TARGET": log,
                 "CALLGATE_SERVER_GATE_LISTEN": os.path.join(self.folder, "gate.sock"), **settings})

    def __enter__(self):
        wait_for(self.is_up, "callgate serve listens")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            code = self.process.wait(DEADLINE)
        finally:
            self.process.kill()
            shutil.rmtree(self.folder)
        assert code == 0, code

    def is_up(self):
        assert self.process.poll() is None, f"callgate serve ended: {self.process.returncode}"
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            fcgi_client.connect(self.socket).close()
            return True
        return False

    def send(self, method, target, body=None, headers=(), address="127.0.0.1"):
        values = {"REQUEST_METHOD": method, "REQUEST_URI": target, "REMOTE_ADDR": address, "HTTP_HOST": AUTHORITY,
                  "QUERY_STRING": target.partition("?")[2]}
        if body is not None:
            values["CONTENT_LENGTH"] = str(len(body))
        for name, value in dict(headers).items():
            name = name.upper().replace("-", "_")
            values[name if name == "CONTENT_TYPE" else "HTTP_" + name] = value
        values = {name: value for name, value in values.items() if value is not None}
        answer = fcgi_client.request(self.socket, values, body or b"")
        assert answer.ended, f"{method} {target}: no answer"
        head = answer.stdout.partition(b"\r\n\r\n")[0].decode("latin-1")
        pairs = [line.split(": ", 1) for line in head.split("\r\n")]
        return Answer(answer.status, [pair for pair in pairs if pair[0] != "Status"], answer.body, target)

    def post(self, target, fields=(), headers=(), address="127.0.0.1"):
        return self.send("POST", target, encode(fields), {"Content-Type": FORM_TYPE, **dict(headers)}, address)


# ---- users and applications of a test's own ----

# One hash is made by the program, and every user made by SQL has it: a hash costs 0.1 s.
PASSWORD = "e2e-" + secrets.token_hex(12)
SEEN.add(PASSWORD)
_hashes = []


class User(NamedTuple):
    id: int
    login: str
    password: str


class App(NamedTuple):
    app_id: str
    secret: str


def fresh(what):
    return f"{what}-{secrets.token_hex(5)}"


def default_hash():
    if not _hashes:
        login = fresh("hash")
        run_fine("user", "add", login, "--client-id=12", stdin=PASSWORD + "\n",
                 env={"CALLGATE_PASSWORD_COST": None})
        _hashes.append(one("SELECT password_hash FROM pbx_user WHERE login = %s", login))
    return _hashes[0]


def make_user(**columns):
    """A client-level user, active, full access, unless `columns` say otherwise."""
    row = {"login": fresh("user"), "password_hash": default_hash(), "client_id": 12, "tenant_id": 12}
    row.update(columns)
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    identity = one(f"INSERT INTO pbx_user ({names}) VALUES ({marks}) RETURNING id", *row.values())
    return User(identity, row["login"], PASSWORD)


def make_admin():
    return make_user(admin=True, client_id=None, tenant_id=None)


def make_app(owner, **columns):
    """A trusted application with one secret, by SQL; through the form it is register()."""
    app_id, secret = secrets.token_hex(16), secrets.token_hex(16)
    SEEN.add(secret)
    row = {"app_id": app_id, "owner_id": owner.id, "name": fresh("App"), "type": "trusted"}
    row.update(columns)
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    identity = one(f"INSERT INTO app ({names}) VALUES ({marks}) RETURNING id", *row.values())
    sql("INSERT INTO app_secret (app, secret, tail) VALUES (%s, %s, %s)", identity,
        hashlib.sha256(secret.encode()).digest(), secret[-4:])
    return App(app_id, secret)


def make_token(app):
    answer = token_request({"grant_type": "client_credentials", "client_id": app.app_id,
                            "client_secret": app.secret})
    assert answer.status == 200, answer
    return answer.json["access_token"]


def signed_in(user):
    """A client with a session made by SQL: a real sign-in costs a hash, and is test_30's matter."""
    token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(30))
    keep(token)
    sql("INSERT INTO session (token, user_id, expires_at) VALUES (%s, %s, now() + interval '12 hours')",
        digest(token), user.id)
    client = Client()
    client.cookies[COOKIE] = token
    return client


def really_signed_in(user):
    client = Client()
    answer = client.sign_in(user.login, user.password)
    assert answer.location == "/app/", answer
    return client


FIELDS = {"name": "An application", "redirect_url": "", "type": "public", "level": "call_api"}
FORM_NAMES = ["name", "redirect_url", "type", "level", "description", "native"]


def register(client, **values):
    """Opens the form, fills it in, sends it."""
    return client.submit(client.get("/app/register"), FORM_NAMES, {**FIELDS, **values})


def registered(answer):
    """App ID and secret ("" if none is shown) of the answer to a registration."""
    assert answer.status == 200, answer
    app_id = answer.page.one("input", id="app-id").get("value")
    secrets_shown = [node.get("value") for node in answer.page.all("input", id="app-secret")]
    assert HEX32.fullmatch(app_id) and len(secrets_shown) < 2, answer
    # DESIGN §8: no other word of that form, so that a script can tell them.
    assert set(HEX32.findall(answer.text)) == {app_id, *secrets_shown}, answer
    return App(app_id, secrets_shown[0] if secrets_shown else "")


def app_count(owner):
    return one("SELECT count(*) FROM app WHERE owner_id = %s", owner.id)


def digest(word):
    """How the database keeps a secret, a token, a session id."""
    return hashlib.sha256(word.encode()).digest()


def escape_path(text):
    return quote(text, safe="/")
