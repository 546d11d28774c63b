import { expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { parsedRequest } from './request-text.js';

it('reads what a person typed, or says what it is not', () => {
  expect(parsedRequest('{"key":"a"}')).toEqual({ key: 'a' });
  const refusal = (() => {
    try {
      return parsedRequest('{key}');
    } catch (error) {
      return error;
    }
  })();
  expect(refusal).toBeInstanceOf(Rejection);
  expect(refusal).toMatchObject({ code: 'REQUEST_INVALID', facts: { operation: 'whyDenied', reason: '"request" is not JSON' } });
});
