# golden_site.py - the golden cases as a site of their own: every page in every state, without a
# database behind it. For tests of how pages look, and for scripts/screenshots.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import contextlib
import glob
import http.server
import os
import re
import shutil
import subprocess
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
CASES = os.path.join(ROOT, "tests", "golden")
TEMPLATES = os.path.join(ROOT, "templates")
FILES = {"/app/style.css": ("style.css", "text/css; charset=utf-8"),
         "/app/app.js": ("app.js", "text/javascript; charset=utf-8"),
         "/app/logo": ("icon.svg", "image/svg+xml"),
         "/favicon.ico": ("icon.svg", "image/svg+xml")}
# As web/reply.c sends it: what breaks it shows in the browser's console.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'"


class Site:
    def __init__(self, folder):
        self.folder = folder
        self.names = sorted(os.path.basename(path)[:-5] for path in glob.glob(os.path.join(folder, "*.html")))
        assert self.names, f"no cases in {folder}"
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.partition("?")[0]
                name, kind = FILES.get(path, (None, "text/html; charset=utf-8"))
                if name is not None:
                    name = os.path.join(TEMPLATES, name)
                elif re.fullmatch(r"/case/[a-z_]+\.[a-z_0-9]+", path):
                    name = os.path.join(site.folder, path[len("/case/"):] + ".html")
                if name is None or not os.path.exists(name):
                    self.send_error(404)
                    return
                with open(name, "rb") as file:
                    body = file.read()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", POLICY)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/case/{name}"

    def text(self, name):
        with open(os.path.join(self.folder, name + ".html"), encoding="utf-8") as file:
            return file.read()


@contextlib.contextmanager
def served(language="en", program=None):
    """The cases in `language`; `program` (tests/golden/golden, built) renders any but English."""
    with tempfile.TemporaryDirectory(prefix="callgate-golden-") as folder:
        if language == "en":
            site = Site(CASES)
        else:
            assert program and os.path.exists(program), f"{program}: make tests/golden/golden makes it"
            for path in glob.glob(os.path.join(CASES, "*.json")):
                shutil.copy(path, folder)
            subprocess.run([program, "--update", f"--language={language}", TEMPLATES, folder], check=True,
                           stdout=subprocess.DEVNULL)
            site = Site(folder)
        try:
            yield site
        finally:
            site.server.shutdown()
            site.server.server_close()
