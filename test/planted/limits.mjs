// Bugs in what limits runs: places of one key, moments of a rate.
const run = 'libs/workflow/src/run';
const simulation = { test: `${run}/simulation.spec.ts` };
const part = (name) => `${run}/interpreter/${name}.rules.ts`;

export default [
  {
    name: 'place-for-one-too-many',
    file: 'libs/workflow/src/places/place.rules.ts',
    find: `if (holders.length < wish.places && waiting.length === 0)`,
    replace: `if (holders.length <= wish.places && waiting.length === 0)`,
    ...simulation,
    pattern: 'I35',
  },
  {
    name: 'retry-without-its-place',
    file: `${run}/run-state.rules.ts`,
    find: `{ ...admission, status: 'due' as const }`,
    replace: `{ ...admission, status: 'admitted' as const }`,
    ...simulation,
    pattern: 'I35',
  },
  {
    name: 'begun-while-queued',
    file: part('admission'),
    find: `return state.admission === null ? state.scheduled === 0 && wantsAdmission(m) : !isAdmitted(state);`,
    replace: `return state.admission === null ? state.scheduled === 0 && wantsAdmission(m) : !isAdmitted(state) && state.admission.status !== 'queued';`,
    ...simulation,
    pattern: 'I36',
  },
  {
    name: 'place-kept-after-the-end',
    file: part('admission'),
    find: `return [{ type: 'RunPlaceLeft', data: { turn: admission.turn`,
    replace: `return admission.status === 'queued' ? [] : [{ type: 'RunPlaceLeft', data: { turn: admission.turn`,
    ...simulation,
    pattern: 'I37',
  },
  {
    name: 'place-of-another-tenant',
    file: 'libs/workflow/src/places/postgres-places.adapter.ts',
    find: `where tenant = $1 and queue = $2 and status in ('held', 'waiting')`,
    replace: `where tenant <> coalesce($1::text, '') || '!' and queue = $2 and status in ('held', 'waiting')`,
    test: 'libs/workflow/src/places/postgres-places.adapter.spec.ts',
    pattern: 'keeps queues and tenants apart',
  },
  {
    name: 'moment-given-twice',
    file: 'libs/platform/src/quotas/postgres-reservation-store.adapter.ts',
    find: `greatest(r.free_at, clock_timestamp()) + make_interval`,
    replace: `greatest(r.free_at - interval '10 minutes', clock_timestamp()) + make_interval`,
    test: 'libs/platform/src/quotas/postgres-reservation-store.adapter.spec.ts',
    pattern: 'gives no moment twice',
  },
  {
    name: 'blocked-in-silence',
    file: 'libs/workflow/src/definition/blocked-workflows.reactor.ts',
    find: `if (reason === blocked) return;`,
    replace: `if (reason === blocked || reason !== null) return;`,
    test: 'libs/workflow/src/definition/blocked-workflows.reactor.spec.ts',
    pattern: 'tells each workflow that needs what has gone',
  },
  {
    name: 'sleeper-kept-in-memory',
    file: `${run}/run-engine.ts`,
    find: `    shard.runs.delete(run);
    this.runs.delete(run);
    shard.asleep.set(`,
    replace: `    shard.asleep.set(`,
    test: `${run}/sleeping-runs.spec.ts`,
    pattern: 'leaves memory',
  },
  {
    name: 'sleeper-that-nobody-wakes',
    file: `${run}/run-engine.ts`,
    find: `(this.runs.get(run) ?? this.woken(run, event.revision))?.noticed(event.revision);`,
    replace: `this.runs.get(run)?.noticed(event.revision);`,
    test: `${run}/sleeping-runs.spec.ts`,
    pattern: 'is woken by whatever is done to it',
  },
  {
    name: 'run-let-go-while-it-is-retried',
    file: `${run}/run-engine.ts`,
    find: `if (!isOver(run.state) || run.isBehind) return;`,
    replace: `if (!isOver(run.state)) return;`,
    ...simulation,
    pattern: 'I27',
  },
  {
    name: 'first-tenant-first',
    file: `${run}/turns.rules.ts`,
    find: `const line = lines.get(one.tenant);`,
    replace: `const line = lines.get([...lines.keys()][0] ?? one.tenant);`,
    test: `${run}/sleeping-runs.spec.ts`,
    pattern: 'at a takeover',
  },
  {
    name: 'log-without-turns',
    file: `${run}/run-engine.ts`,
    find: `turn: (run) => this.turns.enter(run.tenant, shard.ending.signal),`,
    replace: `turn: () => Promise.resolve(() => undefined),`,
    test: `${run}/sleeping-runs.spec.ts`,
    pattern: 'at the log',
  },
];
