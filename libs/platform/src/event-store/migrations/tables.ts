// The tables of the log.

/*
 * Why a counter row and not a sequence: a sequence gives numbers out before the commit, so a reader can pass the place of an event that is
 * still in flight and never see it. Here nobody can take a place while the one before it is undecided: places are contiguous and in commit
 * order, and `position > $1 order by position` is all a reader needs.
 */
export const tables = `
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
