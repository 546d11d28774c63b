import { expect, it } from '@jest/globals';
import { Unavailable, type AuditRecord } from '@kari/kernel';
import { manualClock } from '@kari/kernel/testing';
import { recordInTime } from './timely-audit.js';

const entry: AuditRecord = {
  tenant: 'a',
  actor: 'ada',
  actorKind: 'user',
  operation: 'query.me',
  outcome: 'allowed',
  subject: null,
  correlationId: 'c1',
};

it('resolves once the entry is durable', async () => {
  const entries: AuditRecord[] = [];
  await recordInTime({ record: async (one) => void entries.push(one) }, manualClock(), entry);
  expect(entries).toEqual([entry]);
});

it('refuses when the trail is away, and says whether asking again may help', async () => {
  const away = (retryable: boolean) =>
    recordInTime({ record: () => Promise.reject(new Unavailable('no', retryable)) }, manualClock(), entry);
  await expect(away(true)).rejects.toMatchObject({ code: 'REQUEST_UNAVAILABLE', facts: { retryable: true } });
  await expect(away(false)).rejects.toMatchObject({ code: 'REQUEST_UNAVAILABLE', facts: { retryable: false } });
});

it('refuses rather than waits for a slow trail', async () => {
  const clock = manualClock();
  const refused = recordInTime({ record: () => new Promise(() => undefined) }, clock, entry).catch((error: unknown) => error);
  await clock.advance(1_500);
  expect(await refused).toMatchObject({ code: 'REQUEST_UNAVAILABLE' });
});
