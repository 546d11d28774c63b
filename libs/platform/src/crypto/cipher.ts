// AES-256-GCM with the place bound in: a ciphertext moved to another owner, event or field does not open.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;

/** The ciphertext does not belong here, or its bytes were changed. */
export class BrokenSeal extends Error {}

/** `nonce || ciphertext || tag` in base64url. */
export function encrypt(key: Buffer, place: string, plaintext: Buffer, nonce: Buffer = randomBytes(NONCE)): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

export function decrypt(key: Buffer, place: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  // base64url forgives junk; what was written has one spelling, so a changed letter is a changed value
  if (bytes.length < NONCE + TAG || bytes.toString('base64url') !== text) throw new BrokenSeal('not a ciphertext');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
  } catch {
    throw new BrokenSeal('the ciphertext was changed or moved');
  }
}

/**
 * A nonce made from what it protects: equal plaintexts in one place give equal ciphertexts, different ones different nonces. That keeps a
 * repeated append the same fact without ever using a nonce for two texts.
 */
export function nonceFor(key: Buffer, place: string, plaintext: Buffer): Buffer {
  const own = createHmac('sha256', key).update('nonce').digest();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(place));
  return createHmac('sha256', own).update(length).update(place).update(plaintext).digest().subarray(0, NONCE);
}

/** Parts into one text without two lists ever giving the same. */
export function placeOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
