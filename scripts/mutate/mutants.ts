// Mutants: the small wrong changes that a test must notice, in TypeScript and in the SQL inside it.
import { type Expression, type Program, parseSync, Visitor } from "oxc-parser";

/** One wrong change: `original` at [start, end) of the file becomes `replacement`. */
export interface Mutant {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
}

/** Operators between two expressions, and the one that takes their place. */
const OPERATORS: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
};

/** Calls whose other half is a plausible slip. */
const CALLS: Readonly<Record<string, string>> = {
  "Math.min": "Math.max",
  "Math.max": "Math.min",
  "Math.floor": "Math.ceil",
  some: "every",
  every: "some",
};

/** The same for SQL inside templates: what stands left becomes what stands right. */
const SQL: readonly (readonly [RegExp, string])[] = [
  [/ < /g, " <= "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/ <> /g, " = "],
  [/\bAND\b/g, "OR"],
  [/\bOR\b(?! (?:REPLACE|IGNORE))/g, "AND"],
  [/\bNOT EXISTS\b/g, "EXISTS"],
  [/(?<!NOT )\bEXISTS\b/g, "NOT EXISTS"],
  [/\bIS NOT NULL\b/g, "IS NULL"],
  [/\bIS NULL\b/g, "IS NOT NULL"],
  [/(?<!SET [\s\S]{0,200}) = 1\b/g, " = 0"],
  [/\bMAX\(/g, "MIN("],
  [/\bMIN\(/g, "MAX("],
];

/** Are these the numbers of a named constant, such as `const MAX_GAPS = 4`, `2 * MINUTE_MS` or a list of waits? */
const areNumbers = (init: Expression, name: string): boolean =>
  /^[A-Z][A-Z0-9_]+$/.test(name) &&
  (init.type === "TSAsExpression"
    ? areNumbers(init.expression, name)
    : ["Literal", "BinaryExpression", "ArrayExpression"].includes(init.type));

/** A stretch of the file. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * What no test need notice: log lines, the words of errors, types, and the numbers of named constants, where one more
 * or less is a choice and no mistake.
 */
function indifferentIn(program: Program, text: string): Stretch[] {
  const found: Stretch[] = [];
  const note = (stretch: Stretch): void => void found.push(stretch);
  const visitor = new Visitor({
    ExpressionStatement(statement) {
      const { expression } = statement;
      if (expression.type !== "CallExpression") return;
      const callee = text.slice(expression.callee.start, expression.callee.end);
      if (/(?:^|\.)log(?:\.\w+)?$/.test(callee)) note(statement);
    },
    NewExpression(made) {
      if (/Error$/.test(text.slice(made.callee.start, made.callee.end))) made.arguments.forEach(note);
    },
    TSLiteralType: note,
    Program({ body }) {
      for (const statement of body) {
        const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
        if (declaration?.type !== "VariableDeclaration") continue;
        for (const { id, init } of declaration.declarations) {
          if (init !== null && id.type === "Identifier" && areNumbers(init, id.name)) note(init);
        }
      }
    },
  });
  visitor.visit(program);
  return found;
}

/** All mutants of a file, in the order of its text. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} can't be parsed: ${errors[0]?.message}`);
  const indifferent = indifferentIn(program, text);
  const found: Mutant[] = [];
  const add = (start: number, end: number, replacement: string): void => {
    const line = text.slice(0, start).split("\n").length;
    found.push({ path, line, start, end, original: text.slice(start, end), replacement });
  };
  /** The operator stands somewhere between its operands. */
  const swapOperator = (operator: string, leftEnd: number, rightStart: number): void => {
    const replacement = OPERATORS[operator];
    const at = text.slice(leftEnd, rightStart).indexOf(operator);
    if (replacement !== undefined && at !== -1)
      add(leftEnd + at, leftEnd + at + operator.length, replacement);
  };
  const decide = ({ start, end }: { start: number; end: number }): void => {
    add(start, end, "true");
    add(start, end, "false");
  };
  const visitor = new Visitor({
    BinaryExpression: ({ operator, left, right }) => swapOperator(operator, left.end, right.start),
    LogicalExpression: ({ operator, left, right }) => swapOperator(operator, left.end, right.start),
    ConditionalExpression: ({ test }) => decide(test),
    IfStatement: ({ test }) => decide(test),
    UnaryExpression({ operator, start, argument }) {
      if (operator === "!") add(start, argument.start, "");
    },
    Literal({ value, start, end }) {
      if (typeof value === "boolean") add(start, end, String(!value));
      if (typeof value === "number") add(start, end, String(value + 1));
    },
    ExpressionStatement({ expression, start, end }) {
      const { type } = expression;
      if (type === "CallExpression" || type === "AwaitExpression" || type === "AssignmentExpression")
        add(start, end, ";");
    },
    CallExpression({ callee }) {
      const name = callee.type === "MemberExpression" && !callee.computed ? callee.property : callee;
      const replacement = CALLS[text.slice(callee.start, callee.end)];
      if (replacement !== undefined) add(callee.start, callee.end, replacement);
      else if (name !== callee) {
        const method = CALLS[text.slice(name.start, name.end)];
        if (method !== undefined) add(name.start, name.end, method);
      }
    },
    TemplateElement({ start, end }) {
      const sql = text.slice(start, end);
      if (!/\b(?:SELECT|UPDATE|DELETE|INSERT|WHERE|AND|EXISTS|IS|CASE)\b|_at\b|_id\b/.test(sql)) return;
      for (const [pattern, replacement] of SQL) {
        for (const match of sql.matchAll(pattern)) {
          const at = start + (match.index ?? 0);
          add(at, at + match[0].length, replacement);
        }
      }
    },
  });
  visitor.visit(program);
  return found
    .filter(({ start, end }) => !indifferent.some((stretch) => stretch.start <= start && end <= stretch.end))
    .sort((a, b) => a.start - b.start);
}
