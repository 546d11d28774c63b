import { describe, expect, it } from '@jest/globals';
import { SharedLooks } from './shared-looks.js';

function asking() {
  const looks = new SharedLooks<number>();
  const open: { resolve: (answer: number) => void; reject: (error: Error) => void }[] = [];
  const ask = (what = 'it'): Promise<number> => looks.look(what, () => new Promise((resolve, reject) => open.push({ resolve, reject })));
  return { open, ask };
}

describe('looks that are shared', () => {
  it('answer nobody with what was seen before he asked', async () => {
    const { open, ask } = asking();
    const first = ask();
    const [second, third] = [ask(), ask()];
    expect(open.length).toBe(1);
    open[0]?.resolve(1);
    expect(await first).toBe(1);
    await Promise.resolve();
    expect(open.length).toBe(2);
    const fourth = ask();
    open[1]?.resolve(2);
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    await Promise.resolve();
    open[2]?.resolve(3);
    expect([await fourth, open.length]).toEqual([3, 3]);
  });

  it('are each about one thing, and begin anew when all are over', async () => {
    const { open, ask } = asking();
    const both = [ask('one'), ask('other')];
    open.forEach(({ resolve }, index) => resolve(index));
    expect(await Promise.all(both)).toEqual([0, 1]);
    const later = ask('one');
    open[2]?.resolve(7);
    expect(await later).toBe(7);
  });

  it('fail for those who shared the one that failed', async () => {
    const { open, ask } = asking();
    const [first, second] = [ask(), ask()];
    open[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await Promise.resolve();
    open[1]?.resolve(5);
    expect(await second).toBe(5);
  });
});
