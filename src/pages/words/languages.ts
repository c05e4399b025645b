// Languages: those that the pages speak, and the words of each.
import { english, type Words } from "./english.ts";
import { german } from "./german.ts";

/** How a language is written, and what its own speakers call it. */
interface LanguageEntry {
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  readonly words: Words;
}

export type Language = "en" | "de";

/** By BCP 47 tag. A new language is an entry here and a file of words. */
export const LANGUAGES: Readonly<Record<Language, LanguageEntry>> = {
  en: { name: "English", direction: "ltr", words: english },
  de: { name: "Deutsch", direction: "ltr", words: german },
};

/** Spoken where a reader's own languages are unknown here. */
export const FALLBACK_LANGUAGE: Language = "en";

/** Does a page speak this language? */
export const isLanguage = (tag: string): tag is Language => Object.hasOwn(LANGUAGES, tag);
