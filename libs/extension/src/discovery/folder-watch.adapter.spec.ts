import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@kari/kernel/testing';
import { systemTimers } from '@kari/platform/time';
import { watchFolders, type FolderWatch } from './folder-watch.adapter.js';

let root: string;
let watching: FolderWatch;
let noticed: number;
let wake: () => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kari-watch-'));
  await mkdir(join(root, 'acme.notes', 'src'), { recursive: true });
  noticed = 0;
  wake = () => undefined;
  watching = await watchFolders([root], systemTimers, () => {
    noticed += 1;
    wake();
  });
});
afterEach(async () => {
  watching.stop();
  await rm(root, { recursive: true });
});

const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));

it('says once that several files changed in a moment', async () => {
  const changed = next();
  for (const name of ['a.ts', 'b.ts', 'c.ts']) await writeFile(join(root, 'acme.notes', 'src', name), name);
  await changed;
  expect(noticed).toBe(1);
});

it('notices a folder that was added, and then what changes in it', async () => {
  const added = next();
  await mkdir(join(root, 'acme.more', 'src'), { recursive: true });
  await added;
  const changed = next();
  await writeFile(join(root, 'acme.more', 'src', 'index.ts'), 'x');
  await changed;
});

it('says nothing once it is stopped', async () => {
  const clock = manualClock();
  const stopped = await watchFolders([root], clock, () => (noticed += 1));
  const changed = next();
  await writeFile(join(root, 'acme.notes', 'src', 'late.ts'), 'late');
  await changed;
  // It has noticed as well, and waits for a quiet moment.
  expect([noticed, clock.pending]).toEqual([1, 1]);
  stopped.stop();
  await clock.advance(10_000);
  expect([noticed, clock.pending]).toEqual([1, 0]);
});

it('does without a folder that is not there', async () => {
  const none = await watchFolders([join(root, 'nowhere')], systemTimers, () => undefined);
  none.stop();
});
