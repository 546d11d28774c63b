// Where wrapped keys lie. It never sees a key in clear.
export interface WrappedKey {
  readonly tenant: string;
  readonly owner: string;
  /** Null once destroyed: the row stays, so that no new key is ever made in its place. */
  readonly wrapped: string | null;
  /** Id of the master key that wrapped it. */
  readonly master: string;
}

export interface KeyTable {
  find(tenant: string, owner: string): Promise<WrappedKey | null>;
  /** Keeps the key that is there already, destroyed ones included, and answers what is there now. */
  insert(key: WrappedKey): Promise<WrappedKey>;
  destroy(tenant: string, owner: string): Promise<void>;
  /** Keys not wrapped by that master key. */
  notUnder(master: string, limit: number): Promise<readonly WrappedKey[]>;
  /** Replaces the wrapping unless it changed or was destroyed meanwhile; answers whether it did. */
  replace(old: WrappedKey, wrapped: string, master: string): Promise<boolean>;
}
