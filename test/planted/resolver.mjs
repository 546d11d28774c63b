// The resolver, contract breaks and plans: what must turn red when one of their promises is broken.
const package_ = 'libs/package/src';
const planning = 'libs/extension/src/planning';

export default [
  {
    name: 'culprits-not-least',
    // Everything that the search came across is blamed, needed or not.
    file: `${package_}/resolution/resolve.rules.ts`,
    find: `  const least = new Set(backward.length < forward.length ? backward : forward);`,
    replace: `  void forward;
  void backward;
  const least = new Set(model.constraints);
  culprits = model.constraints;`,
    test: `${package_}/resolution/resolve.rules.spec.ts`,
    pattern: 'no culprit can be left out',
  },
  {
    name: 'cures-untried',
    file: `${package_}/resolution/cures.rules.ts`,
    find: `if (tried.outcome === 'found') {`,
    replace: `if (tried.outcome.length > 0) {`,
    test: `${package_}/resolution/resolve.rules.spec.ts`,
    pattern: 'every cure cures',
  },
  {
    name: 'circle-taken-for-a-plan',
    // Versions that fit, and of which none can be started first.
    file: `${package_}/resolution/attempt.rules.ts`,
    find: `      if (clause !== null) met.push(clause);`,
    replace: `      if (clause !== null) return null;`,
    test: `${package_}/resolution/resolve.rules.spec.ts`,
    pattern: 'tells of circles',
  },
  {
    name: 'learned-too-much',
    // What is learned from a dead end rules out more than the dead end.
    file: `${package_}/resolution/clause.rules.ts`,
    find: `const allowed = allowedIn(one, variable) & allowedIn(other, variable);`,
    replace: `const allowed = 0n & allowedIn(one, variable) & allowedIn(other, variable);`,
    test: `${package_}/resolution/solver.rules.spec.ts`,
    pattern: 'finds something exactly when there is something',
  },
  {
    name: 'order-of-registration-decides',
    file: `${package_}/resolution/model.rules.ts`,
    find: `  return [...found].sort();`,
    replace: `  return [...found];`,
    test: `${package_}/resolution/resolve.rules.spec.ts`,
    pattern: 'does not depend on the order in which things are told',
  },
  {
    name: 'pre-release-offered-unasked',
    file: `${package_}/resolution/version-range.rules.ts`,
    find: `  return semver.satisfies(version, range);`,
    replace: `  return semver.satisfies(version, range, { includePrerelease: true });`,
    test: `${package_}/resolution/version-range.rules.spec.ts`,
    pattern: 'P-15 every fixture of node-semver',
  },
  {
    name: 'stricter-input-is-no-break',
    file: `${package_}/contract/contract-breaks.rules.ts`,
    find: `    ...inputBreaks(before.input, after.input).map((one) => placed('its input', one)),`,
    replace: `    ...inputBreaks(before.input, before.input).map((one) => placed('its input', one)),`,
    test: `${package_}/contract/contract-breaks.rules.spec.ts`,
    pattern: 'when its input asks for more within the range',
  },
  {
    name: 'plan-executed-although-it-moved',
    file: `${planning}/execution/plan.decider.ts`,
    find: `  if (hash !== facts.hash) throw rejected(`,
    replace: `  if (hash === '') throw rejected(`,
    test: `${planning}/execution/plan-work.spec.ts`,
    pattern: 'is executed exactly as it was looked at, or not at all',
  },
  {
    name: 'second-plan-beside-the-first',
    file: `${planning}/execution/plan.decider.ts`,
    find: `  if (state.status !== 'idle') throw rejected('EXTENSION_PLAN_RUNNING', { plan: state.plan });`,
    replace: ``,
    test: `${planning}/execution/plan-work.spec.ts`,
    pattern: 'is the only one of its tenant',
  },
  {
    name: 'revoked-grant-back-with-the-plan',
    // A grant that was taken away comes back with the extension.
    file: `${planning}/execution/plan-work.reactor.ts`,
    find: `for (const grant of back ? (step.before?.revoked ?? []) : [])`,
    replace: `for (const grant of back ? [] : [])`,
    test: `${planning}/execution/plan-work.spec.ts`,
    pattern: 'with what was revoked still revoked',
  },
  {
    name: 'plan-hash-blind-to-what-it-rests-on',
    file: `${planning}/plan.rules.ts`,
    find: `for (const other of present) if (restsOn(`,
    replace: `for (const other of present) if (other === undefined && restsOn(`,
    test: `${planning}/plan.rules.spec.ts`,
    pattern: 'moves with whatever it touches or rests on',
  },
  {
    name: 'plan-leaves-the-new-version-behind',
    // Undoing an upgrade says that it is done, and does nothing.
    file: `${planning}/execution/plan-work.reactor.ts`,
    find: `return mayRollBack(step, state) ? this.manager.rollBack(extension, context) : { changed: false, state };`,
    replace: `return mayRollBack(step, { status: 'absent' }) ? this.manager.rollBack(extension, context) : { changed: false, state };`,
    test: `${planning}/execution/plan-upgrade.spec.ts`,
    pattern: 'leaves everything on the old versions, with the permissions that they had',
  },
  {
    name: 'held-upgrade-stays-behind-the-plan',
    file: `${planning}/execution/plan-work.reactor.ts`,
    find: `if (step?.act === 'upgrade') await this.manager.cancelUpgrade(`,
    replace: `if (step?.act === 'upgrade' && recorded.type !== 'ExtensionUpgradeHeld') await this.manager.cancelUpgrade(`,
    test: `${planning}/execution/plan-upgrade.spec.ts`,
    pattern: 'fails the plan where somebody holds it, and does not stay behind',
  },
  {
    name: 'plan-deaf-to-a-rollback-on-trial',
    file: `${planning}/execution/plan.process-manager.ts`,
    find: `if (event.type !== 'ExtensionRolledBack') return null;`,
    replace: `if (event.type !== 'ExtensionRemoved') return null;`,
    test: `${planning}/execution/plan.process-manager.spec.ts`,
    pattern: 'and is taken back on its trial fails the plan',
  },
  {
    name: 'single-upgrade-goes-ahead-without-the-others',
    file: `${planning}/installation-plan.queries.ts`,
    find: `return passes ? [] : obstacles.filter(`,
    replace: `return passes || true ? [] : obstacles.filter(`,
    test: `${planning}/execution/plan-upgrade.spec.ts`,
    pattern: 'is what a single upgrade is sent to',
  },
];
