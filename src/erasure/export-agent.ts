// Export agent: everything that is stored about an agent as one JSON text, sent page by page while it is read.
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { openTexts, type StoredTexts } from "../encoding/booking-texts.ts";
import { SealError } from "../encoding/seal.ts";
import { AGENT_TABLES, type AgentTable } from "../store/erasure/agent-data.ts";
import { type AgentRow, readAgentRows } from "../store/erasure/export.ts";

/**
 * Everything about an agent. The first page is read before the answer begins, so that a database that doesn't answer is
 * said in time. A later failure breaks the answer off, so that nobody takes a part for the whole.
 * @throws EngineError database_unavailable
 */
export async function exportAgent(
  deps: Deps,
  { agentId }: { agentId: string },
): Promise<ReadableStream<Uint8Array>> {
  const pieces = documentOf(deps, agentId);
  const encoder = new TextEncoder();
  let ready: IteratorResult<string> | null = await pieces.next();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = ready ?? (await pieces.next());
        ready = null;
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        deps.log.error("export.broken_off", { error: error instanceof Error ? error.name : "unknown" });
        throw error;
      }
    },
  });
}

/** The document in pieces of a page each. */
async function* documentOf(deps: Deps, agentId: string): AsyncGenerator<string, undefined> {
  const exportedAt = formatInstant(deps.now());
  let before = `{"agentId":${JSON.stringify(agentId)},"exportedAt":"${exportedAt}","tables":{`;
  for (const table of AGENT_TABLES) {
    before += `${JSON.stringify(table.name)}:[`;
    let isFirst = true;
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<typeof readAgentRows>> = await readAgentRows(deps.db, {
        ...{ table, agentId, after },
      });
      for (const row of page.rows) {
        before += `${isFirst ? "" : ","}${JSON.stringify(await opened(deps, table, row))}`;
        isFirst = false;
      }
      yield before;
      before = "";
      after = page.next;
    }
    before = table === AGENT_TABLES.at(-1) ? "]}}" : "],";
  }
  yield before;
  return undefined;
}

/** A row as callers see it: instants as text, without what is left out, and the texts of a booking in the clear. */
async function opened(deps: Deps, { leftOut }: AgentTable, row: AgentRow): Promise<AgentRow> {
  const shown = Object.entries(row).flatMap(([name, value]) => {
    if (name in leftOut) return [];
    const isInstant = /(?:^a|A)t$/.test(name) && typeof value === "number";
    // An instant of 0 stands for never, or for at once.
    return [[name, isInstant ? (value === 0 ? null : formatInstant(value)) : value] as const];
  });
  return { ...Object.fromEntries(shown), ...(holdsTexts(row) ? await textsIn(deps, row) : null) };
}

/** A booking's texts. Those that no key opens break off no export: it says so, and holds the rest. */
async function textsIn({ config }: Deps, row: AgentRow & StoredTexts): Promise<AgentRow> {
  try {
    return { ...((await openTexts(config.tokenKeys, row)) ?? NO_TEXTS) };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { ...NO_TEXTS, unreadable: true };
  }
}

const NO_TEXTS = { title: null, description: null, location: null, clientName: null, clientEmail: null };

const holdsTexts = (row: AgentRow): row is AgentRow & StoredTexts => "sealedTexts" in row;
