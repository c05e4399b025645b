// The way back from a consent page.

/** Where the browser is sent: the answer, and the state as it came. */
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
