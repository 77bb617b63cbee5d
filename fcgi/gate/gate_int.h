/*
 * gate_int.h - what the files of gate/ share.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_GATE_INT_H
#define CALLGATE_GATE_INT_H

#include "gate/gate.h"

/* identity.c: the value of the header Callgate (RFC 8941 dictionary, DESIGN §6), pure ASCII. */
const char *gate_identity(struct arena *arena, const struct bearer_facts *facts,
                          const char *request_id);

#endif
