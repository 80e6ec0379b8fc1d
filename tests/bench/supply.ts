import type { Work } from './pairs';

/** More than any round uses up. */
const ENOUGH = 500;

/**
 * A work that uses something up each time, such as a one-time code: a supply is created before each round.
 *
 * @param create creates this many.
 * @param use what is measured.
 */
export function withSupply<T>(
  create: (count: number) => Promise<T[]>,
  use: (item: T) => Promise<void>,
): Work {
  const supply: T[] = [];
  const work = () => {
    const item = supply.pop();
    if (item === undefined) throw new Error(`A round used up more than ${ENOUGH}.`);
    return use(item);
  };
  const prepare = async () => {
    supply.push(...(await create(ENOUGH - supply.length)));
  };
  return Object.assign(work, { prepare });
}
