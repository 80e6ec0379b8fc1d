import type { Work } from './pairs';

/** More than any round uses up. */
const ENOUGH = 500;

/**
 * A work that uses something up each time, such as a one-time code: a stock of it is made ready
 * before each round.
 *
 * @param make makes so many.
 * @param use what is measured.
 */
export function withStock<T>(
  make: (count: number) => Promise<T[]>,
  use: (item: T) => Promise<void>,
): Work {
  const stock: T[] = [];
  const work = () => {
    const item = stock.pop();
    if (item === undefined) throw new Error(`A round used up more than ${ENOUGH}.`);
    return use(item);
  };
  const prepare = async () => {
    stock.push(...(await make(ENOUGH - stock.length)));
  };
  return Object.assign(work, { prepare });
}
