// Token forms: url-encoded, each parameter known and given once.

export type TokenForm = Readonly<Record<string, string>>;

/** Reads a request's form. @throws the error that `bad` makes of the complaint */
export async function readForm(
  request: Request,
  allowed: readonly string[],
  bad: (complaint: string) => Error,
): Promise<TokenForm> {
  if (!(request.headers.get("content-type") ?? "").startsWith("application/x-www-form-urlencoded")) {
    throw bad("Content-Type must be application/x-www-form-urlencoded.");
  }
  const parameters = new URLSearchParams(await request.text());
  for (const name of parameters.keys()) {
    if (!allowed.includes(name) || parameters.getAll(name).length > 1)
      throw bad(`Parameter not allowed: ${name}`);
  }
  return Object.fromEntries(parameters);
}
