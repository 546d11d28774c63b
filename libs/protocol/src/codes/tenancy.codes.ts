import type { CodeEntry } from './code.js';

export const tenancyCodes = {} as const satisfies Record<string, CodeEntry>;
