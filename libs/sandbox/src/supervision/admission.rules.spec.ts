import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import type { Installation, InstallationStatus } from '@kari/extension/contract';
import type { HandlerName } from '@kari/protocol/broker';
import type { TenantStatus } from '@kari/tenancy/contract';
import { admit, admitRestart } from './admission.rules.js';

function verdict(status: InstallationStatus | null, tenant: TenantStatus | null, handler: HandlerName | null): string {
  try {
    admit('acme.notes', status === null ? null : ({ status } as Installation), tenant, handler);
    return 'admitted';
  } catch (error) {
    return (error as Rejection).code;
  }
}

describe('running a handler', () => {
  it.each<[InstallationStatus | null, TenantStatus | null, HandlerName | null, string]>([
    ['enabled', 'active', 'plugin:a.b', 'admitted'],
    ['enabled', 'active', 'hook:onActivate', 'admitted'],
    ['enabled', 'suspended', 'plugin:a.b', 'SANDBOX_TENANT_INACTIVE'],
    ['enabled', 'deleted', 'hook:onUninstall', 'SANDBOX_TENANT_INACTIVE'],
    ['enabled', null, 'plugin:a.b', 'SANDBOX_TENANT_INACTIVE'],
    [null, 'active', 'plugin:a.b', 'SANDBOX_NOT_INSTALLED'],
    ['disabled', 'active', 'plugin:a.b', 'SANDBOX_NOT_ENABLED'],
    ['installing', 'active', 'event:a.b.c.v1', 'SANDBOX_NOT_ENABLED'],
    ['installing', 'active', 'hook:onInstall', 'admitted'],
    ['installing', 'active', null, 'admitted'],
    ['disabled', 'active', 'hook:onUninstall', 'admitted'],
    ['failed', 'active', 'hook:onUninstall', 'SANDBOX_NOT_ENABLED'],
  ])('installation %s, tenant %s, %s: %s', (status, tenant, handler, expected) => {
    expect(verdict(status, tenant, handler)).toBe(expected);
  });
});

it('nothing but what is enabled, in an active tenant, comes back by itself', () => {
  const again = (status: InstallationStatus, tenant: TenantStatus): string => {
    try {
      return admitRestart('acme.notes', { status } as Installation, tenant).status;
    } catch (error) {
      return (error as Rejection).code;
    }
  };
  expect([again('enabled', 'active'), again('disabled', 'active'), again('installing', 'active'), again('enabled', 'suspended')]).toEqual([
    'enabled',
    'SANDBOX_NOT_ENABLED',
    'SANDBOX_NOT_ENABLED',
    'SANDBOX_TENANT_INACTIVE',
  ]);
});
