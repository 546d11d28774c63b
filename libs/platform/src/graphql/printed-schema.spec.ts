import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Field, ID, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { ConnectionOf, type Connection } from './connection.js';
import { Operation, operationsOf } from './operation.js';
import { printedSchema, schemaOf } from './printed-schema.js';

@ObjectType('Thing')
class ThingType {
  @Field(() => ID)
  id!: string;
}

@Resolver()
class ThingResolver {
  @Query(() => ConnectionOf(ThingType))
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  things(): Connection<ThingType> {
    throw new Error('never called');
  }
}

@Resolver()
class ForgetfulResolver {
  @Query(() => String)
  unguarded(): string {
    return 'to anybody';
  }
}

@Module({ providers: [ThingResolver, { provide: 'something', useValue: 1 }] })
class ThingModule {}

@Module({ imports: [{ module: ThingModule, providers: [] }] })
class WholeModule {}

@Module({ providers: [ForgetfulResolver] })
class ForgetfulModule {}

describe('the schema without a server', () => {
  it('holds the resolvers of a module and of what it imports, under the names of the schema', async () => {
    const schema = await schemaOf(WholeModule);
    expect(printedSchema(schema)).toContain('type ThingConnection {\n  edges: [ThingEdge!]!\n  nodes: [Thing!]!\n  pageInfo: PageInfo!\n}');
    expect(printedSchema(schema)).toBe(printedSchema(await schemaOf(WholeModule)));
    expect(operationsOf(schema)).toEqual([
      { right: 'extension.read', scope: 'tenant', audit: 'entry', kind: 'query', field: 'things', name: 'query.things' },
    ]);
  });

  it('is not built when a root field declares no operation (Z-01)', async () => {
    await expect(schemaOf(ForgetfulModule)).rejects.toThrow('query unguarded declares no @Operation');
  });
});
