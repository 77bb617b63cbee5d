# fcgi_client.py - a small raw FastCGI client for tests: whole requests, and broken ones by hand.
#
# request() does what a decent web server does. For anything else take connect(), the functions that
# make records, and read_answer(); every wait ends by the socket's timeout.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
KEEP_CONNECTION = 1


class Answer:
    """What came back until the connection ended or the request did."""

    def __init__(self):
        self.stdout = b""
        self.stderr = b""
        self.ended = False  # an END_REQUEST came
        self.closed = False  # the other side ended the connection

    @property
    def is_empty(self):
        return not self.stdout and not self.stderr and not self.ended

    @property
    def status(self):
        return int(self.headers["status"].split()[0])

    @property
    def headers(self):
        head = self.stdout.partition(b"\r\n\r\n")[0].decode("ascii")
        pairs = [line.partition(":") for line in head.split("\r\n")]
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def body(self):
        return self.stdout.partition(b"\r\n\r\n")[2]

    @property
    def fields(self):
        """A body of name=value lines."""
        lines = self.body.decode("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


def record(kind, content=b"", request_id=1, padding=0):
    head = struct.pack(">BBHHBB", 1, kind, request_id, len(content), padding, 0)
    return head + content + b"\0" * padding


def begin(role=RESPONDER, flags=0, request_id=1):
    return record(BEGIN, struct.pack(">HB5x", role, flags), request_id)


def length(number):
    return bytes([number]) if number < 128 else struct.pack(">I", number | 0x80000000)


def pair(name, value):
    name, value = name.encode("utf-8"), value.encode("utf-8")
    return length(len(name)) + length(len(value)) + name + value


def stream(kind, data, request_id=1):
    """The records of a whole stream, its end included."""
    pieces = [data[i:i + 65535] for i in range(0, len(data), 65535)]
    return b"".join(record(kind, piece, request_id) for piece in pieces + [b""])


def params(values):
    """The records of all parameters; `values` is a dict or a list of pairs."""
    items = values.items() if isinstance(values, dict) else values
    return stream(PARAMS, b"".join(pair(name, value) for name, value in items))


def connect(address, timeout=20.0):
    """`address` is a unix socket's path or a (host, port)."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    connection.connect(address)
    return connection


def read_exactly(connection, size):
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


def read_answer(connection):
    """Reads to END_REQUEST or to the connection's end; a silent peer is a socket.timeout."""
    answer = Answer()
    streams = {STDOUT: bytearray(), STDERR: bytearray()}
    try:
        while not answer.ended:
            head = read_exactly(connection, 8)
            if head is None:
                break
            _, kind, _, size, padding, _ = struct.unpack(">BBHHBB", head)
            content = read_exactly(connection, size + padding)
            if content is None:
                break
            if kind in streams:
                streams[kind] += content[:size]
            elif kind == END:
                answer.ended = True
    except (ConnectionResetError, BrokenPipeError):
        pass
    answer.stdout, answer.stderr = bytes(streams[STDOUT]), bytes(streams[STDERR])
    answer.closed = not answer.ended
    return answer


def is_closed(connection):
    """Waits, up to the socket's timeout, for the other side to close."""
    try:
        return connection.recv(1) == b""
    except (ConnectionResetError, BrokenPipeError):
        return True


def request(address, values, body=b"", role=RESPONDER, flags=0, timeout=20.0):
    """A whole request; an authorizer gets no input stream, as mod_fcgid does it."""
    data = begin(role, flags) + params(values)
    if role != AUTHORIZER:
        data += stream(STDIN, body)
    with connect(address, timeout) as connection:
        try:
            connection.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            pass  # answered or dropped before it had read all
        return read_answer(connection)
