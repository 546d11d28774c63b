// Bugs in events of workflows: heard twice, by the wrong run or tenant, lost, said twice, or said in somebody else's name.
const signals = 'libs/workflow/src/signals';
const run = 'libs/workflow/src/run';
const events = 'libs/automation/src/events';
const automations = 'libs/automation/src/automations';

export default [
  {
    name: 'event-forgotten-before-it-is-offered',
    file: `${signals}/signal-offers.ts`,
    find: `        await this.offer(signalled, signal);
        if (signal.aborted) return;
        await this.queue.remove(signalled);`,
    replace: `        await this.queue.remove(signalled);
        await this.offer(signalled, signal);`,
    test: `${signals}/signal-offers.spec.ts`,
    pattern: 'forgets no event',
  },
  {
    name: 'event-of-before-the-waiting',
    file: `${signals}/listener-table.ts`,
    find: `key = $4 and position < $5`,
    replace: `key = $4 and position <> $5::bigint`,
    test: `${signals}/signal-offers.spec.ts`,
    pattern: 'before the waiting began',
  },
  {
    name: 'event-heard-in-another-tenant',
    file: `${signals}/listener-table.ts`,
    find: `where tenant = $1 and type = $2 and shape = $3`,
    replace: `where $1::uuid is not null and type = $2 and shape = $3`,
    test: `${signals}/listener-table.spec.ts`,
    pattern: 'in its own tenant',
  },
  {
    name: 'event-heard-twice',
    file: `${run}/listening-state.rules.ts`,
    find: `known['id'] === event['id'] && known['source'] === event['source']`,
    replace: `known === event`,
    test: `${run}/listening-state.rules.spec.ts`,
    pattern: 'is heard once',
  },
  {
    name: 'event-taken-after-the-end',
    file: `${run}/interpreter/listening.rules.ts`,
    find: `for (let count = listening.weighed + 1; count <= items.length; count += 1) {`,
    replace: `for (let count = items.length; count > listening.weighed && count <= items.length; count += 1) {`,
    test: `${run}/interpreter/listening.rules.spec.ts`,
    pattern: 'nothing that came behind',
  },
  {
    name: 'listening-ends-before-all-has-come',
    file: `${run}/listening-state.rules.ts`,
    find: `if (own.length < filters.length) return`,
    replace: `if (own.length === 0) return`,
    test: `${run}/simulation.spec.ts`,
    pattern: 'I35',
  },
  {
    name: 'event-of-another-order',
    file: `${signals}/listener.rules.ts`,
    find: `derivedId('listener-key', ...[...attributes, ...correlated].map(wordOf))`,
    replace: `derivedId('listener-key', ...attributes.map(wordOf))`,
    test: `${signals}/listener.rules.spec.ts`,
    pattern: 'finds by an event',
  },
  {
    name: 'event-emitted-at-each-try',
    file: `${events}/tenant-events.ts`,
    find: `const commandId = derivedId('emit', key);`,
    replace: `const commandId = derivedId('emit', key, String(await this.store.head()));`,
    test: `${events}/tenant-events.spec.ts`,
    pattern: 'emits once',
  },
  {
    name: 'extension-impersonated-by-a-workflow',
    file: `${events}/cloud-event-judge.ts`,
    find: `extensionOf(command.data.workflow) !== extension`,
    replace: `extension === ''`,
    test: `${events}/cloud-event-judge.spec.ts`,
    pattern: 'S-09',
  },
  {
    name: 'platform-impersonated-by-a-source',
    file: `${events}/cloud-event.rules.ts`,
    find: `value.toLowerCase().startsWith(OWN_SOURCE)`,
    replace: `value.startsWith('kari')`,
    test: `${events}/cloud-event.rules.spec.ts`,
    pattern: 'that none may have',
  },
  {
    name: 'sent-event-changed-afterwards',
    file: `${events}/cloud-event.decider.ts`,
    find: `if (canonicalJson(sent) !== canonicalJson(event))`,
    replace: `if (sent.id !== event.id)`,
    test: `${events}/cloud-event.decider.spec.ts`,
    pattern: 'stands as it was',
  },
  {
    name: 'automation-without-its-filter',
    file: `${automations}/automation-subscriber.ts`,
    find: `? form.filter === null || (await`,
    replace: `? form.filter !== '' || (await`,
    test: 'test/e2e/automation/automations.e2e.spec.ts',
    pattern: 'passes their filter',
  },
];
