import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PageArgs, pageOf, pageRequest } from './connection.js';

const args = (given: Partial<PageArgs> = {}): PageArgs => Object.assign(new PageArgs(), given);
const cursorOf = (key: readonly string[], tenant = 'a', list = 'things') =>
  pageOf([key], pageRequest(list, args(), tenant), (row) => row).pageInfo.endCursor ?? '';

describe('pages', () => {
  it('asks for one more row than shown, to know whether more follow', () => {
    const request = pageRequest('things', args({ first: 2 }), 'a');
    expect(request).toMatchObject({ size: 2, limit: 3, after: null });
    const page = pageOf(['x', 'y', 'z'], request, (row) => [row]);
    expect([page.nodes, page.pageInfo.hasNextPage]).toEqual([['x', 'y'], true]);
    expect(pageOf(['x', 'y'], request, (row) => [row]).pageInfo.hasNextPage).toBe(false);
    expect(pageOf([], request, (row: string) => [row])).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  });

  it.each([0, -1, 201, 1.5, Number.NaN])('refuses %s as a size', (first) => {
    expect(() => pageRequest('things', args({ first }), 'a')).toThrow('REQUEST_INVALID');
  });
});

describe('cursors', () => {
  it('give back any key, for their own list and tenant alone', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), (key) => {
        const after = cursorOf(key);
        fc.pre(after.length <= 2_048);
        expect(pageRequest('things', args({ after }), 'a').after).toEqual(key);
        expect(() => pageRequest('things', args({ after }), 'b')).toThrow('REQUEST_INVALID');
        expect(() => pageRequest('others', args({ after }), 'a')).toThrow('REQUEST_INVALID');
      }),
      { numRuns: 50 },
    );
  });

  it('do not survive a changed character', () => {
    const cursor = cursorOf(['2026-01-01', 'acme.notes']);
    for (let index = 0; index < cursor.length; index += 1) {
      const changed = `${cursor.slice(0, index)}${cursor[index] === 'A' ? 'B' : 'A'}${cursor.slice(index + 1)}`;
      // The last character may carry bits that base64 does not use.
      if (Buffer.from(changed, 'base64url').equals(Buffer.from(cursor, 'base64url'))) continue;
      expect(() => pageRequest('things', args({ after: changed }), 'a')).toThrow('REQUEST_INVALID');
    }
  });

  it.each(['', 'x', '!', 'bnVsbA', 'W10', 'WzFd', 'e30', 'x'.repeat(3_000), '../../etc/passwd', '1'])('refuses "%s"', (after) => {
    expect(() => pageRequest('things', args({ after }), 'a')).toThrow('REQUEST_INVALID');
  });
});
