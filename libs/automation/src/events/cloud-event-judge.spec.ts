import { expect, it } from '@jest/globals';
import type { Installation, Installations } from '@kari/extension/contract';
import type { Rejection } from '@kari/kernel';
import { source, SOURCE, ADDED } from '../testing/automation-room.js';
import { cloudEventJudge } from './cloud-event-judge.js';
import type { CloudEventCommand } from './cloud-event.commands.js';

const judgeWith = (state: 'granted' | 'revoked') => {
  const installation = {
    extension: SOURCE,
    status: 'enabled',
    version: { manifest: source },
    grants: [{ capability: 'events', state, scope: { publish: ADDED } }],
  } as unknown as Installation;
  return cloudEventJudge({
    find: (_t: string, id: string) => (id === SOURCE ? installation : null),
    ofTenant: () => [installation],
  } as unknown as Installations);
};
const base = { id: '1', source: 'urn:x', type: 'com.example.done', data: { n: 1 } };
const send = (more = {}): CloudEventCommand => ({ type: 'SendEvent', data: { event: { ...base, ...more } } });
const emit = (workflow: string, more = {}): CloudEventCommand => ({
  type: 'EmitEvent',
  data: { run: '00000000-0000-7000-8000-0000000000aa', workflow, task: 't', event: { ...base, ...more } },
});
const codeOf = (command: CloudEventCommand, state: 'granted' | 'revoked' = 'granted'): string | null => {
  try {
    judgeWith(state)('tenant', command);
    return null;
  } catch (error) {
    return (error as Rejection).code;
  }
};

it('lets anybody with the right tell of what nobody owns', () => {
  expect(judgeWith('granted')('tenant', send({ specversion: '1.0' }))).toEqual(base);
  expect(codeOf(emit('w'))).toBeNull();
});

it('S-09 lets nobody speak for an extension but what it brings along, as far as it was granted, in its own words', () => {
  expect(codeOf(send({ type: ADDED }))).toBe('AUTOMATION_EVENT_TYPE_OWNED');
  expect(codeOf(send({ type: 'ACME.source.added.v1' }))).toBe('AUTOMATION_EVENT_TYPE_OWNED');
  expect(codeOf(emit('w', { type: ADDED }))).toBe('AUTOMATION_EVENT_TYPE_OWNED');
  expect(codeOf(emit('acme.other/w', { type: ADDED }))).toBe('AUTOMATION_EVENT_TYPE_OWNED');
  expect(codeOf(emit(`${SOURCE}/w`, { type: ADDED }))).toBeNull();
  expect(codeOf(emit(`${SOURCE}/w`, { type: ADDED }), 'revoked')).toBe('AUTOMATION_EVENT_TYPE_OWNED');
  expect(codeOf(emit(`${SOURCE}/w`, { type: `${SOURCE}.other.v1` }))).toBe('AUTOMATION_EVENT_TYPE_OWNED');
  expect(codeOf(emit(`${SOURCE}/w`, { type: ADDED, data: { n: 'x' } }))).toBe('AUTOMATION_EVENT_INVALID');
  expect(codeOf(send({ type: 'kari.platform.done' }))).toBe('AUTOMATION_EVENT_TYPE_OWNED');
});

it('measures the whole event', () => {
  expect(codeOf(send({ data: 'x'.repeat(65_000) }))).toBeNull();
  expect(codeOf(send({ data: 'x'.repeat(65_536) }))).toBe('AUTOMATION_EVENT_TOO_LARGE');
  expect(codeOf(send({ data: 'a\u0000b' }))).toBe('AUTOMATION_EVENT_INVALID');
  expect(codeOf(send({ source: '/kari/x' }))).toBe('AUTOMATION_EVENT_ATTRIBUTE_INVALID');
});
