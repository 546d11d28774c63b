import { expect, it } from '@jest/globals';
import { framed, grpcTarget, messageIn, type GrpcAnswer } from './grpc-wire.rules.js';

const asked = { target: 'https://a.example', method: 'a.B/C' };
const answer = (more: Partial<GrpcAnswer> = {}): GrpcAnswer => ({
  headers: {},
  trailers: { 'grpc-status': '0' },
  body: framed(new Uint8Array([1, 2])),
  covered: (text) => text.replaceAll('hunter two', '[secret]'),
  ...more,
});

it('frames one message, and takes one out', () => {
  expect([...framed(new Uint8Array(300))].slice(0, 6)).toEqual([0, 0, 0, 1, 44, 0]);
  expect([...messageIn(answer(), asked)]).toEqual([1, 2]);
  expect(messageIn(answer({ body: framed(new Uint8Array()) }), asked)).toHaveLength(0);
});

it.each([
  ['16', 'UNAUTHENTICATED', 401],
  ['5', 'NOT_FOUND', 404],
  ['14', 'UNAVAILABLE', 503],
  ['99', 'UNKNOWN', 500],
  ['x', 'UNKNOWN', 500],
])('names the state %s', (code, status, http) => {
  const trailers = { 'grpc-status': code, 'grpc-message': 'no%20such%0Abook%1b[31m' };
  expect(() => messageIn(answer({ trailers }), asked)).toThrow(
    expect.objectContaining({ code: 'WORKFLOW_GRPC_STATUS', facts: { ...asked, status, http, words: 'no such book [31m' } }),
  );
});

it('says no secret back, however it was written', () => {
  const trailers = { 'grpc-status': '3', 'grpc-message': 'no %68unter%20two here' };
  expect(() => messageIn(answer({ trailers }), asked)).toThrow(
    expect.objectContaining({ facts: expect.objectContaining({ words: 'no [secret] here' }) }),
  );
});

it('finds it in the headers of an answer without a message', () => {
  const bare = answer({ headers: { 'grpc-status': '7', 'grpc-message': '%' }, trailers: {}, body: new Uint8Array() });
  expect(() => messageIn(bare, asked)).toThrow(
    expect.objectContaining({ facts: { ...asked, status: 'PERMISSION_DENIED', http: 403, words: '%' } }),
  );
});

it.each([
  ['no state', { trailers: {} }],
  ['no message', { body: new Uint8Array() }],
  ['a compressed one', { body: new Uint8Array([1, 0, 0, 0, 0]) }],
  ['half of one', { body: new Uint8Array([0, 0, 0, 0, 9, 1]) }],
  ['two of them', { body: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) }],
])('cannot read an answer with %s', (_, more) =>
  expect(() => messageIn(answer(more), asked)).toThrow(expect.objectContaining({ code: 'WORKFLOW_ANSWER_INVALID' })),
);

it('reads where a call goes', () => {
  expect(grpcTarget({ name: 'a.B', host: 'a.example', port: 50051 })).toEqual({ name: 'a.B', authority: 'a.example:50051' });
  expect(grpcTarget({ name: 'a.B', host: 'a.example' })).toEqual({ name: 'a.B', authority: 'a.example' });
  for (const wrong of [
    null,
    {},
    { name: 'x' },
    { name: 'x', host: 'y', port: 0 },
    { name: 'x', host: 'y', port: '1' },
    { name: 'x', host: 'y/z?' },
    { name: 'x', host: 'u@y' },
  ])
    expect(() => grpcTarget(wrong)).toThrow('WORKFLOW_CALL_INVALID');
});
