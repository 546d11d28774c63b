// `call: http`: what the author wrote as one request, and its answer as what the task gives.
import { Inject, Injectable } from '@nestjs/common';
import type { Json, JsonObject } from '../json.js';
import type { EffectRequest } from '../run/engine-parts.js';
import { madeWhole, withoutSecrets } from './call-secrets.js';
import { secretSitesOf } from './call-template.rules.js';
import { httpRequestOf } from './http-request.rules.js';
import { HttpExchange } from './http-exchange.js';
import { madeCall } from './made-call.js';

@Injectable()
export class HttpCalls {
  constructor(@Inject(HttpExchange) private readonly exchange: HttpExchange) {}

  perform(effect: EffectRequest): Promise<unknown> {
    const { template, made } = madeCall(effect);
    const sent = partsSent(template);
    const bodyIsSecret = secretSitesOf(template['body'] ?? null, '/body').length > 0;
    const { body, ...rest } = withoutSecrets(sent, made) as JsonObject;
    return this.exchange.perform(effect, {
      plain: httpRequestOf(bodyIsSecret ? rest : { ...rest, body: body ?? null }),
      authentication: {
        template: at(template, 'endpoint', 'authentication'),
        made: at(made, 'endpoint', 'authentication'),
        pointer: '/endpoint/authentication',
      },
      bodyIsSecret,
      ...(secretSitesOf(sent).length === 0
        ? {}
        : {
            whole: async (secrets) => {
              const { value, secrets: found } = await madeWhole(sent, made, secrets);
              return { request: httpRequestOf(value), secrets: found };
            },
          }),
    });
  }
}

/** The template without its authentication, which is no part of the request as it is written. */
function partsSent(template: JsonObject): JsonObject {
  const { endpoint } = template;
  return { ...template, endpoint: at(endpoint, 'uri') === undefined ? endpoint! : { uri: at(endpoint, 'uri') as Json } };
}

function at(value: unknown, ...path: readonly string[]): Json | undefined {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  ) as Json | undefined;
}
