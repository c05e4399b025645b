// How much a run tests: `npm test` a share of what takes longest, `npm run test:all` and CI everything.

/** All seeds of the simulation, and the killed Worker whose leases must lapse. */
export const ALL_TESTS = process.env["TEST_ALL"] === "1";
