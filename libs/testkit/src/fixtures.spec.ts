// The fixture extensions do what their names say, judged by the same test host and package reader as everybody else's.
import { afterEach, describe, expect, it } from '@jest/globals';
import { readPackageFolder } from '@kari/package';
import { ContractViolation, testHost, type TestHost } from './index.js';

const fixture = (name: string) => new URL(`../../../test/fixtures/extensions/${name}/`, import.meta.url);
const refusal = (name: string) =>
  readPackageFolder(fixture(name).pathname).then(
    () => 'accepted',
    (error: { code: string; facts: { problems?: readonly { code: string }[] } }) => [error.code, error.facts.problems?.[0]?.code],
  );

let host: TestHost | null = null;
afterEach(() => host?.close());

it('good keeps its word', async () => {
  host = await testHost(fixture('good'));
  expect(await host.checkExamples()).toEqual([]);
  expect(await host.call('note.keep', { text: 'a' })).toEqual({ text: '' });
  expect(await host.call('note.keep', { text: 'b' })).toEqual({ text: 'a' });
});

it('lying is caught at every lie', async () => {
  host = await testHost(fixture('lying'));
  for (const intent of ['output.wrong', 'output.extra', 'error.undeclared', 'error.details']) {
    await expect(host.call(intent, { text: 'a' })).rejects.toThrow(ContractViolation);
  }
  await expect(host.call('effect.hidden', { text: 'a' })).rejects.toMatchObject({ code: 'DENIED' });
});

it('thirdparty is a finished package: nothing is compiled', async () => {
  expect(await readPackageFolder(fixture('thirdparty').pathname)).toMatchObject({ kind: 'bundle', manifest: { id: 'stranger.echo' } });
});

describe('broken packages are refused, each for its own reason', () => {
  it.each([
    ['not-json', 'PACKAGE_MANIFEST_INVALID', 'PACKAGE_MANIFEST_SYNTAX'],
    ['no-id', 'PACKAGE_MANIFEST_INVALID', 'PACKAGE_MANIFEST_SHAPE'],
    ['unknown-key', 'PACKAGE_MANIFEST_INVALID', 'PACKAGE_MANIFEST_UNKNOWN_KEY'],
    ['future-platform', 'PACKAGE_MANIFEST_INVALID', 'PACKAGE_MANIFEST_PLATFORM'],
    ['hostile-schema', 'PACKAGE_MANIFEST_INVALID', 'PACKAGE_MANIFEST_SCHEMA'],
    ['foreign-secret', 'PACKAGE_MANIFEST_INVALID', 'PACKAGE_MANIFEST_PERMISSION'],
    ['no-manifest', 'PACKAGE_MANIFEST_MISSING', undefined],
    ['no-source', 'PACKAGE_FILE_MISSING', undefined],
    ['missing-asset', 'PACKAGE_FILE_MISSING', undefined],
    ['does-not-bundle', 'PACKAGE_BUNDLE_FAILED', undefined],
  ])('%s', async (name, code, problem) => {
    const told = await refusal(`broken/${name}`);
    expect(told[0]).toBe(code);
    if (problem !== undefined) expect(told[1]).toBe(problem);
  });
});
