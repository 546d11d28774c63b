// Each call that the filter denies answers EPERM inside the cage, made by number from native code with the engine wide open (50).
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { librariesOf } from '../../../libs/sandbox/src/launcher/programs.adapter.js';
import { deniedCalls } from '../../../libs/sandbox/src/launcher/seccomp.rules.js';
import { ask, unsandboxed } from '../../support/asking.js';
import { needs } from '../../support/needs.js';
import { launchers, type Launchers } from '../../support/sandboxes.js';

const EPERM = 1;
const bundle = readFileSync('test/fixtures/extensions/spying/syscalls.mjs', 'utf8');
const numbers = Object.fromEntries(
  Object.entries(deniedCalls).map(([name, [x64, arm64]]) => [name, process.arch === 'arm64' ? arm64 : x64]),
);
/** Harmless with these arguments and allowed to anyone: what shows that it is the filter that says no. */
const open = ['socket', 'setns', 'process_vm_readv', 'add_key', 'keyctl', 'name_to_handle_at', 'execveat'];

let workshop: Launchers;
let library: string;

needs('linux', 'bwrap')('the seccomp filter', () => {
  beforeAll(async () => {
    workshop = await launchers();
    library = (await librariesOf(workshop.provisions.engine)).find((path) => /\/libc\.so/.test(path)) ?? '';
  });
  afterAll(() => workshop.dispose());

  it('denies each of its 36 calls inside the cage', async () => {
    const launched = await workshop.launch('L1+cage', bundle, 'S', { engineUnchecked: true });
    const errors = (await ask(launched, 'plugin:self.calls', { numbers, library })) as Readonly<Record<string, number>>;
    launched.kill('stopped');
    await launched.ended;
    expect(Object.entries(errors).filter(([, error]) => error !== EPERM)).toEqual([]);
    expect(Object.keys(errors)).toHaveLength(36);
  });

  it('and not the kernel by itself: the control', async () => {
    const chosen = Object.fromEntries(open.map((name) => [name, numbers[name] ?? 0]));
    const errors = (await unsandboxed(bundle, 'plugin:self.calls', { numbers: chosen, library })) as Readonly<Record<string, number>>;
    expect(Object.entries(errors).filter(([, error]) => error === EPERM)).toEqual([]);
  });
});
