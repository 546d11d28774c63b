// The conformance features of the Serverless Workflow DSL, as the specification has them: each scenario is saved and run by the validator and the
// engine that run everything else. The hosts that they call are a stand-in here.
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { AstBuilder, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { IdGenerator, type Scenario } from '@cucumber/messages';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse as yaml } from 'yaml';
import { startConformanceEngine, type ConformanceEngine, type Executed } from '../support/conformance-engine.js';

const FEATURES = resolve(import.meta.dirname, '../fixtures/serverless-workflow-ctk');
const PETS = [
  { id: 1, name: 'Milou', status: 'available' },
  { id: 2, name: 'Rantanplan', status: 'available' },
];

let engine: ConformanceEngine;
beforeAll(async () => {
  engine = await startConformanceEngine(['petstore.swagger.io', 'httpbin.org'], outside);
});
afterAll(() => engine?.stop());

const parser = new Parser(new AstBuilder(IdGenerator.incrementing()), new GherkinClassicTokenMatcher());
const features = readdirSync(FEATURES)
  .filter((file) => file.endsWith('.feature'))
  .map((file) => parser.parse(readFileSync(join(FEATURES, file), 'utf8')).feature!);
const scenarios = features.map(({ name, children }) => ({ name, list: children.flatMap(({ scenario }) => scenario ?? []) }));

describe('Serverless Workflow conformance', () => {
  it('is all of it: 11 features, 21 scenarios', () => {
    expect([features.length, scenarios.reduce((count, { list }) => count + list.length, 0)]).toEqual([11, 21]);
  });

  for (const { name: feature, list } of scenarios) {
    for (const scenario of list) it(`${feature}: ${scenario.name}`, () => play(scenario));
  }
});

async function play({ steps }: Scenario): Promise<void> {
  let source = '';
  let input: unknown = {};
  let run: Executed | undefined;
  for (const { text, docString } of steps) {
    const content = docString?.content ?? '';
    if (text === 'a workflow with definition:') source = content;
    else if (text === 'given the workflow input is:') input = yaml(content);
    else if (text === 'the workflow is executed') run = await engine.execute(source, input);
    else judge(run!, text, docString === undefined ? undefined : yaml(content));
  }
}

/** A step that is not known is a failure: nothing is passed over. */
function judge({ state, order }: Executed, text: string, wanted: unknown): void {
  const output = state.result?.output;
  const [first, second] = [...text.matchAll(/'([^']*)'/g)].map(([, name]) => name!);
  const task = /^(\w+) should run (first|last|after (\w+))$/.exec(text);
  if (text === 'the workflow should complete') expect(state).toMatchObject({ status: 'completed' });
  else if (text === 'the workflow should complete with output:') expect([state.status, output]).toEqual(['completed', wanted]);
  else if (text === 'the workflow should fault') expect(state.status).toBe('failed');
  else if (text === 'the workflow should fault with error:') expect(state.failure?.error).toMatchObject(wanted as object);
  else if (/^the workflow output should have properties /.test(text)) {
    for (const [, path] of text.matchAll(/'([^']*)'/g)) expect(at(output, path!)).toBeDefined();
  } else if (/^the workflow output should have a '[^']*' property with value:$/.test(text)) expect(at(output, first!)).toEqual(wanted);
  else if (/^the workflow output should have a '[^']*' property containing \d+ items$/.test(text))
    expect(at(output, first!)).toHaveLength(Number(/(\d+) items$/.exec(text)![1]));
  else if (task !== null) {
    const [, name, when, before] = task;
    if (when === 'first') expect(order[0]).toBe(name);
    else if (when === 'last') expect(order.at(-1)).toBe(name);
    else expect(order.indexOf(name!)).toBe(order.indexOf(before!) + 1);
  } else throw new Error(`unknown step: ${text} (${String(second)})`);
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** What of petstore.swagger.io and httpbin.org the features ask for. */
function outside(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `https://${request.headers.host ?? ''}`);
  const answer = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const login = /^\/basic-auth\/([^/]+)\/([^/]+)$/.exec(url.pathname);
  if (url.host === 'httpbin.org' && login !== null) {
    const wanted = `Basic ${Buffer.from(`${login[1]!}:${login[2]!}`).toString('base64')}`;
    return answer(request.headers.authorization === wanted ? 200 : 401, { authenticated: true });
  }
  if (url.pathname === '/v2/swagger.json') return answer(200, PETSTORE);
  if (url.pathname === '/v2/pet/findByStatus')
    return answer(
      200,
      PETS.filter(({ status }) => url.searchParams.getAll('status').includes(status)),
    );
  const pet = PETS.find(({ id }) => url.pathname === `/v2/pet/${id}`);
  return pet === undefined ? answer(404, { message: 'Pet not found' }) : answer(200, pet);
}

/** As the original describes these two. */
const PETSTORE = {
  swagger: '2.0',
  info: { title: 'Swagger Petstore', version: '1.0.7' },
  host: 'petstore.swagger.io',
  basePath: '/v2',
  schemes: ['https', 'http'],
  paths: {
    '/pet/findByStatus': {
      get: {
        operationId: 'findPetsByStatus',
        produces: ['application/json', 'application/xml'],
        parameters: [{ name: 'status', in: 'query', required: true, type: 'array', items: { type: 'string' }, collectionFormat: 'multi' }],
        responses: { 200: { description: 'successful operation' } },
      },
    },
    '/pet/{petId}': {
      get: {
        operationId: 'getPetById',
        produces: ['application/json', 'application/xml'],
        parameters: [{ name: 'petId', in: 'path', required: true, type: 'integer', format: 'int64' }],
        responses: { 200: { description: 'successful operation' } },
      },
    },
  },
};
