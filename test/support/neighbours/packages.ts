// A street of extensions: most of them do their work, five misbehave when they are told to, each in its own way. Made as source folders.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const hostileWays = ['spin', 'memory', 'flood', 'crash', 'leak'] as const;
export type HostileWay = (typeof hostileWays)[number];

export interface Neighbour {
  readonly id: string;
  /** Null: it does nothing wrong. */
  readonly way: HostileWay | null;
}

/** `count` extensions, the hostile five among them. */
export function writeNeighbours(folder: string, count: number): readonly Neighbour[] {
  const neighbours = Array.from({ length: count }, (_, index): Neighbour => {
    const way = hostileWays[index] ?? null;
    return { id: way === null ? `street.house-${index}` : `street.${way}`, way };
  });
  for (const { id, way } of neighbours) {
    mkdirSync(join(folder, id, 'src'), { recursive: true });
    writeFileSync(join(folder, id, 'extension.json'), JSON.stringify(manifestOf(id), null, 2));
    writeFileSync(join(folder, id, 'src', 'index.ts'), sourceOf(way));
  }
  return neighbours;
}

const text = { type: 'string', maxLength: 100_000 };
const shape = { type: 'object', properties: { text }, required: ['text'], additionalProperties: false };

function manifestOf(id: string): object {
  return {
    id,
    name: id,
    version: '1.0.0',
    description: 'One of many that live side by side.',
    license: 'Apache-2.0',
    category: 'utilities',
    platform: '*',
    entry: 'src/index.ts',
    permissions: { kv: { bytes: 65_536, reason: 'It keeps what it was told.' } },
    plugins: Object.fromEntries(
      ['neighbour.keep', 'neighbour.misbehave'].map((name) => [
        name,
        { description: 'What a neighbour does.', version: '1.0.0', input: shape, output: shape, effect: 'write', idempotent: true },
      ]),
    ),
  };
}

const ways: Readonly<Record<HostileWay, string>> = {
  spin: 'for (;;);',
  memory: 'for (;;) { held.push(new Uint8Array(4 * 1024 * 1024).fill(1)); await new Promise((next) => setTimeout(next, 1)); }',
  flood: `const chunk = new TextEncoder().encode('x'.repeat(65536));
    for (let line = 0; line < 2000; line += 1) console.log('y'.repeat(1000));
    for (;;) Deno.stdout.writeSync(chunk);`,
  crash: 'Deno.exit(3);',
  leak: `held.push(new Uint8Array(1024 * 1024).fill(1), text);
    const { entries } = await kv.list({});
    const kept = await Promise.all(entries.map(({ key }) => kv.get(key).catch(() => null)));
    return { text: JSON.stringify({ kept, held: held.filter((one) => typeof one === 'string'), globals: Object.keys(globalThis) }) };`,
};

const sourceOf = (way: HostileWay | null): string => `
import { extension } from '@kari/sdk';
declare const Deno: any;
const held: unknown[] = [];
export const start = extension({
  plugins: {
    'neighbour.keep': async ({ text }: { text: string }, { kv }) => {
      await kv.set('kept', text);
      const found = await kv.get<string>('kept');
      return { text: found?.value ?? '' };
    },
    'neighbour.misbehave': async ({ text }: { text: string }, { kv }): Promise<{ text: string }> => {
      ${way === null ? 'return { text: String(held.length) + text + String(kv === undefined) };' : ways[way]}
    },
  },
});
`;
