// `npm run -s openapi`: prints the OpenAPI document, for tools that read a file.
import { OPERATIONS } from "../src/app.ts";
import { documentOf } from "../src/routes/document.ts";

console.log(JSON.stringify(documentOf(OPERATIONS, "https://calendar.test")));
