// Workflows that call hosts outside: only those that their tenant opened, with what its secrets say, which nobody finds anywhere afterwards.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { BOOKS_PROTO, startGrpcHost, type GrpcHost } from '../../support/grpc-host.js';
import { json, startOutsideHost, type OutsideHost } from '../../support/outside-host.js';

interface Desk {
  readonly id: string;
  readonly admin: GraphqlCaller;
}

let app: CapabilityApp;
let a: Desk;
let b: Desk;
let host: OutsideHost;
/** Open to nobody unless a test opens it. */
let other: OutsideHost;

beforeAll(async () => {
  [host, other] = [await startOutsideHost(), await startOutsideHost()];
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  const input = { host: '127.0.0.1', networks: ['127.0.0.1/32'], reason: 'stand-ins on this machine' };
  await app.operator.data('mutation($i: OpenPrivateHostInput!) { openPrivateHost(input: $i) { revision } }', { i: input });
  await open(host);
}, 60_000);
afterAll(async () => {
  await app?.stop();
  await Promise.all([host?.stop(), other?.stop()]);
});
beforeEach(() => {
  for (const one of [host, other]) {
    one.asked.length = 0;
    one.connections = 0;
    one.answer = (_, response) => json(response, { ok: true });
  }
});

const place = ({ port }: OutsideHost) => ({ host: '127.0.0.1', scheme: 'http', port });
const OPEN = 'mutation($i: OpenWorkflowHostInput!) { openWorkflowHost(input: $i) { open { host scheme port methods reason } position } }';
const CLOSE = 'mutation($i: WorkflowHostInput!) { closeWorkflowHost(input: $i) { open { host } position } }';
const open = (of: OutsideHost, by = a.admin, more: object = {}) => by.data(OPEN, { i: { ...place(of), reason: 'for tests', ...more } });
const close = (of: OutsideHost, by = a.admin) => by.data<{ closeWorkflowHost: { position: string } }>(CLOSE, { i: place(of) });

let workflows = 0;
/** Saved and activated as people do it; the id. */
async function saved(tasks: readonly object[], more: object = {}, desk = a): Promise<string> {
  workflows += 1;
  const name = `calls-${workflows}`;
  const source = JSON.stringify({ document: { dsl: '1.0.3', name, version: '1.0.0' }, ...more, do: tasks });
  const { saveWorkflow } = await desk.admin.data<{ saveWorkflow: { warnings: unknown[] } }>(
    'mutation($s: String!) { saveWorkflow(source: $s) { warnings { reason } } }',
    { s: source },
  );
  expect(saveWorkflow.warnings).toEqual([]);
  await desk.admin.data('mutation($id: ID!) { activateWorkflow(id: $id, version: 1) { status } }', { id: name });
  return name;
}

async function started(workflow: string, input: unknown = {}, desk = a, headers: Record<string, string> = {}): Promise<string> {
  const { startRun } = await desk.admin.data<{ startRun: { id: string } }>(
    'mutation($i: StartRunInput!) { startRun(input: $i) { id } }',
    { i: { workflow, input } },
    headers,
  );
  return startRun.id;
}

interface Fact {
  readonly type: string;
  readonly position: string;
  readonly data: { readonly output?: unknown; readonly error?: { type: string; status: number; title?: string; detail?: string } };
}

const history = async (run: string, desk = a): Promise<readonly Fact[]> =>
  (
    await desk.admin.data<{ workflowRunHistory: { nodes: Fact[] } }>(
      'query($r: ID!) { workflowRunHistory(run: $r, first: 200) { nodes { type position data } } }',
      { r: run },
    )
  ).workflowRunHistory.nodes;

/** The last fact of a run that is over. */
async function ended(run: string, desk = a): Promise<Fact> {
  const facts = await eventually(
    () => history(run, desk),
    (all) => ['RunCompleted', 'RunFailed', 'RunCancelled'].includes(all.at(-1)?.type ?? ''),
  );
  return facts.at(-1)!;
}

const outcome = async (tasks: readonly object[], more: object = {}, input: unknown = {}, desk = a): Promise<Fact> =>
  ended(await started(await saved(tasks, more, desk), input, desk), desk);
const http = (more: object = {}) => ({ call: 'http', with: { method: 'get', endpoint: `${host.origin}/`, ...more } });

const SET = 'mutation($i: SetSecretInput!) { setSecret(input: $i) { version set position } }';
const secret = (name: string, value: string, hosts = ['127.0.0.1'], desk = a) =>
  desk.admin.data(SET, { i: { extension: 'workflows', name, value, hosts } });

describe('hosts', () => {
  it('S-08 are closed until the tenant opens them, for itself, on record, and closed again for runs under way', async () => {
    const call = [{ ask: http({ endpoint: `${other.origin}/` }) }];
    const shut = { type: 'RunFailed', data: { error: { status: 403, title: 'SECURITY_WORKFLOW_HOST_CLOSED' } } };
    expect(await outcome(call)).toMatchObject(shut);
    expect({ connections: other.connections, requests: other.asked.length }).toEqual({ connections: 0, requests: 0 });

    await open(other);
    expect(await outcome(call)).toMatchObject({ type: 'RunCompleted', data: { output: { ok: true } } });
    expect(other.asked).toHaveLength(1);
    const { workflowHosts } = await a.admin.data<{ workflowHosts: unknown[] }>('{ workflowHosts { host scheme port methods reason } }');
    expect(workflowHosts).toContainEqual({ ...place(other), methods: null, reason: 'for tests' });
    expect(await outcome(call, {}, {}, b)).toMatchObject(shut);
    const theirs = await b.admin.data<{ workflowHosts: unknown[] }>('{ workflowHosts { port } }');
    expect(theirs.workflowHosts).not.toContainEqual({ port: other.port });

    const { closeWorkflowHost: closed } = await close(other);
    expect(await outcome(call)).toMatchObject(shut);
    expect(other.asked).toHaveLength(1);
    const trail = await a.admin.data<{ auditEntries: { nodes: { operation: string }[] } }>(
      'query($w: String) { auditEntries(first: 100, filter: { operation: "CloseWorkflowHost" }, waitFor: $w) { nodes { operation } } }',
      { w: closed.position },
    );
    expect(trail.auditEntries.nodes.length).toBeGreaterThan(0);
  });

  it('are opened by whoever may, in their own tenant', async () => {
    const developer = await app.somebody(a.id, 'developer');
    expect(await developer.code(OPEN, { i: { ...place(other), reason: 'for tests' } })).toBe('REQUEST_DENIED');
    expect(await developer.code(CLOSE, { i: place(host) })).toBe('REQUEST_DENIED');
    expect(await developer.code('{ workflowHosts { host } }')).toBeNull();
    expect(await (await app.somebody(a.id, 'viewer')).code('{ workflowHosts { host } }')).toBe('REQUEST_DENIED');
    expect(await a.admin.code(OPEN, { i: { ...place(other), host: 'a/b', reason: 'for tests' } })).toBe('SECURITY_WORKFLOW_HOST_INVALID');
    expect(await b.admin.code(CLOSE, { i: place(host) })).toBe('SECURITY_WORKFLOW_HOST_NOT_OPEN');
  });

  it('S-08 do not lead to others: a redirect is followed where it is asked for, to open hosts alone', async () => {
    host.answer = ({ url }, response) => {
      response.writeHead(302, { location: url === '/there' ? `${other.origin}/private` : '/home' });
      response.end();
    };
    const redirected = (path: string, redirect: boolean) =>
      outcome([{ ask: http({ endpoint: `${host.origin}${path}`, redirect, headers: { 'x-mine': 'kept' } }) }]);
    expect(await redirected('/there', false)).toMatchObject({
      data: { error: { type: expect.stringMatching(/communication$/), status: 302 } },
    });
    expect(await redirected('/there', true)).toMatchObject({ data: { error: { title: 'SECURITY_EGRESS_REDIRECT_REFUSED', status: 403 } } });
    expect(other.asked).toHaveLength(0);
    // The control: the same redirect reaches it once it is open.
    await open(other);
    expect(await redirected('/there', true)).toMatchObject({ type: 'RunCompleted', data: { output: { ok: true } } });
    expect(other.asked).toMatchObject([{ url: '/private', headers: { 'x-mine': 'kept' } }]);
    await close(other);
  });

  it('of an extension are those that it was granted, whatever the tenant has opened to its own', async () => {
    const spread = manifestOf('acme.spread', { permissions: { http: [{ ...place(other), scheme: 'http', reason: 'to ask' }] } });
    app.extensions.install(a.id, spread);
    const document = (origin: string) => ({
      document: { dsl: '1.0.0', namespace: 'tests', name: 'acme.spread/ask', version: '1.0.0' },
      do: [{ ask: { call: 'http', with: { method: 'get', endpoint: `${origin}/` } } }],
    });
    app.workflows.save(a.id, document(host.origin));
    expect(await ended(await started('acme.spread/ask'))).toMatchObject({ data: { error: { title: 'SECURITY_EGRESS_UNDECLARED' } } });
    expect(host.asked).toHaveLength(0);
    app.workflows.save(a.id, { ...document(other.origin), document: { ...document('').document, name: 'acme.spread/other' } });
    expect(await ended(await started('acme.spread/other'))).toMatchObject({ type: 'RunCompleted' });
  });
});

describe('a call', () => {
  it('sends what the author wrote, and gives the answer in the form that is asked for', async () => {
    host.answer = ({ url }, response) => json(response, { id: 7, url }, 200, { 'x-page': '2' });
    const uri = `${host.origin}/orders/{id}?from={from}`;
    const more = { query: { tag: '${ .tag }' }, headers: { 'X-Mine': '${ "for " + .id }' } };
    const input = { id: 'a/b', from: 'x&y', tag: 'one two' };
    const path = '/orders/a%2Fb?from=x%26y&tag=one%20two';
    expect((await outcome([{ ask: http({ endpoint: uri, ...more }) }], {}, input)).data.output).toEqual({ id: 7, url: path });
    expect((await outcome([{ ask: http({ endpoint: { uri }, ...more, output: 'response' }) }], {}, input)).data.output).toMatchObject({
      request: { method: 'get', uri: `${host.origin}${path}`, headers: { 'X-Mine': 'for a/b' } },
      statusCode: 200,
      headers: { 'x-page': '2' },
      content: { id: 7 },
    });
    const raw = (await outcome([{ ask: http({ endpoint: uri, ...more, output: 'raw' }) }], {}, input)).data.output;
    expect(Buffer.from(raw as string, 'base64').toString()).toBe(JSON.stringify({ id: 7, url: path }));
    const post = http({ method: 'post', body: { total: '${ .total }', lines: [1, null] } });
    await outcome([{ ask: post }], {}, { total: 3 });
    expect(host.asked.at(-1)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"total":3,"lines":[1,null]}',
    });
  });

  it('is one effect to the host however often it is tried, in the trace of whoever started the run', async () => {
    const statuses = [503, 503, 201];
    host.answer = (_, response) => json(response, { done: true }, statuses.shift() ?? 500);
    const retry = { delay: { milliseconds: 10 }, limit: { attempt: { count: 5 } } };
    const tasks = [
      { careful: { try: [{ ask: http({ method: 'post', body: {} }) }], catch: { errors: { with: { status: 503 } }, retry } } },
    ];
    const run = await started(await saved(tasks), {}, a, { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` });
    expect(await ended(run)).toMatchObject({ type: 'RunCompleted', data: { output: { done: true } } });
    const keys = host.asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    const traces = host.asked.map(({ headers }) => String(headers['traceparent']));
    for (const trace of traces) expect(trace).toMatch(new RegExp(`^00-${'ab'.repeat(16)}-[0-9a-f]{16}-01$`));
    expect(new Set(traces).size).toBe(3);
    const own = { ask: { ...http({ method: 'put', body: {} }), metadata: { kari: { idempotencyKey: '.order' } } } };
    await outcome([own], {}, { order: 'order-7' });
    expect(host.asked.at(-1)?.headers['idempotency-key']).toBe('order-7');
  });

  it('fails as the DSL has it, and is called back when its time is over', async () => {
    host.answer = (_, response) => json(response, { why: 'gone' }, 410);
    expect(await outcome([{ ask: http() }])).toMatchObject({
      data: {
        error: {
          type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication',
          status: 410,
          title: 'WORKFLOW_HTTP_STATUS',
          instance: '/do/0/ask',
        },
      },
    });
    expect(await outcome([{ ask: http({ endpoint: 'http://127.0.0.1:1/' }) }])).toMatchObject({ data: { error: { status: 403 } } });
    host.answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"half":');
    expect(await outcome([{ ask: http() }])).toMatchObject({ data: { error: { title: 'WORKFLOW_ANSWER_INVALID' } } });
    let gone = false;
    host.answer = (_, response) => response.once('close', () => (gone = true));
    expect(await outcome([{ ask: { ...http(), timeout: { after: { milliseconds: 200 } } } }])).toMatchObject({
      data: { error: { type: expect.stringMatching(/timeout$/), status: 408 } },
    });
    await eventually(() => Promise.resolve(gone), Boolean);
    expect(await outcome([{ ask: http({ endpoint: `${host.origin}/{id}` }) }], {}, { id: [1] })).toMatchObject({
      data: { error: { type: expect.stringMatching(/expression$/), status: 400 } },
    });
  });
});

describe('call: grpc', () => {
  let books: GrpcHost;
  beforeAll(async () => {
    books = await startGrpcHost();
  });
  afterAll(() => books?.stop());
  beforeEach(() => {
    books.asked.length = 0;
    books.answer = { title: 'Emma', pages: '9007199254740993', authors: ['Jane Austen'] };
    host.answer = (_, response) => response.end(BOOKS_PROTO);
  });
  const grpcPlace = () => ({ host: '127.0.0.1', scheme: 'http', port: books.port, reason: 'for tests' });
  const grpc = (given: object = {}, service: object = {}, more: object = {}) => ({
    ask: {
      call: 'grpc',
      with: {
        proto: { endpoint: `${host.origin}/books.proto` },
        service: { name: 'library.v1.Books', host: '127.0.0.1', port: books.port, ...service },
        method: 'FindOne',
        arguments: { title: '${ .title }', shelf: 7, ...given },
        ...more,
      },
    },
  });

  it('S-08 asks a host that the tenant has opened, and no other', async () => {
    const refused = await outcome([grpc()], {}, { title: 'Emma' });
    expect(refused.data.error).toMatchObject({ title: 'SECURITY_WORKFLOW_HOST_CLOSED', status: 403 });
    expect(books.asked).toEqual([]);
    await a.admin.data(OPEN, { i: grpcPlace() });
    const { type, data } = await outcome([grpc()], {}, { title: 'Emma' });
    expect([type, data.output]).toEqual([
      'RunCompleted',
      { title: 'Emma', pages: '9007199254740993', authors: ['Jane Austen'], askedBy: '' },
    ]);
    expect(books.asked).toEqual([
      {
        message: { title: 'Emma', shelf: '7' },
        metadata: expect.objectContaining({ traceparent: expect.stringMatching(/^00-/), 'idempotency-key': expect.any(String) }),
      },
    ]);
    // The other tenant may read the proto file, and no more.
    await open(host, b.admin);
    const { error } = (await outcome([grpc()], {}, { title: 'Emma' }, b)).data;
    await close(host, b.admin);
    expect(error).toMatchObject({ title: 'SECURITY_WORKFLOW_HOST_CLOSED', detail: expect.stringContaining(String(books.port)) });
    expect(books.asked).toHaveLength(1);
  });

  it('fails as the DSL has it, and is called back when its time is over', async () => {
    const states = [
      [5, 'communication', 404],
      [7, 'authorization', 403],
      [14, 'communication', 503],
      [16, 'authentication', 401],
    ] as const;
    for (const [state, kind, status] of states) {
      books.answer = state;
      const { error } = (await outcome([grpc()], {}, { title: 'x' })).data;
      expect(error).toMatchObject({ type: expect.stringMatching(`/${kind}$`), status, title: 'WORKFLOW_GRPC_STATUS' });
      expect(error?.detail).toContain('library.v1.Books/FindOne');
    }
    books.answer = 'never';
    const late = await outcome([{ ask: { ...grpc().ask, timeout: { after: 'PT0.3S' } } }], {}, { title: 'x' });
    expect(late.data.error).toMatchObject({ type: expect.stringMatching('/timeout$') });
    for (const [given, more, words] of [
      [{ nope: 1 }, {}, 'has no field "nope"'],
      [{ shelf: 'x' }, {}, 'shelf is no int64'],
      [{}, { method: 'Watch' }, 'streams'],
      [{}, { method: 'Gone' }, 'has no method "Gone"'],
    ] as const) {
      const { error } = (await outcome([grpc(given, {}, more)], {}, { title: 'x' })).data;
      expect(error).toMatchObject({ title: 'WORKFLOW_CALL_INVALID', detail: expect.stringContaining(words) });
    }
  });

  it('says so where nobody speaks it', async () => {
    const { error } = (await outcome([grpc({}, { port: host.port })], {}, { title: 'x' })).data;
    expect(error).toMatchObject({ type: expect.stringMatching('/communication$'), title: 'SECURITY_EGRESS_FAILED' });
  });

  it('U-05 takes secrets along that no history holds', async () => {
    await secret('library', 'canary-5f0d1c');
    const bearer = { authentication: { bearer: { token: '${ $secrets.library }' } } };
    const workflow = await saved([grpc({ title: '${ "for " + $secrets.library }' }, bearer)], { use: { secrets: ['library'] } });
    const run = await started(workflow, { title: 'x' });
    expect(await ended(run)).toMatchObject({ type: 'RunCompleted', data: { output: { title: 'Emma' } } });
    expect(books.asked).toMatchObject([{ message: { title: 'for canary-5f0d1c' }, metadata: { authorization: 'Bearer canary-5f0d1c' } }]);
    // A message that says a secret back is no message any more once the secret is taken out of it.
    books.answer = { title: 'canary-5f0d1c' };
    const echoed = await started(workflow, { title: 'x' });
    expect((await ended(echoed)).data.error).toMatchObject({ title: 'WORKFLOW_ANSWER_INVALID' });
    for (const one of [run, echoed]) expect(JSON.stringify(await history(one))).not.toContain('canary-5f0d1c');
  });
});

it('call: asyncapi publishes a message as its document has it, with secrets that no history holds', async () => {
  await secret('queue', 'canary-77ab2e');
  const described = {
    asyncapi: '3.0.0',
    servers: { here: { host: `127.0.0.1:${host.port}`, protocol: 'http' }, bus: { host: 'bus.example', protocol: 'kafka' } },
    channels: { orders: { address: 'orders/{id}', parameters: { id: { location: '$message.payload#/id' } } } },
    operations: { tell: { action: 'send', channel: { $ref: '#/channels/orders' } } },
  };
  host.answer = ({ method }, response) => json(response, method === 'GET' ? described : { taken: true });
  const tell = (message: object, more: object = {}) => ({
    tell: {
      call: 'asyncapi',
      with: { document: { endpoint: `${host.origin}/asyncapi.json` }, operation: 'tell', message, ...more },
    },
  });
  const message = { payload: { id: '${ .id }', key: '${ $secrets.queue }' }, headers: { 'x-day': '${ .day }' } };
  const run = await started(await saved([tell(message)], { use: { secrets: ['queue'] } }), { id: 'a b', day: 'mon' });
  expect(await ended(run)).toMatchObject({ type: 'RunCompleted', data: { output: { taken: true } } });
  expect(host.asked.at(-1)).toMatchObject({ method: 'POST', url: '/orders/a%20b', headers: { 'x-day': 'mon' } });
  expect(JSON.parse(host.asked.at(-1)!.body)).toEqual({ id: 'a b', key: 'canary-77ab2e' });
  expect(JSON.stringify(await history(run))).not.toContain('canary-77ab2e');
  const refused = await outcome([tell({ payload: { id: '1' } }, { server: { name: 'bus' } })]);
  expect(refused.data.error).toMatchObject({ title: 'WORKFLOW_CALL_INVALID', detail: expect.stringContaining('speak kafka') });
});

describe('U-05 secrets', () => {
  const TOKEN = 'cnry-token-7f3a9b';
  const LOGIN = 'cnry-password-51c2';
  const BODY = 'cnry-body-e01d77';
  const use = {
    secrets: ['token', 'login', 'pin'],
    authentications: { ours: { basic: { use: 'login' } } },
  };
  /** Once every view knows all that happened to the run. */
  const everywhere = async (run: string): Promise<string> => {
    const { position } = (await history(run)).at(-1)!;
    const asked = await a.admin.data(
      `query($r: ID!, $w: String) { workflowRun(run: $r, waitFor: $w) { reason error }
        workflowRunHistory(run: $r, first: 200) { nodes { type data } }
        workflowTasks(run: $r, first: 50, waitFor: $w) { nodes { input output error } }
        auditEntries(first: 200, waitFor: $w) { nodes { operation subject facts { name value } } }
        secrets(first: 50, waitFor: $w) { nodes { name hosts fingerprint } } }`,
      { r: run, w: position },
    );
    return JSON.stringify(asked);
  };
  const forms = [TOKEN, LOGIN, BODY].flatMap((one) => [
    one,
    Buffer.from(one).toString('base64'),
    Buffer.from(`ada:${one}`).toString('base64'),
  ]);

  beforeAll(async () => {
    await secret('token', TOKEN);
    await secret('login', `ada:${LOGIN}`);
    await secret('pin', JSON.stringify({ pin: BODY }));
  });

  it('go where they are bound to, and are found nowhere afterwards, even if the host says them back', async () => {
    host.answer = ({ headers, body }, response) => json(response, { headers, body, raw: headers.authorization }, 200, { 'x-back': TOKEN });
    const call = http({
      method: 'post',
      endpoint: { uri: `${host.origin}/`, authentication: { use: 'ours' } },
      headers: { 'x-token': '${ "Token " + $secrets.token }', 'x-for': '${ .who }' },
      body: { pin: '${ $secrets.pin.pin }', who: '${ .who }' },
      output: 'response',
    });
    // What comes from outside is no expression, whatever it looks like.
    const run = await started(await saved([{ ask: call }], { use }), { who: '${ $secrets.token }' });
    expect(await ended(run)).toMatchObject({ type: 'RunCompleted' });
    expect(host.asked).toMatchObject([
      {
        headers: {
          authorization: `Basic ${Buffer.from(`ada:${LOGIN}`).toString('base64')}`,
          'x-token': `Token ${TOKEN}`,
          'x-for': '${ $secrets.token }',
        },
        body: JSON.stringify({ pin: BODY, who: '${ $secrets.token }' }),
      },
    ]);
    const seen = await everywhere(run);
    expect(seen).toContain('[secret]');
    expect(seen).toContain('$secrets.token');
    expect(forms.filter((one) => seen.includes(one))).toEqual([]);
    const reveals =
      '{ auditEntries(first: 200, filter: { operation: "secrets.reveal" }) { nodes { subject outcome facts { name value } } } }';
    const used = (of: string) =>
      eventually(
        async () =>
          (await a.admin.data<{ auditEntries: { nodes: { subject: string; facts: { value: unknown }[] }[] } }>(reveals)).auditEntries.nodes,
        (nodes) => nodes.some(({ subject, facts }) => subject.includes(of) && facts.some(({ value }) => value === run)),
      );
    await Promise.all(['token', 'login', 'pin'].map(used));
  });

  it('are taken anew at each attempt: a rotated one heals a call that was refused', async () => {
    await secret('token', 'cnry-token-old-11');
    host.answer = ({ headers }, response) => json(response, {}, headers['authorization'] === `Bearer ${TOKEN}` ? 200 : 401);
    const bearer = { uri: `${host.origin}/`, authentication: { bearer: { token: '${ $secrets.token }' } } };
    const retry = { delay: { milliseconds: 100 }, limit: { attempt: { count: 500 } } };
    const name = await saved(
      [{ careful: { try: [{ ask: http({ endpoint: bearer }) }], catch: { errors: { with: { status: 401 } }, retry } } }],
      { use },
    );
    const run = await started(name);
    const facts = await eventually(
      () => history(run),
      (all) => all.some(({ type }) => type === 'TaskFailed'),
    );
    expect(facts.find(({ type }) => type === 'TaskFailed')).toMatchObject({
      data: { error: { type: expect.stringMatching(/authentication$/), status: 401, title: 'WORKFLOW_AUTHENTICATION_FAILED' } },
    });
    await a.admin.data('mutation($v: String!) { rotateSecret(extension: "workflows", name: "token", value: $v) { version } }', {
      v: TOKEN,
    });
    expect(await ended(run)).toMatchObject({ type: 'RunCompleted' });
  });

  it('never leave for a host they are not bound to, nor with a redirect', async () => {
    await open(other);
    const bound = (authentication: object) => http({ endpoint: { uri: `${other.origin}/`, authentication } });
    await secret('pin', 'elsewhere-only', ['api.example']);
    expect(await outcome([{ ask: bound({ bearer: { token: '${ $secrets.pin }' } }) }], { use })).toMatchObject({
      data: { error: { type: expect.stringMatching(/authorization$/), title: 'DATA_SECRET_DENIED' } },
    });
    expect(other.asked).toHaveLength(0);
    await secret('pin', JSON.stringify({ pin: BODY }));

    host.answer = ({ url }, response) => {
      response.writeHead(url === '/see' ? 303 : 307, { location: `${other.origin}/catch` });
      response.end();
    };
    const sent = (path: string, more: object) =>
      outcome([{ ask: http({ method: 'post', endpoint: `${host.origin}${path}`, redirect: true, ...more }) }], { use });
    await sent('/go', { headers: { 'x-token': '${ $secrets.token }' }, body: {} });
    await sent('/see', { body: { pin: '${ $secrets.pin.pin }' } });
    expect(await sent('/go', { body: { pin: '${ $secrets.pin.pin }' } })).toMatchObject({
      data: { error: { title: 'SECURITY_EGRESS_REDIRECT_REFUSED' } },
    });
    expect(other.asked.map(({ method, headers, body }) => [method, headers['x-token'], body])).toEqual([
      ['POST', undefined, '{}'],
      ['GET', undefined, ''],
    ]);
    await close(other);
  });

  it('say nothing when an expression stumbles over one', async () => {
    const run = await started(await saved([{ ask: http({ headers: { 'x-n': '${ $secrets.token | tonumber }' } }) }], { use }));
    expect(await ended(run)).toMatchObject({
      data: { error: { type: expect.stringMatching(/expression$/), title: 'WORKFLOW_SECRET_FAILED' } },
    });
    const seen = await everywhere(run);
    expect(seen).toContain('WORKFLOW_SECRET_FAILED');
    expect(forms.filter((one) => seen.includes(one))).toEqual([]);
  });

  it('belong to one tenant, and to who may set them', async () => {
    await open(host, b.admin);
    const bearer = { uri: `${host.origin}/`, authentication: { bearer: { token: '${ $secrets.token }' } } };
    expect(await outcome([{ ask: http({ endpoint: bearer }) }], { use }, {}, b)).toMatchObject({
      data: { error: { title: 'DATA_SECRET_DENIED' } },
    });
    expect(host.asked).toHaveLength(0);
    const input = { extension: 'workflows', name: 'token', value: 'x', hosts: ['127.0.0.1'] };
    expect(await (await app.somebody(a.id, 'developer')).code(SET, { i: input })).toBe('REQUEST_DENIED');
    expect(await a.admin.code(SET, { i: { ...input, hosts: undefined } })).toBe('REQUEST_INVALID');
  });

  it('answer a digest challenge', async () => {
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    host.answer = ({ headers, url, method }, response) => {
      const given = Object.fromEntries(
        [...String(headers.authorization).matchAll(/(\w+)="?([^",]+)"?/g)].map(([, name, value]) => [name, value]),
      );
      const expected = md5(`${md5(`ada:here:${LOGIN}`)}:n0nce:00000001:${given['cnonce'] ?? ''}:auth:${md5(`${method}:${url}`)}`);
      if (given['response'] === expected) return json(response, { in: true });
      return json(response, {}, 401, {
        'www-authenticate': 'Basic realm="here", Digest realm="here", nonce="n0nce", qop="auth", algorithm=MD5',
      });
    };
    const digest = { uri: `${host.origin}/a?b=c`, authentication: { digest: { use: 'login' } } };
    expect((await outcome([{ ask: http({ endpoint: digest }) }], { use })).data.output).toEqual({ in: true });
    expect(host.asked).toHaveLength(2);
  });

  it.each(['oauth2', 'oidc'])('become tokens by %s, kept while they are taken, and asked for anew when they are not', async (scheme) => {
    let issued = 0;
    let valid = '';
    await open(other);
    await secret('pin', BODY);
    other.answer = ({ url, body, headers }, response) => {
      if (url.endsWith('/.well-known/openid-configuration'))
        return json(response, { issuer: other.origin, token_endpoint: `${other.origin}/oauth2/token` });
      const given = new URLSearchParams(body);
      const known = headers.authorization === `Basic ${Buffer.from(`me:${BODY.replaceAll('-', '%2D')}`).toString('base64')}`;
      if (!known || given.get('grant_type') !== 'client_credentials' || given.get('scope') !== 'read write')
        return json(response, { error: 'invalid_client' }, 401);
      issued += 1;
      valid = `cnry-access-${scheme}-${issued}`;
      json(response, { access_token: valid, token_type: 'Bearer', expires_in: 3600 });
    };
    host.answer = ({ headers }, response) =>
      json(response, { said: headers.authorization }, headers.authorization === `Bearer ${valid}` ? 200 : 401);
    const client = { id: 'me', secret: '${ $secrets.pin }', authentication: 'client_secret_basic' };
    const policy = { authority: other.origin, grant: 'client_credentials', client, scopes: ['read', 'write'] };
    const name = await saved([{ ask: http({ endpoint: { uri: `${host.origin}/`, authentication: { [scheme]: policy } } }) }], { use });
    const runs = [await started(name)];
    expect(await ended(runs[0]!)).toMatchObject({ data: { output: { said: 'Bearer [secret]' } } });
    runs.push(await started(name));
    await ended(runs[1]!);
    expect(issued).toBe(1);
    valid = 'taken back';
    expect(await ended(await started(name))).toMatchObject({ type: 'RunCompleted' });
    expect(issued).toBe(2);
    const seen = (await Promise.all(runs.map(everywhere))).join();
    expect(seen).toContain('Bearer [secret]');
    expect([...forms, 'cnry-access'].filter((one) => seen.includes(one))).toEqual([]);
    await secret('pin', 'cnry-wrong-secret');
    expect(await ended(await started(name))).toMatchObject({
      data: { error: { type: expect.stringMatching(/authentication$/), status: 401, title: 'WORKFLOW_AUTHENTICATION_FAILED' } },
    });
    await secret('pin', JSON.stringify({ pin: BODY }));
    await close(other);
  });

  it('are refused where they would become part of the run, or could never be asked with', async () => {
    const refused = async (tasks: readonly object[], more: object = {}) => {
      const source = JSON.stringify({ document: { dsl: '1.0.3', name: 'refused', version: '1.0.0' }, use, ...more, do: tasks });
      const { validateWorkflow } = await a.admin.data<{ validateWorkflow: { problems: { code: string; pointer: string; fix: string }[] } }>(
        'query($s: String!) { validateWorkflow(source: $s) { problems { code pointer fix } } }',
        { s: source },
      );
      return validateWorkflow.problems.map(({ code, pointer }) => `${code} ${pointer}`);
    };
    expect(await refused([{ keep: { set: { t: '${ $secrets.token }' } } }])).toEqual(['WORKFLOW_SECRET_MISPLACED /do/0/keep/set/t']);
    expect(await refused([{ ask: http({ query: { t: '${ $secrets.token }' } }) }])).toEqual([
      'WORKFLOW_SECRET_MISPLACED /do/0/ask/with/query/t',
    ]);
    expect(await refused([{ ask: http({ headers: { t: '${ $secrets[.name] }' } }) }])).toEqual([
      'WORKFLOW_SECRET_MISPLACED /do/0/ask/with/headers/t',
    ]);
    expect(await refused([{ ask: http({ headers: { t: '${ $secrets.other }' } }) }])).toEqual([
      'WORKFLOW_REFERENCE_UNKNOWN /do/0/ask/with/headers/t',
    ]);
    const policy = { authority: other.origin, grant: 'refresh_token', client: { id: 'me', secret: '${ $secrets.pin }' } };
    expect(await refused([{ ask: http({ endpoint: { uri: `${host.origin}/`, authentication: { oauth2: policy } } }) }])).toEqual([
      'WORKFLOW_AUTHENTICATION_INVALID /do/0/ask/with/endpoint/authentication/oauth2/grant',
    ]);
  });
});
