import 'reflect-metadata';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { expect, it } from '@jest/globals';
import { operationsOf } from '@kari/platform/graphql';
import { SandboxResolver } from './sandbox.resolver.js';

it('offers each operation with one right, one scope and one way to be audited', async () => {
  const app = await Test.createTestingModule({ imports: [GraphQLSchemaBuilderModule] }).compile();
  const schema = await app.get(GraphQLSchemaFactory).create([SandboxResolver]);
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
  await app.close();
});
