# programs.py - programs with OAuth2 libraries that others wrote, and the person in front of them.
#
# A program reads a line of JSON, its settings, and says what it has to say in such lines:
# {"go_to": ADDRESS} sends the user's browser there, and a line {"came_back": ADDRESS} tells it where
# that ended; its last line is what it got. So no secret stands on a command line.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import contextlib
import json
import os
import socket
import subprocess
import tempfile
import threading

import callgate
import oauth
from callgate import DEADLINE, URL, api, keep, wait_for

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")


def go(address, user):
    """The user's browser is sent to `address`: signs in, allows. Where it leaves the site for."""
    assert address.startswith(URL + "/oauth/authorize?"), address
    client = callgate.Client()
    answer = client.get(address[len(URL):])
    assert answer.location.startswith("/login"), answer
    answer = client.follow(answer)
    keep(user.password)
    answer = client.submit(answer, ["username", "password"], {"username": user.login, "password": user.password})
    answer = client.follow(answer)
    assert oauth.is_consent(answer), answer
    answer = oauth.consent(client, answer)
    oauth.answer_of(answer)
    return answer.get("Location")


def play(command, app, user, **settings):
    """Runs a program as the application `app`; what it got in the end, which `user` may use."""
    said = {}
    lines = {"site": URL, "client_id": app.app_id, "client_secret": app.secret, "redirect_uri": oauth.CALLBACK,
             "username": user.login, "password": user.password, **settings}
    with tempfile.TemporaryFile("w+") as errors, \
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                             text=True, encoding="utf-8") as process:
        guard = threading.Timer(2 * DEADLINE, process.kill)
        guard.start()
        try:
            say(process, lines)
            for line in process.stdout:
                said = json.loads(line)
                if "go_to" in said:
                    say(process, {"came_back": go(said["go_to"], user)})
            code = process.wait()
        finally:
            process.kill()
            guard.cancel()
        errors.seek(0)
        assert code == 0, errors.read()[:2000]
    return judged(said, user)


def say(process, what):
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()


def judged(got, user):
    """What every client must have got; tokens go to where the logs are searched for them."""
    words = [got.get(name) or "" for name in
             ("access_token", "refresh_token", "later_access_token", "later_refresh_token")]
    keep(*words)
    assert got["login"] == user.login and got["type"].lower() == "bearer", got
    assert got["expires_in"] == 3600 and got["scope"] == "all", got
    if got.get("refresh_token"):
        assert got["later_login"] == user.login and got["later_access_token"] != got["access_token"], got
    return got


def is_alive(token):
    answer = api(token)
    assert answer.status in (200, 401), answer
    return answer.status == 200


# ---- a site of our own ----

LIGHTTPD = """server.modules = ( "mod_fastcgi" )
server.document-root = "{folder}"
server.errorlog = "{folder}/lighttpd.log"
server.bind = "127.0.0.1"
server.port = {port}
fastcgi.server = ( "" => ((
    "socket" => "{folder}/callgate.sock",
    "bin-path" => "{binary}",
    "bin-environment" => ( {environment} ),
    "max-procs" => 1,
    "check-local" => "disable"
)) )
"""


@contextlib.contextmanager
def second_site(**settings):
    """Its address: the same program and database with other settings (names as in the environment)."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {"CALLGATE_CONF": os.environ["CALLGATE_CONF"], "CALLGATE_SITE_URL": url,
                   "CALLGATE_SERVER_WORKERS": "1",
                   "CALLGATE_LOG_TARGET": os.path.join(os.environ["CALLGATE_TEST_LOGS"], "second.log"), **settings}
    with tempfile.TemporaryDirectory(prefix="callgate-site-") as folder:
        conf = os.path.join(folder, "lighttpd.conf")
        pairs = ", ".join(f'"{name}" => "{value}"' for name, value in environment.items())
        with open(conf, "w", encoding="utf-8") as file:
            file.write(LIGHTTPD.format(folder=folder, port=port, binary=callgate.BINARY, environment=pairs))
        with subprocess.Popen(["/usr/sbin/lighttpd", "-D", "-f", conf], stdin=subprocess.DEVNULL) as process:
            try:
                wait_for(lambda: answers(port), "the second site answers")
                yield url
            finally:
                process.terminate()


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
