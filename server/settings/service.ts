import { withLease } from '../leases';
import type { SettingsChange } from '../admin-contract';
import {
  type UserPoolDomain,
  type Issuer,
  isBrowserLoopback,
  parseUserPoolDomain,
} from '../protocol/endpoints';
import { type Strapi, pluginConfig, usersPermissionsStore } from '../strapi';
import { redirectUrl } from '../urls';
import type { CognitoConfig } from './config';
import { isObject } from './schema';
import {
  type Deployment,
  type DetectedIssuers,
  type ProviderRow,
  type Settings,
  effectiveSettings,
} from './settings';

/** How long settings are cached, in milliseconds. Changes on other instances apply after about this time. */
const CACHE_MS = 5_000;

/** This plugin's service `settings`. */
export const settingsService = (strapi: Strapi): SettingsService =>
  strapi.plugin('cognito').service<SettingsService>('settings');

type Key = 'settings' | 'issuers';

/** Reads the settings that apply, and changes the stored ones. */
export class SettingsService {
  private cached: { settings: Promise<Settings>; until: number; isRead: boolean } | undefined;

  constructor(private readonly strapi: Strapi) {}

  current(): Promise<Settings> {
    const { cached } = this;
    const inTransaction = this.strapi.db.inTransaction();
    // The read of another request may wait for the connection that the caller's transaction holds.
    if (cached && performance.now() < cached.until && (cached.isRead || !inTransaction)) {
      return cached.settings;
    }
    const settings = this.preview();
    if (inTransaction) return settings;
    const reading = { settings, until: performance.now() + CACHE_MS, isRead: false };
    this.cached = reading;
    settings.then(
      () => {
        reading.isRead = true;
      },
      () => {
        // A failed read is not cached. Callers that wait for it get the error.
        if (this.cached === reading) this.invalidate();
      },
    );
    return settings;
  }

  invalidate(): void {
    this.cached = undefined;
  }

  /** Reads the settings as they would be with changes to the row of the Providers page. */
  async preview(changes: ProviderRow = {}): Promise<Settings> {
    const { strapi } = this;
    const [grant, detected, saved] = await Promise.all([
      usersPermissionsStore(strapi, 'grant').get({}),
      this.store('issuers').get({}),
      this.store('settings').get({}),
    ]);
    const row = { ...(grant as { cognito?: ProviderRow } | null)?.cognito, ...changes };
    const config = pluginConfig<CognitoConfig>(strapi, 'cognito');
    const issuers = isObject(detected) ? (detected as DetectedIssuers) : {};
    return effectiveSettings(config, row, issuers, { saved, deployment: getDeployment(strapi) });
  }

  /** Saves settings of the page, which must be checked before. `null` deletes the saved value. */
  save(change: SettingsChange): Promise<void> {
    return this.change('settings', change);
  }

  async saveProvider(changes: ProviderRow): Promise<void> {
    const grant = usersPermissionsStore(this.strapi, 'grant');
    await withLease(this.strapi, ['store grant'], async () => {
      const stored: unknown = await grant.get({});
      const rows = isObject(stored) ? stored : {};
      const row = isObject(rows.cognito) ? rows.cognito : {};
      await grant.set({ value: { ...rows, cognito: { ...row, ...changes } } });
    });
  }

  /** Saves the issuer that was detected at a Host URI. If that fails, the next login detects it again. */
  async saveDetectedIssuer({ origin }: UserPoolDomain, { canonical }: Issuer): Promise<void> {
    const { log } = this.strapi;
    try {
      await this.change('issuers', { [origin]: canonical });
      log.info(`[cognito] detected the issuer of ${origin}: ${canonical}`);
    } catch (error) {
      log.warn(`[cognito] could not store the detected issuer: ${String(error)}`);
    }
  }

  /** Forgets the issuer that was detected at the current Host URI. */
  async forgetIssuer(): Promise<void> {
    const { sources } = await this.current();
    const host = parseUserPoolDomain(sources.connection.domain.value ?? '');
    if (!host) return;
    await this.change('issuers', { [host.origin]: null });
    this.strapi.log.info(`[cognito] forgot the detected issuer of ${host.origin}`);
  }

  private store(key: Key) {
    return this.strapi.store({ type: 'plugin', name: 'cognito', key });
  }

  /** Changes a value in the store, while no other instance does. */
  private async change(key: Key, changes: Record<string, unknown>): Promise<void> {
    await withLease(this.strapi, [`store ${key}`], async () => {
      const stored: unknown = await this.store(key).get({});
      const entries = Object.entries({ ...(isObject(stored) ? stored : {}), ...changes });
      const value = Object.fromEntries(entries.filter(([, each]) => each !== null));
      await this.store(key).set({ value });
    });
  }
}

/** Without `url`, Strapi assumes that its address is on loopback, which is only a guess in production. */
function getDeployment(strapi: Strapi): Deployment {
  const production = process.env.NODE_ENV === 'production';
  const isGuess = (strapi.config.get<string | undefined>('server.url') ?? '') === '';
  return {
    production,
    onLoopback: isBrowserLoopback(redirectUrl(strapi)) && !(production && isGuess),
  };
}

/** Clears the cache at every write to Strapi's store, so that a change saved on this instance applies at once. */
export function watchSettings(strapi: Strapi, settings: SettingsService): void {
  const invalidate = () => settings.invalidate();
  strapi.db.lifecycles.subscribe({
    models: ['strapi::core-store'],
    afterCreate: invalidate,
    afterUpdate: invalidate,
    afterDelete: invalidate,
  });
}
