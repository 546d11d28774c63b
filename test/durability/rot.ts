// What a failing disk does to bytes, and never by accident nothing at all.
import type { Random } from '@kari/kernel';

export type Rot = 'flipped bit' | 'truncation' | 'zeroed block';
export const ROTS: readonly Rot[] = ['flipped bit', 'truncation', 'zeroed block'];

const BLOCK = 512;

export function rotten(content: Uint8Array, rot: Rot, random: Random): Buffer {
  const place = Math.floor(random.next() * content.length);
  const changed = Buffer.from(content);
  if (rot === 'truncation') return changed.subarray(0, place);
  if (rot === 'zeroed block') {
    const start = place - (place % BLOCK);
    changed.fill(0, start, Math.min(start + BLOCK, changed.length));
    if (!changed.equals(content)) return changed;
  }
  changed[place] = (changed[place] ?? 0) ^ (1 << Math.floor(random.next() * 8));
  return changed;
}
