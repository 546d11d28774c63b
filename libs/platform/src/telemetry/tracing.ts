// Spans through OpenTelemetry: exported over OTLP when an endpoint is configured, otherwise nothing but the caller's trace id passed on.
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Context } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { currentScope, inScope } from './scope.js';
import type { TracingSettings } from './tracing-settings.js';

const TRACER = 'kari';

export interface Tracing {
  /** Sends what is left and ends. */
  stop(): Promise<void>;
}

/** Once per process, before the first span. Without an exporter the SDK, some 250 modules, is not even loaded. */
export async function startTracing(settings: TracingSettings, processor?: SpanProcessor): Promise<Tracing> {
  if (settings.endpoint === null && processor === undefined) return { stop: () => Promise.resolve() };
  const { tracerProvider } = await import('./tracer-provider.js');
  const provider = tracerProvider(settings, processor);
  provider.register();
  return {
    stop: async () => {
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

export interface SpanOptions {
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Names and ids only: attributes leave the process, so never a value that a person or an extension sent. */
  readonly attributes?: Attributes;
  /** Default: the span or the scope in which this is called. */
  readonly traceparent?: string;
}

/** Runs the work inside a span; log lines and `currentTraceparent()` inside it carry that span. A thrown error marks the span and rises on. */
export async function withSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  const parent = parentOf(options.traceparent ?? currentScope()?.traceparent);
  const tracer = trace.getTracer(TRACER);
  const kind = SpanKind[(options.kind ?? 'internal').toUpperCase() as keyof typeof SpanKind];
  return tracer.startActiveSpan(
    name,
    { kind, ...(options.attributes === undefined ? {} : { attributes: options.attributes }) },
    parent,
    async (span) => {
      try {
        return await inSpanScope(work);
      } catch (error) {
        // The error's words may repeat what a caller sent; its name and code do not.
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
        throw error;
      } finally {
        span.end();
      }
    },
  );
}

/** The trace to hand on: to an event, a sandbox, a message, another service. Undefined outside of every request. */
export function currentTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  const active = trace.getSpan(context.active());
  if (active !== undefined && active.isRecording()) propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? currentScope()?.traceparent;
}

function inSpanScope<T>(work: () => Promise<T>): Promise<T> {
  const scope = currentScope();
  const traceparent = currentTraceparent();
  if (scope === undefined || traceparent === undefined) return work();
  return inScope({ ...scope, traceparent }, work);
}

// The span that runs here already is the parent unless the caller's trace is another one.
function parentOf(traceparent: string | undefined): Context {
  const active = trace.getSpan(context.active());
  if (active !== undefined || traceparent === undefined) return context.active();
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}
