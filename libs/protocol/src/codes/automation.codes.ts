import type { CodeEntry } from './code.js';

export const automationCodes = {} as const satisfies Record<string, CodeEntry>;
