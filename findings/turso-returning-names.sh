#!/usr/bin/env bash
# The Turso engine names columns of RETURNING with the quotes of the statement.
source "$(dirname "$0")/support/common.sh"

tested "@tursodatabase/database 0.7.2: the names of columns in SELECT and in RETURNING"
expected "SQLite (libsql 0.5.29) names both alike: a quoted identifier is the identifier, so the column is id"

npm_packages @tursodatabase/database@0.7.2 libsql@0.5.29
cat > "$work/names.mjs" <<'END'
import { Database } from "@tursodatabase/database/compat";
import Libsql from "libsql";

const engine = process.argv[2] === "turso" ? new Database(":memory:") : new Libsql(":memory:");
engine.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
console.log(engine.prepare(process.argv[3]).columns().map(({ name }) => name).join(" "));
END

for engine in libsql turso; do
  seen "$engine, SELECT" 'id id' "$(node "$work/names.mjs" $engine 'SELECT "id", id FROM t')"
done
seen "libsql, RETURNING" 'id id' "$(node "$work/names.mjs" libsql 'INSERT INTO t VALUES (1) RETURNING "id", id')"
seen "turso, RETURNING" '"id" id' "$(node "$work/names.mjs" turso 'INSERT INTO t VALUES (1) RETURNING "id", id')"
conclude
