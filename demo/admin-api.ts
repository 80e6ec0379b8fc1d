/** An answer of Strapi's admin API that the demo cannot go on from. */
export class AdminApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const providersPath = '/users-permissions/providers';

/** What the admin panel does, without the panel. */
export class AdminApi {
  private token = '';

  constructor(private readonly url: string) {}

  /** Registers the first administrator; where there is one already, logs in. */
  async logIn(email: string, password: string): Promise<void> {
    const { hasAdmin } = await this.call<{ hasAdmin: boolean }>('GET', '/admin/init');
    const answer = hasAdmin
      ? await this.call<{ token: string }>('POST', '/admin/login', { email, password })
      : await this.call<{ token: string }>('POST', '/admin/register-admin', {
          firstname: 'Demo',
          lastname: 'Admin',
          email,
          password,
        });
    this.token = answer.token;
  }

  /** What the Providers page holds, by the provider's name. */
  providers(): Promise<Record<string, Record<string, unknown>>> {
    return this.call('GET', providersPath);
  }

  /** Fills in the fields of one provider on the Providers page; the others stay as they are. */
  async saveProvider(name: string, fields: Record<string, unknown>): Promise<void> {
    const providers = await this.providers();
    const saved = { ...providers, [name]: { ...providers[name], ...fields } };
    await this.call('PUT', providersPath, { providers: saved });
  }

  /**
   * One call, as the administrator who logged in.
   * @throws AdminApiError for an answer that is no success.
   */
  async call<Data>(method: string, path: string, body?: unknown): Promise<Data> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(this.token && { authorization: `Bearer ${this.token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { data?: Data; error?: { message: string } };
    if (!response.ok) {
      const reason = answer.error?.message ?? 'no reason given';
      throw new AdminApiError(response.status, `${method} ${path}: ${response.status}, ${reason}`);
    }
    // Strapi's own routes wrap what they say in `data`; those of plugins do not.
    return answer.data ?? (answer as Data);
  }
}
