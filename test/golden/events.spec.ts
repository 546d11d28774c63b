// D-11: every version of every event that was ever written can be read as the version written now. One file each, kept for ever.
// A new event or version gets its first file with KARI_GOLDEN=write; a file that exists is never rewritten.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type EventDefinition, type Upcaster } from '@kari/kernel';
import { catalogueOf, type EventCatalogue } from '@kari/platform/event-store';
import { registeredEvents, root } from './registered-events.js';
import { sampleOf } from './sample.js';

interface Golden {
  readonly type: string;
  readonly version: number;
  /** The body as that version wrote it, personal fields in clear. */
  readonly written: unknown;
  /** The same body as it reads today. */
  readonly read: unknown;
}

const folder = join(root, 'test/golden/events');

describe('D-11 golden events', () => {
  let definitions: readonly EventDefinition[];
  let upcasters: readonly Upcaster[];
  let catalogue: EventCatalogue;
  beforeAll(async () => {
    ({ definitions, upcasters } = await registeredEvents());
    catalogue = catalogueOf(
      () => definitions,
      () => upcasters,
    );
    if (process.env['KARI_GOLDEN'] === 'write') writeMissing(definitions);
  });

  it('finds the events of the sources, each under one name', () => {
    expect(definitions.length).toBeGreaterThan(10);
    const types = definitions.map(({ type }) => type);
    expect(types.filter((type, index) => types.indexOf(type) !== index)).toEqual([]);
  });

  it('has a file for every version of every event', () => {
    const wanted = definitions.flatMap(({ type, version }) => Array.from({ length: version }, (_, n) => fileOf(type, n + 1)));
    expect(wanted.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
  });

  it('has no file of an event that nobody can read any more', () => {
    const known = new Map(definitions.map(({ type, version }) => [type, version]));
    const orphans = goldens().filter(({ type, version }) => version > (known.get(type) ?? 0));
    expect(orphans.map(({ type, version }) => fileOf(type, version))).toEqual([]);
  });

  it('reads each of them as the version written now, exactly as recorded', () => {
    const differences: string[] = [];
    for (const { type, version, written, read } of goldens()) {
      const definition = definitions.find((candidate) => candidate.type === type);
      if (definition === undefined) continue;
      const lifted = catalogue.lift(type, version, written);
      const parsed = definition.schema.safeParse(lifted.data);
      if (lifted.version !== definition.version) differences.push(`${fileOf(type, version)} is lifted to version ${lifted.version}`);
      if (canonicalJson(lifted.data) !== canonicalJson(read))
        differences.push(`${fileOf(type, version)} reads as ${canonicalJson(lifted.data)}`);
      if (!parsed.success) differences.push(`${fileOf(type, version)} no longer fits: ${parsed.error.message}`);
    }
    expect(differences).toEqual([]);
  });
});

function goldens(): Golden[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Golden);
}

function fileOf(type: string, version: number): string {
  return `${type}@${version}.json`;
}

function writeMissing(definitions: readonly EventDefinition[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { type, version, schema } of definitions) {
    const path = join(folder, fileOf(type, version));
    if (existsSync(path)) continue;
    const body = sampleOf(schema);
    writeFileSync(path, `${JSON.stringify({ type, version, written: body, read: body } satisfies Golden, null, 2)}\n`);
  }
}
