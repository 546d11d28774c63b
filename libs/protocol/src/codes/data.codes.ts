import type { CodeEntry } from './code.js';

export const dataCodes = {} as const satisfies Record<string, CodeEntry>;
