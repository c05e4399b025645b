// Requests of an owner's app to an API of JSON.

/** Sends one request. An answer without a body is an empty object. */
export type JsonCall = (
  method: string,
  url: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
) => Promise<Record<string, unknown>>;

/** @throws Error of the caller, with the status and nothing that the server wrote */
export function jsonCaller(token: () => Promise<string>, send: typeof fetch): JsonCall {
  return async (method, url, body, headers = {}) => {
    const response = await send(url, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${await token()}`,
        ...(body && { "content-type": "application/json" }),
      },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the owner's ${method} was answered ${response.status}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
}
