import { describe, expect, it } from '@jest/globals';
import { judge, type Attempt, type CageAttempt, type GroupAttempt, type Observations, type ProbeAnswers } from './self-test.rules.js';

const all = (done: boolean, error = ''): ProbeAnswers => {
  const answer = { done, error };
  return { read: answer, write: answer, connect: answer, spawn: answer, env: answer, import: answer };
};
const control: Attempt = { answers: all(true), failure: null, hits: 1 };
const l1: Attempt = { answers: all(false, 'NotCapable'), failure: null, hits: 0 };
const cage: CageAttempt = {
  answers: all(false, 'Operation not permitted (os error 1)'),
  failure: null,
  hits: 0,
  process: { seccomp: 2, noNewPrivileges: true, effectiveCapabilities: '0000000000000000', uid: 1900000001 },
};
const group: GroupAttempt = { version: 1, joined: true, limitsHold: true, oomKills: 1, failure: null };
const best: Observations = {
  control,
  l1,
  cage,
  noCage: null,
  group,
  noGroup: null,
  programs: { setpriv: true, chrt: true, prlimit: true },
};

const levelOf = (change: Partial<Observations>) => judge({ ...best, ...change });

describe('the judge of the self-test', () => {
  it('grants L2 when everything was proven', () => {
    expect(judge(best)).toEqual({
      level: 'L2',
      features: ['setpriv', 'schedidle', 'prlimit', 'bwrap', 'seccomp', 'cgroup1'],
      reason: null,
    });
    expect(levelOf({ group: { ...group, version: 2 } }).features).toContain('cgroup2');
  });

  it.each<[string, Partial<Attempt>]>([
    ['did not run', { answers: null, failure: 'no engine' }],
    ['could not even read', { answers: { ...all(true), read: { done: false, error: 'x' } } }],
    ['never reached the listener', { hits: 0 }],
  ])('publishes nothing when the control %s: a blocked probe would prove nothing', (_, change) => {
    expect(levelOf({ control: { ...control, ...change } })).toMatchObject({ level: null, reason: expect.stringContaining('invalid') });
  });

  it.each<[string, Partial<Attempt>]>([
    ['a probe got through', { answers: { ...all(false), env: { done: true, error: '' } } }],
    ['a connection arrived', { hits: 1 }],
    ['it did not answer', { answers: null, failure: 'no answer within 5000 ms' }],
  ])('publishes nothing when at L1 %s', (_, change) => {
    expect(levelOf({ l1: { ...l1, ...change } }).level).toBeNull();
  });

  it.each<[string, Partial<CageAttempt>]>([
    ['a probe got through', { answers: { ...all(false, 'os error 1'), read: { done: true, error: '' } } }],
    ['only the empty network stopped connect', { answers: all(false, 'Network is unreachable (os error 101)') }],
    ['no filter is active', { process: { ...cage.process!, seccomp: 0 } }],
    ['new privileges are possible', { process: { ...cage.process!, noNewPrivileges: false } }],
    ['it holds capabilities', { process: { ...cage.process!, effectiveCapabilities: '00000000a80425fb' } }],
    ['it runs as root', { process: { ...cage.process!, uid: 0 } }],
    ['it could not be looked at', { process: null }],
  ])('stays at L1 when in the cage %s', (_, change) => {
    expect(levelOf({ cage: { ...cage, ...change } })).toMatchObject({ level: 'L1', reason: expect.stringMatching(/^cage: /) });
  });

  it('stays at L1 without bubblewrap, and names the reason', () => {
    expect(levelOf({ cage: null, noCage: 'bubblewrap is not installed', group: null })).toEqual({
      level: 'L1',
      features: ['setpriv', 'schedidle', 'prlimit'],
      reason: 'bubblewrap is not installed',
    });
  });

  it.each<[string, Partial<GroupAttempt>]>([
    ['the process was not in it', { joined: false }],
    ['limits did not hold', { limitsHold: false }],
    ['the kernel did not end the bomb', { oomKills: 0 }],
    ['it failed', { failure: 'EROFS' }],
  ])('calls it L1+cage when the group: %s', (_, change) => {
    expect(levelOf({ group: { ...group, ...change } }).level).toBe('L1+cage');
  });

  it('calls it L1+cage without a group', () => {
    expect(levelOf({ group: null, noGroup: 'cgroup v1 is not writable (EROFS)' })).toMatchObject({
      level: 'L1+cage',
      reason: 'cgroup v1 is not writable (EROFS)',
    });
  });
});
