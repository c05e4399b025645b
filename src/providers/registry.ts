// Registry: the providers this deployment is configured for.
import { EngineError } from "../domain/errors.ts";
import type { GoogleConfig } from "./google/auth.ts";
import { createGoogle } from "./google/index.ts";
import type { Provider, ProviderDeps, ProviderName } from "./provider.ts";

/** The registrations of this deployment; null where there is none. */
export interface ProvidersConfig {
  readonly google: GoogleConfig | null;
}

/** The configured providers by name. */
export interface Registry {
  /** @throws EngineError `provider_not_configured` */
  get(name: ProviderName): Provider;
  names(): ProviderName[];
}

/** Builds what is configured. */
export function createRegistry(config: ProvidersConfig, deps: ProviderDeps): Registry {
  const configured = config.google === null ? [] : [createGoogle(config.google, deps)];
  const providers = new Map(configured.map((provider) => [provider.name, provider]));
  return {
    get(name) {
      const provider = providers.get(name);
      if (provider !== undefined) return provider;
      throw new EngineError("provider_not_configured", `This deployment has no registration for ${name}.`);
    },
    names: () => [...providers.keys()],
  };
}
