import { expect, it } from '@jest/globals';
import { changed, reported } from '../testing/manifests.js';
import { sectionChecks } from './section.rules.js';

const of = (change: Parameters<typeof changed>[0]) => reported(sectionChecks, changed(change));

it('the golden manifest has nothing to report', () => expect(of(() => {})).toEqual([]));

it.each<[string, Parameters<typeof changed>[0], readonly string[]]>([
  ['a right that is not declared', (m) => (m.pages['notes']!.right = 'acme.notes:note.list'), ['REFERENCE /pages/notes/right']],
  ["somebody else's right", (m) => (m.navigation[0]!.right = 'acme.other:note.read'), ['REFERENCE /navigation/0/right']],
  ['a subject that is no field', (m) => (m.data.collections['person']!.subject = 'user'), ['REFERENCE /data/collections/person/subject']],
  [
    'an index over an encrypted field',
    (m) => (m.data.collections['note']!.indexes[0]!.fields = ['secret']),
    ['REFERENCE /data/collections/note/indexes/0/fields/0'],
  ],
  [
    'a reference by a field that is no uuid',
    (m) => (m.data.collections['note']!.fields['text']!.references = 'person'),
    ['REFERENCE /data/collections/note/fields/text/references'],
  ],
  [
    'a field that every row has by itself',
    (m) => (m.data.collections['person']!.fields['owner'] = { type: 'text' } as never),
    ['REFERENCE /data/collections/person/fields/owner'],
  ],
  [
    'a default that does not fit',
    (m) => (m.data.collections['person']!.fields['account'] = { type: 'uuid', default: 'nobody' } as never),
    ['REFERENCE /data/collections/person/fields/account/default'],
  ],
  ['a migration beyond the version', (m) => (m.data.migrations[0]!.to = 9), ['REFERENCE /data/migrations/0/to']],
  [
    'retention of nothing',
    (m) => delete (m.data.collections as Record<string, unknown>)['note'],
    ['REFERENCE /data/migrations/0/collection', 'REFERENCE /retention/note'],
  ],
  ['two routes for one request', (m) => (m.http.routes['ping']!.path = '/notes'), ['DUPLICATE /http/routes/ping']],
  ['a public route with a right', (m) => (m.http.routes['ping']!.right = 'acme.notes:note.read'), ['REFERENCE /http/routes/ping/right']],
  ['a task that starts all the time', (m) => (m.tasks['sweep']!.every = 'PT9.5S'), ['SHAPE /tasks/sweep/every']],
  ['a task on an event that it may not receive', (m) => (m.permissions.events = []), ['PERMISSION /tasks/greet/on']],
  ['a menu entry without its page', (m) => (m.navigation[0]!.page = 'other'), ['REFERENCE /navigation/0/page']],
  ['a default language without translation', (m) => (m.i18n.default = 'fi'), ['REFERENCE /i18n/default']],
  [
    'a picture that is no asset',
    (m) => (m.marketplace.screenshots[0]!.asset = 'other.png'),
    ['REFERENCE /marketplace/screenshots/0/asset'],
  ],
])('%s', (_name, change, expected) => {
  expect(of(change)).toEqual(expected);
});
