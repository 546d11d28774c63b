// `call: asyncapi`: one message to a channel that an AsyncAPI document describes.
import { Inject, Injectable } from '@nestjs/common';
import type { Json, JsonObject } from '../../json.js';
import type { EffectRequest } from '../../run/engine-parts.js';
import { madeWhole, withoutSecrets } from '../call-secrets.js';
import { secretSitesOf } from '../call-template.rules.js';
import { FetchedDocuments, jsonOrYaml } from '../fetched-documents.js';
import { HttpExchange } from '../http-exchange.js';
import { httpRequestOf, type HttpRequest } from '../http-request.rules.js';
import { madeCall } from '../made-call.js';
import { publicationIn } from './asyncapi.rules.js';

@Injectable()
export class AsyncapiCalls {
  constructor(
    @Inject(HttpExchange) private readonly exchange: HttpExchange,
    @Inject(FetchedDocuments) private readonly documents: FetchedDocuments,
  ) {}

  async perform(effect: EffectRequest): Promise<unknown> {
    const { template, made } = madeCall(effect);
    const { content } = await this.documents.read(effect, 'document', { template, made }, jsonOrYaml);
    const message = (template['message'] ?? {}) as Json;
    const shown = withoutSecrets(message, made['message'] ?? {}, '/message') as JsonObject;
    // The address is known to everybody: nothing secret can be part of it.
    const to = publicationIn(content, { ...made, message: shown });
    const asked = ({ payload, headers = {} }: JsonObject): HttpRequest =>
      httpRequestOf({ ...to, headers, ...(payload === undefined ? {} : { body: payload }) });
    const bodyIsSecret = secretSitesOf(message, '/message').some(({ pointer }) => pointer.startsWith('/message/payload'));
    const { payload, ...rest } = shown;
    return this.exchange.perform(effect, {
      plain: asked(bodyIsSecret || payload === undefined ? rest : { ...rest, payload }),
      authentication: { template: template['authentication'], made: made['authentication'], pointer: '/authentication' },
      bodyIsSecret,
      ...(secretSitesOf(message, '/message').length === 0
        ? {}
        : {
            whole: async (secrets) => {
              const { value, secrets: found } = await madeWhole(message, made['message'] ?? {}, secrets, '/message');
              return { request: asked(value as JsonObject), secrets: found };
            },
          }),
    });
  }
}
