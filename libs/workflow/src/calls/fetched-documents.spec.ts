import { expect, it } from '@jest/globals';
import { manualClock } from '@kari/kernel/testing';
import type { JsonObject } from '../json.js';
import type { EffectRequest } from '../run/engine-parts.js';
import { FetchedDocuments, jsonOrYaml } from './fetched-documents.js';

/** A host with one text behind every address; counts what it is asked. */
function library(text: string) {
  const clock = manualClock();
  const asked: string[] = [];
  const exchange = {
    perform: (_: EffectRequest, { plain }: { readonly plain: { readonly url: string } }) => {
      asked.push(plain.url);
      return Promise.resolve(Buffer.from(text).toString('base64'));
    },
  };
  const documents = new FetchedDocuments(exchange, clock);
  const read = (url: string, { tenant = 'a', workflow = 'w', authentication = null as JsonObject | null } = {}) => {
    const endpoint: JsonObject = authentication === null ? { uri: url } : { uri: url, authentication };
    const made = { document: { endpoint } };
    return documents.read({ tenant, workflow } as EffectRequest, 'document', { template: made, made }, jsonOrYaml);
  };
  return { clock, asked, read };
}

it('reads a document once in five minutes, in JSON or YAML', async () => {
  const { clock, asked, read } = library('a: [1, 2]');
  for (let again = 0; again < 2; again += 1)
    expect(await read('https://a.example/x')).toEqual({ url: 'https://a.example/x', content: { a: [1, 2] } });
  expect(asked).toEqual(['https://a.example/x']);
  await clock.advance(300_001);
  await read('https://a.example/x');
  expect(asked).toHaveLength(2);
});

it('keeps it for the tenant, the workflow and the credentials that it was read with, and for nobody else', async () => {
  const { asked, read } = library('{}');
  const bearer = (token: string) => ({ authentication: { bearer: { token } } });
  for (const other of [{}, { tenant: 'b' }, { workflow: 'v' }, bearer('x'), bearer('y')]) await read('https://a.example/x', other);
  expect(asked).toHaveLength(5);
});

it('lets the oldest go when there is too much text', async () => {
  const { asked, read } = library(`{"a":"${'x'.repeat(1_500_000)}"}`);
  for (const name of ['one', 'two', 'three']) await read(`https://a.example/${name}`);
  await read('https://a.example/three');
  await read('https://a.example/two');
  expect(asked).toHaveLength(3);
  await read('https://a.example/one');
  expect(asked).toHaveLength(4);
});

it('refuses what is no document', async () => {
  for (const text of ['{"a":', ': : :'])
    await expect(library(text).read('https://a.example/x')).rejects.toMatchObject({ code: 'WORKFLOW_CALL_INVALID' });
});
