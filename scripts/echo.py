#!/usr/bin/python3
# echo.py PORT - the back-end of the demonstration: answers every request with what reached it, as JSON:
# method, target, headers (several of one name joined), pairs, raw (the head's bytes, base64),
# body_length, body_sha256.
#
# With a file named in CALLGATE_ECHO_RECORD it also writes there a line a request, method and target as
# they came, before it makes anything of it: what is not in it has not reached the back-end.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import hashlib
import http.server
import json
import os
import sys
import threading

RECORD = os.environ.get("CALLGATE_ECHO_RECORD")
AT_ONCE = 256   # connections; more wait until one ends, or has been silent for Echo.timeout


class Lines:
    """Lines of a file, kept as they were read."""

    def __init__(self, file, first):
        self.file, self.lines = file, [first]

    def readline(self, *limit):
        self.lines.append(self.file.readline(*limit))
        return self.lines[-1]


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 15
    disable_nagle_algorithm = True   # an answer is two writes

    def parse_request(self):
        if RECORD:
            line = self.raw_requestline.rstrip(b"\r\n").removesuffix(b" HTTP/1.1").removesuffix(b" HTTP/1.0")
            with open(RECORD, "ab") as record:
                record.write(line + b"\n")
        self.digest = hashlib.sha256()
        connection, head = self.rfile, Lines(self.rfile, self.raw_requestline)
        self.rfile = head
        try:
            return super().parse_request()
        finally:
            self.rfile, self.raw = connection, b"".join(head.lines)

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
            self.digest.update(got)
        return length - left

    def answer(self):
        length = self.body_length()
        headers = {}
        for name, value in self.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        body = json.dumps({"method": self.command, "target": self.path, "headers": headers,
                           "pairs": self.headers.items(), "raw": base64.b64encode(self.raw).decode(),
                           "body_length": length, "body_sha256": self.digest.hexdigest()}).encode()
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
    room = threading.BoundedSemaphore(AT_ONCE)

    def process_request(self, request, client_address):
        self.room.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()


Server(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
