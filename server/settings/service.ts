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
import { environmentConfig } from './sources';
import { isObject } from './schema';
import {
  type Deployment,
  type DetectedIssuers,
  type ProviderRow,
  type Settings,
  effectiveSettings,
} from './settings';

/** How long settings are cached: changes of other instances apply after about as long. In milliseconds. */
const CACHE_MS = 5_000;

export interface SettingsService {
  /** The settings that apply. */
  current(): Promise<Settings>;
  /** Clears the cache: the next call of `current` reads the database. */
  invalidate(): void;
  /** Saves settings of the page, checked before; `null` forgets what was saved. */
  save(change: SettingsChange): Promise<void>;
  /** The settings as they would be with changes to the row of the Providers page. */
  preview(changes: ProviderRow): Promise<Settings>;
  /** Changes the row of the Providers page. */
  saveProvider(changes: ProviderRow): Promise<void>;
  /** Saves the issuer that was detected at a Host URI. */
  saveDetectedIssuer(host: UserPoolDomain, issuer: Issuer): Promise<void>;
  /** Forgets the issuer that was detected at the current Host URI. */
  forgetIssuer(): Promise<void>;
}

/** This plugin's service `settings`. */
export const settingsService = (strapi: Strapi): SettingsService =>
  strapi.plugin('cognito').service<SettingsService>('settings');

/** What the plugin keeps in Strapi's store. */
type Key = 'settings' | 'issuers';

export function createSettingsService({ strapi }: { strapi: Strapi }): SettingsService {
  let cached: { settings: Promise<Settings>; until: number; isRead: boolean } | undefined;

  const store = (key: Key) => strapi.store({ type: 'plugin', name: 'cognito', key });
  let environment: CognitoConfig | undefined;

  const read = async (changes: ProviderRow = {}): Promise<Settings> => {
    const [grant, detected, saved] = await Promise.all([
      usersPermissionsStore(strapi, 'grant').get({}),
      store('issuers').get({}),
      store('settings').get({}),
    ]);
    const row = { ...(grant as { cognito?: ProviderRow } | null)?.cognito, ...changes };
    const config = pluginConfig<CognitoConfig>(strapi, 'cognito');
    environment ??= environmentConfig(strapi);
    const issuers = isObject(detected) ? (detected as DetectedIssuers) : {};
    const deployment = getDeployment(strapi);
    return effectiveSettings(config, row, issuers, { saved, environment, deployment });
  };

  const invalidate = () => {
    cached = undefined;
  };

  /** Changes what the store has, while no other instance does. */
  const change = async (key: Key, changes: Record<string, unknown>): Promise<void> => {
    await withLease(strapi, [`store ${key}`], async () => {
      const stored: unknown = await store(key).get({});
      const entries = Object.entries({ ...(isObject(stored) ? stored : {}), ...changes });
      const value = Object.fromEntries(entries.filter(([, each]) => each !== null));
      await store(key).set({ value });
    });
    invalidate();
  };

  return {
    current() {
      const isFresh = cached !== undefined && performance.now() < cached.until;
      if (cached && isFresh && cached.isRead) return cached.settings;
      // The read of another request may wait for the connection that the caller's transaction holds.
      if (strapi.db.inTransaction()) return read();
      if (cached && isFresh) return cached.settings;
      const reading = { settings: read(), until: performance.now() + CACHE_MS, isRead: false };
      cached = reading;
      reading.settings.then(
        () => {
          reading.isRead = true;
        },
        () => {
          // A failed read is not cached. Callers that wait for it get the error.
          if (cached === reading) cached = undefined;
        },
      );
      return reading.settings;
    },
    invalidate,
    save: (changes) => change('settings', changes),
    preview: (changes) => read(changes),
    async saveProvider(changes) {
      const grant = usersPermissionsStore(strapi, 'grant');
      await withLease(strapi, ['store grant'], async () => {
        const stored: unknown = await grant.get({});
        const rows = isObject(stored) ? stored : {};
        const row = isObject(rows.cognito) ? rows.cognito : {};
        await grant.set({ value: { ...rows, cognito: { ...row, ...changes } } });
      });
      invalidate();
    },
    async saveDetectedIssuer(host, issuer) {
      await change('issuers', { [host.origin]: issuer.canonical });
      strapi.log.info(`[cognito] detected the issuer of ${host.origin}: ${issuer.canonical}`);
    },
    async forgetIssuer() {
      const { sources } = await this.current();
      const host = parseUserPoolDomain(sources.connection.domain.value ?? '');
      if (!host) return;
      await change('issuers', { [host.origin]: null });
      strapi.log.info(`[cognito] forgot the detected issuer of ${host.origin}`);
    },
  };
}

/** Without `url` Strapi takes its address for one on loopback, which in production is only a guess. */
function getDeployment(strapi: Strapi): Deployment {
  const production = process.env.NODE_ENV === 'production';
  const isGuess = (strapi.config.get<string | undefined>('server.url') ?? '') === '';
  return {
    production,
    onLoopback: isBrowserLoopback(redirectUrl(strapi)) && !(production && isGuess),
  };
}

/**
 * A change saved on this instance applies at once: every write to Strapi's store, where the
 * Providers page and the plugin store what was saved, clears the cache.
 */
export function watchSettings(strapi: Strapi, settings: SettingsService): void {
  const invalidate = () => settings.invalidate();
  strapi.db.lifecycles.subscribe({
    models: ['strapi::core-store'],
    afterCreate: invalidate,
    afterUpdate: invalidate,
    afterDelete: invalidate,
  });
}
