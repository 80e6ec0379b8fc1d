import type { Evaluated } from './terraform';

type Block = Record<string, unknown>;

/** The resources of Terraform and what CloudFormation calls them. */
const TYPES: Record<string, string> = {
  aws_cognito_user_pool: 'AWS::Cognito::UserPool',
  aws_cognito_user_pool_client: 'AWS::Cognito::UserPoolClient',
  aws_cognito_user_pool_domain: 'AWS::Cognito::UserPoolDomain',
  aws_cognito_managed_login_branding: 'AWS::Cognito::ManagedLoginBranding',
};

/** What stands for an id in both. */
const IDS: Record<string, string> = {
  '<aws_cognito_user_pool.members.id>': '<UserPool>',
  '<aws_cognito_user_pool_client.strapi.id>': '<Client>',
};

/** Words that CloudFormation writes in its own way. */
const WORDS: Record<string, string> = { oauth: 'OAuth', urls: 'URLs', arn: 'Arn' };

/** Blocks of which there are many: lists, in CloudFormation. */
const LISTS = new Set(['schema', 'recovery_mechanism']);

/** `allowed_oauth_flows` → `AllowedOAuthFlows`. */
const camel = (name: string) =>
  name
    .split('_')
    .map((word) => WORDS[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** What is arranged in another way there, attribute by attribute. */
const ARRANGED: Record<string, (value: unknown, type: string) => Block> = {
  name: (name, type) => {
    if (type === 'aws_cognito_user_pool') return { UserPoolName: name };
    return type === 'aws_cognito_user_pool_client' ? { ClientName: name } : { Name: name };
  },
  recovery_mechanism: (mechanisms) => ({ RecoveryMechanisms: mechanisms }),
  password_policy: (policy) => ({ Policies: { PasswordPolicy: policy } }),
  software_token_mfa_configuration: () => ({ EnabledMfas: ['SOFTWARE_TOKEN_MFA'] }),
  user_pool_add_ons: (addOns) => ({ UserPoolAddOns: addOns }),
  certificate_arn: (arn) => ({ CustomDomainConfig: { CertificateArn: arn } }),
  // Terraform must be told what Cognito has by itself.
  string_attribute_constraints: () => ({}),
};

/**
 * Resources of Terraform as CloudFormation would have them. The names follow from one another, but for the
 * few above: an attribute that does not exist comes out as a property that the other template has not.
 *
 * @throws {Error} for a resource that is not known here.
 */
export function asCloudFormation(resources: Evaluated['resources']): Record<string, Block> {
  const entries = Object.entries(resources).map(([type, block]) => {
    const name = TYPES[type];
    if (name === undefined) throw new Error(`${type} is not known here`);
    return [name, convert(block, type)] as const;
  });
  return Object.fromEntries(entries);
}

function convert(block: Block, type: string): Block {
  const result: Block = {};
  for (const [name, given] of Object.entries(block)) {
    const value = convertValue(given, LISTS.has(name));
    Object.assign(result, ARRANGED[name]?.(value, type) ?? { [camel(name)]: value });
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
