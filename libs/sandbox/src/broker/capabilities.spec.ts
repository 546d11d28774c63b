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
