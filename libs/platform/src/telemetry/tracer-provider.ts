// The OpenTelemetry SDK: loaded only where spans are exported.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import type { TracingSettings } from './tracing-settings.js';

/** `processor`: default one that sends batches to the endpoint of the settings. */
export function tracerProvider(settings: TracingSettings, processor?: SpanProcessor): NodeTracerProvider {
  return new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': settings.service, 'service.version': settings.version }),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler(), remoteParentNotSampled: new AlwaysOnSampler() }),
    spanProcessors: [processor ?? new BatchSpanProcessor(exporterTo(settings.endpoint ?? ''))],
  });
}

function exporterTo(endpoint: string): OTLPTraceExporter {
  return new OTLPTraceExporter({ url: new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href });
}
