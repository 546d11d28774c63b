// The wish of an extension to tell what happened to it.
import type { Command } from '@kari/kernel';
import { z } from 'zod';

export const publishExtensionEvent = z.strictObject({
  extension: z.string().min(3).max(80),
  type: z.string().min(1).max(150),
  key: z.string().regex(/^[A-Za-z0-9._:@/-]{1,128}$/, 'a key has 1 to 128 of A-Z a-z 0-9 . _ : @ / -'),
  data: z.json(),
});

export type ExtensionEventCommand = Command<'PublishExtensionEvent', z.infer<typeof publishExtensionEvent>>;
