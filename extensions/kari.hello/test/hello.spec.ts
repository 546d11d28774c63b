import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testHost, type TestHost } from '@kari/testkit';
import { start } from '../src/index.js';

const folder = new URL('..', import.meta.url);

describe('kari.hello', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await testHost({ folder, start });
  });
  afterAll(() => host.close());

  it('greets by name', async () => {
    expect(await host.call('greeting.say', { name: 'Ada' })).toEqual({ text: 'Hello, Ada!' });
  });

  it('speaks the words of the tenant, as soon as they change', async () => {
    await host.configure({ greeting: 'Terve' });
    expect(await host.call('greeting.say', { name: 'Ada' })).toEqual({ text: 'Terve, Ada!' });
    await host.configure({});
  });

  it('answers the error of its contract when there is nobody to greet', async () => {
    await expect(host.call('greeting.say', { name: '  ' })).rejects.toMatchObject({ code: 'INVALID', reason: 'NAME_BLANK' });
  });

  it('never sees an input that breaks its contract', async () => {
    await expect(host.call('greeting.say', { name: 7 })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(host.call('greeting.say', { name: 'Ada', shout: true })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('logs that it greeted, never whom', async () => {
    expect(JSON.stringify(host.logs)).not.toContain('Ada');
    expect(host.logs[0]).toEqual({ level: 'info', message: 'greeted', fields: { length: 3 } });
  });

  it('tells the truth in its examples', async () => {
    expect(await host.checkExamples()).toEqual([]);
  });
});

it('kari.hello runs as the bundle that a release would carry', async () => {
  const host = await testHost(folder);
  try {
    expect(await host.call('greeting.say', { name: 'Ada' })).toEqual({ text: 'Hello, Ada!' });
  } finally {
    await host.close();
  }
});
