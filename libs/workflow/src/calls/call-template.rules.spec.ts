import { expect, it } from '@jest/globals';
import { workflow } from '../definition/testing/documents.js';
import { callTemplate, secretSiteOf, secretSitesOf } from './call-template.rules.js';

const use = {
  authentications: { ours: { basic: { use: 'login' } } },
  functions: { shared: { call: 'http', with: { endpoint: { uri: 'https://a.example', authentication: { use: 'ours' } } } } },
};
const document = workflow([], { use });

it('puts what use says in the place of its name', () => {
  const written = { endpoint: { uri: 'https://a.example', authentication: { use: 'ours' } }, body: { authentication: { use: 'ours' } } };
  expect(callTemplate(document, { call: 'http', with: written })).toEqual({
    call: 'http',
    with: { ...written, endpoint: { uri: 'https://a.example', authentication: { basic: { use: 'login' } } } },
    shared: false,
  });
  const openapi = {
    document: { endpoint: { uri: 'https://a.example', authentication: { use: 'ours' } } },
    authentication: { use: 'ours' },
  };
  expect(callTemplate(document, { call: 'openapi', with: openapi }).with).toEqual({
    document: { endpoint: { uri: 'https://a.example', authentication: { basic: { use: 'login' } } } },
    authentication: { basic: { use: 'login' } },
  });
});

it('takes a function for what it calls, and nothing for what only looks like one', () => {
  expect(callTemplate(document, { call: 'shared', with: { n: 1 } })).toMatchObject({ call: 'http', shared: true });
  expect(callTemplate(document, { call: 'constructor', with: { n: 1 } })).toEqual({ call: 'constructor', with: { n: 1 }, shared: false });
  expect(callTemplate(document, { call: 'desk.note@1', with: { authentication: { use: 'ours' } } }).with).toEqual({
    authentication: { use: 'ours' },
  });
});

it('finds the secrets of a template, in expressions and as properties, and none in data', () => {
  const { with: template } = callTemplate(document, { call: 'shared' });
  expect(secretSitesOf({ ...template, headers: { t: '${ $secrets.t }', u: '$secrets.u' } })).toEqual([
    { kind: 'properties', pointer: '/endpoint/authentication/basic', scheme: 'basic', secret: 'login' },
    { kind: 'expression', pointer: '/headers/t', program: '$secrets.t' },
  ]);
  expect(secretSitesOf({ body: { authentication: { basic: { use: 'login' } } } })).toEqual([]);
  expect(secretSiteOf({ use: 'x' }, '/authentication/certificate')).toBeNull();
});
