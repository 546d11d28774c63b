// The one way by which events leave the log.

/* Only streams of categories that the adapter was told are truncatable ever reach this. */
export const forget = `
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
