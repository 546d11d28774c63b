// What happened to the settings of an extension. Secrets are named, never held.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

const configurationSet = z.strictObject({ extension: z.string(), values: z.record(z.string(), z.json()) });
const configurationCleared = z.strictObject({ extension: z.string() });

export type ConfigurationEvent =
  | DomainEvent<'ConfigurationSet', z.infer<typeof configurationSet>>
  | DomainEvent<'ConfigurationCleared', z.infer<typeof configurationCleared>>;

export const configurationEvents = [
  { type: 'ConfigurationSet', version: 1, schema: configurationSet },
  { type: 'ConfigurationCleared', version: 1, schema: configurationCleared },
] as const;
