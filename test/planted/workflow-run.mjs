// Bugs in running workflows: one for each invariant of the simulation, and those of rights and of real processes.
const run = 'libs/workflow/src/run';
/** Whatever is caught at all is caught by the first of its seeds. */
const simulation = { test: `${run}/simulation.spec.ts`, size: 1_000 };
const interpreter = `${run}/interpreter.rules.ts`;
const part = (name) => `${run}/interpreter/${name}.rules.ts`;

export default [
  {
    name: 'run-advanced-without-its-revision',
    file: `${run}/live-run.ts`,
    find: `expected: this.revision, events`,
    replace: `expected: 'any', events`,
    ...simulation,
    pattern: 'I05',
  },
  {
    name: 'run-started-twice',
    file: `${run}/run.decider.ts`,
    find: `key: data.idempotencyKey ?? run });
  return [];`,
    replace: `key: data.idempotencyKey ?? run });
  return [{ type: 'RunStarted', data: { ...data, input: data.input ?? null } }];`,
    ...simulation,
    pattern: 'I01',
  },
  {
    name: 'run-cancelled-after-its-end',
    file: `${run}/run.decider.ts`,
    find: `        if (state.status !== 'running') throw closed(run, state);
        return [{ type: 'RunCancelRequested'`,
    replace: `        return [{ type: 'RunCancelRequested'`,
    ...simulation,
    pattern: 'I02',
  },
  {
    name: 'frame-under-nothing',
    file: part('task-begin'),
    find: `    kind: 'do',
    parent: parent.id,`,
    replace: `    kind: 'do',
    parent: \`\${parent.id}!\`,`,
    ...simulation,
    pattern: 'I03',
  },
  {
    name: 'branch-scheduled-twice',
    file: part('blocks'),
    find: `const entry = entries[task.made];`,
    replace: `const entry = entries[Math.max(0, task.made - 1)];`,
    ...simulation,
    pattern: 'I04',
  },
  {
    name: 'failure-of-another-task',
    file: part('failure'),
    find: `const base = { task: task.id, attempt`,
    replace: `const base = { task: \`\${task.id}!\`, attempt`,
    ...simulation,
    pattern: 'I06',
  },
  {
    name: 'retry-keeps-its-attempt',
    file: `${run}/run-state.rules.ts`,
    find: `const attempt = 1 + Math.max(`,
    replace: `const attempt = Math.max(`,
    ...simulation,
    pattern: 'I07',
  },
  {
    name: 'timer-fires-when-gone',
    file: interpreter,
    find: `return state.timers.has(stimulus.timer) ?`,
    replace: `return state.timers.size >= 0 ?`,
    ...simulation,
    pattern: 'I08',
  },
  {
    name: 'timer-rings-early',
    file: 'libs/workflow/src/timers/timer-queue.ts',
    find: `this.clock.monotonic() + Math.max(0, milliseconds)`,
    replace: `this.clock.monotonic() + Math.max(0, milliseconds - 40)`,
    ...simulation,
    pattern: 'I09',
  },
  {
    name: 'timer-left-behind',
    file: part('registrations'),
    find: `if (!alive) return { type: 'TimerCancelled'`,
    replace: `if (!alive && timer === '') return { type: 'TimerCancelled'`,
    ...simulation,
    pattern: 'I10',
  },
  {
    name: 'approval-left-open',
    file: part('registrations'),
    find: `for (const [approval, task] of state.openApprovals) {`,
    replace: `for (const [approval, task] of [] as [string, string][]) {`,
    ...simulation,
    pattern: 'I11',
  },
  {
    name: 'listener-left-behind',
    file: part('registrations'),
    find: `for (const task of state.listeners) {`,
    replace: `for (const task of [] as string[]) {`,
    ...simulation,
    pattern: 'I12',
  },
  {
    name: 'run-ends-before-its-child',
    file: part('run-life'),
    find: `if (state.abandoned.length > 0 || children) return null;`,
    replace: `if (state.abandoned.length > 0 && children) return null;`,
    ...simulation,
    pattern: 'I13',
  },
  {
    name: 'effect-before-its-fact-is-durable',
    file: `${run}/live-run.ts`,
    find: `      await this.parts.timers.sleep(pause, this.host.signal).catch(() => undefined);
      if (this.host.signal.aborted) return false;
    }
    for (const fact`,
    replace: `      break;
    }
    for (const fact`,
    ...simulation,
    pattern: 'I14',
  },
  {
    name: 'repetition-with-the-same-name',
    file: part('task-begin'),
    find: `const visits = parent.kind === 'do' ? (parent.visits[name] ?? 0) : 0;`,
    replace: `const visits = 0;`,
    ...simulation,
    pattern: 'I15',
  },
  {
    name: 'output-of-something-else',
    file: `${run}/live-run.ts`,
    find: `output: output.value });`,
    replace: `output: task.input });`,
    ...simulation,
    pattern: 'I16',
  },
  {
    name: 'key-without-iteration',
    file: part('effects'),
    find: `return \`\${run}:\${task.pointer}:\${task.iteration}\`;`,
    replace: `return \`\${run}:\${task.pointer}\`;`,
    ...simulation,
    pattern: 'I17',
  },
  {
    name: 'undone-in-the-order-of-doing',
    file: part('run-life'),
    find: `const undo = state.undo.at(-1);`,
    replace: `const undo = state.undo[0];`,
    ...simulation,
    pattern: 'I18',
  },
  {
    name: 'undone-what-was-not-done',
    file: part('completion'),
    find: `data: { task: task.id.slice('undo:'.length), error: null } }];`,
    replace: `data: { task: \`\${task.id.slice('undo:'.length)}!\`, error: null } }, { type: 'CompensationDone', data: { task: task.id.slice('undo:'.length), error: null } }];`,
    ...simulation,
    pattern: 'I19',
  },
  {
    name: 'one-thing-left-undone',
    file: part('run-life'),
    find: `if (state.undo.length > 0)`,
    replace: `if (state.undo.length > 1)`,
    ...simulation,
    pattern: 'I20',
  },
  {
    name: 'paused-run-goes-on',
    file: interpreter,
    find: `  if (state.paused) return null;
`,
    replace: ``,
    ...simulation,
    pattern: 'I21',
  },
  {
    name: 'one-retry-too-many',
    file: `${run}/retry.rules.ts`,
    find: `tried.attempts > most)`,
    replace: `tried.attempts > most + 1)`,
    ...simulation,
    pattern: 'I22',
  },
  {
    name: 'loop-wider-than-it-may',
    file: part('blocks'),
    find: `if (open >= width) return null;`,
    replace: `if (open > width) return null;`,
    ...simulation,
    pattern: 'I23',
  },
  {
    name: 'fork-does-not-wait',
    file: part('blocks'),
    find: `if (task.ended.length < entries.length) return null;`,
    replace: `if (task.ended.length < entries.length - 1) return null;`,
    ...simulation,
    pattern: 'I24',
  },
  {
    name: 'owner-forgets-what-it-wrote',
    file: `${run}/live-run.ts`,
    find: `      this.state = evolveRun(this.state, fact);
      if (fact.type === 'TimerSet')`,
    replace: `      if (fact.type !== 'TimerCancelled') this.state = evolveRun(this.state, fact);
      if (fact.type === 'TimerSet')`,
    ...simulation,
    pattern: 'I25',
  },
  {
    name: 'child-run-not-told',
    file: `${run}/live-run.ts`,
    find: `    for (const child of childrenToEnd(this.state)) this.endChild(child);
`,
    replace: ``,
    ...simulation,
    pattern: 'I26',
  },
  {
    name: 'notice-lost-while-reading',
    file: `${run}/live-run.ts`,
    find: `    this.dirty = true;
    const now = this.parts.clock.now();`,
    replace: `    this.behind = false;
    this.dirty = true;
    const now = this.parts.clock.now();`,
    ...simulation,
    pattern: 'I27',
  },
  {
    name: 'new-run-overlooked',
    file: `${run}/run-engine.ts`,
    find: `if (event.type === 'RunStarted' || event.type === 'RunRetried') {`,
    replace: `if (event.type === 'RunRetried') {`,
    ...simulation,
    pattern: 'I27',
  },
  {
    name: 'every-round-is-the-first',
    file: part('blocks'),
    find: `[at]: index }`,
    replace: `[at]: 0 }`,
    ...simulation,
    pattern: 'I28',
  },
  {
    name: 'a-write-for-every-fact',
    file: interpreter,
    find: `export const MOST_AT_ONCE = 400;`,
    replace: `export const MOST_AT_ONCE = 1;`,
    ...simulation,
    pattern: 'I29',
  },
  {
    name: 'event-received-again',
    file: `${run}/run.decider.ts`,
    find: `if (listening === null || isOver(state) || filter in listening.received) return [];
  if (Object.values(listening.received).some((known) => known['id'] === event['id'])) return [];`,
    replace: `if (listening === null || isOver(state)) return [];`,
    ...simulation,
    pattern: 'I30',
  },
  {
    name: 'wait-that-does-not',
    file: part('waiting-tasks'),
    find: `if (state.timers.has(timer)) return null;
  const length = millisecondsOf(filled(m.answers, duration`,
    replace: `if (state.timers.has(timer)) return complete(m, state, task, task.input);
  const length = millisecondsOf(filled(m.answers, duration`,
    ...simulation,
    pattern: 'I31',
  },
  {
    name: 'approval-taken-for-granted',
    file: part('approval'),
    find: `const { id, decision } = task.approval;`,
    replace: `const { id, decision } = task.approval;
  if (decision === null) return complete(m, state, task, { approved: true });`,
    ...simulation,
    pattern: 'I32',
  },
  {
    name: 'cancelled-run-goes-on',
    file: `${run}/run-state.rules.ts`,
    find: `return { ...state, status: 'cancelling', paused: false,`,
    replace: `return { ...state, paused: false,`,
    ...simulation,
    pattern: 'I33',
  },
  {
    name: 'effect-asked-for-twice',
    file: `${run}/live-run.ts`,
    find: `      if (this.inFlight.has(task.id)) continue;
`,
    replace: ``,
    ...simulation,
    pattern: 'I34',
  },
  {
    name: 'moment-without-the-platform-fails-the-task',
    file: `${run}/plugin-effects.ts`,
    find: `return PASSES_BY_ITSELF.has(`,
    replace: `return !PASSES_BY_ITSELF.has(`,
    test: `${run}/plugin-effects.spec.ts`,
    pattern: 'passes by itself',
  },
  {
    name: 'approval-without-the-right',
    file: `${run}/run.decider.ts`,
    find: `if (wanted.length > 0 && !wanted.some(`,
    replace: `if (wanted.length > 9 && !wanted.some(`,
    test: `${run}/run.decider.spec.ts`,
    pattern: 'takes a decision from who holds the right',
  },
  {
    name: 'unsupported-construct-let-through',
    file: `${run}/unsupported.rules.ts`,
    find: `return when([...PROTOCOLS, ...REFUSED].includes(call)`,
    replace: `return when(REFUSED.includes(call)`,
    test: `${run}/unsupported.rules.spec.ts`,
    pattern: 'wherever it stands',
  },
  {
    name: 'busy-tenant-first',
    file: `${run}/fair-gate.ts`,
    find: `      this.waiting.delete(tenant);
      if (queue.length > 0) this.waiting.set(tenant, queue);`,
    replace: `      if (queue.length === 0) this.waiting.delete(tenant);`,
    test: `${run}/fair-gate.spec.ts`,
    pattern: 'lets tenants take turns',
  },
];
