/** @needs git */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Site, startSite } from '../support/site';
import { repositoryRoot } from '../support/strapi';
import { installExample } from './installed';

let site: Site;
let api: string;
let mobile: string;

beforeAll(async () => {
  [site, mobile] = await Promise.all([
    startSite({
      cognito: { tokens: { additionalClientIds: ['mobile'] }, bearer: { enabled: true } },
    }),
    installExample('mobile'),
  ]);
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  api = `${site.strapi.url}/api`;
}, 120_000);

/** Runs a module in Node, and answers the lines that it prints. */
function runModule(
  source: string,
  answer: (line: string) => Promise<string> = () => Promise.reject(new Error('nothing to answer')),
  cwd = repositoryRoot,
): Promise<{ status: number | null; result: unknown; errors: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd,
    env: { PATH: process.env.PATH, STRAPI_API: api },
  });
  let errors = '';
  let result: unknown;
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{')) result = JSON.parse(line);
    else void answer(line).then((text) => child.stdin.end(`${text}\n`));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, result, errors }));
  });
}

test("mobile: the app's code and verifier are exchanged for a Strapi JWT", async () => {
  const redirectUri = 'com.example.app://login';
  site.pool.addClient({ clientId: 'mobile', callbackUrls: [redirectUri] });
  const app = { api, hostUri: site.pool.origin, clientId: 'mobile', redirectUri };
  const { result, errors } = await runModule(
    `
    import { createInterface } from 'node:readline/promises';
    import { login } from './login.mjs';
    const openBrowser = async (url) => {
      console.log(url);
      return (await createInterface(process.stdin)[Symbol.asyncIterator]().next()).value;
    };
    console.log(JSON.stringify(await login(${JSON.stringify(app)}, openBrowser)));
  `,
    (url) => site.pool.authorize(url, 'nia'),
    mobile,
  );
  expect(errors).toBe('');
  const { jwt } = result as { jwt: string };
  expect((await site.me(jwt)).body.email).toBe('nia@example.com');
});

describe('bearer: a server calls the API as a user', () => {
  const call = (token: string) =>
    runModule(`
      import { callAsUser } from './examples/bearer/call.mjs';
      console.log(JSON.stringify(await callAsUser(process.env.STRAPI_API, '/users/me', '${token}')));
    `);

  test('who exists in Strapi', async () => {
    await site.loginAs('ann');
    const { result, errors } = await call(site.pool.tokensFor('ann').access_token);
    expect(errors).toBe('');
    expect(result).toMatchObject({ email: 'ann@example.com' });
  });

  test('and gets the error code otherwise', async () => {
    const { status, errors } = await call(site.pool.tokensFor('gil').access_token);
    expect(status).not.toBe(0);
    expect(errors).toContain('403 registration_disabled');
  });
});
