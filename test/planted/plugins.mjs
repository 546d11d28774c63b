// Bugs in calling plugins and delivering events.
const plugins = 'libs/workflow/src/plugins';
const delivery = 'libs/automation/src/delivery';

export default [
  {
    name: 'output-contract-unchecked',
    file: `${plugins}/sandboxed-plugins.ts`,
    find: `      checkOutput(plugin, output);
`,
    replace: ``,
    test: `${plugins}/sandboxed-plugins.spec.ts`,
    pattern: 'a call holds a lying extension to its contract',
  },
  {
    name: 'deadline-restarted-per-hop',
    file: `${plugins}/plugins.capability.ts`,
    find: `deadlineMs: Math.min(request.deadlineMs ?? caller.deadlineMs, caller.deadlineMs),`,
    replace: `deadlineMs: request.deadlineMs ?? 30_000,`,
    test: `${plugins}/plugins.capability.spec.ts`,
    pattern: 'calls with what is left of the chain',
  },
  {
    name: 'deadline-restarted-per-try',
    file: `${plugins}/chain.ts`,
    find: `const remaining = () => Math.max(0, Math.floor(until - clock.monotonic()));`,
    replace: `const remaining = () => deadlineMs + 0 * until;`,
    test: `${plugins}/sandboxed-plugins.spec.ts`,
    pattern: 'one deadline',
  },
  {
    name: 'retry-without-an-idempotency-key',
    file: `${plugins}/plugin-policy.rules.ts`,
    find: `return contract.idempotent || contract.effect === 'none' || contract.effect === 'read' || hasKey;`,
    replace: `return contract.idempotent || contract.effect !== 'external' || hasKey;`,
    test: `${plugins}/sandboxed-plugins.spec.ts`,
    pattern: 'W-04 tries are refused where repeating may do harm',
  },
  {
    name: 'depth-unbounded',
    file: `${plugins}/plugins.capability.ts`,
    find: `depth: caller.depth + 1,`,
    replace: `depth: caller.depth,`,
    test: `${plugins}/plugins.capability.spec.ts`,
    pattern: 'ends a circle at the depth limit',
  },
  {
    name: 'plugin-permission-by-intent-alone',
    file: `${plugins}/plugin-permission.rules.ts`,
    find: `      (grant.extension === null || grant.extension === plugin.extension) &&
`,
    replace: ``,
    test: `${plugins}/plugins.capability.spec.ts`,
    pattern: 'S-06 calls only what a grant covers',
  },
  {
    name: 'poison-event-retried-for-ever',
    file: `${delivery}/delivery.rules.ts`,
    find: `if (counts.crashes >= MOST_CRASHES || counts.failures`,
    replace: `if (counts.failures`,
    test: `${delivery}/delivery.rules.spec.ts`,
    pattern: 'that crashed three sandboxes is parked',
  },
  {
    name: 'later-event-overtakes-its-key',
    file: `${delivery}/delivery-queue.ts`,
    find: `from automation.delivery where state in ('pending', 'parked')`,
    replace: `from automation.delivery where state = 'pending'`,
    test: `${delivery}/event-dispatcher.spec.ts`,
    pattern: 'is parked after three crashes',
  },
];
