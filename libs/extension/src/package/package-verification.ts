// Whether what is stored of a version is what was registered, and asks for no more than was consented to.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, Rejection } from '@kari/kernel';
import { grantsOf, widenedGrants } from '@kari/package';
import { BLOBS, type Blobs } from '@kari/platform/blob';
import { wording } from '@kari/protocol';
import type { RequestedGrant } from '../lifecycle/extension.events.js';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';

@Injectable()
export class PackageVerification {
  constructor(
    @Inject(BLOBS) private readonly blobs: Blobs,
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
  ) {}

  /** Resolves with what was found, in words; throws EXTENSION_PACKAGE_UNKNOWN, EXTENSION_PACKAGE_DAMAGED, EXTENSION_CONSENT_OUTDATED. */
  async verify(extension: string, version: string, consented: readonly RequestedGrant[]): Promise<string> {
    const registered = this.snapshot.packages().find(extension, version);
    if (registered === null) throw rejected('EXTENSION_PACKAGE_UNKNOWN', { extension, version, known: 'none' });
    const files = { 'bundle.mjs': registered.bundleHash, ...registered.assets };
    for (const [file, hash] of Object.entries(files)) await this.verifyFile(extension, version, file, hash);
    const added = widenedGrants(consented, grantsOf(registered.manifest)).map((grant) => grant.id);
    // Between consent and now a folder under development may have been changed: nobody agreed to that.
    if (added.length > 0) throw rejected('EXTENSION_CONSENT_OUTDATED', { extension, version, added });
    return `${Object.keys(files).length} file(s) match their registered hashes`;
  }

  private async verifyFile(extension: string, version: string, file: string, hash: string): Promise<void> {
    try {
      await this.blobs.get(`sha256-${hash}`);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      const { message } = wording(error.code, error.facts);
      throw rejected('EXTENSION_PACKAGE_DAMAGED', { extension, version, file, reason: message });
    }
  }
}
