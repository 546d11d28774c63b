// What is asked of the resolver: what is registered, what a tenant has, what is wished for; and what may hold a version back.
import type { Manifest } from '@kari/protocol/manifest';

/** One version of an extension, as far as it concerns others. */
export type Candidate = Pick<Manifest, 'id' | 'version' | 'platform' | 'dependencies' | 'plugins'>;

export type Wish =
  /** `range` null: whatever fits best. */
  | { readonly act: 'install'; readonly extension: string; readonly range: string | null; readonly enable: boolean }
  /** `range` null: something higher than what is installed, where something higher is registered. */
  | { readonly act: 'upgrade'; readonly extension: string; readonly range: string | null }
  | { readonly act: 'enable' | 'disable' | 'remove'; readonly extension: string };

export interface ResolutionProblem {
  readonly platform: { readonly version: string; readonly services: readonly string[] };
  readonly registered: readonly Candidate[];
  readonly installed: readonly { readonly manifest: Candidate; readonly enabled: boolean }[];
  readonly wishes: readonly Wish[];
}

/** One thing that holds a version back: what the words of an explanation are made of. */
export type Requirement =
  | { readonly kind: 'wish'; readonly wish: Wish }
  | { readonly kind: 'stays'; readonly extension: string; readonly version: string; readonly enabled: boolean }
  | {
      readonly kind: 'need';
      readonly extension: string;
      readonly versions: readonly string[];
      readonly target: string;
      readonly range: string;
      readonly optional: boolean;
    }
  | {
      readonly kind: 'plugin' | 'conflict';
      readonly extension: string;
      readonly versions: readonly string[];
      readonly target: string;
      readonly range: string;
    }
  | { readonly kind: 'platform'; readonly extension: string; readonly versions: readonly string[]; readonly range: string }
  | { readonly kind: 'service'; readonly extension: string; readonly versions: readonly string[]; readonly service: string };
