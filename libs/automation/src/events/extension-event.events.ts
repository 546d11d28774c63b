// What extensions say has happened: one type of the store, the extension's own type inside.
import type { DomainEvent } from '@kari/kernel';
import { z } from 'zod';

const extensionEventPublished = z.strictObject({
  extension: z.string(),
  /** `<extension>.<name>.v<major>`. */
  type: z.string(),
  key: z.string(),
  data: z.json(),
});

export type ExtensionEvent = DomainEvent<'ExtensionEventPublished', z.infer<typeof extensionEventPublished>>;

export const extensionEvents = [{ type: 'ExtensionEventPublished', version: 1, schema: extensionEventPublished }] as const;
