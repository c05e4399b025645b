// Nothing, in place of packages that libraries load and never call here: a proxy's agent, and a second XML parser.
export {};
