// Bugs that let requests of extensions go where they must not.
const egress = 'libs/security/src/egress';

export default [
  {
    name: 'redirect-target-unchecked',
    file: `${egress}/egress.ts`,
    find: `const verdict = hop.refusal === null ? judgeTarget(caller.scopes as unknown as HttpScope[], parsed.target, hop.method) : null;`,
    replace: `const verdict = hop.refusal === null ? judgeTarget(caller.scopes as unknown as HttpScope[], target, hop.method) : null;`,
    test: `${egress}/egress.spec.ts`,
    pattern: 'S-08 redirects does not follow one to',
  },
  {
    name: 'redirect-address-unjudged',
    file: `${egress}/egress.ts`,
    find: `    let concealed: ConcealedParts | null = null;
    for (let hops = 0; ; hops += 1) {
      const place = await this.placeOf(caller.tenant, target);`,
    replace: `    let concealed: ConcealedParts | null = null;
    const first = await this.placeOf(caller.tenant, target);
    for (let hops = 0; ; hops += 1) {
      const place = hops === 0 ? first : { target, addresses: await this.resolve(target.host), public: true };`,
    test: `${egress}/egress.spec.ts`,
    pattern: 'S-08 redirects judges the declared target anew',
  },
  {
    name: 'first-address-alone-judged',
    file: `${egress}/egress.ts`,
    find: `const verdicts = found.map(judgeAddress);`,
    replace: `const verdicts = found.slice(0, 1).map(judgeAddress);`,
    test: `${egress}/egress.spec.ts`,
    pattern: 'S-08 declared names that lead where they must not refuses a name with a public address first',
  },
  {
    name: 'second-lookup-behind-the-judgement',
    file: `${egress}/egress.ts`,
    find: `return { target, addresses: verdicts.map(({ address }) => address), public: opened === null };`,
    replace: `return { target, addresses: await this.resolve(target.host), public: opened === null };`,
    test: `${egress}/egress.spec.ts`,
    pattern: 'S-08 declared names that lead where they must not asks once',
  },
  {
    name: 'secret-sent-on-across-origins',
    file: `${egress}/header.rules.ts`,
    find: `(CREDENTIALS.has(lower) || typeof value !== 'string')`,
    replace: `CREDENTIALS.has(lower)`,
    test: `${egress}/egress.spec.ts`,
    pattern: 'S-08 secrets on the way out sends no secret',
  },
  {
    name: 'mapped-address-unwrapped-not',
    file: `${egress}/address.rules.ts`,
    find: `return contains(MAPPED, address) || contains(NAT64, address) ? lastFourBytes(address) : address;`,
    replace: `return contains(MAPPED, address) ? lastFourBytes(address) : address;`,
    test: `${egress}/address.rules.spec.ts`,
    pattern: 'S-08 judging an address',
  },
  {
    name: 'decompressed-bytes-uncapped',
    file: `${egress}/exchange.ts`,
    find: `    if (size > LARGEST_BODY) {`,
    replace: `    if (size > LARGEST_BODY * 100) {`,
    test: `${egress}/egress.spec.ts`,
    pattern: 'S-08 limits stops a small',
  },
  {
    name: 'connections-shared-between-tenants',
    file: `${egress}/connection-pools.ts`,
    find: `const key = [consumer.tenant, consumer.extension, target.url.origin, address].join(' ');`,
    replace: `const key = [target.url.origin, address].join(' ');`,
    test: `${egress}/egress.spec.ts`,
    pattern: 'S-08 limits never shares a connection',
  },
  {
    name: 'host-blamed-for-our-database',
    file: 'libs/security/src/egress/egress.ts',
    find: `if (error instanceof Unavailable) throw`,
    replace: `if (error instanceof Unavailable && error.retryable === false) throw`,
    test: 'libs/security/src/egress/egress.spec.ts',
    pattern: 'the host is not blamed',
  },
];
