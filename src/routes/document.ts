// The OpenAPI document of this service: its operations, its notices, and what was recorded of each call.
import type { Examples } from "../http/examples.ts";
import { openApiDocument } from "../http/openapi.ts";
import type { Operation } from "../http/operation.ts";
import recorded from "./examples.json";
import { NOTICE_WEBHOOKS } from "./notices-wire.ts";

/** A call of each operation, as `test/http/tour.test.ts` has recorded and checks it. */
export const EXAMPLES: Examples = recorded as Examples;

/** The document, for the service at `baseUrl`. */
export const documentOf = (table: readonly Operation[], baseUrl: string) =>
  openApiDocument({ table, webhooks: NOTICE_WEBHOOKS, examples: EXAMPLES, baseUrl });
