// Bugs that other event stores had, planted one at a time; each names the test that has to see it.
const store = 'libs/platform/src/event-store';
const suites = 'test/ports/event-store';

export default [
  {
    name: 'ack-before-commit',
    file: `${store}/group-appender.ts`,
    find: `      const results = await this.sendUntilAnswered(group.map((entry) => entry.item));`,
    replace: `      const sent = this.sendUntilAnswered(group.map((entry) => entry.item));
      sent.catch(() => undefined);
      const results: AppendResult[] = group.map(() => ({ ok: true, revision: 0n, position: '1', repeated: false }));`,
    test: `${store}/group-appender.spec.ts`,
    pattern: 'D-01',
  },
  {
    name: 'poll-by-sequence',
    // Places from a sequence, and readers who trust it: the classic way to lose events on PostgreSQL without ever noticing.
    file: `${store}/migrations/tables.ts`,
    find: `create table log.counter (
  only_row boolean primary key default true check (only_row),
  position bigint not null
) with (fillfactor = 10);
insert into log.counter (position) values (0);`,
    replace: `create sequence log.places minvalue 0 start 0;
create view log.counter as select last_value as position from log.places;
create function log.take_places() returns trigger language plpgsql as $take$
begin
  perform pg_advisory_lock(42);
  select setval('log.places', last_value + new.position - old.position) into new.position from log.places;
  perform pg_advisory_unlock(42);
  return new;
end $take$;
create trigger take_places instead of update on log.counter for each row execute function log.take_places();`,
    test: `${suites}/global-order.spec.ts`,
    pattern: 'D-08 global order lets no younger',
  },
  {
    name: 'expected-version-unchecked',
    file: `${store}/migrations/append-batch.ts`,
    find: `(v_expected >= -1 and v_revisions[v_stream] <> v_expected) or`,
    replace: `(v_expected = -1 and v_revisions[v_stream] <> v_expected) or`,
    test: `${suites}/model.spec.ts`,
    pattern: 'D-06 reference model: PostgreSQL',
  },
  {
    name: 'idempotency-lookup-skipped',
    file: `${store}/migrations/append-batch.ts`,
    find: `with ordinality as u (id, place) join log.events e on e.id = u.id`,
    replace: `with ordinality as u (id, place) join log.events e on e.id = u.id and e.revision < 0`,
    test: `${suites}/idempotency.spec.ts`,
    pattern: 'D-07 idempotency: PostgreSQL',
  },
  {
    name: 'repeat-ignores-the-body',
    file: `${store}/migrations/append-batch.ts`,
    find: `             and e.data::text is not distinct from p_data[u.place] and`,
    replace: `             and`,
    test: `${suites}/idempotency.spec.ts`,
    pattern: 'D-07 idempotency: PostgreSQL',
  },
  {
    name: 'failed-item-sinks-its-neighbours',
    file: `${store}/migrations/append-batch.ts`,
    find: `      v_outcomes[i] := 'wrong';`,
    replace: `      raise exception 'wrong expected version';`,
    test: `${suites}/event-store.spec.ts`,
    pattern: 'event store: PostgreSQL items fail alone',
  },
  {
    name: 'memory-store-overlooks-conflicts',
    file: 'libs/kernel/src/testing/memory-event-store.ts',
    find: `  return revision === expected;`,
    replace: `  return revision >= expected;`,
    test: `${suites}/model.spec.ts`,
    pattern: 'D-06 reference model: memory',
  },
  {
    name: 'personal-field-in-clear',
    file: `${store}/catalogue/personal-data.ts`,
    find: `    delete open[field];`,
    replace: ``,
    test: `${suites}/catalogue.spec.ts`,
    pattern: 'stores no personal field in clear',
  },
  {
    name: 'erased-key-made-again',
    file: 'libs/platform/src/crypto/memory-key-table.adapter.ts',
    find: `      rows.set(placeOf(tenant, owner), { tenant, owner, wrapped: null, master: '' });`,
    replace: `      rows.delete(placeOf(tenant, owner));`,
    test: 'test/ports/keys.spec.ts',
    pattern: 'keys: memory read null after an erasure',
  },
  {
    name: 'ciphertext-bound-to-no-place',
    file: 'libs/platform/src/crypto/cipher.ts',
    find: `  cipher.setAAD(Buffer.from(place));`,
    replace: `  cipher.setAAD(Buffer.from(''));
  place = '';`,
    test: 'test/ports/keys.spec.ts',
    pattern: 'give a text back in its own place',
  },
  {
    name: 'old-version-not-lifted',
    file: `${store}/catalogue/with-catalogue.ts`,
    find: `    return version === open.version ? open : { ...open, version, data };`,
    replace: `    return version === open.version ? open : { ...open, version };`,
    test: `${suites}/catalogue.spec.ts`,
    pattern: 'D-11',
  },
  {
    name: 'damaged-blob-served',
    file: 'libs/platform/src/blob/file-blobs.adapter.ts',
    find: `    if (blobIdOf(content) !== id) throw`,
    replace: `    if (content.length === 0) throw`,
    test: 'test/ports/blobs.spec.ts',
    pattern: 'D-04',
  },
  {
    name: 'place-stored-before-the-effect',
    file: 'libs/platform/src/bus/consumer-group.ts',
    find: `      await this.handle(event);
      this.progress.done(position);`,
    replace: `      this.progress.done(position);
      await this.handle(event);`,
    test: 'test/ports/bus.spec.ts',
    pattern: 'delivers again what was in hand',
  },
  {
    name: 'poison-retried-for-ever',
    file: 'libs/platform/src/bus/consumer-group.ts',
    find: `        if (failed >= tries) return`,
    replace: `        if (failed >= tries * 1_000) return`,
    test: 'test/ports/bus.spec.ts',
    pattern: 'D-14',
  },
  {
    name: 'group-speaks-before-it-has-its-place',
    file: 'libs/platform/src/bus/consumer-group.ts',
    find: `    await this.started;
    await this.progress.stored(position);`,
    replace: `    return this.progress.stored(position);`,
    test: 'test/ports/bus.spec.ts',
    pattern: 'has begun once it says how far it came',
  },
  {
    name: 'unbounded-append-queue',
    file: `${store}/group-appender.ts`,
    find: `this.queue.length + items.length > this.maxQueued`,
    replace: `this.queue.length + items.length > Infinity`,
    test: `${store}/group-appender.spec.ts`,
    pattern: 'W-08',
  },
];
