// S-08 at large: generated requests, each against listeners that count. None of them may open a connection to a forbidden place, and the same
// requests do open one where an operator has opened the place: it is the judge that stops them, not the test.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { handleCommand, Rejection } from '@kari/kernel';
import { judgeAddress } from './address.rules.js';
import { PRIVATE_HOSTS, privateHostDecider } from './private-host.decider.js';
import { normalisedHost, type HttpScope } from './target.rules.js';
import { ambiguitiesOf, forbiddenAddresses, spellingsOf } from './testing/ssrf-cases.js';
import { OTHER_TENANT, PUBLIC_ADDRESS, TENANT, testNetwork, type TestNetwork } from './testing/test-network.js';

const API: HttpScope = { host: 'api.example', scheme: 'http' };
const VICTIM: HttpScope = { host: 'victim.example', scheme: 'http' };
const REFUSALS = ['SECURITY_EGRESS_UNDECLARED', 'SECURITY_EGRESS_URL_INVALID', 'SECURITY_EGRESS_ADDRESS_FORBIDDEN'];

let net: TestNetwork;
let extensions = 0;
let judged = 0;

beforeAll(async () => {
  net = await testNetwork();
});
afterAll(() => net.stop());
beforeEach(() => {
  net.reset();
  net.names.set('api.example', [[PUBLIC_ADDRESS]]);
});

/** Each case is an extension of its own: quotas are counted for one, and this is no test of quotas. */
async function ask(scopes: readonly HttpScope[], url: string, tenant = TENANT): Promise<string> {
  extensions += 1;
  try {
    const request = { url, method: 'GET', headers: {}, body: null, timeoutMs: 5_000 };
    await net.egress.fetch(net.caller(scopes, tenant, `acme.attacker-${extensions}`), request);
    return 'answered';
  } catch (error) {
    if (error instanceof Rejection) return error.code;
    throw error;
  }
}

interface Judged {
  readonly what: string;
  readonly code: string;
}

/** Nothing but what is expected, and nothing at the listener that stands behind every address that is not public. */
function expectRefused(results: readonly Judged[], codes: readonly string[]): void {
  judged += results.length;
  expect(results.filter(({ code }) => !codes.includes(code))).toEqual([]);
  expect({ connections: net.forbidden.connections, requests: net.forbidden.requests }).toEqual({ connections: 0, requests: 0 });
}

async function each(cases: readonly string[], attempt: (one: string) => Promise<string>): Promise<readonly Judged[]> {
  const results: Judged[] = [];
  // One after the other: a name holds one answer at a time.
  for (const one of cases) results.push({ what: one, code: await attempt(one) });
  return results;
}

const spelt = forbiddenAddresses.flatMap((address) => spellingsOf(address).map((spelling) => `http://${spelling}/`));

describe('S-08 requests for forbidden places, generated', () => {
  it('in every spelling, undeclared', async () => {
    expectRefused(await each(spelt, (url) => ask([API], url)), REFUSALS);
    expect(net.connects).toEqual([]);
    expect(net.questions).toEqual([]);
  });

  it('in every spelling, declared by a careless or bought operator', async () => {
    const declarable = spelt.flatMap((url) => {
      const host = normalisedHost(url.slice('http://'.length, -1));
      return host === null ? [] : [{ url, scope: { host, scheme: 'http' } as const }];
    });
    const scopes = new Map(declarable.map(({ url, scope }) => [url, scope]));
    const results = await each([...scopes.keys()], (url) => ask([scopes.get(url) ?? API], url));
    expectRefused(results, ['SECURITY_EGRESS_ADDRESS_FORBIDDEN']);
    expect(net.connects).toEqual([]);
  });

  it('where parsers differ', async () => {
    const texts = ['127.0.0.1', '169.254.169.254', 'localhost', 'internal.example'].flatMap((theirs) =>
      ambiguitiesOf('api.example', theirs),
    );
    const results = await each(texts, (url) => ask([API], url));
    // What reads as the declared host goes there, and nowhere else.
    expectRefused(results, [...REFUSALS, 'answered']);
    expect(new Set(net.connects.map(({ address }) => address))).toEqual(
      new Set(results.some(({ code }) => code === 'answered') ? [PUBLIC_ADDRESS] : []),
    );
  });

  it.each([
    ['alone', (address: string) => [[address]]],
    ['behind a public address', (address: string) => [[PUBLIC_ADDRESS, address]]],
    ['before a public address', (address: string) => [[address, PUBLIC_ADDRESS]]],
  ])('by a declared name that leads there, %s', async (_, answers) => {
    const results = await each(forbiddenAddresses, (address) => {
      net.names.set('victim.example', answers(address));
      return ask([VICTIM], 'http://victim.example/');
    });
    expectRefused(results, ['SECURITY_EGRESS_ADDRESS_FORBIDDEN']);
    expect(net.connects).toEqual([]);
  });

  it('by a name that is bound again after its first answer', async () => {
    const results = await each(forbiddenAddresses, async (address) => {
      net.reset();
      net.names.set('victim.example', [[PUBLIC_ADDRESS], [address]]);
      const first = await ask([VICTIM], 'http://victim.example/');
      const second = await ask([VICTIM], 'http://victim.example/');
      return `${first}, ${second}, asked ${net.questions.length} times, connected to ${net.connects.map((to) => to.address).join(' ')}`;
    });
    expectRefused(results, [`answered, SECURITY_EGRESS_ADDRESS_FORBIDDEN, asked 2 times, connected to ${PUBLIC_ADDRESS}`]);
  });

  it.each([301, 302, 303, 307, 308])('by a redirect with %d', async (status) => {
    const results = await each(
      [...spelt.filter((_, index) => index % 9 === status % 9), ...ambiguitiesOf('api.example', '127.0.0.1')],
      (location) => {
        const safe = location.replace(/[^!-~]/g, (sign) => encodeURIComponent(sign));
        net.allowed.handler = ({ url }, response) => {
          if (url === '/start') response.writeHead(status, { location: safe }).end();
          else response.end('declared');
        };
        return ask([API], 'http://api.example/start');
      },
    );
    expectRefused(results, ['SECURITY_EGRESS_REDIRECT_REFUSED', 'answered']);
    expect(new Set(net.connects.map(({ address }) => address))).toEqual(new Set([PUBLIC_ADDRESS]));
  });

  it('by a redirect to a declared name that leads there', async () => {
    net.allowed.handler = (_, response) => response.writeHead(302, { location: 'http://victim.example/' }).end();
    const results = await each(forbiddenAddresses, (address) => {
      net.names.set('victim.example', [[address]]);
      return ask([API, VICTIM], 'http://api.example/');
    });
    expectRefused(results, ['SECURITY_EGRESS_ADDRESS_FORBIDDEN']);
  });

  it('at the end of ten redirects', async () => {
    net.allowed.handler = ({ url }, response) => {
      const step = Number(url?.slice(1) ?? 0) + 1;
      response.writeHead(302, { location: step === 10 ? 'http://127.0.0.1/' : `/${step}` }).end();
    };
    expectRefused(await each(['http://api.example/0'], (url) => ask([API], url)), ['SECURITY_EGRESS_REDIRECT_LIMIT']);
    expect(net.allowed.requests).toBe(6);
  });
});

describe('S-08 the count', () => {
  it('of the requests above is 500 or more', () => {
    process.stdout.write(`S-08: ${judged} requests for forbidden places\n`);
    expect(judged).toBeGreaterThanOrEqual(500);
  });
});

describe('S-08 the control: the same requests, where an operator has opened the place', () => {
  const openable = forbiddenAddresses.filter((address) => {
    const verdict = judgeAddress(address);
    return !verdict.public && verdict.openable;
  });

  it('do reach the listener that otherwise counts nothing', async () => {
    const networks = openable.map((address) => `${address}/${address.includes(':') ? 128 : 32}`);
    const open = (host: string) =>
      handleCommand(
        net.store,
        privateHostDecider,
        PRIVATE_HOSTS,
        { type: 'OpenPrivateHost', data: { host, networks, tenant: OTHER_TENANT, reason: 'the control' } },
        {
          commandId: randomUUID(),
          tenant: '_',
          actor: 'operator',
          actorKind: 'user',
          correlationId: randomUUID(),
          now: '2026-01-01T00:00:00.000Z',
        },
      );
    await open('victim.example');
    const reached = await each(openable, (address) => {
      net.names.set('victim.example', [[address]]);
      return ask([VICTIM], 'http://victim.example/', OTHER_TENANT);
    });
    expect(reached.filter(({ code }) => code !== 'answered')).toEqual([]);
    expect(net.forbidden.requests).toBe(openable.length);
    expect(openable.length).toBeGreaterThan(30);
  });
});
