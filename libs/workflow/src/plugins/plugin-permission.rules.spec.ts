import { expect, it } from '@jest/globals';
import { covers, mayAskFor } from './plugin-permission.rules.js';
import { parseReference } from './plugin-reference.rules.js';
import { contract } from './testing/plugin-room.js';

const plugin = {
  intent: 'time.now',
  extension: 'kari.core',
  extensionVersion: '1.0.0',
  enabled: true,
  contract: contract({ version: '1.4.0' }),
};
const may = (scope: string, asked: string) => mayAskFor([{ plugin: scope }], parseReference(asked));
const covered = (scope: string) => covers([{ plugin: scope }], plugin);

it('covers what a grant names, and no more', () => {
  expect(['time.now', 'kari.core/time.now', 'time.now@1', 'kari.core/time.now@^1.2'].every(covered)).toBe(true);
  expect(['time.then', 'acme.clock/time.now', 'time.now@2', 'kari.core/time.now@>=2', 'nonsense', '*'].some(covered)).toBe(false);
  expect(covers([], plugin)).toBe(false);
  expect(covers([{ plugin: 7 }, {}], plugin)).toBe(false);
});

it('lets a call through to be resolved only where some grant could cover it', () => {
  expect(may('time.now', 'time.now@3')).toBe(true);
  expect(may('kari.core/time.now', 'time.now')).toBe(true);
  expect(may('time.now', 'kari.core/time.now')).toBe(true);
  expect(may('kari.core/time.now', 'acme.clock/time.now')).toBe(false);
  expect(may('time.now', 'time.then')).toBe(false);
});
