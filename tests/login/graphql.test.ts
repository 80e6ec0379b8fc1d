/* A site with @strapi/plugin-graphql, whose mutations call the controllers of users-permissions directly. */
import { errorTable } from '../../server/protocol/errors';
import { expectLoggedIn } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { PASSWORD, updateUser, addPoolUser, createUser } from '../support/users';

/** An app that has installed the plugin. */
const WITH_GRAPHQL = JSON.stringify({
  name: 'strapi-under-test',
  version: '0.0.0',
  private: true,
  strapi: { uuid: false },
  dependencies: {
    '@strapi/strapi': '*',
    '@strapi/plugin-users-permissions': '*',
    '@strapi/plugin-graphql': '*',
  },
});

/** Queries of the site that log a user in. */
const OWN_QUERIES = `module.exports = {
  register({ strapi }) {
    const resolve = async (_parent, { token }) => {
      const credentials = { access_token: token, id_token: token };
      const { connect } = strapi.plugin('users-permissions').service('providers');
      return (await connect('cognito', credentials, { grantResponse: credentials })).username;
    };
    const byCallback = async (_parent, { token }, { koaContext }) => {
      koaContext.params = { provider: 'cognito' };
      koaContext.query = { access_token: token, id_token: token };
      await strapi.plugin('users-permissions').controller('auth').callback(koaContext);
      return koaContext.body.user.username;
    };
    strapi.plugin('graphql').service('extension').use({
      typeDefs: 'type Query { enter(token: String!): String enterByCallback(token: String!): String }',
      resolvers: { Query: { enter: { resolve }, enterByCallback: { resolve: byCallback } } },
      resolversConfig: { 'Query.enter': { auth: false }, 'Query.enterByCallback': { auth: false } },
    });
  },
  bootstrap() {},
};
`;

const LOGIN = `mutation ($input: UsersPermissionsLoginInput!) {
  login(input: $input) { jwt user { id username email } }
}`;

interface GraphqlError {
  message: string;
  extensions: { code: string; error?: { name: string; message: string; details: object } };
}

interface GraphqlAnswer<Data> {
  data?: Data | null;
  errors?: GraphqlError[];
}

interface LoginData {
  login: { jwt: string; user: { id: string; username: string; email: string } };
}

let site: Site;

beforeAll(async () => {
  site = await startSite({ files: { 'package.json': WITH_GRAPHQL, 'src/index.js': OWN_QUERIES } });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(() => site.strapi.forgetLogs());

async function graphql<Data>(
  query: string,
  variables: object = {},
  parameters: Record<string, string> = {},
): Promise<GraphqlAnswer<Data>> {
  const search = new URLSearchParams(parameters).toString();
  const response = await fetch(`${site.strapi.url}/graphql?${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as GraphqlAnswer<Data>;
}

/** A login by GraphQL. The schema requires an identifier and a password for every provider. */
const logIn = (
  provider: string,
  { identifier = 'x', password = 'x' } = {},
  parameters: Record<string, string> = {},
) => graphql<LoginData>(LOGIN, { input: { provider, identifier, password } }, parameters);

/** Expects a refusal with a stable code, and neither an error nor a stack trace in the log. */
async function expectRefused(answer: GraphqlAnswer<LoginData>, code: string): Promise<void> {
  expect(answer).toEqual({
    data: null,
    errors: [
      expect.objectContaining({
        message: expect.stringMatching(/\w/) as string,
        extensions: expect.objectContaining({
          error: {
            name: 'ApplicationError',
            message: answer.errors?.[0]?.message,
            details: expect.objectContaining({ code }) as object,
          },
        }) as object,
      }),
    ],
  });
  const lines = await site.strapi.allLogs();
  expect(lines.filter((line) => /error:|^\s+at /.test(line))).toEqual([]);
  expect(lines.filter((line) => line.includes(`[cognito] login refused, ${code}`))).toHaveLength(1);
}

describe('login with the provider cognito', () => {
  test('is refused with a stable code', async () => {
    await expectRefused(await logIn('cognito'), 'invalid_request');
  });

  test('is refused with a stable code while the provider is off', async () => {
    await site.strapi.setGrant({ enabled: false });
    try {
      await expectRefused(await logIn('cognito'), 'provider_disabled');
    } finally {
      await site.strapi.setGrant({ enabled: true });
    }
  });

  test('is refused with a code in the URL, and leaves it for the exchange', async () => {
    // Policies, middlewares and the permission of the exchange do not apply to GraphQL.
    const access_token = await site.code(addPoolUser(site));
    await expectRefused(await logIn('cognito', {}, { access_token }), 'invalid_request');
    expectLoggedIn(await site.exchange({ access_token }));
  });

  test('is refused with an id_token in the URL', async () => {
    const id_token = site.pool.sign({ claims: site.pool.idClaims(addPoolUser(site)) });
    await expectRefused(await logIn('cognito', {}, { id_token }), 'invalid_request');
  });
});

test.each([
  ['providers.connect', 'enter'],
  ['auth.callback', 'enterByCallback'],
])(
  'a resolver of the site that calls %s logs a user in, or gets the message and the code of a refusal',
  async (_, query) => {
    const enter = (claims: object = {}) => {
      const token = site.pool.sign({ claims: { ...site.pool.idClaims(name), ...claims } });
      return graphql<Record<string, string>>(
        `query ($token: String!) { ${query}(token: $token) }`,
        { token },
      );
    };
    const name = addPoolUser(site);
    const { errors } = await enter({ email_verified: false });
    expect(errors).toMatchObject([
      {
        message: 'Please verify your email address with Cognito first.',
        extensions: { error: { details: { code: 'email_not_verified' } } },
      },
    ]);
    await site.strapi.advanced({ allow_register: false });
    const disabled = await enter();
    await site.strapi.advanced({ allow_register: true });
    expect(disabled.errors).toMatchObject([
      {
        message: errorTable.registration_disabled.message,
        extensions: { error: { details: { code: 'registration_disabled' } } },
      },
    ]);
    expect(await enter()).toEqual({ data: { [query]: name } });
  },
);

describe('the rest of users-permissions', () => {
  test('a local login works', async () => {
    const { id, username, email } = await createUser(site, { password: PASSWORD });
    const { data, errors } = await logIn('local', { identifier: username, password: PASSWORD });
    expect({ errors, user: data?.login.user }).toEqual({
      errors: undefined,
      user: { id: String(id), username, email },
    });
    expect((await site.me(data?.login.jwt ?? '')).body.id).toBe(id);
  });

  test('a local login with a wrong password is refused by Strapi itself', async () => {
    const { username } = await createUser(site, { password: PASSWORD });
    const { errors } = await logIn('local', { identifier: username, password: 'wrong' });
    expect(errors?.map(({ message }) => message)).toEqual(['Invalid identifier or password']);
  });

  test('a Cognito user has no password login, and gets no password reset', async () => {
    const { user } = expectLoggedIn(await site.loginAs(addPoolUser(site)));
    const { email } = user as { id: number; email: string };
    await updateUser(site, user.id, { resetPasswordToken: 'left-over' });
    const local = await logIn('local', { identifier: email, password: PASSWORD });
    expect(local.errors?.map(({ message }) => message)).toEqual(['Invalid identifier or password']);

    const forgot = await graphql<{ forgotPassword: { ok: boolean } }>(
      'mutation ($email: String!) { forgotPassword(email: $email) { ok } }',
      { email },
    );
    expect(forgot).toEqual({ data: { forgotPassword: { ok: true } } });
    const reset = await graphql<object>(
      `mutation {
        resetPassword(code: "left-over", password: "${PASSWORD}", passwordConfirmation: "${PASSWORD}") { jwt }
      }`,
    );
    expect(reset.errors?.map(({ message }) => message)).toEqual(['Incorrect code provided']);
  });

  test('a Strapi JWT from the exchange works', async () => {
    const { jwt, user } = expectLoggedIn(await site.loginAs(addPoolUser(site)));
    const response = await fetch(`${site.strapi.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
      body: JSON.stringify({ query: '{ me { id email } }' }),
    });
    expect(await response.json()).toMatchObject({ data: { me: { id: String(user.id) } } });
  });
});

test('the plugin’s tables are not in the schema', async () => {
  const { data } = await graphql<{
    __schema: { types: { name: string; fields: { name: string }[] | null }[] };
  }>('{ __schema { types { name fields { name } } } }');
  const types = data?.__schema.types ?? [];
  const names = types.flatMap(({ name, fields }) => [name, ...(fields ?? []).map((f) => f.name)]);
  expect(names).toContain('UsersPermissionsUser');
  expect(
    names.filter((name) => /cognito|identit|one.?time|lease|login.?record/i.test(name)),
  ).toEqual([]);
});
