import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '@kari/kernel/testing';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { inScope } from './scope.js';
import { formatTraceparent, parseTraceparent, traceparentFrom } from './traceparent.js';
import { currentTraceparent, startTracing, withSpan, type Tracing } from './tracing.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
const settings = { endpoint: null, service: 'kari', version: '1' };

let tracing: Tracing | null = null;
afterEach(async () => {
  await tracing?.stop();
  tracing = null;
});

async function recorded(): Promise<InMemorySpanExporter> {
  const exporter = new InMemorySpanExporter();
  tracing = await startTracing(settings, new SimpleSpanProcessor(exporter));
  return exporter;
}

describe('W3C Trace Context', () => {
  it('takes what the specification takes, and ignores what it ignores', () => {
    expect(parseTraceparent(traceparent)).toEqual({ traceId: TRACE, spanId: 'b7ad6b7169203331', sampled: true });
    expect(parseTraceparent(`cc-${TRACE}-b7ad6b7169203331-00-future`)).toMatchObject({ sampled: false });
    const ignored = [
      undefined,
      '',
      'x',
      traceparent.toUpperCase(),
      `${traceparent}-x`,
      `ff-${TRACE}-b7ad6b7169203331-01`,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      ` ${traceparent}`,
      'x'.repeat(10_000),
    ];
    expect(ignored.map(parseTraceparent)).toEqual(ignored.map(() => null));
  });

  it('starts a trace where none came in', () => {
    const made = traceparentFrom('nonsense', seededRandom(1));
    expect(formatTraceparent(parseTraceparent(made) ?? { traceId: '', spanId: '', sampled: false })).toBe(made);
    expect(traceparentFrom(traceparent, seededRandom(1))).toBe(traceparent);
  });
});

describe('spans', () => {
  it('without an exporter the caller’s trace is handed on as it came', async () => {
    tracing = await startTracing(settings);
    await inScope({ correlationId: 'c', traceparent }, () =>
      withSpan('outer', {}, () => Promise.resolve(expect(currentTraceparent()).toBe(traceparent))),
    );
    expect(currentTraceparent()).toBeUndefined();
  });

  it('are children of the caller’s span, and of each other; what goes out names the innermost', async () => {
    const exporter = await recorded();
    const out = await inScope({ correlationId: 'c', traceparent }, () =>
      withSpan('outer', { kind: 'server' }, () =>
        withSpan('inner', { attributes: { extension: 'acme.notes' } }, () => Promise.resolve(currentTraceparent())),
      ),
    );
    const [inner, outer] = exporter.getFinishedSpans();
    expect(outer?.spanContext().traceId).toBe(TRACE);
    expect(outer?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(out).toBe(`00-${TRACE}-${inner?.spanContext().spanId}-01`);
  });

  it('an error marks its span and rises on, without its words', async () => {
    const exporter = await recorded();
    await expect(withSpan('broken', {}, () => Promise.reject(new TypeError('canary-4711')))).rejects.toThrow('canary-4711');
    expect(
      JSON.stringify(exporter.getFinishedSpans().map(({ status, events, attributes }) => ({ status, events, attributes }))),
    ).not.toContain('canary-4711');
    expect(exporter.getFinishedSpans()[0]?.status).toMatchObject({ message: 'TypeError' });
  });

  it('leave over OTLP when an endpoint is set, all of them before the stop is done', async () => {
    const bodies: { url: string; names: string[] }[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const names = [
          ...Buffer.concat(chunks)
            .toString('utf8')
            .matchAll(/"name":"(query\.\w+)"/g),
        ].map(([, name]) => name ?? '');
        bodies.push({ url: request.url ?? '', names });
        response.setHeader('content-type', 'application/json').end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    tracing = await startTracing({ ...settings, endpoint: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` });
    await withSpan('query.things', {}, () => Promise.resolve());
    await tracing.stop();
    tracing = null;
    collector.close();
    expect(bodies).toEqual([{ url: '/v1/traces', names: ['query.things'] }]);
  });
});
