// oauth4webapi.mjs - oauth4webapi, the strictest of them: everything it needs to know of the server is
// from the metadata, and what comes back is proved, `iss` too.
//
// SPDX-License-Identifier: ISC
// Copyright (c) 2026 The Callgate authors
import * as oauth from 'oauth4webapi';
import { expect, finish, login, send, settings } from './talk.mjs';

const insecure = { [oauth.allowInsecureRequests]: true }; // plain http: we are on this machine
const issuer = new URL(settings.site);
const server = await oauth.processDiscoveryResponse(
  issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
expect(server.authorization_response_iss_parameter_supported === true, 'the metadata promise iss');
expect(server.code_challenge_methods_supported.join() === 'S256', 'the metadata name S256');
const method = settings.client_secret ? settings.method : 'none';
expect(server.token_endpoint_auth_methods_supported.includes(method), `the metadata name ${method}`);

const client = { client_id: settings.client_id };
const authenticate = {
  client_secret_basic: () => oauth.ClientSecretBasic(settings.client_secret),
  client_secret_post: () => oauth.ClientSecretPost(settings.client_secret),
  none: () => oauth.None(),
}[method]();
const endpoint = (name, ...rest) => oauth[name](server, client, authenticate, ...rest, insecure);

/** The name of the error that the library throws. */
async function refusal(act) {
  try {
    await act();
  } catch (error) {
    return `${error.status ?? ''} ${error.error ?? error.message}`.trim();
  }
  return 'none';
}

async function byCode() {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    response_type: 'code', client_id: settings.client_id, redirect_uri: settings.redirect_uri, scope: 'all', state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const back = await send(address);
  for (const change of [(query) => query.set('iss', 'https://attacker.example'), (query) => query.delete('iss')]) {
    const forged = new URL(back);
    change(forged.searchParams);
    expect(await refusal(() => oauth.validateAuthResponse(server, client, forged, state)) !== 'none', 'a forged iss');
  }
  const parameters = oauth.validateAuthResponse(server, client, back, state);
  return oauth.processAuthorizationCodeResponse(server, client, await endpoint(
    'authorizationCodeGrantRequest', parameters, settings.redirect_uri, verifier));
}

const trusted = async () => oauth.processClientCredentialsResponse(
  server, client, await endpoint('clientCredentialsGrantRequest', { scope: 'all' }));
const refreshed = async (token) => oauth.processRefreshTokenResponse(
  server, client, await endpoint('refreshTokenGrantRequest', token));
const introspected = async (token) => oauth.processIntrospectionResponse(
  server, client, await endpoint('introspectionRequest', token));
const revoked = async (token) => oauth.processRevocationResponse(await endpoint('revocationRequest', token));

const token = await (settings.flow === 'code' ? byCode() : trusted());
const result = {
  login: await login(token.access_token), type: token.token_type, access_token: token.access_token,
  refresh_token: token.refresh_token, expires_in: token.expires_in, scope: token.scope,
};
let last = token.access_token;
if (token.refresh_token) {
  const later = await refreshed(token.refresh_token);
  last = later.access_token;
  result.later_login = await login(last);
  result.later_access_token = last;
  result.later_refresh_token = later.refresh_token;
}
if (method !== 'none') {
  const before = await introspected(last);
  expect(before.active && before.client_id === settings.client_id && before.username === result.login
    && before.iss === server.issuer && before.exp > before.iat, `active: ${JSON.stringify(before)}`);
}
await revoked(result.later_refresh_token ?? last);
if (method !== 'none') {
  expect(JSON.stringify(await introspected(last)) === '{"active":false}', 'what was revoked is active');
}
if (token.refresh_token) {
  result.refused = await refusal(() => refreshed(result.later_refresh_token ?? token.refresh_token));
}
finish(result);
