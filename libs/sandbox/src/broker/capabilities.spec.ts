import { describe, expect, it } from '@jest/globals';
import type { BrokerCaller, Capability, SandboxObserver } from '../contract.js';
import { configCapability } from './config.capability.js';
import { logCapability } from './log.capability.js';
import { metricLimits, metricsCapability } from './metrics.capability.js';

function caller(over: Partial<BrokerCaller> = {}): BrokerCaller {
  return {
    tenant: 'a',
    extension: 'acme.notes',
    version: '1.0.0',
    actor: { id: 'someone', kind: 'user' },
    correlationId: 'c',
    depth: 0,
    deadlineMs: 1000,
    signal: new AbortController().signal,
    scopes: [],
    ...over,
  };
}

async function ask(capability: Capability, request: unknown, by = caller()): Promise<unknown> {
  const [operation] = capability.operations;
  const parsed = operation?.schema.safeParse(request);
  if (operation === undefined || parsed?.success !== true) return 'invalid';
  const verdict = operation.allows([], parsed.data as never);
  return verdict.allowed ? operation.perform(by, parsed.data as never) : 'refused';
}

describe('log', () => {
  it('writes a line, made harmless', async () => {
    const lines: unknown[] = [];
    const by = caller({ log: (level, message, fields) => lines.push([level, message, fields]) });
    await ask(logCapability, { level: 'info', message: 'a\u001b[2Jb', fields: { note: 1 } }, by);
    expect(lines).toEqual([['info', 'a\\u{1b}[2Jb', { note: 1 }]]);
  });

  it('refuses fields that take too much, and other levels', async () => {
    expect(await ask(logCapability, { level: 'info', message: 'x', fields: { big: 'y'.repeat(9000) } })).toBe('refused');
    expect(await ask(logCapability, { level: 'fatal', message: 'x' })).toBe('invalid');
    expect(await ask(logCapability, { level: 'info', message: 'x', tenant: 'b' })).toBe('invalid');
  });

  it('takes fields up to 8 KiB, and tells the limit to whoever asks for more', async () => {
    const filling = (bytes: number) => ({ a: 'y'.repeat(bytes - JSON.stringify({ a: '' }).length) });
    expect(await ask(logCapability, { level: 'debug', message: 'x', fields: filling(8 * 1024) })).toBeNull();
    const [write] = logCapability.operations;
    expect(write?.allows([], { level: 'debug', message: 'x', fields: filling(8 * 1024 + 1) })).toEqual({
      allowed: false,
      why: 'the fields of a log line take more than 8192 bytes',
    });
    expect(await ask(logCapability, { level: 'debug', message: 'x', fields: { ['k'.repeat(101)]: 1 } })).toBe('invalid');
    expect(await ask(logCapability, { level: 'debug', message: 'x', fields: { ['k'.repeat(100)]: 1 } })).toBeNull();
  });

  it('cuts a message at 8 KiB, and writes nowhere where nobody keeps lines', async () => {
    const lines: string[] = [];
    for (const level of ['debug', 'info', 'warn', 'error'])
      await ask(
        logCapability,
        { level, message: 'x'.repeat(9_000) },
        caller({ log: (of, message) => lines.push(`${of} ${message.length}`) }),
      );
    expect(lines).toEqual(['debug 8192', 'info 8192', 'warn 8192', 'error 8192']);
    expect(await ask(logCapability, { level: 'info', message: 'x' })).toBeNull();
  });
});

describe('metrics', () => {
  const observed = () => {
    const seen: unknown[] = [];
    const observer: SandboxObserver = {
      called: () => undefined,
      logged: () => undefined,
      consumed: () => undefined,
      measured: (sample) => void seen.push(sample),
    };
    return { seen, capability: metricsCapability(observer) };
  };

  it('records a sample under the tenant and extension of the caller', async () => {
    const { seen, capability } = observed();
    await ask(capability, { name: 'notes_total', value: 3, labels: { kind: 'new' } });
    expect(seen).toEqual([
      { tenant: 'a', extension: 'acme.notes', version: '1.0.0', name: 'notes_total', value: 3, labels: { kind: 'new' } },
    ]);
  });

  it('drops new series beyond the cap, for that extension and tenant alone', async () => {
    const { seen, capability } = observed();
    for (let id = 0; id < metricLimits.series + 50; id += 1)
      await ask(capability, { name: 'hits', value: 1, labels: { user: String(id) } });
    expect(seen).toHaveLength(metricLimits.series);
    await ask(capability, { name: 'hits', value: 1, labels: { user: '0' } });
    await ask(capability, { name: 'hits', value: 1 }, caller({ tenant: 'b' }));
    expect(seen).toHaveLength(metricLimits.series + 2);
  });

  it('knows a series by its metric and its labels, in whatever order they come', async () => {
    const { seen, capability } = observed();
    for (let id = 0; id < metricLimits.series - 1; id += 1) await ask(capability, { name: `m_${id}`, value: 1 });
    await ask(capability, { name: 'hits', value: 1, labels: { a: '1', b: '2' } });
    await ask(capability, { name: 'hits', value: 2, labels: { b: '2', a: '1' } });
    expect(seen).toHaveLength(metricLimits.series + 1);
    await ask(capability, { name: 'hits', value: 3, labels: { a: '2', b: '1' } });
    await ask(capability, { name: 'hits', value: 4 });
    expect(seen).toHaveLength(metricLimits.series + 1);
    await ask(capability, { name: 'hits', value: 5 }, caller({ extension: 'acme.other' }));
    expect(seen.at(-1)).toMatchObject({ extension: 'acme.other', value: 5, labels: {} });
  });

  it('takes names of 63 letters, five labels and values of 100 characters, and no more', async () => {
    const { seen, capability } = observed();
    const labels = { a: 'x'.repeat(100), b: '', c: '', d: '', e: '' };
    expect(await ask(capability, { name: `a${'b'.repeat(62)}`, value: -1.5, labels })).toBeNull();
    expect(await ask(capability, { name: `a${'b'.repeat(63)}`, value: 1 })).toBe('invalid');
    expect(await ask(capability, { name: 'a', value: 1, labels: { a: 'x'.repeat(101) } })).toBe('invalid');
    expect(await ask(capability, { name: 'a', value: 1, labels: { 'not-a-name': '' } })).toBe('invalid');
    expect(await ask(capability, { name: '1a', value: 1 })).toBe('invalid');
    expect(await ask(capability, { name: 'a b', value: 1 })).toBe('invalid');
    expect(await ask(capability, { name: 'a', value: 'many' })).toBe('invalid');
    expect(await ask(capability, { name: 'a', value: 1, tenant: 'b' })).toBe('invalid');
    expect(seen).toHaveLength(1);
    const [record] = capability.operations;
    const refused = record?.schema.safeParse({ name: 'a', value: 1, labels: { ...labels, f: '' } });
    expect(refused?.error?.issues[0]?.message).toBe('more than 5 labels');
  });

  it('refuses odd names and too many labels', async () => {
    const { capability } = observed();
    expect(await ask(capability, { name: 'Notes-Total', value: 1 })).toBe('invalid');
    expect(await ask(capability, { name: 'a', value: 1, labels: { a: '', b: '', c: '', d: '', e: '', f: '' } })).toBe('invalid');
  });
});

it('config answers the values of the caller alone', async () => {
  const capability = configCapability({ effective: (tenant, extension) => Promise.resolve({ of: `${tenant}/${extension}` }) });
  expect(await ask(capability, {})).toEqual({ of: 'a/acme.notes' });
  expect(await ask(capability, { tenant: 'b' })).toBe('invalid');
});

it('all three are open to every extension, under the names that the SDK calls, and only denials are audited', () => {
  const config = configCapability({ effective: () => Promise.resolve({}) });
  const metrics = metricsCapability({
    called: () => undefined,
    logged: () => undefined,
    consumed: () => undefined,
    measured: () => undefined,
  });
  const described = [config, logCapability, metrics].map(({ name, openToAll, operations }) => [
    openToAll,
    ...operations.map((operation) => `${name}.${operation.name} ${operation.audit}`),
  ]);
  expect(described).toEqual([
    [true, 'config.read denials'],
    [true, 'log.write denials'],
    [true, 'metrics.record denials'],
  ]);
});
