import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ownRight, platformRoles, rights, tenantRoles, type Right, type RightEntry } from '@kari/protocol';
import {
  allows,
  anyRight,
  anyRole,
  type Holding,
  holdsRole,
  keeperRole,
  rightsIn,
  rightsThatGiveRights,
  rolesHere,
} from './access.rules.js';

const HOME = '0190a000-0000-7000-8000-000000000001';
const OTHER = '0190a000-0000-7000-8000-000000000002';
const everyRight = Object.keys(rights) as Right[];
const entry = (right: Right): RightEntry => rights[right];

const tenantHolding = fc.record({ home: fc.constant(HOME), roles: fc.subarray([...tenantRoles]), only: fc.constant(null) });
const platformHolding = fc.record({ home: fc.constant('_'), roles: fc.subarray([...platformRoles]), only: fc.constant(null) });
const holding: fc.Arbitrary<Holding> = fc.oneof(tenantHolding, platformHolding);
const scope = fc.constantFrom(HOME, OTHER, '_');
const right = fc.constantFrom(...everyRight, ownRight, 'nothing.known', 'constructor', '__proto__', '', 'tenant.create ');

describe('rights', () => {
  it('follow the table for every role, right and place (Z-01)', () => {
    for (const name of everyRight) {
      for (const role of tenantRoles) {
        const held: Holding = { home: HOME, roles: [role], only: null };
        expect([name, role, allows(held, name, HOME)]).toEqual([name, role, entry(name).tenant.includes(role)]);
        expect(allows(held, name, OTHER)).toBe(false);
        expect(allows(held, name, '_')).toBe(false);
      }
      for (const role of platformRoles) {
        const held: Holding = { home: '_', roles: [role], only: null };
        const carries = entry(name).platform.includes(role);
        expect([name, role, allows(held, name, '_')]).toEqual([name, role, carries]);
        expect([name, role, allows(held, name, HOME)]).toEqual([name, role, carries && entry(name).tenant.length > 0]);
      }
    }
  });

  it('of an unknown name are held by nobody', () => {
    for (const name of ['nothing.known', 'constructor', '__proto__', 'toString', '']) {
      expect(allows({ home: '_', roles: [...platformRoles], only: null }, name, '_')).toBe(false);
    }
  });

  it('never reach another tenant from a tenant', () => {
    fc.assert(fc.property(tenantHolding, right, fc.constantFrom(OTHER, '_'), (held, name, where) => !allows(held, name, where)));
  });

  it('never widen by narrowing a credential: what is left is within the roles and within the list', () => {
    fc.assert(
      fc.property(holding, fc.subarray(everyRight), scope, right, (held, only, where, name) => {
        const narrowed = { ...held, only };
        if (!allows(narrowed, name, where)) return true;
        return allows(held, name, where) && (name === ownRight || only.includes(name as Right));
      }),
    );
  });

  it('never widen by losing a role', () => {
    fc.assert(
      fc.property(holding, scope, right, fc.nat(), (held, where, name, index) => {
        const fewer = { ...held, roles: held.roles.filter((_, at) => at !== index % Math.max(1, held.roles.length)) };
        return !allows(fewer, name, where) || allows(held, name, where);
      }),
    );
  });

  it('never widen by giving roles away: whoever may give a role holds every right of every role that can be given there', () => {
    for (const [home, roles] of [
      [HOME, tenantRoles],
      ['_', platformRoles],
    ] as const) {
      const reachable = new Set(roles.flatMap((role) => rightsIn({ home, roles: [role], only: null }, home)));
      for (const giver of roles) {
        const held = rightsIn({ home, roles: [giver], only: null }, home);
        if (!held.some((name) => rightsThatGiveRights.includes(name))) continue;
        expect([giver, [...reachable].filter((name) => !held.includes(name))]).toEqual([giver, []]);
      }
      expect(rightsIn({ home, roles: [keeperRole(home)], only: null }, home)).toContain('member.manage');
    }
  });

  it('to see oneself are held where one belongs', () => {
    expect(allows({ home: HOME, roles: [], only: [] }, ownRight, HOME)).toBe(true);
    expect(allows({ home: HOME, roles: ['admin'], only: null }, ownRight, OTHER)).toBe(false);
  });
});

describe('tenant roles', () => {
  const asked = ['user', 'operator'];

  it('are held at home, by whoever has one of them', () => {
    expect(holdsRole({ home: HOME, roles: ['viewer', 'user'], only: null }, asked, HOME)).toBe(true);
    expect(holdsRole({ home: HOME, roles: ['viewer', 'admin'], only: null }, asked, HOME)).toBe(false);
    expect(holdsRole({ home: HOME, roles: ['user'], only: null }, [], HOME)).toBe(false);
    expect(holdsRole({ home: HOME, roles: ['user'], only: null }, asked, OTHER)).toBe(false);
  });

  it('are stood in for by the platform’s people: operators for operator and admin, auditors for auditor', () => {
    expect(holdsRole({ home: '_', roles: ['platform-operator'], only: null }, asked, HOME)).toBe(true);
    expect(holdsRole({ home: '_', roles: ['platform-operator'], only: null }, ['viewer', 'auditor'], HOME)).toBe(false);
    expect(holdsRole({ home: '_', roles: ['platform-auditor'], only: null }, ['auditor'], HOME)).toBe(true);
    expect(holdsRole({ home: '_', roles: ['platform-auditor'], only: null }, asked, HOME)).toBe(false);
    expect(holdsRole({ home: '_', roles: ['platform-operator'], only: null }, asked, '_')).toBe(false);
  });

  it('are held by no narrowed credential', () => {
    expect(holdsRole({ home: HOME, roles: ['user'], only: ['route.call'] }, asked, HOME)).toBe(false);
  });
});

describe('lists', () => {
  it('of rights are those that are held, in the order of the table, and no others', () => {
    expect(rightsIn({ home: HOME, roles: [], only: null }, HOME)).toEqual([]);
    expect(rightsIn({ home: HOME, roles: ['viewer'], only: null }, HOME)).toEqual(
      everyRight.filter((name) => entry(name).tenant.includes('viewer')),
    );
    expect(rightsIn({ home: HOME, roles: ['admin'], only: ['member.manage'] }, HOME)).toEqual(['member.manage']);
    expect(rightsIn({ home: HOME, roles: ['admin'], only: null }, OTHER)).toEqual([]);
  });

  it('of what may be named are the tables themselves', () => {
    for (const role of [...tenantRoles, ...platformRoles]) expect(anyRole.safeParse(role).success).toBe(true);
    for (const name of everyRight) expect(anyRight.safeParse(name).success).toBe(true);
    for (const stranger of ['', 'emperor', 'nothing.known']) {
      expect([anyRole.safeParse(stranger).success, anyRight.safeParse(stranger).success]).toEqual([false, false]);
    }
  });

  it('of rights that give rights are the two by which somebody could get more', () => {
    expect([...rightsThatGiveRights].sort()).toEqual(['member.manage', 'token.manage']);
  });
});

describe('roles', () => {
  it('that do not exist in a place are named, with those that do', () => {
    const refused = (
      asked: readonly (typeof tenantRoles)[number][] | readonly (typeof platformRoles)[number][],
      where: string,
    ): unknown => {
      try {
        return rolesHere(asked, where);
      } catch (error) {
        return (error as { facts: unknown }).facts;
      }
    };
    expect(refused(['admin'], '_')).toEqual({ role: 'admin', allowed: platformRoles });
    expect(refused(['platform-operator'], HOME)).toEqual({ role: 'platform-operator', allowed: tenantRoles });
    expect([keeperRole('_'), keeperRole(HOME)]).toEqual(['platform-operator', 'admin']);
  });

  it('keep to their place', () => {
    expect(rolesHere(['admin', 'viewer', 'admin'], HOME)).toEqual(['viewer', 'admin']);
    expect(() => rolesHere(['platform-auditor'], HOME)).toThrow('TENANCY_ROLE_NOT_HERE');
    expect(() => rolesHere(['admin'], '_')).toThrow('TENANCY_ROLE_NOT_HERE');
  });
});
