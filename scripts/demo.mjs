// `npm run demo`: a guided tour against the running server, through the public API alone. Each line says what happened; any surprise ends it
// with exit code 1.
import { caller, closeSockets, eventually, refused, say, title, watch } from './lib/api.mjs';

const slug = `demo-${Date.now().toString(36)}`;

const platform = caller('_');

try {
  await tour();
  console.log('\nThe whole tour is in the audit trail. Nothing was simulated.');
} catch (error) {
  console.error(`\nThe tour ended early: ${error.message}`);
  process.exitCode = 1;
} finally {
  await closeSockets();
}

async function tour() {
  title('A tenant');
  const { createTenant: tenant } = await platform(
    `mutation ($slug: String!) { createTenant(input: { slug: $slug, name: "Demo tour" }) { id slug position } }`,
    { slug },
  );
  say(`tenant ${tenant.slug} exists (${tenant.id})`);
  const ask = caller(slug);

  title('Watching, before anything happens');
  const since = { after: tenant.position };
  const seen = watch(slug, 'subscription ($after: String) { sandboxStatus(after: $after) { type extension reason } }', since);
  const installs = watch(slug, 'subscription ($after: String) { extensionChanged(after: $after) { id status position } }', since);
  say('subscribed to its sandboxes and extensions over graphql-ws');

  title('Install: what is asked, then exactly that consented');
  for (const extension of ['kari.hello', 'kari.core']) {
    const { previewInstall: preview } = await ask(
      'query ($id: ID!) { previewInstall(extension: $id) { version trust resourceClass consent { id reason } obstacles { cure } } }',
      { id: extension },
    );
    say(`${extension} ${preview.version} (${preview.trust}) asks for ${preview.consent.length === 0 ? 'nothing' : ''}`);
    for (const { id, reason } of preview.consent) say(`   ${id}: "${reason}"`);
    await ask('mutation ($input: InstallExtensionInput!) { installExtension(input: $input) { status } }', {
      input: { extension, consented: preview.consent.map(({ id }) => id), enable: true },
    });
    const enabled = await installs.until(({ id, status }) => id === extension && status === 'ENABLED', `${extension} to be enabled`);
    const { installProgress: progress } = await ask(
      'query ($id: ID!, $position: String) { installProgress(extension: $id, waitFor: $position) { outcome steps { step state } } }',
      { id: extension, position: enabled.position },
    );
    say(`${extension} is enabled: ${progress.steps.map(({ step }) => step).join(', ')}`);
  }

  title('Configure and call');
  await ask('mutation ($input: SetConfigurationInput!) { setConfiguration(input: $input) { revision } }', {
    input: { extension: 'kari.hello', values: { greeting: 'Grüezi' } },
  });
  const hello = await call(ask, 'greeting.say', { name: 'Kari' });
  say(`greeting.say answered "${hello.output.text}" from ${hello.extension} ${hello.version} in ${hello.milliseconds.toFixed(1)} ms`);
  if (hello.output.text !== 'Grüezi, Kari!') throw new Error('the configuration did not reach the extension');
  const now = await call(ask, 'time.now', { zone: 'Asia/Tokyo' });
  say(`time.now says ${now.output.local} in Tokyo`);

  title('Denied: by grant, by right, by tenant');
  const undeclared = await refused(ask, 'mutation ($input: CallPluginInput!) { callPlugin(input: $input) { output } }', {
    input: { plugin: 'http.request', input: { url: 'https://undeclared.example/' } },
  });
  say(`an undeclared host is refused (${undeclared.code}): ${undeclared.message}`);
  const why = await verdict(ask, 'https://undeclared.example/');
  say(`why: ${why.check}: ${why.why}`);
  if (why.check !== 'scope') throw new Error('the wrong check refused it');
  if (!(await verdict(ask, 'https://api.github.com/')).allowed) throw new Error('a granted host is refused');
  say('a declared and granted host would be allowed');
  await ask('mutation { revokeGrant(extension: "kari.core", grant: "http:https://api.github.com:443") { status } }');
  say(`after revoking that grant: ${(await verdict(ask, 'https://api.github.com/')).why}`);
  const { addMember: viewer } = await ask(
    'mutation { addMember(input: { email: "viewer@tour.invalid", name: "Viewer", roles: ["viewer"] }) { id } }',
  );
  const { issueToken: issued } = await ask('mutation ($input: IssueTokenInput!) { issueToken(input: $input) { value } }', {
    input: { owner: viewer.id, ownerKind: 'MEMBER', name: 'tour', expiresAt: new Date(Date.now() + 3_600_000).toISOString() },
  });
  const asViewer = caller(slug, issued.value);
  const right = await refused(asViewer, 'mutation { callPlugin(input: { plugin: "time.now", input: {} }) { output } }');
  say(`a viewer may not call plugins (${right.code}): ${right.message}`);
  const elsewhere = await refused(caller('demo', issued.value), '{ me { id } }');
  say(`and is nobody in another tenant (${elsewhere.code})`);

  title('A crash, and back');
  seen.clear();
  await ask('mutation { restartSandbox(extension: "kari.hello") { revision } }');
  await seen.until(({ extension, type }) => extension === 'kari.hello' && type === 'SandboxStopped', 'the sandbox to stop');
  say('kari.hello was restarted by its operator');
  await crash(ask, seen);

  title('Disable');
  const { disableExtension: disabled } = await ask('mutation { disableExtension(extension: "kari.hello") { status position } }');
  const gone = await refused(ask, 'mutation { callPlugin(input: { plugin: "greeting.say", input: { name: "Kari" } }) { output } }');
  say(`kari.hello is disabled; its plugin answers ${gone.code}: ${gone.message}`);

  title('The audit trail, newest first');
  const { auditEntries: trail } = await ask(
    'query ($position: String) { auditEntries(first: 20, waitFor: $position) { nodes { number operation outcome actorKind subject code } } }',
    { position: disabled.position },
  );
  for (const entry of trail.nodes)
    say(
      `#${entry.number} ${entry.outcome.toLowerCase().padEnd(7)} ${entry.operation} ${entry.subject ?? ''} ${entry.code ?? ''} (${entry.actorKind})`,
    );
  const denied = trail.nodes.filter(({ outcome }) => outcome === 'DENIED').length;
  if (denied === 0) throw new Error('the refusals left no entry');
}

/** Kills the sandbox's process from outside, as a kernel or a power-hungry neighbour would: possible only on the server's own machine. */
async function crash(ask, seen) {
  const { sandbox } = await ask('query { sandbox(extension: "kari.core") { pid state } }');
  if (sandbox.pid === null) throw new Error('kari.core runs no process on this server');
  try {
    process.kill(sandbox.pid, 'SIGKILL');
  } catch (error) {
    return say(`the crash is left out: this user may not signal process ${sandbox.pid} (${error.code})`);
  }
  const crashed = await seen.until(({ extension, type }) => extension === 'kari.core' && type === 'SandboxCrashed', 'the crash to be seen');
  say(`kari.core was killed from outside; the platform saw: ${crashed.reason}`);
  const answer = await eventually(() => call(ask, 'time.now', { zone: 'UTC' }));
  say(`and it is back: time.now says ${answer.output.local}`);
}

async function verdict(ask, address) {
  const { whyDenied } = await ask(
    'query ($request: String!) { whyDenied(extension: "kari.core", method: "http.fetch", request: $request) { allowed check why } }',
    {
      request: JSON.stringify({ url: address, method: 'GET' }),
    },
  );
  return whyDenied;
}

async function call(ask, plugin, input) {
  const { callPlugin } = await ask(
    'mutation ($input: CallPluginInput!) { callPlugin(input: $input) { output extension version milliseconds } }',
    { input: { plugin, input } },
  );
  return callPlugin;
}
