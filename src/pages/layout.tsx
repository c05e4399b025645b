// The frame that all pages share.
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { BASE_PATH } from "../http/operation.ts";

interface PageInput {
  readonly title: string;
  /** For reference pages with tables. */
  readonly wide?: boolean;
  readonly children: Child;
}

/** A whole page. */
export const Page = ({ title, wide = false, children }: PageInput) => (
  <>
    {raw("<!DOCTYPE html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="stylesheet" href={`${BASE_PATH}/style.css`} />
      </head>
      <body>
        <main class={wide ? "wide" : ""}>{children}</main>
      </body>
    </html>
  </>
);
