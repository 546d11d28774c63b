// Parts of the address space that somebody answers whole, below every controller: no body is read and no path is interpreted before it.
import { Registry } from '@kari/platform/registry';
import type { Request, Response } from 'express';

export const MOUNTS = Symbol('Registry<Mount>');

export interface Mount {
  /** `/ext`; everything below it, in any spelling that the router takes for it. */
  readonly path: string;
  /** Answers, or passes on what is not its own. Never throws. */
  handle(request: Request, response: Response, next: () => void): void;
}

export function createMounts(): Registry<Mount> {
  return new Registry<Mount>('mount', ({ path }) => path);
}
