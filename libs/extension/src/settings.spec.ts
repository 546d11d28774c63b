import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { settingsOf } from './settings.js';

const config = {
  mode: 'development',
  host: '127.0.0.1',
  extensionsDirs: ['extensions'],
  safeBoot: false,
  upgradeTrialSeconds: 600,
  upgradeHealthSeconds: 30,
} as const;

describe('the settings of this context', () => {
  it('let folders under development run in development mode on loopback alone', () => {
    for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
      expect(settingsOf({ ...config, host }).developmentFolders).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'kari.example', '127.0.0.1.example', '1270.0.0.1']) {
      expect(settingsOf({ ...config, host }).developmentFolders).toBe(false);
    }
    expect(settingsOf({ ...config, mode: 'production' })).toMatchObject({ developmentFolders: false, watch: false });
  });
  it('label each folder without its path, and no two alike', () => {
    expect(
      settingsOf({ ...config, extensionsDirs: ['extensions', '/opt/a/extensions', '/opt/b/extensions', 'extensions'] }).directories,
    ).toEqual([
      { label: 'extensions', path: resolve('extensions') },
      { label: 'extensions-2', path: '/opt/a/extensions' },
      { label: 'extensions-3', path: '/opt/b/extensions' },
    ]);
  });
});
