// Registry: the providers that this deployment is configured for.
import { EngineError } from "../domain/errors.ts";
import { createApple, createCaldav } from "./caldav/index.ts";
import type { GoogleConfig } from "./google/auth.ts";
import { createGoogle } from "./google/index.ts";
import type { MicrosoftConfig } from "./microsoft/auth.ts";
import { createOffice365, createOutlook } from "./microsoft/index.ts";
import type { Provider, ProviderDeps, ProviderName } from "./provider.ts";

/** The registrations of this deployment, null where there is none; Apple and CalDAV need none. */
export interface ProvidersConfig {
  readonly google: GoogleConfig | null;
  readonly outlook: MicrosoftConfig | null;
  readonly office365: MicrosoftConfig | null;
  readonly apple: Parameters<typeof createApple>[0];
  readonly caldav: Parameters<typeof createCaldav>[0];
}

/** The configured providers by name. */
export interface Registry {
  /** @throws EngineError `provider_not_configured` */
  get(name: ProviderName): Provider;
  /**
   * The provider that reads notifications at this webhook address; any one of those that share it.
   * @throws EngineError `provider_not_configured`
   */
  byWebhook(segment: string): Provider;
  names(): ProviderName[];
}

/** Builds the configured providers. */
export function createRegistry(config: ProvidersConfig, deps: ProviderDeps): Registry {
  const configured = [
    config.google && createGoogle(config.google, deps),
    config.outlook && createOutlook(config.outlook, deps),
    config.office365 && createOffice365(config.office365, deps),
    createApple(config.apple, deps),
    createCaldav(config.caldav, deps),
  ].filter((provider) => provider !== null);
  const providers = new Map(configured.map((provider) => [provider.name, provider]));
  const found = (provider: Provider | undefined, what: string): Provider => {
    if (provider !== undefined) return provider;
    throw new EngineError("provider_not_configured", `This deployment has no registration for ${what}.`);
  };
  return {
    get: (name) => found(providers.get(name), name),
    byWebhook: (segment) =>
      found(
        configured.find(({ webhook }) => webhook === segment),
        "such notifications",
      ),
    names: () => [...providers.keys()],
  };
}
