import type { CodeEntry } from './code.js';

export const pluginCodes = {} as const satisfies Record<string, CodeEntry>;
