// Bytes kept under the name of their own hash: packages, large payloads, bundles. What comes back is what was put in, or an error.
export const BLOBS = Symbol('Blobs');

/** `sha256-<64 hex digits>` of the content. */
export type BlobId = string;

export interface Blobs {
  /** Resolves once the bytes are durable. Putting the same content again changes nothing. Throws `Unavailable` when the disk says no. */
  put(content: Uint8Array): Promise<BlobId>;
  /** The verified content. Throws `Rejection` EVENT_BLOB_MISSING or EVENT_BLOB_DAMAGED; never hands out bytes that do not match the id. */
  get(id: BlobId): Promise<Uint8Array>;
  has(id: BlobId): Promise<boolean>;
  /** For owners that know nothing refers to it any more; removing what is not there is fine. */
  remove(id: BlobId): Promise<void>;
}
