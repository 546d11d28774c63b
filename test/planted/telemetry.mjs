// Faults in what is written down: secrets in lines, usage counted twice.
export default [
  {
    name: 'redaction-of-nested-keys-off',
    file: 'libs/platform/src/telemetry/redaction.ts',
    find: 'const safe = isSecretName(name) && !isHarmless(entry)',
    replace: 'const safe = depth === 0 && isSecretName(name) && !isHarmless(entry)',
    test: 'libs/platform/src/telemetry/redaction.spec.ts',
    pattern: 'U-05',
  },
  {
    name: 'words-of-errors-logged-as-they-are',
    file: 'libs/platform/src/telemetry/redaction.ts',
    find: 'message: this.text(error.message, walk.inputs),',
    replace: 'message: error.message,',
    test: 'test/e2e/graphql/log-hygiene.e2e.spec.ts',
    pattern: 'U-05',
  },
  {
    name: 'usage-counted-again-at-each-try',
    file: 'libs/metrics/src/usage/usage-meter.ts',
    find: '{ principal, tenant, correlationId: commandId, commandId }',
    replace: '{ principal, tenant, correlationId: commandId, commandId: this.ids.next() }',
    test: 'libs/metrics/src/usage/usage-meter.spec.ts',
    pattern: 'does not count twice',
  },
];
