// Faults at the edge: in authorising, auditing, limiting, proving and telling tenants apart.
const gate = 'libs/platform/src/graphql/operation-gate.ts';
const audited = 'test/e2e/graphql/gate.e2e.spec.ts';
const sockets = 'test/e2e/graphql/sockets.e2e.spec.ts';

export default [
  {
    name: 'audit-entry-skipped-for-reads',
    file: gate,
    find: "    await this.record(operation, args, caller, 'allowed');\n    return answer;",
    replace: '    return answer;',
    test: audited,
    pattern: 'U-01',
  },
  {
    name: 'audit-entry-after-the-effect',
    file: gate,
    find: "      await this.record(operation, args, caller, 'allowed');\n      return work(caller);",
    replace: "      const done = await work(caller);\n      await this.record(operation, args, caller, 'allowed');\n      return done;",
    test: audited,
    pattern: 'U-02',
  },
  {
    name: 'right-asked-in-the-tenant-instead-of-the-platform',
    file: gate,
    find: "operation.scope === 'platform' ? PLATFORM_TENANT : caller.tenant",
    replace: 'caller.tenant',
    test: audited,
    pattern: 'a right of the platform',
  },
  {
    name: 'tenant-header-taken-once-when-sent-twice',
    file: 'libs/platform/src/http/credentials.ts',
    find: "values.push(request.rawHeaders[index + 1] ?? '');",
    replace: "values.splice(0, 1, request.rawHeaders[index + 1] ?? '');",
    test: audited,
    pattern: 'Z-04',
  },
  {
    name: 'alias-limit-off',
    file: 'libs/platform/src/graphql/document-limits.ts',
    find: 'if (measure.aliases > limits.aliases)',
    replace: 'if (measure.aliases > limits.aliases * 1_000)',
    test: 'test/e2e/graphql/limits.e2e.spec.ts',
    pattern: 'aliases',
  },
  {
    name: 'mutation-by-get',
    file: 'libs/platform/src/graphql/apollo-edge.plugin.ts',
    find: '  requestDidStart(): Promise<GraphQLRequestListener<GraphqlContext>> {',
    replace:
      "  requestDidStart(started: any): Promise<GraphQLRequestListener<GraphqlContext>> {\n    started.request.http.method = 'POST';",
    test: 'test/e2e/graphql/csrf.e2e.spec.ts',
    pattern: 'G-04',
  },
  {
    name: 'origin-check-off',
    file: 'libs/platform/src/graphql/socket-upgrade.ts',
    find: '  if (origin === undefined) return null;',
    replace: "  if (origin !== '') return null;",
    test: sockets,
    pattern: 'the page a socket comes from',
  },
  {
    name: 'session-proved-once-and-never-again',
    file: 'libs/platform/src/graphql/socket-session.ts',
    find: '    if (credentials === null) return null;',
    replace: '    if (credentials !== undefined) return null;',
    test: sockets,
    pattern: 'what ends a session',
  },
  {
    name: 'tenant-filter-missing-in-the-live-feed',
    file: 'libs/platform/src/graphql/watcher.ts',
    find: '      event.meta.tenant === this.request.tenant &&',
    replace: "      event.meta.tenant !== '' &&",
    test: 'libs/platform/src/graphql/live-feed.spec.ts',
    pattern: 'resumes behind any position',
  },
  {
    name: 'live-feed-forgets-what-its-queue-dropped',
    file: 'libs/platform/src/graphql/watcher.ts',
    find: '    if (this.queue.length >= LONGEST_QUEUE) this.overflowed = true;',
    replace: '    if (this.queue.length >= LONGEST_QUEUE) this.queue.shift();',
    test: 'libs/platform/src/graphql/live-feed.spec.ts',
    pattern: 'falls behind',
  },
];
