// The name of a content is its hash, and nothing else is a name.
import { createHash } from 'node:crypto';
import type { BlobId } from './blobs.port.js';

export function blobIdOf(content: Uint8Array): BlobId {
  return `sha256-${createHash('sha256').update(content).digest('hex')}`;
}

export function isBlobId(text: string): text is BlobId {
  return /^sha256-[0-9a-f]{64}$/.test(text);
}
