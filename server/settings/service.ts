import { withLease } from '../leases';
import type { SettingsChange } from '../admin-contract';
import {
  type UserPoolDomain,
  type Issuer,
  isOnLoopback,
  parseUserPoolDomain,
} from '../protocol/endpoints';
import { type Strapi, pluginConfig, usersPermissionsStore } from '../strapi';
import { serverUrl } from '../urls';
import type { CognitoConfig } from './config';
import { environmentConfig } from './environment-config';
import { isObject } from './schema';
import {
  type Deployment,
  type DetectedIssuers,
  type ProviderRow,
  type Settings,
  effectiveSettings,
} from './settings';

/** How long another instance's change may stay unseen here; ten seconds are promised. */
const KEPT_MS = 5_000;

export interface SettingsService {
  /** The settings in force. */
  current(): Promise<Settings>;
  /** Forgets what is kept: the next look reads the database. */
  invalidate(): void;
  /** Saves settings of the page, checked before; `null` forgets what was saved. */
  save(change: SettingsChange): Promise<void>;
  /** The settings as they would be with changes to the row of the Providers page. */
  preview(changes: ProviderRow): Promise<Settings>;
  /** Changes the row of the Providers page. */
  saveProvider(changes: ProviderRow): Promise<void>;
  /** Pins the issuer of a Host URI. */
  pinIssuer(host: UserPoolDomain, issuer: Issuer): Promise<void>;
  /** Forgets the issuer that was learned at the Host URI in force. */
  forgetIssuer(): Promise<void>;
}

/** This plugin's service `settings`. */
export const settingsService = (strapi: Strapi): SettingsService =>
  strapi.plugin('cognito').service<SettingsService>('settings');

/** What the plugin keeps in Strapi's store. */
type Key = 'settings' | 'issuers';

export function createSettingsService({ strapi }: { strapi: Strapi }): SettingsService {
  let kept: { settings: Promise<Settings>; until: number; isRead: boolean } | undefined;

  const store = (key: Key) => strapi.store({ type: 'plugin', name: 'cognito', key });
  let environment: CognitoConfig | undefined;

  const read = async (changes: ProviderRow = {}): Promise<Settings> => {
    const [grant, learned, saved] = await Promise.all([
      usersPermissionsStore(strapi, 'grant').get({}),
      store('issuers').get({}),
      store('settings').get({}),
    ]);
    const row = { ...(grant as { cognito?: ProviderRow } | null)?.cognito, ...changes };
    const config = pluginConfig<CognitoConfig>(strapi, 'cognito');
    environment ??= environmentConfig(strapi);
    const issuers = isObject(learned) ? (learned as DetectedIssuers) : {};
    const deployment = deploymentOf(strapi);
    return effectiveSettings(config, row, issuers, { saved, environment, deployment });
  };

  const invalidate = () => {
    kept = undefined;
  };

  /** Changes what the store has, while no other instance does. */
  const change = async (key: Key, changes: Record<string, unknown>): Promise<void> => {
    await withLease(strapi, [`store ${key}`], async () => {
      const stored: unknown = await store(key).get({});
      const entries = Object.entries({ ...(isObject(stored) ? stored : {}), ...changes });
      const value = Object.fromEntries(entries.filter(([, each]) => each !== null));
      await store(key).set({ value });
      return true;
    });
    invalidate();
  };

  return {
    current() {
      const isFresh = kept !== undefined && performance.now() < kept.until;
      if (kept && isFresh && kept.isRead) return kept.settings;
      // The read of another request may wait for the connection that the caller's transaction holds.
      if (strapi.db.inTransaction()) return read();
      if (kept && isFresh) return kept.settings;
      const reading = { settings: read(), until: performance.now() + KEPT_MS, isRead: false };
      kept = reading;
      reading.settings.then(
        () => {
          reading.isRead = true;
        },
        () => {
          // A failed read is not kept. Callers that wait for it get the error.
          if (kept === reading) kept = undefined;
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
        return true;
      });
      invalidate();
    },
    async pinIssuer(host, issuer) {
      await change('issuers', { [host.origin]: issuer.canonical });
      strapi.log.info(`[cognito] learned the issuer of ${host.origin}: ${issuer.canonical}`);
    },
    async forgetIssuer() {
      const { sources } = await this.current();
      const host = parseUserPoolDomain(sources.connection.domain.value ?? '');
      if (!host) return;
      await change('issuers', { [host.origin]: null });
      strapi.log.info(`[cognito] forgot what was learned of the issuer of ${host.origin}`);
    },
  };
}

/** Without `url` Strapi takes its address for one on loopback, which in production is only a guess. */
function deploymentOf(strapi: Strapi): Deployment {
  const production = process.env.NODE_ENV === 'production';
  const isGuess = (strapi.config.get<string | undefined>('server.url') ?? '') === '';
  return { production, onLoopback: isOnLoopback(serverUrl(strapi)) && !(production && isGuess) };
}

/**
 * A change saved on this instance is in force at once: every write to Strapi's store, where the
 * Providers page and the plugin keep what was saved, ends what is kept.
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
