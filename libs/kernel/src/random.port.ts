// Chance comes in from outside.
export const RANDOM = Symbol('Random');

export interface Random {
  /** In [0, 1). */
  next(): number;
  bytes(count: number): Uint8Array;
}
