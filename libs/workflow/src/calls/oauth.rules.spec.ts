import { expect, it } from '@jest/globals';
import { authorityOf, tokenRequestOf } from './oauth.rules.js';

const policy = { authority: 'https://id.example/realms/a', grant: 'client_credentials', client: { id: 'me', secret: 's' } };

it('finds where tokens come from', () => {
  const of = (scheme: 'oauth2' | 'oidc', more: object = {}) => authorityOf(scheme, { ...policy, ...more });
  expect(of('oauth2').tokenUrl).toBe('https://id.example/realms/a/oauth2/token');
  expect(of('oauth2', { authority: 'https://id.example/', endpoints: { token: '/token' } }).tokenUrl).toBe('https://id.example/token');
  expect(of('oauth2', { endpoints: { token: 'https://other.example/t' } }).tokenUrl).toBe('https://other.example/t');
  expect(of('oidc', { authority: 'https://id.example/a/.well-known/openid-configuration' })).toEqual({
    issuer: 'https://id.example/a',
    tokenUrl: null,
  });
  expect(() => of('oidc', { authority: 'nowhere' })).toThrow();
  expect(() => authorityOf('oauth2', { use: 'secret' })).toThrow();
});

it('asks by each grant with what it takes', () => {
  const parameters = (more: object) => tokenRequestOf({ ...policy, ...more }).parameters;
  expect(parameters({ scopes: ['a', 'b'], audiences: ['x', 'y'] })).toEqual([
    ['scope', 'a b'],
    ['audience', 'x'],
    ['audience', 'y'],
  ]);
  expect(parameters({ grant: 'password', username: 'u', password: 'p' })).toEqual([
    ['username', 'u'],
    ['password', 'p'],
  ]);
  const subject = { token: 't', type: 'urn:x' };
  expect(parameters({ grant: 'urn:ietf:params:oauth:grant-type:token-exchange', subject })).toEqual([
    ['subject_token', 't'],
    ['subject_token_type', 'urn:x'],
  ]);
  expect(tokenRequestOf({ ...policy, client: { id: 'me', authentication: 'none' } })).toMatchObject({ method: 'none', secret: '' });
});

it.each([
  { grant: 'authorization_code' },
  { grant: 'refresh_token' },
  { grant: 'password', username: 'u' },
  { grant: 'urn:ietf:params:oauth:grant-type:token-exchange' },
  { client: { secret: 's' } },
  { client: { id: 'me' } },
  { client: { id: 'me', authentication: 'private_key_jwt' } },
  { client: { id: 'me', secret: 's', authentication: 'tls_client_auth' } },
  { request: { encoding: 'application/json' } },
])('refuses %j', (more) => expect(() => tokenRequestOf({ ...policy, ...more })).toThrow());
