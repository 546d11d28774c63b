// D-04: bytes that rot on the disk are noticed before anyone uses them, and the notice names what is damaged.
import { chmodSync, existsSync, mkdtempSync, openSync, closeSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Rejection, type Random } from '@kari/kernel';
import { seededRandom } from '@kari/kernel/testing';
import { fileBlobs, memoryBlobs } from '@kari/platform/blob';
import { EnvelopeKeys, loadMasterKeys, memoryKeyTable } from '@kari/platform/crypto';
import { openSystemDatabase, prepareDatabase, urlsOf } from '@kari/platform/database';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@kari/platform/database/embedded';
import { eventStoreMigrations, PostgresEventStore } from '@kari/platform/event-store';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import { reportCounts } from '../support/record.js';
import { seedOf } from '../support/seed.js';
import { patienceFor, sizeOf } from '../support/size.js';
import { booked, ledgerStream } from './programs/booking.js';
import { rotten, ROTS, type Rot } from './rot.js';

const FAULTS = sizeOf('D-04', { t1: 400, t2: 10_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kari-d04-'));
  chmodSync(folder, 0o711);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const picked = <T>(all: readonly T[], random: Random): T => all[Math.floor(random.next() * all.length)] as T;

describe('D-04: bit rot is seen, never served', () => {
  it(
    `in blobs, which hold packages, bundles and large bodies: ${FAULTS} faults`,
    async () => {
      const random = seededRandom(seedOf('D-04 blobs'));
      const blobs = await fileBlobs({ folder, clock: systemClock });
      const contents = Array.from({ length: 40 }, (_, index) => Buffer.from(random.bytes(1 + index * 700)));
      const ids = await Promise.all(contents.map((content) => blobs.put(content)));
      const missed: string[] = [];
      for (let fault = 0; fault < FAULTS; fault += 1) {
        const index = Math.floor(random.next() * ids.length);
        const [id, content] = [ids[index] as string, contents[index] as Buffer];
        const path = join(folder, id.slice(7, 9), id);
        const rot = picked(ROTS, random);
        writeFileSync(path, rotten(content, rot, random));
        if (!(await refusedBy(blobs.get(id), 'EVENT_BLOB_DAMAGED', id))) missed.push(`${rot} in ${id}`);
        // Putting the content again heals it; and what is whole is served.
        await blobs.put(content);
        if (!content.equals(await blobs.get(id))) missed.push(`${id} is not healed`);
      }
      reportCounts('D-04 blobs', { faults: FAULTS, missed: missed.length });
      expect(missed).toEqual([]);
    },
    patienceFor(60_000),
  );

  it(
    'in the master key: refused by name, or what it opens is what was sealed',
    async () => {
      const random = seededRandom(seedOf('D-04 keys'));
      const table = memoryKeyTable();
      const keys = async (): Promise<EnvelopeKeys> =>
        new EnvelopeKeys({ masters: await loadMasterKeys({ folder }), table, clock: systemClock });
      const sealed = await (await keys()).seal('t', 'secrets', 'the secret');
      const path = join(folder, 'master.key');
      const whole = readFileSync(path);
      const faults = Math.ceil(FAULTS / 4);
      const wrong: string[] = [];
      let refused = 0;
      for (let fault = 0; fault < faults; fault += 1) {
        writeFileSync(path, rotten(whole, picked(ROTS, random), random));
        const answer = await keys()
          .then((those) => those.open('t', 'secrets', sealed))
          .catch((error: unknown) => (error instanceof Rejection && error.code === 'EVENT_MASTER_KEY_INVALID' ? null : String(error)));
        if (answer === null) refused += 1;
        // Two bits of its last digit and the line's end carry nothing: a flip there leaves the same key.
        else if (answer !== 'the secret') wrong.push(answer);
      }
      writeFileSync(path, whole);
      expect(await (await keys()).open('t', 'secrets', sealed)).toBe('the secret');
      reportCounts('D-04 keys', { faults, refused, wrong: wrong.length });
      expect(wrong).toEqual([]);
      expect(refused).toBeGreaterThan(faults * 0.8);
    },
    patienceFor(60_000),
  );

  it(
    'in the pages of the log: each event on a rotten page is refused with the page named, all others are served',
    async () => {
      const random = seededRandom(seedOf('D-04 pages'));
      const rounds = Math.max(1, Math.floor(FAULTS / 2_000));
      const log = await openLog();
      const tally = { faults: 0, refused: 0, served: 0, wrong: 0 };
      try {
        const written = await log.fill(1_500);
        for (let round = 0; round < rounds; round += 1) {
          const rot = await log.rot(random);
          for (const { account, body, page } of written) {
            const answer = await log.read(account);
            if (answer === body && !rot.has(page)) tally.served += 1;
            else if (rot.has(page) && answer.includes(`invalid page in block ${page} of relation`)) tally.refused += 1;
            else tally.wrong += 1;
          }
          tally.faults += rot.size;
          if (round + 1 < rounds) await log.heal();
        }
      } finally {
        await log.close();
      }
      reportCounts('D-04 pages', tally);
      expect(tally.wrong).toBe(0);
      expect(tally.refused).toBeGreaterThan(tally.faults);
      expect(tally.served).toBeGreaterThan(0);
    },
    patienceFor(120_000),
  );
});

async function refusedBy(work: Promise<unknown>, code: string, named: string): Promise<boolean> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof Rejection && error.code === code && JSON.stringify(error.facts).includes(named);
}

const PAGE = 8192;

/** A log in a cluster of its own, whose files are touched while nobody serves them. */
async function openLog() {
  let database: EmbeddedDatabase;
  let system: ReturnType<typeof openSystemDatabase>;
  let store: PostgresEventStore;
  let whole: Buffer;
  const start = async (): Promise<void> => {
    database = await startEmbeddedDatabase({ folder: join(folder, 'postgres'), durable: false });
    await prepareDatabase({ ownerUrl: database.url, migrations: [eventStoreMigrations], schemas: [] });
    system = openSystemDatabase(urlsOf(database.url).system);
    store = new PostgresEventStore({ pool: system.pool, blobs: memoryBlobs(), timers: systemTimers });
  };
  const stop = async (): Promise<void> => {
    await store.close();
    await system.close();
    await database.stop();
  };
  await start();
  const [{ path } = { path: '' }] = await system!.query<{ path: string }>(`select pg_relation_filepath('log.events') as path`);
  const pointer = join(folder, 'postgres', 'location');
  const file = join(existsSync(pointer) ? readFileSync(pointer, 'utf8') : join(folder, 'postgres'), 'cluster', 'data', path);

  return {
    async fill(count: number) {
      const bodies = new Map<string, string>();
      const items = Array.from({ length: count }, (_, index) => {
        const event = {
          ...booked(`a${index}`, 0, systemIds.next()),
          data: { account: `a${index}`, text: 'x'.repeat(200 + (index % 300)) },
        };
        bodies.set(`a${index}`, JSON.stringify(event.data));
        return { stream: ledgerStream(`a${index}`), expected: 'none' as const, events: [event] };
      });
      const results = await store.append(items);
      if (!results.every(({ ok }) => ok)) throw new Error('the log could not be filled');
      const rows = await system.query<{ stream: string; page: number }>(
        'select stream, (ctid::text::point)[0]::int as page from log.events order by position',
      );
      return rows.map(({ stream, page }) => {
        const account = stream.slice(stream.lastIndexOf('~') + 1);
        return { account, body: bodies.get(account) ?? '', page };
      });
    },
    /** Every third page rots; answers which. */
    async rot(random: Random): Promise<ReadonlySet<number>> {
      await stop();
      whole = readFileSync(file);
      const pages = new Set<number>();
      const handle = openSync(file, 'r+');
      for (let page = 0; page < whole.length / PAGE; page += 3) {
        const content = Buffer.alloc(PAGE);
        readSync(handle, content, 0, PAGE, page * PAGE);
        const rot = picked<Rot>(['flipped bit', 'zeroed block'], random);
        writeSync(handle, rotten(content, rot, random), 0, PAGE, page * PAGE);
        pages.add(page);
      }
      closeSync(handle);
      await start();
      return pages;
    },
    async heal(): Promise<void> {
      await stop();
      writeFileSync(file, whole);
      await start();
    },
    /** The body, or the words of the refusal with its causes. */
    async read(account: string): Promise<string> {
      try {
        for await (const event of store.readStream(ledgerStream(account))) return JSON.stringify(event.data);
        return 'nothing';
      } catch (error) {
        const { message, cause } = error as Error;
        return `${message}: ${cause instanceof Error ? cause.message : ''}`;
      }
    },
    close: stop,
  };
}
