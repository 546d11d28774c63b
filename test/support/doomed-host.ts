// A host that is about to be killed: starts a sandbox at each level, tells their pids, and waits. Run as a program by the orphan spec.
import { treeOf } from '../../libs/sandbox/src/launcher/process-tree.adapter.js';
import { ask } from './asking.js';
import { launchers } from './sandboxes.js';
import { startable } from './startable.js';

const looping = `export async function start() {
  return { handlers: ['plugin:self.echo', 'plugin:self.loop'], async invoke(handler, input) { if (handler === 'plugin:self.loop') for (;;); return input; } };
}`;
const workshop = await launchers();
const pids: number[] = [];
for (const level of startable) {
  const launched = await workshop.launch(level, looping);
  await ask(launched, 'plugin:self.echo', 1);
  pids.push(...treeOf(launched.pid));
  // A loop cannot notice that its host is gone: the kernel must.
  launched.write(
    Buffer.from('{"jsonrpc":"2.0","id":9,"method":"invoke","params":{"handler":"plugin:self.loop","input":{},"context":{}}}\n'),
  );
}
process.stdout.write(`${JSON.stringify({ pids, folder: workshop.folder })}\n`);
setInterval(() => undefined, 1000);
