// What discovery reports of a folder.
import type { Command } from '@kari/kernel';
import { z } from 'zod';
import { packageProblemSchema } from './folder.events.js';

const folder = z.string().min(1).max(300);

export const folderCommandSchemas = {
  RejectPackage: z.object({ folder, extension: z.string().nullable(), errors: z.array(packageProblemSchema).min(1).max(100) }),
  ClearPackageRejection: z.object({ folder, because: z.enum(['fixed', 'gone']) }),
} as const;

type Bodies = { readonly [T in keyof typeof folderCommandSchemas]: z.infer<(typeof folderCommandSchemas)[T]> };
export type FolderCommand = { readonly [T in keyof Bodies]: Command<T, Bodies[T]> }[keyof Bodies];
