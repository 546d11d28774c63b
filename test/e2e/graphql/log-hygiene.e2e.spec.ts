// A secret that goes in anywhere comes out nowhere: not in a log line, not in the audit trail, not in an answer to somebody else.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { asNobody, asReader, ask, send } from './ask.js';
import { startEdge, TENANT_A, type EdgeApp } from './edge-app.js';

let edge: EdgeApp;
let planted = 0;
const canaries: string[] = [];

/** Never the same twice, so that a leak names its way in. */
function canary(where: string): string {
  planted += 1;
  const made = `cnry${planted}-${where}-7f3a9b`;
  canaries.push(made);
  return made;
}

beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge?.close());

function leaks(): string[] {
  const written = [...edge.world.lines, ...edge.world.entries.map((entry) => JSON.stringify(entry))].join('\n');
  return canaries.filter((one) => written.includes(one) || written.includes(Buffer.from(one).toString('base64').slice(0, -4)));
}

describe('U-05 canaries', () => {
  it('in headers', async () => {
    await ask(edge, '{ me }', { ...asReader, authorization: `Bearer ${canary('token')}` });
    await ask(edge, '{ me }', { ...asReader, authorization: `Basic ${Buffer.from(`user:${canary('basic')}`).toString('base64')}` });
    await ask(edge, '{ me }', { ...asReader, cookie: `session=${canary('cookie')}`, 'x-api-key': canary('api-key') });
    await ask(edge, '{ me }', { ...asReader, 'kari-tenant': canary('tenant') });
    await ask(edge, '{ me }', { ...asReader, 'idempotency-key': canary('idempotency') });
    await ask(edge, '{ me }', { ...asReader, 'x-correlation-id': canary('correlation'), traceparent: canary('trace') });
    expect(leaks()).toEqual([]);
  });

  it('in variables, in the document and in names, whether the request succeeds, fails or is refused', async () => {
    const keep = 'mutation K($input: SecretInput!) { keep(input: $input) }';
    await ask(edge, keep, asReader, { input: { name: canary('name'), value: canary('value') } });
    await ask(edge, `mutation { keep(input: { name: "${canary('inline-name')}", value: "${canary('inline-value')}" }) }`);
    await ask(edge, keep, asReader, { input: { name: { password: canary('wrong-type') }, value: 'x' } });
    await ask(edge, keep, asReader, {
      input: { name: 'x', value: 'x', [canary('unknown_key').replaceAll('-', '_')]: canary('unknown-field') },
    });
    await ask(edge, `query ${canary('operation').replaceAll('-', '_')} { ${canary('field').replaceAll('-', '_')} }`);
    await ask(edge, `{ thing(id: "${canary('syntax')}" `);
    await ask(edge, `{ things(after: "${canary('cursor')}") { nodes { id } } }`);
    await ask(edge, '{ thing(id: "boom") { id } }', { ...asReader, 'x-secret': canary('beside-an-error') });
    expect(leaks()).toEqual([]);
  });

  it('in a body that is refused before it is read, and in the address', async () => {
    await send(edge, {
      method: 'POST',
      headers: { ...asReader, 'content-type': 'application/json' },
      body: `{"query": "${canary('broken-json')}"`,
    });
    await send(edge, { method: 'POST', headers: { ...asReader, 'content-type': 'text/plain' }, body: canary('plain') });
    await send(edge, { headers: asNobody }, `/graphql?query={me}&access_token=${canary('query-string')}`);
    await send(edge, { headers: asNobody }, `/${canary('path')}?password=${canary('password')}`);
    expect(leaks()).toEqual([]);
  });

  it('in an authenticator that fails with the credential in its words', async () => {
    edge.world.authenticatorFails = true;
    const { text } = await ask(edge, '{ me }', { ...asReader, authorization: `Bearer ${canary('failing')}` });
    edge.world.authenticatorFails = false;
    expect(text).not.toContain('cnry');
    expect(edge.world.lines.some((line) => line.includes('a caller could not be authenticated'))).toBe(true);
    expect(leaks()).toEqual([]);
  });

  it('over a WebSocket', async () => {
    const talk = async (...messages: readonly unknown[]): Promise<void> => {
      const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: { cookie: canary('socket-cookie') },
      });
      await new Promise((resolve) => socket.once('open', resolve));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const completed = new Promise<void>((resolve) =>
        socket.on('message', (data) => {
          if ((data as Buffer).toString('utf8').includes('"complete"')) resolve();
        }),
      );
      for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
      // Until the server has said all it has to say: it closed the socket, or answered the operation.
      await Promise.race([closed, completed]);
      socket.close();
      await closed;
    };
    const init = (authorization: string) => ({
      type: 'connection_init',
      payload: { authorization, tenant: TENANT_A, more: canary('payload') },
    });
    await talk(init(`Bearer ${canary('socket-token')}`));
    await talk(init(asReader.authorization), {
      type: 'subscribe',
      id: canary('id'),
      payload: { query: `mutation { keep(input: { name: "${canary('ws-name')}", value: "${canary('ws-value')}" }) }` },
    });
    await talk(canary('no-json'));
    edge.world.authenticatorFails = true;
    await talk(init(`Bearer ${canary('failing-socket-token')}`));
    edge.world.authenticatorFails = false;
    expect(leaks()).toEqual([]);
  });

  it('and the lines are there, each one object on one line, without a control character', () => {
    expect(edge.world.lines.length).toBeGreaterThan(5);
    for (const line of edge.world.lines) {
      expect(() => JSON.parse(line) as unknown).not.toThrow();

      expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f]|\\u001b/);
    }
  });
});
