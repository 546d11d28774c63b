import { describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { createLogger } from './logger.js';
import { Redactor } from './redaction.js';
import { inScope } from './scope.js';

function bench(level: 'debug' | 'info' = 'debug') {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger({ level, destination }, new Redactor());
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

const scope = { correlationId: 'c-1', tenant: 'a', actor: 'u', traceparent: 't' };

describe('the logger', () => {
  it('writes one JSON object on one line, with the ids of the request it belongs to', () => {
    const { logger, lines, last } = bench();
    inScope(scope, () => logger.info({ extension: 'acme.notes' }, 'enabled'));
    expect(lines).toHaveLength(1);
    expect(last()).toEqual({
      level: 'info',
      time: expect.any(String),
      message: 'enabled',
      correlationId: 'c-1',
      tenant: 'a',
      actor: 'u',
      traceparent: 't',
      extension: 'acme.notes',
    });
  });

  it('keeps scopes apart that run at the same time', async () => {
    const { logger, lines } = bench();
    await Promise.all(
      ['1', '2', '3'].map((correlationId) =>
        inScope({ correlationId }, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          logger.info({ said: correlationId }, 'x');
        }),
      ),
    );
    expect(
      lines
        .map((line) => JSON.parse(line) as { correlationId: string; said: string })
        .every(({ correlationId, said }) => correlationId === said),
    ).toBe(true);
  });

  it('fields cannot forge what the line says of itself', () => {
    const { logger, last, lines } = bench();
    inScope(scope, () => logger.warn({ level: 'info', time: 'never', message: 'nothing', correlationId: 'other', tenant: 'b' }, 'true'));
    expect(last()).toMatchObject({
      level: 'warn',
      message: 'true',
      correlationId: 'c-1',
      tenant: 'a',
      level_: 'info',
      message_: 'nothing',
      correlationId_: 'other',
      tenant_: 'b',
    });
    expect(lines[0]?.match(/"level":/g)).toHaveLength(1);
  });

  it('a message is no template and ends no line (U-05)', () => {
    const { logger, lines, last } = bench();
    logger.info({ password: 'canary-4711' }, 'got %s %o %j {password} ${password}\r\n{"level":"error"}');
    expect(lines[0]?.trimEnd()).not.toMatch(/[\r\n]/);
    expect(last()['message']).toBe('got %s %o %j {password} ${password}\\r\\n{"level":"error"}');
    expect(lines[0]).not.toContain('canary-4711');
  });

  it('the words of an error lose what the request sent', () => {
    const { logger, lines } = bench();
    inScope({ ...scope, inputs: () => ['canary-4711'] }, () => logger.error({ error: new Error('cannot parse "canary-4711"') }, 'failed'));
    expect(lines[0]).toContain('cannot parse');
    expect(lines[0]).not.toContain('canary-4711');
  });

  it('a child carries its fields, cleaned as all others', () => {
    const { logger, last } = bench();
    logger.child({ part: 'relay', token: 'canary-4711' }).info({ more: 1 }, 'x');
    expect(last()).toMatchObject({ part: 'relay', token: '[redacted]', more: 1 });
  });

  it('is silent below its level, and never throws', () => {
    const { logger, lines } = bench('info');
    logger.debug({}, 'x');
    expect(lines).toEqual([]);
    inScope(
      {
        correlationId: 'c',
        inputs: () => {
          throw new Error('no');
        },
      },
      () =>
        logger.error(
          {
            get x() {
              throw new Error('no');
            },
          },
          'still written',
        ),
    );
    expect(lines).toHaveLength(1);
  });
});
