// GraphQL over HTTP as its specification's own audits see it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serverAudits, type AuditResult } from 'graphql-http';
import { startEdge, TENANT_A, TOKENS, type EdgeApp } from './edge-app.js';

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge?.close());

const authorised: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${TOKENS.reader}`);
  headers.set('kari-tenant', TENANT_A);
  return fetch(input, { ...init, headers });
};

describe('G-01 GraphQL over HTTP', () => {
  it('passes every MUST and SHOULD of the audits; MAY is reported', async () => {
    const results: { readonly name: string; readonly result: AuditResult }[] = [];
    for (const audit of serverAudits({ url: () => `${edge.url}/graphql`, fetchFn: authorised }))
      results.push({ name: audit.name, result: await audit.fn() });
    const failed = results
      .filter(({ result }) => result.status !== 'ok')
      .map(({ name, result }) => `${result.status} ${result.id} ${name}: ${'reason' in result ? result.reason : ''}`);
    const count = (word: string) => results.filter(({ name }) => name.startsWith(word)).length;
    process.stdout.write(
      `${count('MUST')} MUST, ${count('SHOULD')} SHOULD, ${count('MAY')} MAY; not met: ${failed.length}\n${failed.join('\n')}\n`,
    );
    expect(failed.filter((line) => / (MUST|SHOULD) /.test(line))).toEqual([]);
  });
});
