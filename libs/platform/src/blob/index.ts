export { blobIdOf, isBlobId } from './blob-id.js';
export * from './blobs.port.js';
export { fileBlobs, type FileBlobsOptions } from './file-blobs.adapter.js';
export { memoryBlobs } from './memory-blobs.adapter.js';
