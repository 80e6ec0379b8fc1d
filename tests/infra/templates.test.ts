import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  toEndpoints,
  issuerFromUserPoolId,
  parseUserPoolDomain,
} from '../../server/protocol/endpoints';
import { effectiveSettings } from '../../server/settings/settings';
import { repositoryRoot } from '../support/strapi';
import * as cloudFormation from './cloudformation';
import { findProblems } from './resource-spec';
import { asCloudFormation } from './terraform-names';
import * as terraform from './terraform';

const read = (path: string) => readFileSync(join(repositoryRoot, 'infra', path), 'utf8');

const text = read('cloudformation.yaml');
const template = cloudFormation.parseTemplate(text);
let tf: terraform.Module;

beforeAll(async () => {
  tf = await terraform.parseModule(read('terraform/main.tf'));
});

/** Choices of parameters, by CloudFormation's names. Together they cover every branch. */
const CHOICES: [string, Record<string, string>][] = [
  ['only the required parameters', { Domain: 'my-app' }],
  [
    'a custom domain',
    { Domain: 'login.example.com', CertificateArn: 'arn:aws:acm:us-east-1:1:certificate/1' },
  ],
  [
    'everything',
    {
      PoolName: 'people',
      Domain: 'my-app',
      CallbackUrls:
        'https://api.example.com/api/connect/cognito/callback,http://localhost:1337/api/connect/cognito/callback',
      SignOutUrls: 'https://www.example.com,http://localhost:3000',
      IdentityProviders: 'COGNITO,Google',
      SelfSignUp: 'false',
      Mfa: 'ON',
      Plan: 'PLUS',
      ThreatProtection: 'ENFORCED',
      DeletionProtection: 'INACTIVE',
    },
  ],
  ['the least', { Domain: 'my-app', Mfa: 'OFF', Plan: 'LITE' }],
];

/** The same choice as Terraform variables, which are lists and booleans where CloudFormation has strings. */
function toVariables(choice: Record<string, string>): Record<string, boolean | string | string[]> {
  const entries = Object.entries(choice).map(([name, value]) => {
    const isList = template.Parameters[name]?.Type === 'CommaDelimitedList';
    const plain = value === 'true' || (value === 'false' ? false : value);
    return [snake(name), isList ? value.split(',') : plain] as const;
  });
  return Object.fromEntries(entries);
}

const snake = (name: string) => name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

describe('the CloudFormation template', () => {
  test('matches the specification of AWS', async () => {
    expect(await findProblems(template)).toEqual([]);
  });

  test('and a mismatch is found', async () => {
    const wrong = cloudFormation.parseTemplate(
      text
        .replace('GenerateSecret: true', 'GenerateSecrets: true')
        .replace('AllowedOAuthFlows: [code]', 'AllowedOAuthFlows: code')
        .replace('AccessTokenValidity: 60', 'AccessTokenValidity: sixty')
        .replace('EnableTokenRevocation: true', "EnableTokenRevocation: 'true'")
        .replace('CaseSensitive: false', 'CaseSensitiv: false')
        .replace('AllowedValues: [LITE, ESSENTIALS, PLUS]', 'AllowedValues: [LITE, MAXI]')
        .replace('      Domain: !Ref Domain\n', ''),
    );
    expect((await findProblems(wrong)).sort()).toEqual([
      'Client.AccessTokenValidity is not a whole number',
      'Client.AllowedOAuthFlows is not a list',
      'Client.EnableTokenRevocation is not true or false',
      'Client.GenerateSecrets does not exist',
      'PoolDomain.Domain is missing',
      'UserPool.UserPoolTier = MAXI may not be "MAXI"',
      'UserPool.UsernameConfiguration.CaseSensitiv does not exist',
    ]);
  });

  test('uses all its parameters and conditions, and no others', () => {
    const { Parameters, Conditions, Resources, Outputs, Rules } = template;
    const used = new Set(
      cloudFormation.findReferences([Conditions, Rules, { ...Resources }, { ...Outputs }] as never),
    );
    for (const { Condition } of [...Object.values(Resources), ...Object.values(Outputs)]) {
      if (Condition !== undefined) used.add(Condition);
    }
    const named = [...Object.keys(Parameters), ...Object.keys(Conditions)];
    expect(named.filter((name) => !used.has(name))).toEqual([]);
    const known = new Set([...named, ...Object.keys(Resources), 'AWS::Region', 'AWS::NoValue']);
    expect([...used].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the two templates agree', () => {
  test('on parameters, defaults and descriptions', () => {
    const terraformType = Object.entries(tf.variable).map(([name, [variable]]) => [
      name,
      variable.default,
      variable.description?.replaceAll('certificate_arn', 'CertificateArn'),
    ]);
    const cloudFormationType = Object.entries(template.Parameters).map(([name, parameter]) => [
      snake(name),
      parameter.Default === undefined
        ? undefined
        : toVariables({ [name]: cloudFormation.toText(parameter.Default) })[snake(name)],
      parameter.Description,
    ]);
    expect(Object.fromEntries(terraformType.map(([name, ...rest]) => [name, rest]))).toEqual(
      Object.fromEntries(cloudFormationType.map(([name, ...rest]) => [name, rest])),
    );
  });

  test.each(CHOICES)('on the resources: %s', (_, choice) => {
    const one = cloudFormation.evaluate(template, choice);
    const other = terraform.evaluate(tf, toVariables(choice));
    const byType = Object.values(one.resources).map(({ type, properties }) => [type, properties]);
    expect(asCloudFormation(other.resources)).toEqual(Object.fromEntries(byType));
  });

  test.each(CHOICES)('on the outputs: %s', (_, choice) => {
    const one = cloudFormation.evaluate(template, choice).outputs;
    const other = terraform.evaluate(tf, toVariables(choice)).outputs;
    const alike = (value: unknown) =>
      String(value)
        .replaceAll('<aws_cognito_user_pool.members.id>', '<UserPool>')
        .replaceAll('<aws_cognito_user_pool_client.strapi.id>', '<Client>')
        .replace(
          '<aws_cognito_user_pool_domain.members.cloudfront_distribution>',
          '<PoolDomain.CloudFrontDistribution>',
        );
    const others = Object.entries(other).map(([name, value]) => [
      name,
      alike(value),
      tf.output[name]?.[0].description,
    ]);
    const ones = Object.entries(one).map(([name, value]) => [
      snake(name),
      value,
      template.Outputs[name]?.Description,
    ]);
    expect(others.sort()).toEqual(ones.sort());
  });

  test('on invalid parameters', () => {
    const choice = { Domain: 'my-app', ThreatProtection: 'AUDIT' };
    expect(() => cloudFormation.evaluate(template, choice)).toThrow('needs the plan PLUS');
    expect(() => terraform.evaluate(tf, toVariables(choice))).toThrow('needs the plan PLUS');
    const pattern = template.Parameters.CallbackUrls?.AllowedPattern ?? '';
    expect(read('terraform/main.tf')).toContain(`regex("${pattern}"`);
    expect(read('terraform/main.tf')).toContain(
      `regex("${template.Parameters.Domain?.AllowedPattern ?? ''}"`,
    );
  });

  test.each([
    ['https://api.example.com/api/connect/cognito/callback', true],
    ['https://example.com/cms/api/connect/cognito/callback', true],
    ['http://localhost:1337/api/connect/cognito/callback', true],
    ['http://localhost/api/connect/cognito/callback', true],
    ['https://api.example.com/api/connect/cognito/callback/', false],
    ['http://api.example.com/api/connect/cognito/callback', false],
    ['http://localhost.example.com/api/connect/cognito/callback', false],
    ['https://api.example.com', false],
    ['/api/connect/cognito/callback', false],
  ])('on callback URLs: %s', (CallbackUrls, allowed) => {
    const evaluate = () => cloudFormation.evaluate(template, { Domain: 'my-app', CallbackUrls });
    if (allowed) expect(evaluate).not.toThrow();
    else expect(evaluate).toThrow('CallbackUrls may not be');
  });
});

describe('the templates and the plugin agree', () => {
  const { resources, outputs } = cloudFormation.evaluate(template, { Domain: 'my-app' });
  const client = resources.Client?.properties ?? {};

  test('on scopes and flow', () => {
    const row = {
      key: 'id',
      subdomain: cloudFormation.toText(outputs.HostUri),
      callback: 'http://localhost',
    };
    expect(client.AllowedOAuthScopes).toEqual(effectiveSettings({}, row, {}).connection?.scope);
    expect(client.AllowedOAuthFlows).toEqual(['code']);
    expect(client.AllowedOAuthFlowsUserPoolClient).toBe(true);
    expect(client.GenerateSecret).toBe(true);
  });

  test('on the Host URI', () => {
    const host = parseUserPoolDomain(cloudFormation.toText(outputs.HostUri));
    expect(host).toMatchObject({ region: 'eu-west-1' });
    expect(toEndpoints(host!).authorize).toBe(
      'https://my-app.auth.eu-west-1.amazoncognito.com/oauth2/authorize',
    );
    const [, own] = CHOICES[1]!;
    const custom = cloudFormation.evaluate(template, own).outputs.HostUri;
    expect(parseUserPoolDomain(cloudFormation.toText(custom))?.origin).toBe(
      'https://login.example.com',
    );
  });

  test('on issuer and keys', () => {
    const pool = 'eu-west-1_AbCdEfGhI';
    const jwksUrl = cloudFormation.toText(outputs.JwksUrl).replace('<UserPool>', pool);
    expect(jwksUrl).toBe(issuerFromUserPoolId(pool)?.jwksUrl);
  });

  test('on secrets: none is an output', () => {
    const others = terraform.evaluate(tf, toVariables({ Domain: 'my-app' })).outputs;
    for (const value of [...Object.values(outputs), ...Object.values(others)]) {
      expect(value).not.toMatch(/<.*secret.*>/i);
    }
    expect(outputs.ClientSecretCommand).toMatch(/^aws cognito-idp describe-user-pool-client /);
  });
});
