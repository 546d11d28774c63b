// The reads of the log.

/*
 * Reads are functions for one reason: their plans. A statement prepared while the log was empty would keep scanning it whole once it is not.
 * `head` and the rows come from one snapshot (stable functions share their caller's), so `head` never runs ahead of what was returned.
 */
export const read = `
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
