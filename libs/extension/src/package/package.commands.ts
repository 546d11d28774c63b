// What discovery may wish for a package.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { extensionIdSchema } from '../lifecycle/extension.commands.js';
import { packageContentSchema } from './package.events.js';

export const registerPackageVersionSchema = packageContentSchema.extend({
  extension: extensionIdSchema,
  /** Whether this platform lets a folder under development change a version that is registered. */
  mayReplace: z.boolean(),
});

export type PackageCommand = Command<'RegisterPackageVersion', z.infer<typeof registerPackageVersionSchema>>;
