// Nothing, in place of a package that a library loads and never calls here: a proxy's agent.
export {};
