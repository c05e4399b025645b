// Settings: an agent's decisions about their own time.
import { Hono } from "hono";
import * as z from "zod";
import { getSettings, putSettings } from "../availability/settings.ts";
import type { Deps } from "../deps.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { MaybeAgentId } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody, query } from "../http/validate.ts";
import { ChangedSettings, NewSettings, Settings, settingsFromWire, settingsToWire } from "./settings-wire.ts";

/** 400 days that differ, each with its hours, are larger than most bodies. */
const MAX_SETTINGS_BYTES = 256 * 1_024;

const read = operation({
  id: "getSettings",
  method: "get",
  path: "/settings",
  tag: "Settings",
  summary: "What the agent decided about their time",
  description: "An agent who has decided nothing yet has the defaults, once a calendar is connected.",
  access: "bearer",
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: { 200: { description: "The settings in force", schema: Settings } },
  errors: ["forbidden", "database_unavailable"],
});

const replace = operation({
  id: "putSettings",
  method: "put",
  path: "/settings",
  tag: "Settings",
  summary: "Replace the agent's settings",
  description:
    "All fields are sent, so that nothing is reset by being forgotten; overrides, limits and horizon that are left " +
    "out stay as they are. Acts at once, without a sync.",
  access: "bearer",
  query: z.strictObject({ agentId: MaybeAgentId }),
  body: NewSettings,
  maxBodyBytes: MAX_SETTINGS_BYTES,
  recorded: "always",
  answers: { 200: { description: "The settings in force now", schema: Settings } },
  errors: ["forbidden", "settings_changed", "agent_being_erased", "database_unavailable"],
});

const change = operation({
  id: "changeSettings",
  method: "patch",
  path: "/settings",
  tag: "Settings",
  summary: "Change some of the agent's settings",
  description: "What is named is stored; everything else stays as it is. Acts at once, without a sync.",
  access: "bearer",
  query: z.strictObject({ agentId: MaybeAgentId }),
  body: ChangedSettings,
  maxBodyBytes: MAX_SETTINGS_BYTES,
  recorded: "always",
  answers: { 200: { description: "The settings in force now", schema: Settings } },
  errors: ["forbidden", "settings_changed", "agent_being_erased", "database_unavailable"],
});

export const settingsOperations = [read, replace, change];

/** The routes of settings. */
export const settingsRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .get(read.path, auth.bearer, query(read.query), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      return c.json(settingsToWire(await getSettings(deps, { agentId })));
    })
    .put(replace.path, auth.bearer, query(replace.query), jsonBody, body(replace.body), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const { revision, ...wanted } = c.req.valid("json");
      const settings = settingsFromWire(wanted);
      return c.json(settingsToWire(await putSettings(deps, { agentId, settings, revision })));
    })
    .patch(change.path, auth.bearer, query(change.query), jsonBody, body(change.body), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const { revision, ...wanted } = c.req.valid("json");
      const settings = settingsFromWire(wanted);
      return c.json(settingsToWire(await putSettings(deps, { agentId, settings, revision })));
    });
