// Google keeps the provider contract.
import { describeProviderContract } from "../contract/provider.ts";
import { makeGoogleWorld } from "./google-world.ts";

describeProviderContract({ name: "Google", makeWorld: makeGoogleWorld });
