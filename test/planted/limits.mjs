// Bugs in what limits runs: places of one key, moments of a rate.
const run = 'libs/workflow/src/run';
const simulation = { test: `${run}/simulation.spec.ts` };
const part = (name) => `${run}/interpreter/${name}.rules.ts`;

export default [
  {
    name: 'place-for-one-too-many',
    file: 'libs/workflow/src/places/place.rules.ts',
    find: `if (holders.length < wish.places && waiting.length === 0)`,
    replace: `if (holders.length <= wish.places && waiting.length === 0)`,
    ...simulation,
    pattern: 'I35',
  },
  {
    name: 'retry-without-its-place',
    file: `${run}/run-state.rules.ts`,
    find: `{ ...admission, status: 'due' as const }`,
    replace: `{ ...admission, status: 'admitted' as const }`,
    ...simulation,
    pattern: 'I35',
  },
  {
    name: 'begun-while-queued',
    file: part('admission'),
    find: `return state.admission === null ? state.scheduled === 0 && wantsAdmission(m) : !isAdmitted(state);`,
    replace: `return state.admission === null ? state.scheduled === 0 && wantsAdmission(m) : !isAdmitted(state) && state.admission.status !== 'queued';`,
    ...simulation,
    pattern: 'I36',
  },
  {
    name: 'place-kept-after-the-end',
    file: part('admission'),
    find: `return [{ type: 'RunPlaceLeft', data: { turn: admission.turn`,
    replace: `return admission.status === 'queued' ? [] : [{ type: 'RunPlaceLeft', data: { turn: admission.turn`,
    ...simulation,
    pattern: 'I37',
  },
];
