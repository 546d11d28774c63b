// The one write of the log: a group of items, one transaction, one answer each.

/*
 * One call, one transaction, one answer per item. Order matters: stream rows are locked by name so that two batches never wait for each
 * other in a circle; ids are looked up under those locks; the counter row comes last, so nothing slow ever happens while it is held.
 * Sequential scans are off because the first plans are made on an empty table and outlive it.
 */
export const appendBatch = `
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
