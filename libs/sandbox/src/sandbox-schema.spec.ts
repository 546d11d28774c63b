import { expect, it } from '@jest/globals';
import { operationsOf, schemaOf } from '@kari/platform/graphql';
import { SandboxModule } from './sandbox.module.js';

it('each operation has one right, one scope and one way to be audited', async () => {
  const schema = await schemaOf(SandboxModule);
  expect(operationsOf(schema).map(({ name, right, scope, audit }) => [name, right, scope, audit])).toEqual([
    ['query.sandboxes', 'sandbox.read', 'tenant', 'entry'],
    ['query.sandbox', 'sandbox.read', 'tenant', 'entry'],
    ['query.sandboxLevel', 'sandbox.read', 'tenant', 'entry'],
    ['query.whyDenied', 'grant.read', 'tenant', 'entry'],
    ['mutation.runSelfTest', 'sandbox.level', 'platform', 'entry'],
    ['mutation.setMinimumLevel', 'sandbox.level', 'platform', 'command'],
    ['mutation.restartSandbox', 'sandbox.operate', 'tenant', 'command'],
    ['mutation.releaseSandbox', 'sandbox.operate', 'tenant', 'command'],
    ['subscription.sandboxStatus', 'sandbox.read', 'tenant', 'entry'],
  ]);
});
