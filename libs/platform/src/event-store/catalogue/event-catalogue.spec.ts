import { describe, expect, it } from '@jest/globals';
import type { EventDefinition, Upcaster } from '@kari/kernel';
import { z } from 'zod';
import { catalogueOf, type EventCatalogue } from './event-catalogue.js';

const known = (changes: Partial<EventDefinition> = {}): EventDefinition => ({ type: 'A', version: 1, schema: z.object({}), ...changes });
const adding = (from: number, type = 'A'): Upcaster => ({ type, from, upcast: (data) => [...(data as readonly number[]), from] });
const catalogue = (definitions: readonly EventDefinition[], steps: readonly Upcaster[] = []): EventCatalogue =>
  catalogueOf(
    () => definitions,
    () => steps,
  );

describe('lifting a body', () => {
  const of = catalogue([known({ version: 4 }), known({ type: 'B', version: 2 })], [adding(1), adding(2), adding(3), adding(1, 'B')]);

  it('goes step by step from its version to the one written now', () => {
    expect(of.lift('A', 1, [])).toEqual({ version: 4, data: [1, 2, 3] });
    expect(of.lift('A', 3, [])).toEqual({ version: 4, data: [3] });
    expect(of.lift('B', 1, [])).toEqual({ version: 2, data: [1] });
  });
  it('leaves what is written now, of a later release or of a stranger as it is', () => {
    const body = { any: 'thing' };
    expect(of.lift('A', 4, body)).toEqual({ version: 4, data: body });
    expect(of.lift('A', 9, body)).toEqual({ version: 9, data: body });
    expect(of.lift('Stranger', 2, body)).toEqual({ version: 2, data: body });
  });
  it('fails rather than to read an old body as a new one', () => {
    const gap = catalogue([known({ version: 3 })], [adding(2)]);
    expect(gap.lift('A', 2, [])).toEqual({ version: 3, data: [2] });
    expect(() => gap.lift('A', 1, [])).toThrow('event A: no upcaster lifts version 1');
  });
});

describe('the registrations', () => {
  it('are found by type', () => {
    const one = known();
    expect(catalogue([one]).definition('A')).toBe(one);
    expect(catalogue([one]).definition('B')).toBeUndefined();
  });
  it('are read on first use, and once', () => {
    let reads = 0;
    const of = catalogueOf(
      () => ((reads += 1), [known()]),
      () => [],
    );
    expect(reads).toBe(0);
    of.definition('A');
    of.lift('A', 1, {});
    expect(reads).toBe(1);
  });
  const faults: readonly (readonly [string, readonly EventDefinition[], readonly Upcaster[], string])[] = [
    ['personal fields without a subject', [known({ personal: ['email'] })], [], 'event A has personal fields but names no subject'],
    ['a subject that is encrypted', [known({ personal: ['email', 'person'], subject: 'person' })], [], "with the subject's own key"],
    ['a hole in the ladder', [known({ version: 4 })], [adding(1), adding(3)], 'event A can be lifted from version 1 but not from 2'],
    ['an upcaster beyond the version written', [known({ version: 2 })], [adding(1), adding(2)], 'event A beyond its version 2'],
    ['an upcaster of nothing', [known()], [adding(1, 'B')], 'event B, which nobody registered'],
  ];
  it.each(faults)('are refused with %s', (_, definitions, steps, message) =>
    expect(() => catalogue(definitions, steps).definition('A')).toThrow(message),
  );
  it('may name personal fields of a subject, or none', () => {
    expect(catalogue([known({ personal: ['email'], subject: 'person' })]).definition('A')).toBeDefined();
    expect(catalogue([known({ personal: [] })]).definition('A')).toBeDefined();
  });
});
