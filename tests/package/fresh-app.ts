/*
 * `npm run test:package`: the packed plugin in new apps, from its installation to its removal.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AdminApi } from '../../demo/admin-api';
import { startChromium } from '../support/chromium';
import { Browser } from '../support/browser';
import { startPool, type Pool } from '../support/pool';
import { FreshApp, type Kind } from './app';
import { pack, type Packed } from './pack';

const MINUTE = 60_000;
const FRONT_END = 'http://localhost:3000/connect/cognito/redirect';
const ADMIN = { email: 'admin@example.com', password: 'Administrator-1' };

/** The packages that the admin page imports from Strapi. A second copy of one would break it. */
const SHARED = [
  '@strapi/design-system',
  '@strapi/helper-plugin',
  '@strapi/icons',
  'react',
  'react-dom',
  'react-intl',
  'react-query',
  'react-router-dom',
  'styled-components',
];

/** The apps of create-strapi-app. On Strapi 5 the language makes no difference for the plugin. */
const KINDS: readonly Kind[] = [
  { strapi: 4, language: 'js' },
  { strapi: 4, language: 'ts' },
  { strapi: 5, language: 'ts' },
];

let packed: Record<Kind['strapi'], Packed>;
let pool: Pool;
const apps = new Map<Kind, FreshApp>();

beforeAll(async () => {
  pool = await startPool();
  packed = { 4: await pack('.'), 5: await pack('strapi-5') };
  for (const kind of KINDS) {
    const app = await FreshApp.write(kind);
    await app.install();
    apps.set(kind, app);
  }
}, 30 * MINUTE);

/** The user of a login in the browser. */
interface LoggedIn {
  jwt: string;
  user: { id: number; email: string; provider: string };
}

async function exchange(app: FreshApp, query: Record<string, string>): Promise<LoggedIn> {
  const url = `${app.url}/api/auth/cognito/callback?${new URLSearchParams(query).toString()}`;
  const answer = await new Browser().get(url);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 200 });
  return answer.json<LoggedIn>();
}

async function logIn(app: FreshApp): Promise<LoggedIn> {
  const browser = new Browser();
  const { location: authorize = '' } = await browser.get(`${app.url}/api/connect/cognito`);
  const back = await pool.authorize(authorize, 'ann', { browser });
  const { location: arrival = '' } = await browser.get(back);
  expect(arrival).toMatch(`${FRONT_END}?access_token=`);
  return exchange(app, Object.fromEntries(new URL(arrival).searchParams));
}

async function administrator(app: FreshApp): Promise<AdminApi> {
  const admin = new AdminApi(app.url);
  await admin.logIn(ADMIN.email, ADMIN.password);
  return admin;
}

describe.each(KINDS)('a fresh app on Strapi $strapi ($language)', (kind) => {
  const { strapi, language } = kind;
  let app: FreshApp;
  let plugins: string;
  let first: LoggedIn;
  let stored: Record<string, unknown> | undefined;

  beforeAll(async () => {
    app = apps.get(kind)!;
    // In production, Strapi 5 only sends its session cookie over https.
    const cookie = 'httpOnly: true, cookie: { secure: false }';
    plugins = (await app.read(`config/plugins.${language}`)).replace('httpOnly: true', cookie);
    await app.put(`config/plugins.${language}`, plugins);
    const name = `config/server.${language}`;
    const server = await app.read(name);
    await app.put(name, server.replace('port:', `url: env('PUBLIC_URL'),\n  port:`));
  });

  test(
    'the plugin is installed, and adds no second copy of a package',
    async () => {
      await app.npm('install', packed[strapi].tarball);
      const nested = path.join(app.dir, 'node_modules', 'strapi-plugin-cognito', 'node_modules');
      const own = existsSync(nested) ? readdirSync(nested) : [];
      expect(own.filter((each) => SHARED.some((shared) => shared.startsWith(each)))).toEqual([]);
      const said = await app.npm('ls', '--all', '--json', ...SHARED);
      for (const shared of SHARED) {
        if (shared === '@strapi/helper-plugin' && strapi === 5) continue;
        const versions = new Set(collectVersions(shared, JSON.parse(said) as Tree));
        expect([shared, versions.size]).toEqual([shared, 1]);
      }
    },
    5 * MINUTE,
  );

  if (language === 'ts') {
    test(
      'its configuration is typed, and a mistake does not compile',
      async () => {
        await app.put('config/plugins.ts', withTypedConfig(plugins));
        const guard = readFileSync(path.join(__dirname, '..', 'types', 'config.ts'), 'utf8');
        const packaged = guard.replace(
          '../../server/settings/config',
          'strapi-plugin-cognito/config',
        );
        expect(packaged).not.toBe(guard);
        await app.put('src/must-not-compile.ts', packaged);
        await app.compile();

        await app.put('src/must-not-compile.ts', packaged.replaceAll('@ts-expect-error', ''));
        await expect(app.compile()).rejects.toMatchObject({
          stdout: expect.stringMatching(/'domian'[^]*'conection'[^]*"always"/) as string,
        });
        await app.put('src/must-not-compile.ts', '');
      },
      2 * MINUTE,
    );
  }

  test(
    'the admin panel is built',
    async () => {
      await app.strapi('build', '--bundler=vite');
    },
    10 * MINUTE,
  );

  test(
    'the five fields are filled in, and a user logs in',
    async () => {
      await app.start({ NODE_ENV: 'production' });
      const admin = await administrator(app);
      pool.client.callbackUrls.push(`${app.url}/api/connect/cognito/callback`);
      await admin.saveProvider('cognito', {
        enabled: true,
        key: pool.client.clientId,
        secret: pool.client.clientSecret,
        subdomain: pool.origin,
        callback: FRONT_END,
      });
      first = await logIn(app);
      expect(first.user).toMatchObject({ email: 'ann@example.com', provider: 'cognito' });
      expect((await logIn(app)).user.id).toBe(first.user.id);
      expect(app.output.text()).not.toMatch(/\berror\b/i);
    },
    3 * MINUTE,
  );

  test(
    "the plugin's page shows the settings",
    async () => {
      const browser = await startChromium();
      try {
        const page = await browser.newPage();
        const broken: Error[] = [];
        page.on('pageerror', (error) => broken.push(error));
        await page.goto(`${app.url}/admin/auth/login`);
        await page.getByRole('textbox', { name: /^Email/ }).fill(ADMIN.email);
        await page.locator('input[name=password]').fill(ADMIN.password);
        await page.getByRole('button', { name: 'Login' }).click();
        await page.getByRole('link', { name: 'Settings', exact: true }).waitFor();
        await page.goto(`${app.url}/admin/settings/users-permissions/providers`);
        await page.getByRole('link', { name: 'AWS Cognito' }).click();
        await page.getByRole('heading', { name: 'AWS Cognito' }).waitFor();
        await page.locator(`input[value="${pool.client.clientId}"]`).waitFor();
        expect(broken).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    3 * MINUTE,
  );

  test(
    'the JWKS URL, which the built-in provider requires, may be set too',
    async () => {
      const admin = await administrator(app);
      await admin.saveProvider('cognito', { jwksurl: pool.jwksUrl });
      expect((await logIn(app)).user.id).toBe(first.user.id);
      stored = (await admin.providers()).cognito;
      await app.stop();
    },
    MINUTE,
  );

  test(
    'without the plugin the app boots, and the built-in provider has its settings and users',
    async () => {
      await app.npm('uninstall', 'strapi-plugin-cognito');
      await app.put(`config/plugins.${language}`, plugins);
      if (language === 'ts') await app.compile();
      // In production, the built-in provider's session cookie is only sent over https.
      await app.start({ NODE_ENV: 'development' });
      const admin = await administrator(app);
      expect((await admin.providers()).cognito).toEqual(stored);

      const { location = '' } = await new Browser().get(`${app.url}/api/connect/cognito`);
      const { searchParams } = new URL(location);
      expect(searchParams.get('client_id')).toBe(pool.client.clientId);
      expect(searchParams.get('redirect_uri')).toBe(`${app.url}/api/connect/cognito/callback`);
      const headers = { authorization: `Bearer ${first.jwt}` };
      const me = await fetch(`${app.url}/api/users/me`, { headers });
      expect(await me.json()).toMatchObject({ id: first.user.id, email: first.user.email });
      // Strapi 5's built-in provider only accepts tokens from its own session, over https.
      if (strapi === 5) return;
      const { id_token: idToken, access_token: accessToken } = pool.tokensFor('ann');
      const again = await exchange(app, { id_token: idToken, access_token: accessToken });
      expect(again.user.id).toBe(first.user.id);
    },
    5 * MINUTE,
  );
});

/** The app's own `config/plugins.ts`, with a typed configuration of the plugin. */
function withTypedConfig(plugins: string): string {
  const entries = plugins.replace('=> ({', '=> ({ cognito: { enabled: true, config: cognito }, ');
  expect(entries).not.toBe(plugins);
  return `import type { CognitoConfig } from 'strapi-plugin-cognito/config';

const cognito: CognitoConfig = {
  users: { linking: 'never', mapProfile: (claims) => ({ nickname: claims.nickname }) },
};
${entries}`;
}

/** The output of \`npm ls --json\`. */
interface Tree {
  version?: string;
  dependencies?: Record<string, Tree>;
}

function collectVersions(name: string, { dependencies = {} }: Tree): string[] {
  return Object.entries(dependencies).flatMap(([each, tree]) => [
    ...(each === name && tree.version !== undefined ? [tree.version] : []),
    ...collectVersions(name, tree),
  ]);
}
