import type { LoginRecord } from '../admin-contract';
import { LOGIN_RECORD, type Strapi, service } from '../strapi';

interface Row {
  readonly id: number;
  /** A big integer comes as text. */
  readonly at: string | number;
  readonly userId: number | null;
  readonly step: LoginRecord['step'];
  readonly outcome: string;
}

/**
 * How the last logins ended, newest first; those of another instance within a second or so.
 *
 * @returns the rows of a page (from 1), and how many there are.
 */
export async function listLogins(
  strapi: Strapi,
  { user, page, pageSize }: { user?: number; page: number; pageSize: number },
): Promise<{ rows: LoginRecord[]; total: number }> {
  await service(strapi, 'login-records').flush();
  const records = strapi.db.query(LOGIN_RECORD);
  const where = user === undefined ? {} : { userId: user };
  const [total, rows] = await Promise.all([
    records.count({ where }),
    records.findMany({
      where,
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      offset: (page - 1) * pageSize,
      limit: pageSize,
    }) as Promise<Row[]>,
  ]);
  return {
    total,
    rows: rows.map(({ id, at, userId, step, outcome }) => ({
      id,
      at: new Date(Number(at)).toISOString(),
      user: userId,
      step,
      outcome,
    })),
  };
}
