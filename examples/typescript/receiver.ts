// A receiver of notices in TypeScript: verify, note the id, answer, work on it later. Needs NOTICE_SECRET and PORT.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const MAX_BYTES = 64 * 1_024;
const webhook = new Webhook(process.env["NOTICE_SECRET"] ?? "");

interface Notice {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** In earnest a table with a unique id, in the transaction that notes the notice. */
const seen = new Set<string>();

const server = createServer(async (request, response) => {
  const answer = (status: number) => response.writeHead(status).end();
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MAX_BYTES) return answer(413);
    parts.push(part);
  }
  let notice: Notice;
  try {
    // Throws unless we signed exactly these bytes within the last five minutes.
    notice = webhook.verify(
      Buffer.concat(parts).toString(),
      request.headers as Record<string, string>,
    ) as Notice;
  } catch {
    return answer(401);
  }
  const id = String(request.headers["webhook-id"]);
  if (!seen.has(id)) {
    seen.add(id);
    console.log(notice.type, JSON.stringify(notice.data));
  }
  return answer(204);
});

server.listen(Number(process.env["PORT"]), "127.0.0.1", () => console.log("receiving"));
