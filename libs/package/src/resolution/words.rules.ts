// A contradiction in words: who asks for what, and who is wanted.
import type { Constraint } from './model.rules.js';
import type { Candidate, Requirement, ResolutionProblem, Wish } from './problem.js';
import { compareVersions, covers, highestFirst, sideOf } from './version-range.rules.js';

const MOST_VERSIONS = 4;

/** One sentence for all of them: needs and conflicts first, then what is there, then what is wanted. */
export function explanationOf(culprits: readonly Constraint[], problem: ResolutionProblem, circular: boolean): string {
  const about = culprits.map((culprit) => culprit.about);
  const asked = about.filter(({ kind }) => kind !== 'wish' && kind !== 'stays');
  const lines = [...asked, ...about.filter(({ kind }) => kind === 'stays')].map((requirement) => wordsOf(requirement, problem));
  const wishes = about.flatMap((requirement) => (requirement.kind === 'wish' ? [requirement.wish] : []));
  const wanted = wishes.map((wish) => wordsOf({ kind: 'wish', wish }, problem));
  const named = new Set(about.flatMap((requirement) => (requirement.kind === 'wish' ? [] : [requirement.extension])));
  const both = wishes.length === 2 && wishes.every(({ act, extension }) => act === 'install' && named.has(extension));
  const circle = circular ? ['each of them waits for the other to run first'] : [];
  return `${[...lines, ...(both ? ['both are wanted'] : wanted), ...circle].join('; ')}.`;
}

export function wordsOf(about: Requirement, problem: ResolutionProblem): string {
  switch (about.kind) {
    case 'wish':
      return wishInWords(about.wish, problem);
    case 'stays':
      return `${about.extension} ${about.version} is ${about.enabled ? 'enabled' : 'installed'}${upwardsAside(about, problem)}`;
    case 'need': {
      const { target, range, optional } = about;
      const need = optional ? `works only with ${target} ${range}, where that is there` : `needs ${target} ${range}`;
      return `${subject(about, problem)} ${need}${registeredAside(target, range, problem)}`;
    }
    case 'plugin':
      return `${subject(about, problem)} needs the plugin ${about.target} ${about.range}${providersAside(about.target, about.range, problem)}`;
    case 'conflict':
      return `${subject(about, problem)} cannot be beside ${about.target} ${about.range}`;
    case 'platform':
      return `${subject(about, problem)} runs on Kari ${about.range}, and this is ${problem.platform.version}`;
    case 'service':
      return `${subject(about, problem)} needs the service "${about.service}", which this platform does not have`;
  }
}

function wishInWords(wish: Wish, problem: ResolutionProblem): string {
  const { extension } = wish;
  const present = problem.installed.find(({ manifest }) => manifest.id === extension);
  const there = present === undefined ? ', and it is not installed' : '';
  switch (wish.act) {
    case 'install':
      return `${extension}${wish.range === null ? '' : ` ${wish.range}`} is wanted${registeredAside(extension, wish.range ?? '*', problem)}`;
    case 'upgrade':
      return `${extension} is to rise${wish.range === null ? '' : ` to ${wish.range}`}${there === '' ? registeredAside(extension, wish.range ?? '*', problem) : there}`;
    case 'enable':
      return `${extension} is to be enabled${there}`;
    case 'disable':
      return `${extension} is to be disabled${there}`;
    case 'remove':
      return `${extension} is to be removed`;
  }
}

function upwardsAside({ extension, version }: { extension: string; version: string }, problem: ResolutionProblem): string {
  const lower = versionsOf(extension, problem).some((other) => compareVersions(other, version) < 0);
  return lower ? ', and never goes to a lower version' : '';
}

/** Only where it explains something: nothing that is registered fits. */
function registeredAside(extension: string, range: string, problem: ResolutionProblem): string {
  const versions = versionsOf(extension, problem);
  if (versions.length === 0) return `, and no version of ${extension} is registered`;
  if (versions.some((version) => covers(range, version))) return '';
  const sides = new Set(versions.map((version) => sideOf(version, range)));
  const [side] = sides;
  const old = sides.size === 1 && side !== null ? (side === 'above' ? ', which is too new' : ', which is too old') : '';
  return `, and there is only ${listed(versions)}${versions.length === 1 ? old : ''}`;
}

function providersAside(plugin: string, range: string, problem: ResolutionProblem): string {
  const slash = plugin.indexOf('/');
  const intent = plugin.slice(slash + 1);
  const provided = candidatesOf(problem).flatMap(({ id, plugins = {} }) => {
    const contract = slash >= 0 && plugin.slice(0, slash) !== id ? undefined : plugins[intent];
    return contract === undefined ? [] : [{ id, version: contract.version }];
  });
  if (provided.some(({ version }) => covers(range, version))) return '';
  if (provided.length === 0) return ', which nothing that is registered provides';
  return `, and it is provided only as ${listed(highestFirst(new Set(provided.map(({ version }) => version))))}`;
}

function subject({ extension, versions }: { extension: string; versions: readonly string[] }, problem: ResolutionProblem): string {
  const all = versionsOf(extension, problem);
  if (versions.length > 1 && versions.length === all.length) return `every version of ${extension}`;
  return `${extension} ${listed(versions)}`;
}

function listed(versions: readonly string[]): string {
  if (versions.length <= MOST_VERSIONS) return versions.join(', ');
  return `${versions.slice(0, MOST_VERSIONS).join(', ')} and ${versions.length - MOST_VERSIONS} more`;
}

function versionsOf(extension: string, problem: ResolutionProblem): readonly string[] {
  return highestFirst(new Set(candidatesOf(problem).flatMap(({ id, version }) => (id === extension ? [version] : []))));
}

function candidatesOf({ registered, installed }: ResolutionProblem): readonly Candidate[] {
  return [...registered, ...installed.map(({ manifest }) => manifest)];
}
