import { PassThrough } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { expect, it } from '@jest/globals';
import { manualClock } from '@kari/kernel/testing';
import { announcesBody, readBody } from './incoming-body.js';

function sending(headers: IncomingMessage['headers'] = {}) {
  const pipe = new PassThrough();
  return { pipe, request: Object.assign(pipe, { headers }) as unknown as IncomingMessage };
}

const reading = { limit: 10, route: 'acme.notes/keep', signal: new AbortController().signal };

it('reads what comes, in pieces, and leaves no timer behind', async () => {
  const { pipe, request } = sending();
  const clock = manualClock();
  const read = readBody(request, clock, reading);
  pipe.write('hello');
  pipe.end('world');
  expect((await read).toString()).toBe('helloworld');
  expect(clock.pending).toBe(0);
});

it('refuses by the length that is told, before a byte is read', async () => {
  const { request } = sending({ 'content-length': '11' });
  await expect(readBody(request, manualClock(), reading)).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE', facts: { limit: 10 } });
});

it('refuses by the bytes that come, whatever was told', async () => {
  const { pipe, request } = sending({ 'content-length': '1' });
  const refused = readBody(request, manualClock(), reading).catch((error: unknown) => error);
  pipe.write('hello');
  pipe.write('worlds');
  expect(await refused).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
});

it('does not wait for ever for one who trickles', async () => {
  const { pipe, request } = sending();
  const clock = manualClock();
  const refused = readBody(request, clock, reading).catch((error: unknown) => error);
  pipe.write('h');
  await clock.advance(15_000);
  expect(await refused).toMatchObject({ code: 'CONTRIBUTION_ROUTE_BODY_SLOW', facts: { seconds: 15 } });
});

it('ends when the caller leaves', async () => {
  const { pipe, request } = sending();
  const refused = readBody(request, manualClock(), reading).catch((error: unknown) => error);
  pipe.destroy();
  expect(await refused).toMatchObject({ code: 'SANDBOX_CANCELLED' });
  const leaving = new AbortController();
  const other = readBody(sending().request, manualClock(), { ...reading, signal: leaving.signal }).catch((error: unknown) => error);
  leaving.abort();
  expect(await other).toMatchObject({ code: 'SANDBOX_CANCELLED' });
});

it('knows whether a body is announced', () => {
  expect(
    [{}, { 'content-length': '0' }, { 'content-length': '1' }, { 'transfer-encoding': 'chunked' }].map((headers) =>
      announcesBody({ headers }),
    ),
  ).toEqual([false, false, true, true]);
});
