import type { CodeEntry } from './code.js';

export const securityCodes = {} as const satisfies Record<string, CodeEntry>;
