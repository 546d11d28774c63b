import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import { operationsOf, schemaOf } from '@kari/platform/graphql';
import { metricsEvents } from './contract.js';
import { MetricsModule } from './metrics.module.js';
import { usageEvents } from './usage/usage.events.js';

it('every view and event of this context has its operation, under one right, audited by its own entry (P.5, Z-01)', async () => {
  const operations = [...operationsOf(await schemaOf(MetricsModule))].sort((a, b) => a.name.localeCompare(b.name));
  expect(operations.map(({ name, right, scope, audit }) => [name, right, scope, audit])).toEqual([
    ['query.logs', 'log.read', 'tenant', 'entry'],
    ['query.usage', 'usage.read', 'tenant', 'entry'],
    ['subscription.logWritten', 'log.read', 'tenant', 'entry'],
    ['subscription.usageMeasured', 'usage.read', 'tenant', 'entry'],
  ]);
  expect(operations.map(({ subject }) => subject?.({ extension: 'acme.notes' }))).toEqual(operations.map(() => 'extension:acme.notes'));
  expect(usageEvents.map(({ type }) => type)).toEqual([metricsEvents.usageMeasured]);
});
