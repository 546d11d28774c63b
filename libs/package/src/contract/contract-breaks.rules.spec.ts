import { describe, expect, it } from '@jest/globals';
import type { JsonSchema, PluginContract } from '@kari/protocol/manifest';
import { contractBreaks, contractBreaksBetween, type ContractParty } from './contract-breaks.rules.js';

const place = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { type: 'object', properties: { degrees: { type: 'number' }, wind: { type: 'number' } }, required: ['degrees', 'wind'] };

function contract(version: string, changes: Partial<PluginContract> = {}): PluginContract {
  return { description: 'Tells the weather.', version, input: place, output: weather, effect: 'read', idempotent: true, ...changes };
}
function provider(version: string, plugins: Record<string, PluginContract>, id = 'acme.sky'): ContractParty {
  return { id, version, plugins };
}
function user(id: string, plugin: string, range: string, optional = false): ContractParty {
  return { id, version: '1.0.0', dependencies: { plugins: { [plugin]: { range, optional } } } };
}

const sky = provider('1.0.0', { 'weather.tell': contract('1.2.0') });
const report = user('acme.report', 'weather.tell', '^1.0.0');
const installed = [sky, report];
const kinds = (candidate: ContractParty, users = installed) =>
  contractBreaks(candidate, users).map(({ user: who, plugin, kind }) => `${who} ${plugin} ${kind}`);

describe('a new version breaks who uses its contract', () => {
  it('when the plugin is gone', () => {
    expect(contractBreaks(provider('2.0.0', {}), installed)).toEqual([
      {
        user: 'acme.report',
        plugin: 'weather.tell',
        contract: 'acme.sky/weather.tell 1.2.0',
        kind: 'gone',
        reason: 'acme.report needs weather.tell ^1.0.0; acme.sky 2.0.0 does not provide it any more.',
        cure: 'Keep acme.sky 1.0.0, install another extension that provides weather.tell within ^1.0.0, or remove acme.report.',
      },
    ]);
  });
  it('when its version leaves the range', () => {
    const [first] = contractBreaks(provider('2.0.0', { 'weather.tell': contract('2.0.0') }), installed);
    expect(first).toMatchObject({
      kind: 'version',
      reason: 'acme.report needs weather.tell ^1.0.0; acme.sky 2.0.0 provides it as 2.0.0.',
      cure: 'Keep acme.sky 1.0.0, or upgrade acme.report to a version whose range for weather.tell includes 2.0.0.',
    });
  });
  it('when its input asks for more within the range', () => {
    const stricter: JsonSchema = { ...place, required: ['city', 'country'] };
    const [first] = contractBreaks(provider('1.1.0', { 'weather.tell': contract('1.3.0', { input: stricter }) }), installed);
    expect(first?.kind).toBe('schema');
    expect(first?.reason).toContain('its input at /country has changed: it is required now');
  });
  it('when its output loses a field that was always there', () => {
    const poorer: JsonSchema = { ...weather, required: ['degrees'] };
    const [first] = contractBreaks(provider('1.1.0', { 'weather.tell': contract('1.3.0', { output: poorer }) }), installed);
    expect(first?.reason).toContain('its output at /wind has changed: it is not always there any more');
  });
  it('when an error that it could answer is gone', () => {
    const erring = provider('1.0.0', { 'weather.tell': contract('1.2.0', { errors: { NO_SUCH_CITY: { description: 'd' } } }) });
    expect(contractBreaks(provider('1.1.0', { 'weather.tell': contract('1.3.0') }), [erring, report])[0]?.reason).toContain(
      'its error NO_SUCH_CITY is gone',
    );
  });
});

describe('a new version breaks nobody', () => {
  it('who does not use it, or is not there', () => {
    expect(kinds(provider('2.0.0', {}), [sky, user('acme.other', 'time.now', '^1.0.0')])).toEqual([]);
    expect(kinds(provider('2.0.0', {}), [sky])).toEqual([]);
    expect(kinds(provider('2.0.0', {}), [report])).toEqual([]);
  });
  it('when the contract only grows', () => {
    const grown = contract('1.3.0', {
      input: { ...place, properties: { ...place.properties, country: { type: 'string' } } },
      output: { ...weather, properties: { ...weather.properties, rain: { type: 'number' } }, required: ['degrees', 'wind', 'rain'] },
      errors: { TOO_FAR: { description: 'd' } },
    });
    expect(kinds(provider('1.1.0', { 'weather.tell': grown }))).toEqual([]);
  });
  it('who can do without it, or whom another serves', () => {
    expect(kinds(provider('2.0.0', {}), [sky, user('acme.report', 'weather.tell', '^1.0.0', true)])).toEqual([]);
    const spare = provider('1.0.0', { 'weather.tell': contract('1.0.0') }, 'acme.spare');
    expect(kinds(provider('2.0.0', {}), [...installed, spare])).toEqual([]);
    // The one that asked for it by name is not served by another.
    const named = user('acme.report', 'acme.sky/weather.tell', '^1.0.0');
    expect(kinds(provider('2.0.0', {}), [sky, named, spare])).toEqual(['acme.report acme.sky/weather.tell gone']);
  });
  it('but one that is optional, and does not keep its word, breaks who calls it', () => {
    const changed = contract('1.3.0', { output: { type: 'string' } });
    const optional = user('acme.report', 'weather.tell', '^1.0.0', true);
    expect(kinds(provider('1.1.0', { 'weather.tell': changed }), [sky, optional])).toEqual(['acme.report weather.tell schema']);
  });
});

it('several changes are judged together: who moves along does not break, who stays does', () => {
  const next = provider('2.0.0', { 'weather.tell': contract('2.0.0') });
  const along = user('acme.report', 'weather.tell', '^2.0.0');
  const behind = user('acme.behind', 'weather.tell', '^1.0.0');
  expect(contractBreaksBetween([sky, report], [next, along])).toEqual([]);
  expect(contractBreaksBetween([sky, report, behind], [next, along, behind]).map((one) => one.user)).toEqual(['acme.behind']);
  expect(contractBreaksBetween(installed, [report]).map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
    'gone: acme.report needs weather.tell ^1.0.0; acme.sky would be removed.',
  ]);
});
