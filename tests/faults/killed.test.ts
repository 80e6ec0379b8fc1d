import { expectLoggedIn } from '../support/answers';
import { Browser } from '../support/browser';
import { type Site, parametersOf, startSite } from '../support/site';
import { newPerson, owners } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

/** As by SIGKILL, and up again. */
async function killed(): Promise<void> {
  await site.strapi.kill();
  await site.strapi.restart();
}

test('killed between connect and callback: the login goes on', async () => {
  const browser = new Browser();
  const back = await site.signIn('ann', browser);
  await killed();
  const access_token = parametersOf(await browser.get(back)).get('access_token') ?? '';
  expectLoggedIn(await site.exchange({ access_token }));
});

test('killed between callback and exchange: the code is still good, once', async () => {
  const access_token = await site.code('ann');
  await killed();
  expectLoggedIn(await site.exchange({ access_token }));
  expect((await site.exchange({ access_token })).status).toBe(400);
});

describe.each([
  ['before it is written', 'beforeCreate', 'plugin::users-permissions.user'],
  ['with a user, and no identity yet', 'beforeCreateMany', 'plugin::cognito.identity'],
  ['when all is written, and nothing committed', 'afterCreateMany', 'plugin::cognito.identity'],
])('killed while an account is made, %s', (_, moment, model) => {
  test('leaves nothing half made; the code was used up, and the next login works', async () => {
    const name = newPerson(site);
    const access_token = await site.code(name);
    await site.strapi.run(
      (strapi, arg) => {
        const { lifecycles } = strapi.db as unknown as {
          lifecycles: { subscribe(subscriber: object): void };
        };
        const reached = new Promise<void>((resolve) => {
          lifecycles.subscribe({
            models: [arg.model],
            [arg.moment]: () => {
              resolve();
              return new Promise(() => undefined);
            },
          });
        });
        Object.assign(globalThis, { reached });
      },
      { moment, model },
    );
    const gone = expect(site.exchange({ access_token })).rejects.toThrow();
    await site.strapi.run(() => (globalThis as unknown as { reached: Promise<void> }).reached);
    await killed();
    await gone;

    const users = await site.strapi.users();
    expect(users.map(({ email }) => email)).not.toContain(`${name}@example.com`);
    expect((await owners(site)).sort()).toEqual(users.map(({ id }) => id).sort());

    const again = await site.exchange({ access_token });
    expect(again.body.error?.details.code).toBe('login_expired');
    expectLoggedIn(await site.loginAs(name));
  });
});
