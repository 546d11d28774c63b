// Faults in counting how often somebody asks, in laying documents down, and in keeping tenants apart where many requests try the wall.
const quotas = 'libs/platform/src/quotas';
const limits = 'test/e2e/graphql/limits.e2e.spec.ts';

export default [
  {
    name: 'rate-limit-counted-per-process',
    file: `${quotas}/quotas.ts`,
    find: `if (clock.monotonic() < this.aloneUntil) return`,
    replace: `if (clock.monotonic() < Number.POSITIVE_INFINITY) return`,
    test: `${quotas}/quotas.spec.ts`,
    pattern: 'kept within 5',
  },
  {
    name: 'same-token-leased-twice',
    file: `${quotas}/postgres-quota-store.adapter.ts`,
    find: '    tokens = ${FULL} - (${GRANTED}),',
    replace: '    tokens = least($3, ${FULL}),',
    test: `${quotas}/postgres-quota-store.adapter.spec.ts`,
    pattern: 'gives no token twice',
  },
  {
    name: 'no-limit-without-the-shared-count',
    file: `${quotas}/quotas.ts`,
    find: `if (clock.monotonic() < this.aloneUntil) return this.alone.lease(key, rate, need, want);`,
    replace: `if (clock.monotonic() < this.aloneUntil) return { granted: want, retryMs: 0 };`,
    test: `${quotas}/quotas.spec.ts`,
    pattern: 'a process counts alone',
  },
  {
    name: 'aliases-counted-as-one-operation',
    file: 'libs/platform/src/graphql/operation-rates.ts',
    find: `keys.add(selection.alias?.value ?? selection.name.value)`,
    replace: `keys.add(selection.name.value)`,
    test: limits,
    pattern: 'what is counted is operations',
  },
  {
    name: 'websocket-not-counted',
    file: 'libs/platform/src/graphql/socket-server.ts',
    find: `    if (refused !== null) return [refused];`,
    replace: ``,
    test: limits,
    pattern: 'a WebSocket is no way around',
  },
  {
    name: 'every-refusal-by-rate-written-down',
    file: `${quotas}/rate-limiter.ts`,
    find: `    return last === undefined || now - last > BOUT_MS;`,
    replace: `    return last !== undefined || now > -BOUT_MS;`,
    test: `${quotas}/rate-limiter.spec.ts`,
    pattern: 'one entry for a bout',
  },
  {
    name: 'other-documents-run-as-well',
    file: 'libs/platform/src/graphql/document-check.ts',
    find: `limits.documents !== null && !limits.documents.has(documentHash(document))`,
    replace: `limits.documents !== null && limits.documents.size === 0`,
    test: limits,
    pattern: 'laid-down documents',
  },
];
