import { describe, expect, it } from '@jest/globals';
import { parsePostmasterFile } from './postmaster-file.rules.js';

const file = (status: string, port = '5433') =>
  ['4711', '/data', '1767225600', port, '/run', '127.0.0.1', ' 1234 5', `${status}   `, ''].join('\n');

describe('postmaster.pid', () => {
  it.each(['ready', 'starting', 'stopping'] as const)('%s', (status) => {
    expect(parsePostmasterFile(file(status))).toEqual({ pid: 4711, port: 5433, status });
  });

  it('of a server that has not come far yet', () => {
    expect(parsePostmasterFile('4711\n/data\n1767225600\n')).toEqual({ pid: 4711, port: null, status: 'unknown' });
  });

  it('with a word that this release does not know, or without a port', () => {
    expect(parsePostmasterFile(file('standby', '0'))).toEqual({ pid: 4711, port: null, status: 'unknown' });
  });

  // A signal to 1, 0 or a negative id would reach init, our own group or everybody.
  it.each(['', '\n', 'abc', '0', '1', '-4711', '4711.5', '99999999999999999999'])(
    '%j names no process that may be signalled',
    (content) => {
      expect(parsePostmasterFile(content)).toBeNull();
    },
  );
});
