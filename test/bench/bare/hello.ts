// The smallest Hono Worker: what size and startup are compared with.
import { Hono } from "hono";

const app = new Hono().get("/", (c) => c.text("hello"));

// biome-ignore lint/style/noDefaultExport: workerd runs the default export.
export default app;
