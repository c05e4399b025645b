// The real calendar servers that tests run on.
import { cyrus } from "./cyrus.ts";
import { radicale } from "./radicale.ts";
import type { CalendarServer } from "./server.ts";
import { xandikos } from "./xandikos.ts";

export const SERVERS: readonly CalendarServer[] = [radicale, xandikos, cyrus];
