// W3C Trace Context, version 00: `00-<trace id>-<span id>-<flags>`.
import type { Random } from '@kari/kernel';

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Null for anything that the specification tells a receiver to ignore. */
export function parseTraceparent(value: string | undefined): TraceParent | null {
  const match = value === undefined || value.length > 512 ? null : FORM.exec(value);
  if (match === null) return null;
  const [, version, traceId, spanId, flags, rest] = match as unknown as [string, string, string, string, string, string | undefined];
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent(trace: TraceParent): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

/** The caller's trace if it sent a valid one, else a new one. */
export function traceparentFrom(header: string | undefined, random: Random): string {
  const given = parseTraceparent(header);
  if (given !== null) return formatTraceparent(given);
  return formatTraceparent({ traceId: hex(random.bytes(16)), spanId: hex(random.bytes(8)), sampled: false });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
