// The SDK against a host that only records: what is sent, on whose behalf, and what handlers see.
import { describe, expect, it } from '@jest/globals';
import type { InvocationContext, LoadedExtension, RunnerHost } from '@kari/protocol/broker';
import { fromBase64, toBase64 } from './http.js';
import { BaseExtension, defineExtension, extension, KariError, PluginError, type AnyExtension } from './index.js';

interface Sent {
  readonly method: string;
  readonly request: unknown;
  readonly invocation?: string | undefined;
}

function recordingHost(answers: Readonly<Record<string, unknown>> = {}): { host: RunnerHost; sent: Sent[] } {
  const sent: Sent[] = [];
  const host: RunnerHost = {
    protocol: 1,
    extension: { id: 'acme.test', version: '1.0.0' },
    config: { color: 'red', nested: { deep: 1 } },
    call: (method, request, options) => {
      sent.push({ method, request, invocation: options?.invocation });
      const answer = answers[method];
      return answer instanceof Error || (typeof answer === 'object' && answer !== null && 'code' in answer)
        ? Promise.reject(Object.assign(new Error(), answer))
        : Promise.resolve(answer);
    },
    notify: (method, request, options) => void sent.push({ method, request, invocation: options?.invocation }),
  };
  return { host, sent };
}

const context: InvocationContext = {
  invocation: 'i-1',
  correlationId: 'c-1',
  tenant: 't-1',
  actor: { id: 'ada', kind: 'user' },
  deadlineMs: 1_000,
  idempotencyKey: 'k-1',
};
const never = new AbortController().signal;
const run = (loaded: LoadedExtension, handler: Parameters<LoadedExtension['invoke']>[0], input: unknown = {}) =>
  loaded.invoke(handler, input, context, never);

describe('services', () => {
  it("each speaks the broker's words, on behalf of the call", async () => {
    const { host, sent } = recordingHost({
      'kv.get': { value: [1], version: 3 },
      'kv.set': { version: 4 },
      'kv.delete': { deleted: true },
      'kv.list': { entries: [], next: null },
      'plugins.call': { output: 7, extension: 'a.b', version: '1.0.0' },
      'events.publish': { id: 'e-1' },
      'secrets.handle': { handle: 'secret:x' },
      'http.fetch': { status: 201, headers: { a: 'b' }, body: toBase64(new TextEncoder().encode('{"ok":"é"}')) },
    });
    const answers: unknown[] = [];
    const loaded = await extension({
      plugins: {
        'all.try': async (_input, { kv, plugins, events, http, secrets, log, metrics }) => {
          answers.push(
            await kv.get('k'),
            await kv.set('k', 1, { expectedVersion: 0 }),
            await kv.delete('k'),
            await kv.list({ prefix: 'a' }),
          );
          answers.push(
            await plugins.call('time.now', { a: 1 }, { deadlineMs: 5 }),
            await events.publish('a.b.c.v1', 'key', {}),
            await secrets.handle('x'),
          );
          const response = await http.fetch('https://a.example/', {
            method: 'POST',
            json: { x: 1 },
            headers: { authorization: { $secret: 'x', prefix: 'Bearer ' } },
          });
          answers.push(response.ok, response.json(), response.url);
          log.warn('careful', { a: 1 });
          metrics.record('things');
        },
      },
    })(host);
    expect(await run(loaded, 'plugin:all.try')).toBeNull();
    expect(answers).toEqual([
      { value: [1], version: 3 },
      { version: 4 },
      true,
      { entries: [], next: null },
      { output: 7, extension: 'a.b', version: '1.0.0' },
      { id: 'e-1' },
      'secret:x',
      true,
      { ok: 'é' },
      'https://a.example/',
    ]);
    expect(sent.map(({ method, request }) => [method, request])).toEqual([
      ['kv.get', { key: 'k' }],
      ['kv.set', { key: 'k', value: 1, expectedVersion: 0 }],
      ['kv.delete', { key: 'k' }],
      ['kv.list', { prefix: 'a' }],
      ['plugins.call', { plugin: 'time.now', input: { a: 1 }, deadlineMs: 5 }],
      ['events.publish', { type: 'a.b.c.v1', key: 'key', data: {} }],
      ['secrets.handle', { name: 'x' }],
      [
        'http.fetch',
        {
          url: 'https://a.example/',
          method: 'POST',
          headers: { authorization: { $secret: 'x', prefix: 'Bearer ' }, 'content-type': 'application/json' },
          body: toBase64(new TextEncoder().encode('{"x":1}')),
        },
      ],
      ['log', { level: 'warn', message: 'careful', fields: { a: 1 } }],
      ['metric', { name: 'things', value: 1 }],
    ]);
    expect(new Set(sent.map(({ invocation }) => invocation))).toEqual(new Set(['i-1']));
  });

  it('a missing key is null; a refusal is a KariError with all its parts', async () => {
    const refused = { code: 'INVALID', message: 'no', reason: 'DATA_KV_CONFLICT', facts: { actual: 2 } };
    const { host } = recordingHost({ 'kv.get': { value: null, version: null }, 'kv.set': refused });
    let caught: unknown;
    const loaded = await extension({
      plugins: {
        'a.b': async (_input, { kv }) => {
          caught = await kv.set('k', 1).catch((error: unknown) => error);
          return { found: await kv.get('k') };
        },
      },
    })(host);
    expect(await run(loaded, 'plugin:a.b')).toEqual({ found: null });
    expect(caught).toBeInstanceOf(KariError);
    expect(caught).toMatchObject(refused);
  });

  it('bodies of any bytes survive base64', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });
});

describe('extension', () => {
  it('offers what it has, and always follows the configuration', async () => {
    const { host } = recordingHost();
    const loaded = await extension({ plugins: { 'a.b': () => 1 }, events: { 'x.y.z.v1': () => {} }, onInstall: () => {} })(host);
    expect(loaded.handlers).toEqual(['plugin:a.b', 'event:x.y.z.v1', 'hook:onInstall', 'hook:onConfigChanged']);
  });

  it('a handler sees who called, and the configuration as it is now, frozen', async () => {
    const { host } = recordingHost();
    const seen: unknown[] = [];
    const loaded = await extension({
      plugins: {
        'a.b': (_input, { tenant, actor, correlationId, idempotencyKey, config, extension: self }) => ({
          tenant,
          actor,
          correlationId,
          idempotencyKey,
          config,
          self,
        }),
      },
      onConfigChanged: (previous, { config }) => void seen.push(previous, config),
    })(host);
    expect(await run(loaded, 'plugin:a.b')).toMatchObject({
      tenant: 't-1',
      actor: { id: 'ada' },
      correlationId: 'c-1',
      idempotencyKey: 'k-1',
      config: { color: 'red' },
      self: { id: 'acme.test' },
    });
    await run(loaded, 'hook:onConfigChanged', { color: 'blue' });
    expect(await run(loaded, 'plugin:a.b')).toMatchObject({ config: { color: 'blue' } });
    expect(seen).toEqual([{ color: 'red', nested: { deep: 1 } }, { color: 'blue' }]);
    expect(() => ((seen[0] as { nested: { deep: number } }).nested.deep = 2)).toThrow(TypeError);
  });

  it('an error of the contract crosses as its code, any other as it is, an unknown handler as INVALID', async () => {
    const { host } = recordingHost();
    const loaded = await extension({
      plugins: {
        'a.declared': () => {
          throw new PluginError('TOO_LONG', 'shorter', { length: 3 });
        },
        'a.broken': () => {
          throw new RangeError('oops');
        },
      },
    })(host);
    await expect(run(loaded, 'plugin:a.declared')).rejects.toMatchObject({ code: 'INVALID', reason: 'TOO_LONG', facts: { length: 3 } });
    await expect(run(loaded, 'plugin:a.broken')).rejects.toThrow(RangeError);
    await expect(run(loaded, 'plugin:a.none')).rejects.toMatchObject({ code: 'INVALID' });
  });
});

describe('tasks', () => {
  const call = { run: 'r-1', attempt: 2, cause: 'schedule', plannedAt: '2026-01-01T00:00:00Z', startedAt: '2026-01-01T00:00:01Z' };

  it('are handlers by name, told of their run beside their input', async () => {
    const { host } = recordingHost();
    const loaded = await extension({
      tasks: {
        sync: (input, { run: of, idempotencyKey, config }) => ({ input: input as unknown, of, idempotencyKey, color: config['color'] }),
      },
    })(host);
    expect(loaded.handlers).toContain('task:sync');
    const { run: id, ...rest } = call;
    expect(await run(loaded, 'task:sync', { ...call, input: [1] })).toEqual({
      input: [1],
      of: { id, ...rest },
      idempotencyKey: 'k-1',
      color: 'red',
    });
  });

  it('of a class are those that it performs', async () => {
    class Tidy extends BaseExtension<AnyExtension> {
      override readonly performs = { tidy: () => 'tidied' };
    }
    const { host } = recordingHost();
    expect(await run(await defineExtension(Tidy)(host), 'task:tidy', { ...call, input: null })).toBe('tidied');
  });

  it('tell of their progress one word at a time, the newest next, and never fail for it', async () => {
    const answers: (() => void)[] = [];
    const { host, sent } = recordingHost();
    const slow: RunnerHost = {
      ...host,
      call: (method, request, options) => {
        void host.call(method, request, options);
        return new Promise((resolve, reject) => answers.push(() => (answers.length === 1 ? resolve(null) : reject(new Error('no')))));
      },
    };
    let tell: (fraction: number | null, note?: string) => void = () => undefined;
    const loaded = await extension({ tasks: { sync: (_input, { progress }) => void (tell = progress) } })(slow);
    await run(loaded, 'task:sync', { ...call, input: null });
    tell(0.1, 'first');
    tell(0.2, 'dropped');
    tell(7);
    tell(null, 'last');
    answers[0]?.();
    await new Promise(setImmediate);
    answers[1]?.();
    await new Promise(setImmediate);
    expect(sent.map(({ method, request, invocation }) => [method, request, invocation])).toEqual([
      ['tasks.progress', { fraction: 0.1, note: 'first' }, 'i-1'],
      ['tasks.progress', { fraction: 1, note: 'last' }, 'i-1'],
    ]);
  });
});

describe('BaseExtension', () => {
  class Counter extends BaseExtension<AnyExtension> {
    private calls = 0;
    override readonly provides = { 'count.next': () => ({ calls: (this.calls += 1), color: this.config['color'] }) };
    override readonly receives = { 'x.y.z.v1': (event: { data: unknown }) => this.log.info('event', { data: event.data }) };
    override onUpgrade(from: string) {
      this.log.info(`from ${from}`);
    }
    override onHealthCheck() {
      return { healthy: this.calls < 10, reasons: [] };
    }
  }

  it('keeps its own state between calls, and has the platform at hand', async () => {
    const { host, sent } = recordingHost();
    const loaded = await defineExtension(Counter)(host);
    await run(loaded, 'plugin:count.next');
    expect(await run(loaded, 'plugin:count.next')).toEqual({ calls: 2, color: 'red' });
    await run(loaded, 'hook:onUpgrade', { from: '0.9.0' });
    await run(loaded, 'event:x.y.z.v1', { data: 5 });
    expect(await run(loaded, 'hook:onHealthCheck')).toEqual({ healthy: true, reasons: [] });
    expect(loaded.handlers).toContain('hook:onUpgrade');
    expect(loaded.handlers).not.toContain('hook:onInstall');
    expect(sent).toEqual([
      { method: 'log', request: { level: 'info', message: 'from 0.9.0' }, invocation: undefined },
      { method: 'log', request: { level: 'info', message: 'event', fields: { data: 5 } }, invocation: undefined },
    ]);
  });
});
