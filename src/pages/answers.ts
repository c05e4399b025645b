// Answers: how the operations of pages answer when all is well.

/** The page itself. */
export const PAGE = { 200: { description: "The page", type: "text/html" } } as const;
