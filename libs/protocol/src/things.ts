// The nouns of the platform with the context that owns each: CLI noun, Control Room room and GraphQL type all come from this list.
export const things = {
  tenant: 'tenancy',
  member: 'tenancy',
  token: 'tenancy',
  'service-account': 'tenancy',
  extension: 'extension',
  package: 'extension',
  installation: 'extension',
  sandbox: 'sandbox',
  plugin: 'workflow',
  workflow: 'workflow',
  run: 'workflow',
  approval: 'workflow',
  schedule: 'schedule',
  task: 'schedule',
  'task-run': 'schedule',
  config: 'data',
  secret: 'data',
  table: 'data',
  grant: 'security',
  event: 'automation',
  automation: 'automation',
  entry: 'audit',
  usage: 'metrics',
  log: 'metrics',
} as const;

export type Thing = keyof typeof things;
