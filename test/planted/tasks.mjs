// Bugs in background tasks: of what is declared, of what becomes of an attempt, of the owner of runs, of who may, and of the way into the sandbox.
const schedule = 'libs/schedule/src';
const run = { file: `${schedule}/task-runs/task-run.decider.ts`, test: `${schedule}/task-runs/task-run.decider.spec.ts` };
const attempt = { file: `${schedule}/task-runs/attempt.rules.ts`, test: `${schedule}/task-runs/attempt.rules.spec.ts` };
const dispatch = { file: `${schedule}/task-runs/dispatch.rules.ts`, test: `${schedule}/task-runs/dispatch.rules.spec.ts` };
const live = { file: `${schedule}/task-runs/live-task-run.ts`, test: `${schedule}/task-runs/task-engine.spec.ts` };
const engine = { file: `${schedule}/task-runs/task-engine.ts`, test: `${schedule}/task-runs/task-engine.spec.ts` };
const task = { file: `${schedule}/tasks/task.decider.ts`, test: `${schedule}/tasks/task.decider.spec.ts` };

export default [
  {
    name: 'started-again-for-the-same-key',
    ...run,
    find: `  if (state.status !== 'none') return [];`,
    replace: `  if (isOpen(state)) return [];`,
    pattern: 'asked for again is the same run',
  },
  {
    name: 'attempt-of-a-lost-owner-believed',
    ...run,
    find: `  if (status !== 'running' || attempt !== state.attempt) return [];`,
    replace: `  if (status !== 'running') return [];`,
    pattern: 'that is not the current one says nothing',
  },
  {
    name: 'cancelled-run-that-succeeds',
    ...run,
    find: `  if (cancelling !== null) return [`,
    replace: `  if (cancelling !== null && command.type !== 'CompleteTaskRun') return [`,
    pattern: 'is what the run came to',
  },
  {
    name: 'interrupted-for-ever',
    ...run,
    find: `  if (interruptions < MOST_INTERRUPTIONS) {`,
    replace: `  if (interruptions < 99 * MOST_INTERRUPTIONS) {`,
    pattern: 'and not for ever',
  },
  {
    name: 'postponed-attempt-counts',
    ...run,
    find: `      return { ...state, status: 'waiting', retryAt: event.data.retryAt, postponedSince: event.data.since };`,
    replace: `      return { ...state, status: 'waiting', retryAt: event.data.retryAt, failures: state.failures + 1, postponedSince: event.data.since };`,
    pattern: 'could not take costs nothing',
  },
  {
    name: 'quarantine-tried-again-and-again',
    ...attempt,
    find: `  if (NEVER_RAN.has(code)) return { kind: 'refuse' };`,
    replace: `  if (NEVER_RAN.has(code) && code !== 'SANDBOX_QUARANTINED') return { kind: 'refuse' };`,
    pattern: 'does not try what cannot run',
  },
  {
    name: 'retries-without-end',
    ...attempt,
    find: `  if (failures >= retries) return { kind: 'fail' };`,
    replace: `  if (failures > retries) return { kind: 'fail' };`,
    pattern: 'until its retries are used up',
  },
  {
    name: 'pause-that-does-not-grow',
    file: 'libs/package/src/tasks/task-pause.rules.ts',
    test: 'libs/package/src/tasks/task-pause.rules.spec.ts',
    find: `FIRST_MS * 2 ** Math.min(failures - 1, 20)`,
    replace: `FIRST_MS * failures`,
    pattern: 'twice as long after each',
  },
  {
    name: 'overlap-of-tasks-ignored',
    ...dispatch,
    find: `one.standing === 'active' || before.length === 0 ? 'go' : one.overlap`,
    replace: `one.standing === 'active' || before.length === 0 ? 'go' : one.overlap === 'skip' ? 'allow' : one.overlap`,
    pattern: 'lets another one go under skip',
  },
  {
    name: 'extension-takes-every-place',
    ...dispatch,
    find: `MOST_OF_EXTENSION - open.filter(({ inHand }) => inHand).length`,
    replace: `MOST_OF_EXTENSION`,
    pattern: 'so many of an extension',
  },
  {
    name: 'loudest-tenant-first',
    ...dispatch,
    find: `    const fewest = left.reduce(`,
    replace: `    const fewest = left[0] ?? left.reduce(`,
    pattern: 'serves the tenant with the fewest',
  },
  {
    name: 'run-of-a-dead-owner-left-alone',
    ...live,
    find: `    if (this.attempt === null && this.state.status === 'running') return this.takeOver(this.state);`,
    replace: `    if (this.attempt === null && this.state.status === 'running') return;`,
    pattern: 'leaves what was in hand to the next one',
  },
  {
    name: 'run-of-a-living-owner-taken',
    ...live,
    find: `    if ((this.inherited && state.attempt === this.inheritedAttempt) || now - this.strangeSince >= STRANGE_MS) await this.interrupt(state);`,
    replace: `    await this.interrupt(state);`,
    pattern: 'both owned at once begin once',
  },
  {
    name: 'cancel-that-never-reaches-the-handler',
    ...live,
    find: `    if (this.state.cancelling !== null) this.attempt?.cancel.abort(`,
    replace: `    if (this.state.cancelling?.reason === 'now') this.attempt?.cancel.abort(`,
    pattern: 'is asked to end',
  },
  {
    name: 'retry-before-its-time',
    ...live,
    find: `(retryAt === null || Date.parse(retryAt) <= now)`,
    replace: `(retryAt === null || now > 0)`,
    pattern: 'comes again after its pause',
  },
  {
    name: 'suspended-tenant-worked-for',
    ...engine,
    find: `    if (live.isOver || !this.parts.mayWork(live.tenant)) return null;`,
    replace: `    if (live.isOver) return null;`,
    pattern: 'waits while nothing may be done',
  },
  {
    name: 'stopping-process-lets-go-of-its-runs',
    ...engine,
    find: `    await Promise.all(this.all().map((live) => live.settled()));`,
    replace: ``,
    pattern: 'waits for what is in hand',
  },
  {
    name: 'pause-lost-with-a-version',
    ...task,
    find: `    const { held, paused } = state.status === 'absent' ? { held: null, paused: null } : state;`,
    replace: `    const { held, paused } = { held: state.status === 'absent' ? null : state.held, paused: null };`,
    pattern: 'stays paused',
  },
  {
    name: 'task-of-a-disabled-extension-starts',
    ...task,
    find: `  if (before === held) return [];`,
    replace: `  if (before === held || before === null) return [];`,
    pattern: 'is held while its extension does not run',
  },
  {
    name: 'declared-task-without-a-handler',
    file: 'libs/protocol/src/manifest/handlers.ts',
    test: 'libs/protocol/src/manifest/handlers.spec.ts',
    find: `[...plugins, ...events, ...tasks]`,
    replace: `[...plugins, ...events]`,
    pattern: 'each task once',
  },
  {
    name: 'impatient-caller-is-not-heard',
    file: 'libs/protocol/src/broker/peer.ts',
    test: 'libs/protocol/src/broker/peer.spec.ts',
    find: `      asked?.addEventListener('abort', ask, { once: true });`,
    replace: ``,
    pattern: 'ask for the end of a call',
  },
  {
    name: 'stubborn-handler-waited-for',
    file: 'libs/sandbox/src/supervision/sandbox-process.ts',
    test: 'test/security/sandbox/supervision-values.spec.ts',
    find: `grace = timers.after(cancel.graceMs, () => late(cancel.graceMs))`,
    replace: `grace = timers.after(cancel.graceMs * 1_000, () => late(cancel.graceMs))`,
    pattern: 'comes sooner for a call whose end is asked for',
  },
];
