// What platform operators decided about the lowest level of a class of trust. Stream: `sandbox.level-_~minimum`.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';
import { levels, trustClasses } from './level.rules.js';

const minimumLevelSet = z.object({ trust: z.enum(trustClasses), level: z.enum(levels), previous: z.enum(levels), lowered: z.boolean() });

export type MinimumLevelSet = DomainEvent<'MinimumLevelSet', z.infer<typeof minimumLevelSet>>;

export const minimumLevelEvents: readonly EventDefinition[] = [{ type: 'MinimumLevelSet', version: 1, schema: minimumLevelSet }];
