import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Registry as MetricsRegistry } from 'prom-client';
import { expect, it } from '@jest/globals';
import { AUDIT, CLOCK, COMMAND_BUS, EVENT_STORE, IDS, RANDOM, TIMERS } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds, seededRandom } from '@kari/kernel/testing';
import { BLOBS } from '@kari/platform/blob';
import { CONFIG, readConfig } from '@kari/platform/config';
import { READ_DATABASE } from '@kari/platform/database';
import { LIVE_FEED } from '@kari/platform/graphql';
import { HEALTH_CHECKS, type HealthCheck } from '@kari/platform/http';
import { PROJECTIONS_CLOCK } from '@kari/platform/projections';
import { COMMANDS, EVENTS, PROJECTIONS, REACTORS, Registry } from '@kari/platform/registry';
import { RATE_LIMITER } from '@kari/platform/quotas';
import { LOGGER, METRICS } from '@kari/platform/telemetry';
import { CONFIGURATIONS } from '@kari/data/contract';
import { INSTALLATIONS } from '@kari/extension/contract';
import { TENANTS } from '@kari/tenancy/contract';
import { CAPABILITIES, SANDBOX_LIFECYCLE, SANDBOXES, type Capability, type SandboxLifecycle, type Sandboxes } from './contract.js';
import { SandboxModule } from './sandbox.module.js';

const byType = ({ type }: { type: string }) => type;
const byName = ({ name }: { name: string }) => name;
const clock = manualClock();
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const none = { find: () => null, ofTenant: () => [], all: () => [], onChange: () => () => undefined, effective: () => Promise.resolve({}) };
const values = new Map<symbol, unknown>([
  [CLOCK, clock],
  [TIMERS, clock],
  [IDS, seededIds(1)],
  [RANDOM, seededRandom(1)],
  [EVENT_STORE, new MemoryEventStore()],
  [COMMAND_BUS, {}],
  [AUDIT, {}],
  [BLOBS, {}],
  [CONFIG, readConfig({})],
  [READ_DATABASE, {}],
  [LIVE_FEED, {}],
  [PROJECTIONS_CLOCK, {}],
  [RATE_LIMITER, {}],
  [LOGGER, silent],
  [METRICS, new MetricsRegistry()],
  [HEALTH_CHECKS, new Registry<HealthCheck>('health check', byName)],
  [COMMANDS, new Registry('command', byType)],
  [EVENTS, new Registry('event', byType)],
  [PROJECTIONS, new Registry('projection', byName)],
  [REACTORS, new Registry('reactor', byName)],
  [INSTALLATIONS, none],
  [TENANTS, none],
  [CONFIGURATIONS, none],
]);

@Global()
@Module({
  providers: [...values].map(([provide, useValue]) => ({ provide, useValue })),
  exports: [...values.keys()],
})
class Platform {}

it('is wired: tokens, built-in capabilities, commands, events, view, reaction and health', async () => {
  const app = await Test.createTestingModule({ imports: [Platform, SandboxModule] }).compile();
  const names = (token: symbol) =>
    (values.get(token) as Registry<{ name?: string; type?: string }>).all().map(({ name, type }) => name ?? type);
  expect(app.get<Registry<Capability>>(CAPABILITIES).all().map(byName)).toEqual(['log', 'metrics', 'config']);
  expect(names(COMMANDS)).toEqual(expect.arrayContaining(['StartSandbox', 'RestartSandbox', 'ReleaseSandbox', 'SetMinimumLevel']));
  expect(names(EVENTS)).toEqual(expect.arrayContaining(['SandboxStarted', 'SandboxQuarantined', 'MinimumLevelSet']));
  expect([names(PROJECTIONS), names(REACTORS)]).toEqual([['sandbox.status'], ['sandbox.operator']]);
  expect(await (values.get(HEALTH_CHECKS) as Registry<HealthCheck>).get('sandbox')?.check()).toEqual({
    ok: true,
    detail: 'this process hosts no sandboxes',
  });
  expect(app.get<Sandboxes>(SANDBOXES).statuses('a')).toEqual([]);
  expect(app.get<SandboxLifecycle>(SANDBOX_LIFECYCLE).describe()).toBe('none (the self-test has not run yet)');
  expect(await (values.get(METRICS) as MetricsRegistry).metrics()).toContain('kari_sandboxes_running 0');
  await app.close();
});
