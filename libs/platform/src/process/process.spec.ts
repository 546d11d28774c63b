import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identify, isAlive, killOrphans, recordOwned, runToCompletion, spawnOwned, SpawnRefused } from './index.js';

const base = { kind: 'test', cwd: '/', environment: {} };
const run = { ...base, timeoutMs: 10_000 };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kari-process-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an owned process', () => {
  it('sees the environment it was given and nothing of ours (S-04)', async () => {
    const seen = await runToCompletion('/usr/bin/env', [], { ...run, environment: { ONLY: 'this' } });
    expect(seen).toEqual({ code: 0, signal: null, stdout: 'ONLY=this\n', stderr: '', ended: 'itself' });
  });

  it('refuses what cannot be started, with the reason', () => {
    expect(() => spawnOwned('/no/such/program', [], base)).toThrow(SpawnRefused);
    expect(() => spawnOwned('/bin/true', [], { ...base, cwd: '/no/such/folder' })).toThrow(/working folder \/no\/such\/folder/);
  });

  it('is killed with everything it started', async () => {
    const child = spawnOwned('/bin/sh', ['-c', 'sleep 600 & echo $!; wait'], base);
    const grandchild = await new Promise<number>((resolve) => child.stdout?.once('data', (line: Buffer) => resolve(Number(line))));
    const identity = identify(grandchild);
    expect(child.kill()).toBe(true);
    await expect(child.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    expect(identity !== null && isAlive(identity)).toBe(false);
    expect(child.kill()).toBe(false);
  });

  it('leaves nothing of its group behind when it ends by itself', async () => {
    const child = spawnOwned('/bin/sh', ['-c', 'sleep 600 >/dev/null 2>&1 & echo $!'], base);
    const grandchild = await new Promise<number>((resolve) => child.stdout?.once('data', (line: Buffer) => resolve(Number(line))));
    const identity = identify(grandchild);
    await child.exited;
    while (identity !== null && isAlive(identity)) await new Promise(setImmediate);
  });

  it('is ended at its time, at its amount of output, and when asked', async () => {
    const late = await runToCompletion('/bin/sleep', ['600'], { ...run, timeoutMs: 50 });
    expect([late.ended, late.signal]).toEqual(['timeout', 'SIGKILL']);
    const loud = await runToCompletion('/bin/sh', ['-c', 'while :; do echo 0123456789; done'], { ...run, maxOutputBytes: 1000 });
    expect([loud.ended, loud.stdout.length <= 1000]).toEqual(['too-much-output', true]);
    const asked = await runToCompletion('/bin/sleep', ['600'], { ...run, signal: AbortSignal.abort() });
    expect(asked.ended).toBe('aborted');
  });

  it('takes input, and survives a child that does not read it', async () => {
    expect((await runToCompletion('/bin/cat', [], { ...run, input: 'words' })).stdout).toBe('words');
    expect((await runToCompletion('/bin/true', [], { ...run, input: 'x'.repeat(1 << 20) })).code).toBe(0);
  });
});

describe('the ledger', () => {
  it('holds a child while it lives', async () => {
    const child = spawnOwned('/bin/sleep', ['600'], { ...base, ledger: recordOwned(folder) });
    expect(readdirSync(folder)).toEqual([`${child.pid}.process.json`]);
    child.kill();
    await child.exited;
    expect(readdirSync(folder)).toEqual([]);
  });

  it('never touches children of a server that lives', async () => {
    const child = spawnOwned('/bin/sleep', ['600'], { ...base, ledger: recordOwned(folder) });
    await expect(killOrphans(folder)).resolves.toEqual([]);
    expect(isAlive(identify(child.pid) ?? { pid: 0, startedAt: '' })).toBe(true);
    child.kill();
    await child.exited;
  });

  it('ends what a killed server left running', async () => {
    const orphan = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' });
    const ended = new Promise((resolve) => orphan.once('exit', (_, signal) => resolve(signal)));
    entry(orphan.pid, { ...identify(Number(orphan.pid)), kind: 'sandbox', owner: { pid: process.pid, startedAt: 'an earlier server' } });
    await expect(killOrphans(folder)).resolves.toEqual([{ pid: orphan.pid, kind: 'sandbox' }]);
    await expect(ended).resolves.toBe('SIGKILL');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('spares a stranger who was given the same pid, and forgets broken entries', async () => {
    const stranger = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' });
    entry(stranger.pid, { pid: stranger.pid, startedAt: 'another time', kind: 'sandbox', owner: null });
    writeFileSync(join(folder, '1.process.json'), '{"pid": 1, "startedAt"');
    await expect(killOrphans(folder)).resolves.toEqual([]);
    expect([identify(Number(stranger.pid)) === null, readdirSync(folder)]).toEqual([false, []]);
    const ended = new Promise((resolve) => stranger.once('exit', resolve));
    stranger.kill('SIGKILL');
    await ended;
  });

  it('has nothing to do in a folder that never was', async () => {
    await expect(killOrphans(join(folder, 'never'))).resolves.toEqual([]);
  });
});

function entry(pid: number | undefined, content: object): void {
  writeFileSync(join(folder, `${pid}.process.json`), JSON.stringify(content));
}
