// How much a run tests: `npm test` a share of what takes longest, `npm run test:all` and CI the full share after it, on a real sqld.

/** Does this run test everything? */
export const ALL_TESTS = process.env["TEST_ALL"] === "1";

/** How many of `all` this run tests. */
export const shareOf = (all: number, share: number): number => (ALL_TESTS ? all : share);
