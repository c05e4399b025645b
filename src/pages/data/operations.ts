// The data pages' operations: what is stored about the agent, its download and its deletion.
import * as z from "zod";
import { MaybeAgentId } from "../../http/fields.ts";
import { operation } from "../../http/operation.ts";
import { PAGE } from "../answers.ts";

export const showData = operation({
  id: "dataPage",
  method: "get",
  path: "/connect/data",
  tag: "Pages",
  summary: "What is stored about the agent, and how far its deletion is",
  access: "session",
  answers: PAGE,
  errors: ["database_unavailable"],
});

export const downloadData = operation({
  id: "downloadData",
  method: "get",
  path: "/connect/data/export",
  tag: "Pages",
  summary: "Everything that is stored about the agent, as a file",
  description: "The same as GET /agents/{agentId}/export.",
  access: "session",
  recorded: "always",
  answers: { 200: { description: "JSON as a download" } },
  errors: ["database_unavailable"],
});

export const askErase = operation({
  id: "erasePage",
  method: "get",
  path: "/connect/data/erase",
  tag: "Pages",
  summary: "Ask before everything about the agent is deleted",
  access: "session",
  answers: PAGE,
  errors: [],
});

export const doErase = operation({
  id: "eraseByForm",
  method: "post",
  path: "/connect/data/erase",
  tag: "Pages",
  summary: "Delete everything about the agent",
  access: "session",
  form: z.strictObject({
    agentId: MaybeAgentId,
    events: z.enum(["keep", "remove"], 'Send "keep" or "remove".'),
  }),
  recorded: "always",
  answers: { 303: { description: "Begun; back to the page, which says how far it is" } },
  errors: ["forbidden", "database_unavailable"],
});

export const dataOperations = [showData, downloadData, askErase, doErase];
