import { expect, it } from '@jest/globals';
import { rejected, Unavailable, type Rejection } from '@kari/kernel';
import type { EffectRequest } from './engine-parts.js';
import { PluginEffects } from './plugin-effects.js';
import { PlayingRun, documentOf, RUN } from './testing/playing-run.js';

const document = documentOf([{ only: { call: 'desk.note@1', with: { text: 'x' } } }]);
const task = new PlayingRun(document).state.tasks.get('/do/0/only')!;
const request: EffectRequest = {
  tenant: 'a',
  run: RUN,
  task,
  key: 'key',
  caller: { kind: 'user', id: 'someone' },
  correlationId: RUN,
  document,
  workflow: 'sample',
  hops: 0,
  signal: new AbortController().signal,
};
const failing = (error: Rejection): PluginEffects =>
  new PluginEffects(
    { call: () => Promise.reject(error), run: () => Promise.reject(error), catalogue: () => [] },
    {
      emit: () => Promise.reject(error),
      read: () => {
        throw error;
      },
    },
  );

it.each([
  rejected('REQUEST_UNAVAILABLE', { reason: 'the database cannot be reached' }),
  rejected('TENANCY_SNAPSHOT_STALE', {}),
  rejected('SANDBOX_HOST_STOPPING', {}),
  rejected('PLUGIN_FAILED', { plugin: 'desk.note', extension: 'acme.desk', code: 'SANDBOX_AUDIT_UNAVAILABLE', message: 'not recorded' }),
])('takes a platform that cannot serve now for what passes by itself ($code)', async (refusal) => {
  await expect(failing(refusal).perform(request)).rejects.toBeInstanceOf(Unavailable);
});

it('takes every other refusal for a failure of the task', async () => {
  const refusal = rejected('PLUGIN_FAILED', { plugin: 'desk.note', extension: 'acme.desk', code: 'BROKEN', message: 'no' });
  await expect(failing(refusal).perform(request)).rejects.toBe(refusal);
});
