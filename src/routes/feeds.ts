// Feeds: secret addresses of an agent's bookings as iCalendar, for calendars that subscribe to them.
import { Hono } from "hono";
import * as z from "zod";
import { makeFeed, openFeed, revokeFeed } from "../bookings/feeds.ts";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { LINK_SECRET } from "../encoding/link-secret.ts";
import { type ApiEnv, type Auth, agentFor, ownedBy } from "../http/auth.ts";
import { identifier, MaybeAgentId, TimeText } from "../http/fields.ts";
import { BASE_PATH, operation } from "../http/operation.ts";
import { body, jsonBody, params, query } from "../http/validate.ts";
import { type FeedRow, listFeeds } from "../store/agents/feeds.ts";

const Shows = z
  .enum(["details", "busy"], 'Send "details" or "busy".')
  .describe("details: with titles, places, texts and clients. busy: times only.");

const Feed = z
  .strictObject({
    id: z.string().describe("The feed's id."),
    agentId: z.string(),
    shows: Shows,
    createdAt: TimeText,
  })
  .meta({ id: "Feed" });

const create = operation({
  id: "createFeed",
  method: "post",
  path: "/feeds",
  tag: "Bookings",
  summary: "Make a secret address of the agent's bookings, for calendars that subscribe to it",
  description:
    "Whoever has the address reads the bookings until the feed is revoked, so give it to the agent alone. Google, " +
    "Outlook and Apple look at it when they like, often hours later: bookings are written into connected calendars at " +
    "once instead. Don't connect a calendar that shows a feed: it would block what was moved or cancelled. An agent " +
    "may have 20 feeds.",
  access: "bearer",
  body: z.strictObject({ agentId: MaybeAgentId, shows: Shows.default("details") }),
  recorded: "always",
  answers: {
    201: {
      description: "The feed. Its secret is kept nowhere, so the address can't be asked for again",
      schema: z.strictObject({
        feed: Feed.describe("The feed."),
        url: z.string().meta({ format: "uri", description: "The secret address." }),
      }),
    },
  },
  errors: ["agent_being_erased", "forbidden", "too_many_feeds", "database_unavailable"],
});

const list = operation({
  id: "listFeeds",
  method: "get",
  path: "/feeds",
  tag: "Bookings",
  summary: "The agent's feeds, without their addresses",
  description: "An address is shown once, when it is made. What was revoked isn't listed.",
  access: "bearer",
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: { 200: { description: "All of them", schema: z.strictObject({ feeds: z.array(Feed) }) } },
  errors: ["forbidden", "database_unavailable"],
});

const revoke = operation({
  id: "revokeFeed",
  method: "delete",
  path: "/feeds/:id",
  tag: "Bookings",
  summary: "Revoke a feed: its address opens nothing any longer",
  description: "For good; repeating it is safe. Calendars that subscribed to it show what they last read.",
  access: "bearer",
  params: z.strictObject({ id: identifier("feed's id").describe("The feed's id.") }),
  recorded: "always",
  answers: { 204: { description: "Revoked" } },
  errors: ["feed_not_found", "database_unavailable"],
});

const SUFFIX = ".ics";

const read = operation({
  id: "readFeed",
  method: "get",
  path: "/feed/:file",
  tag: "Bookings",
  summary: "An agent's bookings as iCalendar",
  description:
    "Confirmed bookings that end later than 31 days ago, at most 1000, in UTC. Send If-None-Match with the ETag of the " +
    "last answer: 304 says that nothing has changed.",
  access: "open",
  params: z.strictObject({
    file: z
      .string()
      .refine(
        (file) => file.endsWith(SUFFIX) && LINK_SECRET.test(file.slice(0, -SUFFIX.length)),
        "Send the address as it was given.",
      )
      .describe("The feed's secret, and .ics."),
  }),
  headers: z.object({
    "if-none-match": z.string().optional().describe("The ETag of the answer that the caller has."),
  }),
  answers: {
    200: { description: "The calendar", type: "text/calendar" },
    304: { description: "It is as If-None-Match says" },
  },
  errors: ["feed_not_found", "database_unavailable"],
});

export const feedOperations = [create, list, revoke, read];

const toWire = ({ id, agentId, shows, createdAt }: Omit<FeedRow, "revokedAt">): z.input<typeof Feed> => ({
  ...{ id, agentId, shows },
  createdAt: formatInstant(createdAt),
});

/** Is it one of the tags that the reader has? A proxy that compresses the answer makes the tag a weak one. */
const isKnown = (tag: string, ifNoneMatch: string | undefined): boolean =>
  (ifNoneMatch ?? "").split(",").some((part) => ["*", tag].includes(part.trim().replace(/^W\//, "")));

/** The routes of feeds. */
export const feedRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .post(create.path, auth.bearer, jsonBody, body(create.body), async (c) => {
      const { agentId, shows } = c.req.valid("json");
      const made = await makeFeed(deps, { agentId: agentFor(c.get("caller"), agentId), shows });
      c.header("Cache-Control", "no-store");
      const url = `${deps.config.baseUrl}${BASE_PATH}/feed/${made.secret}${SUFFIX}`;
      return c.json({ feed: toWire(made.feed), url }, 201);
    })
    .get(list.path, auth.bearer, query(list.query), async (c) => {
      const feeds = await listFeeds(deps.db, agentFor(c.get("caller"), c.req.valid("query").agentId));
      return c.json({ feeds: feeds.map(toWire) });
    })
    .delete(revoke.path, auth.bearer, params(revoke.params), async (c) => {
      const { id } = c.req.valid("param");
      const { agentId } = await revokeFeed(deps, { id, ownedBy: ownedBy(c.get("caller")) });
      c.set("actAgentId", agentId);
      return c.body(null, 204);
    })
    .get(read.path, params(read.params), async (c) => {
      const secret = c.req.valid("param").file.slice(0, -SUFFIX.length);
      const feed = await openFeed(deps, { secret });
      const tag = `"${feed.tag}"`;
      c.header("ETag", tag);
      // Kept by its reader alone, who asks each time whether it still holds.
      c.header("Cache-Control", "private, no-cache");
      if (isKnown(tag, c.req.header("if-none-match"))) return c.body(null, 304);
      c.header("Content-Type", "text/calendar; charset=utf-8");
      c.header("Content-Disposition", 'inline; filename="bookings.ics"');
      return c.body(await feed.compose());
    });
