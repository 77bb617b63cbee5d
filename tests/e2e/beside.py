# beside.py - a second web server beside the site: the very configuration that the quick start runs, with
# a change, on a port and with sockets of its own.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile

import callgate
from callgate import DEADLINE, SERVER, wait_for
from running import started

COMMANDS = {"lighttpd": ["/usr/sbin/lighttpd", "-D", "-f"], "apache": ["/usr/sbin/apache2", "-DFOREGROUND", "-f"],
            "nginx": ["/usr/sbin/nginx", "-c"]}


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
        self.backend = re.search(r"127\.0\.0\.1:(\d+)", self.shipped().partition("/api/ver1.0/")[2]
                                 if SERVER != "lighttpd" else "")
        self.backend = self.backend[1] if self.backend else re.search(r'"port" => (\d+)', self.shipped())[1]

    def shipped(self):
        """As the quick start wrote it, with what it includes in its place."""
        text = read(os.path.join(self.run, f"{SERVER}.conf"))
        return re.sub(r'(?m)^ *Include "([^"]*)"$', lambda found: read(found[1]), text)

    def own(self, site_url):
        """On its own port, with its own sockets and site.url."""
        text, web = self.shipped(), os.path.join(self.run, "web")
        port = callgate.PORT
        conf = os.path.join(self.run, "callgate.conf")
        text = text.replace(f"{port}", f"{self.port}")
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
        # pylint: disable-next=consider-using-with
        return subprocess.Popen([program, "serve"], stdin=subprocess.DEVNULL, env=environment, **self.user)

    @contextlib.contextmanager
    def serving(self, changes=(), files=(), site_url=None):
        """The address of a web server that runs so; `files` (name, text) are in self.folder."""
        site_url = site_url or self.url
        conf = os.path.join(self.folder, f"{SERVER}.conf")
        for name, text in [*files, (conf, changed(self.own(site_url), changes))]:
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        with contextlib.ExitStack() as stack:
            if SERVER == "nginx":
                stack.callback(end, self.start_serve(site_url))
            log = stack.enter_context(open(os.path.join(self.folder, "log"), "a", encoding="utf-8"))
            # pylint: disable-next=consider-using-with
            process = subprocess.Popen([*COMMANDS[SERVER], conf], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            stack.callback(end, process)
            wait_for(lambda: self.answers(process), "the second web server answers")
            yield self.url

    def answers(self, process):
        assert process.poll() is None, read(os.path.join(self.folder, "log"))
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), DEADLINE) as connection:
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
