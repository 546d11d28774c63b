// The value of an API token: 256 random bits behind its id. SHA-256 suffices at rest: there is nothing to guess in 256 bits.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '@kari/kernel';

const SECRET_BYTES = 32;

export interface MintedToken {
  /** `kari_<id>_<secret>`: leaves the platform once, in the answer that made it. */
  readonly value: string;
  readonly hash: string;
}

export function mintToken(token: string, random: Random): MintedToken {
  const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
  return { value: `kari_${token}_${secret}`, hash: hashOf(secret) };
}

/** Compares whole hashes in constant time. */
export function matches(secret: string, hash: string): boolean {
  const presented = Buffer.from(hashOf(secret), 'hex');
  const kept = Buffer.from(hash, 'hex');
  return presented.length === kept.length && timingSafeEqual(presented, kept);
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
