#!/bin/sh
# run.sh TEST - runs one test of `make check` with the arguments that its kind takes.
#
# CALLGATE_SRCDIR is the source tree. A fuzz target replays its corpus, golden compares every page,
# a guard looks at the sources, anything else runs as it is.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
set -eu
: "${CALLGATE_SRCDIR:?is the source tree}"
case $1 in
*/guard/*) exec sh "$1" "$CALLGATE_SRCDIR" ;;
*/fuzz/fuzz_*)
    corpus=$CALLGATE_SRCDIR/tests/fuzz/corpus/${1##*/fuzz_}
    exec "$1" ${FUZZ_ARGUMENT:+"$FUZZ_ARGUMENT"} "$corpus"
    ;;
*/golden/golden) exec "$1" "$CALLGATE_SRCDIR/templates" "$CALLGATE_SRCDIR/tests/golden" ;;
*) exec "$1" ;;
esac
