// Documents that calls name, as OpenAPI's or a proto file: fetched as any call is, read with care, kept for some minutes by tenant and workflow.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '@kari/kernel';
import { readDocument } from '../definition/document-text.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { EffectRequest } from '../run/engine-parts.js';
import { HttpExchange } from './http-exchange.js';
import { httpRequestOf, invalid } from './http-request.rules.js';

const KEPT_MS = 300_000;
const MOST_KEPT = 100;
/** Of text, in characters: what is understood of it weighs many times that. */
const MOST_TEXT = 4 * 1024 * 1024;

interface Kept {
  readonly until: number;
  readonly content: unknown;
  /** Characters of its text. */
  readonly weight: number;
}

export interface Fetched<T> {
  /** Where it came from. */
  readonly url: string;
  readonly content: T;
}

@Injectable()
export class FetchedDocuments {
  // In order of arrival: the first is the one to drop.
  private readonly kept = new Map<string, Kept>();
  private weight = 0;

  constructor(
    @Inject(HttpExchange) private readonly exchange: Pick<HttpExchange, 'perform'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The resource at that member of `with`, as `read` understands its text. */
  async read<T>(
    effect: EffectRequest,
    member: 'document' | 'proto',
    { template, made }: { readonly template: JsonObject; readonly made: JsonObject },
    read: (text: string) => T,
  ): Promise<Fetched<T>> {
    const [from, written] = [endpointOf(made[member]), endpointOf(template[member])];
    const { uri: url } = from;
    if (typeof url !== 'string') throw invalid(`its ${member} has no address`);
    // What one workflow may read with its credentials is nothing for another.
    const key = JSON.stringify([effect.tenant, effect.workflow, member, url, written.authentication ?? null, from.authentication ?? null]);
    const known = this.kept.get(key);
    if (known !== undefined && known.until > this.clock.monotonic()) return { url, content: known.content as T };
    const answer = await this.exchange.perform(effect, {
      plain: httpRequestOf({ method: 'get', endpoint: url, output: 'raw', redirect: true } satisfies JsonObject),
      authentication: { template: written.authentication, made: from.authentication, pointer: `/${member}/endpoint/authentication` },
      bodyIsSecret: false,
    });
    const text = Buffer.from(answer as string, 'base64').toString('utf8');
    const content = read(text);
    this.keep(key, { until: this.clock.monotonic() + KEPT_MS, content, weight: text.length });
    return { url, content };
  }

  private keep(key: string, one: Kept): void {
    this.drop(key);
    this.kept.set(key, one);
    this.weight += one.weight;
    for (const [oldest] of this.kept) {
      if (this.kept.size <= MOST_KEPT && this.weight <= MOST_TEXT) return;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.weight -= this.kept.get(key)?.weight ?? 0;
    this.kept.delete(key);
  }
}

export function jsonOrYaml(text: string): Json {
  const value = text.trimStart().startsWith('{') ? jsonIn(text) : readDocument(text).value;
  if (value === undefined) throw invalid('its document is neither JSON nor YAML of a size that can be read');
  return value;
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function endpointOf(resource: Json | undefined): { readonly uri: Json | undefined; readonly authentication: Json | undefined } {
  const endpoint = isJsonObject(resource) ? resource['endpoint'] : undefined;
  return isJsonObject(endpoint)
    ? { uri: endpoint['uri'], authentication: endpoint['authentication'] }
    : { uri: endpoint, authentication: undefined };
}
