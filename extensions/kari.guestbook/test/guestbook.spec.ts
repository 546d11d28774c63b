import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testHost, type TestHost } from '@kari/testkit';
import { start } from '../src/index.js';

const folder = new URL('..', import.meta.url);

describe('kari.guestbook', () => {
  let host: TestHost;
  beforeEach(async () => {
    host = await testHost({ folder, start });
  });
  afterEach(() => host.close());

  it('is signed, and read again', async () => {
    const signed = await host.request({ method: 'POST', path: '/entries', body: { text: 'Ada was here' } });
    expect(signed).toMatchObject({ status: 201, body: { id: expect.any(String) } });
    const { id } = signed.body as { id: string };
    expect((await host.request({ path: `/entries/${id}` })).body).toEqual({ id, text: 'Ada was here' });
    expect((await host.request({ path: '/entries?limit=5' })).body).toEqual({ entries: [{ id, text: 'Ada was here' }], next: null });
  });

  it('refuses in its own words what is not there', async () => {
    expect(await host.request({ path: '/entries/nobody' })).toMatchObject({ status: 404, body: { code: 'ENTRY_MISSING' } });
  });

  it('is asked for nothing that its manifest does not let in', async () => {
    const refused = (request: Parameters<TestHost['request']>[0]) =>
      host.request(request).then(
        () => null,
        ({ code, reason }: { code: string; reason?: string }) => reason ?? code,
      );
    expect(await refused({ method: 'POST', path: '/entries', body: { text: '' } })).toBe('INVALID');
    expect(await refused({ path: '/entries?limit=1000' })).toBe('INVALID');
    expect(await refused({ path: '/entries/../secrets' })).toBe('CONTRIBUTION_ROUTE_PATH');
    expect(await refused({ method: 'DELETE', path: '/entries' })).toBe('CONTRIBUTION_ROUTE_METHOD');
    expect(await refused({ method: 'POST', path: '/entries', body: { text: 'x' }, caller: { rights: ['entry.read'] } })).toBe(
      'REQUEST_DENIED',
    );
    expect(await refused({ path: '/entries', caller: null })).toBe('REQUEST_UNAUTHENTICATED');
  });

  it('tells everybody whether it is open', async () => {
    expect(await host.request({ path: '/open', caller: null })).toEqual({ status: 200, headers: {}, body: { open: true } });
  });

  it('exports what a spreadsheet cannot run', async () => {
    await host.request({ method: 'POST', path: '/entries', body: { text: '=1+1 "x"' } });
    const { headers, body } = await host.request({ path: '/entries.csv' });
    expect(headers).toEqual({ 'content-disposition': 'attachment; filename="guestbook.csv"' });
    expect(body).toMatch(/^id,text\r\n[^,]+,"'=1\+1 ""x"""\r\n$/);
  });
});

it('kari.guestbook runs as the bundle that a release would carry', async () => {
  const host = await testHost(folder);
  try {
    expect((await host.request({ path: '/open' })).status).toBe(200);
  } finally {
    await host.close();
  }
});
