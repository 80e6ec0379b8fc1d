import type { CheckId, CheckResult, Diagnostics } from '../../server/admin-contract';
import type { StrapiUnderTest } from './strapi';

/** An admin who checks the connection, as the page and a script do. */
export class Checker {
  /** The texts of all responses so far. */
  readonly answers: string[] = [];

  constructor(
    private readonly strapi: StrapiUnderTest,
    private readonly token: string,
  ) {}

  /** GET of a path of the diagnostics. */
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
   * Runs one check.
   * @throws Error when the run of all checks has another result for it.
   */
  async one(id: CheckId, headers: Record<string, string> = {}): Promise<CheckResult> {
    const single = (await (await this.get(`/${id}`, headers)).json()) as CheckResult;
    const { checks } = await this.all(headers);
    const listed = checks.find((each) => each.id === id);
    if (listed?.code !== single.code) {
      throw new Error(
        `${id} is ${single.code} by itself, but ${String(listed?.code)} in a run of all`,
      );
    }
    return single;
  }

  /** The codes of some checks, from one run. */
  async codes(...ids: CheckId[]): Promise<string[]> {
    const { checks } = await this.all();
    return ids.map((id) => checks.find((each) => each.id === id)?.code ?? 'missing');
  }
}
