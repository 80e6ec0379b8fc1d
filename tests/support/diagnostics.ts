import type { CheckId, CheckResult, Diagnostics } from '../../server/admin-contract';
import type { StrapiUnderTest } from './strapi';

/** An admin who checks the connection, as the page and a script do. */
export class Checker {
  /** All that was ever answered, as text. */
  readonly answers: string[] = [];

  constructor(
    private readonly strapi: StrapiUnderTest,
    private readonly token: string,
  ) {}

  /** What one address of the diagnostics answers. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const authorization = `Bearer ${this.token}`;
    const response = await fetch(`${this.strapi.url}/cognito/diagnostics${path}`, {
      headers: { authorization, ...headers },
    });
    this.answers.push(await response.clone().text());
    return response;
  }

  async all(headers: Record<string, string> = {}): Promise<Diagnostics> {
    return (await (await this.get('', headers)).json()) as Diagnostics;
  }

  /**
   * What one check finds.
   * @throws Error where it is not the same among all.
   */
  async one(id: CheckId, headers: Record<string, string> = {}): Promise<CheckResult> {
    const alone = (await (await this.get(`/${id}`, headers)).json()) as CheckResult;
    const { checks } = await this.all(headers);
    const amongAll = checks.find((each) => each.id === id);
    if (amongAll?.code !== alone.code) {
      throw new Error(`${id} is ${alone.code} alone, and ${String(amongAll?.code)} among all`);
    }
    return alone;
  }

  /** The codes of some checks, in one run. */
  async codes(...ids: CheckId[]): Promise<string[]> {
    const { checks } = await this.all();
    return ids.map((id) => checks.find((each) => each.id === id)?.code ?? 'missing');
  }
}
