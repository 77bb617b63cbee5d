// talk.mjs - what the programs here say to the test that runs them; tests/e2e/programs.py is its side.
//
// SPDX-License-Identifier: ISC
// Copyright (c) 2026 The Callgate authors
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

globalThis.crypto ??= webcrypto; // Debian 12's Node has it elsewhere

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const tell = (what) => console.log(JSON.stringify(what));

export const settings = await read();

/** Where the user's browser came back to, after it was sent to `address`. */
export async function send(address) {
  tell({ go_to: String(address) });
  return new URL((await read()).came_back);
}

/** The last word. */
export function finish(result) {
  tell(result);
  input.close();
}

export function expect(condition, words) {
  if (!condition) throw new Error(words);
}

export async function login(token) {
  const answer = await fetch(`${settings.site}/api/ver1.0/user/`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status === 200, `GET /user/: ${answer.status}`);
  return (await answer.json()).login;
}
