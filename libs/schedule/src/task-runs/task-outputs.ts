// Keeps what runs of tasks tell and answer: masked, bounded, beside the log.
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, isoNow, type Clock } from '@kari/kernel';
import { SYSTEM_DATABASE, type SystemDatabase } from '@kari/platform/database';
import { REDACTOR, type Redactor } from '@kari/platform/telemetry';

/** A longer answer is not kept; its length is. */
const MOST_ANSWER_BYTES = 64 * 1_024;

@Injectable()
export class TaskOutputs {
  constructor(
    @Inject(SYSTEM_DATABASE) private readonly database: SystemDatabase,
    @Inject(REDACTOR) private readonly redactor: Redactor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async keep(tenant: string, run: string, answer: unknown): Promise<{ readonly bytes: number; readonly kept: boolean }> {
    const text = JSON.stringify(this.redactor.masked(answer ?? null));
    const bytes = Buffer.byteLength(text);
    const kept = bytes <= MOST_ANSWER_BYTES;
    await this.database.query(
      `insert into schedule.task_output (tenant, run, answer, written_at) values ($1, $2, $3, $4)
       on conflict (tenant, run) do update set answer = excluded.answer, written_at = excluded.written_at`,
      [tenant, run, kept ? withoutNul(text) : null, isoNow(this.clock)],
    );
    return { bytes, kept };
  }

  async tell(tenant: string, run: string, fraction: number | null, note: string | null): Promise<void> {
    const words = note === null ? null : this.redactor.text(note);
    await this.database.query(
      `insert into schedule.task_output (tenant, run, fraction, note, told_at, written_at) values ($1, $2, $3, $4, $5, $5)
       on conflict (tenant, run) do update set fraction = coalesce(excluded.fraction, schedule.task_output.fraction),
         note = coalesce(excluded.note, schedule.task_output.note), told_at = excluded.told_at, written_at = excluded.written_at`,
      [tenant, run, fraction, words, isoNow(this.clock)],
    );
  }

  async forget(tenant: string, run: string): Promise<void> {
    await this.database.query('delete from schedule.task_output where tenant = $1 and run = $2', [tenant, run]);
  }
}

/** PostgreSQL has no character 0 in its JSON. */
function withoutNul(text: string): string {
  return text.replaceAll('\\u0000', '\\ufffd');
}
