// Content between a request and a handler: small in the call itself, large as a stream beside it.
import { answerKindOf } from '@kari/package';
import { isNestedTooDeep } from '@kari/platform/http';
import { inlineContentBytes, mostAnswerBytes, type RouteContent } from '@kari/protocol/broker';
import type { SandboxWire } from '@kari/sandbox/contract';
import type { Content, HeldBytes } from './route-request.js';
import { brokenAnswer, demandPromised } from './route-schemas.js';
import type { RoutePlace } from './route-place.rules.js';

/** Puts the content of a request on the wire; `done` ends what it opened. */
export function outgoingContent(content: Content | null, wire: SandboxWire): { readonly content?: RouteContent; done(): void } {
  const nothing = () => undefined;
  if (content === null) return { done: nothing };
  const bytes = 'bytes' in content ? content.bytes : Buffer.from(JSON.stringify(content.value));
  if (bytes.length <= inlineContentBytes) {
    const inline: RouteContent =
      'bytes' in content ? { kind: 'bytes', base64: content.bytes.toString('base64') } : { kind: 'value', value: content.value };
    return { content: inline, done: nothing };
  }
  const stream = wire.open();
  // Whoever does not want the body answers without reading it: what is left is then taken back.
  const writing = stream.write(bytes).then(() => stream.end());
  writing.catch(nothing);
  return {
    content: { kind: 'stream', stream: stream.id },
    done: () => stream.abort(new Error('The call is over.')),
  };
}

/** The bytes to send for the content of an answer; `hold` is told of each piece of a large one. Throws `Rejection` CONTRIBUTION_ROUTE_ANSWER. */
export async function incomingContent(place: RoutePlace, content: RouteContent, wire: SandboxWire, hold: HeldBytes): Promise<Buffer> {
  const kind = answerKindOf(place.route.responseType ?? 'application/json');
  const broken = (reason: string) => brokenAnswer(place, { pointer: '/', reason });
  if (content.kind === 'bytes' && kind !== 'bytes') throw broken('it is bytes, and the manifest says it is not');
  if (content.kind === 'value' && kind === 'bytes') throw broken('it is a value, and the manifest says it is bytes');
  if (content.kind === 'bytes') return fromBase64(content.base64) ?? fail(broken('its bytes are not base64'));
  const received = content.kind === 'stream' ? await collected(place, content.stream, wire, hold) : null;
  if (kind === 'bytes') return received ?? fail(broken('it has no bytes'));
  const value = received === null ? (content as { readonly value: unknown }).value : parsed(received, broken);
  if (kind === 'text' && typeof value !== 'string') throw broken('it is not text');
  demandPromised(place, value);
  return Buffer.from(kind === 'text' ? (value as string) : JSON.stringify(value));
}

async function collected(place: RoutePlace, id: number, wire: SandboxWire, hold: HeldBytes): Promise<Buffer> {
  const reading = wire.read(id)[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const over = new Promise<never>((_, reject) => {
    const end = () => reject(wire.signal.reason as Error);
    if (wire.signal.aborted) end();
    wire.signal.addEventListener('abort', end, { once: true });
  });
  over.catch(() => undefined);
  try {
    for (;;) {
      const next = await Promise.race([reading.next(), over]);
      if (next.done === true) return Buffer.concat(chunks, size);
      size += next.value.length;
      if (size > mostAnswerBytes) throw brokenAnswer(place, { pointer: '/', reason: `it is larger than ${mostAnswerBytes} bytes` });
      hold(next.value.length);
      chunks.push(next.value);
    }
  } finally {
    // Not awaited: a reader in the middle of a wait ends only with it.
    void Promise.resolve(reading.return?.(undefined)).catch(() => undefined);
  }
}

function parsed(bytes: Buffer, broken: (reason: string) => Error): unknown {
  if (isNestedTooDeep(bytes)) throw broken('it is nested too deep');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw broken('it is not JSON');
  }
}

function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function fail(error: Error): never {
  throw error;
}
