# beside.py - a second web server beside the site: the very configuration that the quick start runs, with
# a change, on a port and with sockets of its own.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile

import callgate
from callgate import DEADLINE, SERVER, wait_for
from running import started

# As long as a token and a secret are, of letters and digits of both kinds.
TOKEN = re.compile(r"\b(?=\w*[0-9])(?=\w*[A-Za-z])[0-9A-Za-z]{30,32}\b")
COMMANDS = {"lighttpd": ["/usr/sbin/lighttpd", "-D", "-f"], "apache": ["/usr/sbin/apache2", "-DFOREGROUND", "-f"],
            "nginx": ["/usr/sbin/nginx", "-c"]}

BACKEND = {"lighttpd": r'"port" => (\d+)', "apache": r'ProxyPass ".*?" "http://127\.0\.0\.1:(\d+)/',
           "nginx": r"proxy_pass http://127\.0\.0\.1:(\d+);"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def changed(text, changes):
    """(old, new) by (old, new); what is not there any more is a test that has gone blind."""
    for old, new in changes:
        assert old in text, f"the configuration has no {old!r}"
        text = text.replace(old, new)
    return text


class Beside:
    """A folder, a port and, for nginx, a `callgate serve`: for one web server after the other."""

    def __init__(self):
        self.run, self.port = started("run"), free_port()
        self.url = f"http://localhost:{self.port}"
        web = os.path.join(self.run, "web")
        self.folder = tempfile.mkdtemp(prefix="beside.", dir=web)
        owner = os.stat(web)
        os.chown(self.folder, owner.st_uid, owner.st_gid)
        self.user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        self.serve = None
        self.backend = re.search(BACKEND[SERVER], self.shipped())[1]

    def shipped(self):
        """As the quick start wrote it, with what it includes in its place."""
        text = read(os.path.join(self.run, f"{SERVER}.conf"))
        return re.sub(r'(?m)^ *Include "([^"]*)"$', lambda found: read(found[1]), text)

    def own(self, site_url):
        """On its own port, with its own sockets and site.url."""
        web, conf = os.path.join(self.run, "web"), os.path.join(self.run, "callgate.conf")
        text = re.sub(rf"\b{callgate.PORT}\b", str(self.port), self.shipped())
        if SERVER == "lighttpd":
            text = text.replace(f"{web}/", f"{self.folder}/")
            return changed(text, [(f'"CALLGATE_CONF" => "{conf}"',
                                   f'"CALLGATE_CONF" => "{conf}", "CALLGATE_SITE_URL" => "{site_url}"')])
        if SERVER == "apache":
            text = re.sub(rf'(?m)^((?:DefaultRuntimeDir|PidFile|Mutex|FcgidIPCDir|FcgidProcessTableFile) .*?){web}',
                          rf"\g<1>{self.folder}", text)
            line = f'FcgidInitialEnv CALLGATE_CONF "{conf}"'
            return changed(text, [(line, f'{line}\nFcgidInitialEnv CALLGATE_SITE_URL "{site_url}"')])
        return text.replace(f"{web}/", f"{self.folder}/")

    def start_serve(self, site_url):
        environment = {**os.environ, "CALLGATE_CONF": os.path.join(self.run, "callgate.conf"),
                       "CALLGATE_SITE_URL": site_url,
                       "CALLGATE_SERVER_WEB_LISTEN": f"{self.folder}/web.sock",
                       "CALLGATE_SERVER_GATE_LISTEN": f"{self.folder}/gate.sock"}
        program = os.path.join(self.run, "bin", "callgate")
        return subprocess.Popen([program, "serve"], stdin=subprocess.DEVNULL, env=environment, **self.user)

    @contextlib.contextmanager
    def serving(self, changes=(), files=(), site_url=None, backend=None):
        """The address of a web server that runs so; `files` (name, text) are in self.folder."""
        site_url = site_url or self.url
        conf = os.path.join(self.folder, f"{SERVER}.conf")
        text = re.sub(rf"\b{self.backend}\b", str(backend or self.backend), changed(self.own(site_url), changes))
        for name, text in [*files, (conf, text)]:
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        with contextlib.ExitStack() as stack:
            if SERVER == "nginx":
                stack.callback(end, self.start_serve(site_url))
            log = stack.enter_context(open(os.path.join(self.folder, "log"), "a", encoding="utf-8"))
            process = subprocess.Popen([*COMMANDS[SERVER], conf], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            stack.callback(end, process)
            is_open = site_url.startswith("http:")
            wait_for(lambda: self.answers(process, is_open), "the second web server answers")
            yield self.url

    def answers(self, process, is_open):
        assert process.poll() is None, read(os.path.join(self.folder, "log"))
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), DEADLINE) as connection:
            if not is_open:
                return True
            connection.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in connection.recv(64)
        return False

    def clean_up(self):
        shutil.rmtree(self.folder)


def end(process):
    process.terminate()
    try:
        process.wait(DEADLINE)
    finally:
        process.kill()
        process.wait()


# ---- what `callgate doctor` says of one ----

def doctor(url, app=None, *options):
    """Exit code and report, by check; nothing that grants access is in it."""
    given = [] if app is None else [f"--app-id={app.app_id}"]
    result = callgate.run("doctor", url, *given, "--json", *options, stdin="" if app is None else app.secret + "\n")
    assert result.stderr == "", result
    assert not TOKEN.search(result.stdout) and (app is None or app.secret not in result.stdout)
    report = json.loads(result.stdout)
    return result.returncode, {row["check"]: row for row in report["checks"]}


def bad(report):
    return {name: row for name, row in report.items() if row["result"] == "fault"}
