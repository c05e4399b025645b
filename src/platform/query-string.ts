// Query strings by the runtime, in place of the package `qs` with which Google's library writes flat parameters.
import { type ParsedUrlQueryInput, stringify as write } from "node:querystring";

/** Takes the options of `qs` and needs none: a list is repeated, as the library asks for. */
export const stringify = (parameters: ParsedUrlQueryInput, _options?: object): string => write(parameters);
