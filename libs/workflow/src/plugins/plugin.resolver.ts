// Plugins in the API.
import { Inject } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Gone, Operation, PageArgs, pageOf, pageRequest, type Connection } from '@kari/platform/graphql';
import { PLUGINS, type PluginChain, type PluginOrchestrator } from '../contract.js';
import {
  CallPluginInput,
  given,
  mannerOf,
  Plugin,
  PluginAnswer,
  pluginOf,
  PluginRunAnswer,
  runAnswerOf,
  RunPluginsInput,
  stepOf,
} from './plugin.graphql.js';

@Resolver()
export class PluginResolver {
  constructor(@Inject(PLUGINS) private readonly orchestrator: PluginOrchestrator) {}

  @Query(() => ConnectionOf(Plugin), { description: 'What the extensions of this tenant can do, by intent.' })
  @Operation({ right: 'plugin.read', scope: 'tenant', audit: 'entry' })
  plugins(
    @Args() page: PageArgs,
    @Args('intent', { type: () => String, nullable: true }) intent: string | null,
    @Args('extension', { type: () => String, nullable: true }) extension: string | null,
    @Caller() { tenant }: RequestContext,
  ): Connection<Plugin> {
    const request = pageRequest('plugins', page, tenant);
    const listed = this.orchestrator
      .catalogue(tenant)
      .map(pluginOf)
      .filter((plugin) => (intent ?? plugin.intent) === plugin.intent && (extension ?? plugin.extension) === plugin.extension)
      .filter((plugin) => request.after === null || isBehind(sortKey(plugin), request.after));
    return pageOf(listed.slice(0, request.limit), request, sortKey);
  }

  @Mutation(() => PluginAnswer, { description: 'Calls one plugin. Leaves one entry in the audit trail, whatever comes of it.' })
  @Operation({ right: 'plugin.call', scope: 'tenant', audit: 'entry', subject: aboutPlugin })
  callPlugin(@Args('input') input: CallPluginInput, @Caller() caller: RequestContext, @Gone() gone: AbortSignal): Promise<PluginAnswer> {
    return this.orchestrator.call({ ...chainOf(input, caller, gone), ...mannerOf(input), plugin: input.plugin, input: input.input ?? {} });
  }

  @Mutation(() => PluginRunAnswer, {
    description: 'Calls several plugins, one after the other with their results passed on, or side by side.',
  })
  @Operation({ right: 'plugin.call', scope: 'tenant', audit: 'entry' })
  async runPlugins(
    @Args('input') input: RunPluginsInput,
    @Caller() caller: RequestContext,
    @Gone() gone: AbortSignal,
  ): Promise<PluginRunAnswer> {
    const { mode, concurrency, cancelSiblings } = input;
    const manner = given({ concurrency, cancelSiblings, input: input.input });
    return runAnswerOf(await this.orchestrator.run({ ...chainOf(input, caller, gone), ...manner, mode, steps: input.steps.map(stepOf) }));
  }
}

function chainOf(
  { deadlineMs, idempotencyKey }: { deadlineMs?: number | null; idempotencyKey?: string | null },
  { tenant, principal, correlationId, traceparent, commandId }: RequestContext,
  signal: AbortSignal,
): PluginChain {
  const caller = { kind: principal.kind, id: principal.id };
  return { tenant, caller, correlationId, signal, ...given({ traceparent, deadlineMs, idempotencyKey: idempotencyKey ?? commandId }) };
}

/** Only the part of the name that is a name: the rest is the caller's text. */
function aboutPlugin({ input }: { input: { plugin: string } }): string | null {
  const named = /^[a-z0-9_./-]{1,120}(?=@|$)/.exec(input.plugin);
  return named === null ? null : `plugin:${named[0]}`;
}

function sortKey({ intent, extension }: Plugin): readonly string[] {
  return [intent, extension];
}

function isBehind(key: readonly string[], after: readonly string[]): boolean {
  const differing = key.findIndex((part, index) => part !== after[index]);
  return differing >= 0 && (key[differing] ?? '') > (after[differing] ?? '');
}
