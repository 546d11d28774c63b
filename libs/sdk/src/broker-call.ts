// What a service needs of the broker: one request, one answer. In a file of its own, so that services and their binding need not know each other.

/** Rejects with a `KariError`. */
export type BrokerCall = <Answer>(method: string, request: unknown) => Promise<Answer>;
