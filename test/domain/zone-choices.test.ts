// Zone names: present names instead of old ones, offsets, and what a search finds.
import { expect, test } from "vitest";
import { isTimeZone } from "../../src/domain/zone.ts";
import { cityOf, findZones, offsetText, placeText, presentName } from "../../src/domain/zone-choices.ts";

const country = (code: string) => new Intl.DisplayNames("de", { type: "region" }).of(code) ?? code;
const found = (query: string) => findZones(query, country).map(({ name }) => name);

test("each zone that the runtime lists is found by its present name, and exists by it", () => {
  for (const listed of Intl.supportedValuesOf("timeZone")) {
    const name = presentName(listed);
    expect(isTimeZone(name), name).toBe(true);
    expect(found(name), name).toContain(name);
  }
});

test.each([
  ["Asia/Calcutta", "Asia/Kolkata", "Kolkata"],
  ["Europe/Kiev", "Europe/Kyiv", "Kyiv"],
  ["Asia/Saigon", "Asia/Ho_Chi_Minh", "Ho Chi Minh"],
  ["America/Indianapolis", "America/Indiana/Indianapolis", "Indianapolis"],
  ["Europe/Berlin", "Europe/Berlin", "Berlin"],
  ["UTC", "UTC", "UTC"],
  ["constructor", "constructor", "constructor"],
  ["Etc/GMT+5", "Etc/GMT+5", "Etc/GMT+5"],
  ["US/Pacific", "US/Pacific", "US/Pacific"],
  ["US/East-Indiana", "US/East-Indiana", "US/East-Indiana"],
  ["Canada/Atlantic", "Canada/Atlantic", "Canada/Atlantic"],
  ["Brazil/East", "Brazil/East", "Brazil/East"],
  ["Mexico/General", "Mexico/General", "Mexico/General"],
  ["Chile/EasterIsland", "Chile/EasterIsland", "Chile/EasterIsland"],
  ["Australia/North", "Australia/North", "Australia/North"],
  ["Australia/ACT", "Australia/ACT", "Australia/ACT"],
  ["Australia/Lord_Howe", "Australia/Lord_Howe", "Lord Howe"],
])("%s is called %s today, and its city %s", (old, name, city) => {
  expect([presentName(old), cityOf(old)]).toEqual([name, city]);
});

test.each([
  ["kolk", ["Asia/Kolkata"]],
  ["calcutta", ["Asia/Kolkata"]],
  ["indien", ["Asia/Kolkata"]],
  ["osterreich", ["Europe/Vienna"]],
  ["Österreich", ["Europe/Vienna"]],
  ["ho chi", ["Asia/Ho_Chi_Minh"]],
  ["sao paulo", ["America/Sao_Paulo"]],
  ["UTC", ["UTC"]],
  ["nowhere", []],
  ["", []],
  ["/", []],
])("%j finds %j", (query, names) => {
  expect(found(query)).toEqual(names);
});

test("a zone that has the whole word comes before those that only begin with it", () => {
  const english = (code: string) => new Intl.DisplayNames("en", { type: "region" }).of(code) ?? code;
  expect(findZones("india", english)[0]).toEqual({ name: "Asia/Kolkata", country: "IN" });
});

test("offsets are those of the instant", () => {
  const [winter, summer] = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)];
  expect(offsetText("Europe/Berlin", winter)).toBe("UTC+1");
  expect(offsetText("Europe/Berlin", summer)).toBe("UTC+2");
  expect(offsetText("Asia/Kolkata", winter)).toBe("UTC+5:30");
  expect(offsetText("America/St_Johns", winter)).toBe("UTC−3:30");
  expect(offsetText("UTC", winter)).toBe("UTC");
});

test.each([
  ["Etc/GMT+5", "Etc/GMT+5 (UTC−5)"],
  ["Australia/North", "Australia/North (UTC+9:30)"],
  ["Asia/Ho_Chi_Minh", "Ho Chi Minh (UTC+7)"],
  ["UTC", "UTC"],
])("%s is a place with its offset: %s", (name, place) => {
  expect(placeText(name, Date.UTC(2026, 0, 15))).toBe(place);
});
