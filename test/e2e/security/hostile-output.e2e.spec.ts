// S-10: what an extension says is hostile input. Markup, escape sequences, forged log lines, formulas, forged metrics, huge and wrong values, in
// outputs, errors, log lines, events and configuration: validated or encoded wherever they surface. And requests that lie about what they are.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/client.js';
import { startExtensionWorld, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

const ESCAPE = '\u001b';
const MARK = 'forged-7d31';
const hostile: Readonly<Record<string, string>> = {
  markup: `<script>${MARK}()</script><img src=x onerror=${MARK}>"><svg onload=${MARK}>`,
  'terminal escapes': `${ESCAPE}[2J${ESCAPE}]0;${MARK}\u0007${ESCAPE}[31mred\u009b31m`,
  'a forged log line': `fine\r\n{"level":"error","message":"${MARK}","tenant":"_"}\nKari is ready ${MARK}`,
  'a forged log level': `\n<0>${MARK}\n<3>${MARK}`,
  'a formula': `=cmd|' /C ${MARK}'!A0`,
  'a forged metric': `x"} 1\n${MARK} 1\n# HELP ${MARK} x`,
  'other line ends': `a\u2028${MARK}\u2029b\u0085c\u000b${MARK}`,
  'text that runs backwards': `\u202e${MARK}\u2066\u200b`,
  'a placeholder': `\${${MARK}} {{${MARK}}} %s %o %n`,
};
const cases = Object.entries(hostile);
const text = { type: 'string', maxLength: 4000 };
const shape = { type: 'object', properties: { text }, required: ['text'], additionalProperties: false };

let folder: string;
let world: ExtensionWorld;
let tenant: TenantDesk;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kari-mouth-'));
  const home = join(folder, 'loud.mouth');
  mkdirSync(join(home, 'src'), { recursive: true });
  const plugin = { description: 'Says it.', version: '1.0.0', input: shape, output: shape, effect: 'write', idempotent: true };
  writeFileSync(
    join(home, 'extension.json'),
    JSON.stringify({
      id: 'loud.mouth',
      name: `<script>${MARK}()</script>"><svg>`,
      version: '1.0.0',
      description: `${hostile['a formula']} ${hostile['a placeholder']}`,
      license: 'Apache-2.0',
      category: 'utilities',
      platform: '*',
      entry: 'src/index.ts',
      permissions: { events: [{ publish: 'loud.mouth.said.v1', reason: 'It says everything.' }] },
      plugins: Object.fromEntries(['say', 'fail', 'tell', 'mistype', 'huge', 'more', 'publish'].map((name) => [`mouth.${name}`, plugin])),
      events: { publishes: { 'loud.mouth.said.v1': { description: 'It was said.', schema: shape } } },
      config: { type: 'object', properties: { motto: { type: 'string', maxLength: 10 } }, additionalProperties: false },
    }),
  );
  writeFileSync(
    join(home, 'src/index.ts'),
    `import { extension } from '@kari/sdk';
    export const start = extension({ plugins: {
      'mouth.say': ({ text }: any) => ({ text }),
      'mouth.fail': ({ text }: any) => { throw Object.assign(new Error(text), { name: text, code: text, stack: text }); },
      'mouth.tell': ({ text }: any, { log, metrics }: any) => {
        log.error(text, { [text]: text });
        console.error(text);
        metrics.record(text, 1, { [text]: text });
        return { text: 'told' };
      },
      'mouth.mistype': () => ({ text: 7 }) as any,
      'mouth.more': ({ text }: any) => ({ text, more: text }) as any,
      'mouth.huge': () => ({ text: 'x'.repeat(900_000) }),
      'mouth.publish': async ({ text }: any, { events }: any) => {
        await events.publish('loud.mouth.said.v1', 'said', { text });
        return { text: 'published' };
      },
    } });`,
  );
  world = await startExtensionWorld([folder]);
  tenant = await world.tenant('audience');
  await tenant.install('loud.mouth');
}, 120_000);

afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('S-10 what an extension says', () => {
  it.each(cases)('as an output with %s is data, and typed as data', async (_, said) => {
    expect(await tenant.call('mouth.say', { text: said })).toEqual({ text: said });
  });

  it('as an answer is sent so that no browser takes it for a page', async () => {
    const response = await fetch(`${world.server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${world.server.adminToken}`,
        'kari-tenant': '_',
        accept: 'text/html',
      },
      body: JSON.stringify({ query: '{ registeredExtensions { nodes { id } } }' }),
    });
    expect(response.headers.get('content-type') ?? '').toMatch(/json/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    ['of the wrong type', 'mouth.mistype'],
    ['with a field too many', 'mouth.more'],
    ['too large', 'mouth.huge'],
  ])('as an output %s is refused', async (_, plugin) => {
    const { data, errors } = await tenant.ask(plugin, { text: MARK });
    expect(data).toBeNull();
    expect(errors[0]?.extensions.code).toMatch(/^(PLUGIN|SANDBOX)_/);
  });

  it.each(cases)('as an error with %s is a coded refusal whose words are one line of text', async (_, said) => {
    const { errors } = await tenant.ask('mouth.fail', { text: said });
    expect(errors[0]?.extensions.code).toBe('PLUGIN_FAILED');
    expect(errors[0]?.message).toContain(MARK);
    expect(controlCharacters(`${errors[0]?.message} ${String(errors[0]?.extensions['next'])}`)).toEqual([]);
  });

  it('as a line of the log stays one entry of its own extension, without control characters', async () => {
    for (const [, said] of cases) await tenant.call('mouth.tell', { text: said });
    await tenant.call('mouth.tell', { text: 'the last one' });
    const lines = await eventually(
      async () =>
        (await tenant.caller.data<{ logs: { nodes: Line[] } }>('{ logs(first: 200) { nodes { extension level message fields source } } }'))
          .logs.nodes,
      (nodes) => nodes.some(({ message }) => message.includes('the last one')),
    );
    const mine = lines.filter(({ message, fields }) => `${message}${fields ?? ''}`.includes(MARK));
    expect(mine.length).toBeGreaterThan(cases.length);
    expect(mine.filter(({ extension, source }) => extension !== 'loud.mouth' || source === 'HOST')).toEqual([]);
    expect(mine.filter(({ message }) => controlCharacters(message).length > 0)).toEqual([]);
  });

  it('as an event is data', async () => {
    for (const [, said] of cases) await tenant.call('mouth.publish', { text: said });
    const { events } = await eventually(
      () => tenant.caller.data<{ events: { nodes: { data: { text: string } }[] } }>('{ events(first: 50) { nodes { data } } }'),
      (answer) => answer.events.nodes.length >= cases.length,
    );
    expect(new Set(events.nodes.map(({ data }) => data.text))).toEqual(new Set(Object.values(hostile)));
  });

  it('as configuration is held against its schema, and the refusal repeats no control character', async () => {
    for (const [, said] of cases) {
      const { errors } = await tenant.caller.ask(
        'mutation ($input: SetConfigurationInput!) { setConfiguration(input: $input) { revision } }',
        {
          input: { extension: 'loud.mouth', values: { motto: said, [said]: said } },
        },
      );
      expect(errors[0]?.extensions.code).toMatch(/^DATA_CONFIG/);
      expect(controlCharacters(errors[0]?.message ?? '')).toEqual([]);
    }
  });

  it('forges no line of the server’s own log', () => {
    const lines = world.server
      .output()
      .split('\n')
      .filter((line) => line !== '');
    expect(controlCharacters(lines.join(''))).toEqual([]);
    const forged = lines.filter((line) => line.includes(MARK) && !isJsonOf(line, 'loud.mouth'));
    expect(forged).toEqual([]);
  });

  it('forges no metric, no line of health and no part of the page', async () => {
    const read = async (path: string): Promise<string> =>
      (
        await fetch(`${world.server.url}${path}`, {
          headers: { authorization: `Bearer ${world.server.adminToken}`, accept: 'text/html, */*' },
        })
      ).text();
    const metrics = await read('/metrics');
    expect(metrics.split('\n').filter((line) => !/^(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? [-+.\deEInfNa]+)?$/.test(line))).toEqual([]);
    expect(metrics.split('\n').filter((line) => line.includes(MARK))).toEqual([]);
    for (const path of ['/', '/health/ready', '/health/live']) expect(await read(path)).not.toContain(MARK);
  });
});

describe('requests that lie about what they are', () => {
  const types = [
    ...['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'text/plain', 'application/octet-stream', 'text/xml'],
    ...['application/json; charset=utf-7', 'application/graphql', 'text/html'],
  ];
  const routes = ['/', '/graphql', '/health/live', '/health/ready', '/metrics', '/graphiql', '/upload', '/assets/x'];
  const uploads = [
    { files: { file: { filepath: '/etc/passwd', path: '/etc/passwd', originalFilename: 'x', size: 1 } } },
    { query: 'mutation($f: Upload!) { x(f: $f) }', variables: { f: { path: '/etc/passwd' } }, map: { 0: ['variables.f'] } },
  ];
  const token = () => ({ authorization: `Bearer ${world.server.adminToken}`, 'kari-tenant': '_' });

  it.each(routes)('get no file by a forged upload at %s, whatever the content type', async (route) => {
    for (const type of types) {
      for (const upload of uploads) {
        const response = await fetch(`${world.server.url}${route}`, {
          method: 'POST',
          headers: { ...token(), 'content-type': type },
          body: JSON.stringify(upload),
        });
        const answer = await response.text();
        expect({ route, type, ok: response.ok, read: /root:.*:0:0/.test(answer) }).toEqual({ route, type, ok: false, read: false });
      }
    }
  });

  it('are answered when they say what they are: the control', async () => {
    const { status } = await world.operator.ask('{ me { id } }');
    expect(status).toBe(200);
  });

  const traversals = ['../', '..%2f', '%2e%2e%2f', '%252e%252e%252f', '..%c0%af', '..\\', '..%5c', '....//', '.%00./', '%2e%2e/'];
  it.each(['/', '/graphql/', '/graphiql/', '/health/', '/metrics/', '/assets/', '/extensions/loud.mouth/'])(
    'leave %s by no spelling of a path',
    async (base) => {
      for (const step of traversals) {
        const { status, body } = await raw(`${base}${step.repeat(9)}etc/passwd`);
        expect({ base, step, status: status >= 400, read: /root:.*:0:0/.test(body) }).toEqual({ base, step, status: true, read: false });
      }
    },
  );

  it('expand no @file in an argument of the API', async () => {
    for (const argument of [
      '@/etc/passwd',
      '@file:/etc/passwd',
      'file:///etc/passwd',
      '$(cat /etc/passwd)',
      '`cat /etc/passwd`',
      '<(cat /etc/passwd)',
    ]) {
      expect(await tenant.call('mouth.say', { text: argument })).toEqual({ text: argument });
      const refused = await tenant.caller.ask('query ($id: ID!) { extension(extension: $id) { id } }', { id: argument });
      expect(JSON.stringify(refused)).not.toMatch(/root:.*:0:0/);
    }
  });

  /** Not by `fetch`, which would tidy the path before it is sent. */
  function raw(path: string): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(world.server.url);
    return new Promise((resolve, reject) => {
      request({ hostname, port, path, headers: token() }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      })
        .on('error', reject)
        .end();
    });
  }
});

interface Line {
  readonly extension: string;
  readonly level: string;
  readonly message: string;
  readonly fields: string | null;
  readonly source: string;
}

/** Of C0 and C1, line ends among them: none of them belongs into a text of one line. */
function controlCharacters(value: string): readonly string[] {
  return [...value].filter((sign) => /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(sign)).map((sign) => sign.charCodeAt(0).toString(16));
}

function isJsonOf(line: string, extension: string): boolean {
  try {
    return (JSON.parse(line) as { extension?: string }).extension === extension;
  } catch {
    return false;
  }
}
