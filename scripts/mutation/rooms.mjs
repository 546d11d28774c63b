// Which sources are changed, and the specs that have to notice: the decisions of each room, and specs that load in a moment. A change that only a slower
// suite would notice counts as unnoticed.
export const rooms = {
  authorization: {
    mutate: [
      'libs/tenancy/src/access/{access.rules,credentials.rules}.ts',
      'libs/platform/src/command-bus/{subject,validation,deadline}.ts',
    ],
    tests: ['libs/platform/src/command-bus/*.spec.ts', 'libs/tenancy/src/access/*.rules.spec.ts'],
  },
  broker: {
    mutate: ['libs/sandbox/src/broker/{decision.rules,token-bucket,request-text}.ts', 'libs/protocol/src/broker/{line-reader,vetting}.ts'],
    tests: ['libs/sandbox/src/broker/*.spec.ts', 'libs/protocol/src/broker/{line-reader,vetting,frames,calls}.spec.ts'],
  },
  'event-store': {
    mutate: ['libs/kernel/src/{append-item,handle-command}.ts', 'libs/platform/src/event-store/failures.ts'],
    tests: ['libs/kernel/src/**/*.spec.ts', 'libs/platform/src/command-bus/command-bus.spec.ts', 'libs/platform/src/event-store/*.spec.ts'],
  },
  package: {
    mutate: ['libs/package/src/manifest/{grants,version,nearest}.rules.ts', 'libs/package/src/schema/with-defaults.rules.ts'],
    tests: ['libs/package/src/{manifest,schema}/{grants,version,nearest,with-defaults}.rules.spec.ts'],
  },
};
