import type { CodeEntry } from './code.js';

export const eventCodes = {} as const satisfies Record<string, CodeEntry>;
