// The table of rights as a page.
export async function rightsPage() {
  const { rights, tenantRoles, platformRoles } = await import('../../dist/libs/protocol/src/index.js');
  const mark = (held, role) => (held.includes(role) ? '●' : '');
  const rows = Object.entries(rights).map(
    ([name, { meaning, tenant, platform }]) =>
      `| \`${name}\` | ${meaning} | ${tenantRoles.map((role) => mark(tenant, role)).join(' | ')} | ${platformRoles.map((role) => mark(platform, role)).join(' | ')} |`,
  );
  return [
    '# Rights',
    '',
    'A right belongs to a person or a service account and is carried by roles. Tenant roles hold it in their tenant alone; platform roles hold it on the platform and in every tenant.',
    '',
    `| right | lets one | ${tenantRoles.join(' | ')} | ${platformRoles.join(' | ')} |`,
    `|---|---|${'---|'.repeat(tenantRoles.length + platformRoles.length)}`,
    ...rows,
    '',
  ].join('\n');
}
