# gate_model.py - what the gate must say, a second time: written from DESIGN §6 alone, so that the program
# and this have to agree. Only the rules file is shared.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import re
from urllib.parse import unquote_to_bytes

PREFIX = "/api/ver1.0/"
READS = ("GET", "HEAD")
SOURCE = os.path.join(os.path.dirname(__file__), "..", "..", "fcgi", "gate", "api.rules")
# What an escape may not stand for, and what may not stand in a path as it is.
MEANS_SOMETHING = set(b"/\\.;%?#&=+") | set(range(0x20)) | set(range(0x7f, 0x100))
NEVER_RAW = re.compile(r"[\x00-\x20\\;#\x7f-\uffff]")


def load():
    rules = []
    with open(SOURCE, encoding="utf-8") as file:
        for line in file:
            words = line.partition("#")[0].split()
            if words:
                kind, method, path = words
                rules.append((kind, method, path.strip("/").split("/")))
    return rules


RULES = load()


def segments(target, method):
    """The decoded segments of a canonical target; None if it is not one."""
    path = target.partition("?")[0]
    if method in READS:
        path = re.sub("//+", "/", path)
    if not path.startswith("/") or NEVER_RAW.search(path):
        return None
    out = path[1:].split("/")
    if out[-1] == "":
        out.pop()
    for number, segment in enumerate(out):
        for escape in re.findall("%(.{0,2})", segment):
            if not re.fullmatch("[0-9A-Fa-f]{2}", escape) or int(escape, 16) in MEANS_SOMETHING:
                return None
        out[number] = unquote_to_bytes(segment).decode("latin-1")
        if out[number] in ("", ".", ".."):
            return None
    return out


def overrides(target):
    keys = re.split("[&;]", target.partition("?")[2])
    names = {unquote_to_bytes(key.partition("=")[0]).decode("latin-1").lower() for key in keys}
    return bool(names & {"_method", "access_token"})


def rule_for(method, path):
    """Of the rules for the method whose path fits, the one with a word where the others have a parameter."""
    wanted = "GET" if method in READS else method
    fitting = [rule for rule in RULES if rule[1] == wanted and len(rule[2]) == len(path) and
               all(word in ("{}", "{client}") or word == given for word, given in zip(rule[2], path))]
    return min(fitting, key=lambda rule: [word.startswith("{") for word in rule[2]], default=None)


def class_of(method, target):
    path = segments(target, method)
    rule = rule_for(method, path[2:])
    return rule[0] if rule else "get" if method in READS else "config"


def status(method, target, token, access, level, client):
    """`token`: None, "bad" or "good"."""
    path = segments(target, method)
    if path is None or overrides(target):
        return 400
    if not re.sub("//+", "/", target.partition("?")[0]).startswith(PREFIX):
        return 404
    if token != "good":
        return 401
    if access == "read_only" and method not in READS:
        return 403
    rule = rule_for(method, path[2:])
    if rule and "{client}" in rule[2] and path[2:][rule[2].index("{client}")] not in ("@me", str(client)):
        return 403
    if level == "call_api" and class_of(method, target) == "config":
        return 403
    return 200
