// The frame that all pages share.
import type { Child } from "hono/jsx";
import { BASE_PATH } from "../routes/operation.ts";

/** A whole page. `wide` for reference pages with tables. */
export const Page = ({
  title,
  wide = false,
  children,
}: {
  title: string;
  wide?: boolean;
  children: Child;
}) => (
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
);
