// Tenants: who may sign in at which path (`docs/providers/microsoft.md` B.1, B.1.4).
import { type MicrosoftState, PERSONAL_TENANT, type SimulatedUser } from "./state.ts";

/** Does this tenant exist? Names are `common`, `organizations`, `consumers` or a tenant's id. */
export function isTenant(state: MicrosoftState, tenant: string): boolean {
  if (["common", "organizations", "consumers", PERSONAL_TENANT].includes(tenant)) return true;
  return [...state.users.values()].some(({ tid }) => tid === tenant);
}

/** The AADSTS code that keeps a user out of a tenant's endpoint; null when the user may enter. */
export function refusalOf(user: SimulatedUser, tenant: string): number | null {
  if (tenant === "common" || tenant === user.tid) return null;
  if (tenant === "consumers") return user.kind === "personal" ? null : 9002331;
  if (tenant === "organizations") return user.kind === "work" ? null : 500200;
  return 50020;
}
