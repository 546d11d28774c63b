// The owner of runs: what begins and when, what failed comes again, what was cancelled ends, and what an owner leaves another takes up.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MOST_OF_EXTENSION } from './dispatch.rules.js';
import { OTHER, TaskRoom, type Owner } from './testing/task-room.js';

let room: TaskRoom;
let owners: Owner[];
const owner = async (): Promise<Owner> => {
  const made = await room.owner();
  owners.push(made);
  return made;
};
beforeEach(() => {
  room = new TaskRoom();
  owners = [];
});
afterEach(() => {
  for (const one of owners) one.kill();
});

describe('a run', () => {
  it('is done once it is started, and what it answered is kept', async () => {
    await owner();
    const run = await room.start('a');
    expect(room.called).toEqual(['a 1']);
    await room.end(0, { notes: 3 });
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'Succeeded']);
    expect(room.kept.get(run)).toEqual({ notes: 3 });
    await room.pass(2_000);
    expect(room.called).toEqual(['a 1']);
  });

  it('that failed comes again after its pause, not before, until its retries are used up', async () => {
    await owner();
    const run = await room.start('a', { retries: 1 });
    await room.fail(0);
    expect(room.called).toEqual(['a 1']);
    await room.pass(500);
    expect(room.called).toEqual(['a 1']);
    await room.pass(500);
    expect(room.called).toEqual(['a 1', 'a 2']);
    await room.fail(1);
    await room.pass(10_000);
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'AttemptFailed', 'Started', 'Failed']);
  });

  it('that its sandbox will not take says so and is not tried again', async () => {
    await owner();
    const run = await room.start('a');
    await room.fail(0, 'SANDBOX_QUARANTINED');
    await room.pass(5_000);
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'Refused']);
    await room.send({ type: 'RetryTaskRun', data: { run } });
    expect(room.called).toEqual(['a 1', 'a 2']);
  });

  it('that is cancelled is asked to end, and is over when its handler is', async () => {
    await owner();
    const run = await room.start('a');
    expect(room.calls[0]?.isCancelled()).toBe(false);
    await room.send({ type: 'CancelTaskRun', data: { run, reason: null } });
    expect(room.calls[0]?.isCancelled()).toBe(true);
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'CancelRequested']);
    await room.fail(0, 'SANDBOX_DEADLINE');
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'CancelRequested', 'Cancelled']);
  });

  it('waits while nothing may be done for its tenant', async () => {
    await owner();
    room.asleep.add(OTHER);
    await room.start('a', { tenant: OTHER });
    await room.pass(2_000);
    expect(room.called).toEqual([]);
    room.asleep.delete(OTHER);
    await room.pass(500);
    expect(room.called).toEqual(['a 1']);
  });
});

describe('runs of one task', () => {
  it('skip, queue up and take over as the task says, whatever started them', async () => {
    await owner();
    const first = await room.start('a', { overlap: 'skip' });
    expect(await room.facts(await room.start('b', { overlap: 'skip' }))).toEqual(['Queued', 'Skipped']);
    const third = await room.start('c', { overlap: 'queue' });
    expect(room.called).toEqual(['a 1']);
    await room.end(0);
    expect(room.called).toEqual(['a 1', 'c 1']);
    await room.start('d', { overlap: 'cancel-previous' });
    expect(room.calls[1]?.isCancelled()).toBe(true);
    expect(room.called).toEqual(['a 1', 'c 1']);
    await room.end(1);
    expect(room.called).toEqual(['a 1', 'c 1', 'd 1']);
    expect([(await room.facts(first)).at(-1), (await room.facts(third)).at(-1)]).toEqual(['Succeeded', 'Cancelled']);
  });
});

it('of one extension run so many at once, those of others beside them', async () => {
  await owner();
  for (let index = 0; index < MOST_OF_EXTENSION + 2; index += 1) await room.start(`a${index}`);
  expect(room.calls).toHaveLength(MOST_OF_EXTENSION);
  await room.start('other', { task: 'acme.other/tidy' });
  await room.start('tenant', { tenant: OTHER });
  expect(room.called.slice(MOST_OF_EXTENSION)).toEqual(['other 1', 'tenant 1']);
  await room.end(0);
  expect(room.called.at(-1)).toBe(`a${MOST_OF_EXTENSION} 1`);
});

describe('an owner that is gone', () => {
  it('leaves what was in hand to the next one, which tries it again under the same key', async () => {
    const first = await owner();
    const run = await room.start('a');
    first.kill();
    await owner();
    expect(room.called).toEqual(['a 1', 'a 2']);
    await room.end(0);
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'Interrupted', 'Started']);
    await room.end(1);
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'Interrupted', 'Started', 'Succeeded']);
  });

  it('leaves what waited, what was queued and what was to be cancelled', async () => {
    const first = await owner();
    const waiting = await room.start('a');
    await room.fail(0);
    const cancelled = await room.start('b');
    first.kill();
    await room.send({ type: 'CancelTaskRun', data: { run: cancelled, reason: null } });
    await room.start('c');
    await owner();
    expect(await room.facts(cancelled)).toEqual(['Queued', 'Started', 'CancelRequested', 'Cancelled']);
    expect(room.called).toEqual(['a 1', 'b 1', 'c 1']);
    await room.pass(1_000);
    expect(room.called).toEqual(['a 1', 'b 1', 'c 1', 'a 2']);
    expect((await room.facts(waiting)).at(-1)).toBe('Started');
  });

  it('and yet lives is believed nothing: only one of two attempts ends a run', async () => {
    const first = await owner();
    const run = await room.start('a');
    first.lose();
    await room.quiet();
    await owner();
    expect(room.called).toEqual(['a 1', 'a 2']);
    await room.end(1);
    await room.pass(1_000);
    expect(await room.facts(run)).toEqual(['Queued', 'Started', 'Interrupted', 'Started', 'Succeeded']);
  });
});

it('that are both owned at once begin once', async () => {
  await owner();
  await owner();
  const run = await room.start('a');
  expect((await room.facts(run)).filter((type) => type === 'Started')).toHaveLength(1);
  expect(room.called).toEqual(['a 1']);
});

it('stopping begins nothing more, and waits for what is in hand', async () => {
  const first = await owner();
  const run = await room.start('a');
  let isStopped = false;
  const stopping = first.stop().then(() => (isStopped = true));
  await room.start('b');
  expect([isStopped, room.called]).toEqual([false, ['a 1']]);
  await room.end(0);
  await stopping;
  expect((await room.facts(run)).at(-1)).toBe('Succeeded');
});
