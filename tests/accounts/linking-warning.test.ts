import { warnAboutLinking } from '../../server/accounts/boot-warnings';
import type { Linking } from '../../server/settings/config';
import { effectiveSettings } from '../../server/settings/settings';
import type { Strapi } from '../../server/strapi';

async function warned(linking: Linking | undefined, advanced: object): Promise<string[]> {
  const lines: string[] = [];
  const strapi = {
    log: { warn: (line: string) => lines.push(line) },
    store: () => ({ get: () => Promise.resolve(advanced) }),
  } as unknown as Strapi;
  const config = linking === undefined ? {} : { users: { linking } };
  await warnAboutLinking(strapi, effectiveSettings(config, {}, {}));
  return lines;
}

test.each([undefined, 'never', 'explicit'] as const)(
  'linking %p trusts no flag',
  async (linking) => {
    expect(await warned(linking, { email_confirmation: true })).toEqual([]);
  },
);

test('linking by verified email warns about what it trusts', async () => {
  const lines = await warned('verified-email', { email_confirmation: true });
  expect(lines).toEqual([expect.stringMatching(/^\[cognito\] users\.linking .*provider "local"/)]);
});

test('and that it links nothing without confirmation mails', async () => {
  const lines = await warned('verified-email', {});
  expect(lines).toEqual([expect.stringContaining('links nothing')]);
});
