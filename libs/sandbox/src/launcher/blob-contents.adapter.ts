// Bundles and assets from the blob store. Bytes that the store itself finds damaged are bytes that are not what was registered.
import { rejected, Rejection } from '@kari/kernel';
import type { Blobs } from '@kari/platform/blob';
import type { Contents } from './provisions.adapter.js';

export function contentsOf(blobs: Pick<Blobs, 'get'>): Contents {
  return {
    get: async (hash) => {
      try {
        return await blobs.get(`sha256-${hash}`);
      } catch (error) {
        if (error instanceof Rejection && error.code === 'EVENT_BLOB_DAMAGED') {
          throw rejected('SANDBOX_BUNDLE_CHANGED', { file: `sha256-${hash}`, reason: 'its stored bytes have changed' });
        }
        throw error;
      }
    },
  };
}
