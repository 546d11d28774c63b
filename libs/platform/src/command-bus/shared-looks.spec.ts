import { describe, expect, it } from '@jest/globals';
import { SharedLooks } from './shared-looks.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function asking() {
  const looks = new SharedLooks<number>();
  const open: { resolve: (answer: number) => void; reject: (error: Error) => void }[] = [];
  const ask = (what = 'it'): Promise<number> => looks.look(what, () => new Promise((resolve, reject) => open.push({ resolve, reject })));
  return { open, ask };
}

describe('looks that are shared', () => {
  it('are those of one turn, and answer nobody with what was seen before he asked', async () => {
    const { open, ask } = asking();
    const [first, second] = [ask(), ask()];
    expect(open.length).toBe(0);
    await turn();
    expect(open.length).toBe(1);
    const third = ask();
    open[0]?.resolve(1);
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    await turn();
    open[1]?.resolve(2);
    expect([await third, open.length]).toEqual([2, 2]);
  });

  it('are each about one thing, and wait for no other that hangs', async () => {
    const { open, ask } = asking();
    void ask('one');
    await turn();
    const both = [ask('one'), ask('other')];
    await turn();
    open.forEach(({ resolve }, index) => index > 0 && resolve(index));
    expect(await Promise.all(both)).toEqual([1, 2]);
  });

  it('fail for those who shared the one that failed', async () => {
    const { open, ask } = asking();
    const [first, second] = [ask(), ask()];
    await turn();
    open[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await expect(second).rejects.toThrow('away');
    const later = ask();
    await turn();
    open[1]?.resolve(5);
    expect(await later).toBe(5);
  });
});
