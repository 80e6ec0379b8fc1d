import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { type Template, type Value, getFunction, toText } from './cloudformation';

type SpecDatabase = Awaited<ReturnType<typeof loadAwsServiceSpec>>;
type Property = ReturnType<typeof findType>['properties'][string];
type PropertyType = Property['type'];

const findType = (database: SpecDatabase, type: string) =>
  database.lookup('resource', 'cloudFormationType', 'equals', type).only();

/**
 * The problems of a template's resources by AWS's specification: unknown properties, missing required ones, values of
 * the wrong type, unknown attributes.
 */
export async function findProblems(template: Template): Promise<string[]> {
  const database = await loadAwsServiceSpec();

  const checkProperties = (
    path: string,
    known: Record<string, Property>,
    given: Record<string, Value>,
  ): string[] => [
    ...Object.entries(given).flatMap(([name, value]) => {
      const property = Object.hasOwn(known, name) ? known[name] : undefined;
      return property
        ? checkValue(`${path}.${name}`, property.type, value)
        : [`${path}.${name} does not exist`];
    }),
    ...Object.entries(known)
      .filter(([name, { required }]) => required && !Object.hasOwn(given, name))
      .map(([name]) => `${path}.${name} is missing`),
  ];

  const checkValue = (path: string, type: PropertyType, value: Value): string[] => {
    const fn = getFunction(value);
    if (fn) return checkFunction(path, type, ...fn);
    switch (type.type) {
      case 'ref': {
        const definition = database.get('typeDefinition', type.reference.$ref);
        return isObject(value)
          ? checkProperties(path, definition.properties, value)
          : [`${path} is not an object`];
      }
      case 'array':
        return Array.isArray(value)
          ? value.flatMap((each, index) => checkValue(`${path}[${index}]`, type.element, each))
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
        return [`${path} has the unknown type ${type.type}`];
    }
  };

  const checkFunction = (path: string, type: PropertyType, name: string, argument: Value) => {
    if (name === 'Fn::If') {
      return (argument as Value[]).slice(1).flatMap((each) => checkValue(path, type, each));
    }
    if (name !== 'Ref' || argument === 'AWS::NoValue') return [];
    const parameter = template.Parameters[toText(argument)];
    // A reference to a resource is its id.
    if (!parameter) return type.type === 'string' ? [] : [`${path} is not a string`];
    if (type.type === 'array') {
      return parameter.Type === 'CommaDelimitedList' ? [] : [`${path} is not a list`];
    }
    const { AllowedValues = [] } = parameter;
    return parameter.Type === 'String'
      ? AllowedValues.flatMap((each) => checkValue(`${path} = ${toText(each)}`, type, each))
      : [`${path} is a list`];
  };

  return Object.entries(template.Resources).flatMap(([name, { Type, Properties }]) =>
    checkProperties(name, findType(database, Type).properties, Properties),
  );
}

const isObject = (value: Value): value is Record<string, Value> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
