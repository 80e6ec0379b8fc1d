import { runInNewContext } from 'node:vm';
import { parse } from '@cdktn/hcl2json';

/** An HCL value; expressions are strings in `${…}`. */
type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
type Block = Record<string, Value>;

/** A module in its JSON form. */
export interface Module {
  variable: Record<string, [{ default?: Value; description?: string }]>;
  data: Record<string, Record<string, [Block]>>;
  resource: Record<string, Record<string, [Block]>>;
  output: Record<string, [{ description: string; value: Value }]>;
  terraform: [{ required_providers: [Record<string, Block>] }];
}

/** The result of a module for some variables. */
export interface Evaluated {
  /** By type. */
  resources: Record<string, Block>;
  outputs: Block;
}

/** @throws {Error} when the text is not HCL. */
export async function parseModule(text: string): Promise<Module> {
  return (await parse('main.tf', text)) as unknown as Module;
}

/** A placeholder for an attribute that only AWS knows. */
const unknown = (...path: string[]): unknown =>
  new Proxy(
    {},
    {
      get: (_, key) =>
        key === Symbol.toPrimitive ? () => `<${path.join('.')}>` : unknown(...path, String(key)),
    },
  );

/**
 * Evaluates a module. Its expressions are simple enough to be valid JavaScript.
 *
 * @throws {Error} when a variable has no value or an invalid one, or a precondition fails.
 */
export function evaluate(module: Module, values: Record<string, Value>): Evaluated {
  const variables: Record<string, Value> = {};
  for (const [name, [{ default: value }]] of Object.entries(module.variable)) {
    const chosen = values[name] ?? value;
    if (chosen === undefined) throw new Error(`${name} is missing`);
    variables[name] = chosen;
  }

  const scope: Record<string, unknown> = {
    variables,
    data: { aws_region: { current: { region: 'eu-west-1' } } },
  };
  for (const [type, named] of Object.entries(module.resource)) {
    scope[type] = Object.fromEntries(Object.keys(named).map((name) => [name, unknown(type, name)]));
  }

  const calculate = (expression: string): unknown =>
    runInNewContext(`(${expression.replace(/\bvar\./g, 'variables.')})`, scope);

  const resolve = (value: Value): Value => {
    if (typeof value === 'string') return resolveText(value);
    if (Array.isArray(value)) return value.map(resolve);
    return typeof value === 'object' && value !== null ? resolveBlock(value) : value;
  };

  const resolveText = (text: string): Value => {
    const whole = /^\$\{([^{}]*|[^{}]* \? .*)\}$/.exec(text)?.[1];
    if (whole === undefined) {
      return text.replace(/\$\{([^}]*)\}/g, (_, each: string) => String(calculate(each)));
    }
    // Strings within it may contain expressions themselves.
    const value = calculate(whole.replace(/"([^"]*\$\{[^"]*)"/g, '`$1`'));
    const isPlain = typeof value !== 'object' || value === null || Array.isArray(value);
    return isPlain
      ? (value as Value)
      : (value as { [Symbol.toPrimitive](): string })[Symbol.toPrimitive]();
  };

  const resolveBlock = ({ dynamic, ...block }: Block): Block => {
    const entries = Object.entries(block).map(([key, value]) => [key, resolve(value)] as const);
    for (const [name, [each]] of Object.entries((dynamic ?? {}) as Record<string, [Block]>)) {
      const times = resolve(each.for_each ?? null) as Value[];
      if (times.length > 0) entries.push([name, resolve(each.content ?? null)]);
    }
    return Object.fromEntries(entries.filter(([, value]) => value !== null));
  };

  const resources: Record<string, Block> = {};
  for (const [type, named] of Object.entries(module.resource)) {
    for (const [{ lifecycle, count, ...block }] of Object.values(named)) {
      const { precondition: [condition] = [] } =
        ((lifecycle as [{ precondition: [Block] }] | undefined) ?? [])[0] ?? {};
      if (condition && resolve(condition.condition ?? null) !== true) {
        throw new Error(condition.error_message as string);
      }
      if (count === undefined || resolve(count) !== 0) resources[type] = resolveBlock(block);
    }
  }
  const outputs = Object.entries(module.output).map(([name, [{ value }]]) => [name, value]);
  return { resources, outputs: resolveBlock(Object.fromEntries(outputs) as Block) };
}
