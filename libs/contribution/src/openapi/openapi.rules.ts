// One OpenAPI 3.1 document of routes, in the words of their manifests.
import type { HttpRoute, JsonSchema } from '@kari/protocol/manifest';
import { moved } from './schema-parts.rules.js';

/** What the document needs of a route. */
export interface DescribedRoute {
  readonly extension: string;
  readonly version: string;
  /** Of the extension. */
  readonly title: string;
  readonly summary: string;
  readonly name: string;
  readonly route: HttpRoute;
  /** Whether it answers callers without an account. */
  readonly isOpen: boolean;
  /** How its answer is carried. */
  readonly answer: 'json' | 'text' | 'bytes';
}

type Schemas = Record<string, JsonSchema>;

/** `tenant`: its slug or id, for people. The same routes give the same document. */
export function openapiOf(tenant: string, version: string, routes: readonly DescribedRoute[]): Readonly<Record<string, unknown>> {
  const schemas: Schemas = { Problem: PROBLEM };
  const paths: Record<string, Record<string, unknown>> = {};
  const names = new Map<string, string>();
  for (const described of routes) {
    const whole = `/ext/${described.extension}${described.route.path}`;
    const shape = whole.replace(/\{[^}]*\}/g, '{}');
    // Two spellings of one path are one path: the first one names its parts.
    const path = names.get(shape) ?? whole;
    names.set(shape, path);
    paths[path] = { ...paths[path], [described.route.method.toLowerCase()]: operationOf(described, path, schemas) };
  }
  const extensions = new Map(routes.map(({ extension, title, summary }) => [extension, `${title}. ${summary}`]));
  return {
    openapi: '3.1.0',
    info: {
      title: `APIs of extensions in ${tenant}`,
      version,
      description: 'What the extensions of this tenant answer, as far as the caller of this document may call it.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [], tenant: [] }],
    tags: [...extensions].map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token or a session.' },
        tenant: { type: 'apiKey', in: 'header', name: 'Kari-Tenant', description: "The tenant's slug or uuid." },
      },
      schemas,
      responses: {
        Problem: {
          description: 'A refusal, with a stable code.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function operationOf({ extension, version, name, route, isOpen, answer }: DescribedRoute, path: string, schemas: Schemas): unknown {
  const part = (schema: JsonSchema, which: string): JsonSchema => {
    const { schema: own, components } = moved(schema, `${extension}-${name}-${which}`);
    Object.assign(schemas, components);
    return own;
  };
  const { requests, seconds = 60, per = 'caller' } = route.rateLimit ?? { requests: 60 };
  const parameters = [
    ...pathParameters(route, path, part(route.params ?? true, 'params')),
    ...queryParameters(part(route.query ?? false, 'query')),
    ...(route.headers ?? []).map((header) => ({ name: header, in: 'header', required: false, schema: { type: 'string' } })),
  ];
  return {
    operationId: `${extension}.${name}`,
    tags: [extension],
    summary: route.description,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: bodyOf(route, part(route.body, 'body')) }),
    responses: { '2XX': responseOf(route, answer, part(route.response, 'response')), default: { $ref: '#/components/responses/Problem' } },
    ...(isOpen ? { security: [{ tenant: [] }, { token: [], tenant: [] }] } : {}),
    'x-kari-version': version,
    ...(route.right === undefined ? {} : { 'x-kari-right': route.right }),
    'x-kari-rate': { requests, seconds, per },
  };
}

interface Shape {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
}

function pathParameters(route: HttpRoute, path: string, schema: JsonSchema): readonly unknown[] {
  const { properties = {} } = shapeOf(schema);
  const own = partsOf(route.path);
  return partsOf(`${path}`).map((shown, index) => {
    const name = own[index] ?? shown;
    return { name: shown, in: 'path', required: true, schema: Object.hasOwn(properties, name) ? properties[name] : { type: 'string' } };
  });
}

function queryParameters(schema: JsonSchema): readonly unknown[] {
  if (schema === false) return [];
  const { properties = {}, required = [], additionalProperties = true } = shapeOf(schema);
  const named = Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(typeof property === 'object' && typeof property['description'] === 'string' ? { description: property['description'] } : {}),
    schema: property,
  }));
  if (additionalProperties === false) return named;
  return [
    ...named,
    { name: 'other', in: 'query', required: false, style: 'form', explode: true, schema: { type: 'object', additionalProperties } },
  ];
}

function bodyOf({ bodyType = 'json' }: HttpRoute, schema: JsonSchema): unknown {
  const types = {
    json: 'application/json',
    form: 'application/x-www-form-urlencoded',
    text: 'text/plain',
    bytes: 'application/octet-stream',
  };
  return { required: true, content: { [types[bodyType]]: bodyType === 'bytes' ? {} : { schema } } };
}

function responseOf({ responseType = 'application/json' }: HttpRoute, answer: DescribedRoute['answer'], schema: JsonSchema): unknown {
  return { description: 'The answer.', content: { [responseType]: answer === 'bytes' ? {} : { schema } } };
}

function shapeOf(schema: JsonSchema): Shape {
  return typeof schema === 'object' ? schema : {};
}

function partsOf(path: string): readonly string[] {
  return [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
}

const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'RFC 9457.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, and why.' },
    code: { type: 'string', description: 'Stable code of the platform, or of the extension that `extension` names.' },
    next: { type: 'string', description: 'What to do next.' },
    extension: { type: 'string' },
    correlationId: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
};
