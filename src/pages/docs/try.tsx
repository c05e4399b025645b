// A page to try calls with one's own token: swagger-ui, whose files are static assets beside the Worker.
import { raw } from "hono/html";
import { BASE_PATH } from "../../http/operation.ts";

const ASSETS = `${BASE_PATH}/docs/assets`;

/** The page. It has a frame of its own: swagger-ui brings its own style, and needs a script. */
export const TryPage = () => (
  <>
    {raw("<!DOCTYPE html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Try it · Calendar sync API</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={`${ASSETS}/swagger-ui.css`} />
        <link rel="stylesheet" href={`${ASSETS}/try.css`} />
      </head>
      <body>
        <p class="back">
          <a href={`${BASE_PATH}/docs`}>Back to the reference</a>. Calls go to this service and are real:
          press Authorize, enter a token, and mind what it reaches. The token stays in this tab.
        </p>
        <main id="swagger-ui">
          <noscript>This page needs its script. The reference shows the same calls without one.</noscript>
        </main>
        <script src={`${ASSETS}/swagger-ui-bundle.js`} />
        <script src={`${ASSETS}/try.js`} />
      </body>
    </html>
  </>
);
