import { runInNewContext } from 'node:vm';
import { parse } from '@cdktn/hcl2json';

/** A value as HCL has it; expressions are strings in `${…}`. */
type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
type Block = Record<string, Value>;

/** A module, as its JSON form has it. */
export interface Module {
  variable: Record<string, [{ default?: Value; description?: string }]>;
  data: Record<string, Record<string, [Block]>>;
  resource: Record<string, Record<string, [Block]>>;
  output: Record<string, [{ description: string; value: Value }]>;
  terraform: [{ required_providers: [Record<string, Block>] }];
}

/** What a module comes to with given variables. */
export interface Evaluated {
  /** By their types. */
  resources: Record<string, Block>;
  outputs: Block;
}

/** @throws {Error} where the text is no HCL. */
export async function parseModule(text: string): Promise<Module> {
  return (await parse('main.tf', text)) as unknown as Module;
}

/** An attribute of a resource that is known only to AWS, as a text that names it. */
const unknown = (...path: string[]): unknown =>
  new Proxy(
    {},
    {
      get: (_, key) =>
        key === Symbol.toPrimitive ? () => `<${path.join('.')}>` : unknown(...path, String(key)),
    },
  );

/**
 * What the module comes to. What it says in expressions is little enough to be JavaScript as well.
 *
 * @throws {Error} where a variable has no value, one that may not be, or a precondition does not hold.
 */
export function evaluate(module: Module, given: Record<string, Value>): Evaluated {
  const variables: Record<string, Value> = {};
  for (const [name, [{ default: value }]] of Object.entries(module.variable)) {
    const chosen = given[name] ?? value;
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
    // Texts within it may hold expressions of their own.
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
