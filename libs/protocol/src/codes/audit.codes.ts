import type { CodeEntry } from './code.js';

export const auditCodes = {} as const satisfies Record<string, CodeEntry>;
