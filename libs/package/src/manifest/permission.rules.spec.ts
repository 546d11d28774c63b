import { expect, it } from '@jest/globals';
import { changed, reported } from '../testing/manifests.js';
import { permissionChecks } from './permission.rules.js';

const reason = 'A spec wants to see what happens.';
const of = (change: Parameters<typeof changed>[0]) => reported(permissionChecks, changed(change));

it('the golden manifest has nothing to report', () => expect(of(() => {})).toEqual([]));

it.each<[string, Parameters<typeof changed>[0], readonly string[]]>([
  [
    'a plugin that is not a dependency',
    (m) => (m.permissions.plugins = [...m.permissions.plugins, { plugin: 'mail.send', reason }]),
    ['PERMISSION /permissions/plugins/2/plugin'],
  ],
  [
    'an own plugin needs no dependency',
    (m) =>
      (m.permissions.plugins = [...m.permissions.plugins, { plugin: 'note.create', reason }, { plugin: 'acme.notes/note.create', reason }]),
    [],
  ],
  [
    'a dependency without permission',
    (m) => (m.permissions.plugins = [m.permissions.plugins[0]!]),
    ['PERMISSION /dependencies/plugins/acme.search~1text.find'],
  ],
  [
    'another major than the dependency',
    (m) => (m.permissions.plugins[0]!.plugin = 'time.now@2'),
    ['PERMISSION /permissions/plugins/0/plugin'],
  ],
  [
    'a secret for a host that is no destination',
    (m) => (m.permissions.secrets[0]!.hosts = ['evil.example']),
    ['PERMISSION /permissions/secrets/0/hosts/0'],
  ],
  ['a secret for a host of tcp', (m) => (m.permissions.secrets[0]!.hosts = ['mqtt.acme.example']), []],
  ['a secret that goes nowhere', (m) => (m.permissions.secrets[0]!.hosts = []), ['PERMISSION /permissions/secrets/0/hosts']],
  [
    'a webhook whose secret nobody declared',
    (m) => (m.webhooks['github']!.signature.secret = 'other'),
    ['PERMISSION /permissions/secrets/1/hosts', 'REFERENCE /webhooks/github/signature/secret'],
  ],
  [
    'an event of somebody else',
    (m) => ((m.events.publishes as Record<string, unknown>)['acme.notesx.a.v1'] = { description: 'x', schema: true }),
    ['REFERENCE /events/publishes/acme.notesx.a.v1', 'PERMISSION /events/publishes/acme.notesx.a.v1'],
  ],
  [
    'a subscription without permission',
    (m) => (m.events.subscribes = [...m.events.subscribes, { type: 'a.b.c.v1', reason }]),
    ['PERMISSION /events/subscribes/1/type'],
  ],
  [
    'a permission without subscription',
    (m) => Object.assign(m, { events: { ...m.events, subscribes: [] }, tasks: {} }),
    ['PERMISSION /permissions/events/1/subscribe'],
  ],
  ['a permission for the event that starts a task', (m) => (m.events.subscribes = []), []],
  ['a collection that is not there', (m) => (m.permissions.data[0]!.collection = 'other'), ['REFERENCE /permissions/data/0/collection']],
  [
    'the same destination in two spellings',
    (m) => (m.permissions.http = [...m.permissions.http, { host: 'api.acme.example', port: 443, scheme: 'https', reason } as never]),
    ['DUPLICATE /permissions/http/2'],
  ],
  [
    'the same destination with another scheme',
    (m) => (m.permissions.http = [...m.permissions.http, { host: 'api.acme.example', scheme: 'http', reason } as never]),
    [],
  ],
  ['an address in another spelling', (m) => (m.permissions.http[1]!.host = '010.0.0.1'), ['SHAPE /permissions/http/1/host']],
  ['an address as a number', (m) => (m.permissions.http[1]!.host = '2130706433'), ['SHAPE /permissions/http/1/host']],
])('%s', (_name, change, expected) => {
  expect(of(change)).toEqual(expected);
});
