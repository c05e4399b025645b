// The writer of `xml-js`, in place of the whole package: tsdav writes its requests with it, and is never asked to read.
// @ts-expect-error: the package has types for the whole alone.
import js2xml from "../../node_modules/xml-js/lib/js2xml.js";

const writer = { js2xml };

// biome-ignore lint/style/noDefaultExport: the package has one.
export { writer as default };
