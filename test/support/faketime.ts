// A wall clock of its own for one process. The monotonic clock stays: that is how a clock is set wrong in the world, too.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'faketime/libfaketime.so.1';

/** As Debian, Fedora and Alpine put it. */
export function findFaketime(): string | null {
  const folders = [
    '/usr/lib',
    '/usr/lib64',
    ...(existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => join('/usr/lib', name)) : []),
  ];
  return folders.map((folder) => join(folder, NAME)).find((path) => existsSync(path)) ?? null;
}

/** `time` as the library writes it: `+1h`, `-10m`, `@2026-03-29 00:59:58`. */
export function fakedTime(library: string, time: string): Readonly<Record<string, string>> {
  return { ...fakedClock(library), FAKETIME: time };
}

/** The clock follows the file's content from call to call. */
export function fakedTimeFrom(library: string, file: string): Readonly<Record<string, string>> {
  return { ...fakedClock(library), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' };
}

function fakedClock(library: string): Readonly<Record<string, string>> {
  // The second name is the one of older releases.
  return { LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
}
