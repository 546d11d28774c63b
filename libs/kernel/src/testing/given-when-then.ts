// Tests of a decider as sentences: given facts, when a wish, then facts or a refusal.
import { expect } from '@jest/globals';
import type { Command, CommandMetadata } from '../command.js';
import type { Decider } from '../decider.js';
import { Rejection } from '../errors.js';
import type { DomainEvent } from '../event.js';

const METADATA: CommandMetadata = {
  commandId: '00000000-0000-7000-8000-000000000001',
  tenant: '00000000-0000-7000-8000-00000000000a',
  actor: 'someone',
  actorKind: 'user',
  correlationId: '00000000-0000-7000-8000-000000000002',
  now: '2026-01-01T00:00:00.000Z',
};

export function specify<C extends Command, E extends DomainEvent, S>(decider: Decider<C, E, S>) {
  return {
    given: (history: readonly E[]) => ({
      when: (command: C, metadata: Partial<CommandMetadata> = {}) => {
        const state = history.reduce((folded, event) => decider.evolve(folded, event), decider.initialState);
        const decide = () => decider.decide(command, state, { ...METADATA, ...metadata });
        return {
          then: (expected: readonly E[]) => expect(decide()).toEqual(expected),
          thenNothing: () => expect(decide()).toEqual([]),
          thenRejected: (code: string) => {
            let refusal: unknown = null;
            try {
              decide();
            } catch (error) {
              refusal = error;
            }
            expect(refusal).toBeInstanceOf(Rejection);
            expect((refusal as Rejection).code).toBe(code);
          },
        };
      },
      thenState: (expected: S) =>
        expect(history.reduce((folded, event) => decider.evolve(folded, event), decider.initialState)).toEqual(expected),
    }),
  };
}
