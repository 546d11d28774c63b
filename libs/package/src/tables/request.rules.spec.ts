import { describe, expect, it } from '@jest/globals';
import { tableRequests } from './request.rules.js';

const ID = '00000000-0000-7000-8000-00000000000A';

describe('a request', () => {
  it('names no tenant, no extension, no user and no owner', () => {
    for (const more of [{ tenant: 'x' }, { extension: 'x' }, { user: 'x' }, { owner: 'x' }]) {
      expect(tableRequests.get.safeParse({ collection: 'a', id: ID, ...more }).success).toBe(false);
      expect(tableRequests.find.safeParse({ collection: 'a', ...more }).success).toBe(false);
      expect(tableRequests.write.safeParse({ writes: [{ collection: 'a', insert: {}, ...more }] }).success).toBe(false);
    }
  });

  it('writes ids small, so that one row has one id', () => {
    expect(tableRequests.get.parse({ collection: 'a', id: ID }).id).toBe(ID.toLowerCase());
  });

  it('is one kind of write each, 1 to 100 of them', () => {
    const parse = (...writes: unknown[]) => tableRequests.write.safeParse({ writes }).success;
    expect(
      parse({ collection: 'a', insert: {} }, { collection: 'a', update: ID, set: {}, version: 1 }, { collection: 'a', delete: ID }),
    ).toBe(true);
    expect(parse()).toBe(false);
    expect(parse({ collection: 'a', insert: {}, delete: ID })).toBe(false);
    expect(parse({ collection: 'a', update: 'x', set: {} })).toBe(false);
    expect(parse(...Array.from({ length: 101 }, () => ({ collection: 'a', insert: {} })))).toBe(false);
  });

  it('asks for 1 to 500 rows', () => {
    expect([0, 1, 500, 501, 1.5].map((limit) => tableRequests.find.safeParse({ collection: 'a', limit }).success)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });
});
