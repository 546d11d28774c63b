import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { secretProjection, type SecretRow } from './secret.projection.js';

const meta = { tenant: 't', actor: 'someone', occurredAt: '2026-01-01T00:00:00.000Z' };
const event = (type: string, data: object) =>
  ({ type, data: { extension: 'acme.notes', name: 'token', ...data }, meta }) as unknown as RecordedEvent;

it('keeps one row for each secret that has a value, without the row that holds it', () => {
  const set = event('SecretSet', { version: 1, hosts: ['a'], fingerprint: 'f', sealed: 's' });
  expect(secretProjection.keyOf(set)).toEqual(['t', 'acme.notes', 'token']);
  const first = secretProjection.evolve(null, set) as SecretRow;
  expect(first).toEqual({
    tenant: 't',
    extension: 'acme.notes',
    name: 'token',
    hosts: ['a'],
    secret_version: 1,
    fingerprint: 'f',
    changed_at: meta.occurredAt,
    changed_by: 'someone',
  });
  const second = secretProjection.evolve(first, event('SecretRotated', { version: 2, fingerprint: 'g', sealed: 's2' }));
  expect(second).toMatchObject({ hosts: ['a'], secret_version: 2, fingerprint: 'g' });
  expect(secretProjection.evolve(second, event('SecretDeleted', { version: 2 }))).toBeNull();
});
