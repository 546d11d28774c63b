import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { memoryBlobs } from '@kari/platform/blob';
import { MemberErasure } from '../members/member-erasure.reactor.js';
import { tenancyBench } from '../testing/tenancy-bench.js';
import { TenantDeletion } from './tenant-deletion.reactor.js';

async function bench() {
  const tenancy = tenancyBench();
  const { bus, store, system, log } = tenancy;
  const blobs = memoryBlobs();
  const deletion = new TenantDeletion(store, bus, blobs);
  const [acme, other] = [await tenancy.tenant('acme'), await tenancy.tenant('other')];
  const ada = await tenancy.member(acme, 'ada', 'admin');
  const bob = await tenancy.member(acme, 'bob', 'user');
  await tenancy.member(other, 'eve', 'admin');
  const requested = async (exporting: boolean): Promise<RecordedEvent> => {
    await bus.send({ type: 'DeleteTenant', data: { tenant: acme, export: exporting } }, system('_'));
    return (await log()).find((event) => event.type === 'TenantDeletionRequested') as RecordedEvent;
  };
  return { ...tenancy, blobs, deletion, acme, other, ada, bob, requested };
}

describe('the deletion of a tenant', () => {
  it('keeps what the tenant did, forgets its people, and ends it; in this order', async () => {
    const { deletion, requested, log, blobs, folds, acme, other, ada, bob } = await bench();
    const request = await requested(true);
    await deletion.react(request);

    const after = (await log()).filter((event) => BigInt(event.position) > BigInt(request.position));
    expect(after.map((event) => [event.type, (event.data as { member?: string }).member])).toEqual([
      ['MemberRemoved', ada],
      ['MemberRemoved', bob],
      ['MemberErased', ada],
      ['MemberErased', bob],
      ['TenantDeleted', undefined],
    ]);
    expect(await folds.standing(acme)).toBe('deleted');
    expect(after.every((event) => event.meta.actor === 'system:tenancy.tenant-deletion')).toBe(true);

    const { blob, events } = (after.at(-1)?.data as { export: { blob: string; events: number } }).export;
    const lines = Buffer.from(await blobs.get(blob))
      .toString()
      .trim()
      .split('\n');
    expect(lines).toHaveLength(events);
    expect(lines.map((line) => (JSON.parse(line) as RecordedEvent).type)).toEqual([
      'TenantCreated',
      'MemberAdded',
      'MemberAdded',
      'TenantDeletionRequested',
    ]);
    expect(lines.join('')).not.toContain(other);
  });

  it('changes nothing when it is carried out again', async () => {
    const { deletion, requested, log } = await bench();
    const request = await requested(false);
    await deletion.react(request);
    const once = await log();
    await deletion.react(request);
    expect(await log()).toEqual(once);
  });

  it('destroys the key of each person', async () => {
    const { deletion, requested, log, acme, ada, bob } = await bench();
    await deletion.react(await requested(false));
    const erased: string[][] = [];
    const reactor = new MemberErasure({
      erase: (tenant: string, subject: string) => Promise.resolve(void erased.push([tenant, subject])),
    } as never);
    for (const event of await log()) if (reactor.handles.includes(event.type)) await reactor.react(event);
    expect(erased).toEqual([
      [acme, ada],
      [acme, bob],
    ]);
  });
});
