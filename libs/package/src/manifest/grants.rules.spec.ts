import { describe, expect, it } from '@jest/globals';
import { changed } from '../testing/manifests.js';
import { grantsOf, widenedGrants } from './grants.rules.js';

const full = changed(() => {});

describe('grantsOf', () => {
  it('gives every permission a stable id, its scope with defaults, and the reason', () => {
    expect(grantsOf(full).map(({ id, scope }) => [id, scope])).toEqual([
      ['http:https://api.acme.example:443', { scheme: 'https', host: 'api.acme.example', port: 443, methods: ['GET', 'POST'] }],
      ['http:https://hooks.acme.example:8443', { scheme: 'https', host: 'hooks.acme.example', port: 8443, methods: ['GET', 'HEAD'] }],
      ['tcp:mqtt.acme.example:8883', { host: 'mqtt.acme.example', port: 8883, tls: true }],
      ['plugins:time.now@1', { plugin: 'time.now@1' }],
      ['plugins:acme.search/text.find', { plugin: 'acme.search/text.find' }],
      ['events:publish:acme.notes.created.v1', { publish: 'acme.notes.created.v1' }],
      ['events:subscribe:kari.core.day_started.v1', { subscribe: 'kari.core.day_started.v1' }],
      ['secrets:api_key', { name: 'api_key', hosts: ['api.acme.example'] }],
      ['secrets:hook_secret', { name: 'hook_secret', hosts: [] }],
      ['kv', { bytes: 1_048_576 }],
      ['data:write:note', { collection: 'note', access: 'write' }],
      ['routes:public:ping', { route: 'ping', method: 'GET', path: '/ping' }],
    ]);
    for (const { reason } of grantsOf(full)) expect(reason).toBe('The tutorial shows how it is done.');
  });

  it('asks for each origin whose pages may call the routes', () => {
    const origins = [{ origin: 'https://app.example.org', reason: 'The app of the team.' }];
    expect(grantsOf({ http: { routes: {}, origins } })).toEqual([
      {
        id: 'routes:origin:https://app.example.org',
        capability: 'routes',
        scope: { origin: 'https://app.example.org' },
        reason: 'The app of the team.',
      },
    ]);
  });

  it('names the capability that each item opens', () => {
    expect(grantsOf(full).map(({ capability }) => capability)).toEqual(
      'http http tcp plugins plugins events events secrets secrets kv data routes'.split(' '),
    );
  });

  it('takes TLS for granted only where the author says nothing of it', () => {
    const tcp = [true, false, undefined].map((tls) => ({ host: 'a.example', port: 1, reason: 'r', ...(tls === undefined ? {} : { tls }) }));
    expect(grantsOf({ permissions: { tcp } }).map(({ scope }) => scope['tls'])).toEqual([true, false, true]);
  });

  it('asks for nothing when nothing is asked', () => expect(grantsOf({})).toEqual([]));
});

describe('widenedGrants', () => {
  const consented = grantsOf(full);
  const widened = (change: Parameters<typeof changed>[0]) => widenedGrants(consented, grantsOf(changed(change))).map(({ id }) => id);

  it.each<[string, Parameters<typeof changed>[0], readonly string[]]>([
    ['the same', () => {}, []],
    ['less', (m) => (m.permissions.http = []), []],
    ['one method less', (m) => (m.permissions.http[0]!.methods = ['GET']), []],
    ['one method more', (m) => (m.permissions.http[0]!.methods = ['GET', 'POST', 'DELETE']), ['http:https://api.acme.example:443']],
    ['another host', (m) => (m.permissions.http[0]!.host = 'b.acme.example'), ['http:https://b.acme.example:443']],
    [
      'a secret for one more host',
      (m) => (m.permissions.secrets[0]!.hosts = ['api.acme.example', 'hooks.acme.example']),
      ['secrets:api_key'],
    ],
    ['more bytes', (m) => (m.permissions.kv.bytes = 2_000_000), ['kv']],
    ['fewer bytes', (m) => (m.permissions.kv.bytes = 1_024), []],
    ['TLS given up', (m) => (m.permissions.tcp[0]!.tls = false), ['tcp:mqtt.acme.example:8883']],
    ['read becomes write', (m) => (m.permissions.data[0]!.access = 'read'), ['data:read:note']],
    ['another reason', (m) => (m.permissions.kv.reason = 'Other words for the same thing.'), []],
  ])('%s', (_name, change, expected) => {
    expect(widened(change)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, boolean]>([
    ['bytes, more', { bytes: 1 }, { bytes: 2 }, true],
    ['bytes, as many', { bytes: 2 }, { bytes: 2 }, false],
    ['bytes, fewer', { bytes: 2 }, { bytes: 1 }, false],
    ['bytes that were no number', { bytes: '1' }, { bytes: 1 }, true],
    ['bytes that are no number any more', { bytes: 9 }, { bytes: '1' }, true],
    ['a number that is no bytes, lower', { port: 9 }, { port: 1 }, true],
    ['TLS given up', { tls: true }, { tls: false }, true],
    ['TLS taken up', { tls: false }, { tls: true }, false],
    ['TLS as it was', { tls: true }, { tls: true }, false],
    ['no TLS, as before', { tls: false }, { tls: false }, false],
    ['a switch that is no TLS', { open: false }, { open: true }, true],
    ['a list for a word', { methods: 'GET' }, { methods: ['GET'] }, true],
    ['a word for a list', { methods: ['GET'] }, { methods: 'GET' }, true],
    ['an argument that was not there', {}, { host: 'a' }, true],
    ['another word', { access: 'read' }, { access: 'write' }, true],
    ['the same word', { access: 'read' }, { access: 'read' }, false],
  ])('the same item with %s', (_name, before, after, wider) => {
    const requested = { id: 'x', capability: 'kv', scope: after, reason: 'r' } as const;
    expect(widenedGrants([{ id: 'x', scope: before }], [requested])).toEqual(wider ? [requested] : []);
  });

  it('an item that was never consented is new, whatever else was', () => {
    const requested = { id: 'y', capability: 'kv', scope: {}, reason: 'r' } as const;
    expect(widenedGrants([{ id: 'x', scope: {} }], [requested])).toEqual([requested]);
    expect(widenedGrants([{ id: 'y', scope: {} }], [requested])).toEqual([]);
  });

  it('one wider argument is enough', () => {
    const requested = { id: 'x', capability: 'tcp', scope: { host: 'a', tls: false }, reason: 'r' } as const;
    expect(widenedGrants([{ id: 'x', scope: { host: 'a', tls: true } }], [requested])).toEqual([requested]);
  });

  it('plain HTTP has its own port', () => {
    const [item] = grantsOf({ permissions: { http: [{ host: 'a.example', scheme: 'http', reason: 'r' }] } });
    expect([item?.id, item?.scope['port']]).toEqual(['http:http://a.example:80', 80]);
  });
});
