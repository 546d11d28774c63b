import { expect, it } from '@jest/globals';
import { describeStatus } from './status.rules.js';
import { supervisorDecider, type SupervisorState } from './supervisor.decider.js';

const { record } = supervisorDecider.initialState;
const crashed: SupervisorState = { status: 'crashed', record, reason: 'its heap was full', retryAfterMilliseconds: 500 };

it.each([
  ['never used', supervisorDecider.initialState, 'enabled', false, 0, 'idle'],
  ['never used, disabled', supervisorDecider.initialState, 'disabled', false, 0, 'stopped'],
  ['starting', { status: 'starting', record, process: 'p', level: 'L2', replaces: null }, 'enabled', false, 0, 'starting'],
  ['being replaced', { status: 'starting', record, process: 'p2', level: 'L2', replaces: 'p1' }, 'enabled', true, 0, 'ready'],
  ['serving', { status: 'ready', record, process: 'p', level: 'L2' }, 'enabled', true, 0, 'ready'],
  ['crashed a moment ago', crashed, 'enabled', false, 300, 'backing-off'],
  ['crashed long ago', crashed, 'enabled', false, 0, 'idle'],
  ['crashed, then disabled', crashed, 'disabled', false, 300, 'stopped'],
  ['evicted', { status: 'idle', record, reason: 'unused' }, 'enabled', false, 0, 'idle'],
  ['evicted, then removed', { status: 'idle', record, reason: 'unused' }, null, false, 0, 'stopped'],
  ['in quarantine', { status: 'quarantined', record, reason: 'x', bundleHash: 'h' }, 'enabled', false, 0, 'quarantined'],
  ['blocked', { status: 'blocked', record, reason: 'x', version: '1' }, 'enabled', false, 0, 'blocked'],
] as const)('%s', (_, state, installation, isRunning, retry, expected) => {
  expect(describeStatus(state, installation, isRunning, retry).state).toBe(expected);
});

it('says why in words', () => {
  expect(describeStatus(crashed, 'enabled', false, 300).reason).toBe('its heap was full; starts again in 300 ms');
});
