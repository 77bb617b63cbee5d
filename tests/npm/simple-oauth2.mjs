// simple-oauth2.mjs - simple-oauth2 gets tokens as a program of ours would.
//
// SPDX-License-Identifier: ISC
// Copyright (c) 2026 The Callgate authors
import { createHash } from 'node:crypto';
import { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2';
import { expect, finish, login, send, settings } from './talk.mjs';

const config = {
  client: { id: settings.client_id, secret: settings.client_secret },
  auth: { tokenHost: settings.site }, // its paths are ours
  options: { authorizationMethod: settings.in_body ? 'body' : 'header' },
};
const state = 'state &+%ä';
const verifier = 'node-verifier-0123456789-0123456789-0123456789';

async function byCode() {
  const client = new AuthorizationCode(config);
  const redirect_uri = settings.redirect_uri;
  const back = await send(client.authorizeURL({
    redirect_uri, scope: 'all', state, code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  }));
  expect(back.searchParams.get('state') === state, `state came back as ${back.searchParams.get('state')}`);
  return client.getToken({ code: back.searchParams.get('code'), redirect_uri, code_verifier: verifier });
}

const flows = {
  code: byCode,
  password: () => new ResourceOwnerPassword(config).getToken(
    { username: settings.username, password: settings.password, scope: 'all' }),
  client_credentials: () => new ClientCredentials(config).getToken({ scope: 'all' }),
};
const first = await flows[settings.flow]();
const { token } = first;
const result = {
  login: await login(token.access_token), type: token.token_type, access_token: token.access_token,
  refresh_token: token.refresh_token, expires_in: token.expires_in, scope: token.scope,
};
if (token.refresh_token) {
  const later = await first.refresh();
  result.later_login = await login(later.token.access_token);
  result.later_access_token = later.token.access_token;
  result.later_refresh_token = later.token.refresh_token;
  await later.revokeAll();
}
finish(result);
