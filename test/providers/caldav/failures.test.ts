// CalDAV's refusals by status and precondition (`docs/providers/caldav.md` D.3).
import { describe, expect, test } from "vitest";
import type { FailureKind } from "../../../src/domain/failure.ts";
import { classifyDav, type Operation } from "../../../src/providers/caldav/failures.ts";
import {
  readMultistatus,
  readRefusal,
  readRefusedRow,
  strongEtag,
} from "../../../src/providers/webdav/multistatus.ts";

const error = (inner: string) =>
  `<?xml version="1.0"?><D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${inner}</D:error>`;
const sabre = (name: string, inner = "") =>
  `<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>${name}</s:exception><s:message>text</s:message>${inner}</d:error>`;
const HTML = "<html><head><title>400 Bad Request</title></head><body><br></body></html>";
const TOKEN = "<?xml version='1.0' encoding='UTF-8'?><error xmlns='DAV:'><valid-sync-token/></error>";

type Case = [row: string, Operation, status: number, body: string, FailureKind, code: string];

const CASES: Case[] = [
  ["C1", "find", 401, "", "reauth", "http_401"],
  ["C2", "sync", 401, HTML, "reauth", "http_401"],
  ["C4", "find", 404, "", "gone", "http_404"],
  ["C7", "list", 500, "", "retry", "http_500"],
  ["C7 as 403", "list", 403, "", "retry", "http_403"],
  [
    "C8",
    "list",
    429,
    sabre("OCA\\DAV\\Connector\\Sabre\\Exception\\TooManyRequests"),
    "wait",
    "TooManyRequests",
  ],
  ["C8 without a body", "create", 429, "", "wait", "http_429"],
  ["C9", "sync", 503, sabre("Sabre\\DAV\\Exception\\ServiceUnavailable"), "retry", "ServiceUnavailable"],
  ["C10 at iCloud", "sync", 403, TOKEN, "resync", "valid-sync-token"],
  [
    "C10 at sabre",
    "sync",
    403,
    sabre("Sabre\\DAV\\Exception\\InvalidSyncToken", "<d:valid-sync-token/>"),
    "resync",
    "valid-sync-token",
  ],
  ["C10 as 409", "sync", 409, error("<D:valid-sync-token/>"), "resync", "valid-sync-token"],
  ["C10 as 412", "sync", 412, error("<D:valid-sync-token/>"), "resync", "valid-sync-token"],
  ["C11", "sync", 403, error("<D:need-privileges/>"), "gone", "need-privileges"],
  ["C11 as a page", "sync", 403, HTML, "gone", "http_403"],
  [
    "C13",
    "sync",
    507,
    error("<D:number-of-matches-within-limits/>"),
    "retry",
    "number-of-matches-within-limits",
  ],
  ["C14", "sync", 403, error("<D:supported-report/>"), "unsupported", "supported-report"],
  ["C14 as 405", "sync", 405, "", "unsupported", "http_405"],
  ["C14 as 501", "sync", 501, HTML, "unsupported", "http_501"],
  ["C17", "sync", 404, "", "gone", "http_404"],
  ["C17 as 410", "inspect", 410, "", "gone", "http_410"],
  ["C20", "create", 412, sabre("Sabre\\DAV\\Exception\\PreconditionFailed"), "adopt", "PreconditionFailed"],
  ["C21", "update", 412, "", "reread", "http_412"],
  [
    "C22",
    "create",
    403,
    error("<C:no-uid-conflict><D:href>/a.ics</D:href></C:no-uid-conflict>"),
    "adopt",
    "no-uid-conflict",
  ],
  ["C22 as 409", "create", 409, error("<C:no-uid-conflict/>"), "adopt", "no-uid-conflict"],
  ["C22 without a namespace", "create", 409, "<error><no-uid-conflict/></error>", "adopt", "no-uid-conflict"],
  [
    "C22 in another namespace",
    "create",
    403,
    error('<X:no-uid-conflict xmlns:X="http://calendarserver.org/ns/"/>'),
    "adopt",
    "no-uid-conflict",
  ],
  [
    "C22 after words",
    "create",
    403,
    error("<D:responsedescription>canary</D:responsedescription><C:no-uid-conflict/>"),
    "adopt",
    "no-uid-conflict",
  ],
  [
    "C22 with words in it",
    "create",
    403,
    error("<C:no-uid-conflict>x</C:no-uid-conflict>"),
    "adopt",
    "no-uid-conflict",
  ],
  ["C22 in the bin", "create", 400, sabre("Sabre\\DAV\\Exception\\BadRequest"), "adopt", "BadRequest"],
  ["C23", "create", 403, error("<D:need-privileges/>"), "read-only", "need-privileges"],
  ["C23 without a body", "delete", 403, "", "read-only", "http_403"],
  ["C24", "create", 403, error("<C:valid-calendar-data/>"), "bug", "valid-calendar-data"],
  ["C24 at iCloud", "create", 400, HTML, "bug", "http_400"],
  ["C24 by type", "update", 415, "", "bug", "http_415"],
  ["C24 as 412", "create", 412, error("<C:valid-calendar-data/>"), "bug", "valid-calendar-data"],
  ["C27", "create", 507, "", "pause", "http_507"],
  ["C27 by quota", "update", 403, error("<D:quota-not-exceeded/>"), "pause", "quota-not-exceeded"],
  ["C27 too large", "create", 413, "", "bug", "http_413"],
  ["C27 as 413", "create", 413, error("<D:quota-not-exceeded/>"), "pause", "quota-not-exceeded"],
  ["C27 by the disk", "update", 409, error("<D:sufficient-disk-space/>"), "pause", "sufficient-disk-space"],
  ["C28", "update", 404, "", "gone", "http_404"],
  ["C28 without its calendar", "update", 409, "", "gone", "http_409"],
  ["C29", "delete", 404, "", "gone", "http_404"],
  ["C30", "delete", 412, "", "reread", "http_412"],
  ["locked", "update", 423, "", "retry", "http_423"],
  ["C34", "multiget", 522, HTML, "retry", "http_522"],
];

test.each(CASES)("%s: %s %i", (_, operation, status, body, kind, code) => {
  expect(classifyDav(operation, status, readRefusal(body).condition)).toEqual({ kind, code });
});

test("words decide nothing: a code is an element's name, or there is none", () => {
  expect(readRefusal(sabre("canary text with blanks"))).toEqual({ condition: null, href: null });
  expect(readRefusal(error("<X:y xmlns:X='urn:x'>canary</X:y>"))).toEqual({ condition: null, href: null });
});

test("C36: etags are strong and quoted, however they are written", () => {
  for (const written of ['"a"', 'W/"a"', "a", " W/a "]) expect(strongEtag(written), written).toBe('"a"');
  for (const written of [null, "", '""', "W/"]) expect(strongEtag(written), String(written)).toBeNull();
});

describe("C41: a multistatus that answers a write", () => {
  const told = (inner: string) =>
    `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response><D:href>/a</D:href>${inner}</D:response></D:multistatus>`;
  const propstat = (status: string) => `<D:propstat><D:prop/><D:status>${status}</D:status></D:propstat>`;

  test.each([
    [
      "a propstat, explained beside it",
      `${propstat("HTTP/1.1 403 X")}<D:error><C:no-uid-conflict/></D:error>`,
    ],
    ["a status without a version", "<D:status>403 X</D:status><D:error><C:no-uid-conflict/></D:error>"],
    ["what 424 says is refused too", propstat("HTTP/1.1 424 X") + propstat("HTTP/1.1 403 X")],
    ["something beside what was done", propstat("HTTP/1.1 200 OK") + propstat("HTTP/1.1 403")],
  ])("refuses by %s", (_, inner) => {
    const condition = inner.includes("uid") ? "no-uid-conflict" : null;
    expect(readRefusedRow(told(inner))).toEqual({ status: 403, condition, href: null });
  });

  test.each(["", "<D:status>what</D:status>", "<D:status/>"])(
    "that says nothing isn't believed: %j",
    (inner) => {
      expect(() => readRefusedRow(told(inner))).toThrow(
        expect.objectContaining({ kind: "retry", code: "unparsable_answer" }),
      );
    },
  );

  test("says that it was done, or sent elsewhere", () => {
    expect(readRefusedRow(told("<D:status>HTTP/1.1 200 OK</D:status>"))).toBeNull();
    expect(readRefusedRow(told("<D:status>HTTP/1.1 302 Found</D:status>"))?.status).toBe(302);
  });
});

describe("a multistatus", () => {
  const at = new URL("https://p42-caldav.icloud.com/1/calendars/");

  test("C6: properties of refused propstats aren't there", () => {
    const text = `<multistatus xmlns="DAV:"><response><href>/1/calendars/home/</href>
      <propstat><prop><displayname>2026</displayname></prop><status>HTTP/2 200</status></propstat>
      <propstat><prop><getetag/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response></multistatus>`;
    const [row] = readMultistatus(text, at).rows;
    expect(row?.url.href).toBe("https://p42-caldav.icloud.com/1/calendars/home/");
    expect(row?.properties.map(({ name, text: value }) => [name, value])).toEqual([["displayname", "2026"]]);
  });

  test("several hrefs may share a status", () => {
    const text =
      '<multistatus xmlns="DAV:"><response><href>a</href><href>b</href><status>HTTP/1.1 404 Gone</status></response></multistatus>';
    expect(readMultistatus(text, at).rows.map(({ href, status }) => [href, status])).toEqual([
      ["a", 404],
      ["b", 404],
    ]);
  });

  test.each([HTML, "", '<multistatus xmlns="DAV:"><response>', '<multistatus xmlns="urn:x"/>', "<a/>"])(
    "C31, C32: %j is refused and isn't read as an empty one",
    (text) => {
      expect(() => readMultistatus(text, at)).toThrow(
        expect.objectContaining({ kind: "retry", code: "unparsable_answer" }),
      );
    },
  );
});
