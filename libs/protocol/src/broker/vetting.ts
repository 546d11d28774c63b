// Judges JSON from the other side before anything uses it. Depth is counted on the raw bytes, because JSON.parse survives millions of
// levels while everything that later walks the value does not.
import { ProtocolFault } from './errors.js';
import { frameLimits } from './limits.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Throws when arrays and objects lie deeper inside each other than allowed; says nothing about validity otherwise. */
export function assertShallow(bytes: Uint8Array, deepest: number = frameLimits.nesting): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > deepest) throw new ProtocolFault('nesting', `nested deeper than ${deepest}`);
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The JSON value of a frame's bytes, or a fault. */
export function parseVetted(bytes: Uint8Array): unknown {
  if (bytes.length > frameLimits.bytes) throw new ProtocolFault('size', `larger than ${frameLimits.bytes} bytes`);
  assertShallow(bytes);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new ProtocolFault('encoding', 'not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolFault('syntax', 'not JSON');
  }
  if (needsWalk(text)) assertClean(value);
  return value;
}

// A decoded text without escapes holds neither NUL nor a lone surrogate in its strings, and a key that is not spelled out cannot be one
// of the forbidden ones: so most frames need no walk.
const SUSPECT = /\\u|__proto__|constructor|prototype|[eE]\+?\d{3}|\d{300}/;

export function needsWalk(text: string): boolean {
  return SUSPECT.test(text);
}

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const UNCLEAN = /\p{Surrogate}|\0/u;

/** Recursion is safe here: the depth was bounded before parsing. */
export function assertClean(value: unknown): void {
  if (typeof value === 'string') {
    if (UNCLEAN.test(value)) throw new ProtocolFault('string', 'a string holds NUL or half a surrogate pair');
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new ProtocolFault('number', 'a number is out of range');
  } else if (Array.isArray(value)) {
    for (const item of value) assertClean(item);
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (FORBIDDEN_KEYS.has(key)) throw new ProtocolFault('key', `a key is ${key}`);
      if (UNCLEAN.test(key)) throw new ProtocolFault('string', 'a key holds NUL or half a surrogate pair');
      assertClean((value as Record<string, unknown>)[key]);
    }
  }
}
