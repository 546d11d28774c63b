import { expect, it } from '@jest/globals';
import { streamId } from '@kari/kernel';
import type { PackageEvent } from '../package/package.events.js';
import { recorded } from '../testing/recorded.js';
import { bundleHash, content, NOW } from '../testing/stories.js';
import { packageProjection, type PackageRow } from './package.projection.js';

const after = (...events: readonly PackageEvent[]): PackageRow | null =>
  events.reduce<PackageRow | null>(
    (row, event) => packageProjection.evolve(row, recorded(event, streamId('extension.package', '_', 'acme.notes'))),
    null,
  );
const registered: PackageEvent = { type: 'PackageVersionRegistered', data: content() };

it('lists a version with what an operator chooses by', () => {
  expect(after(registered)).toMatchObject({
    name: 'Notes',
    trust: 'development',
    bundle_hash: bundleHash,
    registered_at: NOW,
    replaced_at: null,
    replacements: 0,
  });
});
it('says that a version was replaced, and how often', () => {
  const replaced: PackageEvent = {
    type: 'PackageVersionReplaced',
    data: { ...content({ bundleHash: 'b'.repeat(64) }), replacedBundleHash: bundleHash },
  };
  expect(after(registered, replaced, replaced)).toMatchObject({
    bundle_hash: 'b'.repeat(64),
    replaced_at: NOW,
    replacements: 2,
    registered_at: NOW,
  });
});
it('follows a folder that moved', () => {
  const moved: PackageEvent = {
    type: 'PackageSourceConfirmed',
    data: { extension: 'acme.notes', version: '1.0.0', folder: 'elsewhere/notes', sourceHash: 's' },
  };
  expect(after(registered, moved)).toMatchObject({ folder: 'elsewhere/notes', replacements: 0 });
});
