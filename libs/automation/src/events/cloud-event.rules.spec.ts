import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@kari/kernel';
import { attributeFault, dressed, extensionOf, keyOf, ownerOf } from './cloud-event.rules.js';

const good = { id: '1', source: 'https://example.org', type: 'com.example.order.placed.v1' };

describe('attributes', () => {
  it.each([
    [{}],
    [{ data: { any: ['thing'] }, subject: 'order/7', time: '2026-01-01T00:00:00Z', dataschema: 'https://example.org/s' }],
    [{ datacontenttype: 'application/cloudevents+json; charset=utf-8', specversion: '1.0' }],
    [{ region: 'eu', sequence: 7, urgent: false }],
  ])('of a CloudEvent: %j', (more) => {
    expect(attributeFault({ ...good, ...more })).toBeNull();
  });

  it.each([
    ['id', { id: '' }],
    ['id', { id: undefined }],
    ['id', { id: 'a\u0007b' }],
    ['source', { source: 'a b' }],
    ['source', { source: '/kari/extensions/acme.shop' }],
    ['source', { source: '/KARI/x' }],
    ['type', { type: 'has space' }],
    ['type', { type: 'x'.repeat(151) }],
    ['type', { type: 7 }],
    ['time', { time: 'yesterday' }],
    ['time', { time: '2026-13-45T00:00:00Z' }],
    ['datacontenttype', { datacontenttype: 'text/xml' }],
    ['specversion', { specversion: '0.3' }],
    ['subject', { subject: 7 }],
    ['Region', { Region: 'eu' }],
    ['kariorigin', { kariorigin: 'extension' }],
    ['region', { region: { deep: 1 } }],
    ['sequence', { sequence: 1.5 }],
  ])('that none may have: %s of %j', (attribute, more) => {
    expect(attributeFault({ ...good, ...more })?.attribute).toBe(attribute);
  });
});

it('knows whose a type is, in whatever letters', () => {
  const installed = ['acme.shop', 'kari.notes'];
  expect(ownerOf('acme.shop.paid.v1', installed)).toBe('acme.shop');
  expect(ownerOf('Acme.SHOP.paid', installed)).toBe('acme.shop');
  expect(ownerOf('acme.shopping.paid.v1', installed)).toBeNull();
  expect(ownerOf('com.example.paid.v1', installed)).toBeNull();
  expect(ownerOf('kari.notes.added.v1', installed)).toBe('kari.notes');
  expect(ownerOf('kari.anything', installed)).toBe('kari');
  expect(ownerOf('karibu.x', installed)).toBeNull();
});

it('knows the extension that brings a workflow along', () => {
  expect(extensionOf('acme.shop/refund')).toBe('acme.shop');
  expect(extensionOf('refund')).toBeNull();
});

it('dresses what extensions, workflows and others say alike, and lets nobody say who else they are', () => {
  const meta = { occurredAt: '2026-01-01T00:00:00.000Z' };
  const recorded = (type: string, data: object) => ({ id: 'e', type, data, meta }) as unknown as RecordedEvent;
  expect(dressed(recorded('ExtensionEventPublished', { extension: 'acme.shop', type: 'acme.shop.paid.v1', key: 'k', data: 1 }))).toEqual({
    specversion: '1.0',
    id: 'e',
    source: '/kari/extensions/acme.shop',
    type: 'acme.shop.paid.v1',
    subject: 'k',
    time: meta.occurredAt,
    datacontenttype: 'application/json',
    data: 1,
    kariorigin: 'extension',
    kariextension: 'acme.shop',
  });
  const by = { workflow: 'w', run: 'r', task: 't' };
  expect(dressed(recorded('CloudEventPublished', { origin: 'workflow', by, event: { ...good, kariorigin: 'extension' } }))).toEqual({
    ...good,
    specversion: '1.0',
    time: meta.occurredAt,
    datacontenttype: 'application/json',
    kariorigin: 'workflow',
    kariworkflow: 'w',
    karirun: 'r',
    karihops: 0,
  });
  expect(dressed(recorded('RunStarted', {}))).toBeNull();
  expect([keyOf(good), keyOf({ ...good, subject: 's' })]).toEqual(['1', 's']);
});
