import { expectLoggedIn } from '../support/assertions';
import { type Answer, type Site, startSite } from '../support/site';
import {
  PASSWORD,
  exchangeIdToken,
  updateUser,
  issueJwt,
  link,
  logInLocally,
  addPoolUser,
  createUser,
  request,
  getUser,
} from '../support/users';

interface Mail {
  to: string;
  text: string;
}

let site: Site;
/** Of provider cognito: `cognito.name` in the pool. */
let cognito: { id: number; name: string; email: string; username: string };

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  await site.strapi.run((strapi) => {
    const mails: unknown[] = [];
    const email = strapi.plugin('email') as unknown as { provider: object };
    email.provider = {
      send: (mail: unknown) => {
        mails.push(mail);
        return Promise.resolve();
      },
    };
    Object.assign(globalThis, { mails });
  });
});

beforeEach(async () => {
  await site.clearUsers();
  await mails();
  const name = addPoolUser(site);
  const { id } = expectLoggedIn(await exchangeIdToken(site, name)).user;
  const { email, username } = await getUser(site, id);
  cognito = { id, name, email, username };
});

/** The mails sent since the last call. */
const mails = () =>
  site.strapi.run(() => (globalThis as unknown as { mails: Mail[] }).mails.splice(0));

const post = (path: string, body: unknown) => request(site, 'POST', path, { body });
const forgot = (email: unknown) => post('/api/auth/forgot-password', { email });
const reset = (code: unknown, password = 'Password-2') =>
  post('/api/auth/reset-password', { code, password, passwordConfirmation: password });

/** Everything by which an attacker could distinguish two responses. */
function seen({ status, headers, body }: Answer): unknown {
  const varying = /^(date|content-length|etag|x-ratelimit)/;
  const names = [...headers.keys()].filter((name) => !varying.test(name));
  return { status, body, names };
}

/** Stores a bcrypt hash of {@link PASSWORD}. */
async function plantPassword(id: number): Promise<void> {
  const { password } = await createUser(site, { password: PASSWORD });
  await updateUser(site, id, { password });
}

async function codeInMail(): Promise<string> {
  const [mail, ...more] = await mails();
  expect(more).toEqual([]);
  return /code=([0-9a-f]{128})/.exec(mail?.text ?? '')?.[1] ?? '';
}

describe('a forgotten password', () => {
  test('of a user of provider cognito sends no mail, and responds as for an unknown user', async () => {
    const before = await getUser(site, cognito.id);
    const unknown = seen(await forgot('nobody@example.com'));
    expect(seen(await forgot(cognito.email))).toEqual(unknown);
    expect(seen(await forgot(cognito.email.toUpperCase()))).toEqual(unknown);
    expect(await mails()).toEqual([]);
    expect(await getUser(site, cognito.id)).toEqual(before);
  });

  test.each([undefined, null, '', 'no email', ['a@example.com'], { $ne: null }, 1])(
    'by %j gets the same error as without the plugin',
    async (email) => {
      const answer = await forgot(email);
      expect(answer).toMatchObject({ status: 400, body: { error: { name: 'ValidationError' } } });
      expect(await mails()).toEqual([]);
    },
  );

  test('of a local user is replaced by mail', async () => {
    const { email } = await createUser(site, { password: PASSWORD });
    const answer = await forgot(email.toUpperCase());
    expect(seen(answer)).toEqual(seen(await forgot('nobody@example.com')));
    expectLoggedIn(await reset(await codeInMail()));
    expectLoggedIn(await logInLocally(site, email, 'Password-2'));
    expect((await logInLocally(site, email, PASSWORD)).status).toBe(400);
  });

  test('of a linked local user too', async () => {
    const user = await createUser(site, { password: PASSWORD });
    const { id_token } = site.pool.tokensFor(addPoolUser(site));
    expect((await link(site, await issueJwt(site, user), { id_token })).status).toBe(200);
    await forgot(user.email);
    expect(expectLoggedIn(await reset(await codeInMail())).user.id).toBe(user.id);
    expectLoggedIn(await logInLocally(site, user.username, 'Password-2'));
  });
});

describe('a reset by a code', () => {
  test('of a user of provider cognito fails like an unknown one', async () => {
    const code = 'c0de'.repeat(32);
    await updateUser(site, cognito.id, { resetPasswordToken: code });
    const before = await getUser(site, cognito.id);
    const unknown = seen(await reset('0'.repeat(128)));
    expect(unknown).toMatchObject({ status: 400 });
    expect(seen(await reset(code))).toEqual(unknown);
    expect(await getUser(site, cognito.id)).toEqual(before);
    expect(before.password).toBeNull();
  });

  test('fails as without the plugin if the passwords differ, for any user', async () => {
    const code = 'c0de'.repeat(32);
    await updateUser(site, cognito.id, { resetPasswordToken: code });
    const differing = (each: string) =>
      post('/api/auth/reset-password', { code: each, password: 'x1', passwordConfirmation: 'x2' });
    expect(seen(await differing(code))).toEqual(seen(await differing('0'.repeat(128))));
  });

  test.each([undefined, null, '', ['x'], { $ne: null }, 0])(
    'that is %j resets no password',
    async (code) => {
      const before = await site.strapi.users();
      expect((await reset(code)).status).toBe(400);
      expect(await site.strapi.users()).toEqual(before);
    },
  );
});

describe('an email confirmation', () => {
  beforeEach(() => site.strapi.advanced({ email_confirmation: true }));
  afterEach(() => site.strapi.advanced({ email_confirmation: false }));

  const send = (email: string) => post('/api/auth/send-email-confirmation', { email });
  const confirm = (token: string) =>
    fetch(`${site.strapi.url}/api/auth/email-confirmation?confirmation=${token}`, {
      redirect: 'manual',
    });

  test('is not sent to a user of provider cognito, and responds as for an unknown user', async () => {
    await updateUser(site, cognito.id, { confirmed: false });
    const before = await getUser(site, cognito.id);
    const email = 'nobody@example.com';
    const unknown = seen(await send(email));
    const answer = seen(await send(cognito.email));
    expect(answer).toEqual({ ...(unknown as object), body: { email: cognito.email, sent: true } });
    expect(unknown).toMatchObject({ status: 200, body: { email, sent: true } });
    expect(await mails()).toEqual([]);
    expect(await getUser(site, cognito.id)).toEqual(before);
  });

  test('by a token of such a user fails like an unknown one', async () => {
    const confirmationToken = 'c0de'.repeat(10);
    await updateUser(site, cognito.id, { confirmed: false, confirmationToken });
    const before = await getUser(site, cognito.id);
    const [unknown, planted] = [await confirm('0'.repeat(40)), await confirm(confirmationToken)];
    expect([planted.status, await planted.text()]).toEqual([400, await unknown.text()]);
    expect(unknown.status).toBe(400);
    expect(await getUser(site, cognito.id)).toEqual(before);
  });

  test('of a local user works', async () => {
    const user = await createUser(site, { password: PASSWORD, confirmed: false });
    expect((await send(user.email)).status).toBe(200);
    const [mail] = await mails();
    const token = /confirmation=([0-9a-f]+)/.exec(mail?.text ?? '')?.[1] ?? '';
    expect((await confirm(token)).status).toBe(302);
    expect(await getUser(site, user.id)).toMatchObject({ confirmed: true });
  });
});

describe('a login by password', () => {
  test('of a user of provider cognito fails like that of an unknown user, even with a password', async () => {
    await plantPassword(cognito.id);
    const unknown = seen(await logInLocally(site, 'nobody@example.com'));
    expect(unknown).toMatchObject({ status: 400 });
    expect(seen(await logInLocally(site, cognito.email))).toEqual(unknown);
    expect(seen(await logInLocally(site, cognito.username))).toEqual(unknown);
    expectLoggedIn(await exchangeIdToken(site, cognito.name));
  });

  test('of a linked local user works as before', async () => {
    const user = await createUser(site, { password: PASSWORD });
    const { id_token } = site.pool.tokensFor(addPoolUser(site));
    await link(site, await issueJwt(site, user), { id_token });
    expect(expectLoggedIn(await logInLocally(site, user.email)).user.id).toBe(user.id);
    expect(seen(await logInLocally(site, user.email, 'wrong'))).toEqual(
      seen(await logInLocally(site, 'nobody@example.com')),
    );
  });
});
