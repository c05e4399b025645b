// Accent: the marketplace's colour, so that text in it and on it can be read on light and dark pages.

/** Red, green and blue, each 0 to 255. */
type Colour = readonly [red: number, green: number, blue: number];

/** What WCAG 2.2 asks for text (1.4.3). */
const READABLE = 4.5;

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];

/** @param hex `#rrggbb` */
export const colourOf = (hex: string): Colour => {
  const bits = Number.parseInt(hex.slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
};

const hexOf = (colour: Colour): string =>
  `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

/** Relative luminance by WCAG 2.2. */
function luminanceOf(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast of two colours, 1 to 21. */
export function contrastOf(one: Colour, other: Colour): number {
  const [light, dark] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const mixed = (from: Colour, to: Colour, share: number): Colour => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** The colour itself, or the nearest towards `extreme` that can be read on all of these. */
function readableOn(colour: Colour, surfaces: readonly Colour[], extreme: Colour): string {
  for (let step = 0; step < 20; step += 1) {
    const tried = hexOf(mixed(colour, extreme, step / 20));
    if (surfaces.every((surface) => contrastOf(colourOf(tried), surface) >= READABLE)) return tried;
  }
  return hexOf(extreme);
}

/** The text on a colour: of black and white the one that can be read better. */
const textOn = (colour: Colour): string =>
  hexOf(contrastOf(colour, WHITE) >= contrastOf(colour, BLACK) ? WHITE : BLACK);

/** An accent as the stylesheet needs it. All are `#rrggbb`. */
export interface Accent {
  /** The colour as it was given, for areas, and the text on it. */
  readonly fill: string;
  readonly onFill: string;
  /** For text and lines on light and on dark pages. */
  readonly light: string;
  readonly dark: string;
}

/**
 * @param hex `#rrggbb`
 * @param surfaces the backgrounds of light and of dark pages
 */
export function accentOf(
  hex: string,
  surfaces: { readonly light: readonly string[]; readonly dark: readonly string[] },
): Accent {
  const colour = colourOf(hex);
  return {
    fill: hexOf(colour),
    onFill: textOn(colour),
    light: readableOn(colour, surfaces.light.map(colourOf), BLACK),
    dark: readableOn(colour, surfaces.dark.map(colourOf), WHITE),
  };
}
