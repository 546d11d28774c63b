import { expect, it } from '@jest/globals';
import { isOpen, isOriginOpen, labelOf, type RoutePlace } from './route-place.rules.js';

const grant = (id: string, state: 'granted' | 'revoked' = 'granted') => ({ id, state, capability: 'routes', scope: {} });
const place = (open: boolean | undefined, ...grants: RoutePlace['grants']): RoutePlace =>
  ({
    extension: 'acme.notes',
    name: 'ping',
    route: open === undefined ? {} : { public: open },
    manifest: { http: { routes: {}, origins: [{ origin: 'https://app.example.org', reason: 'The app.' }] } },
    grants,
  }) as unknown as RoutePlace;

it('is named by its extension', () => expect(labelOf(place(true))).toBe('acme.notes/ping'));

it('is open when it is declared so and granted, and by nothing less', () => {
  expect(isOpen(place(true, grant('routes:public:ping')))).toBe(true);
  expect(isOpen(place(true))).toBe(false);
  expect(isOpen(place(true, grant('routes:public:other')))).toBe(false);
  expect(isOpen(place(true, grant('routes:public:ping', 'revoked')))).toBe(false);
  expect(isOpen(place(undefined, grant('routes:public:ping')))).toBe(false);
});

it('is open to an origin that is declared and granted, letter by letter', () => {
  const granted = place(true, grant('routes:origin:https://app.example.org'));
  expect(isOriginOpen(granted, 'https://app.example.org')).toBe(true);
  expect(isOriginOpen(place(true), 'https://app.example.org')).toBe(false);
  for (const origin of [
    'null',
    'https://app.example.org.evil',
    'http://app.example.org',
    'https://app.example.org:443',
    'https://APP.example.org',
  ])
    expect(isOriginOpen(granted, origin)).toBe(false);
});
