// Return to: where a browser goes after an account was connected.

import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { BASE_PATH } from "./operation.ts";

/** An address to go back to, before `safeReturnTo` has judged it. */
export const ReturnTo = z.string("Send an address as text.").max(2_000, "Send at most 2000 characters.");

/**
 * Where to send the browser afterwards, as a full URL.
 * @throws EngineError `invalid_request` for a page that is neither ours nor of an allowed origin
 */
export function safeReturnTo(config: Deps["config"], returnTo: string): string {
  const target = URL.canParse(returnTo, config.baseUrl) ? new URL(returnTo, config.baseUrl) : null;
  const allowed = [new URL(config.baseUrl).origin, ...config.allowedOrigins];
  if (target !== null && allowed.includes(placeOf(target))) return target.href;
  const message = "Send a path of this service, or a page of an allowed origin.";
  throw new EngineError("invalid_request", `returnTo: ${message}`, {
    extra: { errors: [{ path: "returnTo", message }] },
  });
}

/**
 * Where a browser really goes: protocol, user name, password and host. `URL.origin` names the host inside of a `blob:`
 * address, and leaves out user name and password.
 */
function placeOf({ protocol, username, password, host }: URL): string {
  const user = username === "" && password === "" ? "" : `${username}:${password}@`;
  return `${protocol}//${user}${host}`;
}

/** The connect page, as a full URL. */
export const connectPage = (deps: Pick<Deps, "config">): string =>
  `${deps.config.baseUrl}${BASE_PATH}/connect`;

/** The URL with one query parameter set. */
export function withParam(url: string, name: string, value: string): string {
  const target = new URL(url);
  target.searchParams.set(name, value);
  return target.href;
}
