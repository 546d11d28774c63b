// Blobs in memory, for suites and simulation.
import { rejected } from '@kari/kernel';
import { blobIdOf } from './blob-id.js';
import type { Blobs } from './blobs.port.js';

export function memoryBlobs(): Blobs {
  const contents = new Map<string, Uint8Array>();
  return {
    put: (content) => {
      const id = blobIdOf(content);
      contents.set(id, Uint8Array.from(content));
      return Promise.resolve(id);
    },
    get: (id) => {
      const content = contents.get(id);
      return content === undefined
        ? Promise.reject(rejected('EVENT_BLOB_MISSING', { blob: id }))
        : Promise.resolve(Uint8Array.from(content));
    },
    has: (id) => Promise.resolve(contents.has(id)),
    remove: (id) => {
      contents.delete(id);
      return Promise.resolve();
    },
  };
}
