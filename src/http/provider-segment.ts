// Provider segments: the lower-case names of configured providers in paths.
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { PROVIDER_NAMES, type ProviderName } from "../providers/provider.ts";

export const segmentOf = (name: ProviderName): string => name.toLowerCase();

/**
 * A name in a path, in lower case. The document lists `segments`; whether this deployment offers what was sent is asked
 * later, because its answer is another one.
 */
export const segment = (segments: readonly string[], description: string) =>
  z
    .string()
    .regex(/^[a-z0-9]{1,20}$/, "Send a provider's name in lower case, like google.")
    .meta({ enum: segments, description });

/** Some providers' names in a path. */
export const providerSegment = (names: readonly ProviderName[]) =>
  segment(names.map(segmentOf), "The provider's name in lower case.");

/** A provider in answers. */
export const Provider = z.enum(PROVIDER_NAMES);

/** @throws EngineError `provider_not_configured` for a provider that this deployment doesn't offer */
export function providerOf(deps: Pick<Deps, "providers">, segment: string): ProviderName {
  const name = deps.providers.names().find((known) => segmentOf(known) === segment);
  if (name !== undefined) return name;
  const offered = deps.providers.names().map(segmentOf).join(", ");
  throw new EngineError("provider_not_configured", `This deployment offers: ${offered}.`);
}
