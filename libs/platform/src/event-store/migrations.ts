// The log's tables and its one write: a counter row gives every event the next place, last of all and in the append's own transaction.
import type { MigrationSet } from '@kari/platform/registry';

/*
 * Why a counter row and not a sequence: a sequence gives numbers out before the commit, so a reader can pass the place of an event that is
 * still in flight and never see it. Here nobody can take a place while the one before it is undecided: places are contiguous and in commit
 * order, and `position > $1 order by position` is all a reader needs.
 */
const TABLES = `
create table log.counter (
  only_row boolean primary key default true check (only_row),
  position bigint not null
) with (fillfactor = 10);
insert into log.counter (position) values (0);

create table log.streams (
  name text collate "C" primary key,
  category text collate "C" not null,
  revision bigint not null,
  truncate_before bigint,
  tombstoned boolean not null default false
) with (fillfactor = 80);

create table log.events (
  position bigint primary key,
  id uuid not null,
  stream text collate "C" not null,
  revision bigint not null,
  category text collate "C" not null,
  type text collate "C" not null,
  version integer not null,
  -- canonical JSON, kept as the very text that was compared and hashed; null when the body lies in the blob store
  data json,
  blob text,
  meta json not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint events_id unique (id),
  constraint events_revision unique (stream, revision),
  constraint events_body check ((data is null) <> (blob is null))
);
create index events_category on log.events (category, position);
`;

/*
 * One call, one transaction, one answer per item. Order matters: stream rows are locked by name so that two batches never wait for each
 * other in a circle; ids are looked up under those locks; the counter row comes last, so nothing slow ever happens while it is held.
 * Sequential scans are off because the first plans are made on an empty table and outlive it.
 */
const APPEND_BATCH = `
create function log.append_batch(
  p_streams text[], p_categories text[],
  p_item_stream integer[], p_item_expected bigint[], p_item_events integer[],
  p_ids uuid[], p_types text[], p_versions integer[], p_data text[], p_blobs text[], p_metas text[]
) returns table (outcome text, revision bigint, "position" bigint, event_id uuid)
language plpgsql
set enable_seqscan = off
as $body$
declare
  v_revisions bigint[];
  v_tombstoned boolean[];
  v_total integer := cardinality(p_ids);
  v_known_at bigint[];
  v_known_revision bigint[];
  v_known_same boolean[];
  v_any_known boolean := false;
  v_event_stream integer[] := array_fill(0, array[v_total]);
  v_event_revision bigint[] := array_fill(null::bigint, array[v_total]);
  v_event_offset bigint[] := array_fill(null::bigint, array[v_total]);
  v_outcomes text[];
  v_result_revision bigint[];
  v_result_offset bigint[];
  v_result_position bigint[];
  v_result_event uuid[];
  v_items integer := cardinality(p_item_stream);
  v_stream integer;
  v_expected bigint;
  v_count integer;
  v_first integer := 1;
  v_start bigint;
  v_first_known integer;
  v_offender integer;
  v_missing boolean;
  v_new bigint := 0;
  v_last bigint := 0;
  v_base bigint := 0;
  v_refused boolean := false;
  r record;
begin
  insert into log.streams (name, category, revision)
  select u.name, u.category, -1 from unnest(p_streams, p_categories) as u (name, category)
  order by u.name collate "C"
  on conflict (name) do nothing;

  select array_agg(l.revision order by l.place), array_agg(l.tombstoned order by l.place) into v_revisions, v_tombstoned
  from (
    select u.place, s.revision, s.tombstoned
    from unnest(p_streams) with ordinality as u (name, place) join log.streams s on s.name = u.name
    order by s.name
    for update of s
  ) l;

  v_outcomes := array_fill(null::text, array[v_items]);
  v_result_revision := array_fill(null::bigint, array[v_items]);
  v_result_offset := array_fill(null::bigint, array[v_items]);
  v_result_position := array_fill(null::bigint, array[v_items]);
  v_result_event := array_fill(null::uuid, array[v_items]);

  for i in 1..v_items loop
    for k in v_first..(v_first + p_item_events[i] - 1) loop
      v_event_stream[k] := p_item_stream[i];
    end loop;
    v_first := v_first + p_item_events[i];
  end loop;

  for r in
    select u.place::integer as place, e.position, e.revision,
           e.stream = p_streams[v_event_stream[u.place]] and e.type = p_types[u.place] and e.version = p_versions[u.place]
             and e.data::text is not distinct from p_data[u.place] and e.blob is not distinct from p_blobs[u.place] as same
    from unnest(p_ids) with ordinality as u (id, place) join log.events e on e.id = u.id
  loop
    if not v_any_known then
      v_any_known := true;
      v_known_at := array_fill(null::bigint, array[v_total]);
      v_known_revision := array_fill(null::bigint, array[v_total]);
      v_known_same := array_fill(false, array[v_total]);
    end if;
    v_known_at[r.place] := r.position;
    v_known_revision[r.place] := r.revision;
    v_known_same[r.place] := r.same;
  end loop;

  v_first := 1;
  for i in 1..v_items loop
    v_stream := p_item_stream[i];
    v_expected := p_item_expected[i];
    v_count := p_item_events[i];
    v_first_known := null;
    if v_any_known then
      for k in v_first..(v_first + v_count - 1) loop
        if v_known_at[k] is not null then
          v_first_known := k;
          exit;
        end if;
      end loop;
    end if;

    if v_tombstoned[v_stream] then
      v_outcomes[i] := 'deleted';
    elsif v_first_known is not null then
      -- a repeat only if every event stands, unchanged, exactly where this item would have put it
      v_start := case when v_expected >= -1 then v_expected + 1 else v_known_revision[v_first_known] - (v_first_known - v_first) end;
      v_offender := null;
      v_missing := false;
      for k in v_first..(v_first + v_count - 1) loop
        if v_known_at[k] is null then
          v_missing := true;
        elsif not v_known_same[k] or v_known_revision[k] <> v_start + (k - v_first) then
          v_offender := coalesce(v_offender, k);
        end if;
      end loop;
      if v_offender is not null or v_missing then
        v_outcomes[i] := 'conflict';
        v_result_event[i] := p_ids[coalesce(v_offender, v_first_known)];
      else
        v_outcomes[i] := 'repeated';
        v_result_revision[i] := v_known_revision[v_first + v_count - 1];
        v_result_position[i] := v_known_at[v_first + v_count - 1];
      end if;
    elsif (v_expected >= -1 and v_revisions[v_stream] <> v_expected) or (v_expected = -4 and v_revisions[v_stream] < 0) then
      v_outcomes[i] := 'wrong';
      v_result_revision[i] := v_revisions[v_stream];
    else
      v_outcomes[i] := 'appended';
      for k in v_first..(v_first + v_count - 1) loop
        v_event_revision[k] := v_revisions[v_stream] + 1 + (k - v_first);
        v_event_offset[k] := v_new + 1 + (k - v_first);
      end loop;
      v_new := v_new + v_count;
      v_revisions[v_stream] := v_revisions[v_stream] + v_count;
      v_result_revision[i] := v_revisions[v_stream];
      v_result_offset[i] := v_new;
    end if;
    v_refused := v_refused or v_outcomes[i] <> 'appended';
    v_first := v_first + v_count;
  end loop;

  if v_new > 0 then
    update log.streams s set revision = u.revision
    from unnest(p_streams, v_revisions) as u (name, revision)
    where s.name = u.name and s.revision <> u.revision;
  end if;
  if v_refused then
    -- rows made above for streams that got no event
    delete from log.streams s where s.name = any (p_streams) and s.revision < 0 and not s.tombstoned;
  end if;

  if v_new > 0 then
    update log.counter c set position = c.position + v_new returning c.position into v_last;
    v_base := v_last - v_new;
    insert into log.events (position, id, stream, revision, category, type, version, data, blob, meta)
    select v_base + u.place, u.id, p_streams[u.stream], u.revision, p_categories[u.stream], u.type, u.version, u.data::json, u.blob, u.meta::json
    from unnest(v_event_offset, p_ids, v_event_stream, v_event_revision, p_types, p_versions, p_data, p_blobs, p_metas)
      as u (place, id, stream, revision, type, version, data, blob, meta)
    where u.place is not null;
  end if;

  return query
    select u.outcome, u.revision, coalesce(u.known, v_base + u.place), u.event_id
    from unnest(v_outcomes, v_result_revision, v_result_offset, v_result_position, v_result_event)
      with ordinality as u (outcome, revision, place, known, event_id, item)
    order by u.item;
end
$body$;
`;

/** Only streams of categories that the adapter was told are truncatable ever reach this. */
const FORGET = `
create function log.forget(p_stream text, p_category text, p_before bigint, p_tombstone boolean) returns text
language plpgsql
as $body$
declare
  v_stream log.streams;
begin
  if p_tombstone then
    insert into log.streams (name, category, revision) values (p_stream, p_category, -1) on conflict (name) do nothing;
  end if;
  select * into v_stream from log.streams s where s.name = p_stream for update;
  if not found then
    return 'absent';
  end if;
  if p_tombstone then
    update log.streams s set tombstoned = true where s.name = p_stream;
    delete from log.events e where e.stream = p_stream;
    return 'done';
  end if;
  if v_stream.tombstoned then
    return 'deleted';
  end if;
  p_before := least(p_before, v_stream.revision + 1);
  if p_before > coalesce(v_stream.truncate_before, 0) then
    update log.streams s set truncate_before = p_before where s.name = p_stream;
    delete from log.events e where e.stream = p_stream and e.revision < p_before;
  end if;
  return 'done';
end
$body$;
`;

/*
 * Reads are functions for one reason: their plans. A statement prepared while the log was empty would keep scanning it whole once it is not.
 * `head` and the rows come from one snapshot (stable functions share their caller's), so `head` never runs ahead of what was returned.
 */
const READ = `
create function log.read_all(p_after bigint, p_limit integer, p_categories text[], p_types text[], p_window bigint)
returns table (head bigint, "position" bigint, id uuid, stream text, revision bigint, type text, version integer,
               data text, blob text, meta text, recorded_at double precision, scanned_to bigint)
language plpgsql stable
set enable_seqscan = off
set enable_bitmapscan = off
as $body$
declare
  v_head bigint;
  v_end bigint;
begin
  select c.position into v_head from log.counter c;
  v_end := v_head;
  if p_types is not null then
    -- no index knows the types: look at a bounded stretch, and say how far that was
    v_end := least(v_head, p_after + p_window);
  end if;
  if p_categories is null then
    return query
      select v_head, e.position, e.id, e.stream, e.revision, e.type, e.version, e.data::text, e.blob, e.meta::text,
             extract(epoch from e.recorded_at)::double precision * 1000, v_end
      from log.events e
      where e.position > p_after and e.position <= v_end and (p_types is null or e.type = any (p_types))
      order by e.position limit p_limit;
  else
    return query
      select v_head, e.position, e.id, e.stream, e.revision, e.type, e.version, e.data::text, e.blob, e.meta::text,
             extract(epoch from e.recorded_at)::double precision * 1000, v_end
      from (select distinct u.name from unnest(p_categories) as u (name)) c
      cross join lateral (
        select * from log.events l
        where l.category = c.name and l.position > p_after and l.position <= v_end and (p_types is null or l.type = any (p_types))
        order by l.position limit p_limit
      ) e
      order by e.position limit p_limit;
  end if;
  if not found then
    return query select v_head, null::bigint, null::uuid, null::text, null::bigint, null::text, null::integer, null::text, null::text, null::text,
                        null::double precision, v_end;
  end if;
end
$body$;

create function log.read_stream(p_stream text, p_low bigint, p_high bigint, p_backwards boolean, p_limit integer)
returns table (tombstoned boolean, "position" bigint, id uuid, stream text, revision bigint, type text, version integer,
               data text, blob text, meta text, recorded_at double precision)
language plpgsql stable
set enable_seqscan = off
set enable_bitmapscan = off
as $body$
begin
  if exists (select 1 from log.streams s where s.name = p_stream and s.tombstoned) then
    return query select true, null::bigint, null::uuid, null::text, null::bigint, null::text, null::integer, null::text, null::text, null::text,
                        null::double precision;
  elsif p_backwards then
    return query
      select false, e.position, e.id, e.stream, e.revision, e.type, e.version, e.data::text, e.blob, e.meta::text,
             extract(epoch from e.recorded_at)::double precision * 1000
      from log.events e where e.stream = p_stream and e.revision between p_low and p_high order by e.revision desc limit p_limit;
  else
    return query
      select false, e.position, e.id, e.stream, e.revision, e.type, e.version, e.data::text, e.blob, e.meta::text,
             extract(epoch from e.recorded_at)::double precision * 1000
      from log.events e where e.stream = p_stream and e.revision between p_low and p_high order by e.revision limit p_limit;
  end if;
end
$body$;
`;

export const eventStoreMigrations: MigrationSet = {
  context: 'log',
  migrations: [
    { name: '0001-tables', sql: TABLES },
    { name: '0002-append-batch', sql: APPEND_BATCH },
    { name: '0003-forget', sql: FORGET },
    { name: '0004-read', sql: READ },
  ],
};
