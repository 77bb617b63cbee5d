#!/usr/bin/python3
# echo.py PORT - the back-end of the demonstration: answers every request with what reached it, as JSON.
#
# With a file named in CALLGATE_ECHO_RECORD it also writes there a line a request, method and target,
# before it answers: what is not in it has not reached the back-end.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import http.server
import json
import os
import sys

RECORD = os.environ.get("CALLGATE_ECHO_RECORD")


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def body_length(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.drain(int(self.headers.get("Content-Length") or 0))
        length = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            length += self.drain(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return length

    def drain(self, length):
        left = length
        while left > 0 and (got := self.rfile.read(min(left, 65536))):
            left -= len(got)
        return length - left

    def answer(self):
        length = self.body_length()
        if RECORD:
            with open(RECORD, "a", encoding="latin-1") as record:
                record.write(f"{self.command} {self.path}\n")
        headers = {}
        for name, value in self.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = json.dumps({"method": self.command, "target": self.path, "headers": headers,
                           "pairs": self.headers.items(), "body_length": length}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name):
        if name.startswith("do_"):   # any method there may be
            return self.answer
        raise AttributeError(name)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
