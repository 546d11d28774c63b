// The write of the log since it tells when it recorded its events: who wrote them knows them whole, and need not read them again.
import { appendBatch } from './append-batch.js';

/*
 * All that it was before, under another name: processes of the release before still call the one with the old answer. One moment for the group,
 * taken behind the counter row, so that times never run against places.
 */
export const appendGroup = changed(appendBatch, [
  ['create function log.append_batch(', 'create function log.append_group('],
  ['"position" bigint, event_id uuid)', '"position" bigint, event_id uuid, recorded_at double precision)'],
  ['  v_refused boolean := false;', '  v_refused boolean := false;\n  v_now timestamptz;'],
  ['    v_base := v_last - v_new;', '    v_base := v_last - v_new;\n    v_now := clock_timestamp();'],
  ['version, data, blob, meta)\n    select', 'version, data, blob, meta, recorded_at)\n    select'],
  ['u.meta::json\n', 'u.meta::json, v_now\n'],
  [
    'coalesce(u.known, v_base + u.place), u.event_id\n',
    'coalesce(u.known, v_base + u.place), u.event_id,\n           extract(epoch from v_now)::double precision * 1000\n',
  ],
]);

function changed(sql: string, changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`the append does not hold this once: ${from}`);
    return text.replace(from, () => to);
  }, sql);
}
