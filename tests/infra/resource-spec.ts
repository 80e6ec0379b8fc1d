import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { type Template, type Value, functionOf, textOf } from './cloudformation';

type SpecDatabase = Awaited<ReturnType<typeof loadAwsServiceSpec>>;
type Property = ReturnType<typeof lookUp>['properties'][string];
type PropertyType = Property['type'];

const lookUp = (database: SpecDatabase, type: string) =>
  database.lookup('resource', 'cloudFormationType', 'equals', type).only();

/**
 * What is wrong with the resources of a template by AWS's own description of them: properties that do
 * not exist, required ones that are missing, values of the wrong type, attributes that nothing has.
 */
export async function problemsOfResources(template: Template): Promise<string[]> {
  const database = await loadAwsServiceSpec();

  const ofProperties = (
    path: string,
    known: Record<string, Property>,
    given: Record<string, Value>,
  ): string[] => [
    ...Object.entries(given).flatMap(([name, value]) => {
      const property = Object.hasOwn(known, name) ? known[name] : undefined;
      return property
        ? ofValue(`${path}.${name}`, property.type, value)
        : [`${path}.${name} does not exist`];
    }),
    ...Object.entries(known)
      .filter(([name, { required }]) => required && !Object.hasOwn(given, name))
      .map(([name]) => `${path}.${name} is missing`),
  ];

  const ofValue = (path: string, type: PropertyType, value: Value): string[] => {
    const fn = functionOf(value);
    if (fn) return ofFunction(path, type, ...fn);
    switch (type.type) {
      case 'ref': {
        const definition = database.get('typeDefinition', type.reference.$ref);
        return isObject(value)
          ? ofProperties(path, definition.properties, value)
          : [`${path} is not an object`];
      }
      case 'array':
        return Array.isArray(value)
          ? value.flatMap((each, index) => ofValue(`${path}[${index}]`, type.element, each))
          : [`${path} is not a list`];
      case 'string': {
        const { allowedValues } = type as { allowedValues?: string[] };
        const allowed = typeof value === 'string' && (allowedValues?.includes(value) ?? true);
        return allowed ? [] : [`${path} may not be ${JSON.stringify(value)}`];
      }
      case 'boolean':
        return typeof value === 'boolean' ? [] : [`${path} is not true or false`];
      case 'integer':
        return Number.isInteger(value) ? [] : [`${path} is not a whole number`];
      default:
        return [`${path} is of type ${type.type}, which is not known here`];
    }
  };

  const ofFunction = (path: string, type: PropertyType, name: string, argument: Value) => {
    if (name === 'Fn::If') {
      return (argument as Value[]).slice(1).flatMap((each) => ofValue(path, type, each));
    }
    if (name !== 'Ref' || argument === 'AWS::NoValue') return [];
    const parameter = template.Parameters[textOf(argument)];
    // A resource stands for its id.
    if (!parameter) return type.type === 'string' ? [] : [`${path} is not text`];
    if (type.type === 'array') {
      return parameter.Type === 'CommaDelimitedList' ? [] : [`${path} is not a list`];
    }
    const { AllowedValues = [] } = parameter;
    return parameter.Type === 'String'
      ? AllowedValues.flatMap((each) => ofValue(`${path} = ${textOf(each)}`, type, each))
      : [`${path} is a list`];
  };

  return Object.entries(template.Resources).flatMap(([name, { Type, Properties }]) =>
    ofProperties(name, lookUp(database, Type).properties, Properties),
  );
}

const isObject = (value: Value): value is Record<string, Value> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
