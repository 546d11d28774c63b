// Bugs in schedules: of the calendar, of what becomes of a planned time, of its owner, and of who may.
const schedule = 'libs/schedule/src';
const decider = { file: `${schedule}/life/schedule.decider.ts`, test: `${schedule}/life/schedule.decider.spec.ts` };
const calendar = { file: `${schedule}/timing/cron.rules.ts`, test: `${schedule}/timing/cron.rules.spec.ts`, pattern: 'D-17' };
const engine = { test: `${schedule}/engine/schedule-engine.spec.ts` };
const live = `${schedule}/engine/live-schedule.ts`;

export default [
  {
    name: 'fire-named-by-the-clock',
    ...decider,
    find: 'const fire = `${schedule}@${plannedAt}`;',
    replace: 'const fire = `${schedule}@${now}`;',
    pattern: 'whenever it is dealt with',
  },
  {
    name: 'planned-time-dealt-with-again',
    file: `${schedule}/life/schedule-state.rules.ts`,
    find: `cursor: again ? state.cursor : plannedAt }`,
    replace: `next: state.next }`,
    test: `${schedule}/life/schedule.decider.spec.ts`,
    pattern: 'is dealt with once it has come, and once',
  },
  {
    name: 'missed-policy-ignored',
    ...decider,
    find: `if (missed !== 'skip' || timing.kind === 'after' || !late)`,
    replace: `if (missed !== 'never' as string || timing.kind === 'after' || !late)`,
    pattern: 'are let go under skip',
  },
  {
    name: 'all-missed-without-a-limit',
    ...decider,
    find: `state.missed === 'all' ? state.missedLimit : 1`,
    replace: `state.missed === 'all' ? 500 : 1`,
    pattern: 'the newest so many',
  },
  {
    name: 'overlap-ignored',
    ...decider,
    find: `  if (!busy(state)) return [{ type: 'ScheduleFireDue', data }];`,
    replace: `  if (open.length < 9) return [{ type: 'ScheduleFireDue', data }];`,
    pattern: 'is let go under skip',
  },
  {
    name: 'queue-out-of-order',
    ...decider,
    find: `  const [first] = queue;`,
    replace: `  const first = queue.at(-1);`,
    pattern: 'waits under queue, and comes in order',
  },
  {
    name: 'paused-schedule-goes-on',
    ...decider,
    find: `return state.status === 'active' ? advance(state, command.data.now) : [];`,
    replace: `return state.status === 'active' || state.status === 'paused' ? advance(state, command.data.now) : [];`,
    pattern: 'is not dealt with while the schedule is paused',
  },
  {
    name: 'schedule-of-a-workflow-changed-by-hand',
    ...decider,
    find: `      if (state.attached) throw rejected('SCHEDULE_ATTACHED', { schedule, target: state.target.id });
      return [{ type: 'ScheduleDeleted'`,
    replace: `      return [{ type: 'ScheduleDeleted'`,
    pattern: 'is up to the target',
  },
  {
    name: 'overlap-of-the-clock-fires-twice',
    ...calendar,
    find: `if (everyTime) for (const moment of real) moments.add(moment);
      else moments.add(`,
    replace: `if (everyTime || real.length > 0) for (const moment of real) moments.add(moment);
      else moments.add(`,
    pattern: 'D-17 a clock that is set back',
  },
  {
    name: 'time-in-a-gap-lost',
    ...calendar,
    find: `else moments.add(real[0] ?? changeAfter(day * DAY - DAY, day * DAY + 2 * DAY, offsetAt));`,
    replace: `else if (real[0] !== undefined) moments.add(real[0]);`,
    pattern: 'D-17 a clock that is set forward',
  },
  {
    name: 'calendar-left-to-the-library',
    ...calendar,
    find: `  return known(after);`,
    replace: `  return new Cron(clock.cron, { timezone: clock.timeZone, paused: true, mode: '5-part' }).nextRun(new Date(after))?.getTime() ?? null;`,
    test: `${schedule}/timing/cron-vectors.spec.ts`,
    pattern: 'reference vectors',
  },
  {
    name: 'wall-clock-ahead-never-mended',
    ...decider,
    find: `  if (isAhead(state, now)) return [`,
    replace: `  if (isAhead(state, now) && schedule === '') return [`,
    pattern: 'and was set back',
  },
  {
    name: 'interval-on-the-wall-clock',
    file: live,
    find: `timing.kind === 'every' || timing.kind === 'after' ? this.clock.now() : this.parts.clock.now()`,
    replace: `this.parts.clock.now()`,
    ...engine,
    pattern: 'moves no interval',
  },
  {
    name: 'started-and-forgotten-by-the-next-owner',
    file: live,
    find: `    if (started === null) return this.start(fire, target);`,
    replace: `    if (started === null) return this.revision > 3n ? this.start(fire, target) : undefined;`,
    ...engine,
    pattern: 'between the decision and the start',
  },
  {
    name: 'end-that-came-while-nobody-watched',
    file: live,
    find: `      if (outcome !== null) this.ends.set(fire, outcome);`,
    replace: `      if (outcome !== null && fire === '') this.ends.set(fire, outcome);`,
    ...engine,
    pattern: 'though it came while nobody did',
  },
  {
    name: 'suspended-tenant-goes-on',
    file: live,
    find: `      this.held = !this.parts.mayWork(this.tenant);`,
    replace: `      this.held = false;`,
    ...engine,
    pattern: 'has nothing started',
  },
  {
    name: 'far-schedule-never-found-again',
    file: `${schedule}/engine/schedule-engine.ts`,
    find: `    if (!jumped && this.parts.clock.monotonic() - this.foundAt < FIND_MS) return;`,
    replace: `    if (!jumped) return;`,
    ...engine,
    pattern: 'is found when it comes near',
  },
  {
    name: 'deactivated-workflow-still-scheduled',
    file: 'libs/workflow/src/definition/scheduled-workflows.reactor.ts',
    find: `else if (type === 'WorkflowDeactivated') await`,
    replace: `else if (type === 'WorkflowDeactivated' && data.workflow === '') await`,
    test: 'libs/workflow/src/definition/scheduled-workflows.reactor.spec.ts',
    pattern: 'and no other',
  },
  {
    name: 'key-that-is-another-each-time',
    file: live,
    find: `input: state.input ?? null, fire, correlationId`,
    replace: `input: state.input ?? null, fire: \`\${fire}#\${this.parts.clock.now()}\`, correlationId`,
    test: 'test/durability/schedule-kill.spec.ts',
    pattern: 'D-16 schedules',
  },
];
