// `call: openapi`: an operation by its id, with the parameters that its document asks for.
import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '../json.js';
import type { EffectRequest } from '../run/engine-parts.js';
import { madeWhole, withoutSecrets } from './call-secrets.js';
import { secretSitesOf } from './call-template.rules.js';
import { FetchedDocuments, jsonOrYaml } from './fetched-documents.js';
import { HttpExchange } from './http-exchange.js';
import { httpRequestOf, invalid } from './http-request.rules.js';
import { madeCall } from './made-call.js';
import { argumentsFor, operationIn } from './openapi.rules.js';

@Injectable()
export class OpenapiCalls {
  constructor(
    @Inject(HttpExchange) private readonly exchange: HttpExchange,
    @Inject(FetchedDocuments) private readonly documents: FetchedDocuments,
  ) {}

  async perform(effect: EffectRequest): Promise<unknown> {
    const { template, made } = madeCall(effect);
    if (typeof made['operationId'] !== 'string') throw invalid('its operation has no id');
    const { url, content } = await this.documents.read(effect, 'document', { template, made }, jsonOrYaml);
    const operation = operationIn(content, made['operationId'], url);

    const parameters = (template['parameters'] ?? {}) as JsonObject;
    const hidden = Object.keys(parameters).filter((name) => secretSitesOf(parameters[name]!, `/parameters/${name}`).length > 0);
    const bodyIsSecret = operation.body !== null && hidden.includes(operation.body.name);
    const asked = (given: unknown, without: readonly string[]) => {
      const { output = 'content', redirect = false } = made;
      return httpRequestOf({ ...argumentsFor(operation, given as JsonObject, without), output, redirect });
    };
    const given = made['parameters'] ?? {};
    const shown = Object.fromEntries(
      Object.entries(withoutSecrets(parameters, given, '/parameters') as JsonObject).filter(([name]) => !hidden.includes(name)),
    );
    return this.exchange.perform(effect, {
      plain: asked(shown, hidden),
      authentication: { template: template['authentication'], made: made['authentication'], pointer: '/authentication' },
      bodyIsSecret,
      ...(hidden.length === 0
        ? {}
        : {
            whole: async (secrets) => {
              const { value, secrets: found } = await madeWhole(parameters, given, secrets, '/parameters');
              return { request: asked(value, []), secrets: found };
            },
          }),
    });
  }
}
