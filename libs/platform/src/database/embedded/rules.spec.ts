import { describe, expect, it } from '@jest/globals';
import { diagnose } from './diagnosis.rules.js';
import { parsePostmasterFile } from './postmaster-file.rules.js';

const at = '2026-01-01 00:00:00.000 UTC [123]';

describe('diagnosis of a failed start', () => {
  it.each([
    [`${at} FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use`, { verdict: 'retry', because: 'still-held' }],
    [`${at} FATAL:  lock file "postmaster.pid" already exists`, { verdict: 'retry', because: 'still-held' }],
    [
      `${at} LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\n${at} FATAL:  could not create any TCP/IP sockets`,
      { verdict: 'retry', because: 'port-taken' },
    ],
    [
      `${at} PANIC:  could not locate a valid checkpoint record at 0/1`,
      { verdict: 'refuse', kind: 'damaged', line: 'PANIC:  could not locate a valid checkpoint record at 0/1' },
    ],
    [
      `${at} FATAL:  data directory "/d" has wrong ownership\n${at} HINT:  The server must be started by the user that owns it.`,
      { verdict: 'refuse', kind: 'permission', line: 'FATAL:  data directory "/d" has wrong ownership' },
    ],
    [
      `${at} FATAL:  database files are incompatible with server`,
      { verdict: 'refuse', kind: 'version', line: 'FATAL:  database files are incompatible with server' },
    ],
    [
      `${at} FATAL:  could not write lock file "postmaster.pid": No space left on device`,
      { verdict: 'refuse', kind: 'space', line: 'FATAL:  could not write lock file "postmaster.pid": No space left on device' },
    ],
    ['', { verdict: 'refuse', kind: 'failed', line: 'it ended without a word' }],
  ])('%s', (log, expected) => {
    expect(diagnose(log)).toEqual(expected);
  });
});

describe('postmaster.pid', () => {
  it('tells pid, port and status', () => {
    expect(parsePostmasterFile('4711\n/data\n1700000000\n5432\n\n127.0.0.1\n  123 456\nready   \n')).toEqual({
      pid: 4711,
      port: 5432,
      status: 'ready',
    });
  });
  it('may be half written', () => {
    expect(parsePostmasterFile('4711\n/data\n1700000000\n')).toEqual({ pid: 4711, port: null, status: 'unknown' });
    expect([parsePostmasterFile(''), parsePostmasterFile('x'), parsePostmasterFile('-1\n')]).toEqual([null, null, null]);
  });
});
