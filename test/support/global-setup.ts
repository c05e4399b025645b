// Placeholder until the store lands: starts nothing.
export function setup(): void {}
