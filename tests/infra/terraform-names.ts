import type { Evaluated } from './terraform';

type Block = Record<string, unknown>;

/** Terraform's resource types and their names in CloudFormation. */
const TYPES: Record<string, string> = {
  aws_cognito_user_pool: 'AWS::Cognito::UserPool',
  aws_cognito_user_pool_client: 'AWS::Cognito::UserPoolClient',
  aws_cognito_user_pool_domain: 'AWS::Cognito::UserPoolDomain',
  aws_cognito_managed_login_branding: 'AWS::Cognito::ManagedLoginBranding',
};

/** References to ids in both. */
const IDS: Record<string, string> = {
  '<aws_cognito_user_pool.members.id>': '<UserPool>',
  '<aws_cognito_user_pool_client.strapi.id>': '<Client>',
};

/** Words with an irregular spelling in CloudFormation. */
const WORDS: Record<string, string> = { oauth: 'OAuth', urls: 'URLs', arn: 'Arn' };

/** Repeated blocks, which are lists in CloudFormation. */
const LISTS = new Set(['schema', 'recovery_mechanism']);

/** `allowed_oauth_flows` → `AllowedOAuthFlows`. */
const camel = (name: string) =>
  name
    .split('_')
    .map((word) => WORDS[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** Attributes with another structure in CloudFormation. */
const CONVERSIONS: Record<string, (value: unknown, type: string) => Block> = {
  name: (name, type) => {
    if (type === 'aws_cognito_user_pool') return { UserPoolName: name };
    return type === 'aws_cognito_user_pool_client' ? { ClientName: name } : { Name: name };
  },
  recovery_mechanism: (mechanisms) => ({ RecoveryMechanisms: mechanisms }),
  password_policy: (policy) => ({ Policies: { PasswordPolicy: policy } }),
  software_token_mfa_configuration: () => ({ EnabledMfas: ['SOFTWARE_TOKEN_MFA'] }),
  user_pool_add_ons: (addOns) => ({ UserPoolAddOns: addOns }),
  certificate_arn: (arn) => ({ CustomDomainConfig: { CertificateArn: arn } }),
  // Terraform has to declare what Cognito has by default.
  string_attribute_constraints: () => ({}),
};

/**
 * Converts Terraform resources to CloudFormation. The names follow a rule, except for those above. An attribute that
 * does not exist becomes a property that the other template does not have.
 *
 * @throws {Error} for an unknown resource type.
 */
export function asCloudFormation(resources: Evaluated['resources']): Record<string, Block> {
  const entries = Object.entries(resources).map(([type, block]) => {
    const name = TYPES[type];
    if (name === undefined) throw new Error(`Unknown resource type ${type}`);
    return [name, convert(block, type)] as const;
  });
  return Object.fromEntries(entries);
}

function convert(block: Block, type: string): Block {
  const result: Block = {};
  for (const [name, given] of Object.entries(block)) {
    const value = convertValue(given, LISTS.has(name));
    Object.assign(result, CONVERSIONS[name]?.(value, type) ?? { [camel(name)]: value });
  }
  return result;
}

/** A block is a list of one in HCL's JSON. */
function convertValue(value: unknown, isList: boolean): unknown {
  if (typeof value === 'string') return IDS[value] ?? value;
  if (!Array.isArray(value)) return value;
  const converted = value.map((each: unknown) =>
    typeof each === 'object' && each !== null ? convert(each as Block, '') : each,
  );
  const isBlock = typeof value[0] === 'object' && !isList;
  return isBlock ? converted[0] : converted;
}
