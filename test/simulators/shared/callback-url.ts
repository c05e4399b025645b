// Callback URL: where a consent page sends the browser.

/** The callback's URL with the answer and the unchanged state. */
export function callbackUrl(
  asked: { readonly redirect_uri: string; readonly state?: string | undefined },
  answer: Readonly<Record<string, string>>,
): string {
  const url = new URL(asked.redirect_uri);
  const { state } = asked;
  for (const [name, value] of Object.entries({ ...(state === undefined ? {} : { state }), ...answer })) {
    url.searchParams.set(name, value);
  }
  return url.href;
}
