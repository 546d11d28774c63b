import { expect, it } from '@jest/globals';
import { authorityOf, policyFaults, tokenRequestOf } from './oauth.rules.js';

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

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

it.each([
  [{ grant: 'authorization_code' }, ['/grant']],
  [{ grant: 'refresh_token' }, ['/grant']],
  [{ grant: undefined }, ['/grant']],
  [{ grant: 'password', username: 'u' }, ['/password']],
  [{ grant: EXCHANGE }, ['/subject/token', '/subject/type']],
  [{ grant: EXCHANGE, subject: { token: 't', type: 'urn:x' }, actor: { token: 't' } }, ['/actor/type']],
  [{ client: { secret: 's' } }, ['/client/id']],
  [{ client: { id: 'me' } }, ['/client/secret']],
  [{ client: undefined }, ['/client/id', '/client/secret']],
  [{ client: { id: 'me', authentication: 'private_key_jwt' } }, ['/client/assertion']],
  [{ client: { id: 'me', secret: 's', authentication: 'tls_client_auth' } }, ['/client/authentication']],
  [{ request: { encoding: 'application/json' } }, ['/request/encoding']],
  [{ authority: undefined }, ['/authority']],
  [{ use: 'login' }, ['/use']],
])('refuses %j', (more, pointers) => {
  expect(policyFaults({ ...policy, ...more }).map(({ pointer }) => pointer)).toEqual(pointers);
  expect(() => tokenRequestOf({ ...policy, ...more })).toThrow();
});

it('finds nothing wrong with what can be asked for', () => {
  const subject = { token: '${ .token }', type: 'urn:x' };
  const fine = [{}, { client: { id: 'me', authentication: 'none' } }, { grant: EXCHANGE, subject, actor: subject }];
  expect(fine.flatMap((more) => policyFaults({ ...policy, ...more }))).toEqual([]);
});
