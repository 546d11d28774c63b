// Workflows as people keep them: saved, compared, activated, blocked when what they need goes, exported and brought back; in their tenant alone.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';

const number = { type: 'object', required: ['n'], additionalProperties: false, properties: { n: { type: 'integer' } } } as const;
const MATH = manifestOf('acme.math', {
  plugins: {
    'math.double': { description: 'doubles', version: '1.2.0', input: number, output: number, effect: 'none', idempotent: true },
  },
});
const SOURCE = `document:
  dsl: '1.0.3'
  name: doubling
  version: 1.0.0
  title: Doubles
do:
  - twice:
      call: math.double
      with: { n: 2 }
  - done:
      set: { result: '\${ .n }' }
`;

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  app.extensions.install(a.id, MATH);
}, 60_000);
afterAll(() => app?.stop());

const SAVE = `mutation($s: String!, $e: Int) { saveWorkflow(source: $s, expectedVersion: $e) { id status latestVersion activeVersion position } }`;
const ACTIVATE = `mutation($v: Int!) { activateWorkflow(id: "doubling", version: $v) { status activeVersion position } }`;
const ONE = `query($w: String) { workflow(id: "doubling", waitFor: $w) { title latestVersion activeVersion blocked owner hash } }`;
const START = 'mutation($i: StartRunInput!) { startRun(input: $i) { id } }';
const VALIDATE = `query($s: String!) { validateWorkflow(source: $s) { valid problems { code pointer line column reason fix } } }`;
interface Saved {
  readonly saveWorkflow: { readonly latestVersion: number; readonly position: string | null };
}
const save = (source: string, expected: number | null = null) => a.admin.data<Saved>(SAVE, { s: source, e: expected });

it('are saved as versions; people may leave out the major version of a call, saving stores it', async () => {
  const first = await save(SOURCE, 0);
  expect(first).toMatchObject({ saveWorkflow: { id: 'doubling', status: 'SAVED', latestVersion: 1, activeVersion: null } });
  expect(await save(SOURCE)).toMatchObject({ saveWorkflow: { latestVersion: 1, position: null } });
  const second = await save(SOURCE.replace('n: 2', 'n: 3'), 1);
  expect(await a.admin.code(SAVE, { s: SOURCE.replace('n: 2', 'n: 4'), e: 1 })).toBe('WORKFLOW_VERSION_CONFLICT');
  const waitFor = second.saveWorkflow.position;
  expect(await a.admin.data(ONE, { w: waitFor })).toMatchObject({
    workflow: { title: 'Doubles', latestVersion: 2, activeVersion: null, blocked: null, owner: null },
  });
  const { exportWorkflow } = await a.admin.data<{ exportWorkflow: string }>('{ exportWorkflow(id: "doubling", version: 1) }');
  expect(exportWorkflow).toContain('call: math.double@1');
  expect(exportWorkflow).toContain('namespace: tenant-a');
  expect(await a.admin.data('{ workflowVersions(id: "doubling") { nodes { version title } } }')).toEqual({
    workflowVersions: {
      nodes: [
        { version: 2, title: 'Doubles' },
        { version: 1, title: 'Doubles' },
      ],
    },
  });
  expect(await a.admin.data('{ workflowDiff(id: "doubling", from: 1, to: 2) { kind pointer before after } }')).toEqual({
    workflowDiff: [{ kind: 'CHANGED', pointer: '/do/0/twice/with/n', before: 2, after: 3 }],
  });
  const { workflowDiagram } = await a.admin.data<{ workflowDiagram: string }>('{ workflowDiagram(id: "doubling") }');
  expect(workflowDiagram).toContain('t1[["twice: math.double@1"]]');
});

it('come back as they were exported, from either format', async () => {
  for (const format of ['YAML', 'JSON']) {
    const { exportWorkflow } = await a.admin.data<{ exportWorkflow: string }>(`{ exportWorkflow(id: "doubling", format: ${format}) }`);
    expect(await save(exportWorkflow)).toMatchObject({ saveWorkflow: { latestVersion: 2, position: null } });
  }
});

it('are refused with every problem, its place in the source and what to do', async () => {
  const broken = SOURCE.replace('n: 2', 'n: two').replace('.n }', '$nobody }');
  expect(await a.admin.code(SAVE, { s: broken })).toBe('WORKFLOW_INVALID');
  expect(await a.admin.data(VALIDATE, { s: broken })).toMatchObject({
    validateWorkflow: {
      valid: false,
      problems: [
        { code: 'WORKFLOW_INPUT_MISMATCH', pointer: '/do/0/twice/with/n', line: 9, column: 18 },
        { code: 'WORKFLOW_VARIABLE_UNKNOWN', pointer: '/do/1/done/set/result', line: 11 },
      ],
    },
  });
  expect(await a.admin.data(VALIDATE, { s: SOURCE })).toEqual({ validateWorkflow: { valid: true, problems: [] } });
  expect(await a.admin.code(SAVE, { s: 'do: [' })).toBe('WORKFLOW_INVALID');
});

it('are blocked, with the reason, from the moment an extension they need is gone', async () => {
  await a.admin.data(ACTIVATE, { v: 2 });
  const changed = await a.admin.data<{ activateWorkflow: { position: string } }>(ACTIVATE, { v: 1 });
  const waitFor = changed.activateWorkflow.position;
  expect(await a.admin.data(ONE, { w: waitFor })).toMatchObject({ workflow: { activeVersion: 1, blocked: null } });
  app.extensions.uninstall(a.id, 'acme.math');
  try {
    const blocked = await a.admin.data<{ workflow: { blocked: string } }>(ONE);
    expect(blocked.workflow.blocked).toContain('math.double');
    expect(await a.admin.code(ACTIVATE, { v: 2 })).toBe('WORKFLOW_BLOCKED');
    const start = await a.admin.ask(START, { i: { workflow: 'doubling' } });
    expect(start.errors[0]?.extensions.code).toBe('WORKFLOW_BLOCKED');
    expect(start.errors[0]?.message).toContain('math.double');
  } finally {
    app.extensions.install(a.id, MATH);
  }
  expect(await a.admin.data(ONE)).toMatchObject({ workflow: { blocked: null } });
  expect(await a.admin.data('mutation { deactivateWorkflow(id: "doubling") { status } }')).toEqual({
    deactivateWorkflow: { status: 'SAVED' },
  });
  expect(await a.admin.code(START, { i: { workflow: 'doubling' } })).toBe('WORKFLOW_INACTIVE');
});

it('are pinned by their runs, and not deleted while a run needs it', async () => {
  const waiting = (seconds: number) =>
    `document: { dsl: '1.0.3', name: waiting, version: 1.0.0 }\ndo: [{ rest: { wait: { seconds: ${seconds} } } }]\n`;
  await save(waiting(3_600));
  await save(waiting(7_200));
  const remove = 'mutation { deleteWorkflow(id: "waiting") { status } }';
  await a.admin.data('mutation { activateWorkflow(id: "waiting", version: 2) { status } }');
  const pinOf = async (version: string | null): Promise<{ id: string; pin: string }> => {
    const { startRun } = await a.admin.data<{ startRun: { id: string; position: string } }>(
      'mutation($i: StartRunInput!) { startRun(input: $i) { id position } }',
      { i: { workflow: 'waiting', version } },
    );
    const { workflowRun } = await a.admin.data<{ workflowRun: { workflowVersion: string } }>(
      'query($r: ID!, $w: String) { workflowRun(run: $r, waitFor: $w) { workflowVersion } }',
      { r: startRun.id, w: startRun.position },
    );
    return { id: startRun.id, pin: workflowRun.workflowVersion };
  };
  const runs = [await pinOf(null), await pinOf('1')];
  expect(runs.map(({ pin }) => pin)).toEqual([expect.stringMatching(/^2@[0-9a-f]{64}$/), expect.stringMatching(/^1@[0-9a-f]{64}$/)]);
  expect(await pinOf(runs[1]!.pin)).toMatchObject({ pin: runs[1]!.pin });
  for (const version of ['3', `1@${'0'.repeat(64)}`, 'newest']) {
    expect(await a.admin.code(START, { i: { workflow: 'waiting', version } })).toBe('WORKFLOW_UNKNOWN');
  }
  expect(await a.admin.code(remove)).toBe('WORKFLOW_IN_USE');
  const { workflowRuns } = await a.admin.data<{ workflowRuns: { nodes: { id: string }[] } }>(
    '{ workflowRuns(workflow: "waiting") { nodes { id } } }',
  );
  for (const { id } of workflowRuns.nodes) await a.admin.data('mutation($r: ID!) { cancelRun(run: $r) { status } }', { r: id });
  await eventually(
    () => a.admin.ask(remove),
    ({ errors }) => errors.length === 0,
  );
  expect(await a.admin.code(START, { i: { workflow: 'waiting' } })).toBe('WORKFLOW_UNKNOWN');
});

it('say when they are saved what is refused when they start, by one rule', async () => {
  const source = SOURCE.replace('name: doubling', 'name: foreign')
    .replace('call: math.double', 'call: asyncapi')
    .replace(
      'with: { n: 2 }',
      'with: { document: { endpoint: https://example.test/a }, operation: ask, subscription: { consume: { amount: 1 } } }',
    );
  const warnings = [{ code: 'WORKFLOW_CONSTRUCT_UNSUPPORTED', pointer: '/do/0/twice', line: 8 }];
  const validated = await a.admin.data('query($s: String!) { validateWorkflow(source: $s) { valid warnings { code pointer line } } }', {
    s: source,
  });
  expect(validated).toEqual({ validateWorkflow: { valid: true, warnings } });
  const saved = await a.admin.data('mutation($s: String!) { saveWorkflow(source: $s) { warnings { code pointer line } } }', { s: source });
  expect(saved).toEqual({ saveWorkflow: { warnings } });
  await a.admin.data('mutation { activateWorkflow(id: "foreign", version: 1) { status } }');
  expect(await a.admin.code(START, { i: { workflow: 'foreign' } })).toBe('WORKFLOW_CONSTRUCT_UNSUPPORTED');
  await a.admin.data('mutation { deleteWorkflow(id: "foreign") { status } }');
});

it('are for a viewer to see, not to change', async () => {
  const viewer = await app.somebody(a.id, 'viewer');
  await eventually(
    () => viewer.data<{ workflows: { nodes: { id: string }[] } }>('{ workflows { nodes { id } } }'),
    ({ workflows }) => workflows.nodes.length === 1 && workflows.nodes[0]?.id === 'doubling',
  );
  // Refused for the right, whatever is wrong with the document.
  for (const source of [SOURCE, 'do: [']) expect(await viewer.code(SAVE, { s: source })).toBe('REQUEST_DENIED');
  for (const change of [
    'activateWorkflow(id: "doubling", version: 1)',
    'deactivateWorkflow(id: "doubling")',
    'deleteWorkflow(id: "doubling")',
  ]) {
    expect(await viewer.code(`mutation { ${change} { id } }`)).toBe('REQUEST_DENIED');
  }
});

it('belong to their tenant', async () => {
  expect(await b.admin.data('{ workflows { nodes { id } } }')).toEqual({ workflows: { nodes: [] } });
  for (const query of ['workflow(id: "doubling") { id }', 'exportWorkflow(id: "doubling")', 'workflowDiagram(id: "doubling")']) {
    expect(await b.admin.code(`{ ${query} }`)).toBe('WORKFLOW_NOT_FOUND');
  }
  expect(await b.admin.code('mutation { deleteWorkflow(id: "doubling") { id } }')).toBe('WORKFLOW_NOT_FOUND');
  // What tenant b lacks is judged in tenant b.
  expect(await b.admin.data(VALIDATE, { s: SOURCE })).toMatchObject({ validateWorkflow: { problems: [{ code: 'PLUGIN_NOT_FOUND' }] } });
});

it('are deleted, and gone', async () => {
  const removed = await a.admin.data<{ deleteWorkflow: { position: string } }>(
    'mutation { deleteWorkflow(id: "doubling") { status position } }',
  );
  expect(removed).toMatchObject({ deleteWorkflow: { status: 'DELETED' } });
  expect(await a.admin.code(ONE, { w: removed.deleteWorkflow.position })).toBe('WORKFLOW_NOT_FOUND');
  expect(await a.admin.code('{ exportWorkflow(id: "doubling") }')).toBe('WORKFLOW_NOT_FOUND');
  expect(await save(SOURCE, 0)).toMatchObject({ saveWorkflow: { latestVersion: 3 } });
});
