// References inside and between the sections that describe data, pages, tasks and files: what is named must be there.
import type { Manifest } from '@kari/protocol/manifest';
import { routeProblems } from '../routes/route-declaration.rules.js';
import { below } from '../schema/pointer.js';
import { emptyLayout, planLayout } from '../tables/layout.rules.js';
import { reportRepeated, type CrossCheck, type Report } from './cross-check.js';
import { durationMilliseconds } from './duration.rules.js';
import { suggestion } from './nearest.rules.js';

export const sectionChecks: readonly CrossCheck[] = [
  { reads: ['id', 'rights', 'http', 'tasks', 'workflows', 'pages', 'components', 'navigation'], check: checkRights },
  { reads: ['data'], check: checkCollections },
  { reads: ['data'], check: checkTables },
  { reads: ['data', 'retention'], check: checkRetention },
  { reads: ['http'], check: checkRoutes },
  { reads: ['tasks', 'permissions'], check: checkTasks },
  { reads: ['pages', 'navigation'], check: checkNavigation },
  { reads: ['i18n'], check: checkLanguages },
  { reads: ['assets', 'theme', 'marketplace'], check: checkAssets },
];

function checkRights(manifest: Manifest, report: Report): void {
  const { id, rights = {}, http, tasks, workflows, pages, components, navigation = [] } = manifest;
  const declared = Object.keys(rights).map((right) => `${id}:${right}`);
  const named: (readonly [string, string | undefined])[] = navigation.map(({ right }, index) => [`/navigation/${index}/right`, right]);
  const sections = { 'http/routes': http?.routes, tasks, workflows, pages, components };
  for (const [section, entries] of Object.entries(sections)) {
    for (const [name, { right }] of Object.entries(entries ?? {})) named.push([below(below(`/${section}`, name), 'right'), right]);
  }
  for (const [at, right] of named) {
    if (right === undefined || declared.includes(right)) continue;
    report('PACKAGE_MANIFEST_REFERENCE', at, `the right ${right} is not declared in rights`, suggestion(right, declared));
  }
}

function checkCollections({ data }: Manifest, report: Report): void {
  if (data === undefined) return;
  const collections = Object.keys(data.collections);
  for (const [name, { fields, indexes = [], subject }] of Object.entries(data.collections)) {
    const at = below('/data/collections', name);
    const known = Object.keys(fields);
    const demandField = (field: string, pointer: string) => {
      if (known.includes(field)) return;
      report('PACKAGE_MANIFEST_REFERENCE', pointer, `the collection ${name} has no field ${field}`, suggestion(field, known));
    };
    if (subject !== undefined) demandField(subject, `${at}/subject`);
    indexes.forEach((index, position) => {
      index.fields.forEach((field, place) => {
        demandField(field, `${at}/indexes/${position}/fields/${place}`);
        if (fields[field]?.encrypted !== true && fields[field]?.personal !== 'sensitive') return;
        report(
          'PACKAGE_MANIFEST_REFERENCE',
          `${at}/indexes/${position}/fields/${place}`,
          `${field} is encrypted and cannot be searched by`,
          'Remove it from the index.',
        );
      });
    });
    for (const [field, { references, type }] of Object.entries(fields)) {
      const pointer = `${below(`${at}/fields`, field)}/references`;
      if (references === undefined) continue;
      if (!collections.includes(references))
        report('PACKAGE_MANIFEST_REFERENCE', pointer, `there is no collection ${references}`, suggestion(references, collections));
      if (type !== 'uuid')
        report('PACKAGE_MANIFEST_REFERENCE', pointer, 'only a field of type uuid can point to a row', 'Make its type uuid.');
    }
    const people = Object.entries(fields).filter(([, { personal = 'no' }]) => personal !== 'no');
    if (people.length > 0 && subject === undefined) {
      report(
        'PACKAGE_MANIFEST_REFERENCE',
        at,
        `${people[0]![0]} is personal data, but no subject says whose`,
        'Add "subject": the field that names the person.',
        { key: true },
      );
    }
  }
  data.migrations?.forEach(({ to, collection }, index) => {
    const at = `/data/migrations/${index}`;
    if (to > data.version)
      report(
        'PACKAGE_MANIFEST_REFERENCE',
        `${at}/to`,
        `it leads to version ${to}, but data.version is ${data.version}`,
        `Raise data.version to ${to}.`,
      );
    if (!collections.includes(collection))
      report('PACKAGE_MANIFEST_REFERENCE', `${at}/collection`, `there is no collection ${collection}`, suggestion(collection, collections));
  });
}

/** What tables could not be made of, beyond what points to nothing. */
function checkTables({ data }: Manifest, report: Report): void {
  if (data === undefined) return;
  const told = new Set<string>();
  checkCollections({ data } as Manifest, (_code, pointer) => told.add(pointer));
  for (const { code, pointer, reason, cure } of planLayout(emptyLayout, data).problems) {
    const known = [...told].some((one) => one === pointer || one.startsWith(`${pointer}/`));
    if (code === 'DATA_LAYOUT_INVALID' && !known) report('PACKAGE_MANIFEST_REFERENCE', pointer, reason, cure);
  }
}

function checkRetention({ data, retention = {} }: Manifest, report: Report): void {
  const collections = Object.keys(data?.collections ?? {});
  for (const name of Object.keys(retention)) {
    if (collections.includes(name)) continue;
    report(
      'PACKAGE_MANIFEST_REFERENCE',
      below('/retention', name),
      `there is no collection ${name} in data`,
      suggestion(name, collections),
      { key: true },
    );
  }
}

function checkRoutes({ http }: Manifest, report: Report): void {
  const routes = Object.entries(http?.routes ?? {});
  const pointers = routes.map(([name]) => below('/http/routes', name));
  // Two routes that differ only in the names of their parts would answer the same requests.
  reportRepeated(
    routes,
    ([, { method, path }]) => `${method} ${path.replace(/\{[^}]*\}/g, '{}')}`,
    (index) => pointers[index]!,
    'the route',
    report,
  );
  routes.forEach(([, route], index) => {
    for (const { key, reason, fix } of routeProblems(route))
      report('PACKAGE_MANIFEST_REFERENCE', `${pointers[index]!}/${key}`, reason, fix);
  });
  reportRepeated(
    http?.origins ?? [],
    ({ origin }) => origin,
    (index) => `/http/origins/${index}/origin`,
    'the origin',
    report,
  );
}

function checkTasks({ tasks = {}, permissions }: Manifest, report: Report): void {
  const subscribed = (permissions?.events ?? []).flatMap(({ subscribe }) => (subscribe === undefined ? [] : [subscribe]));
  for (const [name, { on, every }] of Object.entries(tasks)) {
    const at = below('/tasks', name);
    if (on !== undefined && !subscribed.includes(on)) {
      report(
        'PACKAGE_MANIFEST_PERMISSION',
        `${at}/on`,
        `permissions.events does not ask to subscribe to ${on}`,
        `Add {"subscribe": "${on}", "reason": ...} there.`,
      );
    }
    if (every !== undefined && durationMilliseconds(every) < 10_000)
      report('PACKAGE_MANIFEST_SHAPE', `${at}/every`, `${every} is shorter than 10 seconds`, 'Write "PT10S" or longer.');
  }
}

function checkNavigation({ pages = {}, navigation = [] }: Manifest, report: Report): void {
  const known = Object.keys(pages);
  navigation.forEach(({ page }, index) => {
    if (known.includes(page)) return;
    report('PACKAGE_MANIFEST_REFERENCE', `/navigation/${index}/page`, `there is no page ${page} in pages`, suggestion(page, known));
  });
}

function checkLanguages({ i18n }: Manifest, report: Report): void {
  if (i18n === undefined || Object.hasOwn(i18n.locales, i18n.default)) return;
  report(
    'PACKAGE_MANIFEST_REFERENCE',
    '/i18n/default',
    `there is no translation into ${i18n.default}`,
    suggestion(i18n.default, Object.keys(i18n.locales)),
  );
}

function checkAssets({ assets = [], theme, marketplace }: Manifest, report: Report): void {
  const named: (readonly [string, string | undefined])[] = [
    ['/theme/logo', theme?.logo],
    ['/marketplace/icon', marketplace?.icon],
    ...(marketplace?.screenshots ?? []).map(({ asset }, index) => [`/marketplace/screenshots/${index}/asset`, asset] as const),
  ];
  for (const [at, asset] of named) {
    if (asset === undefined || assets.includes(asset)) continue;
    report('PACKAGE_MANIFEST_REFERENCE', at, `there is no asset ${asset}`, suggestion(asset, assets));
  }
}
