// Each call that the filter denies answers EPERM inside the cage, made by number from native code with the engine wide open (50).
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { librariesOf } from '../../../libs/sandbox/src/launcher/programs.adapter.js';
import { deniedCalls } from '../../../libs/sandbox/src/launcher/seccomp.rules.js';
import { ask, unsandboxed } from '../../support/asking.js';
import { needs } from '../../support/needs.js';
import { launchers, type Launchers } from '../../support/sandboxes.js';

const EPERM = 1;
const SIGNALLED = 128;
const SIGSYS = 31;
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

  const X32_GETPID = 0x40000000 + 39;
  const x64 = process.arch === 'x64' ? it : it.skip;

  x64.each([
    ['of the x32 ABI', 'plugin:self.calls', () => ({ numbers: { getpid: X32_GETPID }, library })],
    ['of another architecture', 'plugin:self.oldGate', () => ({ library })],
  ])('ends the process at a call %s', async (_, handler, input) => {
    const launched = await workshop.launch('L1+cage', bundle, 'S', { engineUnchecked: true });
    await expect(ask(launched, handler, input())).rejects.toThrow('the process ended');
    await expect(launched.ended).resolves.toMatchObject({ kind: 'exited', signal: null, code: SIGNALLED + SIGSYS });
  });

  x64('at neither does the kernel by itself: the control', async () => {
    const { getpid } = (await unsandboxed(bundle, 'plugin:self.calls', { numbers: { getpid: X32_GETPID }, library })) as { getpid: number };
    expect(getpid).not.toBe(EPERM);
    // Without a gate for 32-bit programs it is a segmentation fault: still not the filter's signal.
    const gate = await unsandboxed(bundle, 'plugin:self.oldGate', { library }).catch((error: Error) => error.message);
    expect(String(gate)).not.toContain('SIGSYS');
  });

  it('and not the kernel by itself: the control', async () => {
    const chosen = Object.fromEntries(open.map((name) => [name, numbers[name] ?? 0]));
    const errors = (await unsandboxed(bundle, 'plugin:self.calls', { numbers: chosen, library })) as Readonly<Record<string, number>>;
    expect(Object.entries(errors).filter(([, error]) => error === EPERM)).toEqual([]);
  });
});
