/** An error response of Strapi's admin API. */
export class AdminApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const providersPath = '/users-permissions/providers';

/** The requests that the admin panel makes. */
export class AdminApi {
  private token = '';

  constructor(private readonly url: string) {}

  /** Registers the first administrator, or logs in if there is one. */
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

  /** The settings of the Providers page, by the provider's name. */
  providers(): Promise<Record<string, Record<string, unknown>>> {
    return this.call('GET', providersPath);
  }

  /** Saves fields of one provider on the Providers page; everything else stays. */
  async saveProvider(name: string, fields: Record<string, unknown>): Promise<void> {
    const providers = await this.providers();
    const saved = { ...providers, [name]: { ...providers[name], ...fields } };
    await this.call('PUT', providersPath, { providers: saved });
  }

  /**
   * Calls the API as the administrator who logged in.
   * @throws AdminApiError for an error response.
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
    // Strapi's own routes wrap the body in `data`; those of plugins do not.
    return answer.data ?? (answer as Data);
  }
}
