// The question that the scheduler asks its view: shard, moment before which something falls due, moment beyond which a clock was wrong, and whether all
// that count intervals or have something in hand are wanted as well.
export const FIND_SCHEDULES = `
  select tenant, schedule from schedule.schedule
  where shard = $1 and (
    (status = 'active' and (next_at < $2::timestamptz or cursor_at > $3::timestamptz))
    or ($4::boolean and (in_hand > 0 or (status = 'active' and timing_kind in ('every', 'after'))))
  )
  order by next_at nulls last`;
