// URLs that people type in or servers redirect to: unsafe ones are refused before anything is sent.
import { describe, expect, it } from "vitest";
import { checkRedirect, checkUserUrl, sameProvider } from "../../../src/providers/webdav/safe-url.ts";

const NONE = { allowHttpHosts: [], ports: [443, 8443] };

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return "accepted";
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe("an address that a person gives", () => {
  it.each([
    ["https://dav.example.org/remote.php/dav/", "https://dav.example.org/remote.php/dav/"],
    ["https://posteo.example.de:8443", "https://posteo.example.de:8443/"],
    ["  dav.example.org ", "https://dav.example.org/"],
    ["HTTPS://DAV.Example.ORG:443/a%40b/#top", "https://dav.example.org/a%40b/"],
    ["https://münchen.example.org", "https://xn--mnchen-3ya.example.org/"],
    ["https://local.example.org", "https://local.example.org/"],
    ["https://10.example.org", "https://10.example.org/"],
  ])("%s is taken", (text, expected) => {
    expect(checkUserUrl(text, NONE).href).toBe(expected);
  });

  it.each([
    ["", "url_malformed"],
    ["https://", "url_malformed"],
    ["https:///", "url_malformed"],
    ["https://exa mple.org", "url_malformed"],
    ["https://example.org\\@127.0.0.1/", "url_malformed"],
    ["https://example.org/\r\nHost: localhost", "url_malformed"],
    ["https://exam\u200bple.org", "url_malformed"],
    ["https://example.org\u0000.evil.org", "url_malformed"],
    [`https://example.org/${"a".repeat(1_000)}`, "url_malformed"],
    ["https://256.256.256.256/", "url_malformed"],
    ["https://[::1", "url_malformed"],
    ["https://example.org:99999/", "url_malformed"],
    ["javascript:alert(1)", "url_malformed"],
    ["http://dav.example.org/", "url_not_https"],
    ["ftp://dav.example.org/", "url_not_https"],
    ["file:///etc/passwd", "url_not_https"],
    ["javascript://dav.example.org/%0aalert(1)", "url_not_https"],
    ["data://dav.example.org/", "url_not_https"],
    ["gopher://dav.example.org:70/", "url_not_https"],
    ["https://ana@dav.example.org/", "url_with_credentials"],
    ["https://ana:secret@dav.example.org/", "url_with_credentials"],
    ["https://dav.example.org@127.0.0.1/", "url_with_credentials"],
    ["https://:secret@dav.example.org/", "url_with_credentials"],
    ["ana:secret@dav.example.org", "url_with_credentials"],
    ["ana@example.org", "url_is_email"],
    [" MAILTO:ana+work@example.org ", "url_is_email"],
    ["https://127.0.0.1/", "url_not_public"],
    ["https://127.1/", "url_not_public"],
    ["https://2130706433/", "url_not_public"],
    ["https://0x7f000001/", "url_not_public"],
    ["https://0x7f.0.0.0x1/", "url_not_public"],
    ["https://0177.0.0.1/", "url_not_public"],
    ["https://017700000001/", "url_not_public"],
    ["https://127.0.0.1./", "url_not_public"],
    ["https://1.2.3.4/", "url_not_public"],
    ["https://169.254.169.254/latest/meta-data/", "url_not_public"],
    ["https://１２７.０.０.１/", "url_not_public"],
    ["https://127。0。0。1/", "url_not_public"],
    ["https://[::1]/", "url_not_public"],
    ["https://[::ffff:127.0.0.1]/", "url_not_public"],
    ["https://[::ffff:7f00:1]/", "url_not_public"],
    ["https://[fd00::1]/", "url_not_public"],
    ["https://[2001:db8::1]/", "url_not_public"],
    ["https://localhost/", "url_not_public"],
    ["https://LOCALHOST/", "url_not_public"],
    ["https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "url_not_public"],
    ["https://localhost./", "url_not_public"],
    ["https://dav.localhost/", "url_not_public"],
    ["https://printer.local/", "url_not_public"],
    ["https://metadata.google.internal/", "url_not_public"],
    ["https://nas.home.arpa/", "url_not_public"],
    ["https://1.0.0.127.in-addr.arpa/", "url_not_public"],
    ["https://router.lan/", "url_not_public"],
    ["https://mail.corp/", "url_not_public"],
    ["https://intranet/", "url_not_public"],
    ["https://dav.example.org./", "url_not_public"],
    ["https://dav..example.org/", "url_not_public"],
    ["https://.example.org/", "url_not_public"],
    ["https://-dav.example.org/", "url_not_public"],
    ["https://dav_1.example.org/", "url_not_public"],
    [`https://${"a".repeat(64)}.example.org/`, "url_not_public"],
    ["https://dav.example.org:8444/", "url_with_port"],
    ["https://dav.example.org:80/", "url_with_port"],
    ["https://127.0.0.1:8443/", "url_not_public"],
    ["https://localhost:8443/", "url_not_public"],
    ["http://dav.example.org:8443/", "url_not_https"],
    ["https://ana@dav.example.org:8443/", "url_with_credentials"],
    ["https://dav.example.org:22/", "url_with_port"],
    ["dav.example.org:25", "url_with_port"],
  ])("%j is refused", (text, code) => {
    expect(codeOf(() => checkUserUrl(text, NONE))).toBe(code);
  });

  it("may be a host that the configuration allows, even over http, and no other", () => {
    const rules = { allowHttpHosts: ["127.0.0.1:5232", "localhost"], ports: [443, 8443] };
    expect(checkUserUrl("http://127.0.0.1:5232/ana/", rules).href).toBe("http://127.0.0.1:5232/ana/");
    expect(checkUserUrl("http://localhost:8080/", rules).href).toBe("http://localhost:8080/");
    expect(codeOf(() => checkUserUrl("http://127.0.0.1:5233/", rules))).toBe("url_not_https");
    expect(codeOf(() => checkUserUrl("ftp://localhost/", rules))).toBe("url_not_https");
    expect(codeOf(() => checkUserUrl("http://ana@localhost/", rules))).toBe("url_with_credentials");
  });

  it("isn't repeated in the error", () => {
    let caught: unknown;
    try {
      checkUserUrl("https://ana:canary@dav.example.org/", NONE);
    } catch (error) {
      caught = error;
    }
    expect(JSON.stringify(caught) + String(caught)).not.toContain("canary");
  });
});

describe("a redirect", () => {
  const from = new URL("https://dav.example.org/.well-known/caldav");

  it.each([
    ["/remote.php/dav/", "https://dav.example.org/remote.php/dav/"],
    ["dav/", "https://dav.example.org/.well-known/dav/"],
    ["https://dav.example.org:443/dav/", "https://dav.example.org/dav/"],
    ["//dav.example.org/dav/", "https://dav.example.org/dav/"],
  ])("may lead to %s", (to, expected) => {
    expect(checkRedirect(from, to, NONE).href).toBe(expected);
  });

  it.each([
    ["https://evil.example.com/", "redirect_refused"],
    ["https://example.org/", "redirect_refused"],
    ["//evil.example.com/", "redirect_refused"],
    ["https://dav.example.org.evil.com/", "redirect_refused"],
    ["https://p42-caldav.icloud.com/", "redirect_refused"],
    ["http://dav.example.org/dav/", "url_not_https"],
    ["https://dav.example.org:8443/dav/", "redirect_refused"],
    ["https://dav.example.org:8444/dav/", "url_with_port"],
    ["https://127.0.0.1/", "url_not_public"],
    ["https://ana@dav.example.org/", "url_with_credentials"],
    ["https://[", "url_malformed"],
  ])("may not lead to %s", (to, code) => {
    expect(codeOf(() => checkRedirect(from, to, NONE))).toBe(code);
  });

  it("may lead from one host of iCloud to another, and to no host that resembles one", () => {
    const icloud = new URL("https://caldav.icloud.com/");
    for (const host of ["p42-caldav.icloud.com", "p42-caldav.icloud.com.cn"]) {
      expect(checkRedirect(icloud, `https://${host}:443/1/`, NONE).hostname).toBe(host);
    }
    for (const host of ["icloud.com.evil.org", "evilicloud.com", "caldav.icloud.com.evil.cn", "icloud.org"]) {
      expect(codeOf(() => checkRedirect(icloud, `https://${host}/`, NONE))).toBe("redirect_refused");
    }
  });

  it("may lead from http to https on the same host, never back and never to another port", () => {
    const rules = { allowHttpHosts: ["dav.example.org", "127.0.0.1:1", "127.0.0.1:2"], ports: [443, 8443] };
    const plain = new URL("http://dav.example.org/");
    expect(checkRedirect(plain, "https://dav.example.org/", rules).protocol).toBe("https:");
    expect(codeOf(() => checkRedirect(from, "http://dav.example.org/", rules))).toBe("redirect_refused");
    expect(sameProvider(new URL("http://127.0.0.1:1/"), new URL("http://127.0.0.1:2/"))).toBe(false);
  });
});
