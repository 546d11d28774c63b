// What a platform operator may wish for all tenants at once.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { extensionIdSchema, installWishSchema } from '../lifecycle/extension.commands.js';

export const wishCommandSchemas = {
  InstallForAllTenants: installWishSchema,
  WithdrawFromAllTenants: z.object({ extension: extensionIdSchema }),
} as const;

type Bodies = { readonly [T in keyof typeof wishCommandSchemas]: z.infer<(typeof wishCommandSchemas)[T]> };
export type WishCommand = { readonly [T in keyof Bodies]: Command<T, Bodies[T]> }[keyof Bodies];
