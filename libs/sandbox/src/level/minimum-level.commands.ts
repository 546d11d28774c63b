// The one wish about levels. A level below L1 cannot be said.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { levels, trustClasses } from './level.rules.js';

export const setMinimumLevelSchema = z.strictObject({ trust: z.enum(trustClasses), level: z.enum(levels) });

export type SetMinimumLevel = Command<'SetMinimumLevel', z.infer<typeof setMinimumLevelSchema>>;
