// Which sources are changed, and the specs that have to notice. Specs that take long to load are left to the other suites: a change that only they
// would notice counts as unnoticed.
export const rooms = {
  authorization: {
    mutate: [
      'libs/platform/src/command-bus/{command-bus,deadline,recent-streams,stream-folds,subject,validation}.ts',
      'libs/tenancy/src/access/{access-folds,access.rules,credentials.rules,tenancy-authenticator.adapter}.ts',
    ],
    tests: ['libs/platform/src/command-bus/*.spec.ts', 'libs/tenancy/src/access/*.spec.ts'],
  },
  broker: {
    mutate: [
      'libs/sandbox/src/broker/{broker,decision.rules,token-bucket,request-text}.ts',
      'libs/protocol/src/broker/{calls,frames,line-reader,vetting}.ts',
    ],
    tests: ['libs/sandbox/src/broker/*.spec.ts', 'libs/protocol/src/broker/*.spec.ts'],
  },
  'event-store': {
    mutate: [
      'libs/kernel/src/{append-item,catch-up,handle-command,event}.ts',
      'libs/kernel/src/testing/memory-event-store.ts',
      'libs/platform/src/event-store/{failures,group-appender}.ts',
    ],
    tests: [
      'libs/kernel/src/**/*.spec.ts',
      'libs/platform/src/command-bus/command-bus.spec.ts',
      'libs/platform/src/event-store/*.spec.ts',
      'test/ports/event-store/memory.spec.ts',
    ],
  },
  package: {
    mutate: [
      'libs/package/src/manifest/{grants,hidden-text,nearest,permission,section,version}.rules.ts',
      'libs/package/src/schema/{value-size,with-defaults}.rules.ts',
    ],
    tests: ['libs/package/src/**/*.rules.spec.ts', 'libs/package/src/manifest/check-manifest.spec.ts'],
  },
};
