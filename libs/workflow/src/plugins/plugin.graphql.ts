// Plugins in the public schema.
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Json } from '@kari/platform/graphql';
import { rejected } from '@kari/kernel';
import type { CataloguePlugin, PluginFallback, PluginManner, PluginRunResult, PluginStep, PluginStepOutcome } from '../contract.js';

const PluginEffectEnum = { NONE: 'none', READ: 'read', WRITE: 'write', EXTERNAL: 'external' } as const;
registerEnumType(PluginEffectEnum, { name: 'PluginEffect', description: 'What calling a plugin does to the world.' });

const PluginRunModeEnum = { SEQUENCE: 'sequence', PARALLEL: 'parallel' } as const;
registerEnumType(PluginRunModeEnum, { name: 'PluginRunMode' });

const PluginOnErrorEnum = { FAIL: 'fail', CONTINUE: 'continue' } as const;
registerEnumType(PluginOnErrorEnum, { name: 'PluginOnError', description: 'What follows when a step fails for good.' });

@ObjectType()
export class PluginErrorContract {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  description!: string;

  @Field(() => Boolean, { description: 'Whether it may pass by itself: such a failure is tried again.' })
  retryable!: boolean;

  @Field(() => Json, { nullable: true, description: 'JSON Schema of its details.' })
  details!: unknown;
}

@ObjectType()
export class PluginExample {
  @Field(() => String, { nullable: true })
  title!: string | null;

  @Field(() => Json, { nullable: true })
  input!: unknown;

  @Field(() => Json, { nullable: true })
  output!: unknown;
}

@ObjectType({ description: 'One typed operation that an extension of this tenant provides.' })
export class Plugin {
  @Field(() => ID, { description: '`<extension>/<intent>@<contract version>`: names it exactly in a call.' })
  id!: string;

  @Field(() => String)
  intent!: string;

  @Field(() => String)
  extension!: string;

  @Field(() => String)
  extensionVersion!: string;

  @Field(() => String)
  contractVersion!: string;

  @Field(() => Boolean, { description: 'Whether it can be called now.' })
  enabled!: boolean;

  @Field(() => String)
  description!: string;

  @Field(() => PluginEffectEnum)
  effect!: CataloguePlugin['effect'];

  @Field(() => Boolean, { description: 'Whether repeating a call with the same idempotency key is harmless.' })
  idempotent!: boolean;

  @Field(() => Json, { description: 'JSON Schema.' })
  input!: unknown;

  @Field(() => Json, { description: 'JSON Schema.' })
  output!: unknown;

  @Field(() => [PluginErrorContract])
  errors!: readonly PluginErrorContract[];

  @Field(() => [PluginExample])
  examples!: readonly PluginExample[];
}

@InputType()
export class PluginRetryInput {
  @Field(() => Int, { description: 'Calls in all, the first included: 1 to 10.' })
  attempts!: number;

  @Field(() => Int, { nullable: true, description: 'Milliseconds before the second try; doubled each time. Default 200.' })
  backoffMs?: number | null;

  @Field(() => Int, { nullable: true, description: 'Default 10000.' })
  maxBackoffMs?: number | null;
}

@InputType({ description: 'What stands in for a call that failed for good: exactly one of the two.' })
export class PluginFallbackInput {
  @Field(() => String, { nullable: true })
  plugin?: string | null;

  @Field(() => Json, { nullable: true })
  value?: unknown;
}

@InputType()
export class CallPluginInput {
  @Field(() => String, { description: '`[<extension>/]<intent>[@<major>]`' })
  plugin!: string;

  @Field(() => Json, { nullable: true, description: 'Default: {}.' })
  input?: unknown;

  @Field(() => Int, { nullable: true, description: 'For everything this call sets off. Default 30000, at most 900000.' })
  deadlineMs?: number | null;

  @Field(() => String, { nullable: true, description: 'Names the effect: repeating a call with it is the same call.' })
  idempotencyKey?: string | null;

  @Field(() => Int, { nullable: true, description: 'For each try.' })
  timeoutMs?: number | null;

  @Field(() => PluginRetryInput, { nullable: true })
  retry?: PluginRetryInput | null;

  @Field(() => PluginFallbackInput, { nullable: true })
  fallback?: PluginFallbackInput | null;
}

@InputType()
export class PluginStepInput {
  @Field(() => String, { description: 'Unique in the run: a-z, 0-9, _ and -.' })
  id!: string;

  @Field(() => String)
  plugin!: string;

  @Field(() => Json, { nullable: true, description: 'Fixed part of the input.' })
  input?: unknown;

  @Field(() => Json, {
    nullable: true,
    description: 'Places in the input to their sources, as JSON pointers: {"/zone": "/steps/first/zone", "/day": "/input/day"}.',
  })
  from?: unknown;

  @Field(() => Int, { nullable: true })
  timeoutMs?: number | null;

  @Field(() => PluginRetryInput, { nullable: true })
  retry?: PluginRetryInput | null;

  @Field(() => PluginFallbackInput, { nullable: true })
  fallback?: PluginFallbackInput | null;

  @Field(() => PluginOnErrorEnum, { nullable: true, description: 'Default FAIL.' })
  onError?: PluginStep['onError'] | null;
}

@InputType()
export class RunPluginsInput {
  @Field(() => PluginRunModeEnum)
  mode!: 'sequence' | 'parallel';

  @Field(() => [PluginStepInput], { description: '1 to 32.' })
  steps!: PluginStepInput[];

  @Field(() => Json, { nullable: true, description: 'What `/input` points at.' })
  input?: unknown;

  @Field(() => Int, { nullable: true, description: 'For the whole run. Default 30000, at most 900000.' })
  deadlineMs?: number | null;

  @Field(() => String, { nullable: true })
  idempotencyKey?: string | null;

  @Field(() => Int, { nullable: true, description: 'Steps at once in PARALLEL: 1 to 16. Default 4.' })
  concurrency?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether a failing parallel step cancels the others. Default true.' })
  cancelSiblings?: boolean | null;
}

@ObjectType()
export class PluginAnswer {
  @Field(() => Json, { nullable: true })
  output!: unknown;

  @Field(() => String, { description: 'Who answered; empty when a fixed value stood in.' })
  extension!: string;

  @Field(() => String)
  version!: string;

  @Field(() => String, { description: '`<intent>@<contract version>`' })
  contract!: string;

  @Field(() => Float)
  milliseconds!: number;

  @Field(() => Int)
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'Code of the failure that the fallback stood in for.' })
  fellBackFrom!: string | null;
}

@ObjectType()
export class PluginStepAnswer {
  @Field(() => String)
  id!: string;

  @Field(() => String)
  plugin!: string;

  @Field(() => PluginAnswer, { nullable: true, description: 'Null when it failed and the run was told to go on.' })
  answer!: PluginAnswer | null;

  @Field(() => String, { nullable: true })
  errorCode!: string | null;
}

@ObjectType()
export class PluginRunAnswer {
  @Field(() => [PluginStepAnswer])
  steps!: readonly PluginStepAnswer[];

  @Field(() => Json, { nullable: true, description: 'Of the last step (SEQUENCE), or every output by step id (PARALLEL).' })
  output!: unknown;

  @Field(() => Float)
  milliseconds!: number;
}

export function pluginOf(plugin: CataloguePlugin): Plugin {
  const errors = Object.entries(plugin.errors).map(([code, error]) => ({
    code,
    description: error.description,
    retryable: error.retryable ?? false,
    details: error.details ?? null,
  }));
  const examples = plugin.examples.map(({ title, input, output }) => ({ title: title ?? null, input, output }));
  return { ...plugin, id: `${plugin.extension}/${plugin.intent}@${plugin.contractVersion}`, errors, examples };
}

export function runAnswerOf({ steps, output, milliseconds }: PluginRunResult): PluginRunAnswer {
  return { steps: steps.map(stepAnswerOf), output, milliseconds };
}

function stepAnswerOf({ id, plugin, result, error }: PluginStepOutcome): PluginStepAnswer {
  return { id, plugin, answer: result, errorCode: error?.code ?? null };
}

interface MannerInput {
  readonly timeoutMs?: number | null;
  readonly retry?: PluginRetryInput | null;
  readonly fallback?: PluginFallbackInput | null;
}

/** GraphQL's null and absent are the same wish: the default. */
export function mannerOf({ timeoutMs, retry, fallback }: MannerInput): PluginManner {
  return given({
    timeoutMs,
    retry: retry === undefined || retry === null ? null : given(retry),
    fallback: fallbackOf(fallback),
  }) as PluginManner;
}

export function stepOf({ id, plugin, input, from, onError, ...manner }: PluginStepInput): PluginStep {
  return { id, plugin, ...given({ input, from: sourcesOf(id, from), onError }), ...mannerOf(manner) };
}

/** The fields that hold something. */
export function given<T extends object>(fields: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)) as never;
}

function fallbackOf(fallback: PluginFallbackInput | null | undefined): PluginFallback | null {
  if (fallback === undefined || fallback === null) return null;
  const { plugin, value } = fallback;
  if (typeof plugin === 'string' && value === undefined) return { plugin };
  if ((plugin === undefined || plugin === null) && value !== undefined) return { value };
  throw rejected('REQUEST_INVALID', { operation: 'fallback', reason: 'a fallback is either a plugin or a value' });
}

function sourcesOf(step: string, from: unknown): Readonly<Record<string, string>> | null {
  if (from === undefined || from === null) return null;
  const pairs = typeof from === 'object' && !Array.isArray(from) ? Object.entries(from) : null;
  if (pairs === null || pairs.some(([, source]) => typeof source !== 'string')) {
    throw rejected('PLUGIN_STEPS_INVALID', { step, reason: 'from maps JSON pointers to JSON pointers' });
  }
  return Object.fromEntries(pairs);
}
