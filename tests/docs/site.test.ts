import { evaluate, parseTemplate } from '../infra/cloudformation';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectLoggedIn } from '../support/assertions';
import { startPool } from '../support/pool';
import { FRONT_END, Site } from '../support/site';
import { repositoryRoot, startStrapi } from '../support/strapi';
import { PASSWORD, issueJwt, addPoolUser, createUser } from '../support/users';
import { configName } from './config-block';
import { type Block, findBlocks } from './markdown';

/**
 * A site as in "Going live": its config/server.js, and the whole connection in config/plugins.js from the environment.
 * The stand-in's app client is the one that the templates create.
 */
let site: Site;

/** The blocks of the page for one config file. */
const collectConfigs = (file: string): string[] =>
  findBlocks('js')
    .map(([, block]) => block)
    .filter((block) => block.path === 'docs/going-live.md' && configName(block) === file)
    .map(({ text }) => text);

const pluginFiles = collectConfigs('plugins').map((text, index) => [
  `docs/plugins-${index}.js`,
  text,
]);

/** The blocks of the page for config/plugins.js, with what a Strapi under test needs. */
const PLUGINS = `
  module.exports = (helpers) => {
    const plugins = {
      cognito: { resolve: ${JSON.stringify(repositoryRoot)} },
      'users-permissions': { config: { jwtSecret: 'jwt-secret-of-the-test', ratelimit: { enabled: false } } },
    };
    for (const path of ${JSON.stringify(pluginFiles.map(([path]) => path))}) {
      for (const [name, { config, ...rest }] of Object.entries(require('../' + path)(helpers))) {
        const before = plugins[name];
        plugins[name] = { ...before, ...rest, config: { ...before.config, ...config } };
      }
    }
    return plugins;
  };
`;

beforeAll(async () => {
  const pool = await startPool();
  const strapi = await startStrapi({
    config: { server: collectConfigs('server')[0]!, plugins: PLUGINS },
    files: Object.fromEntries(pluginFiles) as Record<string, string>,
    env: {
      APP_KEYS: 'one-key,another-key',
      COGNITO_DOMAIN: pool.origin,
      COGNITO_CLIENT_ID: pool.client.clientId,
      COGNITO_CLIENT_SECRET: pool.client.clientSecret ?? '',
      COGNITO_CALLBACK: FRONT_END,
    },
  }).catch(async (error: unknown) => {
    await pool.stop();
    throw error;
  });
  site = new Site(pool, strapi);
  const template = parseTemplate(
    readFileSync(join(repositoryRoot, 'infra', 'cloudformation.yaml'), 'utf8'),
  );
  const { resources } = evaluate(template, { Domain: 'my-app', CallbackUrls: strapi.redirectUri });
  const client = resources.Client?.properties as Record<string, string[]>;
  Object.assign(pool.client, {
    callbackUrls: client.CallbackURLs,
    logoutUrls: client.LogoutURLs,
    scopes: client.AllowedOAuthScopes,
    flows: client.AllowedOAuthFlows,
  });
});

test('Strapi shows the callback URL of the docs and the templates', async () => {
  const shown = await site.strapi.run((strapi) =>
    strapi.plugin('users-permissions').service('providers').buildRedirectUri?.('cognito'),
  );
  expect(shown).toBe(`${site.strapi.url}/api/connect/cognito/callback`);
});

test('a user can log in once Enable is on', async () => {
  const { headers } = await fetch(site.connectUrl, { redirect: 'manual' });
  expect(headers.get('location')).toMatch(`${FRONT_END}?error=provider_disabled&`);
  await site.strapi.setGrant({ enabled: true });
  expectLoggedIn(await site.loginAs('ann'));
});

test('and the secret is not in the database', async () => {
  expect(JSON.stringify(await site.strapi.stored('grant'))).not.toContain(
    site.pool.client.clientSecret,
  );
});

test.each([
  ['https://shop.example.com/in', 302],
  ['https://shop.example.com.evil.example/in', 400],
])('a login can end at the listed front-ends: %s', async (callback, status) => {
  const url = `${site.connectUrl}?callback=${encodeURIComponent(callback)}`;
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(status);
});

/** Parses a request of the docs. */
function parseRequest({ at, text }: Block) {
  const [head = '', body = ''] = text.split('\n\n', 2);
  const [line = '', ...headers] = head.trimEnd().split('\n');
  const [, method, path] = /^(GET|POST|PUT|DELETE) (\/\S+)$/.exec(line) ?? [];
  if (method === undefined || path === undefined) throw new Error(`${at} is not a request`);
  return {
    method,
    path,
    headers: headers.map((header): [string, string] => {
      const [, key = '', value = ''] = /^([\w-]+): (.+)$/.exec(header) ?? [];
      return [key, value];
    }),
    body: body.trim(),
  };
}

test('every request in the docs works, one after the other', async () => {
  const user = await createUser(site, { password: PASSWORD });
  const fillPlaceholders: Record<string, () => Promise<string>> = {
    STRAPI_JWT: () => issueJwt(site, user),
    ONE_TIME_CODE: () => site.code(addPoolUser(site)),
  };
  const filled = async (text: string) => {
    let result = text;
    for (const [name, value] of Object.entries(fillPlaceholders)) {
      if (result.includes(name)) result = result.replaceAll(name, await value());
    }
    return result;
  };
  const requests = findBlocks('http');
  expect(requests.length).toBeGreaterThan(1);
  for (const [at, block] of requests) {
    const { method, path, headers, body } = parseRequest(block);
    const response = await fetch(site.strapi.url + (await filled(path)), {
      method,
      headers: await Promise.all(
        headers.map(async ([key, value]): Promise<[string, string]> => [key, await filled(value)]),
      ),
      ...(body !== '' && { body: JSON.stringify(JSON.parse(await filled(body))) }),
    });
    expect([at, response.status]).toEqual([at, 200]);
    const answer = (await response.json()) as { user?: { id: number } };
    if (path.endsWith('/link') && method !== 'GET') expect(answer.user?.id).toBe(user.id);
  }
});
