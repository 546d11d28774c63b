import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { InvalidInput, validated } from './validation.js';

const schema = z.object({ name: z.string().min(2, 'too short'), inner: z.strictObject({ size: z.int() }).optional() });

function refused(data: unknown, by: z.ZodType = schema): InvalidInput {
  try {
    validated('DoIt', by, data);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('the body of a command', () => {
  it('is taken as its schema gives it back', () => {
    expect(validated('DoIt', schema, { name: 'ab', inner: { size: 1 } })).toEqual({ name: 'ab', inner: { size: 1 } });
    expect(validated('DoIt', z.object({ name: z.string().trim() }), { name: ' a ' })).toEqual({ name: 'a' });
  });

  it('is refused with the operation, the field and the reason', () => {
    const { code, facts, name } = refused({ name: 'a' });
    expect([code, name, facts]).toEqual([
      'REQUEST_INVALID',
      'InvalidInput',
      { operation: 'DoIt', field: 'name', reason: 'name: too short' },
    ]);
    expect(refused({ name: 'ab', inner: { size: 'x' } }).facts).toMatchObject({
      field: 'inner.size',
      reason: expect.stringMatching(/^inner\.size: ./),
    });
    expect(refused('nothing').facts).toMatchObject({ field: '', reason: expect.stringMatching(/^the body: ./) });
  });

  it('holds no field that its schema does not name, also where the schema forgot to say so', () => {
    expect(refused({ name: 'ab', more: 1 }).facts).toMatchObject({ field: 'more', reason: expect.stringMatching(/^more: ./) });
    expect(refused({ name: 'ab', inner: { size: 1, extra: 1 } }).facts).toMatchObject({ field: 'inner.extra' });
    expect(() => validated('DoIt', z.strictObject({}), { a: 1 })).toThrow(InvalidInput);
  });

  it('may be of any form, where its schema is no object', () => {
    expect(validated('DoIt', z.string(), 'x')).toBe('x');
    expect(refused(1, z.string()).auditFacts).toEqual({ issue: 'invalid_type', field: null });
  });

  it('U-05: leaves in the trail the kind of fault and the schema’s own words, never the caller’s', () => {
    expect(refused({ name: 'a' }).auditFacts).toEqual({ issue: 'too_small', field: 'name' });
    expect(refused({ name: 'ab', hunter2: 1 }).auditFacts).toEqual({ issue: 'unrecognized_keys', field: null });
    expect(refused({ name: 'ab', inner: { hunter2: 1 } }).auditFacts).toMatchObject({ field: 'inner' });
    expect(refused({ name: 'ab', inner: { size: 1, hunter2: 1 } }).auditFacts).toEqual({ issue: 'unrecognized_keys', field: 'inner' });
    const open = z.record(z.string(), z.string());
    expect(refused({ hunter2: 1 }, open).auditFacts).toEqual({ issue: 'invalid_type', field: null });
  });
});
