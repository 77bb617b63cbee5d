# test_68_doctor.py - `callgate doctor` finds nothing at the configuration that we ship, and in each wrong
# one what is wrong with it, with that server's directive.
#
# A wrong configuration is the quick start's own with one change that people make.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import http.server
import json
import os
import re
import socket
import threading

import pytest

import callgate
from beside import Beside, bad, doctor
from callgate import SERVER, URL, make_app, make_token, make_user, one, run
from running import started

ELSEWHERE = "http://pbx.example.com"


def without(*lines):
    return [(line, "") for line in lines]


def before(mark, text):
    return [(mark, text + mark)]


def behind(mark, text):
    return [(mark, mark + text)]


# What people change. @port@ is the back-end's, @run@ the quick start's folder, @folder@ the second server's.
APACHE_API = 'ProxyPass "/api/ver1.0/" "http://127.0.0.1:@port@/api/ver1.0/"'
APACHE_OTHER_NAME = 'ProxyPass "/api/ver1.0/extension/" "http://localhost:@port@/api/ver1.0/extension/"\n'
APACHE_GATE = ['FcgidAccessChecker "@run@/bin/callgate"', "FcgidAccessCheckerAuthoritative On"]
APACHE_ERROR = '<Location "/_callgate/error">'
LIGHTTPD_LUA = '"@run@/examples/lighttpd/gate.lua"'
LIGHTTPD_IDENTITY = f"magnet.attract-raw-url-to        = ( {LIGHTTPD_LUA} )"
LIGHTTPD_PROXY = 'proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => @port@ )) )'
LIGHTTPD_PAST = f"""
$HTTP["url"] =~ "^/api/ver1\\.0/extension/" {{
    fastcgi.server = ()
    {LIGHTTPD_PROXY}
}}
"""
# Sets who calls only if the client has not said it.
CREDULOUS = """local request = lighty.r
local identity = request.req_env["CALLGATE"]
if identity then
    if not request.req_header["Callgate"] then request.req_header["Callgate"] = identity end
    request.req_header["Authorization"] = ""
    request.req_header["Cookie"] = ""
end
return 0
"""
NGINX_API = "    # No path behind the port:"
NGINX_PASS = "proxy_pass http://127.0.0.1:@port@;"
NGINX_END = "fastcgi_param CALLGATE_ERR   1;\n}\n    }"
NGINX_OTHER_NAME = f"""
    server {{
        listen 127.0.0.1:@own@;
        server_name elsewhere.example;
        location / {{ {NGINX_PASS} }}
    }}"""
NGINX_GATE = "location = /_callgate/gate {"
NGINX_QUESTION = """    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param REQUEST_URI    $request_uri;
    fastcgi_param REMOTE_ADDR    $remote_addr;
    fastcgi_param CALLGATE_GATE  1;"""
NGINX_CACHE = """
    fastcgi_cache gate;
    fastcgi_cache_key $request_uri;
    fastcgi_cache_valid 200 5m;"""

# By web server: name, changes, the checks that have to find it, the directive that has to be named.
WRONG = {
    "apache": [
        ("past-the-gate", before(APACHE_API, APACHE_OTHER_NAME), ["gate-missing", "level-ignored"],
         "FcgidAccessChecker"),
        ("gate-on-one-path", [*without(*APACHE_GATE), *before(APACHE_ERROR, "\n".join(
            ['<Location "/api/ver1.0/client/">', *APACHE_GATE, "</Location>\n"]))], ["gate-missing"],
         "FcgidAccessChecker"),
        ("no-authorization", without("CGIPassAuth On"), ["authorization-dropped"], "CGIPassAuth On"),
        ("no-error-document", without('ErrorDocument 401 "/_callgate/error"'), ["error-bodies"],
         "ErrorDocument 401"),
        ("identity-from-the-client",
         [*without("RequestHeader unset Callgate\n"), ("RequestHeader set Callgate", "RequestHeader add Callgate")],
         ["spoofed-identity"], "RequestHeader unset Callgate"),
        ("identity-forgotten", without('RequestHeader set Callgate "%{CALLGATE}e" env=CALLGATE'),
         ["identity-missing"], "RequestHeader set Callgate"),
        ("identity-taken-by-connection", without('RequestHeader edit* Connection "(?i)callgate" "-"'),
         ["spoofed-identity"], "RequestHeader edit* Connection"),
        ("token-to-the-back-end", without("RequestHeader unset Authorization", "RequestHeader unset Cookie"),
         ["token-leaks"], "RequestHeader unset Authorization"),
        ("identity-to-the-client", without("Header always unset Variable-CALLGATE\n"), ["identity-leaks"],
         "Header always unset Variable-CALLGATE"),
        ("mod-fcgid-s-body-limit", without("FcgidMaxRequestLen 17825792"), ["body-limit"], "FcgidMaxRequestLen"),
        ("prefix-cut-off", [(APACHE_API, APACHE_API.replace('/api/ver1.0/"', '/"').replace('"/"', '"/api/ver1.0/"'))],
         ["address-changed"], "ProxyPass"),
    ],
    "lighttpd": [
        ("past-the-gate", behind(f"{LIGHTTPD_PROXY}\n    }}\n}}", LIGHTTPD_PAST), ["gate-missing", "level-ignored"],
         '"mode" => "authorizer"'),
        ("no-gate-lua", without(LIGHTTPD_IDENTITY), ["identity-missing", "spoofed-identity", "token-leaks"],
         "magnet.attract-raw-url-to"),
        ("credulous-gate-lua", [(LIGHTTPD_LUA, '"@folder@/gate.lua"')], ["spoofed-identity"],
         "magnet.attract-raw-url-to"),
        ("authorization-cleared",
         [*before('"mod_magnet",', '"mod_setenv", '),
          *behind(LIGHTTPD_IDENTITY, '\nsetenv.set-request-header = ( "Authorization" => "" )')],
         ["authorization-dropped"], "setenv.set-request-header"),
        ("small-requests-only", before("server.port =", "server.max-request-size = 64\n"), ["body-limit"],
         "server.max-request-size"),
        ("prefix-cut-off", before(LIGHTTPD_PROXY, 'proxy.header = ( "map-urlpath" => ( "/api/ver1.0/" => "/" ) )\n'),
         ["address-changed"], "proxy.header"),
        ("own-error-pages", before("server.port =", 'server.error-intercept = "enable"\n'
                                   'server.errorfile-prefix = "@folder@/error-"\n'), ["error-bodies"],
         "server.errorfile-prefix"),
    ],
    "nginx": [
        ("past-the-gate", before(NGINX_GATE, f"location /api/ver1.0/extension/ {{ {NGINX_PASS} }}\n"),
         ["gate-missing", "level-ignored"], "auth_request"),
        ("other-name-past-the-gate", behind(NGINX_END, NGINX_OTHER_NAME), ["gate-missing"], "auth_request"),
        ("other-case-past-the-gate", [*before(NGINX_GATE, f"location ~* ^/api/ {{ {NGINX_PASS} }}\n"),
                                      ("location /api/ver1.0/ {", "location ^~ /api/ver1.0/ {")],
         ["gate-missing"], "auth_request"),
        ("normalised-for-the-gate", [*before(NGINX_API, "    set $plain $uri;\n"),
                                     (NGINX_QUESTION, NGINX_QUESTION.replace("$request_uri", "$plain"))],
         ["odd-paths"], "fastcgi_param REQUEST_URI    $request_uri;"),
        ("every-question-a-get", [(NGINX_QUESTION, NGINX_QUESTION.replace("$request_method", "GET"))],
         ["level-ignored"], "fastcgi_param REQUEST_METHOD $request_method;"),
        ("headers-kept-from-the-gate", behind(NGINX_GATE, "\n    fastcgi_pass_request_headers off;"),
         ["authorization-dropped"], "fastcgi_pass_request_headers"),
        ("verdicts-cached", [*behind("http {", "\n    fastcgi_cache_path @folder@/cache keys_zone=gate:1m;"),
                             *behind(NGINX_GATE, NGINX_CACHE)], ["token-cached", "token-revoked"], "fastcgi_cache"),
        ("no-error-page", without("error_page 401 403 500 = @callgate_error;"), ["error-bodies"],
         "error_page 401 403 500 = @callgate_error;"),
        ("identity-forgotten", without("proxy_set_header Callgate $callgate;"),
         ["identity-missing", "spoofed-identity"], "proxy_set_header Callgate $callgate;"),
        ("token-to-the-back-end", without('proxy_set_header Authorization "";', 'proxy_set_header Cookie "";'),
         ["token-leaks"], 'proxy_set_header Authorization "";'),
        ("identity-to-the-client", before(NGINX_API, "    add_header Callgate $callgate;\n"), ["identity-leaks"],
         "add_header"),
        ("nginx-s-body-limit", without("client_max_body_size 17m;"), ["body-limit"], "client_max_body_size 17m;"),
        ("prefix-cut-off", [(NGINX_PASS, "proxy_pass http://127.0.0.1:@port@/;")], ["address-changed"], "proxy_pass"),
    ],
}
ROWS = [pytest.param(*row, id=row[0]) for row in WRONG[SERVER]]


@pytest.fixture(scope="module")
def app():
    return make_app(make_user(client_id=12, tenant_id=12))


@pytest.fixture(scope="module")
def beside():
    made = Beside()
    yield made
    made.clean_up()


# ---- the right configuration ----

def test_nothing_is_found_at_what_we_ship(app):
    code, report = doctor(URL, app)
    assert (code, bad(report)) == (0, {})
    # Whether a process is waited for is a matter of time, and no machine's to promise.
    assert {name for name, row in report.items() if row["result"] not in ("ok", "warning")} == {"backend-reachable"}
    assert not [row for name, row in report.items() if row["result"] == "warning" and name != "stalls"]


def test_a_second_one_is_as_right(app, beside):
    with beside.serving() as url:
        code, report = doctor(url, app)
    assert (code, bad(report)) == (0, {})


def test_without_an_application(app):
    """Only what needs no token, and it says what was left out."""
    code, report = doctor(URL)
    left = {name for name, row in report.items() if row["result"] == "left-out"}
    assert code == 0 and {"odd-paths", "authorization-dropped", "spoofed-identity", "token-revoked"} <= left
    assert all("--app-id" in report[name]["note"] for name in left - {"backend-reachable"})
    assert report["gate-missing"]["result"] == "ok"


def test_its_token_is_revoked(app):
    before = one("SELECT count(*) FROM access_token WHERE revoked_at IS NULL")
    doctor(URL, app)
    assert one("SELECT count(*) FROM access_token WHERE revoked_at IS NULL") == before


def test_nothing_changes_behind_the_gate(app):
    """What it sends there reads, whatever it is."""
    record = os.path.join(started("run"), "web", "echo.record")
    before = os.path.getsize(record)
    doctor(URL, app)
    with open(record, "rb") as file:
        file.seek(before)
        lines = file.read().decode("latin-1").splitlines()
    assert lines and {line.split(" ")[0] for line in lines} == {"GET"}


def test_the_report_for_people(app):
    result = run("doctor", URL, f"--app-id={app.app_id}", stdin=app.secret + "\n")
    assert result.returncode == 0 and result.stdout.startswith(f"web server: {SERVER}\n")
    assert re.search(r"(?m)^ok +odd-paths +", result.stdout) and " 0 fault, " in result.stdout


# ---- wrong ones ----

def filled(text, beside):
    for mark, value in (("@port@", beside.backend), ("@run@", beside.run), ("@folder@", beside.folder),
                        ("@own@", str(beside.port))):
        text = text.replace(mark, value)
    return text


@pytest.mark.parametrize("name, changes, found, directive", ROWS)
def test_a_wrong_configuration(app, beside, name, changes, found, directive):
    changes = [(filled(old, beside), filled(new, beside)) for old, new in changes]
    files = [("gate.lua", CREDULOUS), ("error-401.html", "<p>401</p>"), ("error-403.html", "<p>403</p>")]
    with beside.serving(changes, files) as url:
        code, report = doctor(url, app)
    print(name, sorted(bad(report)))
    assert code == 1 and set(found) <= set(bad(report)), report
    assert directive in report[found[0]]["cure"][SERVER] and list(report[found[0]]["cure"]) == [SERVER]
    assert report[found[0]]["seen"] and all(row["sent"] and row["came"] for row in report[found[0]]["seen"])


def test_another_address_than_the_one_that_people_open(app, beside):
    with beside.serving(site_url=ELSEWHERE) as url:
        code, report = doctor(url, app)
        text = run("doctor", url).stdout
    assert code == 1 and {"issuer", "own-pages"} <= set(bad(report))
    seen = rf"(?m)^fault +issuer .*\n +sent .*\n +came .*{ELSEWHERE}\n +cure \({SERVER}\)\n.* url = "
    assert re.search(seen, text), text
    assert ELSEWHERE in report["issuer"]["seen"][0]["came"] and "url = " in report["issuer"]["cure"][SERVER]


def test_http_for_more_than_this_machine(app, beside):
    """0.0.0.0: see test_the_back_end_past_the_gate."""
    url = f"http://0.0.0.0:{beside.port}"
    with beside.serving(site_url=url):
        code, report = doctor(url, app)
    assert code == 1 and set(bad(report)) == {"issuer", "own-pages"}
    assert any("in clear" in row["came"] for row in report["own-pages"]["seen"])


# ---- a back-end that does not echo, as the real API ----

class Api(http.server.BaseHTTPRequestHandler):
    """Knows recordings and nothing else, and asks for no token."""

    def answer(self):
        found = self.path.rstrip("/").endswith("/record")
        body = b"[]" if found else b'{"message":"nothing here"}'
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def real_api():
    """Its port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_nothing_is_found_before_another_back_end(app, beside, real_api):
    with beside.serving(backend=real_api) as url:
        code, report = doctor(url, app)
    left = {name for name, row in report.items() if row["result"] == "left-out"}
    assert (code, bad(report)) == (0, {})
    assert left == {"backend-reachable", "address-changed", "identity-missing", "spoofed-identity", "token-leaks"}
    assert "echo" in report["spoofed-identity"]["note"]


def test_past_the_gate_of_another_back_end(app, beside, real_api):
    """Found where it has nothing, too, by answers that are not the gate's."""
    (changes,) = [row[1] for row in WRONG[SERVER] if row[0] == "past-the-gate"]
    changes = [(filled(old, beside), filled(new, beside)) for old, new in changes]
    with beside.serving(changes, backend=real_api) as url:
        code, report = doctor(url, app)
    assert code == 1 and {"gate-missing", "level-ignored"} <= set(bad(report))
    assert any(" 404 " in " " + row["came"] for row in report["level-ignored"]["seen"])


# ---- asking ----

def test_the_back_end_past_the_gate(app, beside):
    """By a loopback address it is no proof; what does not answer is fine."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
    _, report = doctor(URL, app, f"--backend=http://127.0.0.1:{beside.backend},http://127.0.0.1:{port}/")
    row = report["backend-reachable"]
    assert row["result"] == "warning" and len(row["seen"]) == 1 and beside.backend in row["seen"][0]["sent"]
    _, report = doctor(URL, app, f"--backend=http://127.0.0.1:{port}")
    assert report["backend-reachable"]["result"] == "ok"
    # Linux takes 0.0.0.0 for this machine, which to the doctor is an address as any other.
    code, report = doctor(URL, app, f"--backend=http://0.0.0.0:{beside.backend}")
    row = report["backend-reachable"]
    assert code == 1 and row["result"] == "fault" and "127.0.0.1" in row["cure"][SERVER]


def test_directives_of_a_server_that_is_named(beside):
    other = next(name for name in WRONG if name != SERVER)
    with beside.serving(site_url=ELSEWHERE) as url:
        _, report = doctor(url, None, f"--server={other}")
    assert list(report["issuer"]["cure"]) == [other]


def test_an_application_of_the_level_all(app):
    everything = make_app(make_user(client_id=12, tenant_id=12), level="all")
    code, report = doctor(URL, everything)
    assert code == 0 and report["level-ignored"]["result"] == "left-out"


def test_a_wrong_secret_is_no_clean_bill(app):
    result = run("doctor", URL, f"--app-id={app.app_id}", "--json", stdin="0" * 32 + "\n")
    report = {row["check"]: row for row in json.loads(result.stdout)["checks"]}
    assert result.returncode == 3 and report["token"]["result"] == "not-asked"


@pytest.mark.parametrize("words, code, said", [
    ([], 2, "URL"), (["ftp://localhost"], 2, "http"), (["http://localhost/x"], 2, "http"),
    ([URL, "--server=iis"], 2, "apache"), ([URL, "--prefix=api"], 2, "slash"),
    ([URL, "--app-id=x"], 2, "standard input"), (["http://127.0.0.1:1"], 3, "does not answer"),
])
def test_usage(words, code, said):
    result = run("doctor", *words)
    assert result.returncode == code and said in result.stderr and result.stdout == "", result


def test_its_own_token_may_be_used_meanwhile(app):
    """It ends its own token, no other of the application's."""
    token = make_token(app)
    doctor(URL, app)
    assert callgate.api(token).status == 200
