// Consent page: the HTML frame that both providers' pages share.
import { html } from "hono/html";

/** A page in a provider's style. */
export function layout(style: string, title: string, content: unknown) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>${style}</style>
      </head>
      <body><main>${content}</main></body>
    </html>`;
}
