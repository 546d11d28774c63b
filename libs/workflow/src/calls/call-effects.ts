// The effects that calls have on the world: each by what it calls.
import { Injectable } from '@nestjs/common';
import type { EffectRequest, Effects } from '../run/engine-parts.js';
import { PluginEffects } from '../run/plugin-effects.js';
import type { OpenTask } from '../run/run-state.rules.js';
import type { CallArguments } from './call-arguments.rules.js';
import { isOutgoing } from './call-template.rules.js';
import { AsyncapiCalls } from './asyncapi/asyncapi-calls.js';
import { GrpcCalls } from './grpc/grpc-calls.js';
import { HttpCalls } from './http-calls.js';
import { OpenapiCalls } from './openapi-calls.js';

@Injectable()
export class CallEffects implements Effects {
  constructor(
    private readonly plugins: PluginEffects,
    private readonly http: HttpCalls,
    private readonly openapi: OpenapiCalls,
    private readonly grpc: GrpcCalls,
    private readonly asyncapi: AsyncapiCalls,
  ) {}

  isMarked(task: OpenTask, tenant: string): boolean {
    return this.goesOut(task) || this.plugins.isMarked(task, tenant);
  }

  perform(request: EffectRequest): Promise<unknown> {
    if (!this.goesOut(request.task)) return this.plugins.perform(request);
    switch ((request.task.arguments as CallArguments).call) {
      case 'openapi':
        return this.openapi.perform(request);
      case 'grpc':
        return this.grpc.perform(request);
      case 'asyncapi':
        return this.asyncapi.perform(request);
      default:
        return this.http.perform(request);
    }
  }

  private goesOut({ kind, arguments: given }: OpenTask): boolean {
    return kind === 'call' && isOutgoing((given as CallArguments).call);
  }
}
