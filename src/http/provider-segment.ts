// Provider segments: the lower-case names of configured providers in paths.
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { ProviderName } from "../providers/provider.ts";

export const ProviderSegment = z
  .string()
  .regex(/^[a-z0-9]{1,20}$/, "Send a provider's name in lower case, like google.")
  .meta({ examples: ["google"] });

export const segmentOf = (name: ProviderName): string => name.toLowerCase();

/** @throws EngineError `provider_not_configured` for a provider that this deployment doesn't offer */
export function providerOf(deps: Pick<Deps, "providers">, segment: string): ProviderName {
  const name = deps.providers.names().find((known) => segmentOf(known) === segment);
  if (name !== undefined) return name;
  const offered = deps.providers.names().map(segmentOf).join(", ");
  throw new EngineError("provider_not_configured", `This deployment offers: ${offered}.`);
}
