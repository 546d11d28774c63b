// A host that was itself started carelessly, with secrets in its environment and open descriptors: starts a sandbox at each level and tells
// what can be seen of them, from outside and from inside. Run as a program by the S-04 spec.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { treeOf } from '../../libs/sandbox/src/launcher/process-tree.adapter.js';
import { ask } from './asking.js';
import { launchers } from './sandboxes.js';
import { startable } from './startable.js';

const [inventory = '', runner = '', ...told] = process.argv.slice(2);
const variables = Object.entries(process.env).flatMap(([name, value]) => (name.startsWith('CANARY_') ? [value ?? ''] : []));

function seenFromOutside(root: number): readonly string[] {
  return treeOf(root).flatMap((pid) => [
    ...readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'),
    ...readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'),
    ...readdirSync(`/proc/${pid}/fd`).map((descriptor) => target(`/proc/${pid}/fd/${descriptor}`)),
  ]);
}

function target(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

// Without a cage and as the host's own user it is the engine alone that keeps a sandbox from /proc: there its checks stay on.
const apart = process.getuid?.() === 0;
const workshop = await launchers(runner === '' ? undefined : runner);
const seen: Record<string, unknown> = {};
try {
  for (const level of startable) {
    const launched = await workshop.launch(level, readFileSync(inventory, 'utf8'), 'S', { engineUnchecked: level !== 'L1' || apart });
    // The kernel shows command lines of other processes to everyone: without a cage it is the engine's checks that keep a sandbox from them.
    const canaries = level === 'L1' && apart ? variables : [...variables, ...told];
    const inside = await ask(launched, 'plugin:self.inventory', { canaries, depth: level === 'L1' ? 0 : 12 });
    seen[level] = { inside, outside: seenFromOutside(launched.pid) };
    launched.kill('stopped');
    await launched.ended;
  }
} finally {
  await workshop.dispose();
}

// The control: a child as Node starts it when nobody takes care.
const careless = spawn('/bin/sleep', ['60'], { stdio: 'ignore', detached: true });
seen['careless'] = { outside: seenFromOutside(careless.pid ?? 0) };
careless.kill('SIGKILL');
seen['host'] = { outside: readFileSync('/proc/self/cmdline', 'utf8').split('\0') };
process.stdout.write(JSON.stringify(seen));
