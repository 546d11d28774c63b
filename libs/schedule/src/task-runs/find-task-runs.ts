// The question that the work on task runs asks its view: what is open in a shard.
export const FIND_TASK_RUNS = `
  select tenant, run from schedule.task_run where shard = $1 and status in ('queued', 'running', 'waiting') order by queued_at`;
