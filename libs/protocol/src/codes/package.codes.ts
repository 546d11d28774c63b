import type { CodeEntry } from './code.js';

export const packageCodes = {} as const satisfies Record<string, CodeEntry>;
