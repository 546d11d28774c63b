import { describe, expect, it } from '@jest/globals';
import { isKey, judgeWrite, LONGEST_KEY, quotaOf } from './kv.rules.js';

describe('keys', () => {
  it('are text without control and half characters', () => {
    expect(['a', 'note/1', 'ümlaut', '😀', ' ', 'a'.repeat(LONGEST_KEY)].every(isKey)).toBe(true);
    expect(['', 'a\u0000', 'a\nb', '\u007f', '\ud800', 'x\udc00y', 'a'.repeat(LONGEST_KEY + 1)].some(isKey)).toBe(false);
  });
});

describe('a write', () => {
  const usage = { bytes: 90, lastVersion: 7 };

  it('fits when what it replaces is taken off first', () => {
    expect(judgeWrite(usage, null, 10, 100, undefined)).toEqual({ ok: true, usage: { bytes: 100, lastVersion: 8 } });
    expect(judgeWrite(usage, null, 11, 100, undefined)).toEqual({ ok: false, code: 'DATA_KV_QUOTA', needed: 101 });
    expect(judgeWrite(usage, { version: 3, bytes: 50 }, 60, 100, undefined)).toMatchObject({ ok: true, usage: { bytes: 100 } });
  });

  it('may always make the store smaller, also above a narrowed quota', () => {
    expect(judgeWrite(usage, { version: 3, bytes: 50 }, 49, 10, undefined)).toMatchObject({ ok: true, usage: { bytes: 89 } });
    expect(judgeWrite(usage, { version: 3, bytes: 50 }, 51, 10, undefined)).toMatchObject({ ok: false });
  });

  it('meets its expected version or nothing happens', () => {
    const entry = { version: 3, bytes: 5 };
    expect(judgeWrite(usage, entry, 5, 100, 3)).toMatchObject({ ok: true });
    expect(judgeWrite(usage, entry, 5, 100, 2)).toEqual({ ok: false, code: 'DATA_KV_CONFLICT', actual: 3 });
    expect(judgeWrite(usage, entry, 5, 100, null)).toEqual({ ok: false, code: 'DATA_KV_CONFLICT', actual: 3 });
    expect(judgeWrite(usage, null, 5, 100, 3)).toEqual({ ok: false, code: 'DATA_KV_CONFLICT', actual: null });
    expect(judgeWrite(usage, null, 5, 100, null)).toMatchObject({ ok: true });
    expect(judgeWrite(usage, null, 5, 100, 0)).toMatchObject({ ok: true });
  });

  it('has no quota without a grant', () => {
    expect(quotaOf([])).toBe(0);
    expect(quotaOf([{ bytes: 5 }, { bytes: 9 }, { bytes: 'many' }])).toBe(9);
    expect(judgeWrite({ bytes: 0, lastVersion: 0 }, null, 1, 0, undefined)).toMatchObject({ ok: false, code: 'DATA_KV_QUOTA' });
  });
});
