// How many sandboxes one host keeps running: eight busy ones of class S for each GiB, and half of them for one tenant.
import { totalmem } from 'node:os';

const GIB = 1024 ** 3;
const BUSY_PER_GIB = 8;
/** What the platform itself and its database need. */
const RESERVED_GIB = 1;

export function sandboxLimits(memoryBytes: number = totalmem()): { readonly total: number; readonly perTenant: number } {
  const total = Math.max(BUSY_PER_GIB, Math.floor((memoryBytes / GIB - RESERVED_GIB) * BUSY_PER_GIB));
  return { total, perTenant: Math.max(BUSY_PER_GIB, Math.floor(total / 2)) };
}
