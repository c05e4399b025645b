// The app: middleware and routes in reading order.
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import type { Deps } from "./deps.ts";
import { EngineError } from "./domain/errors.ts";
import { actLog } from "./http/act-log.ts";
import { type ApiEnv, createAuth } from "./http/auth.ts";
import { corsOf } from "./http/cors.ts";
import { limitByAddress } from "./http/limit-by-address.ts";
import { matchedOperation } from "./http/matched-operation.ts";
import { notFound } from "./http/not-found.ts";
import { BASE_PATH, MAX_BODY_BYTES, type Operation } from "./http/operation.ts";
import { requestLog } from "./http/request-log.ts";
import { wellFormedAddress } from "./http/validate.ts";
import { calendarRoutes } from "./pages/connect/calendar-routes.tsx";
import { connectLinkPageOperations, connectLinkPageRoutes } from "./pages/connect/link-routes.tsx";
import { connectOperations } from "./pages/connect/operations.ts";
import { providerAuthOperations } from "./pages/connect/provider-auth-operations.ts";
import { providerAuthRoutes } from "./pages/connect/provider-auth-routes.tsx";
import { connectRoutes } from "./pages/connect/routes.tsx";
import { dataOperations } from "./pages/data/operations.ts";
import { dataRoutes } from "./pages/data/routes.tsx";
import { docsOperations, docsRoutes, TRY_PATH } from "./pages/docs/docs-routes.tsx";
import { chooseLanguage, detectLanguage } from "./pages/frame.ts";
import { CONNECT_PATH } from "./pages/navigation.ts";
import { opsOperations } from "./pages/ops/operations.ts";
import { opsRoutes } from "./pages/ops/routes.tsx";
import { answerOnPage } from "./pages/problem.tsx";
import { reportOperations, reportRoutes } from "./pages/report/routes.tsx";
import { SCRIPT_PATH } from "./pages/script.ts";
import { sessionOperations, sessionRoutes } from "./pages/session-routes.tsx";
import { settingsPageOperations } from "./pages/settings/operations.ts";
import { settingsPageRoutes } from "./pages/settings/routes.tsx";
import { weekOperations } from "./pages/week/operations.ts";
import { weekRoutes } from "./pages/week/routes.tsx";
import { accountOperations, accountRoutes } from "./routes/accounts.ts";
import { agentOperations, agentRoutes } from "./routes/agents.ts";
import { analyticsOperations, analyticsRoutes } from "./routes/analytics.ts";
import { auditOperations, auditRoutes } from "./routes/audit.ts";
import { availabilityOperations, availabilityRoutes } from "./routes/availability.ts";
import { bulkOperations, bulkRoutes } from "./routes/bulk.ts";
import { busyOperations, busyRoutes } from "./routes/busy.ts";
import { clientOperations, clientRoutes } from "./routes/clients.ts";
import { connectLinkOperations, connectLinkRoutes } from "./routes/connect-links.ts";
import { connectionOperations, connectionRoutes } from "./routes/connections.ts";
import { eventListOperations, eventListRoutes } from "./routes/event-list.ts";
import { eventOperations, eventRoutes } from "./routes/events.ts";
import { failureOperations, failureRoutes } from "./routes/failures.ts";
import { feedOperations, feedRoutes } from "./routes/feeds.ts";
import { groupOperations, groupRoutes } from "./routes/groups.ts";
import { healthOperations, healthRoutes } from "./routes/health.ts";
import { holdOperations, holdRoutes } from "./routes/holds.ts";
import { mcpOperations, mcpRoutes } from "./routes/mcp.ts";
import { noticeOperations, noticeRoutes } from "./routes/notices.ts";
import { oauthOperations, oauthRoutes } from "./routes/oauth.ts";
import { settingsOperations, settingsRoutes } from "./routes/settings.ts";
import { slotOperations, slotRoutes } from "./routes/slots.ts";
import { syncOperations, syncRoutes } from "./routes/sync.ts";
import { unreadableOperations, unreadableRoutes } from "./routes/unreadable.ts";
import { webhookOperations, webhookRoutes } from "./routes/webhooks.ts";

/** Every operation of the app. The OpenAPI document, the docs page and the 405 answers are made from it. */
export const OPERATIONS: readonly Operation[] = [
  ...connectionOperations,
  ...unreadableOperations,
  ...accountOperations,
  ...connectLinkOperations,
  ...providerAuthOperations,
  ...oauthOperations,
  ...syncOperations,
  ...availabilityOperations,
  ...slotOperations,
  ...busyOperations,
  ...eventOperations,
  ...eventListOperations,
  ...bulkOperations,
  ...groupOperations,
  ...holdOperations,
  ...mcpOperations,
  ...feedOperations,
  ...settingsOperations,
  ...analyticsOperations,
  ...failureOperations,
  ...noticeOperations,
  ...auditOperations,
  ...agentOperations,
  ...clientOperations,
  ...webhookOperations,
  ...connectLinkPageOperations,
  ...connectOperations,
  ...settingsPageOperations,
  ...weekOperations,
  ...dataOperations,
  ...reportOperations,
  ...opsOperations,
  ...sessionOperations,
  ...healthOperations,
  ...docsOperations,
];

const MAX_REQUEST_ID = 64;
const MAX_WEBHOOK_BYTES = 256 * 1_024;

function limited(maxSize: number): MiddlewareHandler<ApiEnv> {
  const refuse = () => {
    throw new EngineError("body_too_large", `Send at most ${maxSize / 1_024} KiB in one request.`);
  };
  const counted = bodyLimit({ maxSize, onError: refuse });
  return (c, next) => {
    // A length that is said needs no look at the body, which would make a stream of it.
    const length = c.req.header("content-length");
    if (length === undefined || c.req.header("transfer-encoding") !== undefined) return counted(c, next);
    return Number.parseInt(length, 10) > maxSize ? refuse() : next();
  };
}

const limitedBody = limited(MAX_BODY_BYTES);
const limitedWebhook = limited(MAX_WEBHOOK_BYTES);
const limitedByPath = new Map(
  OPERATIONS.flatMap(({ path, maxBodyBytes }) =>
    maxBodyBytes === undefined ? [] : [[BASE_PATH + path, limited(maxBodyBytes)] as const],
  ),
);

const limitFor = (path: string) =>
  path.startsWith(`${BASE_PATH}/webhooks/`) ? limitedWebhook : (limitedByPath.get(path) ?? limitedBody);

/**
 * Pages load nothing from elsewhere but the marketplace's logo, and run no script but the one, which asks for nothing but
 * the agent's pages; nobody may frame them.
 */
const headersWith = (
  { baseUrl, allowedOrigins, brand: { logoUrl } }: Deps["config"],
  more: Readonly<Record<string, string[]>> = {},
) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: [baseUrl + BASE_PATH + SCRIPT_PATH],
      connectSrc: [baseUrl + CONNECT_PATH, `${baseUrl}${CONNECT_PATH}/`],
      ...(logoUrl === null ? {} : { imgSrc: [new URL(logoUrl).origin] }),
      // Browsers apply this to a form's redirect, too, which may lead back to an allowed origin.
      formAction: ["'self'", ...allowedOrigins],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      ...more,
    },
    // Not "no-referrer": browsers then send "Origin: null" with forms, which the CSRF check needs.
    referrerPolicy: "same-origin",
  });

/** The page for trying calls is swagger-ui: its script comes from here, asks only this service, and draws some pictures. */
function headersOfAll(config: Deps["config"]): MiddlewareHandler<ApiEnv> {
  const usual = headersWith(config);
  const withScript = headersWith(config, {
    scriptSrc: ["'self'"],
    connectSrc: ["'self'", new URL(config.baseUrl).origin],
    imgSrc: ["'self'", "data:"],
  });
  return (c, next) => (c.req.path === BASE_PATH + TRY_PATH ? withScript : usual)(c, next);
}

/** The HTTP interface of the engine. */
export function createApp(deps: Deps) {
  const auth = createAuth(deps);
  const { allowedOrigins } = deps.config;
  const app = new Hono<ApiEnv>()
    .use(requestId({ limitLength: MAX_REQUEST_ID, generator: () => deps.newId() }))
    .use(requestLog(deps))
    .use(headersOfAll(deps.config))
    .use(corsOf(allowedOrigins))
    .use(matchedOperation(OPERATIONS))
    .use(detectLanguage)
    .use(limitByAddress(deps))
    .use((c, next) => limitFor(c.req.path)(c, next))
    .use(wellFormedAddress)
    .use(chooseLanguage(deps))
    .use(actLog(deps))
    .route(BASE_PATH, connectionRoutes(deps, auth))
    .route(BASE_PATH, unreadableRoutes(deps, auth))
    .route(BASE_PATH, accountRoutes(deps, auth))
    .route(BASE_PATH, connectLinkRoutes(deps, auth))
    .route(BASE_PATH, providerAuthRoutes(deps, auth))
    .route(BASE_PATH, oauthRoutes(deps))
    .route(BASE_PATH, syncRoutes(deps, auth))
    .route(BASE_PATH, availabilityRoutes(deps, auth))
    .route(BASE_PATH, slotRoutes(deps, auth))
    .route(BASE_PATH, busyRoutes(deps, auth))
    .route(BASE_PATH, bulkRoutes(deps, auth))
    .route(BASE_PATH, groupRoutes(deps, auth))
    .route(BASE_PATH, eventRoutes(deps, auth))
    .route(BASE_PATH, eventListRoutes(deps, auth))
    .route(BASE_PATH, holdRoutes(deps, auth))
    .route(
      BASE_PATH,
      mcpRoutes(deps, auth, OPERATIONS, async (request): Promise<Response> => app.fetch(request)),
    )
    .route(BASE_PATH, feedRoutes(deps, auth))
    .route(BASE_PATH, settingsRoutes(deps, auth))
    .route(BASE_PATH, analyticsRoutes(deps, auth))
    .route(BASE_PATH, failureRoutes(deps, auth))
    .route(BASE_PATH, noticeRoutes(deps, auth))
    .route(BASE_PATH, auditRoutes(deps, auth))
    .route(BASE_PATH, agentRoutes(deps, auth))
    .route(BASE_PATH, clientRoutes(deps, auth))
    .route(BASE_PATH, webhookRoutes(deps))
    .route(BASE_PATH, connectLinkPageRoutes(deps))
    .route(BASE_PATH, connectRoutes(deps, auth))
    .route(BASE_PATH, settingsPageRoutes(deps, auth))
    .route(BASE_PATH, weekRoutes(deps, auth))
    .route(BASE_PATH, calendarRoutes(deps, auth))
    .route(BASE_PATH, dataRoutes(deps, auth))
    .route(BASE_PATH, reportRoutes(deps, auth))
    .route(BASE_PATH, opsRoutes(deps, auth))
    .route(BASE_PATH, sessionRoutes(deps))
    .route(BASE_PATH, healthRoutes(deps, OPERATIONS))
    .route(BASE_PATH, docsRoutes(deps, OPERATIONS))
    .onError(answerOnPage(deps))
    .notFound(notFound(OPERATIONS));
  return app;
}

/** For a typed client: `hc<AppType>(url)`. */
export type AppType = ReturnType<typeof createApp>;
