/*
 * `npm run test:package`: what somebody does who has just made an app and installs the plugin, in
 * JavaScript and in TypeScript. Everything comes from the registry, so it takes minutes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AdminApi } from '../../demo/admin-api';
import { startChromium } from '../support/chromium';
import { Browser } from '../support/browser';
import { startPool, type Pool } from '../support/pool';
import { FreshApp, type Language } from './app';
import { pack, type Packed } from './pack';

const MINUTE = 60_000;
const FRONT_END = 'http://localhost:3000/connect/cognito/redirect';
const ADMIN = { email: 'admin@example.com', password: 'Administrator-1' };

/** What the admin page takes from Strapi: with a second copy of one of them it would break. */
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

let packed: Packed;
let pool: Pool;
const apps = {} as Record<Language, FreshApp>;

beforeAll(async () => {
  [packed, pool, apps.js, apps.ts] = await Promise.all([
    pack(),
    startPool(),
    FreshApp.write('js'),
    FreshApp.write('ts'),
  ]);
  await apps.js.install();
  await apps.ts.install();
}, 30 * MINUTE);

/** The user that a browser ends up as, and their id. */
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

describe.each<Language>(['js', 'ts'])('a fresh app (%s)', (language) => {
  let app: FreshApp;
  let first: LoggedIn;
  let stored: Record<string, unknown> | undefined;

  beforeAll(async () => {
    app = apps[language];
    const name = `config/server.${language}`;
    const server = await app.read(name);
    await app.put(name, server.replace('port:', `url: env('PUBLIC_URL'),\n  port:`));
  });

  test(
    'the plugin is installed, beside what Strapi has already',
    async () => {
      await app.npm('install', packed.tarball);
      const nested = path.join(app.dir, 'node_modules', 'strapi-plugin-cognito', 'node_modules');
      const own = readdirSync(nested, { withFileTypes: true }).map(({ name }) => name);
      expect(own.filter((each) => SHARED.some((shared) => shared.startsWith(each)))).toEqual([]);
      const said = await app.npm('ls', '--all', '--json', ...SHARED);
      for (const shared of SHARED) {
        const versions = new Set(versionsOf(shared, JSON.parse(said) as Tree));
        expect([shared, versions.size]).toEqual([shared, 1]);
      }
    },
    5 * MINUTE,
  );

  if (language === 'ts') {
    test(
      'its configuration is typed, and what is wrong does not compile',
      async () => {
        await app.put('config/plugins.ts', TYPED_CONFIG);
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
    'the five fields are filled in, and somebody logs in',
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
    "the plugin's page is there, with what is set",
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
        await page.getByRole('link', { name: 'Settings' }).waitFor();
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
    'the JWKS URL, which the built-in provider cannot do without, may be filled in too',
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
    'without the plugin the app boots, and the built-in provider knows settings and people',
    async () => {
      await app.npm('uninstall', 'strapi-plugin-cognito');
      if (language === 'ts') {
        await app.put('config/plugins.ts', 'export default () => ({});\n');
        await app.compile();
      }
      // In production the built-in provider's session cookie goes over https alone.
      await app.start({ NODE_ENV: 'development' });
      const admin = await administrator(app);
      expect((await admin.providers()).cognito).toEqual(stored);

      const { location = '' } = await new Browser().get(`${app.url}/api/connect/cognito`);
      const { searchParams } = new URL(location);
      expect(searchParams.get('client_id')).toBe(pool.client.clientId);
      expect(searchParams.get('redirect_uri')).toBe(`${app.url}/api/connect/cognito/callback`);
      const { id_token: idToken, access_token: accessToken } = pool.tokensFor('ann');
      const again = await exchange(app, { id_token: idToken, access_token: accessToken });
      expect(again.user.id).toBe(first.user.id);
    },
    5 * MINUTE,
  );
});

const TYPED_CONFIG = `import type { CognitoConfig } from 'strapi-plugin-cognito/config';

const config: CognitoConfig = {
  users: { linking: 'never', mapProfile: (claims) => ({ nickname: claims.nickname }) },
};

export default () => ({ cognito: { enabled: true, config } });
`;

/** What \`npm ls --json\` says. */
interface Tree {
  version?: string;
  dependencies?: Record<string, Tree>;
}

function versionsOf(name: string, { dependencies = {} }: Tree): string[] {
  return Object.entries(dependencies).flatMap(([each, tree]) => [
    ...(each === name && tree.version !== undefined ? [tree.version] : []),
    ...versionsOf(name, tree),
  ]);
}
