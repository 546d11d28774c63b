import { expect, it } from '@jest/globals';
import { streamId } from '@kari/kernel';
import type { FolderEvent, PackageProblem } from '../discovery/folder.events.js';
import { recorded } from '../testing/recorded.js';
import { NOW } from '../testing/stories.js';
import { brokenPackageProjection } from './broken-package.projection.js';

const folder = 'extensions/acme.notes';
const problem: PackageProblem = { code: 'X', file: 'extension.json', pointer: '', line: 1, column: 1, reason: 'so', fix: 'thus' };
const broken = (reason: string): FolderEvent => ({
  type: 'PackageRejected',
  data: { folder, extension: null, errors: [{ ...problem, reason }] },
});
const later = '2026-02-01T00:00:00.000Z';
const at = (event: FolderEvent, occurredAt: string) => {
  const fact = recorded(event, streamId('extension.folder', '_', folder));
  return { ...fact, meta: { ...fact.meta, occurredAt } };
};

it('lists a broken folder since it broke, with what is wrong now, until it is right or gone', () => {
  const first = brokenPackageProjection.evolve(null, at(broken('one'), NOW));
  expect(first).toMatchObject({ folder, since: NOW, seen_at: NOW });
  const second = brokenPackageProjection.evolve(first, at(broken('two'), later));
  expect(second).toMatchObject({ since: NOW, seen_at: later, errors: [{ reason: 'two' }] });
  expect(
    brokenPackageProjection.evolve(second, at({ type: 'PackageRejectionCleared', data: { folder, because: 'fixed' } }, later)),
  ).toBeNull();
});
