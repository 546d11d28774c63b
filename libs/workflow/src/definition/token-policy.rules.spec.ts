import { expect, it } from '@jest/globals';
import { workflow } from './testing/documents.js';
import { tokenPolicyFindings } from './token-policy.rules.js';

const T = '${ $secrets.token }';
const policy = { authority: 'https://id.example', grant: 'client_credentials', client: { id: 'me', secret: T } };
const refused = { ...policy, grant: 'authorization_code' };
const found = (tasks: unknown, use: object = {}) =>
  tokenPolicyFindings(workflow(tasks, { use: { secrets: ['token'], ...use } })).map(({ code, pointer }) => `${code} ${pointer}`);
const http = (authentication: object) => ({
  call: 'http',
  with: { method: 'get', endpoint: { uri: 'https://a.example', authentication } },
});

it('finds them wherever a call says who it is', () => {
  const endpoint = { uri: 'https://a.example', authentication: { oidc: refused } };
  const openapi = { call: 'openapi', with: { document: { endpoint }, operationId: 'x', authentication: { oauth2: refused } } };
  const use = { authentications: { ours: { oauth2: refused } }, functions: { f: http({ oidc: refused }) } };
  expect(found([{ ask: http({ oauth2: refused }) }, { look: openapi }], use).sort()).toEqual(
    [
      '/do/0/ask/with/endpoint/authentication/oauth2/grant',
      '/do/1/look/with/authentication/oauth2/grant',
      '/do/1/look/with/document/endpoint/authentication/oidc/grant',
      '/use/authentications/ours/oauth2/grant',
      '/use/functions/f/with/endpoint/authentication/oidc/grant',
    ].map((pointer) => `WORKFLOW_AUTHENTICATION_INVALID ${pointer}`),
  );
});

it('leaves others alone, and those that can be asked for', () => {
  const use = { authentications: { ours: { oauth2: policy }, login: { basic: { use: 'token' } } } };
  expect(found([{ ask: http({ use: 'ours' }) }, { say: { call: 'desk.note@1', with: { authentication: { oauth2: {} } } } }], use)).toEqual(
    [],
  );
  expect(found([{ ask: http({ oauth2: { ...policy, authority: '${ .authority }' } }) }])).toEqual([]);
});

it('lets no secret say where tokens come from', () => {
  const at = 'WORKFLOW_AUTHENTICATION_INVALID /do/0/ask/with/endpoint/authentication/oauth2';
  expect(found([{ ask: http({ oauth2: { ...policy, authority: T } }) }])).toEqual([`${at}/authority`]);
  expect(found([{ ask: http({ oauth2: { ...policy, endpoints: { token: T } } }) }])).toEqual([`${at}/endpoints/token`]);
  expect(found([{ ask: http({ oauth2: { use: 'token' } }) }])).toEqual([`${at}/use`]);
});
