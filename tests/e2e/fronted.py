# fronted.py - `callgate serve` with settings of a test's own behind a small web server, for browsers.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import http.server
import threading

import callgate


class Fronted(callgate.Server):
    """Its `url` is site.url."""

    def __init__(self, **settings):
        fronted = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length) if self.command == "POST" else None
                answer = fronted.send(self.command, self.path, body, dict(self.headers.items()))
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                if "content-length" not in dict(answer.headers):
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.front.server_port}"
        super().__init__(CALLGATE_SITE_URL=self.url, **settings)

    def __enter__(self):
        super().__enter__()
        threading.Thread(target=self.front.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *arguments):
        self.front.shutdown()
        self.front.server_close()
        super().__exit__(*arguments)
