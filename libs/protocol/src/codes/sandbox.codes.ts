import type { CodeEntry } from './code.js';

export const sandboxCodes = {} as const satisfies Record<string, CodeEntry>;
