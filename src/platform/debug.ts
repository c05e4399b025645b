// Debug lines by the runtime, in place of the package `debug`: silent, because no `NODE_DEBUG` is set.
// biome-ignore lint/style/noDefaultExport: the package has one.
export { debuglog as default } from "node:util";
