import { describe, expect, it } from '@jest/globals';
import { operationsOf, schemaOf } from '@kari/platform/graphql';
import { TenancyModule } from './tenancy.module.js';
import { commandDefinitions } from './tenancy.definitions.js';

describe('the API of tenancy', () => {
  it('asks of each field the right that its command asks for, in the same place (Z-01)', async () => {
    const operations = operationsOf(await schemaOf(TenancyModule));
    const commands = operations.filter(({ audit }) => audit === 'command');
    const byField = new Map(
      commandDefinitions.map((definition) => [definition.type.replace(/^./, (letter: string) => letter.toLowerCase()), definition]),
    );
    expect(commands.map(({ field, right, scope }) => [field, right, scope])).toEqual(
      commands.map(({ field }) => [field, byField.get(field)?.right, byField.get(field)?.scope]),
    );
    // The platform's own steps of a deletion are the only commands without a field.
    const fields = new Set(commands.map(({ field }) => field));
    expect([...byField.keys()].filter((field) => !fields.has(field))).toEqual(['completeTenantDeletion', 'dissolveMembership']);
  });

  it('offers what people need to see', async () => {
    const reads = operationsOf(await schemaOf(TenancyModule)).filter(({ audit }) => audit === 'entry');
    expect(reads.map(({ name, right, scope }) => `${name} ${right} ${scope}`).sort()).toEqual([
      'mutation.startSession self.read tenant',
      'query.me self.read tenant',
      'query.members member.read tenant',
      'query.serviceAccounts token.read tenant',
      'query.tenant tenant.read tenant',
      'query.tenants tenant.list platform',
      'query.tokens token.read tenant',
      'subscription.tenantChanged tenant.list platform',
    ]);
  });
});
