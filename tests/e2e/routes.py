# routes.py - the addresses that Callgate answers, as fcgi/routes.c has them, so that a test of all of them
# forgets none.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import pathlib
import re
from typing import NamedTuple

SOURCE = pathlib.Path(__file__).parents[2] / "fcgi" / "routes.c"


class Route(NamedTuple):
    method: str
    path: str
    need: str            # "" (nothing), TAKE_SESSION, NEED_SESSION, …
    kind: str            # "" (of people), WEB_API, WEB_OAUTH
    page: bool           # answers with a page of its own; a form that goes on elsewhere does not
    under_prefix: bool


def all_routes():
    rows = re.findall(r"{ \.method = HTTP_(\w+),(.*?)\.handler = ", SOURCE.read_text(encoding="utf-8"), re.S)
    routes = []
    for method, rest in rows:
        words = dict(re.findall(r'\.(\w+) = "?([^",\s]+)"?,', rest))
        routes.append(Route(method, words["path"], words.get("need", ""), words.get("kind", ""), "page" in words,
                            "under_prefix" in words))
    assert len(routes) > 50, f"{SOURCE} is written otherwise"
    return routes
