// In which order the operations of a plan go: each is allowed by what is there when its turn comes, as the commands themselves will judge it.
// Upgrades that only fit together are one step. What cannot easily be taken back comes last.
import { contractBreaks, covers, needsOf } from '@kari/package/rules';
import type { Manifest } from '@kari/protocol/manifest';
import { dependentsOf, obstaclesOf, type Neighbour } from './dependencies.rules.js';
import { fewestTogether } from './plan-together.rules.js';

export interface OrderedAct {
  readonly act: 'install' | 'upgrade' | 'enable' | 'disable' | 'remove';
  readonly extension: string;
  /** Of the version that it leads to; of the installed one for what goes. */
  readonly manifest: Manifest;
  /** Whether it runs afterwards. */
  readonly enabled: boolean;
}

/** One operation; or several upgrades that take over as one, with what keeps each of them from going alone, in words. */
interface OrderedStep<T extends OrderedAct> {
  readonly operations: readonly T[];
  readonly reasons: readonly string[];
}

export interface PlanOrder<T extends OrderedAct> {
  readonly order: readonly OrderedStep<T>[];
  /** Operations that no order lets happen, each with what it waits for, in words. */
  readonly stuck: readonly { readonly operation: T; readonly reasons: readonly string[] }[];
}

/** `startOrder`: extensions, what is needed first. */
export function planOrder<T extends OrderedAct>(
  operations: readonly T[],
  present: readonly Neighbour[],
  startOrder: readonly string[],
  platformVersion: string,
): PlanOrder<T> {
  const place = (operation: T): number => startOrder.indexOf(operation.extension);
  const comes = (operation: T): boolean => operation.act !== 'disable' && operation.act !== 'remove';
  let open = [...operations].sort((one, other) => {
    if (comes(one) !== comes(other)) return comes(one) ? -1 : 1;
    if (one.act === 'remove' && other.act === 'disable') return 1;
    if (one.act === 'disable' && other.act === 'remove') return -1;
    const forward = place(one) - place(other) || compare(one, other);
    return comes(one) ? forward : -forward;
  });
  let neighbours = present;
  const order: OrderedStep<T>[] = [];
  while (open.length > 0) {
    const reasonsOf = (operation: T): readonly string[] => reasonsAgainst(operation, neighbours, platformVersion);
    const next = open.find((operation) => reasonsOf(operation).length === 0);
    const operations = next === undefined ? together(open, neighbours, platformVersion) : [next];
    if (operations.length === 0) return { order, stuck: open.map((operation) => ({ operation, reasons: reasonsOf(operation) })) };
    order.push({ operations, reasons: [...new Set(operations.flatMap(reasonsOf))] });
    neighbours = operations.reduce((there, operation) => after(operation, there), neighbours);
    open = open.filter((operation) => !operations.includes(operation));
  }
  return { order, stuck: [] };
}

/** Only versions can be exchanged in one moment: what comes, goes or is toggled takes its time. */
function together<T extends OrderedAct>(open: readonly T[], neighbours: readonly Neighbour[], platformVersion: string): readonly T[] {
  const upgrades = open.filter(({ act }) => act === 'upgrade');
  return fewestTogether(upgrades, (one, beside) => {
    const then = beside.reduce((there, operation) => after(operation, there), neighbours);
    return reasonsAgainst(one, then, platformVersion).length === 0;
  });
}

/** As the tenant is once the operation is done. */
export function after({ act, extension, manifest, enabled }: OrderedAct, neighbours: readonly Neighbour[]): readonly Neighbour[] {
  const others = neighbours.filter((neighbour) => neighbour.extension !== extension);
  if (act === 'remove') return others;
  return [...others, { extension, version: manifest.version, status: enabled ? 'enabled' : 'disabled', manifest }];
}

function reasonsAgainst(
  { act, extension, manifest, enabled }: OrderedAct,
  neighbours: readonly Neighbour[],
  platformVersion: string,
): readonly string[] {
  const cures = (kinds?: readonly string[]): readonly string[] =>
    obstaclesOf(manifest, neighbours, platformVersion)
      .filter(({ kind }) => kinds?.includes(kind) ?? true)
      .map(({ cure }) => cure);
  switch (act) {
    case 'install':
    case 'enable':
      return cures();
    case 'upgrade':
      // What a disabled extension lacks is asked for when it is enabled.
      return [
        ...cures(enabled ? undefined : ['platform', 'conflict']),
        ...leftBehind(extension, manifest, neighbours),
        ...contractBreaks(
          manifest,
          neighbours.map((neighbour) => neighbour.manifest),
        ).map(({ cure }) => cure),
      ];
    case 'disable':
    case 'remove':
      return dependentsOf(extension, neighbours, act === 'disable' ? 'enabled' : 'installed').map(
        (other) => `${other} needs ${extension}.`,
      );
  }
}

/** Who works with the version that is there, and not with the next. */
function leftBehind(extension: string, next: Manifest, neighbours: readonly Neighbour[]): readonly string[] {
  const today = neighbours.find((neighbour) => neighbour.extension === extension)?.version;
  return neighbours.flatMap((other) =>
    needsOf(other.manifest.dependencies?.extensions)
      .filter(
        ({ id, optional, range }) =>
          id === extension && !optional && today !== undefined && covers(range, today) && !covers(range, next.version),
      )
      .map(({ range }) => `${other.extension} ${other.version} needs ${extension} ${range}.`),
  );
}

function compare(one: OrderedAct, other: OrderedAct): number {
  return `${one.extension} ${one.act}` < `${other.extension} ${other.act}` ? -1 : 1;
}
