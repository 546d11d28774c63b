// Composes plugins of two other extensions: what must be there (the time), what may be missing (greeting, weather), and what is kept.
import { extension, KariError, PluginError, type HandlerContext } from '@kari/sdk';
import type { BriefingTypes } from './extension.types.js';

type Context = HandlerContext<BriefingTypes>;
type Briefing = BriefingTypes['plugins']['briefing.write']['output'];

interface Today {
  readonly date: string;
  readonly weekday: string;
}

interface Tally {
  readonly count: number;
  /** Ids of the last events: repeats come soon or not at all. */
  readonly seen: readonly string[];
}

const REMEMBERED = 200;

export const start = extension<BriefingTypes>({
  plugins: {
    'briefing.write': async ({ reader, fresh = false }, context) => {
      const today = await timeOf(context);
      const kept = await context.kv.get<Briefing>(keyOf(reader));
      if (!fresh && kept?.value.date === today.date) return { ...kept.value, again: true };

      const [greeting, weather] = await Promise.all([greetingFor(reader, context), weatherNow(context)]);
      const missing = [...(greeting === null ? (['greeting'] as const) : []), ...(weather === null ? (['weather'] as const) : [])];
      const values = { greeting: greeting ?? `Good day, ${reader}.`, ...today, weather };
      const { output } = await context.plugins.call<{ text: string }>('text.template', { template: context.config.template, values });
      const briefing: Briefing = { text: output.text, date: today.date, again: false, missing };

      await context.kv.set(keyOf(reader), briefing);
      await context.events.publish('kari.briefing.written.v1', today.date, { date: today.date, missing });
      context.metrics.record('briefings_written');
      return briefing;
    },

    'briefing.count': async (_input, { kv }) => ({ count: (await kv.get<Tally>('tally'))?.value.count ?? 0 }),
  },

  events: {
    // Delivered at least once, and perhaps cut off in the middle: the count and the ids it has seen are one value, written at once.
    'kari.briefing.written.v1': async ({ id }, { kv }) => {
      const entry = await kv.get<Tally>('tally');
      const { count, seen } = entry?.value ?? { count: 0, seen: [] };
      if (seen.includes(id)) return;
      await kv.set('tally', { count: count + 1, seen: [...seen, id].slice(-REMEMBERED) }, { expectedVersion: entry?.version ?? 0 });
    },
  },

  onHealthCheck: async (context) => {
    try {
      await timeOf(context);
      return { healthy: true };
    } catch {
      return { healthy: false, reasons: ['time.now of kari.core cannot be called'] };
    }
  },
});

async function timeOf({ plugins, config }: Context): Promise<Today> {
  try {
    const { output } = await plugins.call<Today>('time.now', { zone: config.zone });
    return { date: output.date, weekday: output.weekday };
  } catch (error) {
    if (isAbsence(error)) throw new PluginError('CLOCK_UNAVAILABLE', 'The time cannot be had from kari.core.');
    throw error;
  }
}

async function greetingFor(reader: string, { plugins }: Context): Promise<string | null> {
  return orNull(plugins.call<{ text: string }>('kari.hello/greeting.say', { name: reader }).then(({ output }) => output.text));
}

async function weatherNow({ plugins, config }: Context): Promise<{ readonly temperature: number } | null> {
  const url = `https://api.open-meteo.com/v1/forecast?latitude=${config.latitude}&longitude=${config.longitude}&current=temperature_2m`;
  const answer = await orNull(
    plugins.call<{ ok: boolean; json: unknown }>('http.request', { url, timeoutMs: 3_000 }, { deadlineMs: 4_000 }),
  );
  const temperature = (answer?.output.json as { current?: { temperature_2m?: unknown } } | null)?.current?.temperature_2m;
  return answer?.output.ok === true && typeof temperature === 'number' ? { temperature } : null;
}

/** A part that is not there is left out; a bug of ours is not. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** Refused, out of reach, or too late; and the errors by which Core says that about a service it asked. */
function isAbsence(error: unknown): boolean {
  if (!(error instanceof KariError)) return false;
  if (['DENIED', 'UNAVAILABLE', 'DEADLINE', 'LIMIT', 'CRASHED', 'QUARANTINED'].includes(error.code)) return true;
  return error.reason === 'HOST_NOT_ALLOWED' || error.reason === 'HOST_UNREACHABLE';
}

/** Names are free text, keys are not: any name gives one short key. */
function keyOf(reader: string): string {
  return `reader/${encodeURIComponent(reader.replace(/\p{Surrogate}/gu, '')).slice(0, 200)}`;
}
