import { type Site, startSite } from '../support/site';
import { createUser } from '../support/users';

// A user who logs in again and again must not push the records of others out of the list.

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

afterAll(() => site.stop());

test('a thousand logins of one user do not displace the records of another', async () => {
  const [victim, attacker] = [await createUser(site), await createUser(site)];
  await site.strapi.run(
    async (strapi, ids: { victim: number; attacker: number }) => {
      const records = strapi.plugin('cognito').service('login-records');
      records.add?.('exchange', 'ok', ids.victim);
      for (let flush = 0; flush < 140; flush += 1) {
        for (let count = 0; count < 100; count += 1) records.add?.('exchange', 'ok', ids.attacker);
        await records.flush?.();
      }
    },
    { victim: victim.id, attacker: attacker.id },
  );
  const rows = await site.rows('login-record', ['account']);
  const of = (id: number) =>
    rows.filter(({ account }) => (account as { id: number } | null)?.id === id);
  expect(of(victim.id)).toHaveLength(1);
  expect(of(attacker.id).length).toBeLessThanOrEqual(60);
  expect(of(attacker.id).length).toBeGreaterThanOrEqual(50);
});

test('a burst of one user leaves space for others before it is written', async () => {
  await site.clearUsers();
  const [victim, attacker] = [await createUser(site), await createUser(site)];
  await site.strapi.run(
    async (strapi, ids: { victim: number; attacker: number }) => {
      const records = strapi.plugin('cognito').service('login-records');
      for (let count = 0; count < 1300; count += 1) records.add?.('exchange', 'ok', ids.attacker);
      records.add?.('exchange', 'ok', ids.victim);
      await records.flush?.();
    },
    { victim: victim.id, attacker: attacker.id },
  );
  const rows = await site.rows('login-record', ['account']);
  expect(rows.some(({ account }) => (account as { id: number }).id === victim.id)).toBe(true);
});
