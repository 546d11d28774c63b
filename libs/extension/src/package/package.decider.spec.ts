import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { bundleHash, content, manifest } from '../testing/stories.js';
import type { PackageCommand } from './package.commands.js';
import { packageDecider } from './package.decider.js';
import type { PackageContent, PackageEvent } from './package.events.js';

const { given } = specify(packageDecider);
const other = 'b'.repeat(64);
const register = (what: PackageContent, mayReplace = false): PackageCommand => ({
  type: 'RegisterPackageVersion',
  data: { ...what, mayReplace },
});
const registered: PackageEvent = { type: 'PackageVersionRegistered', data: content() };

describe('registering a version', () => {
  it('keeps exactly what would run', () => given([]).when(register(content())).then([registered]));
  it('with the same content changes nothing', () => given([registered]).when(register(content())).thenNothing());
  it('with the same content made from other sources only remembers those', () => {
    const moved = { folder: 'elsewhere/notes', sourceHash: 'source-2' };
    const confirmed: PackageEvent = { type: 'PackageSourceConfirmed', data: { extension: 'acme.notes', version: '1.0.0', ...moved } };
    given([registered])
      .when(register(content(moved)))
      .then([confirmed]);
    given([registered, confirmed])
      .when(register(content(moved)))
      .thenNothing();
    given([registered, confirmed]).thenState({ versions: { '1.0.0': content(moved) } });
  });
  it('with other bytes is refused', () =>
    given([registered])
      .when(register(content({ bundleHash: other })))
      .thenRejected('EXTENSION_VERSION_TAKEN'));
  it('with another permission and the same bytes is refused as well', () => {
    const wider = content({ manifest: manifest({ permissions: { kv: { bytes: 10, reason: 'keeps notes' } } }) });
    given([registered]).when(register(wider)).thenRejected('EXTENSION_VERSION_TAKEN');
  });
  it('with another document is refused too, unless what was registered says nothing of documents', () => {
    const documented = (hash: string) => content({ documents: { 'workflows/w.yaml': hash } });
    const before: PackageEvent = { type: 'PackageVersionRegistered', data: documented(bundleHash) };
    given([before])
      .when(register(documented(bundleHash)))
      .thenNothing();
    given([before])
      .when(register(documented(other)))
      .thenRejected('EXTENSION_VERSION_TAKEN');
    given([registered])
      .when(register(documented(other)))
      .thenNothing();
  });
  it('with other bytes replaces it on a development platform, and says so', () =>
    given([registered])
      .when(register(content({ bundleHash: other }), true))
      .then([{ type: 'PackageVersionReplaced', data: { ...content({ bundleHash: other }), replacedBundleHash: bundleHash } }]));
  it('leaves other versions alone', () => {
    const next = content({ manifest: manifest({ version: '1.1.0' }), bundleHash: other });
    given([registered])
      .when(register(next))
      .then([{ type: 'PackageVersionRegistered', data: next }]);
  });
});
