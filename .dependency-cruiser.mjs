/**
 * The dependency rules of docs/architecture.md. `npm run lint` checks them.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-imports-no-strapi-and-no-module',
      severity: 'error',
      from: { path: '^server/protocol/' },
      to: { path: '^server/|^node_modules/@strapi/', pathNot: '^server/protocol/' },
    },
    {
      name: 'settings-import-only-protocol',
      severity: 'error',
      from: { path: '^server/settings/' },
      to: { path: '^server/[^/]+/', pathNot: '^server/(?:settings|protocol)/' },
    },
    {
      name: 'accounts-import-no-module-above-them',
      severity: 'error',
      from: { path: '^server/accounts/' },
      to: { path: '^server/(?:login|bearer|rate-limit|diagnostics|admin-api)/' },
    },
    {
      name: 'no-requests-below-the-routes',
      severity: 'error',
      from: { path: '^server/(?:protocol|settings|accounts)/' },
      to: { path: '^node_modules/(?:@types/)?koa/' },
    },
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: '^node_modules/' } },
};
