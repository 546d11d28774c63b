// What the log accepts and how it reads: a schema per type written now, and a ladder of upcasters from every version written before.
import { InvalidEvent, type EventDefinition, type Upcaster } from '@kari/kernel';

export interface EventCatalogue {
  definition(type: string): EventDefinition | undefined;
  /** Whether `lift` would change nothing. */
  isCurrent(type: string, version: number): boolean;
  /** The body as the version written now; of a type nobody registered, or of a later release, as it is. */
  lift(type: string, version: number, data: unknown): { readonly version: number; readonly data: unknown };
}

/** Read once, on first use, when every module has registered. Faults of the registrations are faults of the wiring and throw then. */
export function catalogueOf(definitions: () => readonly EventDefinition[], upcasters: () => readonly Upcaster[]): EventCatalogue {
  let known: Catalogue | null = null;
  const catalogue = (): Catalogue => (known ??= compile(definitions(), upcasters()));
  return {
    definition: (type) => catalogue().definitions.get(type),
    isCurrent: (type, version) => (catalogue().definitions.get(type)?.version ?? version) <= version,
    lift: (type, version, data) => {
      const { definitions: byType, steps } = catalogue();
      const latest = byType.get(type)?.version ?? version;
      let lifted = data;
      let at = version;
      for (; at < latest; at += 1) {
        const step = steps.get(stepName(type, at));
        if (step === undefined) throw new InvalidEvent(type, `no upcaster lifts version ${at}`);
        lifted = step.upcast(lifted);
      }
      return { version: at, data: lifted };
    },
  };
}

interface Catalogue {
  readonly definitions: ReadonlyMap<string, EventDefinition>;
  readonly steps: ReadonlyMap<string, Upcaster>;
}

function compile(definitions: readonly EventDefinition[], upcasters: readonly Upcaster[]): Catalogue {
  const byType = new Map(definitions.map((definition) => [definition.type, definition]));
  const steps = new Map(upcasters.map((upcaster) => [stepName(upcaster.type, upcaster.from), upcaster]));
  for (const { type, personal, subject } of definitions) {
    if (personal === undefined || personal.length === 0) continue;
    if (subject === undefined) throw new Error(`event ${type} has personal fields but names no subject`);
    if (personal.includes(subject)) throw new Error(`event ${type} would encrypt its subject with the subject's own key`);
  }
  for (const { type, from } of upcasters) {
    const latest = byType.get(type)?.version;
    if (latest === undefined) throw new Error(`an upcaster lifts event ${type}, which nobody registered`);
    if (from >= latest) throw new Error(`an upcaster lifts event ${type} beyond its version ${latest}`);
    for (let step = from; step < latest; step += 1) {
      if (!steps.has(stepName(type, step))) throw new Error(`event ${type} can be lifted from version ${from} but not from ${step}`);
    }
  }
  return { definitions: byType, steps };
}

function stepName(type: string, from: number): string {
  return `${type}@${from}`;
}
