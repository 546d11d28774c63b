import { describe, expect, it } from '@jest/globals';
import { kv, manifest, web } from '../testing/stories.js';
import { grantDifferences, sectionDifferences, sectionNames } from './plan-differences.rules.js';

const schema = { type: 'object' } as const;
const contract = { description: 'd', version: '1.0.0', input: true, output: true, effect: 'none', idempotent: true } as const;
const route = { method: 'GET', path: '/notes', description: 'd', response: schema } as const;

describe('what a version brings', () => {
  it('is told by section and name', () => {
    const before = manifest({
      plugins: { 'note.add': contract, 'note.drop': contract },
      http: { routes: { list: route } },
      events: {
        publishes: { 'acme.notes.added.v1': { description: 'd', schema } },
        subscribes: [{ type: 'acme.core.done.v1', reason: 'r' }],
      },
    });
    const after = manifest({
      plugins: { 'note.add': { ...contract, version: '1.1.0' }, 'note.find': contract },
      http: { routes: { list: route, one: route } },
      events: { publishes: { 'acme.notes.added.v1': { description: 'd', schema } } },
      data: { version: 1, collections: { notes: { description: 'd', fields: {} } } },
      tasks: { tidy: { description: 'd', every: 'PT1H' } },
    });
    expect(sectionDifferences(before, after)).toEqual([
      { section: 'routes', added: ['one'], removed: [], changed: [] },
      { section: 'subscribes', added: [], removed: ['acme.core.done.v1'], changed: [] },
      { section: 'plugins', added: ['note.find'], removed: ['note.drop'], changed: ['note.add'] },
      { section: 'tables', added: ['notes'], removed: [], changed: [] },
      { section: 'tasks', added: ['tidy'], removed: [], changed: [] },
    ]);
    expect(sectionDifferences(after, after)).toEqual([]);
    expect(sectionDifferences(null, after).map(({ section }) => section)).toEqual(['routes', 'publishes', 'plugins', 'tables', 'tasks']);
    expect(sectionDifferences(before, null).every(({ added }) => added.length === 0)).toBe(true);
    expect(sectionNames).toHaveLength(13);
  });
  it('and permissions by what is held', () => {
    const asks = manifest({
      permissions: { kv: { bytes: 2_000, reason: 'keeps more' }, plugins: [{ plugin: 'time.now', reason: 'tells the time' }] },
    });
    const { added, widened, removed } = grantDifferences([kv, web], asks);
    expect(added.map(({ id }) => id)).toEqual(['plugins:time.now']);
    expect(widened.map(({ id }) => id)).toEqual(['kv']);
    expect(removed).toEqual([web.id]);
    expect(grantDifferences([kv], null)).toEqual({ added: [], widened: [], removed: ['kv'] });
  });
});
