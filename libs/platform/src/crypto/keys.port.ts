// Keys of people and purposes, each wrapped by the master key. Destroying one is how the platform forgets.
export const KEYS = Symbol('Keys');

export interface Keys {
  /**
   * Encrypts a person's data under the key of (tenant, subject), made on first use. Deterministic: the same text in the same context gives
   * the same ciphertext, so that a retried append stays the same fact. Throws `Rejection` EVENT_SUBJECT_ERASED once the subject is erased.
   */
  encrypt(tenant: string, subject: string, context: string, plaintext: string): Promise<string>;
  /** The text, or null once the subject is erased. Throws `Rejection` EVENT_SEAL_BROKEN when the ciphertext was changed or moved. */
  decrypt(tenant: string, subject: string, context: string, ciphertext: string): Promise<string | null>;
  /** Destroys the key of a subject for ever, also one that has none yet: its encrypted fields read as null from now on. */
  erase(tenant: string, subject: string): Promise<void>;
  /** Seals a secret for a tenant and a purpose (`extension/acme.notes`); the same secret never looks the same twice. */
  seal(tenant: string, purpose: string, plaintext: string): Promise<string>;
  /** Throws `Rejection` EVENT_SEAL_BROKEN when the value was changed, belongs elsewhere, or its key is destroyed. */
  open(tenant: string, purpose: string, sealed: string): Promise<string>;
  /** Wraps every key under the current master key; answers how many it moved. Afterwards the previous master keys may go. */
  rewrap(): Promise<number>;
}
