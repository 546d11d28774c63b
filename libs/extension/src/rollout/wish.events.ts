// The platform's wish that every tenant has an extension. The names and bodies here are stored for ever.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';
import { resolvedPackageSchema } from '../lifecycle/extension.commands.js';

const bodies = {
  /** `package`: what was consented to on behalf of every tenant; a later version needs a new wish. */
  ExtensionWishedForAll: z.object({
    extension: z.string(),
    package: resolvedPackageSchema,
    consented: z.array(z.string()),
    enable: z.boolean(),
  }),
  ExtensionWishWithdrawn: z.object({ extension: z.string() }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type WishEvent = { readonly [T in keyof Bodies]: DomainEvent<T, Bodies[T]> }[keyof Bodies];
export type Wish = Bodies['ExtensionWishedForAll'];

export const wishEventDefinitions: readonly EventDefinition[] = Object.entries(bodies).map(([type, schema]) => ({
  type,
  version: 1,
  schema,
}));
export const WISH_CATEGORY = 'extension.wish';
