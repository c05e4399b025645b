// Navigation: where the agent's pages are.
import { BASE_PATH } from "../http/operation.ts";
import type { Words } from "./words/english.ts";

/** The agent's calendars, which is also where a visit begins. */
export const CONNECT_PATH = `${BASE_PATH}/connect`;

/** The agent's rules for their time. */
export const SETTINGS_PATH = `${CONNECT_PATH}/settings`;
/** The agent's next seven days. */
export const WEEK_PATH = `${CONNECT_PATH}/week`;

/** What happened on the last thirty days. */
const REPORT_PATH = `${CONNECT_PATH}/report`;

/** What is stored about the agent. */
export const DATA_PATH = `${CONNECT_PATH}/data`;

/** The reference for programmers. */
export const DOCS_PATH = `${BASE_PATH}/docs`;

/** The agent's pages in the order of the navigation. Each new page is a line here. */
export const AGENT_PAGES: readonly {
  readonly path: string;
  readonly name: Exclude<keyof Words["navigation"], "label">;
}[] = [
  { path: CONNECT_PATH, name: "calendars" },
  { path: WEEK_PATH, name: "week" },
  { path: SETTINGS_PATH, name: "settings" },
  { path: REPORT_PATH, name: "report" },
  { path: DATA_PATH, name: "data" },
];
