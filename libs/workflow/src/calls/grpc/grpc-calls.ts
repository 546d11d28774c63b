// `call: grpc`: one message to a method that a proto file describes, and the message it answers.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, Rejection } from '@kari/kernel';
import { OUTGOING_CALLS, type OutgoingCalls } from '@kari/security/contract';
import type { Json, JsonObject } from '../../json.js';
import type { EffectRequest } from '../../run/engine-parts.js';
import { madeWhole } from '../call-secrets.js';
import { secretSitesOf } from '../call-template.rules.js';
import { FetchedDocuments } from '../fetched-documents.js';
import { HttpExchange, ownerOf } from '../http-exchange.js';
import { invalid, type HttpRequest } from '../http-request.rules.js';
import { madeCall } from '../made-call.js';
import { framed, grpcTarget, messageIn } from './grpc-wire.rules.js';
import { decodeMessage, encodeMessage } from './proto-message.js';
import { methodIn, protoFileOf } from './proto-method.js';

const HEADERS = { 'content-type': 'application/grpc' };

@Injectable()
export class GrpcCalls {
  constructor(
    @Inject(HttpExchange) private readonly exchange: HttpExchange,
    @Inject(FetchedDocuments) private readonly documents: FetchedDocuments,
    @Inject(OUTGOING_CALLS) private readonly outgoing: OutgoingCalls,
  ) {}

  async perform(effect: EffectRequest): Promise<unknown> {
    const { template, made } = madeCall(effect);
    const { name, authority } = grpcTarget(made['service']);
    if (typeof made['method'] !== 'string') throw invalid('its method is no text');
    const { content: file } = await this.documents.read(effect, 'proto', { template, made }, protoFileOf);
    const { path, request, answer } = methodIn(file, name, made['method']);

    const given = (template['arguments'] ?? {}) as Json;
    const values = (made['arguments'] ?? {}) as Json;
    const bodyIsSecret = secretSitesOf(given, '/arguments').length > 0;
    const target = await this.originOf(effect, authority);
    const asked = (body: Uint8Array | null): HttpRequest => ({
      method: 'POST',
      url: `${target}${path}`,
      headers: HEADERS,
      body,
      output: 'raw',
      redirect: false,
    });
    const answered = await this.exchange.answer(effect, {
      plain: asked(bodyIsSecret ? null : framed(encodeMessage(request, values))),
      protocol: 'h2',
      authentication: {
        template: (template['service'] as JsonObject | undefined)?.['authentication'],
        made: (made['service'] as JsonObject)['authentication'],
        pointer: '/service/authentication',
      },
      bodyIsSecret,
      ...(bodyIsSecret
        ? {
            whole: async (secrets) => {
              const { value, secrets: found } = await madeWhole(given, values, secrets, '/arguments');
              return { request: asked(framed(concealed(() => encodeMessage(request, value as Json)))), secrets: found };
            },
          }
        : {}),
    });
    return decodeMessage(answer, messageIn(answered, { target, method: path.slice(1) }));
  }

  /** In plain text only where nothing but that is open: the DSL has no word for it. */
  private async originOf(effect: EffectRequest, authority: string): Promise<string> {
    const opens = (url: string) => this.outgoing.isOpen({ tenant: effect.tenant, owner: ownerOf(effect), url, method: 'POST' });
    const secure = `https://${authority}`;
    const bare = `http://${authority}`;
    return !(await opens(secure)) && (await opens(bare)) ? bare : secure;
  }
}

/** What is wrong with a message may name what stands in a secret. */
function concealed<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Rejection) throw rejected('WORKFLOW_SECRET_FAILED', { pointer: '/arguments' });
    throw error;
  }
}
