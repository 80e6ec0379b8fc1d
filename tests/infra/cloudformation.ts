import { parse, type CollectionTag, type ScalarTag } from 'yaml';

/** A value of a template in YAML; intrinsic functions are objects with one key. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

type Values = Record<string, Value>;

/** A scalar value as a string. */
export function toText(value: Value | undefined): string {
  if (typeof value === 'object' || value === undefined) {
    throw new Error(`${JSON.stringify(value)} is not a string`);
  }
  return String(value);
}

/** The sections of a template that these tests use. */
export interface Template {
  Parameters: Record<
    string,
    {
      Type: string;
      Default?: Value;
      Description?: string;
      AllowedPattern?: string;
      AllowedValues?: Value[];
    }
  >;
  Rules: Values;
  Conditions: Values;
  Resources: Record<string, { Type: string; Condition?: string; Properties: Values }>;
  Outputs: Record<string, { Description: string; Condition?: string; Value: Value }>;
}

/** The result of a template for some parameters. */
export interface Evaluated {
  resources: Record<string, { type: string; properties: Values }>;
  outputs: Values;
}

const FUNCTIONS = ['Ref', 'Sub', 'If', 'Equals', 'Not', 'GetAtt'];
const LONG_NAME = (name: string) => (name === 'Ref' ? 'Ref' : `Fn::${name}`);

/** The short forms of CloudFormation, such as `!Ref`, which are not part of YAML. */
const tags = FUNCTIONS.flatMap((name): (ScalarTag | CollectionTag)[] => [
  {
    tag: `!${name}`,
    resolve: (text: string) => ({ [LONG_NAME(name)]: name === 'GetAtt' ? text.split('.') : text }),
  },
  {
    tag: `!${name}`,
    collection: 'seq',
    nodeClass: undefined,
    resolve: (sequence) => ({
      [LONG_NAME(name)]: (sequence as { toJSON(): Value }).toJSON(),
    }),
  },
]);

/** @throws {Error} when the text is not YAML, or uses an unknown function. */
export function parseTemplate(text: string): Template {
  return parse(text, { customTags: tags, logLevel: 'error', strict: true }) as Template;
}

/** The function of a value that is a function call. */
export function getFunction(value: Value): [name: string, argument: Value] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const [entry, ...more] = Object.entries(value);
  if (!entry || more.length > 0) return undefined;
  return entry[0] === 'Ref' || entry[0].startsWith('Fn::') ? entry : undefined;
}

const NO_VALUE = Symbol('AWS::NoValue');

/** All names that a value refers to: parameters, resources, pseudo parameters, conditions. */
export function findReferences(value: Value): string[] {
  const fn = getFunction(value);
  if (fn) {
    const [name, argument] = fn;
    if (name === 'Ref') return [toText(argument)];
    if (name === 'Fn::GetAtt') return [toText((argument as Value[])[0])];
    if (name === 'Fn::Sub') {
      return [...toText(argument).matchAll(/\$\{([^}]+)\}/g)].map(([, each]) => String(each));
    }
    if (name === 'Fn::If') {
      const [condition, ...branches] = argument as Value[];
      return [toText(condition), ...branches.flatMap(findReferences)];
    }
  }
  if (Array.isArray(value)) return value.flatMap(findReferences);
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(findReferences)
    : [];
}

/**
 * Evaluates a template. A reference to a resource becomes `<Name>`.
 *
 * @throws {Error} when a parameter has no value, or one that the template does not allow.
 */
export function evaluate(template: Template, values: Record<string, Value>): Evaluated {
  const parameters = resolveParameters(template, values);

  const refer = (name: string): Value | typeof NO_VALUE => {
    if (name === 'AWS::NoValue') return NO_VALUE;
    if (name === 'AWS::Region') return 'eu-west-1';
    if (Object.hasOwn(parameters, name)) return parameters[name]!;
    if (Object.hasOwn(template.Resources, name)) return `<${name}>`;
    throw new Error(`${name} is neither a parameter nor a resource`);
  };

  const isTrue = (condition: Value): boolean => {
    const value = typeof condition === 'string' ? template.Conditions[condition] : condition;
    if (value === undefined) throw new Error(`There is no condition ${JSON.stringify(condition)}`);
    const result = resolve(value);
    if (typeof result !== 'boolean')
      throw new Error(`${JSON.stringify(condition)} is not a condition`);
    return result;
  };

  const resolve = (value: Value): Value | typeof NO_VALUE => {
    const fn = getFunction(value);
    if (fn) return call(...fn);
    if (Array.isArray(value)) return value.map(resolve).filter((each) => each !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, resolve(each)] as const);
    return Object.fromEntries(entries.filter(([, each]) => each !== NO_VALUE)) as Values;
  };

  const call = (name: string, argument: Value): Value | typeof NO_VALUE => {
    const list = argument as Value[];
    switch (name) {
      case 'Ref':
        return refer(toText(argument));
      case 'Fn::GetAtt':
        return `<${list.map(toText).join('.')}>`;
      case 'Fn::Sub':
        return toText(argument).replace(/\$\{([^}]+)\}/g, (_, each: string) =>
          toText(refer(each) as Value),
        );
      case 'Fn::Equals':
        return resolve(list[0]!) === resolve(list[1]!);
      case 'Fn::Not':
        return !isTrue(list[0]!);
      case 'Fn::If':
        return resolve(isTrue(list[0]!) ? list[1]! : list[2]!);
      default:
        throw new Error(`Unknown function ${name}`);
    }
  };

  for (const [name, rule] of Object.entries(template.Rules)) {
    const { RuleCondition, Assertions } = rule as unknown as {
      RuleCondition: Value;
      Assertions: { Assert: Value; AssertDescription: string }[];
    };
    if (!isTrue(RuleCondition)) continue;
    for (const { Assert, AssertDescription } of Assertions) {
      if (!isTrue(Assert)) throw new Error(`${name}: ${AssertDescription}`);
    }
  }

  const applies = ({ Condition }: { Condition?: string }) =>
    Condition === undefined || isTrue(Condition);
  return {
    resources: Object.fromEntries(
      Object.entries(template.Resources)
        .filter(([, resource]) => applies(resource))
        .map(([name, { Type, Properties }]) => [
          name,
          { type: Type, properties: resolve(Properties) as Values },
        ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs)
        .filter(([, output]) => applies(output))
        .map(([name, output]) => [name, resolve(output.Value) as Value]),
    ),
  };
}

function resolveParameters({ Parameters }: Template, given: Record<string, Value>): Values {
  const values: Values = {};
  for (const [name, parameter] of Object.entries(Parameters)) {
    const text = given[name] ?? parameter.Default;
    if (text === undefined) throw new Error(`${name} is missing`);
    const list = parameter.Type === 'CommaDelimitedList' ? toText(text).split(',') : undefined;
    for (const each of list ?? [text]) {
      const allowed = parameter.AllowedValues?.includes(each) ?? true;
      const fits = new RegExp(parameter.AllowedPattern ?? '').test(toText(each));
      if (!allowed || !fits) throw new Error(`${name} may not be ${toText(each)}`);
    }
    values[name] = list ?? text;
  }
  return values;
}
