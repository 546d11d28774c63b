import { describe, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import type { ConfigurationCommand } from './configuration.commands.js';
import { configurationDecider } from './configuration.decider.js';
import type { ConfigurationEvent } from './configuration.events.js';

const extension = 'acme.notes';
const decider = configurationDecider((_tenant, _extension, values) => {
  if ('bad' in values) throw rejected('DATA_CONFIG_INVALID', {});
});
const { given } = specify(decider);
const set = (values: Record<string, never>, expectedRevision?: number): ConfigurationCommand => ({
  type: 'SetConfiguration',
  data: { extension, values, ...(expectedRevision === undefined ? {} : { expectedRevision }) },
});
const revert = (
  to: number,
  then: { values: Readonly<Record<string, never>> | null } | undefined,
  expectedRevision?: number,
): ConfigurationCommand => ({
  type: 'RevertConfiguration',
  data: {
    extension,
    to,
    facts: then === undefined ? {} : { then },
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  },
});
const wasSet = (values: Record<string, never>): ConfigurationEvent => ({ type: 'ConfigurationSet', data: { extension, values } });
const clear: ConfigurationCommand = { type: 'ClearConfiguration', data: { extension } };
const wasCleared: ConfigurationEvent = { type: 'ConfigurationCleared', data: { extension } };
const one = { a: 1, b: 2 } as never;
const other = { a: 2 } as never;

describe('configuration', () => {
  it('is set as a whole, once', () => {
    given([])
      .when(set(one))
      .then([wasSet(one)]);
    given([wasSet(one)])
      .when(set({ b: 2, a: 1 } as never))
      .thenNothing();
    given([wasSet(one)])
      .when(set(other))
      .then([wasSet(other)]);
    given([wasSet(one), wasCleared])
      .when(set(one))
      .then([wasSet(one)]);
  });

  it('is refused when its judge says so', () => {
    given([])
      .when(set({ bad: 1 } as never))
      .thenRejected('DATA_CONFIG_INVALID');
  });

  it('is refused when somebody else was first', () => {
    given([])
      .when(set(one, -1))
      .then([wasSet(one)]);
    given([wasSet(one)])
      .when(set(other, 0))
      .then([wasSet(other)]);
    given([wasSet(one)])
      .when(set(other, -1))
      .thenRejected('DATA_CONFIG_CHANGED');
    given([wasSet(one), wasSet(other)])
      .when(set(one, 0))
      .thenRejected('DATA_CONFIG_CHANGED');
  });

  it('goes back to what it was, if that may still be', () => {
    const history = [wasSet(one), wasSet(other), wasCleared];
    given(history)
      .when(revert(0, { values: one }))
      .then([wasSet(one)]);
    given([wasSet(one), wasCleared, wasSet(other)])
      .when(revert(1, { values: null }))
      .then([wasCleared]);
    given([wasSet(one), wasSet(other), wasSet(one)])
      .when(revert(0, { values: one }))
      .thenNothing();
    given(history)
      .when(revert(0, { values: { bad: 1 } as never }))
      .thenRejected('DATA_CONFIG_INVALID');
    given(history).when(revert(7, undefined)).thenRejected('DATA_CONFIG_NO_REVISION');
    given(history)
      .when(revert(0, { values: one }, 1))
      .thenRejected('DATA_CONFIG_CHANGED');
  });

  it('is cleared once', () => {
    given([wasSet(one)])
      .when(clear)
      .then([wasCleared]);
    given([]).when(clear).thenNothing();
    expect(decider.evolve({ values: one, revision: 3 }, wasCleared)).toEqual({ values: null, revision: 4 });
  });
});
