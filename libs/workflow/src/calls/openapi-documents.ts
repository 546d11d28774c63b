// OpenAPI documents that calls name: fetched as any call is, read with care, kept for some minutes by tenant.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '@kari/kernel';
import { readDocument } from '../definition/document-text.js';
import type { Json, JsonObject } from '../json.js';
import type { EffectRequest } from '../run/engine-parts.js';
import { HttpExchange } from './http-exchange.js';
import { httpRequestOf, invalid } from './http-request.rules.js';

const KEPT_MS = 300_000;
const MOST_KEPT = 100;

@Injectable()
export class OpenapiDocuments {
  // In order of arrival: the first is the one to drop.
  private readonly kept = new Map<string, { readonly until: number; readonly document: Json }>();

  constructor(
    @Inject(HttpExchange) private readonly exchange: HttpExchange,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async read(
    effect: EffectRequest,
    url: string,
    authentication: { readonly template: Json | undefined; readonly made: unknown },
  ): Promise<Json> {
    // What one workflow may read with its credentials is nothing for another.
    const key = JSON.stringify([effect.tenant, effect.workflow, url, authentication.template ?? null, authentication.made ?? null]);
    const known = this.kept.get(key);
    if (known !== undefined && known.until > this.clock.monotonic()) return known.document;
    const plain = httpRequestOf({ method: 'get', endpoint: url, output: 'raw', redirect: true } satisfies JsonObject);
    const answer = await this.exchange.perform(effect, {
      plain,
      authentication: { ...authentication, pointer: '/document/endpoint/authentication' },
      bodyIsSecret: false,
    });
    const document = documentIn(Buffer.from(answer as string, 'base64').toString('utf8'));
    this.kept.delete(key);
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(key, { until: this.clock.monotonic() + KEPT_MS, document });
    return document;
  }
}

function documentIn(text: string): Json {
  const value = text.trimStart().startsWith('{') ? jsonIn(text) : readDocument(text).value;
  if (value === undefined) throw invalid('its OpenAPI document is neither JSON nor YAML of a size that can be read');
  return value;
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
