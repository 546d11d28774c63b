// What happens to the registered versions of one extension. The names and bodies here are stored for ever.
import type { DomainEvent, EventDefinition } from '@kari/kernel';
import type { Manifest } from '@kari/protocol/manifest';
import { z } from 'zod';

const trustClassSchema = z.enum(['firstParty', 'development', 'thirdParty']);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

// The manifest was judged by the one schema in `@kari/package` before it came here; asking again here would make that schema unchangeable.
const manifest = z.custom<Manifest>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'a manifest is an object',
);

/** Exactly what would run. */
export const packageContentSchema = z.object({
  extension: z.string(),
  version: z.string(),
  manifest,
  bundleHash: sha256,
  assets: z.record(z.string(), sha256),
  /** Workflows, pages, components and translations by their path in the package. Packages registered before they were kept have none. */
  documents: z.record(z.string(), sha256).optional(),
  trust: trustClassSchema,
  /** Where it was found: `extensions/acme.notes`. */
  folder: z.string(),
  /** Hash of what it was made from; equal means nothing to do at the next scan. */
  sourceHash: z.string(),
});
export type PackageContent = z.infer<typeof packageContentSchema>;

const bodies = {
  PackageVersionRegistered: packageContentSchema,
  /** Other bytes under a version that was there: only a development platform does so. */
  PackageVersionReplaced: packageContentSchema.extend({ replacedBundleHash: sha256 }),
  /** The same content was made from other sources, or found in another folder: nothing runs differently. */
  PackageSourceConfirmed: z.object({ extension: z.string(), version: z.string(), folder: z.string(), sourceHash: z.string() }),
} as const;

export type PackageEvent =
  | DomainEvent<'PackageVersionRegistered', PackageContent>
  | DomainEvent<'PackageVersionReplaced', PackageContent & { replacedBundleHash: string }>
  | DomainEvent<'PackageSourceConfirmed', z.infer<(typeof bodies)['PackageSourceConfirmed']>>;

export const packageEventDefinitions: readonly EventDefinition[] = Object.entries(bodies).map(([type, schema]) => ({
  type,
  version: 1,
  schema,
}));
export const PACKAGE_CATEGORY = 'extension.package';
