// What a scan found wrong with a folder, until it is right or gone. The names and bodies here are stored for ever.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import { z } from 'zod';

/** One thing wrong with a package, so that its author can put it right. */
export const packageProblemSchema = z.object({
  code: z.string(),
  /** File in the package. */
  file: z.string(),
  /** JSON pointer into a manifest; empty elsewhere. */
  pointer: z.string(),
  line: z.number().int().nullable(),
  column: z.number().int().nullable(),
  reason: z.string(),
  fix: z.string(),
});
export type PackageProblem = z.infer<typeof packageProblemSchema>;

const bodies = {
  PackageRejected: z.object({
    folder: z.string(),
    /** As far as it could be read. */
    extension: z.string().nullable(),
    errors: z.array(packageProblemSchema),
  }),
  PackageRejectionCleared: z.object({ folder: z.string(), because: z.enum(['fixed', 'gone']) }),
} as const;

type Bodies = { readonly [T in keyof typeof bodies]: z.infer<(typeof bodies)[T]> };
export type FolderEvent = { readonly [T in keyof Bodies]: DomainEvent<T, Bodies[T]> }[keyof Bodies];

export const folderEventDefinitions: readonly EventDefinition[] = Object.entries(bodies).map(([type, schema]) => ({
  type,
  version: 1,
  schema,
}));
export const FOLDER_CATEGORY = 'extension.folder';
