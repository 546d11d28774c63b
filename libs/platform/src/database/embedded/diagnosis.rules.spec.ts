import { describe, expect, it } from '@jest/globals';
import { diagnose } from './diagnosis.rules.js';

const at = (line: string) => `2026-05-04 10:00:00.000 UTC [4711] ${line}`;

describe('what a failed start of PostgreSQL means', () => {
  it.each([
    ['port-taken', 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets'],
    ['port-taken', 'WARNING:  could not create listen socket for "127.0.0.1"\nFATAL:  could not create any TCP/IP sockets'],
    ['still-held', 'FATAL:  lock file "postmaster.pid" already exists'],
    ['still-held', 'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use'],
    ['still-held', 'FATAL:  the database system is starting up'],
  ] as const)('try again, %s: %s', (because, log) => {
    expect(diagnose(log.split('\n').map(at).join('\n'))).toEqual({ verdict: 'retry', because });
  });

  it.each([
    ['space', 'FATAL:  could not write lock file "postmaster.pid": No space left on device'],
    ['permission', 'FATAL:  data directory "/data" has invalid permissions'],
    ['permission', 'FATAL:  could not open file "/data/global/pg_control": Permission denied'],
    ['version', 'FATAL:  database files are incompatible with server'],
    ['damaged', 'PANIC:  could not locate a valid checkpoint record at 0/15D5B10'],
    ['damaged', 'FATAL:  could not open file "global/pg_filenode.map": No such file or directory'],
    ['failed', 'FATAL:  something nobody has seen before'],
  ] as const)('tell the operator, %s: %s', (kind, line) => {
    expect(diagnose(at(line))).toEqual({ verdict: 'refuse', kind, line });
  });

  it('shows the last severe line, without time and process id', () => {
    const log = [at('LOG:  starting'), at('FATAL:  first'), at('FATAL:  second'), at('LOG:  shutting down')].join('\n');
    expect(diagnose(log)).toEqual({ verdict: 'refuse', kind: 'failed', line: 'FATAL:  second' });
  });

  it('takes a cause of an earlier severe line before the last word', () => {
    const log = [at('FATAL:  could not write: No space left on device'), at('FATAL:  giving up')].join('\n');
    expect(diagnose(log)).toMatchObject({ verdict: 'refuse', kind: 'space' });
  });

  it('takes the words of a harmless line for nothing', () => {
    expect(diagnose([at('LOG:  relation does not exist'), at('FATAL:  odd')].join('\n'))).toMatchObject({ kind: 'failed' });
  });

  it('reads the refusal of the programs themselves', () => {
    expect(diagnose('initdb: error: could not change permissions of directory "/data": Operation not permitted')).toMatchObject({
      verdict: 'refuse',
      kind: 'permission',
    });
  });

  it('says so when nothing was said', () => {
    expect(diagnose('')).toEqual({ verdict: 'refuse', kind: 'failed', line: 'it ended without a word' });
  });
});
