// Google keeps the provider contract.
import { describeProviderContract } from "../contract/provider.ts";
import { makeGoogleWorld } from "../contract/worlds/google.ts";

describeProviderContract({ name: "Google", makeWorld: makeGoogleWorld });
