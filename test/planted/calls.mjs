// Bugs that let calls of workflows go where they must not, or what they know come out.
const calls = 'libs/workflow/src/calls';
const egress = 'libs/security/src/egress';
const suite = 'test/e2e/workflow/calls.e2e.spec.ts';

export default [
  {
    name: 'workflow-host-open-by-itself',
    file: `${egress}/workflow-egress.ts`,
    find: `const scopes = owner === null ? await this.openedTo(tenant, url, method) : this.grantedTo(tenant, owner);`,
    replace: `const { hostname: host, port } = new URL(url);
    const scopes = owner === null ? [{ host, port: Number(port), scheme: 'http' }] : this.grantedTo(tenant, owner);`,
    test: suite,
    pattern: 'S-08 are closed until the tenant opens them',
  },
  {
    name: 'workflow-redirect-unchecked',
    file: `${egress}/egress.ts`,
    find: `const refusal = hop.refusal ?? (verdict?.allowed === false ? verdict.why : null);`,
    replace: `const refusal = hop.refusal;`,
    test: suite,
    pattern: 'S-08 do not lead to others',
  },
  {
    name: 'secret-said-back-into-history',
    file: `${calls}/http-exchange.ts`,
    find: `values: found.length === 0 || authorization === null ? values : [...values, ...partsOf(authorization)],`,
    replace: `values: values.slice(0, 0),`,
    test: suite,
    pattern: 'U-05 secrets go where they are bound to',
  },
  {
    name: 'secret-asked-for-by-data',
    file: `${calls}/call-secrets.ts`,
    find: `  const site = secretSiteOf(template, pointer);
  if (site !== null) return resolved(site, parts);`,
    replace: `  const site = secretSiteOf(made as Json, pointer);
  if (site !== null) return resolved(site, parts);`,
    test: suite,
    pattern: 'U-05 secrets go where they are bound to',
  },
  {
    name: 'secret-in-the-words-of-jq',
    file: `${calls}/call-secrets.ts`,
    find: `    throw rejected('WORKFLOW_SECRET_FAILED', { pointer });
  }
}`,
    replace: `    throw rejected('WORKFLOW_SECRET_FAILED', { pointer: (error as Error).message });
  }
}`,
    test: suite,
    pattern: 'U-05 secrets say nothing when an expression stumbles',
  },
  {
    name: 'secret-of-workflows-bound-to-nothing',
    file: 'libs/data/src/secrets/guarded-secrets.ts',
    find: `      if (held === undefined) return 'it has no value';
      return isBoundTo(held.hosts, use.host) ? null : 'it is not bound to that host';`,
    replace: `      return held === undefined ? 'it has no value' : null;`,
    test: suite,
    pattern: 'U-05 secrets never leave for a host',
  },
  {
    name: 'concealed-parts-redirected-along',
    file: `${egress}/header.rules.ts`,
    find: `if (!hop.crossOrigin) return { ...concealed, body };`,
    replace: `if (hop !== null) return { ...concealed, body };`,
    test: suite,
    pattern: 'U-05 secrets never leave for a host',
  },
  {
    name: 'idempotency-key-of-an-attempt',
    file: `${calls}/http-exchange.ts`,
    find: `return derivedId('idempotency', run, key);`,
    replace: `return derivedId('idempotency', run, key, task.attempt);`,
    test: suite,
    pattern: 'a call is one effect to the host',
  },
  {
    name: 'secret-allowed-into-a-run',
    file: 'libs/workflow/src/definition/secret-use.rules.ts',
    find: `if (!places.some((place) =>`,
    replace: `if (places.length === 0 && !places.some((place) =>`,
    test: 'libs/workflow/src/definition/secret-use.rules.spec.ts',
    pattern: 'keeps them out of',
  },
  {
    name: 'token-asked-for-in-vain',
    file: 'libs/workflow/src/definition/token-policy.rules.ts',
    find: `return [...policyFaults(policy), ...secretPlaces(policy)].map(`,
    replace: `return secretPlaces(policy).map(`,
    test: 'libs/workflow/src/definition/token-policy.rules.spec.ts',
    pattern: 'finds them wherever a call says who it is',
  },
  {
    name: 'path-climbed-by-a-value',
    file: `${calls}/uri-template.rules.ts`,
    find: `if (text === '.' || text === '..')`,
    replace: `if (text === '.')`,
    test: `${calls}/uri-template.rules.spec.ts`,
    pattern: 'lets no value be more than one value',
  },
  {
    name: 'bare-expression-taken-for-a-text',
    file: 'libs/workflow/src/run/task-values.rules.ts',
    find: `return typeof template === 'string' ? answer(answers, template, input, variables) : filled(answers, template, input, variables);`,
    replace: `return filled(answers, template, input, variables);`,
    test: 'test/conformance/serverless-workflow.spec.ts',
    pattern: 'Data Flow: Output Filtering',
    titles: 'test/fixtures/serverless-workflow-ctk/data-flow.feature',
  },
  {
    name: 'grpc-goes-where-nothing-is-open',
    file: `${egress}/workflow-egress.ts`,
    find: `return parsed.ok && judgeTarget(scopes, parsed.target, method).allowed;`,
    replace: `return parsed.ok && scopes !== null;`,
    test: suite,
    pattern: 'call: grpc S-08 asks a host that the tenant has opened',
    build: true,
  },
  {
    name: 'half-an-answer-passes-for-a-whole-one',
    file: `${egress}/exchange-http2.ts`,
    find: `status === 0 || stream.rstCode !== constants.NGHTTP2_NO_ERROR`,
    replace: `status === 0`,
    test: `${egress}/egress-http2.spec.ts`,
    pattern: 'fails where the host breaks off in the middle',
  },
  {
    name: 'trailers-say-a-secret-back',
    file: `${egress}/egress.ts`,
    find: `trailers: shown(answer.trailers)`,
    replace: `trailers: (answer.trailers ?? {}) as Record<string, string>`,
    test: `${egress}/egress-http2.spec.ts`,
    pattern: 'covers in headers, body and trailers',
  },
  {
    name: 'grpc-words-decoded-after-they-were-covered',
    file: `${calls}/grpc/grpc-wire.rules.ts`,
    find: `const words = covered(wordsOf(`,
    replace: `const words = String(wordsOf(`,
    test: `${calls}/grpc/grpc-wire.rules.spec.ts`,
    pattern: 'says no secret back, however it was written',
  },
  {
    name: 'message-grows-without-end',
    file: `${calls}/grpc/proto-message.ts`,
    find: `  spend(reading, members.length);`,
    replace: `  spend(reading, 0);`,
    test: `${calls}/grpc/proto-message.spec.ts`,
    pattern: 'do not become more than can be held',
  },
  {
    name: 'grpc-secret-in-the-message-shown',
    file: 'libs/workflow/src/definition/secret-use.rules.ts',
    find: `  grpc: ['arguments', 'service/authentication'`,
    replace: `  grpc: ['method', 'service/authentication'`,
    test: 'libs/workflow/src/definition/secret-use.rules.spec.ts',
    pattern: 'lets secrets stand in what a call sends',
  },
  {
    name: 'asyncapi-variable-makes-another-address',
    file: `${calls}/asyncapi/asyncapi.rules.ts`,
    find: `if (!/^[\\w.-]+$/.test(String(value)))`,
    replace: `if (String(value) === 'never')`,
    test: `${calls}/asyncapi/asyncapi.rules.spec.ts`,
    pattern: 'takes no variable that would make another address',
  },
  {
    name: 'document-read-with-the-credentials-of-another',
    file: `${calls}/fetched-documents.ts`,
    find: `const key = JSON.stringify([effect.tenant, effect.workflow, member,`,
    replace: `const key = JSON.stringify([effect.workflow, member,`,
    test: `${calls}/fetched-documents.spec.ts`,
    pattern: 'keeps it for the tenant, the workflow and the credentials',
  },
];
