import { describe, expect, it } from '@jest/globals';
import type { ContractBreak } from '@kari/package/rules';
import { holdsOf, stepsToDo } from './plan-holds.rules.js';

const consent = [{ id: 'kv', reason: 'keeps your notes' }];
const broken: ContractBreak = {
  user: 'acme.report',
  plugin: 'note.read',
  contract: 'acme.notes/note.read 1.0.0',
  kind: 'version',
  reason: 'acme.report asks for ^1.0.0.',
  cure: 'Keep acme.notes 1.0.0.',
};

describe('what an operation goes through', () => {
  it('is told for what has steps, the activation only where it runs afterwards', () => {
    expect(stepsToDo({ act: 'upgrade', enabled: true })).toHaveLength(7);
    expect(stepsToDo({ act: 'upgrade', enabled: true }).at(-1)).toBe('handing new calls to the new version');
    expect(stepsToDo({ act: 'install', enabled: true })).toContain('running onActivate');
    expect(stepsToDo({ act: 'install', enabled: false })).not.toContain('running onActivate');
    expect(stepsToDo({ act: 'remove', enabled: false })).toEqual([]);
  });
});

describe('what an upgrade would wait for', () => {
  it('is the consent that it asks for, and whom its own contracts break', () => {
    const other = { ...broken, contract: 'acme.core/note.read 1.0.0' };
    expect(holdsOf({ act: 'upgrade', extension: 'acme.notes', consent }, [broken, other])).toEqual([
      { cause: 'consent', id: 'kv', reason: 'keeps your notes' },
      { cause: 'contract', id: 'acme.report', reason: 'acme.report asks for ^1.0.0. Keep acme.notes 1.0.0.' },
    ]);
  });
  it('is nothing for an install, which is refused without consent', () =>
    expect(holdsOf({ act: 'install', extension: 'acme.notes', consent }, [broken])).toEqual([]));
});
