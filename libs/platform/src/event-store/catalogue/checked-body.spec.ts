import { describe, expect, it } from '@jest/globals';
import { InvalidEvent, type EventDefinition } from '@kari/kernel';
import { z } from 'zod';
import { checkedBody } from './checked-body.js';

const definition: EventDefinition = {
  type: 'NoteTaken',
  version: 2,
  schema: z.object({
    text: z.string(),
    tags: z.array(z.object({ name: z.string() })).default([]),
    of: z.object({ book: z.string() }).optional(),
  }),
};
const meta = {} as never;
const check = (data: unknown, version = 2, of: EventDefinition | undefined = definition): unknown =>
  checkedBody({ id: 'x', type: 'NoteTaken', version, data, meta }, of);
const refusal = (...of: Parameters<typeof check>): string => {
  try {
    check(...of);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEvent);
    return (error as InvalidEvent).reason;
  }
  return 'accepted';
};

describe('a body before it is stored for ever', () => {
  it('is what its schema makes of it, defaults filled in', () => {
    expect(check({ text: 'a' })).toEqual({ text: 'a', tags: [] });
    expect(check({ text: 'a', tags: [{ name: 'n' }], of: { book: 'b' } })).toEqual({ text: 'a', tags: [{ name: 'n' }], of: { book: 'b' } });
  });
  it('may leave out what may be left out, also by name', () =>
    expect(check({ text: 'a', of: undefined })).toEqual({ text: 'a', tags: [] }));
  it('is refused under a type that nobody registered', () =>
    expect(() => checkedBody({ id: 'x', type: 'Stranger', version: 1, data: {}, meta }, undefined)).toThrow(
      'event Stranger: nobody registered this type',
    ));
  it('is refused in a version that is not the one written now', () => {
    expect(refusal({ text: 'a' }, 1)).toBe('version 1 is not written any more or yet: version 2 is');
    expect(refusal({ text: 'a' }, 3)).toContain('version 3');
  });
  it('is refused with the place of the fault, and what it is', () => {
    expect(refusal({ text: 5 })).toMatch(/^\/text .*string/);
    expect(refusal({ text: 'a', tags: [{ name: 'n' }, { name: 5 }] })).toMatch(/^\/tags\/1\/name .*string/);
    expect(refusal('no object')).toMatch(/^\/ .*object/);
  });
  it('is refused for a field that the schema does not know, however deep', () => {
    expect(refusal({ text: 'a', secret: 'x' })).toBe('/secret is not in the schema');
    expect(refusal({ text: 'a', of: { book: 'b', page: 3 } })).toBe('/of/page is not in the schema');
    expect(refusal({ text: 'a', tags: [{ name: 'n' }, { name: 'm', colour: 1 }] })).toBe('/tags/1/colour is not in the schema');
  });
  it('is not taken apart where the schema made something else of it', () => {
    const text: EventDefinition = {
      ...definition,
      schema: z.object({ at: z.object({ year: z.number() }).transform(({ year }) => String(year)) }),
    };
    expect(check({ at: { year: 2026 } }, 2, text)).toEqual({ at: '2026' });
    const nothing: EventDefinition = { ...definition, schema: z.null() };
    expect(check(null, 2, nothing)).toBeNull();
  });
});
