import { describe, expect, it } from '@jest/globals';
import { InvalidEvent, type EventDefinition, type NewEvent, type RecordedEvent } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { EnvelopeKeys, memoryKeyTable } from '@kari/platform/crypto';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { protectPersonal, revealPersonal } from './personal-data.js';

const TENANT = '0197a3c0-0000-7000-8000-00000000000a';
const definition: EventDefinition = { type: 'PersonMet', version: 1, schema: z.any(), personal: ['email', 'address'], subject: 'person' };
const someKeys = (): EnvelopeKeys =>
  new EnvelopeKeys({
    masters: { current: { id: 'm', bytes: randomBytes(32) }, previous: [] },
    table: memoryKeyTable(),
    clock: manualClock(),
    rememberMilliseconds: 0,
  });
const met = (data: unknown, id = '0197a3c0-0000-7000-8000-000000000001'): NewEvent =>
  ({ id, type: 'PersonMet', version: 1, data, meta: { tenant: TENANT } }) as unknown as NewEvent;
const stored = (event: NewEvent): RecordedEvent => event as unknown as RecordedEvent;
const ada = { person: 'p-1', email: 'ada@example.org', address: { city: 'Marylebone' }, place: 'London' };

describe('personal fields on their way into the log', () => {
  it('leave the body, and the rest of it stays', async () => {
    const { data } = await protectPersonal(someKeys(), definition, met(ada));
    expect(Object.keys(data as object).sort()).toEqual(['$personal', 'person', 'place']);
    expect(JSON.stringify(data)).not.toMatch(/ada@example|Marylebone/);
    expect(data).toMatchObject({ person: 'p-1', place: 'London', $personal: { subject: 'p-1' } });
  });
  it('that are null or left out stay as they are', async () => {
    const nobody = met({ person: 'p-1', email: null, place: 'London' });
    expect(await protectPersonal(someKeys(), definition, nobody)).toBe(nobody);
    const { data } = await protectPersonal(someKeys(), definition, met({ ...ada, email: null }));
    expect(data).toMatchObject({ email: null, $personal: { fields: { address: expect.any(String) } } });
  });
  it('of an event without any are not looked for', async () => {
    const { personal: _, ...plain } = definition;
    const event = met(ada);
    expect(await protectPersonal(someKeys(), plain, event)).toBe(event);
    const list = met([1, 2]);
    expect(await protectPersonal(someKeys(), definition, list)).toBe(list);
  });
  it('need somebody whom they are about', async () => {
    for (const person of [undefined, '', 5]) {
      const refused = protectPersonal(someKeys(), definition, met({ ...ada, person }));
      await expect(refused).rejects.toThrow('event PersonMet: personal fields need the id of their subject');
    }
    const { subject: _, ...orphan } = definition;
    await expect(protectPersonal(someKeys(), orphan, met(ada))).rejects.toBeInstanceOf(InvalidEvent);
  });
  it('cannot be forged: the name under which they travel is reserved', () =>
    expect(protectPersonal(someKeys(), definition, met({ person: 'p-1', $personal: {} }))).rejects.toThrow('$personal is reserved'));
  it('are refused where they are no JSON', () =>
    expect(protectPersonal(someKeys(), definition, met({ ...ada, address: { since: 1n } }))).rejects.toBeInstanceOf(InvalidEvent));
});

describe('personal fields on their way out', () => {
  it('are what they were', async () => {
    const keys = someKeys();
    const kept = stored(await protectPersonal(keys, definition, met(ada)));
    expect((await revealPersonal(keys, kept)).data).toEqual(ada);
  });
  it('are null where the person was erased, and the rest stays', async () => {
    const keys = someKeys();
    const kept = stored(await protectPersonal(keys, definition, met(ada)));
    await keys.erase(TENANT, 'p-1');
    expect((await revealPersonal(keys, kept)).data).toEqual({ person: 'p-1', email: null, address: null, place: 'London' });
  });
  it('open in their own event and field alone', async () => {
    const keys = someKeys();
    const kept = await protectPersonal(keys, definition, met(ada));
    const { $personal } = kept.data as { $personal: { subject: string; fields: { email: string; address: string } } };
    const copied = stored({ ...kept, id: '0197a3c0-0000-7000-8000-000000000002' });
    await expect(revealPersonal(keys, copied)).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
    const swapped = { subject: 'p-1', fields: { email: $personal.fields.address } };
    await expect(revealPersonal(keys, stored({ ...kept, data: { person: 'p-1', $personal: swapped } }))).rejects.toMatchObject({
      code: 'EVENT_SEAL_BROKEN',
    });
  });
  it('are not looked for in a body that holds none', async () => {
    const keys = someKeys();
    for (const data of [
      ada,
      null,
      'text',
      [1],
      { $personal: 'a word' },
      { $personal: { subject: 5, fields: {} } },
      { $personal: { subject: 'p' } },
    ]) {
      const event = stored(met(data));
      expect(await revealPersonal(keys, event)).toBe(event);
    }
  });
});
