// Bugs that spend space nobody granted, or let a secret out.
const data = 'libs/data/src';

export default [
  {
    name: 'kv-bytes-counted-after-the-write',
    file: `${data}/kv/kv.rules.ts`,
    find: `const needed = usage.bytes - (existing?.bytes ?? 0) + bytes;
  if (needed > quota && needed > usage.bytes)`,
    replace: `const needed = usage.bytes - (existing?.bytes ?? 0) + bytes;
  if (usage.bytes > quota && needed > usage.bytes)`,
    test: `${data}/kv/kv-store.spec.ts`,
    pattern: 'the key-value store counts bytes before the write',
  },
  {
    name: 'kv-usage-unlocked',
    file: `${data}/kv/kv-store.ts`,
    find: `'select bytes, last_version from data.kv_usage where tenant = $1 and extension = $2 for update'`,
    replace: `'select bytes, last_version from data.kv_usage where tenant = $1 and extension = $2'`,
    test: `${data}/kv/kv-store.spec.ts`,
    pattern: 'writers at the same time',
  },
  {
    name: 'secret-host-unchecked',
    file: `${data}/secrets/guarded-secrets.ts`,
    find: `return isBoundTo(granted, use.host) && isBoundTo(held.hosts, use.host) ? null : 'it is not bound to that host';`,
    replace: `return granted.length > 0 ? null : 'it is not bound to that host';`,
    test: `${data}/secrets/guarded-secrets.spec.ts`,
    pattern: 'S-09 a secret in the wrong hands does not go to',
  },
  {
    name: 'handle-good-for-anybody',
    file: `${data}/secrets/secret-handles.ts`,
    find: `return timingSafeEqual(Buffer.from(signed), Buffer.from(expected)) ? name : null;`,
    replace: `return signed.length === expected.length ? name : null;`,
    test: `${data}/secrets/guarded-secrets.spec.ts`,
    pattern: 'S-09 a secret in the wrong hands',
  },
  {
    name: 'secret-value-in-the-event',
    file: `${data}/secrets/guarded-secrets.ts`,
    find: `const fingerprint = (await this.vault.sign(caller.tenant, \`\${place.extension}\\u0000\${place.name}\\u0000\${value}\`)).slice(0, 16);`,
    replace: `const fingerprint = Buffer.from(value).toString('hex').slice(0, 16);`,
    test: `${data}/secrets/guarded-secrets.spec.ts`,
    pattern: 'U-05 no value anywhere',
  },
  {
    name: 'configuration-takes-a-secret-in-plain',
    file: `${data}/configuration/configuration-judge.ts`,
    find: `    refuseUndeclaredSecrets(manifest, values);
`,
    replace: ``,
    test: `${data}/configuration/configurations.spec.ts`,
    pattern: 'U-05',
  },
];
