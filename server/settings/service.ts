import type { HostUri, Issuer } from '../protocol/endpoints';
import { type Strapi, usersPermissionsStore } from '../strapi';
import type { CognitoConfig } from './config';
import {
  type LearnedIssuers,
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
  /** Pins the issuer of a Host URI. */
  pinIssuer(host: HostUri, issuer: Issuer): Promise<void>;
}

export function createSettingsService({ strapi }: { strapi: Strapi }): SettingsService {
  let kept: { settings: Promise<Settings>; until: number } | undefined;

  const learnedStore = () => strapi.store({ type: 'plugin', name: 'cognito', key: 'issuers' });

  const read = async (): Promise<Settings> => {
    const [grant, learned] = await Promise.all([
      usersPermissionsStore(strapi, 'grant').get({}),
      learnedStore().get({}),
    ]);
    const row = (grant as { cognito?: ProviderRow } | null)?.cognito ?? {};
    const config = strapi.config.get<CognitoConfig>('plugin.cognito', {});
    return effectiveSettings(config, row, (learned as LearnedIssuers | null) ?? {});
  };

  return {
    current() {
      if (kept && Date.now() < kept.until) return kept.settings;
      const reading = { settings: read(), until: Date.now() + KEPT_MS };
      kept = reading;
      reading.settings.catch(() => {
        // A read that failed is not kept; whoever waits for it gets the error.
        if (kept === reading) kept = undefined;
      });
      return reading.settings;
    },
    invalidate() {
      kept = undefined;
    },
    async pinIssuer(host, issuer) {
      const learned = ((await learnedStore().get({})) as LearnedIssuers | null) ?? {};
      await learnedStore().set({ value: { ...learned, [host.origin]: issuer.canonical } });
      strapi.log.info(`[cognito] learned the issuer of ${host.origin}: ${issuer.canonical}`);
    },
  };
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
