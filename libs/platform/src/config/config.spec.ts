import { describe, expect, it } from '@jest/globals';
import { ConfigurationRefused, describeConfig, readConfig } from './index.js';
import { nearest } from './nearest.rules.js';

function faults(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigurationRefused) return error.faults;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({ HOME: '/root' })).toEqual({
      mode: 'development',
      host: '127.0.0.1',
      port: 4000,
      publicUrl: null,
      allowedOrigins: [],
      roles: ['api', 'worker', 'host'],
      dataDir: '.data',
      extensionsDirs: ['extensions'],
      safeBoot: false,
      upgradeTrialSeconds: 600,
      upgradeHealthSeconds: 30,
      masterKey: null,
      masterKeyFile: null,
      masterKeyPrevious: [],
      logLevel: 'info',
      otlpEndpoint: null,
      metricsToken: null,
      databaseConnections: 12,
      tableBytes: 268_435_456,
      rates: { tenant: 5_000, token: 2_500, extension: 1_000 },
      persistedOnly: null,
      stopSeconds: 10,
      databaseUrl: null,
    });
  });

  it('reads what is set; empty means unset', () => {
    const config = readConfig({
      KARI_PORT: '0',
      KARI_HOST: '',
      KARI_ROLES: 'worker, api,api',
      KARI_SAFE_BOOT: '1',
      KARI_EXTENSIONS_DIRS: 'a:b:',
      KARI_ALLOWED_ORIGINS: 'https://a.example,http://localhost:3000',
      DATABASE_URL: 'postgresql://me:pw@db/kari',
    });
    expect(config).toMatchObject({ port: 0, host: '127.0.0.1', roles: ['api', 'worker'], safeBoot: true, extensionsDirs: ['a', 'b'] });
    expect(config.allowedOrigins).toEqual(['https://a.example', 'http://localhost:3000']);
  });

  it('cannot be changed', () => {
    const config = readConfig({});
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => (config.roles as string[]).push('root')).toThrow(TypeError);
  });

  it('refuses a name it does not know and offers the nearest', () => {
    expect(faults({ KARI_PROT: '1', KARI_ROLE: 'api', KARI_QUITE_ANOTHER_THING: '1', KARI_REQUIRE: 'bwrap' })).toEqual([
      'KARI_PROT is no setting of Kari; did you mean KARI_PORT?',
      'KARI_QUITE_ANOTHER_THING is no setting of Kari',
      'KARI_ROLE is no setting of Kari; did you mean KARI_ROLES?',
    ]);
  });

  it('names every fault at once, with what would be right', () => {
    expect(faults({ KARI_PORT: '70000', KARI_MODE: 'prod', KARI_ROLES: 'api,root' })).toEqual([
      'KARI_MODE is "prod": it takes development or production.',
      'KARI_PORT is "70000": it takes number, 0 to 65535.',
      'KARI_ROLES is "api,root": it takes any of api, worker, host, separated by commas.',
    ]);
  });

  it.each(['80a', '-1', '1e3', '4000.0', ' 4000', '0x10'])('takes no port like %s', (port) => {
    expect(faults({ KARI_PORT: port })).toHaveLength(1);
  });

  it('never repeats a secret', () => {
    const said = faults({ KARI_MASTER_KEY: 'hunter2', DATABASE_URL: 'mysql://me:hunter2@db/x' }).join('\n');
    expect(said).toContain('KARI_MASTER_KEY is not valid: it takes 32 bytes');
    expect(said).not.toContain('hunter2');
  });

  it('takes a master key in any usual writing, and one at most', () => {
    const bytes = Buffer.alloc(32, 251);
    for (const form of ['hex', 'base64', 'base64url'] as const) expect(faults({ KARI_MASTER_KEY: bytes.toString(form) })).toEqual([]);
    expect(faults({ KARI_MASTER_KEY: bytes.toString('hex'), KARI_MASTER_KEY_FILE: '/k' })).toEqual([
      'KARI_MASTER_KEY and KARI_MASTER_KEY_FILE are both set: keep one.',
    ]);
  });

  it('refuses a reserved name rather than ignoring it', () => {
    expect(faults({ KAFKA_BROKERS: 'k:9092' })).toEqual(['KAFKA_BROKERS is reserved for a later release: unset it.']);
  });

  it('describes every setting in words', () => {
    const described = describeConfig();
    expect(described.map(({ name }) => name)).toContain('KARI_PORT');
    for (const { meaning, form } of described) expect([meaning.endsWith('.'), form.length > 3]).toEqual([true, true]);
  });
});

describe('the nearest name', () => {
  it('is one that a slip would explain, or none', () => {
    expect([nearest('abcdef', ['abcdfe', 'xyz']), nearest('abcdef', ['zzzzzz'])]).toEqual(['abcdfe', null]);
  });
});
