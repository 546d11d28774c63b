// A host that is killed leaves nothing running, not even an extension in an endless loop (44).
import { rmSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { identify, isAlive, spawnOwned } from '@kari/platform/process';
import { needs } from '../../support/needs.js';
import { bundledProgram } from '../../support/programs.js';
import { eventually } from '../../support/sandbox-world.js';

needs('linux')('a host that is killed', () => {
  it('leaves no sandbox behind, at any level', async () => {
    const child = spawnOwned(process.execPath, [await bundledProgram('doomed-host')], {
      kind: 'doomed-host',
      cwd: process.cwd(),
      environment: {},
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const told = await new Promise<{ pids: readonly number[]; folder: string }>((resolve, reject) => {
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.endsWith('\n')) resolve(JSON.parse(output) as { pids: readonly number[]; folder: string });
      });
      void child.exited.then(() => reject(new Error(errors)));
    });
    const sandboxes = told.pids.map((pid) => identify(pid)).filter((identity) => identity !== null);
    expect(sandboxes.length).toBeGreaterThanOrEqual(told.pids.length);
    expect(sandboxes.every(isAlive)).toBe(true);
    // The host alone: its group would take the sandboxes of L1 with it, and the kernel is what is asked here.
    child.signal('SIGKILL');
    await eventually(() => !sandboxes.some(isAlive), 10_000);
    rmSync(told.folder, { recursive: true, force: true });
  }, 60_000);
});
