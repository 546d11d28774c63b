import type { CodeEntry } from './code.js';

export const extensionCodes = {} as const satisfies Record<string, CodeEntry>;
