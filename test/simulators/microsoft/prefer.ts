// Prefer: id form, zone and page size, and which of them were applied (`docs/providers/microsoft.md` B.2).
import { badRequest } from "./errors.ts";
import { ianaZone } from "./zones.ts";

/** The preferences of a request. */
export interface Preferences {
  readonly immutable: boolean;
  /** The zone that the caller named; UTC when none is named. */
  readonly zone: string;
  /** `odata.maxpagesize`; null when it isn't given. */
  readonly pageSize: number | null;
  /** The value of Preference-Applied; null for none. */
  readonly applied: string | null;
}

/** Reads Prefer. Unknown preferences are ignored, as by Graph. */
export function readPreferences(header: string | undefined): Preferences {
  const wanted = new Map<string, string>();
  for (const [, name = "", quoted, bare] of (header ?? "").matchAll(
    /([\w.-]+)\s*=\s*(?:"([^"]*)"|([^,\s;]+))/g,
  )) {
    wanted.set(name.toLowerCase(), quoted ?? bare ?? "");
  }
  const zone = wanted.get("outlook.timezone");
  if (zone !== undefined && ianaZone(zone) === null) {
    throw badRequest(`The time zone '${zone}' is not supported.`, "TimeZoneNotSupportedException");
  }
  const size = wanted.get("odata.maxpagesize");
  if (size !== undefined && !/^[1-9]\d{0,4}$/.test(size)) {
    throw badRequest(`The value of odata.maxpagesize is invalid: ${size}`, "ErrorInvalidParameter");
  }
  const immutable = wanted.get("idtype")?.toLowerCase() === "immutableid";
  const applied = [
    ...(zone === undefined ? [] : [`outlook.timezone="${zone}"`]),
    ...(size === undefined ? [] : [`odata.maxpagesize=${size}`]),
    ...(immutable ? ['IdType="ImmutableId"'] : []),
  ];
  return {
    immutable,
    zone: zone ?? "UTC",
    pageSize: size === undefined ? null : Number(size),
    applied: applied.length === 0 ? null : applied.join(", "),
  };
}
