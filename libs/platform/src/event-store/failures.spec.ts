import { describe, expect, it } from '@jest/globals';
import { Rejection, Unavailable } from '@kari/kernel';
import { asUnavailable, failureOf } from './failures.js';

const withCode = (code: unknown): Error => Object.assign(new Error('no'), { code });

describe('a failed statement', () => {
  it.each([
    ['ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ENOTFOUND EHOSTUNREACH ENETUNREACH ENOENT', 'retry'],
    ['57P01 57P02 57P03 57014 53300 40001 40P01 55P03 23505', 'retry'],
    ['08000 08006', 'retry'],
    ['EMFILE ENFILE', 'unavailable'],
    ['53100 53200 53400 58030 25006 53000', 'unavailable'],
    ['42601 22P02 23503 X08', 'defect'],
  ])('%s: %s', (codes, failure) => {
    for (const code of codes.split(' ')) expect([code, failureOf(withCode(code))]).toEqual([code, failure]);
  });

  it.each([
    ['Connection terminated unexpectedly', 'retry'],
    ['Client has encountered a connection error and is not queryable', 'retry'],
    ['Query read timeout', 'retry'],
    ['timeout exceeded when trying to connect', 'retry'],
    ['Client was closed and is not queryable', 'retry'],
    ['Cannot use a pool after calling end on the pool', 'unavailable'],
    ['undefined is not a function', 'defect'],
  ])('that says "%s" without a code: %s', (message, failure) => {
    expect(failureOf(new Error(message))).toBe(failure);
  });

  it('with a number for a code is judged by its words', () => {
    expect(failureOf(Object.assign(new Error('Connection terminated'), { code: 7 }))).toBe('retry');
  });

  it('with a code of its own is not judged by its words', () => {
    expect(failureOf(Object.assign(new Error('Connection terminated'), { code: '42601' }))).toBe('defect');
  });

  it('of no form at all is a defect', () => {
    for (const strange of [null, undefined, 'Connection terminated', 7, {}, withCode(7)]) expect(failureOf(strange)).toBe('defect');
  });
});

describe('what a caller is told', () => {
  it('passing and standing failures may be tried again, refusals of the database may not', () => {
    expect(asUnavailable(withCode('57P01'))).toMatchObject({ retryable: true, message: 'the event store cannot be reached' });
    const full = withCode('53100');
    expect(asUnavailable(full)).toMatchObject({ retryable: true, message: 'the event store cannot be reached', cause: full });
    const refused = Object.assign(withCode('42601'), { severity: 'ERROR' });
    expect(asUnavailable(refused)).toMatchObject({ retryable: false, message: 'the event store failed', cause: refused });
    expect(asUnavailable(refused)).toBeInstanceOf(Unavailable);
  });

  it('what is no failure of the database stays what it is', () => {
    const [known, refusal, defect] = [new Unavailable('x', false), new Rejection('REQUEST_FAILED'), new TypeError('y')];
    expect([asUnavailable(known), asUnavailable(refusal), asUnavailable(defect)]).toEqual([known, refusal, defect]);
    expect(asUnavailable(known)).toBe(known);
    const graded = Object.assign(new Error('no'), { severity: 7 });
    expect(asUnavailable(graded)).toBe(graded);
    expect(asUnavailable('text')).toEqual(new Error('text'));
    expect(asUnavailable(null)).toEqual(new Error('null'));
  });
});
