// What a version brings that another does not: permissions, and every section of the manifest by the names in it.
import { canonicalJson } from '@kari/kernel';
import { grantsOf, widenedGrants, type GrantRequest } from '@kari/package/rules';
import type { Manifest } from '@kari/protocol/manifest';

/** The sections that are compared, each as named entries. */
const sections = {
  routes: ({ http }) => http?.routes,
  webhooks: ({ webhooks }) => webhooks,
  publishes: ({ events }) => events?.publishes,
  subscribes: ({ events }) => Object.fromEntries((events?.subscribes ?? []).map((one) => [one.type, one])),
  plugins: ({ plugins }) => plugins,
  tables: ({ data }) => data?.collections,
  tasks: ({ tasks }) => tasks,
  workflows: ({ workflows }) => workflows,
  filters: ({ filters }) => filters,
  pages: ({ pages }) => pages,
  components: ({ components }) => components,
  rights: ({ rights }) => rights,
  metrics: ({ metrics }) => metrics,
} as const satisfies Readonly<Record<string, (manifest: Manifest) => Readonly<Record<string, unknown>> | undefined>>;

export const sectionNames = Object.keys(sections) as readonly (keyof typeof sections)[];

export interface SectionDifference {
  readonly section: keyof typeof sections;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface GrantDifference {
  readonly added: readonly GrantRequest[];
  /** Held today under the same id, and asked for with more. */
  readonly widened: readonly GrantRequest[];
  /** Ids. */
  readonly removed: readonly string[];
}

/** Only sections that differ. */
export function sectionDifferences(before: Manifest | null, after: Manifest | null): readonly SectionDifference[] {
  return sectionNames.flatMap((section) => {
    const had = before === null ? {} : (sections[section](before) ?? {});
    const has = after === null ? {} : (sections[section](after) ?? {});
    const added = Object.keys(has).filter((name) => !Object.hasOwn(had, name));
    const removed = Object.keys(had).filter((name) => !Object.hasOwn(has, name));
    const changed = Object.keys(has).filter(
      (name) => Object.hasOwn(had, name) && canonicalJson(entry(had, name)) !== canonicalJson(entry(has, name)),
    );
    return added.length + removed.length + changed.length === 0
      ? []
      : [{ section, added: sorted(added), removed: sorted(removed), changed: sorted(changed) }];
  });
}

/** Compared with what is held, not with what the former version asked for: consent was given to that. */
export function grantDifferences(held: readonly Pick<GrantRequest, 'id' | 'scope'>[], after: Manifest | null): GrantDifference {
  const asked = after === null ? [] : grantsOf(after);
  const known = new Set(held.map(({ id }) => id));
  const wanted = new Set(asked.map(({ id }) => id));
  return {
    added: asked.filter(({ id }) => !known.has(id)),
    widened: widenedGrants(held, asked).filter(({ id }) => known.has(id)),
    removed: held.map(({ id }) => id).filter((id) => !wanted.has(id)),
  };
}

function entry(entries: object, name: string): unknown {
  return (entries as Readonly<Record<string, unknown>>)[name];
}

function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort();
}
