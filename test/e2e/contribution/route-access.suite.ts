// Z-01 for what extensions answer: every role at every kind of route, in its own tenant and in another, with tokens, sessions and narrowed
// tokens. The expected table is reviewed data in test/golden/route-access.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { platformRoles, tenantRoles } from '@kari/protocol';
import type { GraphqlCaller } from '../../support/client.js';
import { memberOf, type ExtensionWorld, type TenantDesk } from '../../support/extension-world.js';

type Role = (typeof tenantRoles)[number] | (typeof platformRoles)[number];

const expected = JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/route-access.json'), 'utf8')) as Readonly<
  Record<string, { readonly roles: readonly Role[] }>
>;

async function statusOf(caller: GraphqlCaller, route: string): Promise<number> {
  const [method = '', path = ''] = route.split(' ');
  const body = method === 'PUT' ? { body: '{"text":"z"}', headers: { 'content-type': 'application/json' } } : {};
  const response = await caller.fetch(path, { method, ...body });
  await response.arrayBuffer();
  return response.status;
}

/** Of a tenant that has the shelf, and one that has not. */
export function routeAccess(given: () => { readonly world: ExtensionWorld; readonly own: TenantDesk; readonly other: TenantDesk }): void {
  const callers = new Map<Role, GraphqlCaller>();
  let narrowed: (rights: readonly string[]) => Promise<GraphqlCaller>;

  beforeAll(async () => {
    const { world, own } = given();
    for (const role of tenantRoles) callers.set(role, await own.member(role, 'z01'));
    for (const role of platformRoles) callers.set(role, (await memberOf(world.operator, role, 'z01')).as({ tenant: own.slug }));
    narrowed = (rights) => own.narrowedToken(rights);
  }, 30_000);

  const differences = async (
    ask: (role: Role, caller: GraphqlCaller) => Promise<GraphqlCaller>,
    refused: readonly number[],
  ): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const [route, { roles }] of Object.entries(expected)) {
      for (const [role, caller] of callers) {
        const status = await statusOf(await ask(role, caller), route);
        const isRight = roles.includes(role) ? status >= 200 && status < 300 : refused.includes(status);
        if (!isRight) found.push(`${route} as ${role}: ${status}`);
      }
    }
    return found;
  };

  describe('Z-01', () => {
    it('answers every role as the table says', async () => {
      expect(await differences((_role, caller) => Promise.resolve(caller), [403])).toEqual([]);
    });

    it('answers each with a session as with its token', async () => {
      const sessions = new Map<Role, GraphqlCaller>();
      for (const [role, caller] of callers) {
        const there = (platformRoles as readonly string[]).includes(role) ? caller.as({ tenant: '_' }) : caller;
        const { startSession } = await there.data<{ startSession: { value: string } }>('mutation { startSession { value } }');
        sessions.set(role, caller.as({ token: startSession.value }));
      }
      expect(await differences((role) => Promise.resolve(sessions.get(role) as GraphqlCaller), [403])).toEqual([]);
    });

    it.each(['other', 'nowhere'])('lets no role of a tenant in where it is %s', async (where) => {
      const tenant = where === 'other' ? given().other.slug : 'nowhere';
      const leaks: string[] = [];
      for (const route of Object.keys(expected)) {
        for (const role of tenantRoles) {
          const status = await statusOf((callers.get(role) as GraphqlCaller).as({ tenant }), route);
          if (status !== 401) leaks.push(`${route} as ${role}: ${status}`);
        }
      }
      expect(leaks).toEqual([]);
    });

    it('lets a narrowed token have what it lists, and no right of an extension', async () => {
      const statuses = async (rights: readonly string[]) => {
        const caller = await narrowed(rights);
        return Promise.all(
          ['GET /ext/fixture.shelf/whoami', 'GET /ext/fixture.shelf/notes', 'GET /ext/fixture.shelf/nothing'].map((route) =>
            statusOf(caller, route),
          ),
        );
      };
      expect(await statuses(['route.call'])).toEqual([200, 403, 404]);
      expect(await statuses(['extension.read'])).toEqual([403, 403, 403]);
    });
  });
}
