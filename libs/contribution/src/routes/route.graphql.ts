// HTTP routes of extensions in the public schema.
import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { answerKindOf } from '@kari/package';
import { bodyTypeOf } from './media.rules.js';
import { isOpen, labelOf, type RoutePlace } from './route-place.rules.js';
import { defaultBodyBytes } from './route-request.js';

@ObjectType()
export class RouteRate {
  @Field(() => Int)
  requests!: number;

  @Field(() => Int)
  seconds!: number;

  @Field(() => String, { description: 'Who shares one count: `tenant`, `caller` or `address`.' })
  per!: string;
}

@ObjectType({ description: 'A route that an enabled extension of this tenant answers.' })
export class ExtensionRoute {
  @Field(() => ID, { description: '`<extension>/<name>`.' })
  id!: string;

  @Field(() => String)
  extension!: string;

  @Field(() => String)
  version!: string;

  @Field(() => String)
  method!: string;

  @Field(() => String, { description: '`/ext/<extension>/...`, with `{name}` for a part that varies.' })
  path!: string;

  @Field(() => String)
  description!: string;

  @Field(() => String, { nullable: true, description: 'Right of the extension that a caller needs; null: every member, or anybody.' })
  right!: string | null;

  @Field(() => Boolean, { description: 'Whether it answers callers without an account: declared so, and consented to.' })
  open!: boolean;

  @Field(() => RouteRate)
  rate!: RouteRate;

  @Field(() => String, { nullable: true, description: '`json`, `form`, `text` or `bytes`; null where it takes no body.' })
  bodyType!: string | null;

  @Field(() => Int, { description: 'Most bytes of a body.' })
  bodyBytes!: number;

  @Field(() => String, { description: 'Media type of the answer.' })
  responseType!: string;

  @Field(() => Boolean, { description: 'Whether every answer is held to a schema; bytes are not.' })
  judged!: boolean;
}

export function routeOf(place: RoutePlace): ExtensionRoute {
  const { extension, version, route } = place;
  const { requests, seconds = 60, per = 'caller' } = route.rateLimit ?? { requests: 60 };
  const responseType = route.responseType ?? 'application/json';
  return {
    id: labelOf(place),
    extension,
    version,
    method: route.method,
    path: `/ext/${extension}${route.path}`,
    description: route.description,
    right: route.right ?? null,
    open: isOpen(place),
    rate: { requests, seconds, per },
    bodyType: route.body === undefined ? null : bodyTypeOf(route),
    bodyBytes: route.body === undefined ? 0 : (route.bodyBytes ?? defaultBodyBytes),
    responseType,
    judged: answerKindOf(responseType) !== 'bytes',
  };
}
