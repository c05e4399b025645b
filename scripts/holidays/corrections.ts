// Corrections: what date-holidays 3.37 has wrong, each with its source.

export const FIRST_YEAR = 2026;
export const YEARS = [2026, 2027, 2028, 2029, 2030] as const;

export const COUNTRIES = [
  ...[
    "AT",
    "AU",
    "BE",
    "BG",
    "CA",
    "CH",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GB",
    "GR",
    "HR",
    "HU",
  ],
  ...[
    "IE",
    "IS",
    "IT",
    "LI",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "NO",
    "NZ",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
    "US",
  ],
];

interface Correction {
  readonly region: string;
  readonly name: string;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

const CORRECTIONS: readonly Correction[] = [
  // Royal Proclamation of a bank holiday in Scotland for the World Cup (https://www.gov.uk/bank-holidays, Scotland).
  { region: "GB-SCT", name: "World Cup bank holiday", add: ["2026-06-15"] },
  // California Government Code 6700 and 6701: a holiday on a Sunday is kept on the Monday after it. Only Veterans Day is
  // kept on the Friday before it, where it falls on a Saturday. The other Fridays are federal.
  { region: "US-CA", name: "Independence Day (substitute day)", remove: ["2026-07-03"] },
  { region: "US-CA", name: "Juneteenth (substitute day)", remove: ["2027-06-18"] },
  { region: "US-CA", name: "Christmas Day (substitute day)", remove: ["2027-12-24"] },
  { region: "US-CA", name: "New Year's Day (substitute day)", remove: ["2027-12-31"] },
  // The source calls it a bank holiday.
  { region: "US-CA", name: "Veterans Day (substitute day)", add: ["2028-11-10"] },
];

/** The holidays of a region by name, corrected. A correction that corrects nothing is out of date. */
export function corrected(days: Map<string, Set<string>>, region: string): Map<string, Set<string>> {
  for (const { name, add = [], remove = [] } of CORRECTIONS.filter((one) => one.region === region)) {
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
