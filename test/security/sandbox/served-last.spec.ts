// S-11: a sandbox that uses up its share of the processor is served last by the kernel, and stands with the others again once it has rested.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemTimers } from '../../../libs/platform/src/time/index.js';
import { ask } from '../../support/asking.js';
import { eventually } from '../../support/client.js';
import { needs } from '../../support/needs.js';
import { launchers, type Launchers } from '../../support/sandboxes.js';

const bundle = `export async function start() {
  return { handlers: ['plugin:self.spin'], async invoke(_, { milliseconds }) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    return { spun: milliseconds };
  } };
}`;

/** The file of the kernel that says so, of the group of that process; null where groups are not to be seen. */
function idleFileOf(pid: number): string | null {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const paths = lines.flatMap((line) => {
    const [, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (controllers.split(',').includes('cpu')) return [`/sys/fs/cgroup/cpu${path}/cpu.idle`, `/sys/fs/cgroup/cpu,cpuacct${path}/cpu.idle`];
    return controllers === '' ? [`/sys/fs/cgroup${path}/cpu.idle`] : [];
  });
  return paths.find(existsSync) ?? null;
}

needs(
  'linux',
  'bwrap',
  'cgroup',
)('a sandbox that uses up its share of the processor (S-11)', () => {
  let workshop: Launchers;
  beforeAll(async () => {
    workshop = await launchers();
  });
  afterAll(() => workshop.dispose());

  it('is served last while it does, and not for ever', async () => {
    const launched = await workshop.launch('L2', bundle, 'S');
    // It joins its group on its way to the engine.
    await ask(launched, 'plugin:self.spin', { milliseconds: 1 });
    const file = idleFileOf(launched.pid);
    expect(file).toContain('/kari/');
    const servedLast = (): boolean => file !== null && readFileSync(file, 'utf8').trim() === '1';
    // The start of the engine takes more than its share, too.
    await eventually(
      () => Promise.resolve(servedLast()),
      (last) => !last,
    );
    const spinning = ask(launched, 'plugin:self.spin', { milliseconds: 1_500 });
    let over = false;
    void spinning.finally(() => (over = true));
    let seen = false;
    while (!over && !seen) {
      seen = servedLast();
      await systemTimers.sleep(10);
    }
    expect(seen).toBe(true);
    expect(await spinning).toEqual({ spun: 1_500 });
    await eventually(
      () => Promise.resolve(servedLast()),
      (last) => !last,
    );
    launched.kill('stopped');
    await launched.ended;
  });
});
