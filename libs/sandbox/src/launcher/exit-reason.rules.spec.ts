import { expect, it } from '@jest/globals';
import { exitReason, type ExitFacts } from './exit-reason.rules.js';

const nothing: ExitFacts = { code: null, signal: null, killed: null, oomKills: 0, stderrTail: '' };

it.each<[string, Partial<ExitFacts>, string]>([
  ['a full heap at L1', { signal: 'SIGTRAP' }, 'heap'],
  ['a full heap in the cage', { code: 133 }, 'heap'],
  ['a Worker without room', { code: 133, stderrTail: 'Fatal: CodeRange setup' }, 'heap'],
  ['the memory limit', { code: 137, oomKills: 1 }, 'memory'],
  ['the memory limit, though we killed it a moment later', { code: 137, oomKills: 1, killed: 'heartbeat' }, 'memory'],
  ['our own kill for silence', { code: 137, killed: 'heartbeat' }, 'heartbeat'],
  ['our own stop', { signal: 'SIGKILL', killed: 'stopped' }, 'stopped'],
  ['a kill from outside', { signal: 'SIGKILL' }, 'signal'],
  ['too large a file', { code: 153 }, 'file-size'],
  ['an unstable API', { code: 70 }, 'unstable-api'],
  ['another signal', { signal: 'SIGSEGV' }, 'signal'],
  ['its own exit', { code: 0 }, 'exited'],
  ['an uncaught error', { code: 1 }, 'exited'],
])('%s reads as such', (_, facts, kind) => {
  expect(exitReason({ ...nothing, ...facts }).kind).toBe(kind);
});

it('says it in words', () => {
  expect(exitReason({ ...nothing, code: 133, stderrTail: 'CodeRange' }).detail).toContain('Worker');
  expect(exitReason({ ...nothing, code: 3 }).detail).toBe('it ended by itself with exit code 3');
});
