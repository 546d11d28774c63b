import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@kari/kernel';
import { fireAt, refusing, SCHEDULE, ScheduleRoom, TENANT } from './testing/schedule-room.js';

const hours = (count: number): number => count * 3_600_000;

describe('what falls due', () => {
  it('is started once, when it does, and the end is seen', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({});
    await room.pass(9);
    expect(room.started).toEqual([]);
    await room.pass(1);
    expect(room.started).toEqual([fireAt('00:00:10')]);
    await room.end(fireAt('00:00:10'), 'failed');
    await room.pass(10);
    expect(room.started).toEqual([fireAt('00:00:10'), fireAt('00:00:20')]);
    expect((await room.facts()).map(({ type }) => type.replace('Schedule', ''))).toEqual([
      ...['Created', 'FireDue', 'FireStarted', 'FireEnded', 'FireDue', 'FireStarted'],
    ]);
    expect(room.faults).toEqual([]);
    await owner.stop();
  });

  it('is found when it comes near, though nobody had it in hand', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({ timing: { cron: '5 * * * *' } });
    await room.pass(5 * 60);
    expect(room.started).toEqual([fireAt('00:05:00')]);
    await owner.stop();
  });

  it('starts whatever time the end of the one before leaves', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({ timing: { after: 5_000 } });
    await room.pass(20);
    expect(room.started).toEqual([fireAt('00:00:05')]);
    await room.end(fireAt('00:00:05'));
    await room.pass(5);
    expect(room.started).toEqual([fireAt('00:00:05'), fireAt('00:00:25')]);
    await owner.stop();
  });

  it('meets what goes on as the schedule says', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({ overlap: 'queue' });
    await room.pass(30);
    expect(await room.planned()).toEqual(['due 00:00:10', 'queued 00:00:20', 'queued 00:00:30']);
    await room.end(fireAt('00:00:10'));
    await room.end(fireAt('00:00:20'));
    expect(room.started).toEqual(['00:00:10', '00:00:20', '00:00:30'].map((time) => fireAt(time)));
    await owner.stop();
  });

  it('asks for the end of what it replaces, and is started then', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({ overlap: 'cancel-previous' });
    await room.pass(20);
    expect([room.started, room.cancelled]).toEqual([[fireAt('00:00:10')], [fireAt('00:00:10')]]);
    await room.end(fireAt('00:00:10'), 'cancelled');
    expect(room.started).toEqual([fireAt('00:00:10'), fireAt('00:00:20')]);
    await owner.stop();
  });

  it('that cannot be started is recorded with the reason; what passes is tried again', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({});
    room.trouble.push(
      refusing('WORKFLOW_INACTIVE'),
      () => Promise.reject(new Unavailable('away', true)),
      refusing('TENANCY_TENANT_SUSPENDED'),
    );
    await room.pass(10);
    const refusal = (await room.facts()).find(({ type }) => type === 'ScheduleFireRefused');
    expect(refusal?.data).toMatchObject({ code: 'WORKFLOW_INACTIVE', reason: 'WORKFLOW_INACTIVE (workflow: a)' });
    await room.pass(14);
    expect(room.started).toEqual([fireAt('00:00:20')]);
    await owner.stop();
  });

  it('of a schedule that was changed, paused or deleted is what it says now', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({});
    await room.send({ type: 'ChangeSchedule', data: { schedule: SCHEDULE, timing: { every: 3_000 } } });
    await room.pass(3);
    expect(room.started).toEqual([fireAt('00:00:03')]);
    await room.end(fireAt('00:00:03'));
    await room.send({ type: 'PauseSchedule', data: { schedule: SCHEDULE, reason: null } });
    await room.pass(10);
    await room.send({ type: 'ResumeSchedule', data: { schedule: SCHEDULE } });
    await room.pass(3);
    expect(room.started).toEqual([fireAt('00:00:03'), fireAt('00:00:15')]);
    await room.send({ type: 'DeleteSchedule', data: { schedule: SCHEDULE } });
    await room.pass(10);
    expect(room.started).toHaveLength(2);
    await owner.stop();
  });
});

describe('an owner that dies', () => {
  it('between the decision and the start leaves one start to the next', async () => {
    const room = new ScheduleRoom();
    const first = await room.owner();
    await room.create({});
    room.trouble.push(() => new Promise<never>(() => undefined));
    await room.pass(10);
    expect([await room.planned(), room.started]).toEqual([['due 00:00:10'], []]);
    first.kill();
    await room.pass(3);
    const second = await room.owner();
    expect(room.started).toEqual([fireAt('00:00:10')]);
    await second.stop();
  });

  it('after the start and before its record starts nothing twice', async () => {
    const room = new ScheduleRoom();
    const first = await room.owner();
    await room.create({});
    room.trouble.push(() => {
      first.kill();
      return Promise.resolve();
    });
    await room.pass(10);
    expect(room.started).toEqual([fireAt('00:00:10')]);
    const second = await room.owner();
    await room.end(fireAt('00:00:10'));
    await room.pass(5);
    expect([room.started, (await room.facts()).map(({ type }) => type).slice(1)]).toEqual([
      [fireAt('00:00:10')],
      ['ScheduleFireDue', 'ScheduleFireStarted', 'ScheduleFireEnded'],
    ]);
    await second.stop();
  });

  it('leaves the end of what it watched to be seen, though it came while nobody did', async () => {
    const room = new ScheduleRoom();
    const first = await room.owner();
    await room.create({ timing: { after: 5_000 } });
    await room.pass(5);
    first.kill();
    await room.end(fireAt('00:00:05'));
    await room.pass(10);
    const second = await room.owner();
    await room.pass(5);
    expect(room.started).toEqual([fireAt('00:00:05'), fireAt('00:00:20')]);
    await second.stop();
  });

  it('and was away for long leaves missed times, which are made up for as the schedule says', async () => {
    const room = new ScheduleRoom();
    const first = await room.owner();
    await room.create({ timing: { every: 60_000 }, missed: 'all', missedLimit: 3, overlap: 'allow' });
    first.kill();
    await room.clock.advance(hours(1));
    const second = await room.owner();
    expect(await room.planned()).toEqual(['due 00:58:00', 'due 00:59:00', 'due 01:00:00']);
    expect((await room.facts())[1]).toMatchObject({ type: 'ScheduleFiresMissed', data: { count: 57 } });
    await second.stop();
  });

  it('in belief alone does no harm: two owners start each planned time once', async () => {
    const room = new ScheduleRoom();
    const owners = [await room.owner(), await room.owner()];
    await room.create({ overlap: 'allow' });
    await room.pass(40);
    expect(room.started).toEqual(['00:00:10', '00:00:20', '00:00:30', '00:00:40'].map((time) => fireAt(time)));
    expect(await room.planned()).toHaveLength(4);
    await Promise.all(owners.map((owner) => owner.stop()));
  });
});

describe('D-16 a wall clock that jumps', () => {
  it('brings what it jumps over, and brings it once', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({ timing: { cron: '0 * * * *' } });
    await room.pass(1);
    room.clock.jumpTo(room.clock.now() + hours(1));
    await room.pass(2);
    expect(room.started).toEqual([fireAt('01:00:00')]);
    await room.end(fireAt('01:00:00'));
    room.clock.jumpTo(room.clock.now() - 600_000);
    await room.pass(700);
    expect(room.started).toEqual([fireAt('01:00:00')]);
    await owner.stop();
  });

  it('moves no interval', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({ overlap: 'allow' });
    await room.pass(5);
    room.clock.jumpTo(room.clock.now() + hours(1));
    await room.pass(4);
    expect(room.started).toEqual([]);
    await room.pass(1);
    room.clock.jumpTo(room.clock.now() - hours(2));
    await room.pass(10);
    expect(room.started).toEqual([fireAt('00:00:10'), fireAt('00:00:20')]);
    await owner.stop();
  });

  it('by years and back leaves no schedule waiting for years', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({ timing: { cron: '1 * * * *' } });
    room.clock.jumpTo(room.clock.now() + hours(24 * 365));
    await room.pass(3);
    expect(room.started).toHaveLength(1);
    await room.end(room.started[0]!);
    room.clock.jumpTo(Date.parse('2026-01-01T02:00:30.000Z'));
    await room.pass(40);
    expect(room.started.slice(1)).toEqual([fireAt('02:01:00')]);
    await owner.stop();
  });
});

describe('a tenant that may not work', () => {
  it('has nothing started; what was planned meanwhile was missed', async () => {
    const room = new ScheduleRoom();
    const owner = await room.owner();
    await room.create({});
    room.asleep.add(TENANT);
    await room.pass(45);
    expect([room.started, room.sent]).toEqual([[], []]);
    room.asleep.clear();
    owner.look(TENANT);
    await room.quiet();
    expect(room.started).toEqual([fireAt('00:00:40')]);
    expect((await room.facts())[1]).toMatchObject({ type: 'ScheduleFiresMissed', data: { count: 3 } });
    await owner.stop();
  });

  it('is looked at again though nobody told of its return', async () => {
    const room = new ScheduleRoom();
    room.asleep.add(TENANT);
    const owner = await room.owner();
    await room.create({});
    await room.pass(15);
    room.asleep.clear();
    await room.pass(1);
    expect(room.started).toEqual([fireAt('00:00:10')]);
    await owner.stop();
  });
});
