// No validator of JSON Schema, in place of the one with which the SDK of MCP would check what a client's person enters:
// no tool asks anybody. It also builds the schemas of the protocol when they are needed, and not when the Worker starts.

/** Called with `new` by the SDK. */
export function DefaultJsonSchemaValidator(): void {}
