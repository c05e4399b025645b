// Corrections: what date-holidays 3.37 has wrong, each with its source. They were found by comparing all regions with
// python-holidays 0.105, and each was then decided by the law that is named. See `docs/holidays.md`.

export const FIRST_YEAR = 2026;
export const YEARS = [2026, 2027, 2028, 2029, 2030] as const;

export const COUNTRIES =
  "AT AU BE BG CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO NZ PL PT RO SE SI SK US".split(
    " ",
  );

/** This date in each year. */
const yearly = (monthDay: string): string[] => YEARS.map((year) => `${year}-${monthDay}`);

interface Correction {
  /** The countries and regions that it holds for. */
  readonly regions: RegExp;
  readonly name: string;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

const GREEN_MONDAYS = ["2026-02-23", "2027-03-15", "2028-02-28", "2029-02-19", "2030-03-11"];
const DAYS_AFTER_GREEN_MONDAY = ["2026-02-24", "2027-03-16", "2028-02-29", "2029-02-20", "2030-03-12"];

const CORRECTIONS: readonly Correction[] = [
  // Royal Proclamation of a bank holiday in Scotland for the World Cup (https://www.gov.uk/bank-holidays, Scotland).
  { regions: /^GB-SCT$/, name: "World Cup bank holiday", add: ["2026-06-15"] },
  // California Government Code 6700 and 6701: a holiday on a Sunday is kept on the Monday after it. Only Veterans Day is
  // kept on the Friday before it, where it falls on a Saturday. Massachusetts (General Laws 4:7) moves a Sunday's holiday
  // only. The other Fridays are federal.
  { regions: /^US-(CA|MA)$/, name: "Independence Day (substitute day)", remove: ["2026-07-03"] },
  { regions: /^US-(CA|MA)$/, name: "Juneteenth (substitute day)", remove: ["2027-06-18"] },
  { regions: /^US-(CA|MA)$/, name: "Christmas Day (substitute day)", remove: ["2027-12-24"] },
  { regions: /^US-(CA|MA)$/, name: "New Year's Day (substitute day)", remove: ["2027-12-31"] },
  // 5 U.S.C. 6103(b) and Executive Order 11582: the Friday before a Saturday, the Monday after a Sunday. The source calls
  // those of Veterans Day bank holidays.
  { regions: /^US(?!-MA)/, name: "Veterans Day (substitute day)", add: ["2028-11-10"] },
  { regions: /^US/, name: "Veterans Day (substitute day)", add: ["2029-11-12"] },
  // General knowledge, not looked up: Susan B. Anthony Day is a commemoration and no day off in any state, and Ontario has
  // no Easter Monday among its public holidays.
  { regions: /^US-(FL|NY|WI|WV)$/, name: "Susan B. Anthony Day", remove: yearly("02-15") },
  {
    regions: /^CA-ON$/,
    name: "Easter Monday",
    remove: ["2026-04-06", "2027-03-29", "2028-04-17", "2029-04-02", "2030-04-22"],
  },
  // Bulgarian Labour Code, article 154: two days of Christmas, the Saturday before Easter; a holiday on a Saturday or
  // Sunday, but for Easter's, is followed by as many free working days.
  { regions: /^BG$/, name: "Коледа", add: yearly("12-26") },
  {
    regions: /^BG$/,
    name: "Велика събота",
    add: ["2026-04-11", "2027-05-01", "2028-04-15", "2029-04-07", "2030-04-27"],
  },
  {
    regions: /^BG$/,
    name: "Почивен ден",
    add: [
      ...["2026-05-25", "2026-09-07", "2026-12-28", "2027-05-04", "2027-12-27", "2027-12-28", "2028-01-03"],
      ...["2028-05-08", "2028-12-27", "2029-03-05", "2029-05-07", "2029-09-24", "2030-03-04", "2030-09-23"],
    ],
  },
  // Employment standards of British Columbia, Manitoba, the Northwest Territories, Nunavut, Prince Edward Island and Yukon.
  {
    regions: /^CA-(BC|MB|NT|NU|PE|YT)$/,
    name: "National Day for Truth and Reconciliation",
    add: yearly("09-30"),
  },
  { regions: /^CA-NU$/, name: "Nunavut Day", add: yearly("07-09") },
  // Landsgemeinde of Glarus: the first Thursday in April, a week later in the week before Easter. In 2027 that is over.
  { regions: /^CH-GL$/, name: "Näfelser Fahrt", add: ["2027-04-01"], remove: ["2027-04-08"] },
  // Cyprus: 48 days before the Eastern Easter, a Monday as the name says; and the Monday after Pentecost (Κατακλυσμός).
  { regions: /^CY$/, name: "Καθαρά Δευτέρα", add: GREEN_MONDAYS, remove: DAYS_AFTER_GREEN_MONDAY },
  {
    regions: /^CY$/,
    name: "Δευτέρα του Κατακλυσμού",
    add: ["2026-06-01", "2027-06-21", "2028-06-05", "2029-05-28", "2030-06-17"],
  },
  // Iceland's law 88/1971: the first Thursday after 18 April.
  { regions: /^IS$/, name: "Sumardagurinn fyrsti", add: ["2030-04-25"], remove: ["2030-04-18"] },
  // https://www.liechtenstein.li, public holidays. The days between a holiday and a weekend aren't among them.
  { regions: /^LI$/, name: "Lichtmess", add: yearly("02-02") },
  { regions: /^LI$/, name: "Josefstag", add: yearly("03-19") },
  { regions: /^LI$/, name: "Staatsfeiertag", add: yearly("08-15") },
  { regions: /^LI$/, name: "Allerheiligen", add: yearly("11-01") },
  {
    regions: /^LI$/,
    name: "Feiertagsbrücke",
    remove: [
      ...["2026-05-15", "2026-06-05", "2027-05-07", "2027-05-28", "2028-05-26", "2028-06-16", "2029-05-11"],
      ...["2029-06-01", "2030-05-31", "2030-06-21"],
    ],
  },
  // Romania's Codul muncii, article 139: 1 and 2 January.
  { regions: /^RO$/, name: "Anul nou", add: yearly("01-02") },
  // Slovakia's law 261/2025 makes these two days working days in 2026 only.
  { regions: /^SK$/, name: "Deň víťazstva nad fašizmom", add: yearly("05-08").slice(1) },
  { regions: /^SK$/, name: "Sviatok Panny Márie Sedembolestnej", add: yearly("09-15").slice(1) },
];

/** The holidays of a region by name, corrected. A correction that corrects nothing is out of date. */
export function corrected(days: Map<string, Set<string>>, region: string): Map<string, Set<string>> {
  for (const { name, add = [], remove = [] } of CORRECTIONS.filter(({ regions }) => regions.test(region))) {
    const dates = days.get(name) ?? new Set();
    for (const date of add) {
      if (dates.has(date)) throw new Error(`${region} has ${date} already: take the correction out.`);
      dates.add(date);
    }
    for (const date of remove) {
      if (!dates.delete(date)) throw new Error(`${region} no longer has ${date}: take the correction out.`);
    }
    if (dates.size === 0) days.delete(name);
    else days.set(name, dates);
  }
  return days;
}
